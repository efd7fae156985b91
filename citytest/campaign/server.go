package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"fundy/citytest"
)

// ground is what cities of one kind are made on: a template, and for PostgreSQL a server of its own, that can
// be restarted under one city without another one noticing.
type ground struct {
	template *citytest.Template
	dir      string
	server   *server
	mu       sync.Mutex // one thing at a time is done to the server
}

// newGround makes a ground in dir for a store.
func newGround(ctx context.Context, store, dir string) (*ground, error) {
	g := &ground{dir: dir}
	address := ""
	if store == "postgres" {
		var err error
		if g.server, err = newServer(ctx, dir); err != nil {
			return nil, err
		}
		address = g.server.address()
	}
	var err error
	if g.template, err = citytest.NewTemplate(ctx, dir, address); err != nil {
		return nil, errors.Join(err, g.close())
	}
	return g, nil
}

func (g *ground) close() error {
	if g.server != nil {
		g.server.stop(syscall.SIGINT)
	}
	return os.RemoveAll(g.dir)
}

// disturb does something to the city's database server.
func (g *ground) disturb(ctx context.Context, c *citytest.Processes, how string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch how {
	case "restart": // sessions are ended, everything is written
		g.server.stop(syscall.SIGINT)
	case "crash": // nothing is written: the next start recovers from its log
		g.server.stop(syscall.SIGQUIT)
	default:
		return c.CutDatabase(ctx)
	}
	return g.server.start(ctx)
}

// server is a PostgreSQL of the campaign's own.
type server struct {
	bin, dir, port string
	as             *syscall.Credential
	cmd            *exec.Cmd
	ended          chan struct{}
}

// postgresBin is the newest PostgreSQL of this machine, or "".
func postgresBin() string {
	all, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(all) == 0 {
		return ""
	}
	slices.SortFunc(all, func(a, b string) int { return version(a) - version(b) })
	return all[len(all)-1]
}

func version(bin string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	if err != nil {
		return 0
	}
	return n
}

func newServer(ctx context.Context, dir string) (*server, error) {
	s := &server{bin: postgresBin(), dir: filepath.Join(dir, "postgres")}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 { // PostgreSQL does not run as root
		nobody, err := user.Lookup("nobody")
		if err != nil {
			return nil, err
		}
		uid, err1 := strconv.Atoi(nobody.Uid)
		gid, err2 := strconv.Atoi(nobody.Gid)
		if err := errors.Join(err1, err2, os.Chown(s.dir, uid, gid), os.Chmod(dir, 0o755)); err != nil {
			return nil, err
		}
		s.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	if out, err := s.command("initdb", "-D", filepath.Join(s.dir, "data"), "-U", "fundy", "-A", "trust", "-E", "UTF8", "--locale=C").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, s.port, err = net.SplitHostPort(l.Addr().String())
	if err := errors.Join(err, l.Close()); err != nil {
		return nil, err
	}
	return s, s.start(ctx)
}

func (s *server) address() string {
	return "postgres://fundy@127.0.0.1:" + s.port + "/postgres?sslmode=disable"
}

func (s *server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Setpgid: true, Pdeathsig: syscall.SIGQUIT}
	return cmd
}

// start starts it and waits until it takes connections. Without fsync what is written survives the death of
// the server, not of the machine: that is what is tested.
func (s *server) start(ctx context.Context) error {
	cmd := s.command("postgres", "-D", filepath.Join(s.dir, "data"), "-h", "127.0.0.1", "-p", s.port, "-k", s.dir, "-c", "fsync=off", "-c", "max_connections=100")
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	ended := make(chan struct{})
	s.cmd, s.ended = cmd, ended
	go func() { cmd.Wait(); close(ended) }() //nolint:errcheck // stop says how it ended
	for range 200 {
		if s.command("pg_isready", "-q", "-h", "127.0.0.1", "-p", s.port).Run() == nil {
			return nil
		}
		if !sleep(ctx, 50*time.Millisecond) {
			return ctx.Err()
		}
	}
	return errors.New("postgres takes no connections")
}

// stop ends it with a signal: SIGINT in order, SIGQUIT at once.
func (s *server) stop(signal syscall.Signal) {
	s.cmd.Process.Signal(signal) //nolint:errcheck // it has ended, then
	<-s.ended
}
