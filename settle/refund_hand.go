package settle

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"fundy/fault"
	"fundy/payment"
	"fundy/store"
)

// TerminalRefund enters what a person has given back on the terminal, by the number that it gave.
func (s *Settler) TerminalRefund(ctx context.Context, id payment.RefundID, auth, by string, apply bool) (payment.Refund, error) {
	return s.onRefund(ctx, fault.TerminalRefund, id, by, apply, func(ctx context.Context, tx *store.Tx, r *payment.Refund, a payment.Attempt, now time.Time) error {
		if err := mayMove(*r, payment.TerminalDone, payment.ByTerminal); err != nil {
			return err
		}
		if !payment.TerminalAuth(auth) {
			return &payment.RefundRefusal{Reason: payment.RefusedAuth}
		}
		if err := tx.AddTerminal(ctx, r.ID, auth, by, now); err != nil {
			return err
		}
		if err := s.wentBackIn(ctx, tx, r, a, now); err != nil {
			return err
		}
		return s.moveRefundIn(ctx, tx, r, payment.TerminalDone, by, "", now)
	})
}

// SayOfRefund keeps what a person says of a refund that only two people move: one that stopped, or one whose money is
// owed and is to go back in another way. When a second person says the same, it happens. ref is the processor's id of a
// refund that went back, where it is known: its line in a payout is then ours.
func (s *Settler) SayOfRefund(ctx context.Context, id payment.RefundID, event payment.RefundEvent, by, why, ref string, apply bool) (r payment.Refund, happened bool, err error) {
	why = strings.TrimSpace(why)
	r, err = s.onRefund(ctx, fault.SayOfRefund, id, by, apply, func(ctx context.Context, tx *store.Tx, r *payment.Refund, a payment.Attempt, now time.Time) error {
		last, err := tx.LastRefundWord(ctx, id)
		if err != nil {
			return err
		}
		happens, no := payment.SayOfRefund(*r, event, by, why, last)
		if no != nil {
			return no
		}
		if happened = happens; happens {
			return s.agreedIn(ctx, tx, r, a, event, by, why, ref, now)
		}
		w := payment.RefundWord{Refund: id, N: 1, Version: r.Version, Event: event, Why: why, By: by, At: now}
		if last != nil {
			w.N = last.N + 1
		}
		if err := tx.AddRefundWord(ctx, w); err != nil {
			return err
		}
		return wordLeaf(ctx, tx, w)
	})
	return r, happened, err
}

// agreedIn does what two people have said.
func (s *Settler) agreedIn(ctx context.Context, tx *store.Tx, r *payment.Refund, a payment.Attempt, event payment.RefundEvent, by, why, ref string, now time.Time) error {
	var err error
	switch event {
	case payment.PersonWentBack:
		if r.ProcessorRef == "" {
			r.ProcessorRef = ref
		}
		r.Failure = ""
		err = s.wentBackIn(ctx, tx, r, a, now)
	case payment.PersonNothing:
		r.Failure = "two_people_say_nothing"
	case payment.EndedByPeople:
		if r.State.Given() {
			err = s.cameBackIn(ctx, tx, r, a, now)
		}
	}
	if err != nil {
		return err
	}
	err = s.moveRefundIn(ctx, tx, r, event, by, why, now)
	if errors.Is(err, store.ErrConflict) && ref != "" {
		return &ChequeRefusal{fmt.Sprintf("%s is another refund's at the processor, or this one was moved meanwhile: look again", ref)}
	}
	if err != nil || r.ProcessorRef == "" {
		return err
	}
	_, err = knowRefunds(ctx, tx, r.ProcessorRef, now)
	return err
}

// wordLeaf tells the log that something was said. The words stay here.
func wordLeaf(ctx context.Context, tx *store.Tx, w payment.RefundWord) error {
	return tx.Tell(ctx, "refund_word", w.At, map[string]any{
		"refund": string(w.Refund), "version": w.Version, "event": string(w.Event), "who": w.By, "why_sha256": digestOf([]byte(w.Why)),
	})
}
