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

// ErrCopied is a receipt whose sending was asked for already since its page was made.
var ErrCopied = errors.New("the receipt was asked for since the page was made")

// CopiesOf is how often the sending of a receipt was asked for.
func CopiesOf(ctx context.Context, tx *store.Tx, id payment.AttemptID) (int, error) {
	return tx.TasksOf(ctx, string(id), TaskMailCopy)
}

// MailReceipt asks for the sending of a receipt to an address that is sealed. Who has no handler for it must not ask. nth
// is which sending it was to be when its page was made: one that was asked for already is ErrCopied, and no second
// message goes out to who was not answered; 0 is the next one.
func (s *Settler) MailReceipt(ctx context.Context, id payment.AttemptID, nth int, by string, m CopyMail) error {
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
		n, err := CopiesOf(ctx, tx, a.ID)
		switch {
		case err != nil:
			return err
		case nth > 0 && n >= nth:
			return ErrCopied
		case n >= copiesMost:
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
