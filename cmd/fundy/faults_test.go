package main_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The ordinary program can't be made to die at a step or to take its time from a file; one that was built
// for that can.
func TestTheOrdinaryProgramHasNoFaults(t *testing.T) {
	t.Parallel()
	built := filepath.Join(t.TempDir(), "fundy")
	if out, err := exec.Command("go", "build", "-tags", "faults", "-o", built, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for path, want := range map[string]bool{program: false, built: true} {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"FUNDY_CRASH", "FUNDY_CLOCK"} {
			if bytes.Contains(b, []byte(name)) != want {
				t.Errorf("%s in the program: %v, want %v", name, !want, want)
			}
		}
	}
}
