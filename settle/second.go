package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/desk"
	"fundy/fault"
	"fundy/ident"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
)

// SecondLeaf is what the log is told of what takes two people. What a person wrote about it stays here.
type SecondLeaf struct {
	Second string `json:"second"`
	Kind   string `json:"kind"`
	Drawer string `json:"drawer"`
	Amount int64  `json:"amount_minor"`
	State  string `json:"state"`
	Asked  string `json:"asked_by"`
	Who    string `json:"who"`
}

// AskSecond keeps what one person has counted until another has counted it again. Nothing moves by it: a crash after
// it leaves a line in the list, and before it nothing. ask's own ID is the one that its page has given it: the same again of
// the same person is what stands; "" is new.
func (s *Settler) AskSecond(ctx context.Context, ask payment.Second) (payment.Second, error) {
	var asked payment.Second
	err := s.Store.Write(ctx, fault.AskSecond, func(ctx context.Context, tx *store.Tx) error {
		var of payment.Session
		var expected money.Amount
		if ask.Kind != payment.SecondMail {
			var err error
			if of, _, expected, err = lockDrawer(ctx, tx, ask.Drawer); err != nil {
				return err
			}
			if err := noneWaits(ctx, tx, of.ID); err != nil {
				return err
			}
		}
		var no *payment.CounterRefusal
		if asked, no = payment.AskSecond(ask, of, expected, s.Now()); no != nil {
			return no
		}
		if desk.HasCard(ask.Reason) {
			return &payment.CounterRefusal{Reason: payment.TakeText}
		}
		before, err := tx.Second(ctx, ask.ID)
		switch {
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return err
		case err == nil && before.AskedBy == asked.AskedBy && before.Kind == asked.Kind && before.Amount == asked.Amount:
			asked = before
			return nil
		case err == nil || asked.ID == "":
			asked.ID = payment.SecondID(ident.New("sec"))
		}
		if err := tx.InsertSecond(ctx, asked); err != nil {
			if errors.Is(err, store.ErrConflict) {
				return &payment.CounterRefusal{Reason: payment.SecondOpen}
			}
			return err
		}
		return secondLeaf(ctx, tx, asked, asked.AskedBy, asked.AskedAt)
	})
	if err != nil {
		return payment.Second{}, fmt.Errorf("ask for a second person: %w", err)
	}
	return asked, nil
}

// secondsMost bounds what can wait for a second person: one of each drawer, and the mail.
const secondsMost = 1_000

// noneWaits refuses to count a drawer that waits for a second person already, before anything is said of the count: by counts
// that are wrong he could learn what he is to find.
func noneWaits(ctx context.Context, tx *store.Tx, id payment.SessionID) error {
	open, err := tx.OpenSeconds(ctx, secondsMost)
	if err != nil {
		return err
	}
	for _, o := range open {
		if o.Session == id {
			return &payment.CounterRefusal{Reason: payment.SecondOpen}
		}
	}
	return nil
}

// ConfirmSecond makes happen what one person has asked for and another has counted again, in one transaction: the
// drawer is closed, the cash is in the safe, the batch of the mail is open.
func (s *Settler) ConfirmSecond(ctx context.Context, id payment.SecondID, counted money.Amount, by string) (payment.Second, error) {
	var a payment.Second
	err := s.Store.Write(ctx, fault.ConfirmSecond, func(ctx context.Context, tx *store.Tx) (err error) {
		if a, err = tx.LockSecond(ctx, id); err != nil {
			return err
		}
		expected := money.Zero
		if a.Kind != payment.SecondMail {
			var last payment.Session
			if last, _, expected, err = lockDrawer(ctx, tx, a.Drawer); err != nil {
				return err
			}
			if last.ID != a.Session {
				return &payment.CounterRefusal{Reason: payment.SecondMoved}
			}
		}
		if no := payment.ConfirmSecond(a, expected, counted, by); no != nil {
			return no
		}
		if err := s.doSecond(ctx, tx, &a, by); err != nil {
			return err
		}
		return endSecond(ctx, tx, &a, payment.SecondConfirmed, by, s.Now())
	})
	if err != nil {
		return payment.Second{}, fmt.Errorf("confirm: %w", err)
	}
	return a, nil
}

func (s *Settler) doSecond(ctx context.Context, tx *store.Tx, a *payment.Second, by string) error {
	switch a.Kind {
	case payment.SecondClose:
		_, err := s.closeDrawerIn(ctx, tx, a.Drawer, a.AskedBy, by, a.Reason, a.Count)
		return err
	case payment.SecondDrop:
		_, _, err := s.dropCashIn(ctx, tx, a.Drawer, a.AskedBy, by, a.Count)
		return err
	}
	b, err := s.openMailIn(ctx, tx, a.AskedBy, by, a.Amount)
	a.Batch = b.ID
	return err
}

// WithdrawSecond takes it off the list: it was counted wrong, or anew.
func (s *Settler) WithdrawSecond(ctx context.Context, id payment.SecondID, by string) (payment.Second, error) {
	var a payment.Second
	err := s.Store.Write(ctx, fault.WithdrawSecond, func(ctx context.Context, tx *store.Tx) (err error) {
		if a, err = tx.LockSecond(ctx, id); err != nil {
			return err
		}
		switch {
		case !payment.StaffName(by):
			return &payment.CounterRefusal{Reason: payment.RefusedWho}
		case a.State != payment.SecondAsked:
			return &payment.CounterRefusal{Reason: payment.SecondDone}
		}
		return endSecond(ctx, tx, &a, payment.SecondWithdrawn, by, s.Now())
	})
	if err != nil {
		return payment.Second{}, fmt.Errorf("withdraw: %w", err)
	}
	return a, nil
}

func endSecond(ctx context.Context, tx *store.Tx, a *payment.Second, state payment.SecondState, by string, now time.Time) error {
	a.State, a.EndedBy, a.EndedAt = state, by, now
	if err := tx.EndSecond(ctx, *a); err != nil {
		return err
	}
	return secondLeaf(ctx, tx, *a, by, now)
}

func secondLeaf(ctx context.Context, tx *store.Tx, a payment.Second, who string, now time.Time) error {
	return tx.Tell(ctx, "second", now, SecondLeaf{
		Second: string(a.ID), Kind: string(a.Kind), Drawer: a.Drawer, Amount: a.Amount.Minor(), State: string(a.State), Asked: a.AskedBy, Who: who,
	})
}
