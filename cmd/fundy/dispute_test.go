package main_test

import (
	"bytes"
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

	"fundy/sandbox"
)

// A chargeback of a payment that the city never made comes with a payout: the list shows it, with the day until which
// it can be answered, and so does the queue.
func TestChargebacksAreListedWithTheirDueDates(t *testing.T) {
	t.Parallel()
	began := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -3).Add(15 * time.Hour)
	server := httptest.NewUnstartedServer(nil)
	defer server.Close()
	root := t.TempDir()
	dir := filepath.Join(root, "city")
	address := server.Listener.Addr().String()
	must(t, "init", dir, "--answers", text(t, filepath.Join(root, "answers.toml"), fmt.Sprintf(
		"id = \"demo\"\nkind = \"demo\"\n[portal]\npublic_url = \"http://localhost:1\"\n[processor]\nbase_url = \"http://%s\"\ncard_host = %q\n", address, address)))
	settings, err := os.ReadFile(filepath.Join(dir, "city.toml"))
	if err != nil || !strings.Contains(string(settings), "[chargeback]") || !strings.Contains(string(settings), "reopen = 'original'") {
		t.Errorf("city.toml does not say what a lost chargeback is: %v\n%s", err, settings)
	}
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
	control := func(path string, in any) {
		t.Helper()
		body, _ := json.Marshal(in)
		r, _ := http.NewRequest(http.MethodPost, server.URL+"/_sandbox/"+path, bytes.NewReader(body))
		r.Header.Set("X-Sandbox-Token", "c")
		res, err := http.DefaultClient.Do(r)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v", path, err)
		}
		res.Body.Close()
	}
	for name, from := range map[string]string{"deposits.toml": "deposits.toml", "../rules.toml": "rules.toml", "../logo.svg": "logo.svg"} {
		b, err := os.ReadFile("../../examples/cities/demo/" + from)
		if err != nil {
			t.Fatal(err)
		}
		text(t, filepath.Join(dir, name), strings.ReplaceAll(string(b), "@C_FROM@", "2026-01-01"))
	}
	must(t, "city", "apply", "--city", dir, "--apply", filepath.Join(root, "rules.toml"))
	want(t, must(t, "dispute", "list", "--city", dir), 0, 0, "No chargebacks wait.")

	control("dispute", map[string]any{"stranger": true, "amount": 2500, "reason": "duplicate"})
	control("clock", map[string]any{"advance": 3 * 86400})
	want(t, must(t, "settle", "fetch", "--city", dir), 0, 0, "a chargeback of none of our payments", "dry run")
	want(t, must(t, "dispute", "list", "--city", dir), 0, 0, "No chargebacks wait.")
	want(t, must(t, "settle", "fetch", "--city", dir, "--apply"), 0, 0, "1 new payouts with 1 lines", "a chargeback of none of our payments")
	want(t, must(t, "dispute", "list", "--city", dir), 0, 0, "CHARGEBACK", "25.00", "15.00", "duplicate", "stopped", "not_ours")
	var one struct {
		State    string `json:"state"`
		Amount   int64  `json:"amount_minor"`
		AnswerBy string `json:"answer_by"`
	}
	if err := json.Unmarshal([]byte(must(t, "dispute", "list", "--city", dir, "--json")), &one); err != nil || one.State != "stopped" || one.Amount != 2500 || one.AnswerBy <= began.Format(time.RFC3339) {
		t.Errorf("JSON: %+v, %v", one, err)
	}
	want(t, must(t, "queue", "list", "--city", dir), 0, 0, "chargeback", "25.00", "Answer it at the processor")
	want(t, must(t, "ledger", "check", "--city", dir), 0, 0, "NEEDS A PERSON: chargeback", "everything agrees")

	broken := strings.Replace(string(settings), "reopen = 'original'", "reopen = 'sometimes'", 1)
	text(t, filepath.Join(dir, "city.toml"), broken)
	out, code := fundy(t, "dispute", "list", "--city", dir)
	want(t, out, code, 1, `chargeback.reopen`, `"sometimes" is none of never, original, dispute_day`)
}
