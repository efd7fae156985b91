package main_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fundy init says what moving the office's address costs, and the doctor what it has cost; and that nobody has looked through who
// has what for more than a year.
func TestTheDoctorLooksAtStaff(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, "city")
	answers, err := os.ReadFile("../../examples/cities/demo/answers.toml")
	if err != nil {
		t.Fatal(err)
	}
	settings := strings.NewReplacer("@PORTAL_PORT@", "8400", "@SANDBOX_PORT@", "8402").Replace(string(answers)) +
		"\n[office]\nlisten = \"127.0.0.1:8500\"\npublic_url = \"http://localhost:8500\"\n"
	out := must(t, "init", dir, "--answers", text(t, filepath.Join(root, "answers.toml"), settings))
	if !strings.Contains(out, "Passkeys of staff will be made for localhost: whoever moves that address lets everybody in again (docs/staff.md)") {
		t.Errorf("init says\n%s", out)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "fundy.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	run := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	says := func(check, verdict, what string) {
		t.Helper()
		out, _ := fundy(t, "doctor", "--city", dir, "--json")
		for finding := range strings.SplitSeq(out, "{") {
			if strings.Contains(finding, fmt.Sprintf(`"%s"`, check)) && strings.Contains(finding, verdict) && strings.Contains(finding, what) {
				return
			}
		}
		t.Errorf("no %s %s %q in\n%s", verdict, check, what, out)
	}
	old := time.Now().AddDate(-2, 0, 0).UnixMicro()
	for _, name := range []string{"anne", "ben"} {
		run("insert into staff_person (name, handle, since, invited_by) values (?, ?, ?, 'host')", name, []byte(name), old)
		run("insert into staff_role (name, role, given_at, given_by, approved_by) values (?, 'administrator', ?, 'host', 'host')", name, old)
		for _, key := range []string{"1", "2"} {
			run("insert into staff_key (id, name, host, record, made_at, used_at) values (?, ?, 'localhost', '{}', ?, ?)", []byte(name+key), name, old, old)
		}
	}
	says("staff", "OK", "everybody has two passkeys for localhost")
	says("access", "WARN", "has never been looked through")
	ended := func(at time.Time) {
		run("insert into access_review (id, begun_at, begun_by, state, ended_at) values (?, ?, 'anne', 'ended', ?)", fmt.Sprint(at.UnixMicro()), at.UnixMicro(), at.UnixMicro())
	}
	ended(time.Now().AddDate(-1, 0, -1))
	says("access", "WARN", "more than a year ago")
	ended(time.Now().AddDate(0, -1, 0))
	says("access", "OK", "who has what was looked through on")

	toml := filepath.Join(dir, "city.toml")
	b, err := os.ReadFile(toml)
	if err != nil {
		t.Fatal(err)
	}
	moved := strings.ReplaceAll(string(b), "http://localhost:8500", "https://staff.example.ca")
	if moved == string(b) {
		t.Fatalf("the address is not in\n%s", b)
	}
	text(t, toml, moved)
	says("staff", "FAIL", "the passkeys of anne, ben were made for another address than staff.example.ca")
}
