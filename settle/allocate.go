package settle

import (
	"context"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
	"fundy/ticket"
)

// allocate decides what becomes of an authorised attempt, in one transaction: the attempt is locked
// first, then its tickets in ascending id. Either all of them are given to it and the capture is
// asked for, or none is and the release is. A crash after it leaves the task; a worker does it.
func (s *Settler) allocate(ctx context.Context, id payment.AttemptID) (payment.Attempt, error) {
	var a payment.Attempt
	var task *store.Task
	err := s.Store.Write(ctx, fault.Allocate, func(ctx context.Context, tx *store.Tx) (err error) {
		task = nil
		if a, err = tx.LockAttempt(ctx, id); err != nil {
			return err
		}
		if a.State != payment.Authorized && a.State != payment.CorrectedAuth {
			return nil // another worker was quicker
		}
		// A restored store does not know yet which tickets have been paid since: the money stays set aside.
		if _, restoring, err := tx.Restoring(ctx); err != nil || restoring {
			return err
		}
		now := s.Now()
		p, err := tx.Payment(ctx, a.Payment)
		if err != nil {
			return err
		}
		tickets, err := s.candidates(ctx, tx, p, now)
		if err != nil {
			return err
		}
		blocked, reason := payment.Allocate(p.Tickets, tickets)
		if reason != "" {
			task, err = s.letGo(ctx, tx, &a, blocked, reason, now)
			return err
		}
		task, err = s.give(ctx, tx, &a, p, tickets, now)
		return err
	})
	if err != nil {
		return a, fmt.Errorf("allocate: %w", err)
	}
	s.watchers.wake(id)
	if task == nil {
		return a, nil
	}
	if err := s.Do(ctx, *task); err != nil {
		return a, err
	}
	return s.attempt(ctx, id)
}

func (s *Settler) candidates(ctx context.Context, tx *store.Tx, p payment.Payment, now time.Time) (map[ticket.ID]payment.Candidate, error) {
	ids := make([]ticket.ID, 0, len(p.Tickets))
	for _, f := range p.Tickets {
		ids = append(ids, f.Ticket)
	}
	found, err := tx.LockTickets(ctx, ids)
	if err != nil {
		return nil, err
	}
	tickets := make(map[ticket.ID]payment.Candidate, len(found))
	for _, t := range found {
		regime, ok := ticket.RegimeOf(t.Regime)
		if !ok {
			return nil, fmt.Errorf("ticket of unknown regime %q", t.Regime)
		}
		tickets[t.ID] = payment.Candidate{Ticket: t.Ticket, Standing: ticket.Stand(regime, t.Ticket, now)}
	}
	return tickets, nil
}

// give allocates every ticket to the attempt. From here on a new payment of them is refused.
func (s *Settler) give(ctx context.Context, tx *store.Tx, a *payment.Attempt, p payment.Payment, tickets map[ticket.ID]payment.Candidate, now time.Time) (*store.Task, error) {
	for _, f := range p.Tickets {
		t := tickets[f.Ticket].Ticket
		if err := tx.Allocate(ctx, f.Ticket, a.ID, f.Total, t.State, now); err != nil {
			return nil, err
		}
		if err := s.moveTicketIn(ctx, tx, t, ticket.Confirming, "payment authorised", now); err != nil {
			return nil, err
		}
	}
	a.Reason = "" // its page was to be closed, it may be: the payer was quicker
	if err := s.moveIn(ctx, tx, a, payment.StillOwed, "", now); err != nil {
		return nil, err
	}
	return s.addTask(ctx, tx, TaskCapture, a.ID, captureParams{Payment: a.ProcessorRef, AmountMinor: a.Amount.Minor()}, now)
}

// letGo releases the whole: nobody is charged, and the payer reads which ticket it was.
func (s *Settler) letGo(ctx context.Context, tx *store.Tx, a *payment.Attempt, blocked ticket.ID, reason string, now time.Time) (*store.Task, error) {
	a.Reason, a.Blocked = reason, blocked
	if err := s.moveIn(ctx, tx, a, payment.NotOwed, reason, now); err != nil {
		return nil, err
	}
	return s.addTask(ctx, tx, TaskRelease, a.ID, releaseParams{Payment: a.ProcessorRef, Reason: processor.ReleaseDuplicate}, now)
}

func (s *Settler) addTask(ctx context.Context, tx *store.Tx, kind string, id payment.AttemptID, params any, now time.Time) (*store.Task, error) {
	t, err := NewTask(kind, id, 1, params, now)
	if err != nil {
		return nil, err
	}
	if err := tx.AddTask(ctx, t, now, now.Add(s.Lease)); err != nil {
		return nil, err
	}
	return &t, nil
}
