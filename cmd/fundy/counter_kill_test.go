package main_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fundy/fault"
	"fundy/store"
)

// A command of the counter dies before and after its one step. Before, nothing is written and it does it anew; after,
// all of it is, and it is told so: no money is taken twice and none is missing.
func TestACommandOfTheCounterThatDies(t *testing.T) {
	t.Parallel()
	dir := counterCity(t, store.Config{Driver: "sqlite", Path: filepath.Join(t.TempDir(), "city.db")})
	path := filepath.Join(dir, "city.toml")
	settings, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(settings, []byte("supervisors = []")) {
		t.Fatalf("%v:\n%s", err, settings)
	}
	if err := os.WriteFile(path, bytes.Replace(settings, []byte("supervisors = []"), []byte("supervisors = ['dora']"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	built := filepath.Join(t.TempDir(), "fundy")
	if out, err := exec.Command("go", "build", "-tags", "faults", "-o", built, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	run := func(crash string, args []string) (string, error) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, built, append(args, "--city", dir, "--apply")...)
		cmd.Env = append(os.Environ(), "FUNDY_CRASH="+crash)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	batch := ""
	tried := map[string]bool{}
	for _, c := range []struct {
		step  fault.Step
		args  []string
		again string // what it says once it is done
	}{
		{fault.MakeDrawer, []string{"drawer", "make", "A", "--place", "City Hall", "--as", "dora"}, "there already"},
		{fault.OpenDrawer, []string{"drawer", "open", "A", "--as", "anne", "--count", "0"}, "that drawer is open"},
		{fault.TakeTender, []string{"counter", "take", "--ticket", "T00001", "--plate", "ABC001", "--as", "anne", "--cash", "80.00"}, "is paid"},
		{fault.ReverseEntry, []string{"counter", "reverse", "A-000001", "--as", "anne", "--reason", "a mistake"}, "does not stand any more"},
		{fault.TakeTender, []string{"counter", "take", "--ticket", "T00001", "--plate", "ABC001", "--as", "anne", "--cash", "60.00"}, "is paid"},
		{fault.DropCash, []string{"drawer", "drop", "A", "--as", "anne", "--with", "ben", "--count", "20x2"}, "is more than the 20.00"},
		{fault.CloseDrawer, []string{"drawer", "close", "A", "--as", "anne", "--checked-by", "ben", "--count", "20x1"}, "the drawer is not open"},
		{fault.ReopenDrawer, []string{"drawer", "reopen", "A", "--as", "dora", "--reason", "count again"}, "the drawer is open"},
		{fault.OpenBatch, []string{"batch", "open", "--as", "anne", "--with", "ben", "--total", "60.00"}, ""},
		{fault.TakeTender, []string{"counter", "take", "--ticket", "T00002", "--plate", "ABC002", "--as", "anne", "--cheque", "60.00", "--number", "5", "--batch", "BATCH"}, "is paid"},
		{fault.CloseBatch, []string{"batch", "close", "BATCH", "--as", "anne"}, "the batch is not open"},
	} {
		for i, a := range c.args {
			if a == "BATCH" {
				c.args[i] = batch
			}
		}
		for _, place := range []string{"before", "after"} {
			out, err := run(place+":"+c.step.String()+":1", c.args)
			if err == nil || !strings.Contains(err.Error(), "killed") {
				t.Fatalf("%s %s: it was not killed: %v\n%s", place, c.step, err, out)
			}
		}
		if c.again != "" {
			if out, err := run("", c.args); err == nil || !strings.Contains(out, c.again) {
				t.Errorf("%s again: %v, want %q:\n%s", c.step, err, c.again, out)
			}
		}
		if out, code := fundy(t, "ledger", "check", "--city", dir); code != 0 {
			t.Fatalf("after %s:\n%s", c.step, out)
		}
		if c.step == fault.OpenBatch {
			out, _ := fundy(t, "batch", "list", "--city", dir)
			for _, line := range strings.Split(out, "\n") {
				if strings.Contains(line, " mail ") && batch == "" {
					batch = mailBatch.FindString(line)
				}
			}
		}
		tried[c.step.String()] = true
	}
	for _, step := range fault.CounterSteps {
		if !tried[step.String()] {
			t.Errorf("%s was not tried", step)
		}
	}
	out, _ := fundy(t, "ledger", "check", "--city", dir)
	if !strings.Contains(out, "captured 120.00") || !strings.Contains(out, "undeposited 120.00") {
		t.Errorf("in the end:\n%s", out)
	}
}
