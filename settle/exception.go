package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
)

// ExceptionLeaf is what the log is told of an exception. What a person wrote about it stays here.
type ExceptionLeaf struct {
	Exception string `json:"exception"`
	Kind      string `json:"kind"`
	Ref       string `json:"ref"`
	Amount    int64  `json:"amount_minor"`
	Version   int64  `json:"version"`
	Act       string `json:"act"`
	Who       string `json:"who"`
	Owner     string `json:"owner"`
}

// Raise puts something before a person, in the transaction in which it happens. What is in the queue already
// stays as it is.
func Raise(ctx context.Context, tx *store.Tx, kind payment.ExceptionKind, ref string, amount money.Amount, note string, now time.Time) error {
	return RaiseDue(ctx, tx, kind, ref, amount, note, time.Time{}, now)
}

// RaiseDue is Raise of what has a due date of its own.
func RaiseDue(ctx context.Context, tx *store.Tx, kind payment.ExceptionKind, ref string, amount money.Amount, note string, due, now time.Time) error {
	e := payment.Raise(kind, ref, amount, due, now)
	opened, err := tx.OpenException(ctx, &e, note)
	if err != nil || !opened {
		return err
	}
	return exceptionLeaf(ctx, tx, e, payment.ExceptionOpened, "", now)
}

// raiseOnce is Raise of what is found again at every look: where a person has closed it, or has said what it is, it is
// not opened again.
func raiseOnce(ctx context.Context, tx *store.Tx, kind payment.ExceptionKind, ref string, amount money.Amount, note string, now time.Time) error {
	e, err := tx.ExceptionOf(ctx, kind, ref)
	switch {
	case err == nil && (e.ClosedAt.IsZero() || e.ClosedBy != ""):
		return nil
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	}
	explained, err := tx.Explained(ctx, ref)
	if err != nil || explained {
		return err
	}
	return Raise(ctx, tx, kind, ref, amount, note, now)
}

// Settled takes something out of the queue that has come right: by itself (by is ""), or by what a person
// did elsewhere. What is not in it, or closed already, stays as it is.
func Settled(ctx context.Context, tx *store.Tx, kind payment.ExceptionKind, ref, outcome, by string, now time.Time) error {
	e, err := tx.ExceptionOf(ctx, kind, ref)
	if errors.Is(err, store.ErrNotFound) || err == nil && !e.ClosedAt.IsZero() {
		return nil
	}
	if err != nil {
		return err
	}
	return closeException(ctx, tx, e, outcome, by, now)
}

func closeException(ctx context.Context, tx *store.Tx, e payment.Exception, outcome, by string, now time.Time) error {
	e.ClosedAt, e.ClosedBy, e.Outcome = now, by, outcome
	if err := tx.MoveException(ctx, &e, payment.ExceptionClosed, by, outcome, now); err != nil {
		return err
	}
	return exceptionLeaf(ctx, tx, e, payment.ExceptionClosed, by, now)
}

func exceptionLeaf(ctx context.Context, tx *store.Tx, e payment.Exception, act payment.ExceptionAct, who string, now time.Time) error {
	return tx.Tell(ctx, "exception", now, ExceptionLeaf{
		Exception: e.ID, Kind: string(e.Kind), Ref: e.Ref, Amount: e.Amount.Minor(), Version: e.Version, Act: string(act), Who: who, Owner: e.Owner,
	})
}

// notOwnDrawer refuses the clerk who had a drawer that was over or short, where he would close what is said of it.
func notOwnDrawer(ctx context.Context, tx *store.Tx, e payment.Exception, by string) error {
	if e.Kind != payment.ExceptionDrawer {
		return nil
	}
	of, err := tx.Session(ctx, payment.SessionID(e.Ref))
	if err == nil && of.OpenedBy == by {
		return &payment.ExceptionRefusal{Reason: payment.RefusedOwnDrawer}
	}
	return err
}

// ActOnException writes what a person does about an exception: takes it, notes something, or closes it with
// its outcome. A payment.ExceptionRefusal says why not. The note that was the last thing to happen, again by the same person,
// is the one that stands: he was not answered.
func (s *Settler) ActOnException(ctx context.Context, id string, act payment.ExceptionAct, by, note string) (payment.Exception, error) {
	var e payment.Exception
	err := s.Store.Write(ctx, fault.ActOnException, func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.Exception(ctx, id)
		if err != nil {
			return err
		}
		if e, err = tx.ExceptionOf(ctx, found.Kind, found.Ref); err != nil {
			return err
		}
		if no := payment.ActOnException(e, act, by, note); no != nil {
			return no
		}
		if act == payment.ExceptionNoted {
			if stands, err := notedLast(ctx, tx, id, by, note); err != nil || stands {
				return err
			}
		}
		now := s.Now()
		switch act {
		case payment.ExceptionClosed:
			if err := notOwnDrawer(ctx, tx, e, by); err != nil {
				return err
			}
			return closeException(ctx, tx, e, note, by, now)
		case payment.ExceptionTaken:
			e.Owner = by
		}
		if err := tx.MoveException(ctx, &e, act, by, note, now); err != nil {
			return err
		}
		return exceptionLeaf(ctx, tx, e, act, by, now)
	})
	if err != nil {
		return payment.Exception{}, fmt.Errorf("%s exception: %w", act, err)
	}
	return e, nil
}

// notedLast says whether the last thing that happened to an exception is a person's note in these words.
func notedLast(ctx context.Context, tx *store.Tx, id, by, note string) (bool, error) {
	all, err := tx.ExceptionEvents(ctx, id)
	if err != nil || len(all) == 0 {
		return false, err
	}
	last := all[len(all)-1]
	return last.Act == payment.ExceptionNoted && last.Who == by && last.Note == note, nil
}
