// Package fundy_test checks the walls: which room may reach which, not even through another.
package fundy_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/walls anew")

// forbidden says of each room what it must not reach, and why.
var forbidden = map[string]map[string]string{
	"portal": {
		"store": "the portal keeps nothing", "processor": "the portal has no processor key", "processor/stripe": "the portal has no processor key",
		"payment": "what the portal shows, the desk has told it", "review": "what the portal shows, the desk has told it", "ticket": "what the portal shows, the desk has told it",
		"ledger": "what the portal shows, the desk has told it", "office": "the office is inside", "office/unseal": "the portal opens nothing", "office/staff": "the office is inside",
		"settle": "the office is inside", "mail": "the portal sends nothing", "letter": "the portal writes nothing on paper", "backup": "the portal keeps nothing", "intake": "the office is inside", "sandbox": "no card passes through the portal",
		"database/sql": "the portal keeps nothing", "os/exec": "the portal starts no program",
	},
	"processor":        domain("money"),
	"processor/stripe": domain("money", "processor"),
	"seal":             domain("money", "ident"),
	"money":            domain(),
	"city":             domain("money"),
	"ticket":           domain("money", "city"),
	"ledger":           domain("money", "city", "ticket"),
	"payment":          domain("money", "city", "ticket", "ledger"),
	"review":           domain("money", "city", "ticket"),
	"bank":             domain("money", "city"),
	"payout":           domain("money", "city", "ticket", "ledger", "payment", "processor", "bank"),
	"store":            domain("money", "city", "ticket", "ledger", "payment", "processor", "logbook", "ident", "fault", "bank", "payout", "review"),
	"journal":          domain("money", "city", "ticket", "ledger"),
	"sheet":            domain("money", "city"),
	"report":           domain("money", "city", "locale", "ticket", "ledger", "payment", "processor", "bank", "payout", "sheet"),
	"settle":           without(domain("money", "city", "ticket", "ledger", "payment", "processor", "logbook", "ident", "fault", "bank", "payout", "review", "store", "desk", "desk/deskpb", "journal"), "net/http"),
	"sandbox":          {"store": "the sandbox is another party", "bank": "the sandbox must not share its reader's mistakes", "office": "the sandbox is another party", "desk": "the sandbox is another party", "processor/stripe": "the sandbox must not share its client's mistakes"},
	"backup":           without(domain("money", "city", "ticket", "ledger", "payment", "processor", "logbook", "ident", "fault", "bank", "payout", "review", "store"), "net/http"),
	"intake":           {"office": "the office opens, intake only seals", "office/unseal": "intake only seals", "processor/stripe": "intake takes no money", "settle": "intake takes no money"},
	"mail":             without(domain("money", "city", "locale"), "net/http"),
	"letter":           domain("money", "city", "locale"),
	"office/staff": {
		"office": "the office is made of it", "office/unseal": "the office opens for it, after a leaf", "portal": "the public pages are another process", "processor/stripe": "it moves no money itself",
		"sandbox": "no card passes through the office", "intake": "the office reads files of tickets for it: these pages hold no key that seals", "backup": "the command line does that", "visitor": "it is a browser's other side",
	},
	"office":        {"lived": "a made-up life is the demonstration's", "sandbox": "another party", "visitor": "it is a browser's other side"},
	"portal/static": domain(),
	"picture":       domain(),
	"desk":          {"store": "the desk is a schema", "office": "the desk is a schema", "seal": "the desk is a schema"},
}

// rooms are all that a wall may stand between.
var rooms = []string{"money", "city", "ticket", "ledger", "payment", "seal", "desk", "processor", "processor/stripe", "sandbox", "intake", "bank", "payout", "journal", "sheet", "store", "logbook", "ident", "fault", "web", "locale", "mail", "letter", "portal", "office", "office/unseal", "settle", "backup", "visitor", "citytest", "portal/static", "office/staff", "report", "review", "lived", "picture"}

// domain forbids every room but those named.
func domain(may ...string) map[string]string {
	no := map[string]string{}
	for _, r := range rooms {
		if !slices.Contains(may, r) {
			no[r] = "imports point one way: money ← city ← ticket ← ledger ← payment ← store ← settle ← office"
		}
	}
	return no
}

func without(no map[string]string, more ...string) map[string]string {
	for _, m := range more {
		delete(no, m)
	}
	return no
}

// deps is everything that a package is made of, without its tests.
func deps(t *testing.T, room string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "./"+room).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", room, err)
	}
	return strings.Fields(string(out))
}

func TestWallsStand(t *testing.T) {
	t.Parallel()
	for room, no := range forbidden {
		all := deps(t, room)
		for what, why := range no {
			full := what
			if slices.Contains(rooms, what) {
				full = "fundy/" + what
			}
			if what != room && slices.Contains(all, full) {
				t.Errorf("%s reaches %s: %s", room, what, why)
			}
		}
	}
}

// Opening sealed data is the office's alone.
func TestOnlyTheOfficeOpens(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for line := range strings.Lines(string(out)) {
		all := strings.Fields(line)
		if !slices.Contains(all[1:], "fundy/office/unseal") {
			continue
		}
		found = true
		if !strings.HasPrefix(all[0], "fundy/office") {
			t.Errorf("%s opens sealed data", all[0])
		}
	}
	if !found {
		t.Error("nobody imports office/unseal: the search finds nothing")
	}
}

// Domain rooms take the time as an argument and do no I/O.
func TestDomainRoomsTakeTheTimeAsAnArgument(t *testing.T) {
	t.Parallel()
	looked := 0
	for _, room := range []string{"money", "city", "ticket", "ledger", "payment", "bank", "payout", "journal", "letter", "review", "picture"} {
		files, err := filepath.Glob(room + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			looked++
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, no := range []string{"time.Now", "crypto/rand", "math/rand", `"os"`, `"net/http"`, "database/sql"} {
				if strings.Contains(string(b), no) {
					t.Errorf("%s has %s", f, no)
				}
			}
		}
	}
	if looked < 15 {
		t.Errorf("looked at %d files only", looked)
	}
}

// docs/walls lists every dependency of each process, so that a new one shows up in a review.
func TestWallsAreWrittenDown(t *testing.T) {
	t.Parallel()
	for _, process := range []string{"portal", "office", "sandbox"} {
		var list []string
		for _, d := range deps(t, process) {
			if strings.Contains(d, ".") || strings.HasPrefix(d, "fundy/") {
				list = append(list, d)
			}
		}
		slices.Sort(list)
		text := strings.Join(list, "\n") + "\n"
		path := filepath.Join("docs", "walls", process+".txt")
		if *update {
			if err := errors(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		written, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(written) != text {
			t.Errorf("%s is not what the %s is made of: look at what is new, then go test . -run Walls -update", path, process)
		}
	}
}

func errors(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}
