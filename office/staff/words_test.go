package staff

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fundy/payment"
)

var places = regexp.MustCompile(`\{[a-z]+\}`)

// Both languages have the same sentences, with the same places to fill in.
func TestBothLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	for key, en := range said["en"] {
		fr, ok := said["fr"][key]
		if !ok || fr == "" || en == "" {
			t.Errorf("%s is missing", key)
		}
		a, b := places.FindAllString(en, -1), places.FindAllString(fr, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s: %v and %v", key, a, b)
		}
	}
	if len(said["en"]) != len(said["fr"]) {
		t.Errorf("%d and %d", len(said["en"]), len(said["fr"]))
	}
}

var (
	inPages = regexp.MustCompile(`\.T "([^"]+)"`)
	inCode  = regexp.MustCompile(`(?:Key: |say\([a-z.]+, )"([a-z_.]+)"`)
	saidIn  = regexp.MustCompile(`done\([^\n]*, "([a-z_]+)"\)`)
)

// Every sentence that pages, code and tables name is there.
func TestEverySentenceIsThere(t *testing.T) {
	t.Parallel()
	want := map[string]bool{}
	for glob, form := range map[string]*regexp.Regexp{"pages/*.html": inPages, "*.go": inCode} {
		files, err := filepath.Glob(glob)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", glob, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range form.FindAllStringSubmatch(string(text), -1) {
				want[m[1]] = true
			}
			for _, m := range saidIn.FindAllStringSubmatch(string(text), -1) {
				want["said."+m[1]] = true
			}
		}
	}
	for _, p := range Permissions {
		want["may."+string(p)] = true
	}
	for role := range defaultRoles {
		want["role."+role] = true
	}
	for _, l := range payment.ExceptionTable {
		want["kind."+string(l.Kind)], want["next."+string(l.Kind)], want["role."+l.Owner] = true, true, true
	}
	for _, r := range payment.RefundReasons {
		want["reason."+string(r)] = true
	}
	for _, s := range []standing{standsOut, standsEnded, standsLocked, standsMoved, standsStale} {
		want["touch."+string(s)], want["touch."+string(s)+".title"] = true, true
	}
	for _, name := range pageNames {
		want["title."+name] = true
	}
	for key := range want {
		if strings.HasSuffix(key, ".") {
			continue // completed by a reason, which the pages' tests meet
		}
		if said["en"][key] == "" {
			t.Errorf("no words for %s", key)
		}
	}
	if len(want) < 200 {
		t.Errorf("%d sentences found only", len(want))
	}
}

// A day or an amount that a page shows is shown in the reader's language, and not as the code writes it.
func TestPagesShowNoBareDaysAndAmounts(t *testing.T) {
	t.Parallel()
	bare := regexp.MustCompile(`>[^<>"]*\{\{[$.a-z]*\.(\w*On|\w*Day|Until|From|\w*Amount|\w*Sum|Total|\w*Due|\w*At)\}\}[^<>"]*<`)
	files, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		b, err := fs.ReadFile(pageFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "pages/review_letter.html" {
			continue // its day is in the letter's language already
		}
		for _, found := range bare.FindAllString(string(b), -1) {
			t.Errorf("%s: %s", name, found)
		}
	}
}
