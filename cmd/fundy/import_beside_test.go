package main_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fundy/store"
	"fundy/visitor"
)

// People pay while import after import runs in another process on the same SQLite file: each payment is
// captured at the first try, and each import comes to its end.
func TestPaymentsGoOnWhileAnImportRuns(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "kept")
	must(t, "demo", "--once", "--keep", root)
	dir := filepath.Join(root, "city")
	settings := settingsOf(t, dir)
	start(t, &bytes.Buffer{}, "sandbox", "--city", dir)
	start(t, &bytes.Buffer{}, "portal", "--city", dir)
	start(t, &bytes.Buffer{}, "office", "--city", dir)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	ready(t, ctx, settings.Portal.PublicURL+"/pay")
	ready(t, ctx, settings.Processor.BaseURL+"/page.css")

	db := database(t, store.Config{Driver: "sqlite", Path: filepath.Join(dir, settings.Store.Path)})
	before := batches(t, db)
	mapping := text(t, filepath.Join(root, "map.toml"), importMapping)
	paid, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		var err error
		for i := 0; err == nil; i++ {
			select {
			case <-paid:
				ended <- nil
				return
			default:
			}
			file, out := filepath.Join(root, fmt.Sprintf("more%d.csv", i)), []byte(nil)
			if err = os.WriteFile(file, []byte(importRows(4000, fmt.Sprintf("N%d-", i))), 0o600); err == nil {
				out, err = exec.CommandContext(ctx, program, "import", "--city", dir, "--map", mapping, "--apply", "--json", file).CombinedOutput()
			}
			if err != nil {
				err = fmt.Errorf("import %d: %w\n%s", i, err, out)
			}
		}
		ended <- err
	}()
	for batches(t, db) == before {
		select {
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(time.Millisecond):
		}
	}
	samples := payable(t, filepath.Join(root, "samples.jsonl"), 9)
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() {
			for _, s := range samples[3*i : 3*i+3] {
				v := &visitor.Visitor{}
				v.Open(ctx, settings.Portal.PublicURL+"/pay")
				v.Send(ctx, "find", "/pay/find", map[string]string{"number": s.Number, "plate": s.Plate})
				v.Open(ctx, settings.Portal.PublicURL+"/pay/confirm")
				v.Send(ctx, "confirm", "/pay/start", nil)
				v.Send(ctx, "card", "/c/pay/", map[string]string{"number": "4242424242424242", "expiry": "12/34", "cvc": "123"})
				if v.Err != nil || !strings.Contains(v.Text(), "Paid in full") {
					t.Errorf("ticket %s: %v\n%s", s.Number, v.Err, v.Text())
				}
			}
		})
	}
	wg.Wait()
	close(paid)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if out := must(t, "ledger", "check", "--city", dir); !strings.Contains(out, "everything agrees") {
		t.Error(out)
	}
	checkCaptured(t, db, len(samples)+1) // one is the demonstration's own
}

// checkCaptured wants so many payments, each captured.
func checkCaptured(t *testing.T, db *sql.DB, want int) {
	t.Helper()
	var captured, all int
	err := db.QueryRow("select count(*), coalesce(sum(case when state = 'captured' then 1 else 0 end), 0) from attempt").Scan(&all, &captured)
	if err != nil || captured != want || all != want {
		t.Errorf("%d of %d attempts are captured, want %d: %v", captured, all, want, err)
	}
}
