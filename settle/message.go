package settle

import (
	"context"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
)

// MessageLeaf is what the log is told of a message.
type MessageLeaf struct {
	Message string `json:"message"` // its reference
	Kind    string `json:"kind"`
	Attempt string `json:"attempt"` // its Ref: of an attempt, or the id of a review or of a code
	State   string `json:"state"`
	Version int64  `json:"version"`
	Who     string `json:"who"`
}

// MakeMessage puts a message on record, with its leaf, before a mail server hears of it.
func MakeMessage(ctx context.Context, s *store.Store, fresh payment.Message) (m payment.Message, err error) {
	err = s.Write(ctx, fault.MakeMessage, func(ctx context.Context, tx *store.Tx) error {
		made, isNew, err := tx.MakeMessage(ctx, fresh)
		m = made
		if err != nil || !isNew {
			return err
		}
		return addMessageLeaf(ctx, tx, m, "", m.MadeAt)
	})
	if err != nil {
		return m, fmt.Errorf("make message: %w", err)
	}
	return m, nil
}

// MoveMessage moves a message by its table, with its leaf.
func MoveMessage(ctx context.Context, tx *store.Tx, m *payment.Message, e payment.MessageEvent, who, answer string, now time.Time) error {
	if err := tx.MoveMessage(ctx, m, e, who, answer, now); err != nil {
		return err
	}
	return addMessageLeaf(ctx, tx, *m, who, now)
}

func addMessageLeaf(ctx context.Context, tx *store.Tx, m payment.Message, who string, now time.Time) error {
	return tx.Tell(ctx, "message", now, MessageLeaf{
		Message: m.Reference, Kind: m.Kind, Attempt: m.Ref, State: string(m.State), Version: m.Version, Who: who,
	})
}

// MarkBounced writes that a message has come back, as a person has read, and puts it before one who can tell its
// reader. Without apply it only says which message that is, or why it can't be.
func MarkBounced(ctx context.Context, s *store.Store, reference, by string, now time.Time, apply bool) (payment.Message, error) {
	var m payment.Message
	look := func(ctx context.Context, tx *store.Tx) (err error) {
		if m, err = tx.Message(ctx, reference); err != nil {
			return err
		}
		_, err = m.After(payment.MessageCameBack)
		return err
	}
	if !apply {
		err := s.ReadOne(ctx, look)
		return m, err
	}
	err := s.Write(ctx, fault.MoveMessage, func(ctx context.Context, tx *store.Tx) error {
		if err := look(ctx, tx); err != nil {
			return err
		}
		if err := MoveMessage(ctx, tx, &m, payment.MessageCameBack, by, "", now); err != nil {
			return err
		}
		return Raise(ctx, tx, payment.ExceptionMail, m.Reference, money.Zero, string(payment.MessageCameBack), now)
	})
	return m, err
}
