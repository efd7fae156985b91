package citytest_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fundy/citytest"
)

var update = flag.Bool("update", false, "write testdata/tree anew")

// What a screen reader is told of each page and error state is what is checked in, so that a change of
// a page shows what it changes for those who don't see it.
func TestTreesOfPagesAreAsCheckedIn(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		t.Run(lang, func(t *testing.T) {
			citytest.Browser(t)
			// A Tuesday in winter, in the afternoon of the city.
			c := citytest.SQLiteAt(t, time.Date(2026, 2, 10, 18, 30, 0, 0, time.UTC))
			populate(c)
			page := citytest.Page(t, 1280)
			dir := filepath.Join("testdata", "tree", lang)
			var names []string
			journey(t, c, page, lang, func(name string) {
				names = append(names, name+".txt")
				golden(t, filepath.Join(dir, name+".txt"), citytest.Tree(t, page))
			})
			stale, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range stale {
				if !slices.Contains(names, e.Name()) {
					t.Errorf("%s is of no page", filepath.Join(dir, e.Name()))
				}
			}
		})
	}
}

// golden compares with a file, or writes it with -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
		return
	}
	if string(b) != got {
		t.Errorf("%s differs; if it should: go test ./citytest -run Tree -update\n%s", path, firstDifference(string(b), got))
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := "(end)", "(end)"
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return "was: " + a + "\nis:  " + b
		}
	}
	return ""
}
