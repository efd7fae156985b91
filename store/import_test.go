package store_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/ledger"
	"fundy/logbook"
	"fundy/money"
	"fundy/store"
	"fundy/store/storetest"
	"fundy/ticket"
)

func batch(n int, bend byte) store.ImportBatch {
	b := store.ImportBatch{
		ID: fmt.Sprintf("b%d-%d", n, bend), Source: "f", Mapping: "m", At: time.Unix(100, 0), DataKey: store.DataKey{ID: "k", Sealed: []byte{1}},
		Leaf: func(rows []store.ImportRow) (logbook.Leaf, error) {
			return logbook.NewLeaf("import", time.Unix(100, 0), len(rows), rand.Reader)
		},
	}
	for i := range n {
		id := ticket.ID(fmt.Sprintf("t%d", i))
		b.Rows = append(b.Rows, store.ImportRow{
			Ticket: ticket.Ticket{
				ID: id, Regime: "nb-lga", Number: fmt.Sprint(i), IssuedOn: city.Date{Year: 2026, Month: 3, Day: 1}, IssuedAt: time.Unix(50, 0), Offence: "X", Schedule: "S",
				Delivery: ticket.Windshield, State: ticket.Open, Events: []ticket.Event{{Kind: "appearance", At: time.Unix(500, 0)}},
			},
			NumberKey: fmt.Sprint(i), Lookup: []byte{byte(i)}, DataKey: "k", PlateSealed: []byte("sealed"), Digest: []byte{byte(i), bend}, Hold: func() ([]byte, error) { return []byte("row"), nil }, Line: i + 1,
			Entries: []ledger.Entry{ledger.IssueEntry(id, []ticket.Component{{Kind: ticket.Penalty, Amount: money.FromMinor(6500)}, {Kind: ticket.EarlyPayment, Amount: money.FromMinor(-3500)}}, "p", time.Unix(50, 0), time.Unix(100, 0))},
		})
	}
	return b
}

// The same batch twice changes nothing; other content is held once and never overwrites.
func TestAnImportIsAsIfOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		s, ctx := storetest.Open(t, c), context.Background()
		count := func() store.LedgerCheck {
			var check store.LedgerCheck
			err := s.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
				check, err = tx.CheckLedger(ctx)
				return err
			})
			if err != nil || len(check.Faults) > 0 {
				t.Fatalf("%v, %v", check.Faults, err)
			}
			return check
		}
		const n = 450 // more than two statements of 200 rows
		for i, want := range []store.ImportOutcome{{New: n}, {Same: n}, {Same: n}} {
			got, err := s.ApplyImport(ctx, batch(n, 0))
			got.Took = 0
			if err != nil || got != want {
				t.Fatalf("time %d: %+v, %v, want %+v", i+1, got, err, want)
			}
		}
		before := count()
		if before.Tickets != n || before.Postings != 2*n || before.ByAccount["receivable:penalty"] != 6500*n || before.ByAccount["receivable:discount"] != -3500*n {
			t.Errorf("after the import: %+v", before)
		}
		for i, want := range []store.ImportOutcome{{Held: n}, {}} {
			if got, err := s.ApplyImport(ctx, batch(n, 1)); err != nil || got.Held != want.Held || got.New != 0 {
				t.Fatalf("other content, time %d: %+v, %v", i+1, got, err)
			}
		}
		if after := count(); after.Tickets != n || after.Postings != before.Postings {
			t.Errorf("other content changed something: %+v", after)
		}
		states, err := s.CompareImport(ctx, []store.ImportKey{{ID: "t1", Digest: []byte{1, 0}}, {ID: "t1", Digest: []byte{9}}, {ID: "none", Digest: []byte{1}}})
		if err != nil || fmt.Sprint(states) != "[same changed new]" {
			t.Errorf("compare: %v, %v", states, err)
		}
		err = s.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			found, err := tx.TicketsByLookup(ctx, []byte{7}, 5)
			if err != nil || len(found) != 2 || len(found[0].Events) != 1 || string(found[0].PlateSealed) != "sealed" || found[0].Version != 1 {
				t.Errorf("look-up: %+v, %v", found, err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Two imports of the same rows at the same time, such as one that its operator believed dead, are as one: what
// the other has written meanwhile is the same again, and is no error.
func TestTwoImportsAtOnceAreAsIfOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		s, other := storetest.Open(t, c), storetest.Open(t, c)
		const n = 300
		outcomes, errs := make([]store.ImportOutcome, 4), make([]error, 4)
		var wg sync.WaitGroup
		for i := range outcomes {
			wg.Go(func() {
				b := batch(n, 0)
				b.ID, b.DataKey.ID = fmt.Sprint("at-once-", i), fmt.Sprint("key-", i)
				for j := range b.Rows {
					b.Rows[j].DataKey = b.DataKey.ID
				}
				if i%2 == 1 { // the other way round: each waits for what the other holds
					slices.Reverse(b.Rows)
				}
				outcomes[i], errs[i] = []*store.Store{s, other}[i%2].ApplyImport(context.Background(), b)
			})
		}
		wg.Wait()
		var sum store.ImportOutcome
		for i, o := range outcomes {
			if errs[i] != nil {
				t.Errorf("import %d: %v", i, errs[i])
			}
			sum.New, sum.Same, sum.Held = sum.New+o.New, sum.Same+o.Same, sum.Held+o.Held
		}
		if sum.New != n || sum.Same != 3*n || sum.Held != 0 {
			t.Errorf("%d new, %d the same again, %d held; want %d, %d, 0", sum.New, sum.Same, sum.Held, n, 3*n)
		}
	})
}

// A ticket is moved from the version that was read, or not at all.
func TestATicketMovesFromTheVersionThatWasRead(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		s, ctx := storetest.Open(t, c), context.Background()
		if _, err := s.ApplyImport(ctx, batch(1, 0)); err != nil {
			t.Fatal(err)
		}
		err := s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
			return tx.MoveTicket(ctx, "t0", 1, ticket.Confirming, time.Unix(200, 0), "test")
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
			return tx.MoveTicket(ctx, "t0", 1, ticket.Paid, time.Unix(201, 0), "test")
		})
		if err == nil {
			t.Error("a move from a version that is gone was taken")
		}
	})
}
