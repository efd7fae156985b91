package settle

import (
	"context"
	"errors"
	"time"

	"fundy/fault"
	"fundy/payment"
	"fundy/store"
)

// AttemptLeaf is what the log is told of an attempt's move. The attempt's id is a bearer's secret,
// so its digest stands for it.
type AttemptLeaf struct {
	Attempt string `json:"attempt"`
	Version int64  `json:"version"`
	From    string `json:"from"`
	Event   string `json:"event"`
	To      string `json:"to"`
}

// moveIn moves an attempt inside a transaction and writes the leaf that tells of it. An event that
// the table does not know is recorded and alarmed; the state stays, and the transaction goes on.
func (s *Settler) moveIn(ctx context.Context, tx *store.Tx, a *payment.Attempt, event payment.Event, note string, now time.Time) error {
	a.NextAt = nextLook(a, event, now)
	line, err := tx.MoveAttempt(ctx, a, event, now, note)
	var unexpected payment.ErrUnexpected
	if errors.As(err, &unexpected) {
		s.Log.Error("settle: unexpected event", "alarm", "unexpected_event", "attempt", a.ID.Ref(), "state", string(a.State), "event", string(event))
	} else if err != nil {
		return err
	}
	if line.Forced || line.To == payment.Stopped {
		s.Log.Error("settle: attempt needs a person", "alarm", "attempt_"+string(line.To), "attempt", a.ID.Ref(), "note", note)
	}
	if err := stoppedIn(ctx, tx, *a, line, note, now); err != nil {
		return err
	}
	return tx.Tell(ctx, "attempt", now, AttemptLeaf{
		Attempt: a.ID.Ref(), Version: a.Version, From: string(line.From), Event: string(line.Event), To: string(line.To),
	})
}

// stoppedIn puts an attempt that stops into the queue, and takes one out that goes on.
func stoppedIn(ctx context.Context, tx *store.Tx, a payment.Attempt, line payment.Line, note string, now time.Time) error {
	switch {
	case line.From == line.To:
		return nil
	case line.To == payment.Stopped:
		return Raise(ctx, tx, payment.ExceptionStopped, a.ID.Ref(), a.Amount, note, now)
	case line.From == payment.Stopped:
		return Settled(ctx, tx, payment.ExceptionStopped, a.ID.Ref(), string(line.To), "", now)
	}
	return nil
}

// nextLook is when the sweeper looks at an attempt again after an event. It only bounds how long
// a lost event goes unnoticed.
func nextLook(a *payment.Attempt, event payment.Event, now time.Time) time.Time {
	line, err := payment.Next(a.State, event)
	if err != nil {
		return a.NextAt
	}
	switch line.To {
	case payment.Opened:
		return now.Add(2 * time.Minute)
	case payment.Authorized, payment.CorrectedAuth:
		return now.Add(10 * time.Second) // a crash before it is allocated
	case payment.Expiring, payment.Capturing, payment.Releasing:
		return now.Add(time.Minute)
	case payment.Creating:
		return time.Time{} // its task does it
	case payment.Processing:
		return now.Add(time.Hour)
	}
	return time.Time{}
}

// move is moveIn in a transaction of its own; change sets the fields that go with it. An attempt that has
// left the state in which the caller read it is let be: another worker was quicker.
func (s *Settler) move(ctx context.Context, read payment.Attempt, event payment.Event, note string, change func(*payment.Attempt)) error {
	return s.moveEnding(ctx, read, event, note, change, nil)
}

// moveEnding is move, and ends the task that it was for in the same transaction.
func (s *Settler) moveEnding(ctx context.Context, read payment.Attempt, event payment.Event, note string, change func(*payment.Attempt), t *store.Task) error {
	defer s.watchers.wake(read.ID)
	return s.Store.Write(context.WithoutCancel(ctx), fault.MoveAttempt, func(ctx context.Context, tx *store.Tx) error {
		if err := s.endIn(ctx, tx, t, string(event)); err != nil {
			return err
		}
		a, err := tx.LockAttempt(ctx, read.ID)
		if err != nil || a.State != read.State {
			return err
		}
		if change != nil {
			change(&a)
		}
		return s.moveIn(ctx, tx, &a, event, note, s.Now())
	})
}

func (s *Settler) attempt(ctx context.Context, id payment.AttemptID) (a payment.Attempt, err error) {
	err = s.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		a, err = tx.Attempt(ctx, id)
		return err
	})
	return a, err
}
