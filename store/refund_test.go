package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fundy/fault"
	"fundy/payment"
	"fundy/store"
	"fundy/store/storetest"
)

// The statements that add refunds up leave out the states that payment says do not count, and no other.
func TestTheSumLeavesOutWhatDoesNotCount(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"refund sum", "check refunds"} {
		text := store.Queries()[name]
		_, list, found := strings.Cut(text, "r.state not in (")
		list, _, closed := strings.Cut(list, ")")
		if !found || !closed {
			t.Fatalf("%s leaves nothing out:\n%s", name, text)
		}
		left := map[string]bool{}
		for one := range strings.SplitSeq(list, ", ") {
			left[strings.Trim(one, "'")] = true
		}
		for _, l := range payment.RefundTable {
			if counts := !left[string(l.To)]; counts != l.To.Counts() {
				t.Errorf("%s: %s counts: %v, want %v", name, l.To, counts, l.To.Counts())
			}
		}
		for one := range left {
			if payment.RefundState(one).Counts() {
				t.Errorf("%s leaves out %q, which counts", name, one)
			}
		}
	}
}

// A city's refunds from before stay what they were, and a way that there is none of is refused as it was.
func TestRefundsKeepTheirWayThroughAMigration(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		ctx := context.Background()
		if err := store.MigrateTo(ctx, c, 6); err != nil {
			t.Fatal(err)
		}
		db := openRaw(t, c)
		for _, q := range []string{
			"insert into payment (id, request_id, request_hash, channel, language, currency, total_minor, quoted_at, sealed_email, created_at) values ('p', 'r', cast('h' as BLOB), 'web', 'en', 'CAD', 1, 0, cast('' as BLOB), 0)",
			"insert into attempt (id, payment_id, adapter, state, session, session_url, processor_ref, amount_minor, reason, blocked_ticket, receipt, created_at, expires_at, refreshed_at, version) values ('a', 'p', 'stripe', 'captured', '', '', '', 1, '', '', '', 0, 0, 0, 1)",
			refundRow("one", "processor"), refundRow("two", "cheque"),
			"insert into refund_part (refund_id, ticket_id, amount_minor) values ('two', '', 1)",
		} {
			if _, err := db.Exec(blobs(c, q)); err != nil {
				t.Fatal(err)
			}
		}
		s := storetest.Open(t, c)
		for id, want := range map[payment.RefundID]payment.Way{"one": payment.ByProcessor, "two": payment.ByCheque} {
			err := s.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
				r, err := tx.Refund(ctx, id)
				if err == nil && r.Way != want {
					t.Errorf("%s goes back by %s, want %s", id, r.Way, want)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		if _, err := db.Exec(refundRow("three", "pigeon")); err == nil {
			t.Error("a refund by pigeon is taken")
		}
		if _, err := db.Exec(refundRow("four", "terminal")); err != nil {
			t.Error(err)
		}
		if _, err := db.Exec("insert into refund_part (refund_id, ticket_id, amount_minor) values ('none', '', 1)"); err == nil {
			t.Error("a part of no refund is taken")
		}
	})
}

func refundRow(id, way string) string {
	return "insert into refund (id, attempt_id, way, state, amount_minor, reason, reopen, asked_by, asked_at, decided_by, processor_ref, failure, refreshed_at, version) values ('" +
		id + "', 'a', '" + way + "', 'asked', 1, 'city_error', 0, 'anne', 0, '', '', '', 0, 1)"
}

func blobs(c store.Config, q string) string {
	if c.Driver == "postgres" {
		return strings.ReplaceAll(q, "as BLOB", "as bytea")
	}
	return q
}

func openRaw(t *testing.T, c store.Config) *sql.DB {
	t.Helper()
	driver, dsn := "pgx", c.DSN
	if c.Driver == "sqlite" {
		driver, dsn = "sqlite", "file:"+c.Path+"?_pragma=foreign_keys(1)&_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// What was sealed of a payee stands nowhere in SQLite's file once it is erased, and what was said for good of
// refunds can't be changed.
func TestAnErasedPayeeIsGone(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		ctx := context.Background()
		s := storetest.Open(t, c)
		db := openRaw(t, c)
		for _, q := range []string{
			"insert into payment (id, request_id, request_hash, channel, language, currency, total_minor, quoted_at, sealed_email, created_at) values ('p', 'r', cast('h' as BLOB), 'web', 'en', 'CAD', 1, 0, cast('' as BLOB), 0)",
			"insert into attempt (id, payment_id, adapter, state, session, session_url, processor_ref, amount_minor, reason, blocked_ticket, receipt, created_at, expires_at, refreshed_at, version) values ('a', 'p', 'stripe', 'captured', '', '', '', 1, '', '', '', 0, 0, 0, 1)",
			refundRow("one", "cheque"),
		} {
			if _, err := db.Exec(blobs(c, q)); err != nil {
				t.Fatal(err)
			}
		}
		sealed := []byte(strings.Repeat("QZXJ", 350))
		now := time.UnixMicro(1)
		do := func(fn func(ctx context.Context, tx *store.Tx) error) error { return s.Write(ctx, fault.ByTest, fn) }
		err := errors.Join(
			do(func(ctx context.Context, tx *store.Tx) error { return tx.AddPayee(ctx, "one", 1, sealed, "anne", now) }),
			do(func(ctx context.Context, tx *store.Tx) error { return tx.AddPayee(ctx, "one", 2, sealed, "anne", now) }),
			do(func(ctx context.Context, tx *store.Tx) error { return tx.ErasePayeesAt(ctx, "one", now) }),
			do(func(ctx context.Context, tx *store.Tx) error {
				due, err := tx.DuePayees(ctx, now, 9)
				if !slices.Equal(due, []payment.RefundID{"one"}) {
					t.Errorf("due: %v", due)
				}
				return err
			}),
			do(func(ctx context.Context, tx *store.Tx) error {
				n, err := tx.ErasePayees(ctx, "one", now)
				if n != 2 {
					t.Errorf("%d erased", n)
				}
				return err
			}),
			do(func(ctx context.Context, tx *store.Tx) error {
				n, err := tx.ErasePayees(ctx, "one", now)
				if n != 0 {
					t.Errorf("%d erased again", n)
				}
				return err
			}),
		)
		if err != nil {
			t.Fatal(err)
		}
		if c.Driver == "sqlite" {
			if _, err := db.Exec("pragma wal_checkpoint(truncate)"); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(c.Path)
			if err != nil || bytes.Contains(b, []byte("QZXJ")) {
				t.Errorf("what was sealed is still in the file (%v)", err)
			}
		}
		w := payment.RefundWord{Refund: "one", N: 1, Version: 1, Event: payment.EndedByPeople, Why: "why", By: "anne", At: now}
		if err := do(func(ctx context.Context, tx *store.Tx) error { return tx.AddRefundWord(ctx, w) }); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("update refund_word set why = 'because'"); err == nil {
			t.Error("a person's word can be changed")
		}
	})
}
