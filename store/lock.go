package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// LockCity makes sure that one office runs on a SQLite city. The kernel drops the lock with the process,
// so a crash leaves nothing to clear. On PostgreSQL several offices may run, and it does nothing.
func (s *Store) LockCity(path string) (unlock func(), err error) {
	if s.dialect.name != "sqlite" {
		return func() {}, nil
	}
	return LockOffice(path)
}

// LockOffice is LockCity of a SQLite city whose store is not open: one that is being restored.
func LockOffice(path string) (unlock func(), err error) {
	return Lock(path, "another office (process %s) has this city: a SQLite city has one office; stop that one first")
}

// Lock takes the lock of a file, or says with held, which names its process, that another has it.
func Lock(path, held string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the lock's folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := os.ReadFile(path)
		return nil, errors.Join(fmt.Errorf(held, strings.TrimSpace(string(holder))), f.Close())
	}
	if err := errors.Join(f.Truncate(0), writeAt(f, fmt.Sprintln(os.Getpid()))); err != nil {
		return nil, errors.Join(fmt.Errorf("write the lock: %w", err), f.Close())
	}
	return func() { f.Close() }, nil
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}
