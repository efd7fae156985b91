// Package settle is the office's background: it does what the outbox asks, asks the processor how
// attempts stand, and moves them by their table.
//
// Invariants:
//   - every local step is one store.Write; every foreign call stands alone between two of them and
//     carries a key that was stored before the call;
//   - an event, a return page and the sweeper all do the same one thing: Refresh. The sweeper alone
//     is enough;
//   - what the processor says is compared with the attempt, to the cent, before it is believed;
//   - a step that finds its work done does nothing: two workers on one attempt are harmless.
//
// Tables: attempt, attempt_event, allocation, outbox, ticket, ledger_entry, posting, leaf. One who
// controls this package controls the city's processor account within the processor key's rights.
package settle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"fundy/city"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// Processor is what settling needs of an adapter.
type Processor interface {
	processor.Sessions
	processor.Capturer
}

// Handler does one kind of task. It returns the word that is kept as the task's result. A returned
// error puts the task off: it is tried again with the same key and parameters.
type Handler func(ctx context.Context, t store.Task) (result string, err error)

// Config is what a Settler is made of.
type Config struct {
	Store     *store.Store
	Processor Processor
	City      city.City
	CardHost  string // the only host that a browser may be sent to
	Now       func() time.Time
	Log       *slog.Logger
	Lease     time.Duration // how long a worker has a task to itself; default 30 s
	Poll      time.Duration // how often the worker looks for work; default 1 s
}

// Settler does the office's background work.
type Settler struct {
	Config
	handlers map[string]Handler
	watchers watchers
}

// New makes a Settler. Register the office's own handlers before Run.
func New(c Config) *Settler {
	if c.Lease == 0 {
		c.Lease = 30 * time.Second
	}
	if c.Poll == 0 {
		c.Poll = time.Second
	}
	s := &Settler{Config: c, watchers: watchers{waiting: map[payment.AttemptID][]chan struct{}{}}}
	s.handlers = map[string]Handler{
		TaskCreate:  s.createSession,
		TaskExpire:  s.expireSession,
		TaskCapture: s.capture,
		TaskRelease: s.release,
	}
	return s
}

// Register adds a handler for a kind of task that is not settle's own: one that opens what is
// sealed stands behind the office's wall.
func (s *Settler) Register(kind string, h Handler) { s.handlers[kind] = h }

// Limits of one round of work.
const (
	tasksPerRound = 64
	dueAttempts   = 64
	callLimit     = 20 * time.Second // one foreign call
)

// Run works until ctx ends: outbox tasks as they fall due, then the sweep.
func (s *Settler) Run(ctx context.Context) error {
	tick := time.NewTicker(s.Poll)
	defer tick.Stop()
	for {
		if err := s.Round(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("settle: round not finished", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Round does what is due now, once.
func (s *Settler) Round(ctx context.Context) error {
	now := s.Now()
	var due []payment.AttemptID
	var tasks []store.Task
	err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		due, err = tx.DueAttempts(ctx, now, dueAttempts)
		return err
	})
	if err != nil {
		return fmt.Errorf("look for due attempts: %w", err)
	}
	waiting, err := s.anyTask(ctx, now)
	if err != nil {
		return err
	}
	if waiting {
		err = s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			tasks, err = tx.LeaseTasks(ctx, now, now.Add(s.Lease), tasksPerRound)
			return err
		})
		if err != nil {
			return fmt.Errorf("lease tasks: %w", err)
		}
	}
	var errs []error
	for _, t := range tasks {
		errs = append(errs, s.do(ctx, t))
	}
	for _, id := range due {
		_, err := s.Refresh(ctx, id)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// anyTask looks with a read whether a lease is worth a write.
func (s *Settler) anyTask(ctx context.Context, now time.Time) (found bool, err error) {
	err = s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		found, err = tx.TaskDue(ctx, now)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look for due tasks: %w", err)
	}
	return found, nil
}

// watchers wakes those who wait for an attempt to move. Only a hint: who waits reads the store.
type watchers struct {
	mu      sync.Mutex
	waiting map[payment.AttemptID][]chan struct{}
}

// Watch returns a channel that is closed when the attempt next moves in this process, and a
// function that stops watching.
func (s *Settler) Watch(id payment.AttemptID) (<-chan struct{}, func()) {
	ch := make(chan struct{})
	s.watchers.mu.Lock()
	defer s.watchers.mu.Unlock()
	s.watchers.waiting[id] = append(s.watchers.waiting[id], ch)
	return ch, func() { s.watchers.drop(id, ch) }
}

func (w *watchers) drop(id payment.AttemptID, ch chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	kept := w.waiting[id][:0]
	for _, c := range w.waiting[id] {
		if c != ch {
			kept = append(kept, c)
		}
	}
	if len(kept) == 0 {
		delete(w.waiting, id)
		return
	}
	w.waiting[id] = kept
}

func (w *watchers) wake(id payment.AttemptID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.waiting[id] {
		close(c)
	}
	delete(w.waiting, id)
}
