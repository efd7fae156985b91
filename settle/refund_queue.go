package settle

import (
	"context"
	"time"

	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// refundQueueIn puts a refund that came to nothing, came back or stopped into the queue, and so a cheque that came
// back or was never cashed. What went through after all, by itself or as another refund of the same money, is taken
// out of it.
func (s *Settler) refundQueueIn(ctx context.Context, tx *store.Tx, r payment.Refund, line payment.RefundLine, now time.Time) error {
	if line.From == line.To {
		return nil
	}
	id := string(r.ID)
	if line.From == payment.RefundReturned || line.From == payment.RefundStale {
		if err := Settled(ctx, tx, payment.ExceptionCheque, id, string(line.To), "", now); err != nil {
			return err
		}
	}
	switch line.To {
	case payment.RefundFailed, payment.RefundCanceled, payment.RefundFailedLater, payment.RefundStopped:
		return Raise(ctx, tx, payment.ExceptionRefund, id, r.Amount, r.Failure, now)
	case payment.RefundEnded:
		return Raise(ctx, tx, payment.ExceptionRefund, id, r.Amount, "two people have ended it: it goes back in another way, or was never owed", now)
	case payment.RefundReturned:
		return Raise(ctx, tx, payment.ExceptionCheque, id, r.Amount, "the post has brought it back", now)
	case payment.RefundStale:
		return Raise(ctx, tx, payment.ExceptionCheque, id, r.Amount, "nobody has cashed it in six months", now)
	case payment.RefundSucceeded, payment.RefundIssued:
		if err := Settled(ctx, tx, payment.ExceptionRefund, id, string(line.To), "", now); err != nil {
			return err
		}
		return sameMoneyIn(ctx, tx, r, now)
	}
	return nil
}

// sameMoneyIn takes earlier refunds of the attempt out of the queue whose money has gone back now, in other refunds
// that were asked for after them.
func sameMoneyIn(ctx context.Context, tx *store.Tx, r payment.Refund, now time.Time) error {
	all, err := tx.RefundsOfAttempt(ctx, r.Attempt)
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.State.Counts() || one.State == payment.RefundRefused {
			continue
		}
		back, err := wentBackSince(one, all)
		if err != nil {
			return err
		}
		if !back {
			continue
		}
		if err := Settled(ctx, tx, payment.ExceptionRefund, string(one.ID), "given back as "+string(r.ID), "", now); err != nil {
			return err
		}
	}
	return nil
}

// wentBackSince says whether refunds that were asked for after one gave all of its money back: ticket by ticket, or,
// where its tickets are owed again, out of what is put to none.
func wentBackSince(one payment.Refund, all []payment.Refund) (bool, error) {
	given := map[ticket.ID]money.Amount{}
	for _, r := range all {
		if r.ID == one.ID || !r.State.Given() || r.AskedAt.Before(one.AskedAt) {
			continue
		}
		for _, p := range r.Parts {
			sum, err := given[p.Ticket].Add(p.Amount)
			if err != nil {
				return false, err
			}
			given[p.Ticket] = sum
		}
	}
	for _, p := range one.Parts {
		at := p.Ticket
		if !one.ReopenedAt.IsZero() {
			at = ""
		}
		left, err := given[at].Sub(p.Amount)
		if err != nil || left.IsNegative() {
			return false, err
		}
		given[at] = left
	}
	return true, nil
}
