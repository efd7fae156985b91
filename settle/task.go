package settle

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

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
)

// TaskMail is the receipt by e-mail: parked until a handler is registered that may open the address.
const TaskMail = "mail_receipt"

// NewTask makes a task about an attempt. n counts the tries that had to have a key of their own:
// it goes up only after a definite failure that was read back.
func NewTask(kind string, id payment.AttemptID, n int, params any) (store.Task, error) {
	b, err := json.Marshal(params)
	if err != nil {
		return store.Task{}, fmt.Errorf("write task parameters: %w", err)
	}
	return store.Task{
		ID: ident.New("tsk"), Kind: kind, Ref: string(id),
		Key: fmt.Sprintf("fundy/%s/%s/%d", id, kind, n), Params: string(b),
	}, nil
}

// Do does one task now, whoever has its lease: the caller has just written it.
func (s *Settler) Do(ctx context.Context, t store.Task) error { return s.do(ctx, t) }

// do runs the handler and records how it went. A crash in here leaves the task leased; after the
// lease a worker does it again with the same key.
func (s *Settler) do(ctx context.Context, t store.Task) error {
	handler, ok := s.handlers[t.Kind]
	if !ok {
		return s.delay(ctx, t, "no handler", time.Hour)
	}
	call, cancel := context.WithTimeout(ctx, callLimit)
	result, err := handler(call, t)
	cancel()
	if err == nil {
		return s.finish(ctx, t, result)
	}
	class := processor.ClassOf(err)
	wait := backoff(t.Tries)
	if class == processor.Config {
		s.Log.Error("settle: the processor refuses our key or account", "alarm", "processor_config", "task", t.Kind, "err", err)
		wait = time.Minute
	} else {
		s.Log.Warn("settle: task put off", "task", t.Kind, "tries", t.Tries, "wait", wait, "err", err)
	}
	return s.delay(context.WithoutCancel(ctx), t, class.String()+" "+processor.CodeOf(err), wait)
}

// backoff is how long a task waits after a try: 1 s, 2 s, 4 s … at most 5 minutes.
func backoff(tries int) time.Duration {
	if tries > 8 {
		return 5 * time.Minute
	}
	return min(time.Second<<max(tries, 0), 5*time.Minute)
}

func (s *Settler) finish(ctx context.Context, t store.Task, result string) error {
	err := s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.FinishTask(ctx, t.ID, result, s.Now())
	})
	if err != nil {
		return fmt.Errorf("finish task: %w", err)
	}
	return nil
}

func (s *Settler) delay(ctx context.Context, t store.Task, result string, wait time.Duration) error {
	err := s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.DelayTask(ctx, t.ID, result, s.Now().Add(wait))
	})
	if err != nil {
		return fmt.Errorf("put task off: %w", err)
	}
	return nil
}
