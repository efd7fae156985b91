package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fundy/store"
	"fundy/store/storetest"
)

// The two schemas are the same tables, columns, keys and indexes; only the types' names and the
// append-only triggers are each database's own.
func TestBothSchemasAreTheSame(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("schema/sqlite/*.sql")
	if err != nil || len(files) < 2 {
		t.Fatalf("%v, %v", files, err)
	}
	spaces := regexp.MustCompile(`\s+`)
	normal := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(b), "-- +goose Down")
		up, _, _ = strings.Cut(up, "-- +goose StatementBegin")
		up = strings.NewReplacer("bigint", "integer", "bytea", "blob", ") strict;", ");").Replace(up)
		return spaces.ReplaceAllString(up, " ")
	}
	for _, f := range files {
		lite, post := normal(f), normal(filepath.Join("schema", "postgres", filepath.Base(f)))
		if lite != post {
			at := 0
			for at < len(lite) && at < len(post) && lite[at] == post[at] {
				at++
			}
			t.Errorf("%s: sqlite has …%s…, postgres …%s…", filepath.Base(f), lite[max(0, at-30):min(len(lite), at+50)], post[max(0, at-30):min(len(post), at+50)])
		}
	}
	for table, file := range map[string]string{
		"posting": "0002_payment", "ledger_entry": "0002_payment", "leaf": "0002_payment", "attempt_event": "0002_payment", "ticket_event": "0002_payment",
		"refund_event": "0003_refund", "refund_part": "0003_refund", "dispute_event": "0010_dispute", "processor_line": "0004_settlement", "settlement_day": "0004_settlement",
		"drawer_event": "0007_counter", "drawer_count": "0007_counter", "batch_event": "0007_counter", "tender_event": "0007_counter", "counter_entry": "0007_counter",
		"bank_gap": "0013_feed", "access_review_line": "0023_review",
		"ticket_photo_event": "0033_age",
		"requisition":        "0009_cheque", "requisition_item": "0009_cheque", "refund_terminal": "0009_cheque", "refund_word": "0009_cheque",
		"ledger_export": "0012_year", "write_off": "0012_year", "year_lock": "0012_year",
		"deposit_batch": "0008_deposit", "deposit_event": "0008_deposit", "returned_ticket": "0008_deposit", "charge_event": "0008_deposit", "item_event": "0008_deposit",
		"review_event": "0020_review", "review_promise": "0033_age", "review_opening": "0034_close",
		"ticket_note": "0022_ticket_work", "ticket_book_number": "0022_ticket_work",
		"ticket_ask_ticket": "0028_decision", "card_decline": "0029_decline",
	} {
		for dialect, want := range map[string]string{"sqlite": table + "_no_delete before delete on " + table, "postgres": "before update or delete on " + table} {
			b, err := os.ReadFile("schema/" + dialect + "/" + file + ".sql")
			if err != nil || !strings.Contains(string(b), want) {
				t.Errorf("%s: %s is not append-only (%v)", dialect, table, err)
			}
		}
	}
}

// A SQLite city has one office; a second one is refused and told whose it is.
func TestASecondOfficeIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := storetest.Open(t, store.Config{Driver: "sqlite", Path: dir + "/a.db"})
	unlock, err := s.LockCity(dir + "/lock")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.LockCity(dir + "/lock"); err == nil || !strings.Contains(err.Error(), "another office (process ") {
		t.Errorf("a second office: %v", err)
	}
	unlock()
	again, err := s.LockCity(dir + "/lock")
	if err != nil {
		t.Fatal(err)
	}
	again()
}
