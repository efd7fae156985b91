package settle

import (
	"context"
	"fmt"
	"time"

	"fundy/ident"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
	"fundy/ticket"
)

// AskStopped puts the end of an attempt that stopped before a second person, or says in a payment.CorrectionRefusal
// why not.
func (s *Settler) AskStopped(ctx context.Context, id payment.AttemptID, ask payment.StoppedAsk, apply bool) (payment.Correction, error) {
	return s.askIn(ctx, id, apply, func(ctx context.Context, tx *store.Tx, a payment.Attempt, now time.Time) (payment.Correction, error) {
		d, err := s.stopped(ctx, tx, a, ask, now)
		return d.Correction, err
	})
}

// stopped is the end of an attempt that stopped, with what it needs.
type stopped struct {
	payment.Correction
	payment payment.Payment
	tickets map[ticket.ID]payment.Candidate
	has     bool // it stopped while it had its tickets
}

// stopped decides about it as everything stands. The caller has locked the attempt; its tickets are locked here.
func (s *Settler) stopped(ctx context.Context, tx *store.Tx, a payment.Attempt, ask payment.StoppedAsk, now time.Time) (d stopped, err error) {
	if d.payment, err = tx.Payment(ctx, a.Payment); err != nil {
		return d, err
	}
	if d.tickets, err = s.candidates(ctx, tx, d.payment, now); err != nil {
		return d, err
	}
	had, err := tx.Allocations(ctx, a.ID)
	if err != nil {
		return d, err
	}
	d.has = len(had) > 0
	sources, err := Sources(ctx, tx, a)
	if err != nil {
		return d, err
	}
	taken, given := money.Zero, money.Zero
	for _, one := range sources {
		taken, given = one.Taken, one.Given // there is one: what is put to no ticket
	}
	var no *payment.CorrectionRefusal
	if d.Correction, no = payment.AskStopped(ask, a, taken, given, d.payment.Tickets, d.tickets, d.has, now); no != nil {
		return d, no
	}
	return d, nil
}

// endStoppedIn ends an attempt that stopped, in the transaction that approves it. Whichever way, its tickets are not
// left to wait for it.
func (s *Settler) endStoppedIn(ctx context.Context, tx *store.Tx, a *payment.Attempt, c *payment.Correction, now time.Time) error {
	d, err := s.stopped(ctx, tx, *a, payment.StoppedAsk{Kind: c.Kind, Why: c.Why, By: c.AskedBy}, now)
	if err != nil {
		return err
	}
	c.Amount = d.Amount
	const note = "decided by two people"
	switch c.Kind {
	case payment.CorrectRelease: // its tickets are freed with the money, which the worker gives back
		a.Reason = payment.ReleasedStopped
		if err := s.moveIn(ctx, tx, a, payment.PersonReleases, note, now); err != nil {
			return err
		}
		n, err := tx.LastTask(ctx, string(a.ID), TaskRelease) // it may have stopped while it was given back
		if err != nil {
			return err
		}
		t, err := NewTask(TaskRelease, a.ID, n+1, releaseParams{Payment: a.ProcessorRef, Reason: processor.ReleaseRequested}, now)
		if err != nil {
			return err
		}
		return tx.AddTask(ctx, t, now, time.Time{})
	case payment.CorrectKeep:
		a.Reason = "unallocated"
		if err := s.moveIn(ctx, tx, a, payment.PersonKeeps, note, now); err != nil {
			return err
		}
		return s.freeIn(ctx, tx, a.ID, "its payment is put to no ticket", now)
	case payment.CorrectFree:
		a.Reason = payment.ReleasedStopped
		if err := s.moveIn(ctx, tx, a, payment.PersonFrees, note, now); err != nil {
			return err
		}
		return s.freeIn(ctx, tx, a.ID, "its payment came to nothing", now)
	case payment.CorrectPut:
		return s.putIn(ctx, tx, a, d, c.DecidedBy, now)
	}
	return fmt.Errorf("correction of unknown kind %q", c.Kind)
}

// putIn pays an attempt's tickets with money that was taken for them and is in the books as put to none.
func (s *Settler) putIn(ctx context.Context, tx *store.Tx, a *payment.Attempt, d stopped, by string, now time.Time) error {
	for _, f := range d.payment.Tickets {
		if d.has {
			break
		}
		if err := tx.Allocate(ctx, f.Ticket, a.ID, f.Total, d.tickets[f.Ticket].Ticket.State, now); err != nil {
			return err
		}
	}
	a.Reason, a.Blocked, a.CapturedAt, a.Receipt = "", "", now, ident.Receipt()
	if err := s.moveIn(ctx, tx, a, payment.PersonPuts, "decided by two people", now); err != nil {
		return err
	}
	for _, f := range d.payment.Tickets {
		if err := s.moveTicketIn(ctx, tx, d.tickets[f.Ticket].Ticket, ticket.Paid, "put to it by two people", now); err != nil {
			return err
		}
		if err := chequesPaid(ctx, tx, f.Ticket, "", now); err != nil {
			return err
		}
	}
	effective, err := tx.OpenInstant(ctx, d.payment.QuotedAt)
	if err != nil {
		return err
	}
	entry := ledger.Entry{ID: "put-" + a.ID.Ref(), Kind: ledger.PutLater, Ref: string(a.ID), Entered: now, Effective: effective}
	if entry.Postings, err = captureOf(ctx, tx, d.payment, ledger.OwedToPayers); err != nil {
		return err
	}
	if err := tx.AddEntry(ctx, entry); err != nil {
		return err
	}
	if err := Settled(ctx, tx, payment.ExceptionUnallocated, a.ID.Ref(), "put to its tickets", by, now); err != nil {
		return err
	}
	return s.parkMail(ctx, tx, TaskMail, a, d.payment, now)
}
