package fundy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var linkIn = regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)

// Every document is in the index of its readers, and the index leads nowhere that is not there.
func TestTheIndexOfDocuments(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, m := range linkIn.FindAllStringSubmatch(string(text), -1) {
		listed[m[1]] = true
		if _, err := os.Stat(filepath.Join("docs", m[1])); err != nil {
			t.Errorf("docs/README.md leads to %s: %v", m[1], err)
		}
	}
	files, err := filepath.Glob("docs/*.md")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d documents: %v", len(files), err)
	}
	for _, f := range files {
		if name := filepath.Base(f); name != "README.md" && !listed[name] {
			t.Errorf("docs/README.md has no line for %s: say who reads it", name)
		}
	}
}
