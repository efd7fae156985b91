package desk

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Listen opens the desk's Unix socket. Only processes of user uid are let in: the kernel tells who
// is at the other end (SO_PEERCRED), so a file mode that somebody loosens does not open the desk.
// A socket that a dead office left behind is removed; one that answers is an error.
func Listen(socket string, uid int) (net.Listener, error) {
	if err := removeDead(socket); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(socket), 0o750); err != nil {
		return nil, fmt.Errorf("make the desk's folder: %w", err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("listen on the desk's socket %s: %w", socket, err)
	}
	if err := os.Chmod(socket, 0o660); err != nil {
		return nil, errors.Join(fmt.Errorf("set the desk's socket mode: %w", err), l.Close())
	}
	return &peerListener{Listener: l, uid: uint32(uid)}, nil
}

func removeDead(socket string) error {
	if _, err := os.Stat(socket); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	conn, err := net.Dial("unix", socket)
	if err == nil {
		conn.Close()
		return fmt.Errorf("another office answers at %s: stop it first", socket)
	}
	if err := os.Remove(socket); err != nil {
		return fmt.Errorf("remove the desk's old socket: %w", err)
	}
	return nil
}

// peerListener accepts connections of one user only.
type peerListener struct {
	net.Listener
	uid uint32
}

// Accept waits for the next connection of the right user; others are closed and logged.
func (l *peerListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		uid, err := peerUID(conn)
		if err == nil && uid == l.uid {
			return conn, nil
		}
		slog.Warn("desk: connection of another user refused", "uid", uid, "err", err)
		conn.Close()
	}
}

func peerUID(conn net.Conn) (uint32, error) {
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	var credErr error
	err = raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err = errors.Join(err, credErr); err != nil {
		return 0, err
	}
	return cred.Uid, nil
}
