package settle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// refundParams are frozen in the task: every try sends the same.
type refundParams struct {
	Payment     string                 `json:"payment"`
	AmountMinor int64                  `json:"amount_minor"`
	Reason      processor.RefundReason `json:"reason"`
}

// refund asks the processor to give money back. Unlike a capture, a second refund can be done beside the
// first: under another key nothing is asked for before a reading has shown that there is none, and only an
// answer that the processor has saved, or an old key, makes another one. A definite no that a reading confirms
// is the end: nothing was given back, and a person reads why.
func (s *Settler) refund(ctx context.Context, t store.Task) (string, error) {
	var p refundParams
	if err := json.Unmarshal([]byte(t.Params), &p); err != nil {
		return "", fmt.Errorf("read task parameters: %w", err)
	}
	r, err := s.refundOf(ctx, payment.RefundID(t.Ref))
	if err != nil {
		return "", err
	}
	if r.State != payment.RefundSending {
		return "done before", nil
	}
	snap, err := s.askForRefund(ctx, t, p)
	switch {
	case err == nil:
		return s.refundRead(ctx, t, snap)
	case processor.ClassOf(err) == processor.Misfit:
		return "misfit", s.moveRefund(ctx, r, payment.RefundMisfit, processor.CodeOf(err))
	case !s.readBack(t, err):
		return "", err
	}
	snap, found, readErr := s.findRefund(ctx, p.Payment, r.ID)
	switch {
	case processor.ClassOf(readErr) == processor.Misfit:
		return "misfit", s.moveRefund(ctx, r, payment.RefundMisfit, processor.CodeOf(readErr))
	case readErr != nil:
		return "", errors.Join(err, readErr)
	case found:
		return s.refundRead(ctx, t, snap)
	case processor.ClassOf(err) == processor.Definite:
		return "refused", s.moveRefund(ctx, r, payment.CameToNothing, processor.CodeOf(err))
	case s.keyTooOld(t) || statusOf(err) >= http.StatusInternalServerError:
		return "", errors.Join(errKeySpent, err)
	}
	return "", err // no answer was read: the same key is asked again, which does nothing twice
}

// askForRefund makes the call, unless its key has become too old. Under a key that is not the first, it looks
// first.
func (s *Settler) askForRefund(ctx context.Context, t store.Task, p refundParams) (processor.RefundSnapshot, error) {
	if s.keyTooOld(t) {
		return processor.RefundSnapshot{}, &processor.Error{Class: processor.Unknown, Op: "refund", Code: "key_too_old"}
	}
	if t.N > 1 {
		snap, found, err := s.findRefund(ctx, p.Payment, payment.RefundID(t.Ref))
		if err != nil || found {
			return snap, err
		}
	}
	return s.outside.refund(ctx, fault.CallRefund, processor.CreateRefund{
		Refund: t.Ref, Payment: p.Payment, Amount: money.FromMinor(p.AmountMinor), Reason: p.Reason,
	}, t.Key)
}

// refundRead ends the task with what a reading has moved.
func (s *Settler) refundRead(ctx context.Context, t store.Task, snap processor.RefundSnapshot) (string, error) {
	after, err := s.applyRefund(context.WithoutCancel(ctx), payment.RefundID(t.Ref), snap)
	if err != nil {
		return "", err
	}
	return string(after.State), nil
}

// findRefund reads with a time of its own: the call before it may have used up the task's.
func (s *Settler) findRefund(ctx context.Context, ref string, id payment.RefundID) (processor.RefundSnapshot, bool, error) {
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), callLimit)
	defer cancel()
	return s.outside.findRefund(call, fault.CallFindBack, ref, string(id))
}

func statusOf(err error) int {
	var e *processor.Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// RefreshRefund asks the processor how a refund stands and moves it by its table. An event and the sweeper do
// the same; what is done already is not done again.
func (s *Settler) RefreshRefund(ctx context.Context, id payment.RefundID) (payment.Refund, error) {
	r, err := s.refundOf(ctx, id)
	if err != nil || s.outside.r == nil {
		return r, err
	}
	snap, found, err := s.readRefund(ctx, r)
	if processor.ClassOf(err) == processor.Misfit {
		return r, s.moveRefund(ctx, r, payment.RefundMisfit, processor.CodeOf(err))
	}
	if err != nil || !found {
		return r, err
	}
	return s.applyRefund(ctx, id, snap)
}

// readRefund reads a refund by the processor's id of it; before we know that, by ours. What waits for a person
// is not read.
func (s *Settler) readRefund(ctx context.Context, r payment.Refund) (snap processor.RefundSnapshot, found bool, err error) {
	call, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	switch {
	case r.ProcessorRef != "":
		snap, err = s.outside.getRefund(call, fault.CallGetBack, r.ProcessorRef)
		found = err == nil
	case r.State == payment.RefundSending:
		a, err := s.attempt(ctx, r.Attempt)
		if err != nil {
			return snap, false, err
		}
		return s.outside.findRefund(call, fault.CallFindBack, a.ProcessorRef, string(r.ID))
	}
	if err != nil {
		return snap, false, fmt.Errorf("ask the processor: %w", err)
	}
	return snap, found, nil
}

func (s *Settler) refundOf(ctx context.Context, id payment.RefundID) (r payment.Refund, err error) {
	err = s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = tx.Refund(ctx, id)
		return err
	})
	return r, err
}

// moveRefund is moveRefundIn in a transaction of its own. A refund that has left the state in which the caller
// read it is let be: another worker was quicker.
func (s *Settler) moveRefund(ctx context.Context, read payment.Refund, event payment.RefundEvent, why string) error {
	return s.Store.Write(context.WithoutCancel(ctx), fault.ApplyRefund, func(ctx context.Context, tx *store.Tx) error {
		r, _, err := lockRefund(ctx, tx, read.ID)
		if err != nil || r.State != read.State {
			return err
		}
		r.Failure = why
		return s.moveRefundIn(ctx, tx, &r, event, "", why, s.Now())
	})
}

// sweepRefunds refreshes the refunds that nobody has told us of for a while.
func (s *Settler) sweepRefunds(ctx context.Context) error {
	now := s.Now()
	var due []payment.RefundID
	err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		due, err = tx.DueRefunds(ctx, now, 1)
		return err
	})
	if err != nil || len(due) == 0 {
		return err
	}
	err = s.Store.Write(ctx, fault.ClaimRefunds, func(ctx context.Context, tx *store.Tx) (err error) {
		due, err = tx.ClaimRefunds(ctx, now, now.Add(sweepAgain), dueAttempts)
		return err
	})
	if err != nil {
		return fmt.Errorf("claim due refunds: %w", err)
	}
	return together(s.AtOnce, due, func(id payment.RefundID) error {
		r, err := s.RefreshRefund(ctx, id)
		if err != nil && ctx.Err() == nil {
			s.Log.Error("settle: refund not read", "alarm", "refund_not_read", "refund", string(id), "state", string(r.State), "err", err)
		}
		return nil // the others go on, and this one comes again
	})
}

// How long the sweeper watches a refund. One that has succeeded can still fail, when the card's bank sends it
// back: at Stripe within some 30 days.
const (
	refundWatched = 60 * 24 * time.Hour
	refundLate    = 14 * 24 * time.Hour // one that is still pending is alarmed each day
)

// refundLook is when the sweeper looks at a refund that is in a state: every two minutes in its first hour, each
// hour on its first day, and then each day.
func refundLook(r payment.Refund, in payment.RefundState, now time.Time) time.Time {
	age := now.Sub(r.DecidedAt)
	switch {
	case in == payment.RefundPending && age < time.Hour:
		return now.Add(2 * time.Minute)
	case in == payment.RefundPending && age < 24*time.Hour:
		return now.Add(time.Hour)
	case in == payment.RefundPending, in == payment.RefundSucceeded && r.ProcessorRef != "" && age < refundWatched:
		return now.Add(24 * time.Hour)
	}
	return time.Time{}
}

// fitsRefund says whether a reading is of this refund, to the cent.
func (s *Settler) fitsRefund(r payment.Refund, a payment.Attempt, snap processor.RefundSnapshot) bool {
	return payment.RefundFits(r, a, strings.ToLower(s.City.Currency), payment.RefundReading{
		Refund: payment.RefundID(snap.OurRef), Payment: snap.Payment, Ref: snap.Refund, Amount: snap.Amount, Currency: snap.Currency,
	})
}
