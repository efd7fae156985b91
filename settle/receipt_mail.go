package settle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/payment"
	"fundy/store"
)

// TaskMailCopy sends a receipt to an address that somebody has dictated. Its ref is the attempt's id.
const TaskMailCopy = "mail_copy"

// copiesMost is how often a receipt is sent in this way: more is no request of its payer's.
const copiesMost = 5

// CopyMail is what a task that sends a receipt has to know.
type CopyMail struct {
	Sealed   []byte `json:"sealed"` // the address
	ID       string `json:"id"`     // its associated data
	Language string `json:"language"`
}

// CopyLeaf is what the log is told of a receipt that somebody asks for.
type CopyLeaf struct {
	Attempt string `json:"attempt"`
	Who     string `json:"who"`
	N       int    `json:"n"` // the first, the second …
}

// ErrCopies is a receipt that has been sent copiesMost times.
var ErrCopies = errors.New("the receipt was sent so often that nobody can want it again")

// MailReceipt asks for the sending of a receipt to an address that is sealed. Who has no handler for it must not ask.
func (s *Settler) MailReceipt(ctx context.Context, id payment.AttemptID, by string, m CopyMail) error {
	params, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write task parameters: %w", err)
	}
	err = s.Store.Write(ctx, fault.MailReceipt, func(ctx context.Context, tx *store.Tx) error {
		now := s.Now()
		a, err := tx.LockAttempt(ctx, id)
		if err != nil {
			return err
		}
		n, err := tx.TasksOf(ctx, string(a.ID), TaskMailCopy)
		if err != nil {
			return err
		}
		if n >= copiesMost {
			return ErrCopies
		}
		if err := tx.AddTask(ctx, newTask(TaskMailCopy, string(a.ID), n+1, string(params), now), now, time.Time{}); err != nil {
			return err
		}
		return tx.Tell(ctx, "receipt_asked", now, CopyLeaf{Attempt: a.ID.Ref(), Who: by, N: n + 1})
	})
	if err != nil {
		return fmt.Errorf("mail receipt: %w", err)
	}
	return nil
}
