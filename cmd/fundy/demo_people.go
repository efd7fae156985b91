package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"fundy/city"
	"fundy/lived"
	"fundy/office/staff"
)

// demoPeople work in the demonstration's office: different persons, of one role each.
var demoPeople = lived.People

// invitePeople makes the demonstration's people. Their codes are told nobody: they sign in with one click.
func (d *demo) invitePeople(ctx context.Context) error {
	return withStaff(ctx, d.dir, func(_ folder, desk staff.Desk) error {
		for _, p := range demoPeople {
			if _, err := desk.Invite(ctx, p.Name, []string{p.Role}, staff.OnHost); err != nil {
				return fmt.Errorf("invite %s: %w", p.Name, err)
			}
		}
		return nil
	})
}

// The demonstration's sign-in is handed from fundy demo to the office that it starts, through a pipe that only the two
// of them hold: docs/decisions/0013-demo-sign-in.md. Nothing on disk, in the environment or in the arguments has it.

// standInHello begins what is handed over.
const standInHello = "fundy demo sign-in v1\n"

// handOver makes the pipe from which the office reads the secret. All of it is in the pipe before anybody reads, and
// the end that writes is closed.
func handOver() (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	secret := make([]byte, 32)
	rand.Read(secret) // never fails: crypto/rand stops the program instead
	_, err = io.WriteString(w, standInHello+hex.EncodeToString(secret)+"\n")
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// handed is where an office finds what was handed over: the first file that it inherits beside the three usual ones.
const handed = 3

// errNoStandIn is an office that was asked for the demonstration's sign-in and must not have it.
var errNoStandIn = errors.New("the demonstration's sign-in is not to be had: only fundy demo starts an office with it")

// standIn is what lets the demonstration's people in without passkeys, where all of this is so: the city is a
// demonstration; its staff pages are reached from this machine only; and the secret came through a pipe from a
// process of this same program.
func standIn(pipe *os.File, settings city.Settings, at net.Addr, startedBy func() error) (*staff.StandIn, error) {
	defer pipe.Close()
	tcp, ok := at.(*net.TCPAddr)
	switch {
	case settings.Kind != city.Demo:
		return nil, fmt.Errorf("%w: this city is %s", errNoStandIn, settings.Kind)
	case !ok || !tcp.IP.IsLoopback() || len(settings.Office.TrustedProxies) > 0:
		return nil, fmt.Errorf("%w: the staff pages can be reached from elsewhere than this machine", errNoStandIn)
	}
	if err := startedBy(); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoStandIn, err)
	}
	secret, err := readHanded(pipe)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoStandIn, err)
	}
	return &staff.StandIn{Secret: secret, People: demoPeople}, nil
}

// pipeFS is the kernel's file system of pipes without names (statfs(2), PIPEFS_MAGIC).
const pipeFS = 0x50495045

// handedWithin bounds the wait for what was handed over: it is there before we start.
const handedWithin = 2 * time.Second

// readHanded reads the secret from a pipe. Anything but a pipe, and anything in it but what handOver writes, is
// refused.
func readHanded(pipe *os.File) ([]byte, error) {
	// A pipe with a name, into which others could write, lies in another file system.
	var fs syscall.Statfs_t
	if err := syscall.Fstatfs(int(pipe.Fd()), &fs); err != nil || fs.Type != pipeFS {
		return nil, errors.New("nothing was handed over through a pipe")
	}
	read := make(chan []byte, 1)
	go func() {
		b, _ := io.ReadAll(io.LimitReader(pipe, 1<<10)) // what is missing is seen below
		read <- b
	}()
	var text []byte
	select {
	case text = <-read:
	case <-time.After(handedWithin):
		return nil, errors.New("the pipe was left open")
	}
	rest, ok := bytes.CutPrefix(text, []byte(standInHello))
	secret, err := hex.DecodeString(string(bytes.TrimSuffix(rest, []byte("\n"))))
	if !ok || err != nil || len(secret) != 32 || len(text) != len(standInHello)+65 {
		return nil, errors.New("what is in the pipe is not what fundy demo writes")
	}
	return secret, nil
}

// startedByUs says whether the process that has started this one runs the same program.
func startedByUs() error {
	parent, err := os.Stat(fmt.Sprintf("/proc/%d/exe", os.Getppid()))
	if err != nil {
		return fmt.Errorf("see who started this: %w", err)
	}
	self, err := os.Stat("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("see who started this: %w", err)
	}
	if !os.SameFile(parent, self) {
		return errors.New("another program has started this one")
	}
	return nil
}
