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
	learned := r.ProcessorRef == ""
	r.ProcessorRef, r.Failure = snap.Refund, snap.Failure
	line, _ := payment.NextRefund(r.State, event) // an unexpected one leads nowhere: it is recorded and alarmed below
	var err error
	switch line.To {
	case payment.RefundSucceeded:
		err = s.wentBackIn(ctx, tx, r, a, now)
	case payment.RefundFailedLater:
		err = s.cameBackIn(ctx, tx, r, a, now)
	}
	if err != nil {
		return err
	}
	if err := s.moveRefundIn(ctx, tx, r, event, "", snap.Failure, now); err != nil || !learned {
		return err
	}
	_, err = knowRefunds(ctx, tx, r.ProcessorRef, now)
	return err
}

// knowRefunds moves the lines of payouts that turn out to be refunds of ours: the one that the processor calls ref,
// or, where that is "", any. Their payout was read before we knew by which id the processor has them.
func knowRefunds(ctx context.Context, tx *store.Tx, ref string, now time.Time) (int, error) {
	lines, err := tx.OursElsewhere(ctx, ref)
	if err != nil {
		return 0, err
	}
	for _, l := range lines {
		e := ledger.Entry{ID: string(ledger.RefundKnown) + "-" + l.Line, Kind: ledger.RefundKnown, Ref: l.Line, Entered: now, Effective: now, Postings: ledger.ForRefundKnown(l.Amount)}
		if err := tx.AddEntry(ctx, e); err != nil {
			return 0, err
		}
		if err := tx.Tell(ctx, "refund_known", now, map[string]string{"line": l.Line, "refund": string(l.Refund)}); err != nil {
			return 0, err
		}
	}
	return len(lines), nil
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

// outOf is the account that a refund's money leaves: what the processor or the terminal owes us, or, by cheque, what is
// owed to the payer.
func outOf(w payment.Way) ledger.Account {
	switch w {
	case payment.ByCheque:
		return ledger.RefundsPayable
	case payment.ByTerminal:
		return ledger.TerminalClearing
	}
	return ledger.Clearing
}

// owedTo is the account of what an attempt took and that is put to no ticket.
func owedTo(a payment.Attempt) ledger.Account {
	if a.Adapter == payment.CounterAdapter {
		return ledger.OwedAtCounter
	}
	return ledger.OwedToPayers
}

// wentBackIn posts what the payer has again, or is owed by cheque from now on. A ticket that is to be owed again
// becomes so here, where its regime still lets it: what the processor has done is in the books either way.
func (s *Settler) wentBackIn(ctx context.Context, tx *store.Tx, r *payment.Refund, a payment.Attempt, now time.Time) error {
	p, err := tx.Payment(ctx, a.Payment)
	if err != nil {
		return err
	}
	entry := ledger.Entry{ID: "refund-" + string(r.ID), Kind: ledger.Refunded, Ref: string(r.ID), Entered: now, Effective: now}
	for _, part := range r.Parts {
		postings := ledger.ForUnallocatedRefund(owedTo(a), outOf(r.Way), part.Amount)
		if part.Ticket != "" {
			f, err := frozenOf(p, part.Ticket)
			if err != nil {
				return err
			}
			before, err := tx.PostingsOfTicket(ctx, part.Ticket)
			if err != nil {
				return err
			}
			if postings, err = ledger.ForRefundFrom(part.Ticket, before, f.Components, f.Revenue, part.Amount, outOf(r.Way)); err != nil {
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

// ownedIn takes money that was put to no ticket out of the queue, once all of it is given back: by r, which is going
// through, where there is one, by those before it, and by chargebacks that were lost.
func ownedIn(ctx context.Context, tx *store.Tx, r *payment.Refund, a payment.Attempt, now time.Time) error {
	left, err := freeOf(ctx, tx, a)
	if err != nil {
		return err
	}
	refunds, err := tx.RefundsOfAttempt(ctx, a.ID)
	if err != nil {
		return err
	}
	disputes, err := tx.DisputesOfAttempt(ctx, a.ID)
	if err != nil {
		return err
	}
	for _, d := range disputes {
		if d.End == payment.EndPayers && d.TakesBack() {
			if left, err = left.Sub(d.Amount); err != nil {
				return err
			}
		}
	}
	for _, one := range refunds {
		given := one.State.Given() || r != nil && one.ID == r.ID
		for _, part := range one.Parts {
			switch {
			case !one.State.Counts() && !one.ReopenedAt.IsZero(): // it came back, and its ticket is owed again
				left, err = left.Add(part.Amount)
			case given && part.Ticket == "":
				left, err = left.Sub(part.Amount)
			}
			if err != nil {
				return err
			}
		}
	}
	if left.Cmp(money.Zero) > 0 {
		return nil
	}
	return errors.Join(
		Settled(ctx, tx, payment.ExceptionUnallocated, a.ID.Ref(), "given back", "", now),
		Settled(ctx, tx, payment.ExceptionOverpaid, a.ID.Ref(), "given back", "", now),
	)
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

// cameBackIn posts money that we or the processor have again after all. Where its ticket is owed again, it is put to
// no ticket: it is the payer's, who may have paid again, and a person gives it back in another way.
func (s *Settler) cameBackIn(ctx context.Context, tx *store.Tx, r *payment.Refund, a payment.Attempt, now time.Time) error {
	posted, err := tx.PostingsOfEntry(ctx, "refund-"+string(r.ID))
	if err != nil {
		return err
	}
	back, free, why := ledger.Reverse(posted), money.Zero, "its refund came back"
	if !r.ReopenedAt.IsZero() {
		back, free, why = ledger.ForComeBack(outOf(r.Way), owedTo(a), r.Amount), r.Amount, "its refund came back, and its ticket is owed again"
	}
	for _, p := range r.Parts {
		if p.Ticket == "" {
			free = p.Amount
		}
	}
	err = tx.AddEntry(ctx, ledger.Entry{
		ID: "refund-failed-" + string(r.ID), Kind: ledger.RefundFailed, Ref: string(r.ID), Entered: now, Effective: now, Postings: back,
	})
	if err != nil || free.IsZero() {
		return err
	}
	return Raise(ctx, tx, payment.ExceptionUnallocated, r.Attempt.Ref(), free, why, now)
}

func frozenOf(p payment.Payment, id ticket.ID) (payment.Frozen, error) {
	for _, f := range p.Tickets {
		if f.Ticket == id {
			return f, nil
		}
	}
	return payment.Frozen{}, fmt.Errorf("ticket %s is not of the payment", id)
}
