package settle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/ident"
	"fundy/money"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// RefundLeaf is what the log is told of a refund's move. Who is a name that staff sign in with; "" is the
// office itself.
type RefundLeaf struct {
	Refund  string `json:"refund"`
	Attempt string `json:"attempt"`
	Amount  int64  `json:"amount_minor"`
	Version int64  `json:"version"`
	From    string `json:"from"`
	Event   string `json:"event"`
	To      string `json:"to"`
	Who     string `json:"who"`
}

// AskRefund puts a refund before a second person, or says in a payment.RefundRefusal why not. Of two who ask at
// once, the second finds the first's: the attempt is locked.
func (s *Settler) AskRefund(ctx context.Context, id payment.AttemptID, ask payment.RefundAsk) (payment.Refund, error) {
	return s.AskRefundTo(ctx, id, ask, nil)
}

// SealPayee seals the payee of a refund's n-th cheque to the office's key: only there it can be opened, and only as
// that payee's. It may be called more than once.
type SealPayee func(id payment.RefundID, n int) ([]byte, error)

// AskRefundTo is AskRefund, by cheque to a payee.
func (s *Settler) AskRefundTo(ctx context.Context, id payment.AttemptID, ask payment.RefundAsk, payee SealPayee) (payment.Refund, error) {
	if (ask.Way == payment.ByCheque) != (payee != nil) {
		return payment.Refund{}, fmt.Errorf("ask for refund: %w", &payment.RefundRefusal{Reason: payment.RefusedPayee})
	}
	var r payment.Refund
	err := s.Store.Write(ctx, fault.AskRefund, func(ctx context.Context, tx *store.Tx) error {
		a, err := tx.LockAttempt(ctx, id)
		if err != nil {
			return err
		}
		if err := s.refundHand(ctx, tx, a, handling{by: ask.By, may: MayAskRefunds, then: MayDecideRefunds}); err != nil {
			return err
		}
		r, err = s.askRefundIn(ctx, tx, a, func(money.Amount) payment.RefundAsk { return ask }, payee, s.Now())
		return err
	})
	if err != nil {
		return payment.Refund{}, fmt.Errorf("ask for refund: %w", err)
	}
	return r, nil
}

// askRefundIn is AskRefundTo in a transaction that has locked the attempt. ask says what is asked for, by what can
// still be given back of the attempt.
func (s *Settler) askRefundIn(ctx context.Context, tx *store.Tx, a payment.Attempt, ask func(left money.Amount) payment.RefundAsk, payee SealPayee, now time.Time) (payment.Refund, error) {
	sources, err := Sources(ctx, tx, a)
	if err != nil {
		return payment.Refund{}, err
	}
	left, err := payment.Left(sources)
	if err != nil {
		return payment.Refund{}, err
	}
	asked := ask(left)
	if asked.Way == payment.ByTerminal {
		there, err := OnTerminal(ctx, tx, a)
		if err != nil {
			return payment.Refund{}, err
		}
		if asked.Amount.Cmp(there) > 0 {
			return payment.Refund{}, &payment.RefundRefusal{Reason: payment.RefusedWay}
		}
	}
	r, no := payment.AskRefund(asked, a, sources, now)
	if no != nil {
		return r, disputedIn(ctx, tx, a, no)
	}
	r.ID = payment.RefundID(ident.New("rfd"))
	line, err := tx.InsertRefund(ctx, r)
	if err != nil {
		return r, err
	}
	r.State, r.Version = line.To, 1
	if payee != nil {
		if err := addPayee(ctx, tx, r.ID, 1, payee, r.AskedBy, now); err != nil {
			return r, err
		}
	}
	return r, s.refundLeaf(ctx, tx, r, line, r.AskedBy, now)
}

// OnTerminal is what of an attempt was paid on a terminal and is not given back there, or under way: cash goes back by cheque
// only.
func OnTerminal(ctx context.Context, tx *store.Tx, a payment.Attempt) (left money.Amount, err error) {
	tenders, err := tx.Tenders(ctx, a.ID)
	if err != nil {
		return left, err
	}
	refunds, err := tx.RefundsOfAttempt(ctx, a.ID)
	if err != nil {
		return left, err
	}
	for _, t := range tenders {
		if t.Kind == payment.Terminal && t.State == payment.TenderStands {
			if left, err = left.Add(t.Amount); err != nil {
				return left, err
			}
		}
	}
	for _, r := range refunds {
		if r.Way == payment.ByTerminal && r.State.Counts() {
			if left, err = left.Sub(r.Amount); err != nil {
				return left, err
			}
		}
	}
	return left, nil
}

// ApproveRefund lets a refund go on its way. Its task is written with it, and a worker does it; a cheque's money is
// owed to the payer from now on; what goes back on the terminal waits for the person who does it there.
func (s *Settler) ApproveRefund(ctx context.Context, id payment.RefundID, by string) (payment.Refund, error) {
	return s.decideRefund(ctx, id, payment.Approve, by, func(ctx context.Context, tx *store.Tx, r *payment.Refund, a payment.Attempt, now time.Time) error {
		switch r.Way {
		case payment.ByTerminal:
			return nil
		case payment.ByCheque:
			if err := s.wentBackIn(ctx, tx, r, a, now); err != nil {
				return err
			}
			return s.moveRefundIn(ctx, tx, r, payment.ChequeAsked, "", "", now)
		}
		if err := s.moveRefundIn(ctx, tx, r, payment.SendAsked, "", "", now); err != nil {
			return err
		}
		t, err := refundTask(*r, a, now)
		if err != nil {
			return err
		}
		return tx.AddTask(ctx, t, now, time.Time{})
	})
}

// RefuseRefund ends a refund that was asked for.
func (s *Settler) RefuseRefund(ctx context.Context, id payment.RefundID, by string) (payment.Refund, error) {
	return s.decideRefund(ctx, id, payment.Refuse, by, nil)
}

func (s *Settler) decideRefund(ctx context.Context, id payment.RefundID, event payment.RefundEvent, by string,
	then func(context.Context, *store.Tx, *payment.Refund, payment.Attempt, time.Time) error,
) (payment.Refund, error) {
	var r payment.Refund
	err := s.Store.Write(ctx, fault.DecideRefund, func(ctx context.Context, tx *store.Tx) error {
		var a payment.Attempt
		var err error
		if r, a, err = lockRefund(ctx, tx, id); err != nil {
			return err
		}
		if no := payment.DecideRefund(r, event, by); no != nil {
			return no
		}
		if err := roomIn(ctx, tx, a, event); err != nil {
			return err
		}
		if event == payment.Approve {
			if err := s.refundHand(ctx, tx, a, handling{by: by, may: MayDecideRefunds, not: r.AskedBy}); err != nil {
				return err
			}
		}
		now := s.Now()
		r.DecidedBy, r.DecidedAt = by, now
		if err := s.moveRefundIn(ctx, tx, &r, event, by, "", now); err != nil || then == nil {
			return err
		}
		return then(ctx, tx, &r, a, now)
	})
	if err != nil {
		return payment.Refund{}, fmt.Errorf("%s refund: %w", event, err)
	}
	return r, nil
}

// disputedIn says of a refusal that it is because the payer's bank has the money, where that is so.
func disputedIn(ctx context.Context, tx *store.Tx, a payment.Attempt, no *payment.RefundRefusal) error {
	_, _, back, err := tx.TakenOf(ctx, a.ID)
	if err != nil {
		return err
	}
	switch no.Reason {
	case payment.RefusedExpected, payment.RefusedTooMuch, payment.RefusedNotItsOwn, payment.RefusedNotTaken:
		if !back.IsZero() {
			no.Reason = payment.RefusedDisputed
		}
	}
	return no
}

// roomIn refuses an approval of what the payer's bank has taken back since it was asked for: he would have it twice.
func roomIn(ctx context.Context, tx *store.Tx, a payment.Attempt, event payment.RefundEvent) error {
	taken, given, back, err := tx.TakenOf(ctx, a.ID)
	if err != nil || event != payment.Approve || back.IsZero() {
		return err
	}
	left, err := taken.Sub(back)
	if err == nil && given.Cmp(left) > 0 {
		return &payment.RefundRefusal{Reason: payment.RefusedDisputed, Left: left}
	}
	return err
}

// refundTask freezes what the processor is asked for.
func refundTask(r payment.Refund, a payment.Attempt, now time.Time) (store.Task, error) {
	p := refundParams{Payment: a.ProcessorRef, AmountMinor: r.Amount.Minor(), Reason: processor.RefundRequested}
	if r.Reason == payment.ReasonDuplicate {
		p.Reason = processor.RefundDuplicate
	}
	b, err := json.Marshal(p)
	if err != nil {
		return store.Task{}, fmt.Errorf("write task parameters: %w", err)
	}
	return newTask(TaskRefund, string(r.ID), 1, string(b), now), nil
}

// lockRefund locks a refund's attempt, then the refund.
func lockRefund(ctx context.Context, tx *store.Tx, id payment.RefundID) (payment.Refund, payment.Attempt, error) {
	r, err := tx.Refund(ctx, id)
	if err != nil {
		return r, payment.Attempt{}, err
	}
	a, err := tx.LockAttempt(ctx, r.Attempt)
	if err != nil {
		return r, a, err
	}
	r, err = tx.LockRefund(ctx, id)
	return r, a, err
}

// moveRefundIn moves a refund inside a transaction and writes the leaf that tells of it. An event that the
// table does not know is recorded and alarmed; the state stays, and the transaction goes on.
func (s *Settler) moveRefundIn(ctx context.Context, tx *store.Tx, r *payment.Refund, event payment.RefundEvent, who, note string, now time.Time) error {
	from := r.State
	if line, err := payment.NextRefund(from, event); err == nil {
		r.NextAt = refundLook(*r, line.To, now)
	}
	line, err := tx.MoveRefund(ctx, r, event, now, who, note)
	var unexpected payment.ErrRefundUnexpected
	if errors.As(err, &unexpected) {
		s.Log.Error("settle: unexpected event of a refund", "alarm", "unexpected_event", "refund", string(r.ID), "state", string(from), "event", string(event))
	} else if err != nil {
		return err
	}
	switch {
	case line.Forced || line.To == payment.RefundStopped:
		s.Log.Error("settle: refund needs a person", "alarm", "refund_"+string(line.To), "refund", string(r.ID), "note", note)
	case line.To == payment.RefundFailed || line.To == payment.RefundCanceled:
		s.Log.Error("settle: the processor gave nothing back", "alarm", "refund_"+string(line.To), "refund", string(r.ID), "why", r.Failure)
	}
	if err := s.refundQueueIn(ctx, tx, *r, line, now); err != nil {
		return err
	}
	if err := s.payeesIn(ctx, tx, *r, line, now); err != nil {
		return err
	}
	return s.refundLeaf(ctx, tx, *r, line, who, now)
}

func (s *Settler) refundLeaf(ctx context.Context, tx *store.Tx, r payment.Refund, line payment.RefundLine, who string, now time.Time) error {
	return tx.Tell(ctx, "refund", now, RefundLeaf{
		Refund: string(r.ID), Attempt: r.Attempt.Ref(), Amount: r.Amount.Minor(), Version: r.Version,
		From: string(line.From), Event: string(line.Event), To: string(line.To), Who: who,
	})
}
