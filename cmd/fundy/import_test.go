package main_test

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/intake"
	"fundy/store"
	"fundy/store/storetest"
)

const importMapping = `name = "killed"
[field]
number = { column = "number" }
issued_on = { column = "day", forms = ["YYYY-MM-DD"] }
issued_time = { column = "time", forms = ["HH:MM"] }
offence = { column = "code" }
plate = { column = "plate" }
state = { column = "state", values = { P = "paid", "" = "open" }, otherwise = "reject" }
paid_on = { column = "paid", forms = ["YYYY-MM-DD"] }
[event]
appearance = { column = "court", forms = ["YYYY-MM-DD"] }
`

// importRows are some thousand rows: open ones, paid ones, some that come again, some that contradict an
// earlier one, and some that can't be read.
func importRows(n int, prefix string) string {
	var b strings.Builder
	b.WriteString("number,day,time,code,plate,state,paid,court\n")
	for i := range n {
		state, paid, court := "", "", ""
		if i%5 == 0 {
			state, paid = "P", "2026-02-03"
		}
		if i%3 == 0 {
			court = "2026-06-01"
		}
		row := fmt.Sprintf("%s%05d,2026-02-02,10:30,METER,ABC%03d,%s,%s,%s\n", prefix, i, i%1000, state, paid, court)
		b.WriteString(row)
		switch {
		case i%97 == 0:
			b.WriteString(row)
		case i%101 == 0: // contradicts a row that lies some batches back
			fmt.Fprintf(&b, "%s%05d,2026-02-02,10:31,NOPARK,XYZ001,,,\n", prefix, i/2)
		case i%103 == 0:
			fmt.Fprintf(&b, "%s%05d,no day,10:30,METER,ABC001,,,\n", prefix, i)
		}
	}
	return b.String()
}

// importCity makes a city on a database and loads the demonstration's rules. Two cities with the keys of one
// give a ticket the same id and a row the same digest.
func importCity(t *testing.T, c store.Config, keysOf string) (dir string) {
	t.Helper()
	root := t.TempDir()
	dir = filepath.Join(root, "city")
	answers := "id = \"harbour\"\nkind = \"test\"\nlanguages = [\"en\", \"fr\"]\nregime = \"generic\"\n[portal]\npublic_url = \"http://localhost:1\"\n[store]\n"
	if c.Driver == "postgres" {
		answers += fmt.Sprintf("driver = \"postgres\"\ndsn_file = %q\n", text(t, filepath.Join(root, "dsn"), c.DSN))
	} else {
		answers += fmt.Sprintf("driver = \"sqlite\"\npath = %q\n", c.Path)
	}
	rules, err := os.ReadFile("../../examples/cities/demo/rules.toml")
	if err != nil {
		t.Fatal(err)
	}
	must(t, "init", dir, "--answers", text(t, filepath.Join(root, "answers.toml"), answers))
	logo, err := os.ReadFile("../../examples/cities/demo/logo.svg")
	if err != nil {
		t.Fatal(err)
	}
	text(t, filepath.Join(root, "logo.svg"), string(logo))
	must(t, "city", "apply", "--city", dir, "--apply", text(t, filepath.Join(root, "rules.toml"), strings.ReplaceAll(string(rules), "@C_FROM@", "2026-01-01")))
	if keysOf != "" {
		keys := filepath.Join(dir, "keys")
		if err := errors.Join(os.RemoveAll(keys), citytest.CopyKeys(keys, filepath.Join(keysOf, "keys"))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// text writes a file and returns its path.
func text(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// must runs a verb that has to succeed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	out, code := fundy(t, args...)
	if code != 0 {
		t.Fatalf("fundy %s: exit %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

// database opens what the store has on disk, beside the store.
func database(t *testing.T, c store.Config) *sql.DB {
	t.Helper()
	driver, dsn := "pgx", c.DSN
	if c.Driver == "sqlite" {
		driver, dsn = "sqlite", "file:"+c.Path+"?_pragma=busy_timeout(10000)&_pragma=query_only(1)"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func batches(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	if err := db.QueryRow("select count(*) from import_batch").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// killedImport starts an import and kills it once it has written so many batches.
func killedImport(t *testing.T, db *sql.DB, more int, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	want := batches(t, db) + more
	cmd := exec.CommandContext(ctx, program, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for batches(t, db) < want {
		select {
		case err := <-ended:
			t.Fatalf("the import ended before it had written %d batches: %v", more, err)
		default:
		}
	}
	cmd.Process.Kill() //nolint:errcheck // SIGKILL: as in life
	var exit *exec.ExitError
	if err := <-ended; !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the import was to be killed half-way, and ended with %v", err)
	}
}

// imported are the rows that an import writes, without what tells when and in which batch it did.
var imported = []string{
	`select id, series, number, number_key, issued_on, issued_at, time_known, offence, schedule, fine_minor, place, make, no_plate, jurisdiction,
	 plate_type, delivery, served_on, state, case when state = 'open' then 0 else state_since end, lookup, plate_index, skeleton_index, digest, version
	 from ticket order by id`,
	`select ticket_id, kind, at, why from ticket_event order by ticket_id, kind, at`,
	`select id, kind, ref, effective_at from ledger_entry order by id`,
	`select entry_id, line, debit, credit, amount_minor, ticket_id, component from posting order by entry_id, line`,
	`select ticket_id, reason, digest, source, line, resolved_at from import_quarantine order by ticket_id, digest`,
}

// contents reads a query's rows as lines.
func contents(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprint(values...))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// checkLeaves wants each ticket in the leaf of its own batch and in no other, with the digest that it has.
func checkLeaves(t *testing.T, db *sql.DB) {
	t.Helper()
	told := map[string]string{}
	for _, opening := range contents(t, db, "select opening from leaf where kind = 'import'") {
		var o intake.BatchOpening
		if err := json.Unmarshal([]byte(opening), &o); err != nil {
			t.Fatal(err)
		}
		for _, row := range o.Rows {
			if first, twice := told[row.Ticket]; twice {
				t.Errorf("ticket %s is in two leaves: %s and %s", row.Ticket, first, o.Batch)
			}
			told[row.Ticket] = o.Batch + " " + hex.EncodeToString(row.Digest)
		}
	}
	rows, err := db.Query("select id, batch, digest from ticket")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var id, batch string
		var digest []byte
		if err := rows.Scan(&id, &batch, &digest); err != nil {
			t.Fatal(err)
		}
		if want := batch + " " + hex.EncodeToString(digest); told[id] != want {
			t.Errorf("ticket %s is %q, its leaf says %q", id, want, told[id])
		}
	}
	if err := rows.Err(); err != nil || n != len(told) {
		t.Errorf("%d tickets, %d in leaves, %v", n, len(told), err)
	}
	var sum int
	if err := db.QueryRow("select sum(rows_new) from import_batch").Scan(&sum); err != nil || sum != n {
		t.Errorf("the batches count %d new rows, %d tickets are there, %v", sum, n, err)
	}
}

// An import that is killed again and again, and at last let to its end, leaves what one import leaves.
func TestAKilledImportRunAgainIsAsIfOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, killed store.Config) {
		once := store.Config{Driver: killed.Driver}
		if once.Driver == "postgres" {
			once.DSN = storetest.Postgres(t)
		} else {
			once.Path = filepath.Join(t.TempDir(), "once.db")
		}
		files := t.TempDir()
		mapping, rows := text(t, filepath.Join(files, "map.toml"), importMapping), text(t, filepath.Join(files, "rows.csv"), importRows(8000, "K"))
		args := func(dir string) []string {
			return []string{"import", "--city", dir, "--map", mapping, "--apply", "--json", "--rejects", filepath.Join(dir, "rejects.csv"), rows}
		}
		dir := importCity(t, killed, "")
		other := importCity(t, once, dir)
		db, same := database(t, killed), database(t, once)
		for _, more := range []int{1, 1, 2, 1} {
			killedImport(t, db, more, args(dir)...)
		}
		var last, whole intake.Totals
		for totals, out := range map[*intake.Totals]string{&last: must(t, args(dir)...), &whole: must(t, args(other)...)} {
			if err := json.Unmarshal([]byte(out), totals); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
		if last.New == 0 || last.Same <= whole.Same || whole.Changed == 0 || whole.Rejected == 0 || last.Rejected != whole.Rejected || last.Rows != whole.Rows {
			t.Fatalf("the last run: %+v; at once: %+v", last, whole)
		}
		for _, query := range imported {
			got, want := contents(t, db, query), contents(t, same, query)
			if len(want) == 0 || len(got) != len(want) {
				t.Fatalf("%d rows, at once it is %d: %s", len(got), len(want), query)
			}
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("%s\nat once: %s\n%s", got[i], want[i], query)
				}
			}
		}
		checkLeaves(t, db)
		for _, d := range []string{dir, other} {
			if out := must(t, "ledger", "check", "--city", d); !strings.Contains(out, "everything agrees") {
				t.Error(out)
			}
		}
	})
}
