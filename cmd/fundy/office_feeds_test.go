package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"fundy/sandbox"
)

// An office that runs reads the payouts and takes the bank's file out of its folder by itself: nobody calls a verb, and
// the day's money is at the bank.
func TestARunningOfficeFollowsTheMoneyByItself(t *testing.T) {
	t.Parallel()
	began := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -10).Add(15 * time.Hour)
	server := httptest.NewUnstartedServer(nil)
	defer server.Close()
	root := t.TempDir()
	dir, address := filepath.Join(root, "city"), server.Listener.Addr().String()
	must(t, "init", dir, "--answers", text(t, filepath.Join(root, "answers.toml"), fmt.Sprintf(
		"id = \"demo\"\nkind = \"demo\"\n[portal]\npublic_url = \"http://localhost:1\"\n[processor]\nbase_url = \"http://%s\"\ncard_host = %q\n[settlement]\nbank_folder = \"from/bank\"\n", address, address)))
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
	control("POST", "adjust", map[string]any{"type": "adjustment", "category": "dispute", "amount": -2500})
	control("POST", "clock", map[string]any{"advance": 6 * 86400})
	day := began.Format(time.DateOnly)
	file := control("GET", "bank?from="+day+"&to="+began.AddDate(0, 0, 5).Format(time.DateOnly)+"&others=4", nil)["file"].(string)
	for from, to := range map[string]string{"deposits.toml": filepath.Join(dir, "deposits.toml"), "logo.svg": filepath.Join(root, "logo.svg"), "rules.toml": filepath.Join(root, "rules.toml")} {
		b, err := os.ReadFile("../../examples/cities/demo/" + from)
		if err != nil {
			t.Fatal(err)
		}
		text(t, to, strings.ReplaceAll(string(b), "@C_FROM@", "2026-01-01"))
	}
	must(t, "city", "apply", "--city", dir, "--apply", filepath.Join(root, "rules.toml"))
	folder := filepath.Join(dir, "from", "bank")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	text(t, filepath.Join(folder, "a.bai"), file)
	text(t, filepath.Join(folder, "b.bai"), "01,not a file of the bank\n")

	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var log bytes.Buffer
	office := exec.CommandContext(ctx, program, "office", "--city", dir)
	office.Stdout, office.Stderr = &log, &log
	if err := office.Start(); err != nil {
		t.Fatal(err)
	}
	there := func(name string) bool { _, err := os.Stat(filepath.Join(folder, name)); return err == nil }
	for ctx.Err() == nil && !(there("taken/a.bai") && there("refused/b.bai")) {
		time.Sleep(100 * time.Millisecond)
	}
	office.Process.Signal(syscall.SIGTERM) //nolint:errcheck // Wait says how it ended
	if err := office.Wait(); err != nil {
		t.Errorf("the office ended: %v", err)
	}
	for _, said := range []string{"payouts read", "a file of the bank was taken", "alarm=bank_file_refused"} {
		if !strings.Contains(log.String(), said) {
			t.Errorf("the log has no %q:\n%s", said, log.String())
		}
	}
	want(t, must(t, "settle", "report", "--city", dir, "--day", day), 0, 0, "= at the bank", "-25.00")
	want(t, must(t, "queue", "--city", dir), 0, 0, "feed", "bank_file/")
	out, code := fundy(t, "doctor", "--city", dir)
	want(t, out, code, 0, "WARN  bank folder", "1 files of the bank were refused", "OK    feed payouts")

	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	out, code = fundy(t, "doctor", "--city", dir)
	want(t, out, code, 1, "FAIL  bank folder", "make the folder "+folder)
}
