package settle_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// What a drawer has over or short is posted at its close, put before a supervisor where it is much, and posted back
// when he opens it again.
func TestADrawerFromFloatToClose(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{DrawerLimit: money.FromMinor(200), Supervisors: []string{"dora", "ben"}}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		of := h.drawer("A", "anne") // 100.00 in it
		h.take([]ticket.ID{h.add(given{number: "1"})}, cash(5000))
		h.take([]ticket.ID{h.add(given{number: "2"})}, cheque(3000, "4"))
		if _, _, err := h.s.DropCash(ctx, "A", "anne", "ben", count(t, "100x2")); refused(err) != payment.DrawerNotSoMuch {
			t.Errorf("200.00 of 130.00 go to the safe: %v", err)
		}
		if _, _, err := h.s.DropCash(ctx, "A", "ben", "anne", count(t, "50x1")); refused(err) != payment.DrawerNotYours {
			t.Errorf("ben takes out of anne's drawer: %v", err)
		}
		if _, out, err := h.s.DropCash(ctx, "A", "anne", "ben", count(t, "50x1")); err != nil || out.Minor() != 5000 {
			t.Errorf("%s, %v", out, err)
		}
		// 80.00 should be there.
		if _, err := h.s.CloseDrawer(ctx, "A", "anne", "anne", "", count(t, "20x4")); refused(err) != payment.RefusedSamePerson {
			t.Errorf("anne checks her own drawer: %v", err)
		}
		if _, err := h.s.CloseDrawer(ctx, "A", "anne", "ben", "", count(t, "20x3 10x1 5x1")); refused(err) != payment.DrawerReason {
			t.Errorf("five dollars short and nobody says why: %v", err)
		}
		closed, err := h.s.CloseDrawer(ctx, "A", "anne", "ben", "a five was given out as change", count(t, "20x3 10x1 5x1"))
		if err != nil || closed.Expected.Minor() != 8000 || closed.Counted.Minor() != 7500 || closed.OverShort.Minor() != -500 {
			t.Fatalf("%+v, %v", closed, err)
		}
		h.books(map[string]int64{"undeposited:cash": 2500, "over_short:cash": 500, "undeposited:cheque": 3000})
		if open := h.exceptions(payment.ExceptionDrawer); len(open) != 1 || open[0].Amount.Minor() != 500 || open[0].Ref != string(of.ID) {
			t.Errorf("the queue: %+v", open)
		}
		h.read(func(ctx context.Context, tx *store.Tx) error {
			batches, err := tx.BatchesOfSession(ctx, of.ID)
			for _, b := range batches {
				want := map[payment.BatchKind]int64{payment.CashBatch: 2500, payment.ChequeBatch: 3000}[b.Kind]
				if b.State != payment.BatchClosed || b.Total.Minor() != want {
					t.Errorf("batch of %s: %s, %s", b.Kind, b.State, b.Total)
				}
			}
			if len(batches) != 2 {
				t.Errorf("%d batches", len(batches))
			}
			return err
		})
		if _, err := h.s.TakeTender(ctx, request([]ticket.ID{h.add(given{number: "3"})}, cash(3000))); refused(err) != payment.TakeNoDrawer {
			t.Errorf("money into a closed drawer: %v", err)
		}
		for who, want := range map[string]string{"anne": payment.DrawerSupervisor, "carl": payment.DrawerSupervisor, "ben": payment.RefusedSamePerson} {
			if _, err := h.s.ReopenDrawer(ctx, "A", who, "count again", who == "dora" || who == "ben"); refused(err) != want {
				t.Errorf("%s opens it again: %v", who, err)
			}
		}
		if _, err := h.s.ReopenDrawer(ctx, "A", "dora", "the five was under the tray", true); err != nil {
			t.Fatal(err)
		}
		h.books(map[string]int64{"undeposited:cash": 3000, "over_short:cash": 0})
		if open := h.exceptions(payment.ExceptionDrawer); len(open) != 0 {
			t.Errorf("the queue: %+v", open)
		}
		again, err := h.s.CloseDrawer(ctx, "A", "anne", "ben", "a dollar too much", count(t, "20x4 1x1"))
		if err != nil || again.OverShort.Minor() != 100 || again.Closings != 2 {
			t.Fatalf("%+v, %v", again, err)
		}
		h.books(map[string]int64{"undeposited:cash": 3100, "over_short:cash": -100})
		if open := h.exceptions(payment.ExceptionDrawer); len(open) != 0 {
			t.Errorf("a dollar is within what the city lets pass: %+v", open)
		}
		h.read(func(ctx context.Context, tx *store.Tx) error {
			events, err := tx.DrawerEvents(ctx, of.ID)
			if len(events) != 5 || events[1].Event != payment.DrawerDropped || events[1].Second != "ben" || events[3].Who != "dora" {
				t.Errorf("its history: %+v", events)
			}
			return err
		})
	})
}

// Its cash has gone to the bank: nobody opens the drawer again.
func TestADepositedDrawerStaysClosed(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{Supervisors: []string{"dora"}}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		of := h.drawer("A", "anne")
		if _, err := h.s.CloseDrawer(ctx, "A", "anne", "ben", "", count(t, "20x5")); err != nil {
			t.Fatal(err)
		}
		err := h.write(func(ctx context.Context, tx *store.Tx) error {
			batches, err := tx.BatchesOfSession(ctx, of.ID)
			if err != nil {
				return err
			}
			return tx.MoveBatch(ctx, &batches[0], payment.BatchDeposits, h.Now(), "ben", "")
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.ReopenDrawer(ctx, "A", "dora", "count again", true); refused(err) != payment.BatchGone {
			t.Errorf("%v", err)
		}
	})
}

// A drawer is one clerk's, and a clerk has one.
func TestADrawerIsOneClerks(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		h.drawer("A", "anne")
		if _, err := h.s.OpenDrawer(ctx, "A", "ben", count(t, "0")); refused(err) != payment.DrawerTaken {
			t.Errorf("ben opens anne's drawer: %v", err)
		}
		if _, err := h.s.MakeDrawer(ctx, "B", "City Hall", "dora"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.OpenDrawer(ctx, "B", "anne", count(t, "0")); refused(err) != payment.DrawerTaken {
			t.Errorf("anne opens a second: %v", err)
		}
		if _, err := h.s.OpenDrawer(ctx, "C", "ben", count(t, "0")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a drawer that there is not: %v", err)
		}
		if _, err := h.s.MakeDrawer(ctx, "A", "City Hall", "dora"); refused(err) != payment.DrawerTaken {
			t.Errorf("a second A: %v", err)
		}
		for _, name := range []string{"", "a", "MAIL", "A DRAWER", "A-VERY-LONG-DRAWER"} {
			if _, err := h.s.MakeDrawer(ctx, name, "City Hall", "dora"); refused(err) != payment.DrawerName {
				t.Errorf("%q: %v", name, err)
			}
		}
		tk := h.add(given{number: "1"})
		r := request([]ticket.ID{tk}, cash(3000))
		r.By = "ben"
		if _, err := h.s.TakeTender(ctx, r); refused(err) != payment.TakeNoDrawer {
			t.Errorf("ben has no drawer: %v", err)
		}
		r.Batch = "bat_none"
		r.ReceivedOn = city.DateOf(h.Now(), h.city.Zone)
		if _, err := h.s.TakeTender(ctx, r); refused(err) != payment.TakeNoBatch {
			t.Errorf("a batch that there is not: %v", err)
		}
	})
}

// What the rules say, the store says too: whoever checks has not closed, and the mail is closed at what was announced.
func TestTheStoreHoldsTheCountersRules(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		of := h.drawer("A", "anne")
		for _, checker := range []string{"anne", "ben", ""} {
			err := h.write(func(ctx context.Context, tx *store.Tx) error {
				s, err := tx.LockSession(ctx, of.ID)
				if err != nil {
					return err
				}
				s.State, s.ClosedBy, s.CheckedBy, s.ClosedAt = payment.SessionClosed, "ben", checker, h.Now()
				return tx.MoveSession(ctx, &s, store.Happening{Event: payment.DrawerClosed, Who: "ben", At: h.Now()})
			})
			if !errors.Is(err, store.ErrRule) {
				t.Errorf("ben closes anne's drawer, checked by %q: %v", checker, err)
			}
		}
		b, err := h.s.OpenMail(ctx, "anne", "ben", money.FromMinor(4000))
		if err != nil {
			t.Fatal(err)
		}
		err = h.write(func(ctx context.Context, tx *store.Tx) error {
			b.ClosedBy, b.ClosedAt, b.Total = "anne", h.Now(), money.FromMinor(3999)
			return tx.MoveBatch(ctx, &b, payment.BatchCloses, h.Now(), "anne", "")
		})
		if !errors.Is(err, store.ErrRule) {
			t.Errorf("the mail is closed a cent short: %v", err)
		}
		// A tender that does not add up to what was kept of it.
		e := h.take([]ticket.ID{h.add(given{number: "1"})}, cash(3000))
		err = h.write(func(ctx context.Context, tx *store.Tx) error {
			bad := e.Tenders[0]
			bad.ID, bad.Amount = "tdr_bad", money.FromMinor(2999)
			return tx.InsertTender(ctx, bad, "anne")
		})
		if !errors.Is(err, store.ErrRule) {
			t.Errorf("30.00 in cash count 29.99: %v", err)
		}
	})
}

// Printed numbers go up by one, whatever is refused between them, and a reversed entry keeps its own.
func TestPrintedNumbersHaveNoGap(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		of := h.drawer("A", "anne")
		paid := h.add(given{number: "0"})
		h.take([]ticket.ID{paid}, cash(3000))
		for _, number := range []string{"1", "2", "3"} {
			if _, err := h.s.TakeTender(ctx, request([]ticket.ID{paid}, cash(3000))); refused(err) != payment.TakePaid {
				t.Errorf("%v", err)
			}
			e := h.take([]ticket.ID{h.add(given{number: number})}, cash(3000))
			if number == "2" {
				if _, err := h.s.ReverseEntry(ctx, e.Attempt.ID, "anne", "a mistake"); err != nil {
					t.Fatal(err)
				}
			}
		}
		h.later(time.Hour)
		h.read(func(ctx context.Context, tx *store.Tx) error {
			entries, err := tx.CounterEntriesOfSession(ctx, of.ID)
			for i, e := range entries {
				if e.Number != int64(i+1) {
					t.Errorf("entry %d has number %d", i+1, e.Number)
				}
			}
			if len(entries) != 4 {
				t.Errorf("%d entries", len(entries))
			}
			return err
		})
		h.books(map[string]int64{"undeposited:cash": 9000})
	})
}

// Money is taken, undone and the drawer closed all at once: whatever comes first, the books are right, and what was
// expected at the close is what the drawer then has.
func TestADrawerThatIsClosedWhileItIsUsed(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{Supervisors: []string{"dora"}}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		h.drawer("A", "anne") // 100.00
		for round := range 6 {
			first := h.take([]ticket.ID{h.add(given{number: fmt.Sprint("1", round)})}, cash(3000))
			second := request([]ticket.ID{h.add(given{number: fmt.Sprint("2", round)})}, cash(3000), cheque(100, "1"))
			second.Tenders[0].Tendered = money.FromMinor(2900)
			var all sync.WaitGroup
			all.Go(func() { _, _ = h.s.ReverseEntry(ctx, first.Attempt.ID, "anne", "a mistake") })
			all.Go(func() { _, _ = h.s.TakeTender(ctx, second) })
			all.Go(func() { _, _ = h.s.CloseDrawer(ctx, "A", "anne", "ben", "in a hurry", count(t, "20x5")) })
			all.Wait()
			var of payment.Session
			h.read(func(ctx context.Context, tx *store.Tx) (err error) {
				if of, err = tx.LastSession(ctx, "A"); err != nil {
					return err
				}
				there, err := tx.ExpectedCash(ctx, of.ID)
				if of.State != payment.SessionClosed || of.Expected != there {
					t.Errorf("round %d: %s, expected %s at the close, and it is %s", round, of.State, of.Expected, there)
				}
				return err
			})
			h.books(nil)
			if _, err := h.s.ReopenDrawer(ctx, "A", "dora", "once more", true); err != nil {
				t.Fatal(err)
			}
			h.books(map[string]int64{"over_short:cash": 0})
		}
	})
}
