package settle

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fundy/ident"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
	"fundy/ticket"
)

// captureParams and releaseParams are frozen in the task: every try sends the same.
type captureParams struct {
	Payment     string `json:"payment"`
	AmountMinor int64  `json:"amount_minor"`
}

type releaseParams struct {
	Payment string                  `json:"payment"`
	Reason  processor.ReleaseReason `json:"reason"`
}

// capture takes the money that is set aside. Whatever the processor answers, the attempt is moved
// by what it then says of the payment, not by the answer alone.
func (s *Settler) capture(ctx context.Context, t store.Task) (string, error) {
	var p captureParams
	if err := json.Unmarshal([]byte(t.Params), &p); err != nil {
		return "", fmt.Errorf("read task parameters: %w", err)
	}
	return s.callAndApply(ctx, t, payment.Capturing, func() (processor.Snapshot, error) {
		return s.Processor.Capture(ctx, p.Payment, money.FromMinor(p.AmountMinor), processor.Key(t.Key))
	}, p.Payment)
}

// release gives the money back.
func (s *Settler) release(ctx context.Context, t store.Task) (string, error) {
	var p releaseParams
	if err := json.Unmarshal([]byte(t.Params), &p); err != nil {
		return "", fmt.Errorf("read task parameters: %w", err)
	}
	return s.callAndApply(ctx, t, payment.Releasing, func() (processor.Snapshot, error) {
		return s.Processor.Release(ctx, p.Payment, p.Reason, processor.Key(t.Key))
	}, p.Payment)
}

// callAndApply makes one foreign call of an attempt in state, and applies what the processor says.
// A definite no is read back before anything is concluded from it, and so is every third try: a
// saved error would be replayed for ever.
func (s *Settler) callAndApply(ctx context.Context, t store.Task, state payment.State, call func() (processor.Snapshot, error), ref string) (string, error) {
	a, err := s.attempt(ctx, payment.AttemptID(t.Ref))
	if err != nil {
		return "", err
	}
	if a.State != state {
		return "done before", nil
	}
	snap, err := call()
	if err != nil && (processor.ClassOf(err) == processor.Definite || t.Tries%3 == 2) {
		var readErr error
		if snap, readErr = s.Processor.GetPayment(ctx, ref); readErr != nil {
			return "", err
		}
		if _, moves := EventOf(state, snap); !moves {
			return "", err
		}
		err = nil
	}
	if err != nil {
		return "", err
	}
	after, err := s.apply(ctx, a.ID, snap)
	if err != nil {
		return "", err
	}
	if after.State == state {
		return "", fmt.Errorf("%s: the processor has not moved the payment yet", t.Kind)
	}
	return string(after.State), nil
}

// capturedIn is the end of a payment, in the transaction that moves it: tickets paid, postings,
// receipt, leaf, mail. Either all of it is written or none.
func (s *Settler) capturedIn(ctx context.Context, tx *store.Tx, a *payment.Attempt, now time.Time) error {
	p, err := tx.Payment(ctx, a.Payment)
	if err != nil {
		return err
	}
	a.CapturedAt, a.Receipt = now, ident.Receipt()
	if err := s.moveIn(ctx, tx, a, payment.MoneyTaken, "", now); err != nil {
		return err
	}
	ids := make([]ticket.ID, 0, len(p.Tickets))
	for _, f := range p.Tickets {
		ids = append(ids, f.Ticket)
	}
	tickets, err := tx.LockTickets(ctx, ids)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		if err := tx.MoveTicket(ctx, t.ID, t.Version, ticket.Paid, now, "payment captured"); err != nil {
			return err
		}
	}
	if err := s.postCapture(ctx, tx, a, p, now); err != nil {
		return err
	}
	return s.parkMail(ctx, tx, a, p, now)
}

func (s *Settler) postCapture(ctx context.Context, tx *store.Tx, a *payment.Attempt, p payment.Payment, now time.Time) error {
	entry := ledger.Entry{
		ID: "capture-" + a.ID.Ref(), Kind: ledger.Captured, Ref: string(a.ID), Entered: now, Effective: p.QuotedAt,
	}
	for _, f := range p.Tickets {
		before, err := tx.PostingsOfTicket(ctx, f.Ticket)
		if err != nil {
			return err
		}
		owed, err := ledger.OwedBy(before)
		if err != nil {
			return fmt.Errorf("add up ticket: %w", err)
		}
		postings, err := ledger.ForCapture(f.Ticket, owed, f.Components, f.Revenue, ledger.Clearing)
		if err != nil {
			return fmt.Errorf("post capture: %w", err)
		}
		entry.Postings = append(entry.Postings, postings...)
	}
	return tx.AddEntry(ctx, entry)
}

// parkMail leaves the receipt's mail to be sent. It opens nothing: the handler that may open the
// address is registered by the office, and until one is, the row waits.
func (s *Settler) parkMail(ctx context.Context, tx *store.Tx, a *payment.Attempt, p payment.Payment, now time.Time) error {
	if len(p.SealedEmail) == 0 {
		return nil
	}
	t, err := NewTask(TaskMail, a.ID, 1, struct{}{})
	if err != nil {
		return err
	}
	return tx.AddTask(ctx, t, now, time.Time{}, now)
}

// lapsedIn opens the tickets again when the hold lapsed before the money was taken.
func (s *Settler) lapsedIn(ctx context.Context, tx *store.Tx, a *payment.Attempt, now time.Time) error {
	p, err := tx.Payment(ctx, a.Payment)
	if err != nil {
		return err
	}
	a.Reason = "lapsed"
	if err := s.moveIn(ctx, tx, a, payment.MoneyGivenBack, "hold lapsed", now); err != nil {
		return err
	}
	if err := tx.UndoAllocations(ctx, a.ID, now); err != nil {
		return err
	}
	ids := make([]ticket.ID, 0, len(p.Tickets))
	for _, f := range p.Tickets {
		ids = append(ids, f.Ticket)
	}
	tickets, err := tx.LockTickets(ctx, ids)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		if err := tx.MoveTicket(ctx, t.ID, t.Version, ticket.Reopened, now, "hold lapsed"); err != nil {
			return err
		}
	}
	return nil
}
