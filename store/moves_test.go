package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"fundy/fault"
	"fundy/ledger"
	"fundy/money"
	"fundy/store"
	"fundy/store/storetest"
)

// booked writes payments of each channel, with an entry of each as its part of the city posts it.
func booked(t *testing.T, s *store.Store, noon time.Time) {
	t.Helper()
	ctx := context.Background()
	entry := func(tx *store.Tx, id string, kind ledger.Kind, ref string, at time.Time, postings ...ledger.Posting) error {
		return tx.AddEntry(ctx, ledger.Entry{ID: id, Kind: kind, Ref: ref, Entered: noon, Effective: at, Postings: postings})
	}
	err := s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		for i, channel := range []string{"web", "counter", "mail", "terminal", "counter"} {
			id := fmt.Sprintf("a%d", i)
			for _, text := range []string{
				fmt.Sprintf("insert into payment (id, request_id, request_hash, channel, language, currency, total_minor, quoted_at, created_at) select 'p%d', 'r%d', opening_hash, '%s', 'en', 'CAD', 1, 0, 0 from (select commitment as opening_hash from leaf where id = 'l') x", i, i, channel),
				fmt.Sprintf("insert into attempt (id, payment_id, adapter, state, session, session_url, processor_ref, amount_minor, reason, blocked_ticket, receipt, created_at, expires_at, refreshed_at, version) values ('%s', 'p%d', 'x', 'captured', '', '', '', 1, '', '', '%s', 0, 0, 0, 1)", id, i, id),
			} {
				if err := tx.Exec(ctx, text); err != nil {
					return err
				}
			}
		}
		cents := money.FromMinor
		take := func(n int, at time.Time, from ledger.Account, amount int64, more ...ledger.Posting) error {
			id := fmt.Sprintf("a%d", n)
			postings := append(more, ledger.Posting{Debit: from, Credit: "receivable:penalty", Amount: cents(amount), Ticket: "t1", Component: "penalty"})
			return entry(tx, "capture-"+id, ledger.Captured, id, at, postings...)
		}
		for _, err := range []error{
			entry(tx, "issue-t1", ledger.Issued, "t1", noon.AddDate(0, 0, -9), ledger.Posting{Debit: "receivable:penalty", Credit: "revenue:bus:penalty", Amount: cents(5000), Ticket: "t1", Component: "penalty"}),
			take(0, noon, ledger.Clearing, 3000),
			take(1, noon, "undeposited:cash", 3000, ledger.Posting{Debit: "rounding:cash", Credit: "receivable:penalty", Amount: cents(2), Ticket: "t1", Component: "penalty"}),
			take(2, noon.AddDate(0, 0, -1), "undeposited:cheque", 4000), // received the day before it was entered
			take(3, noon, "clearing:terminal", 500),
			take(4, noon, "undeposited:cash", 700),
			entry(tx, "reversed-a4", "entry_reversed", "a4", noon, ledger.Posting{Debit: "receivable:penalty", Credit: "undeposited:cash", Amount: cents(700), Ticket: "t1", Component: "penalty"}),
			entry(tx, "deposit-1", "deposit", "slip1", noon, ledger.Posting{Debit: "in_transit:deposit", Credit: "undeposited:cash", Amount: cents(3000)}),
			entry(tx, "old-t2", ledger.Imported, "t2", noon, ledger.Posting{Debit: ledger.PaidBefore, Credit: "receivable:penalty", Amount: cents(900), Ticket: "t2", Component: "penalty"}),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A day has what counts in it: a web payment on the day of its quote, a counter's on that of its entry, a cheque on the
// day it was received; each channel apart, and what was undone beside it. Only cards are looked for at the processor.
func TestADayHasEachChannelApart(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		s, ctx := storetest.Open(t, c), context.Background()
		noon := time.Date(2027, 3, 3, 16, 0, 0, 0, time.UTC)
		if err := s.AddTestLeaf(ctx); err != nil {
			t.Fatal(err)
		}
		booked(t, s, noon)
		day := noon.Truncate(24 * time.Hour)
		err := s.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			channels, err := tx.DayChannels(ctx, day, day.AddDate(0, 0, 1))
			if got := fmt.Sprint(channels); err != nil || got != "[{counter 2 37.00 7.00} {terminal 1 5.00 0.00} {web 1 30.00 0.00}]" {
				t.Errorf("the day: %s, %v", got, err)
			}
			channels, err = tx.DayChannels(ctx, day.AddDate(0, 0, -1), day)
			if got := fmt.Sprint(channels); err != nil || got != "[{mail 1 40.00 0.00}]" {
				t.Errorf("the day before: %s, %v", got, err)
			}
			taken, err := tx.DayCaptures(ctx, day, day.AddDate(0, 0, 1))
			if err != nil || len(taken) != 1 || taken[0].Attempt != "a0" || taken[0].Amount.Minor() != 3000 {
				t.Errorf("by card: %+v, %v", taken, err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Moves and the single postings come to the same, with the ledger key of the ticket's issue.
func TestMovesAreThePostingsSummed(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		s, ctx := storetest.Open(t, c), context.Background()
		noon := time.Date(2027, 3, 3, 16, 0, 0, 0, time.UTC)
		if err := s.AddTestLeaf(ctx); err != nil {
			t.Fatal(err)
		}
		booked(t, s, noon)
		from, until := noon.AddDate(0, 0, -20), noon.AddDate(0, 0, 1)
		err := s.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			moves, err := tx.Moves(ctx, from, until)
			if err != nil {
				return err
			}
			var single []ledger.Move
			if err := tx.EachMove(ctx, from, until, func(m ledger.Move) error { single = append(single, m); return nil }); err != nil {
				return err
			}
			if len(single) != 9+1 || len(moves) >= len(single) {
				t.Errorf("%d moves of %d postings", len(moves), len(single))
			}
			for _, m := range moves {
				if m.Component != "" && m.Kind != ledger.Imported && ledger.KeyOf(m.Revenue) != "bus" {
					t.Errorf("the ledger key is not known: %+v", m)
				}
			}
			for _, basis := range []ledger.Basis{ledger.Cash, ledger.Accrual} {
				a, err := basis.Sum(moves)
				if err != nil {
					return err
				}
				b, err := basis.Sum(single)
				if err != nil {
					return err
				}
				if fmt.Sprint(a) != fmt.Sprint(b) {
					t.Errorf("%s:\n%v\n%v", basis, a, b)
				}
				for _, side := range a {
					if basis == ledger.Cash && (side.Account == ledger.PaidBefore || side.Account == "receivable:penalty") {
						t.Errorf("on cash: %+v", side)
					}
				}
			}
			balances, err := tx.BalancesAsOf(ctx, noon)
			if err != nil {
				return err
			}
			if got := fmt.Sprint(balances); got != "[{receivable:penalty 50.00 40.00 10.00} {revenue:bus:penalty 0.00 50.00 -50.00} {undeposited:cheque 40.00 0.00 40.00}]" {
				t.Errorf("balances before noon: %s", got)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
