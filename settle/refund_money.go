package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
	"fundy/ticket"
)

// RefundEventOf is what a reading means for a refund in a state; false: nothing has moved.
func RefundEventOf(state payment.RefundState, at processor.RefundState) (payment.RefundEvent, bool) {
	same := map[processor.RefundState][]payment.RefundState{
		processor.RefundPending:   {payment.RefundPending},
		processor.RefundSucceeded: {payment.RefundSucceeded},
		processor.RefundFailed:    {payment.RefundFailed, payment.RefundFailedLater},
		processor.RefundCanceled:  {payment.RefundCanceled, payment.RefundFailedLater},
	}
	for _, one := range same[at] {
		if one == state {
			return "", false
		}
	}
	return map[processor.RefundState]payment.RefundEvent{
		processor.RefundPending: payment.GoesBack, processor.RefundSucceeded: payment.WentBack,
		processor.RefundFailed: payment.CameToNothing, processor.RefundCanceled: payment.EndedBefore,
	}[at], true
}

// applyRefund moves a refund to where the snapshot says that it is. A reading that does not fit is believed in
// nothing.
func (s *Settler) applyRefund(ctx context.Context, id payment.RefundID, snap processor.RefundSnapshot) (payment.Refund, error) {
	var r payment.Refund
	err := s.Store.Write(ctx, fault.ApplyRefund, func(ctx context.Context, tx *store.Tx) error {
		var a payment.Attempt
		var err error
		if r, a, err = lockRefund(ctx, tx, id); err != nil {
			return err
		}
		r.RefreshedAt = s.Now()
		return s.applyRefundIn(ctx, tx, &r, a, snap, r.RefreshedAt)
	})
	if err != nil {
		return r, fmt.Errorf("apply reading of refund: %w", err)
	}
	return r, nil
}

func (s *Settler) applyRefundIn(ctx context.Context, tx *store.Tx, r *payment.Refund, a payment.Attempt, snap processor.RefundSnapshot, now time.Time) error {
	if !s.fitsRefund(*r, a, snap) {
		return s.refundMisfitIn(ctx, tx, r, now)
	}
	event, moves := RefundEventOf(r.State, snap.State)
	if !moves || r.State == payment.RefundStopped {
		r.NextAt = refundLook(*r, r.State, now)
		if r.State == payment.RefundPending && now.Sub(r.DecidedAt) > refundLate {
			s.Log.Error("settle: refund is still pending", "alarm", "refund_late", "refund", string(r.ID), "age", now.Sub(r.DecidedAt).Truncate(time.Hour))
		}
		return tx.TouchRefund(ctx, *r)
	}
	r.ProcessorRef, r.Failure = snap.Refund, snap.Failure
	line, _ := payment.NextRefund(r.State, event) // an unexpected one leads nowhere: it is recorded and alarmed below
	var err error
	switch line.To {
	case payment.RefundSucceeded:
		err = s.wentBackIn(ctx, tx, r, a, now)
	case payment.RefundFailedLater:
		err = s.cameBackIn(ctx, tx, r, now)
	}
	if err != nil {
		return err
	}
	return s.moveRefundIn(ctx, tx, r, event, "", snap.Failure, now)
}

// refundMisfitIn stops a refund whose reading is not of it, or not to the cent: a person decides. What has
// ended stays as it ended.
func (s *Settler) refundMisfitIn(ctx context.Context, tx *store.Tx, r *payment.Refund, now time.Time) error {
	if _, err := payment.NextRefund(r.State, payment.RefundMisfit); err != nil {
		s.Log.Error("settle: a reading does not fit a refund", "alarm", "refund_misfit", "refund", string(r.ID), "state", string(r.State))
		r.NextAt = time.Time{}
		return tx.TouchRefund(ctx, *r)
	}
	r.Failure = "does_not_fit"
	return s.moveRefundIn(ctx, tx, r, payment.RefundMisfit, "", "reading differs from the refund", now)
}

// wentBackIn posts what the payer has again. A ticket that is to be owed again becomes so here, where its
// regime still lets it: what the processor has done is in the books either way.
func (s *Settler) wentBackIn(ctx context.Context, tx *store.Tx, r *payment.Refund, a payment.Attempt, now time.Time) error {
	p, err := tx.Payment(ctx, a.Payment)
	if err != nil {
		return err
	}
	entry := ledger.Entry{ID: "refund-" + string(r.ID), Kind: ledger.Refunded, Ref: string(r.ID), Entered: now, Effective: now}
	for _, part := range r.Parts {
		postings := ledger.ForUnallocatedRefund(part.Amount)
		if part.Ticket != "" {
			f, err := frozenOf(p, part.Ticket)
			if err != nil {
				return err
			}
			before, err := tx.PostingsOfTicket(ctx, part.Ticket)
			if err != nil {
				return err
			}
			if postings, err = ledger.ForRefund(part.Ticket, before, f.Components, f.Revenue, part.Amount); err != nil {
				return fmt.Errorf("post refund: %w", err)
			}
		}
		entry.Postings = append(entry.Postings, postings...)
	}
	if err := errors.Join(tx.AddEntry(ctx, entry), ownedIn(ctx, tx, r, a, now), withdrawnIn(ctx, tx, r, now)); err != nil || !r.Reopen {
		return err
	}
	return s.reopenIn(ctx, tx, r, p, now)
}

// ownedIn takes money that was put to no ticket out of the queue, once all of it is given back: r, which is going
// through, and those before it.
func ownedIn(ctx context.Context, tx *store.Tx, r *payment.Refund, a payment.Attempt, now time.Time) error {
	left, err := tx.UnallocatedOf(ctx, a.ID)
	if err != nil || left.IsZero() {
		return err
	}
	refunds, err := tx.RefundsOfAttempt(ctx, a.ID)
	if err != nil {
		return err
	}
	for _, one := range refunds {
		if one.State != payment.RefundSucceeded && one.ID != r.ID {
			continue
		}
		for _, part := range one.Parts {
			if part.Ticket != "" {
				continue
			}
			if left, err = left.Sub(part.Amount); err != nil {
				return err
			}
		}
	}
	if left.Cmp(money.Zero) > 0 {
		return nil
	}
	return Settled(ctx, tx, payment.ExceptionUnallocated, a.ID.Ref(), "given back", "", now)
}

// reopenIn makes the tickets of a refund owed again: all of them, or, where one can't be, none.
func (s *Settler) reopenIn(ctx context.Context, tx *store.Tx, r *payment.Refund, p payment.Payment, now time.Time) error {
	ids := make([]ticket.ID, 0, len(r.Parts))
	for _, part := range r.Parts {
		ids = append(ids, part.Ticket)
	}
	tickets, err := tx.LockTickets(ctx, ids)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		if regime, ok := ticket.RegimeOf(t.Regime); !ok || !regime.May(t.State, ticket.Reopened) {
			s.Log.Error("settle: a refunded ticket can't be owed again", "alarm", "refund_not_reopened", "refund", string(r.ID), "ticket", string(t.ID), "state", string(t.State))
			return nil
		}
	}
	entry := ledger.Entry{ID: "reopen-" + string(r.ID), Kind: ledger.DebtReopened, Ref: string(r.ID), Entered: now, Effective: now}
	for _, t := range tickets {
		f, err := frozenOf(p, t.ID)
		if err != nil {
			return err
		}
		postings, err := ledger.ForReopen(t.ID, f.Components, f.Revenue)
		if err != nil {
			return fmt.Errorf("post reopening: %w", err)
		}
		entry.Postings = append(entry.Postings, postings...)
		if err := tx.UndoAllocation(ctx, t.ID, r.Attempt, now); err != nil {
			return err
		}
		if err := s.moveTicketIn(ctx, tx, t.Ticket, ticket.Reopened, "payment given back", now); err != nil {
			return err
		}
	}
	r.ReopenedAt = now
	return tx.AddEntry(ctx, entry)
}

// cameBackIn posts money that the processor has again after all. Where its ticket is owed again, it is put to
// no ticket: it is the payer's, who may have paid again, and a person gives it back in another way.
func (s *Settler) cameBackIn(ctx context.Context, tx *store.Tx, r *payment.Refund, now time.Time) error {
	posted, err := tx.PostingsOfEntry(ctx, "refund-"+string(r.ID))
	if err != nil {
		return err
	}
	back := ledger.Reverse(posted)
	free := !r.ReopenedAt.IsZero()
	if free {
		back = ledger.ForUnallocated(r.Amount)
	}
	err = tx.AddEntry(ctx, ledger.Entry{
		ID: "refund-failed-" + string(r.ID), Kind: ledger.RefundFailed, Ref: string(r.ID), Entered: now, Effective: now, Postings: back,
	})
	if err != nil || !free {
		return err
	}
	return Raise(ctx, tx, payment.ExceptionUnallocated, r.Attempt.Ref(), r.Amount, "its refund came back, and its ticket is owed again", now)
}

func frozenOf(p payment.Payment, id ticket.ID) (payment.Frozen, error) {
	for _, f := range p.Tickets {
		if f.Ticket == id {
			return f, nil
		}
	}
	return payment.Frozen{}, fmt.Errorf("ticket %s is not of the payment", id)
}
