package main_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"fundy/sandbox"
)

// The verbs of the way to the bank, on a city whose processor holds 25.00 back: a payout that takes money from the
// bank, found there among other people's lines, and the day closed. Without --apply nothing is written.
func TestMoneyIsFollowedToTheBankByTheVerbs(t *testing.T) {
	t.Parallel()
	began := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -10).Add(15 * time.Hour)
	day := began.Format(time.DateOnly)
	server := httptest.NewUnstartedServer(nil)
	defer server.Close()
	root := t.TempDir()
	dir := filepath.Join(root, "city")
	address := server.Listener.Addr().String()
	must(t, "init", dir, "--answers", text(t, filepath.Join(root, "answers.toml"), fmt.Sprintf(
		"id = \"demo\"\nkind = \"demo\"\n[portal]\npublic_url = \"http://localhost:1\"\n[processor]\nbase_url = \"http://%s\"\ncard_host = %q\n", address, address)))
	key, err := os.ReadFile(filepath.Join(dir, "keys/office/processor.key"))
	if err != nil {
		t.Fatal(err)
	}
	sand, err := sandbox.New(sandbox.Config{Key: strings.TrimSpace(string(key)), ControlToken: "c", Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return began }})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = sand.Handler()
	server.Start()
	control := func(method, path string, in any) map[string]any {
		t.Helper()
		body, _ := json.Marshal(in)
		r, _ := http.NewRequest(method, server.URL+"/_sandbox/"+path, bytes.NewReader(body))
		r.Header.Set("X-Sandbox-Token", "c")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		out := map[string]any{}
		if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v", path, res.StatusCode, out)
		}
		return out
	}
	control("POST", "adjust", map[string]any{"type": "reserve_hold", "category": "reserve_hold", "amount": -2500})
	control("POST", "clock", map[string]any{"advance": 6 * 86400})

	rules, err := os.ReadFile("../../examples/cities/demo/deposits.toml")
	if err != nil {
		t.Fatal(err)
	}
	by, err := os.ReadFile("../../examples/cities/demo/rules.toml")
	if err != nil {
		t.Fatal(err)
	}
	logo, err := os.ReadFile("../../examples/cities/demo/logo.svg")
	if err != nil {
		t.Fatal(err)
	}
	text(t, filepath.Join(root, "logo.svg"), string(logo))
	must(t, "city", "apply", "--city", dir, "--apply", text(t, filepath.Join(root, "rules.toml"), strings.ReplaceAll(string(by), "@C_FROM@", "2026-01-01")))

	want(t, must(t, "settle", "fetch", "--city", dir), 0, 0, "1 new payouts with 1 lines", "dry run") // without the bank's rules
	out, code := fundy(t, "settle", "close", "--city", dir, "--day", day)
	want(t, out, code, 1, "deposits.toml is missing", "docs/deposits.md")
	text(t, filepath.Join(dir, "deposits.toml"), string(rules))
	for range 2 {
		want(t, must(t, "settle", "fetch", "--city", dir), 0, 0, "1 new payouts with 1 lines", "dry run")
	}
	want(t, must(t, "settle", "fetch", "--city", dir, "--apply"), 0, 0, "1 new payouts with 1 lines")
	out, code = fundy(t, "settle", "close", "--city", dir, "--day", day)
	want(t, out, code, 1, "the bank's statement of "+day)

	shown := control("GET", "bank?from="+day+"&to="+began.AddDate(0, 0, 5).Format(time.DateOnly)+"&others=18", nil)["file"].(string)
	path := text(t, filepath.Join(root, "bank.txt"), shown)
	bad := text(t, filepath.Join(root, "bad.txt"), strings.Replace(shown, "49,", "49,9", 1))
	out, code = fundy(t, "settle", "bank", "--city", dir, bad, "--apply")
	want(t, out, code, 1, "bad.txt: line 22, control total: says ", "Nothing of it was taken")
	want(t, must(t, "settle", "bank", "--city", dir, path), 0, 0, "BAI2, 6 statements: 109 new lines", "processor       1 lines", "not_ours      108 lines", "1 payouts found", "dry run")
	want(t, must(t, "settle", "bank", "--city", dir, path, "--apply"), 0, 0, "1 payouts found")
	want(t, must(t, "settle", "bank", "--city", dir, path, "--apply"), 0, 0, "0 new lines, 109 that were here already")

	report := must(t, "settle", "report", "--city", dir, "--day", day)
	want(t, report, 0, 0, "Business day "+day+" (open", "held back", "= at the bank", "-25.00", "reserve:card")
	rows, err := csv.NewReader(strings.NewReader(must(t, "settle", "report", "--city", dir, "--day", day, "--csv", "-"))).ReadAll()
	if err != nil || len(rows) < 12 || rows[1][2] != "gross" {
		t.Errorf("CSV: %v, %v", rows, err)
	}
	book := filepath.Join(root, "day.xlsx")
	must(t, "settle", "report", "--city", dir, "--day", day, "--xlsx", book, "--language", "fr")
	if f, err := excelize.OpenFile(book); err != nil {
		t.Error(err)
	} else {
		if got := strings.Join(f.GetSheetList(), ", "); got != "À propos, Totaux, Modes de réception, Versements, Dépôts, Lignes de la banque, Écarts, Expliqué, et réglé depuis, Grand livre" {
			t.Errorf("sheets: %s", got)
		}
		if held, err := f.GetCellValue("Totaux", "B7"); err != nil || held != "25.00" {
			t.Errorf("held back: %q, %v", held, err)
		}
		f.Close()
	}
	want(t, must(t, "settle", "close", "--city", dir, "--day", day), 0, 0, "unexplained nothing", "dry run")
	want(t, must(t, "settle", "close", "--city", dir, "--day", day, "--apply"), 0, 0, "The day is closed")
	out, code = fundy(t, "settle", "close", "--city", dir, "--day", day, "--apply")
	want(t, out, code, 1, "is closed already")
	want(t, must(t, "settle", "report", "--city", dir, "--day", day), 0, 0, "(closed on ")
	want(t, must(t, "ledger", "check", "--city", dir), 0, 0, "at the bank -25.00, kept by the processor 25.00", "everything agrees")
	out, code = fundy(t, "settle", "report", "--city", dir, "--day", "3 March")
	want(t, out, code, 2, "write it as 2026-03-01")
}

func want(t *testing.T, out string, code, wanted int, words ...string) {
	t.Helper()
	if code != wanted {
		t.Errorf("exit %d, want %d:\n%s", code, wanted, out)
	}
	for _, w := range words {
		if !strings.Contains(out, w) {
			t.Errorf("it does not say %q:\n%s", w, out)
		}
	}
}
