package settle

import (
	"context"
	"fmt"
	"time"

	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// loseIn posts that the payer's bank keeps the money, and does with the debt as the city has set.
func (s *Settler) loseIn(ctx context.Context, tx *store.Tx, d *payment.Dispute, a payment.Attempt, now time.Time) error {
	taken, given, _, err := tx.TakenOf(ctx, a.ID)
	if err != nil {
		return err
	}
	p, err := tx.Payment(ctx, a.Payment)
	if err != nil {
		return err
	}
	tickets, err := s.disputedTickets(ctx, tx, a)
	if err != nil {
		return err
	}
	d.End, d.Why = payment.EndDispute(s.City.Reopen, *d, payment.Disputed{
		Taken: taken, Given: given, Tickets: len(p.Tickets), Reopened: len(tickets), Receipt: a.Receipt != "",
	})
	to := ledger.ChargebacksLost
	if d.End == payment.EndPayers {
		to = ledger.OwedToPayers
	}
	if err := s.postDispute(ctx, tx, d, ledger.DisputeLost, now, now, ledger.ForDisputeLost(to, d.Amount)); err != nil || d.End != payment.EndReopened {
		return err
	}
	return s.reopenLostIn(ctx, tx, d, p, tickets, now)
}

// disputedTickets are the tickets that an attempt has and that may be owed again, locked in ascending id.
func (s *Settler) disputedTickets(ctx context.Context, tx *store.Tx, a payment.Attempt) ([]store.FoundTicket, error) {
	had, err := tx.Allocations(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	ids := make([]ticket.ID, 0, len(had))
	for _, al := range had {
		ids = append(ids, al.Ticket)
	}
	found, err := tx.LockTickets(ctx, ids)
	if err != nil {
		return nil, err
	}
	var may []store.FoundTicket
	for _, t := range found {
		if regime, ok := ticket.RegimeOf(t.Regime); ok && regime.May(t.State, ticket.Reopened) {
			may = append(may, t)
		}
	}
	return may, nil
}

// reopenLostIn makes the tickets owed again. Their clock is said to have stood still since the day that the city
// has set, so that the price and the days that were left then hold again.
func (s *Settler) reopenLostIn(ctx context.Context, tx *store.Tx, d *payment.Dispute, p payment.Payment, tickets []store.FoundTicket, now time.Time) error {
	const why = "payment taken back by the payer's bank"
	var postings []ledger.Posting
	for _, t := range tickets {
		f, err := frozenOf(p, t.ID)
		if err != nil {
			return err
		}
		more, err := ledger.ForReopenLost(t.ID, f.Components)
		if err != nil {
			return fmt.Errorf("post reopening: %w", err)
		}
		postings = append(postings, more...)
		if err := tx.UndoAllocation(ctx, t.ID, d.Attempt, now); err != nil {
			return err
		}
		if err := s.moveTicketIn(ctx, tx, t.Ticket, ticket.Reopened, why, now); err != nil {
			return err
		}
		if err := tx.AddTicketEvent(ctx, t.ID, ticket.HoldFrom, d.ClockFrom(s.City.Reopen, p), now, why); err != nil {
			return err
		}
		if err := tx.AddTicketEvent(ctx, t.ID, ticket.HoldUntil, now, now, why); err != nil {
			return err
		}
	}
	d.ReopenedAt = now
	return s.postDispute(ctx, tx, d, ledger.DisputeReopened, now, now, postings)
}

// regainIn posts what a bank gives back that it had kept. Where its tickets are owed again since, somebody may have
// paid them again: the money is put to no ticket, and a person gives it back or puts it where it belongs.
func (s *Settler) regainIn(ctx context.Context, tx *store.Tx, d *payment.Dispute, now time.Time) error {
	from := ledger.ChargebacksLost
	var err error
	switch d.End {
	case payment.EndReopened, payment.EndPayers:
		from = ledger.OwedToPayers
		err = Raise(ctx, tx, payment.ExceptionUnallocated, d.Attempt.Ref(), d.Amount, "a lost chargeback was won after all, and its debt was dealt with before", now)
	case payment.EndPerson: // what was written off for the time being is back: there is nothing left to decide
		err = Settled(ctx, tx, payment.ExceptionTicket, string(d.ID), "won after all", "", now)
	}
	if err != nil {
		return err
	}
	return s.postDispute(ctx, tx, d, ledger.DisputeRegained, now, now, ledger.ForDisputeRegained(from, d.Amount))
}

// freeOf is what is put to no ticket of an attempt's money, as chargebacks have left it: beside what was received
// so, what was lost, made its tickets owed again, and came back, however often it went since.
func freeOf(ctx context.Context, tx *store.Tx, a payment.Attempt) (money.Amount, error) {
	free, err := tx.UnallocatedOf(ctx, a.ID)
	if err != nil {
		return free, err
	}
	disputes, err := tx.DisputesOfAttempt(ctx, a.ID)
	if err != nil {
		return free, err
	}
	for _, d := range disputes {
		if !d.ReopenedAt.IsZero() && !d.Owed() {
			if free, err = free.Add(d.Amount); err != nil {
				return free, err
			}
		}
	}
	return free, nil
}

// takeBack takes off each source what payers' banks have taken back of the attempt, in the order of the sources. What
// was lost and made its tickets owed again is in no source any more.
func takeBack(sources []payment.Source, disputes []payment.Dispute) ([]payment.Source, error) {
	back := money.Zero
	var err error
	for _, d := range disputes {
		if d.TakesBack() && !d.Owed() {
			if back, err = back.Add(d.Amount); err != nil {
				return nil, err
			}
		}
	}
	for i := range sources {
		left, err := sources[i].Left()
		if err != nil {
			return nil, err
		}
		if left.Cmp(back) > 0 {
			left = back
		}
		if sources[i].Given, err = sources[i].Given.Add(left); err != nil {
			return nil, err
		}
		if back, err = back.Sub(left); err != nil {
			return nil, err
		}
	}
	return sources, nil
}
