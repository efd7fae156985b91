package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The doctor wants the folder for files of tickets and the mapping of what comes into it, and says what waits there and what
// was refused.
func TestTheDoctorLooksIntoTheFolderOfTickets(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, "city")
	must(t, "init", dir, "--answers", text(t, filepath.Join(root, "answers.toml"), liveAnswers+"[intake]\nfolder = \"from/handhelds\"\nmapping = \"handhelds\"\n"))
	folder := filepath.Join(dir, "from", "handhelds")
	says := func(want string, more ...string) {
		t.Helper()
		out, _ := fundy(t, "doctor", "--city", dir)
		for _, w := range append(more, want) {
			if !strings.Contains(out, w) {
				t.Errorf("no %q in\n%s", w, out)
			}
		}
	}
	made := func(paths ...string) {
		t.Helper()
		for _, p := range paths {
			if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
				t.Fatal(err)
			}
			text(t, p, "x")
		}
	}
	says("FAIL  ticket folder", "intake.folder: make the folder "+folder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	says("FAIL  ticket folder", "the mapping of its files can't be used")
	mapping, err := os.ReadFile("../../examples/mappings/chicago.toml")
	if err != nil {
		t.Fatal(err)
	}
	made(filepath.Join(dir, "mappings", "x"))
	text(t, filepath.Join(dir, "mappings", "handhelds.toml"), string(mapping))
	says("OK    ticket folder")
	made(filepath.Join(folder, "held", "1234-a.csv"), filepath.Join(folder, "held", "1234-a.csv.totals.toml"), filepath.Join(folder, "refused", "b.csv"), filepath.Join(folder, "refused", "b.csv.reason.txt"))
	says("WARN  ticket folder", "1 files of tickets wait for a person", "1 files of tickets were refused")
}
