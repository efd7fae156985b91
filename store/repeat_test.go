package store_test

import (
	"context"
	"errors"
	"fmt"
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

// again is a row whose price is 30.00 and 10.00 more for each ticket before it.
func again(id string, day int, plate string) store.ImportRow {
	issued := time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC)
	t := ticket.Ticket{
		ID: ticket.ID(id), Regime: "generic", Number: id, IssuedOn: city.Date{Year: 2026, Month: 3, Day: day}, IssuedAt: issued, TimeKnown: true,
		Offence: "X", Schedule: "S", Jurisdiction: "NB", Delivery: ticket.Windshield, State: ticket.Open,
	}
	return store.ImportRow{
		Ticket: t, NumberKey: id, Lookup: []byte(id), PlateIndex: []byte(plate), SkeletonIndex: []byte("one skeleton"), DataKey: "k",
		PlateSealed: []byte("sealed"), Digest: []byte(id), Hold: func() ([]byte, error) { return []byte("row"), nil },
		Repeat: &store.Repeat{Days: 365, Entries: func(priors int) ([]ledger.Entry, error) {
			lines := []ticket.Component{{Kind: ticket.Penalty, Amount: money.FromMinor(int64(3000 + 1000*priors))}}
			return []ledger.Entry{ledger.IssueEntry(t.ID, lines, "p", issued, time.Unix(100, 0))}, nil
		}},
	}
}

func apply(s *store.Store, id string, rows ...store.ImportRow) error {
	b := batch(0, 0)
	b.ID, b.Rows = id, rows
	out, err := s.ApplyImport(context.Background(), b)
	if err == nil && out.New != len(rows) {
		return fmt.Errorf("%s: %d of %d rows are new", id, out.New, len(rows))
	}
	return err
}

func priorsOf(t *testing.T, s *store.Store, want map[string]int) {
	t.Helper()
	err := s.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		for id, n := range want {
			f, err := tx.Ticket(ctx, ticket.ID(id))
			if err != nil {
				return err
			}
			if f.Priors != n {
				t.Errorf("%s has %d before it, want %d", id, f.Priors, n)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// The count is taken when a ticket comes in, of its batch and of what stands, and is kept.
func TestTheTicketsBeforeAreCountedOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		otherOffence, otherType, nowhere, plateless := again("o", 1, "p"), again("y", 1, "p"), again("n", 9, "p"), again("q", 9, "")
		otherOffence.Ticket.Offence, otherType.Ticket.PlateType, nowhere.Ticket.Jurisdiction, plateless.PlateIndex = "Y", "COM", "", nil
		void := again("v", 2, "p")
		void.Ticket.State = ticket.Void
		plain := again("w", 2, "p") // counts, and does not ask
		plain.Repeat = nil
		err := errors.Join(
			// In one batch, not in the order of their days; a look-alike's plate is another.
			apply(s, "b1", again("c", 5, "p"), again("a", 1, "p"), otherOffence, otherType, again("look-alike", 4, "P"), void, plain),
			apply(s, "b2", again("d", 6, "p"), nowhere, plateless),
		)
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{"a": 0, "c": 2, "d": 3, "o": 0, "y": 0, "look-alike": 0, "v": 1, "w": 0, "n": 0, "q": 0}
		priorsOf(t, s, counts)
		err = s.Write(t.Context(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
			return tx.MoveTicket(ctx, "a", 1, ticket.Cancelled, time.Unix(200, 0), "test")
		})
		if err != nil {
			t.Fatal(err)
		}
		// One that comes late re-prices nobody, and neither does the one that was cancelled; who comes after counts neither it nor the void one.
		if err := errors.Join(apply(s, "b3", again("late", 4, "p")), apply(s, "b4", again("e", 7, "p"))); err != nil {
			t.Fatal(err)
		}
		counts["late"], counts["e"] = 1, 4 // w; w, late, c, d
		priorsOf(t, s, counts)
		var check store.LedgerCheck
		err = s.Read(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
			check, err = tx.CheckLedger(ctx)
			return err
		})
		var want int64
		for id, n := range counts {
			if id != "w" { // it does not ask, and this test gave it nothing to post
				want += int64(3000 + 1000*n)
			}
		}
		if err != nil || len(check.Faults) > 0 || check.ByAccount["receivable:penalty"] != want {
			t.Errorf("%v, %v: %d, want %d", err, check.Faults, check.ByAccount["receivable:penalty"], want)
		}
	})
}

// An import waits for one that is under way, and counts its rows.
func TestImportsAtOnceCountEachOther(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		err := s.Write(t.Context(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
			return tx.SetCityIdentity(ctx, "x", city.Test, time.Unix(1, 0))
		})
		if err != nil {
			t.Fatal(err)
		}
		var second error
		var wait sync.WaitGroup
		b := batch(0, 0)
		b.ID, b.Rows = "b1", []store.ImportRow{again("first", 1, "p")}
		once := b.Leaf
		b.Leaf = func(rows []store.ImportRow) (logbook.Leaf, error) {
			// The first is written and not committed. The second has a data key of its own, as every import has.
			wait.Go(func() {
				row := again("second", 2, "p")
				row.DataKey = "k2"
				b := batch(0, 0)
				b.ID, b.Rows, b.DataKey = "b2", []store.ImportRow{row}, store.DataKey{ID: "k2", Sealed: []byte{1}}
				_, second = s.ApplyImport(context.Background(), b)
			})
			time.Sleep(200 * time.Millisecond) // time for the second to overtake, if it could
			return once(rows)
		}
		_, err = s.ApplyImport(t.Context(), b)
		wait.Wait()
		if err := errors.Join(err, second); err != nil {
			t.Fatal(err)
		}
		priorsOf(t, s, map[string]int{"first": 0, "second": 1})
	})
}
