package main_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A small city that has lived is found in order by the ordinary program, and its office shows what waits.
func TestADemonstrationThatHasLived(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "kept")
	out, demo := &lines{}, exec.Command(program, "demo", "--lived", "--size", "600", "--keep", root)
	demo.Stdout, demo.Stderr = out, out
	demo.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		demo.Process.Signal(syscall.SIGTERM)
		demo.Wait() //nolint:errcheck // it was told to end
	}()
	out.waitLong(t, allReady)
	dir := filepath.Join(root, "city")
	said, code := fundy(t, "ledger", "check", "--city", dir)
	if code != 0 || !strings.Contains(said, "everything agrees") || !strings.Contains(said, "600 tickets") {
		t.Errorf("ledger check ends with %d:\n%s", code, said)
	}
	said, code = fundy(t, "queue", "--city", dir)
	for _, want := range []string{"unallocated", "stopped", "chargeback", "item", "feed", "refund", "returned", "drawer", "deposit"} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing in the queue is of kind %s (%d):\n%s", want, code, said)
		}
	}
	for want, args := range map[string][]string{
		"goes with neither": {"demo", "--lived", "--once"}, "--size: 600 to 200000 tickets": {"demo", "--lived", "--size", "599"},
	} {
		if said, code := fundy(t, args...); code != 2 || !strings.Contains(said, want) {
			t.Errorf("%v ends with %d:\n%s", args, code, said)
		}
	}
}
