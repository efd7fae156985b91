package main_test

import (
	"bytes"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// The verbs of the books, on a city with tickets and nothing else: each says what it would do, and does it with
// --apply only.
func TestTheBooksByTheVerbs(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir, file := filepath.Join(root, "city"), func(name string) string { return filepath.Join(root, name) }
	must(t, "init", dir, "--answers", text(t, file("answers.toml"), "id = \"demo\"\nkind = \"demo\"\n[portal]\npublic_url = \"http://localhost:1\"\n[ledger]\nbasis = \"receivable\"\n[[ledger.allowance]]\nafter_days = 30\npercent = 40\n[ledger.tax]\npenalty = \"EXEMPT\"\n"))
	logo, err := os.ReadFile("../../examples/cities/demo/logo.svg")
	if err != nil {
		t.Fatal(err)
	}
	text(t, file("logo.svg"), string(logo))
	by, err := os.ReadFile("../../examples/cities/demo/rules.toml")
	if err != nil {
		t.Fatal(err)
	}
	must(t, "city", "apply", "--city", dir, "--apply", text(t, file("rules.toml"), strings.ReplaceAll(string(by), "@C_FROM@", "2026-01-01")))
	issued := time.Now().AddDate(0, 0, -40)
	day := issued.Format(time.DateOnly)
	numbers := ticketsIn(t, dir, root, day)

	// Balances and the export by posting, whose days are all open here.
	want(t, must(t, "ledger", "balances", "--city", dir, "--as-of", day), 0, 0, "Open: its figures can still move", "receivable:penalty", "revenue:parking:penalty")
	want(t, must(t, "ledger", "balances", "--city", dir, "--as-of", day, "--language", "fr"), 0, 0, "Ouvert\u00a0: ses chiffres peuvent encore changer", "Solde")
	export := []string{"ledger", "export", "--city", dir, "--from", day, "--until", day, "--map", "../../examples/ledger/batch.toml", "--out", file("gl.txt"), "--as", "anne"}
	out, code := fundy(t, export...)
	want(t, out, code, 1, day+" is not closed (no day is)", "--open")
	want(t, must(t, append(export, "--open")...), 0, 0, "PROVISIONAL", "dry run")
	if _, err := os.Stat(file("gl.txt.provisional")); err == nil {
		t.Error("a dry run left a file")
	}
	want(t, must(t, append(export, "--open", "--apply")...), 0, 0, "gl.txt.provisional is written", "SHA-256")
	gl, err := os.ReadFile(file("gl.txt.provisional"))
	if err != nil || !bytes.HasPrefix(gl, []byte("HFUNDY   ")) || !bytes.Contains(gl, []byte("PROVISIONAL")) || !bytes.Contains(gl, []byte("EXEMPT")) {
		t.Errorf("%v\n%s", err, gl)
	}
	if _, err := os.Stat(file("gl.txt")); err == nil {
		t.Error("a provisional file has the name of a final one")
	}
	bad := text(t, file("bad.toml"), "[layout]\nformat = \"xml\"\n")
	out, code = fundy(t, "ledger", "export", "--city", dir, "--from", day, "--until", day, "--map", bad, "--out", file("x"), "--as", "anne")
	want(t, out, code, 2, `layout.format: "xml" is none of delimited, fixed`, "it needs one [[account]]")

	// A list of tickets is written off, and one of them is owed again.
	list := text(t, file("list.csv"), "# of the council\n"+numbers[0]+"\n"+numbers[1]+","+day+"\n")
	writeOff := []string{"ticket", "write-off", "--city", dir, "--resolution", "2027-114", "--as", "anne", "--file", list}
	want(t, must(t, writeOff...), 0, 0, "2 tickets with 60.00 written off", "dry run")
	want(t, must(t, append(writeOff, "--apply")...), 0, 0, "2 tickets with 60.00 written off")
	want(t, must(t, append(writeOff, "--apply")...), 0, 0, "0 tickets with 0.00 written off; 2 written off by this resolution already")
	want(t, must(t, "ticket", "recover", "--city", dir, "--resolution", "2027-120", "--as", "ben", "--apply", numbers[1]+"@"+day), 0, 0, "1 tickets with -30.00 owed again")
	want(t, must(t, "ledger", "check", "--city", dir), 0, 0, "everything agrees")

	db, err := sql.Open("sqlite", filepath.Join(dir, "fundy.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	leaves := strings.Join(contents(t, db, "select kind, opening from leaf order by kind"), "\n")
	for _, of := range []string{"ledger_export", `"provisional":true`, "write_off", `"resolution":"2027-114","amount_minor":3000,"who":"anne"`, "write_off_recovered", `"resolution":"2027-120","amount_minor":-3000,"who":"ben"`} {
		if !strings.Contains(leaves, of) {
			t.Errorf("no leaf has %s:\n%s", of, leaves)
		}
	}

	// The year, as a table, CSV, JSON and a workbook in the city's first language.
	y := fmt.Sprint(time.Now().Year())
	want(t, must(t, "ledger", "year", "--city", dir, "--year", y), 0, 0, "Receivable", "31 to 90", "Write-offs", "2027-114", "2027-120")
	rows := csv.NewReader(strings.NewReader(must(t, "ledger", "year", "--city", dir, "--year", y, "--csv", "-")))
	rows.FieldsPerRecord = -1
	if all, err := rows.ReadAll(); err != nil || len(all) < 20 {
		t.Errorf("CSV: %v, %v", all, err)
	}
	var report struct {
		Receivable []struct{ State, Owed, Allowance string } `json:"receivable"`
	}
	if err := json.Unmarshal([]byte(must(t, "ledger", "year", "--city", dir, "--year", y, "--json")), &report); err != nil || len(report.Receivable) == 0 {
		t.Errorf("JSON: %+v, %v", report, err)
	}
	must(t, "ledger", "year", "--city", dir, "--year", y, "--xlsx", file("year.xlsx"), "--language", "fr")
	f, err := excelize.OpenFile(file("year.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := strings.Join(f.GetSheetList(), ", "); got != "À propos, À recevoir, En transit, Remboursements non réclamés, Encaissements non affectés, Radiations, Redressements d’exercices, Soldes" {
		t.Errorf("sheets: %s", got)
	}
	out, code = fundy(t, "ledger", "close-year", "--city", dir, "--year", y, "--as", "anne", "--apply")
	want(t, out, code, 1, "its last day is not closed yet")
	out, code = fundy(t, "ledger", "year", "--city", dir, "--year", y, "--language", "de")
	want(t, out, code, 2, `"de" is neither en nor fr`)
}

// ticketsIn brings three tickets in that were issued on a day, and returns their numbers.
func ticketsIn(t *testing.T, dir, root, day string) []string {
	t.Helper()
	mapping := text(t, filepath.Join(root, "tickets.toml"), importMapping)
	rows := "number,day,time,code,plate,state,paid,court\n"
	var numbers []string
	for i := range 3 {
		numbers = append(numbers, fmt.Sprintf("GL-%d", 1001+i))
		rows += fmt.Sprintf("%s,%s,10:00,NOPARK,GGG10%d,,,\n", numbers[i], day, i)
	}
	want(t, must(t, "import", "--city", dir, "--map", mapping, text(t, filepath.Join(root, "tickets.csv"), rows), "--apply"), 0, 0)
	return numbers
}
