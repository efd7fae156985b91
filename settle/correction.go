package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/ident"
	"fundy/payment"
	"fundy/store"
)

// CorrectionLeaf is what the log is told of a correction. What a person wrote about it stays here.
type CorrectionLeaf struct {
	Correction string `json:"correction"`
	Kind       string `json:"kind"`
	Attempt    string `json:"attempt"`
	From       string `json:"from_ticket"`
	To         string `json:"to_ticket"`
	Amount     int64  `json:"amount_minor"`
	Rest       int64  `json:"rest_minor"`
	State      string `json:"state"`
	Who        string `json:"who"`
}

// tryWrite is a store.Write that stands only where apply is asked for.
func (s *Settler) tryWrite(ctx context.Context, step fault.Step, apply bool, fn func(ctx context.Context, tx *store.Tx) error) error {
	err := s.Store.Write(ctx, step, func(ctx context.Context, tx *store.Tx) error {
		if err := fn(ctx, tx); err != nil || apply {
			return err
		}
		return errDryRun
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

// askIn keeps what decide lets through, for a second person, in one transaction. The attempt is locked first.
func (s *Settler) askIn(ctx context.Context, id payment.AttemptID, apply bool,
	decide func(context.Context, *store.Tx, payment.Attempt, time.Time) (payment.Correction, error),
) (payment.Correction, error) {
	var c payment.Correction
	err := s.tryWrite(ctx, fault.AskCorrection, apply, func(ctx context.Context, tx *store.Tx) error {
		a, err := tx.LockAttempt(ctx, id)
		if err != nil {
			return err
		}
		now := s.Now()
		if c, err = decide(ctx, tx, a, now); err != nil {
			return err
		}
		c.ID, c.State, c.Version = ident.New("cor"), payment.CorrectionAsked, 1
		if err := tx.InsertCorrection(ctx, c); errors.Is(err, store.ErrConflict) {
			return &payment.CorrectionRefusal{Reason: payment.RefusedUnderWay}
		} else if err != nil {
			return err
		}
		return correctionLeaf(ctx, tx, c, c.AskedBy, now)
	})
	if err != nil {
		return payment.Correction{}, fmt.Errorf("ask for correction: %w", err)
	}
	return c, nil
}

// ApproveCorrection does what somebody else has asked for, in one transaction: everything is decided again by how
// it stands now. What is to be done at the processor is a task that is written with it, and a worker does it.
func (s *Settler) ApproveCorrection(ctx context.Context, id, by string, apply bool) (payment.Correction, error) {
	return s.decideCorrection(ctx, id, by, true, apply)
}

// RefuseCorrection ends a correction that was asked for.
func (s *Settler) RefuseCorrection(ctx context.Context, id, by string, apply bool) (payment.Correction, error) {
	return s.decideCorrection(ctx, id, by, false, apply)
}

func (s *Settler) decideCorrection(ctx context.Context, id, by string, approve, apply bool) (payment.Correction, error) {
	var c payment.Correction
	err := s.tryWrite(ctx, fault.DecideCorrect, apply, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.LockSettlement(ctx); err != nil { // no day is closed meanwhile that this is entered in
			return err
		}
		read, err := tx.Correction(ctx, id)
		if err != nil {
			return err
		}
		a, err := tx.LockAttempt(ctx, read.Attempt)
		if err != nil {
			return err
		}
		if c, err = tx.LockCorrection(ctx, id); err != nil {
			return err
		}
		if no := payment.DecideCorrection(c, approve, by); no != nil {
			return no
		}
		now := s.Now()
		c.State, c.DecidedBy, c.DecidedAt = payment.CorrectionRefused, by, now
		if approve {
			c.State = payment.CorrectionDone
			err = s.correctIn(ctx, tx, &a, &c, now)
		}
		if err != nil {
			return err
		}
		if err := errors.Join(tx.DecideCorrection(ctx, c), correctionLeaf(ctx, tx, c, by, now)); err != nil {
			return err
		}
		return s.giveRestBackIn(ctx, tx, a, c, now)
	})
	if err != nil {
		return payment.Correction{}, fmt.Errorf("decide correction: %w", err)
	}
	s.watchers.wake(c.Attempt)
	return c, nil
}

// correctIn does what was approved.
func (s *Settler) correctIn(ctx context.Context, tx *store.Tx, a *payment.Attempt, c *payment.Correction, now time.Time) error {
	if c.Kind == payment.CorrectTransfer {
		return s.transferIn(ctx, tx, *a, c, now)
	}
	return s.endStoppedIn(ctx, tx, a, c, now)
}

func correctionLeaf(ctx context.Context, tx *store.Tx, c payment.Correction, who string, now time.Time) error {
	return tx.Tell(ctx, "correction", now, CorrectionLeaf{
		Correction: c.ID, Kind: string(c.Kind), Attempt: c.Attempt.Ref(), From: string(c.From), To: string(c.To),
		Amount: c.Amount.Minor(), Rest: c.Rest.Minor(), State: string(c.State), Who: who,
	})
}
