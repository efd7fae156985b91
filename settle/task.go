package settle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/ident"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// The kinds of task that settle does itself.
const (
	TaskCreate  = "create_session"
	TaskExpire  = "expire_session"
	TaskCapture = "capture"
	TaskRelease = "release"
	TaskRefund  = "refund" // its ref is the refund's id
)

// TaskMail is the receipt by e-mail. Its rows are parked until there is a handler that may open the address.
const TaskMail = "mail_receipt"

// TaskMailLapsed tells a payer that his payment came to nothing through us, and until when its price holds. It is parked
// as the receipt is.
const TaskMailLapsed = "mail_lapsed"

// NewTask makes a task about an attempt. n is its key's number: 1, and one more each time that a key had
// to be given up.
func NewTask(kind string, id payment.AttemptID, n int, params any, now time.Time) (store.Task, error) {
	b, err := json.Marshal(params)
	if err != nil {
		return store.Task{}, fmt.Errorf("write task parameters: %w", err)
	}
	return newTask(kind, string(id), n, string(b), now), nil
}

func newTask(kind, ref string, n int, params string, now time.Time) store.Task {
	return store.Task{
		ID: ident.New("tsk"), Kind: kind, Ref: ref, N: n, Key: fmt.Sprintf("fundy/%s/%s/%d", ref, kind, n), Params: params, CreatedAt: now,
	}
}

// Do does one task now, whoever has its lease: the caller has just written it. A crash in here leaves the
// task leased; after the lease a worker does it again with the same key.
func (s *Settler) Do(ctx context.Context, t store.Task) error {
	handler, ok := s.handlers[t.Kind]
	if !ok {
		return s.delay(ctx, t, "no handler", time.Hour)
	}
	call, cancel := context.WithTimeout(ctx, callLimit)
	result, err := handler(call, t)
	cancel()
	after := context.WithoutCancel(ctx)
	switch {
	case err == nil && result == Ended:
		return nil
	case err == nil:
		return s.finish(after, t, result)
	}
	s.logPutOff(t, err)
	why := processor.ClassOf(err).String() + " " + processor.CodeOf(err)
	if said, ok := errors.AsType[Why](err); ok {
		why = said.Why()
	}
	if errors.Is(err, errKeySpent) {
		return s.renew(after, t, why)
	}
	wait := backoff(t.Tries)
	if processor.ClassOf(err) == processor.Config {
		wait = time.Minute
	}
	return s.delay(after, t, why, wait)
}

// The ages at which a task that still can't be done is alarmed. A hold on a card ends after some seven
// days: two days of alarms are left before money that was set aside for us is gone.
const (
	lateAfter     = time.Hour
	veryLateAfter = 24 * time.Hour
)

// Ended is the result of a handler that has ended its task itself, in the transaction that did what it was for.
const Ended = "ended"

// Why is an error of a registered handler that says in a word what its task is put off for.
type Why interface {
	error
	Why() string // it may stand in the store and in a log: nothing personal
}

// endIn ends a task inside a transaction; nil is none.
func (s *Settler) endIn(ctx context.Context, tx *store.Tx, t *store.Task, result string) error {
	if t == nil {
		return nil
	}
	_, err := tx.FinishTask(ctx, t.ID, result, s.Now())
	return err
}

func (s *Settler) logPutOff(t store.Task, err error) {
	age := s.Now().Sub(t.CreatedAt)
	what, ref := "attempt", payment.AttemptID(t.Ref).Ref()
	if t.Kind == TaskRefund {
		what, ref = "refund", t.Ref
	}
	attrs := []any{"task", t.Kind, what, ref, "tries", t.Tries, "age", age.Truncate(time.Second), "err", err}
	switch {
	case processor.ClassOf(err) == processor.Config:
		s.Log.Error("settle: the processor refuses our key or account", append(attrs, "alarm", "processor_config")...)
	case age >= veryLateAfter:
		s.Log.Error("settle: task not done for a day", append(attrs, "alarm", "task_very_late")...)
	case age >= lateAfter:
		s.Log.Error("settle: task not done for an hour", append(attrs, "alarm", "task_late")...)
	default:
		s.Log.Warn("settle: task put off", attrs...)
	}
}

// backoff is how long a task waits after a try: 1 s, 2 s, 4 s … at most 5 minutes.
func backoff(tries int) time.Duration {
	if tries > 8 {
		return 5 * time.Minute
	}
	return min(time.Second<<max(tries, 0), 5*time.Minute)
}

func (s *Settler) finish(ctx context.Context, t store.Task, result string) error {
	err := s.Store.Write(ctx, fault.FinishTask, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.FinishTask(ctx, t.ID, result, s.Now())
		return err
	})
	if err != nil {
		return fmt.Errorf("finish task: %w", err)
	}
	return nil
}

func (s *Settler) delay(ctx context.Context, t store.Task, result string, wait time.Duration) error {
	err := s.Store.Write(ctx, fault.DelayTask, func(ctx context.Context, tx *store.Tx) error {
		return tx.DelayTask(ctx, t.ID, result, s.Now().Add(wait))
	})
	if err != nil {
		return fmt.Errorf("put task off: %w", err)
	}
	return nil
}

// keyLife is how long a processor keeps what a key did (at least 24 h, Stripe); after 23 h a key is
// never used again.
const keyLife = 23 * time.Hour

// errKeySpent wraps the error of a call whose key must not be used again: what the processor did under
// it is known to be nothing, and it would say the same for ever (a saved error), or the key is too old.
var errKeySpent = errors.New("key spent")

// readBack says whether the processor is to be read before the call is tried again: after a definite no,
// when the key has become too old, and at every third try, because a saved error would be replayed for ever.
func (s *Settler) readBack(t store.Task, err error) bool {
	return processor.ClassOf(err) == processor.Definite || t.Tries%3 == 2 || s.keyTooOld(t)
}

func (s *Settler) keyTooOld(t store.Task) bool { return s.Now().Sub(t.CreatedAt) >= keyLife }

// renew ends a task whose key is spent and writes its successor, with the next key and the same
// parameters, in one transaction.
func (s *Settler) renew(ctx context.Context, t store.Task, why string) error {
	now := s.Now()
	err := s.Store.Write(ctx, fault.RenewTask, func(ctx context.Context, tx *store.Tx) error {
		ended, err := tx.FinishTask(ctx, t.ID, "key spent: "+why, now)
		if err != nil || !ended {
			return err // another worker has done it
		}
		return tx.AddTask(ctx, newTask(t.Kind, t.Ref, t.N+1, t.Params, now), now.Add(backoff(2+t.N)), time.Time{})
	})
	if err != nil {
		return fmt.Errorf("renew task: %w", err)
	}
	return nil
}
