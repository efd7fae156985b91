// Package settle is the office's background: it does what the outbox asks, asks the processor how
// attempts stand, and moves them by their table.
//
// Invariants:
//   - every local step is one store.Write; every foreign call stands alone between two of them and
//     carries a key that was stored before the call;
//   - an event, a return page and the sweeper all do the same one thing: Refresh. The sweeper alone
//     is enough;
//   - what the processor says is compared with the attempt, to the cent, before it is believed;
//   - a step that finds its work done does nothing: two workers on one attempt are harmless;
//   - captured money is followed (Deposits) through the processor's payouts to the bank's lines; a payout that does not
//     add up is not entered, and a closed day is entered no more;
//   - money that is owed by cheque is its payer's until the bank has paid it, or two people have ended that: a cheque
//     that came back or was never cashed frees nothing.
//
// Tables: attempt, attempt_event, allocation, refund, refund_part, refund_event, dispute,
// dispute_event, dispute_list, outbox, ticket, ledger_entry, posting, leaf, exception, and those of 0004_settlement,
// 0007_counter, 0008_deposit, 0009_cheque and 0020_review. One who
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
	"fundy/fault"
	"fundy/payment"
	"fundy/processor"
	"fundy/review"
	"fundy/store"
)

// Processor is what settling needs of an adapter. One that is a processor.Refunder too gives money back.
type Processor interface {
	processor.Sessions
	processor.Capturer
	processor.Lister
}

// Handler does one kind of task. It returns the word that is kept as the task's result. A returned
// error puts the task off: it is tried again with the same key and parameters.
type Handler func(ctx context.Context, t store.Task) (result string, err error)

// Config is what a Settler is made of.
type Config struct {
	Store     *store.Store
	Processor Processor // nil: for one who only asks for refunds and decides about them
	City      city.City
	Rules     func() city.Rules // as they stand; asked for after a restore, and at the counter
	Counter   city.CounterSettings
	Adapter   string // the processor's name, kept with each attempt
	CardHost  string // the only host that a browser may be sent to
	Now       func() time.Time
	Log       *slog.Logger
	Lease     time.Duration // how long a worker has a task to itself; default 30 s
	Poll      time.Duration // how often the worker looks for work; default 1 s
	AtOnce    int           // foreign calls of a round that are under way together; default 16
	PayeeLife time.Duration // how long a refund's payee is kept once his cheque has cleared; default 400 days
	// LapsedDays is how long a price holds again whose payment came to nothing through us; 0: not at all.
	LapsedDays int
	// TellDeclines says whether the processor is asked why a card was declined, while a person looks.
	TellDeclines bool
	// Review is what the city says of reviews; DecideDays 0: it takes none.
	Review review.Settings
	// Colleagues says who could decide the reviews of tickets; nil: nobody knows.
	Colleagues Colleagues
	// PhotoDays is how many days a ticket's photographs are kept once it has ended; default 400.
	PhotoDays int
}

// Settler does the office's background work.
type Settler struct {
	Config
	outside  outside
	handlers map[string]Handler
	watchers watchers
	restore  restore
}

// New makes a Settler. Register the office's own handlers before Run.
func New(c Config) *Settler {
	if c.Lease == 0 {
		c.Lease = 30 * time.Second
	}
	if c.Poll == 0 {
		c.Poll = time.Second
	}
	if c.AtOnce == 0 {
		c.AtOnce = 16
	}
	if c.PayeeLife == 0 {
		c.PayeeLife = 400 * 24 * time.Hour
	}
	if c.PhotoDays == 0 {
		c.PhotoDays = 400
	}
	s := &Settler{Config: c, outside: outside{p: c.Processor}, watchers: watchers{waiting: map[payment.AttemptID][]chan struct{}{}}}
	s.outside.r, _ = c.Processor.(processor.Refunder)
	s.outside.d, _ = c.Processor.(processor.Disputes)
	s.Processor = nil // only by way of outside
	s.handlers = map[string]Handler{
		TaskCreate:  s.createSession,
		TaskExpire:  s.expireSession,
		TaskCapture: s.capture,
		TaskRelease: s.release,
	}
	if s.outside.r != nil {
		s.handlers[TaskRefund] = s.refund
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
	sweepAgain    = time.Minute      // an attempt that the sweeper could not move waits so long
	failedAgain   = time.Minute      // rounds that go on failing, the store being away, are said again so often
)

// Run works until ctx ends. Tasks, mail and the sweeps do not wait for each other: pages that stand open are
// never in the way of money that is to be taken or given back. What is missing after a restore is asked for
// beside them.
func (s *Settler) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, round := range []func(context.Context) error{s.restored, s.tasks, s.mail, s.sweep, s.sweepRefunds, s.sweepDisputes, s.sweepCheques, s.SweepReviews, s.SweepPhotos} {
		all.Go(func() { s.repeat(ctx, round) })
	}
	all.Wait()
	return nil
}

func (s *Settler) repeat(ctx context.Context, round func(context.Context) error) {
	tick := time.NewTicker(s.Poll)
	defer tick.Stop()
	var failed int
	var said time.Time
	for {
		err := round(ctx)
		switch {
		case err == nil && failed > 0:
			s.Log.Info("settle: rounds go on", "failed", failed)
			failed, said = 0, time.Time{}
		case err != nil && ctx.Err() == nil:
			failed++
			if now := s.Now(); now.Sub(said) >= failedAgain {
				s.Log.Error("settle: round not finished", "alarm", "settle_round", "failed", failed, "err", err)
				said = now
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Round does what is due now, once.
func (s *Settler) Round(ctx context.Context) error {
	return errors.Join(s.restored(ctx), s.tasks(ctx), s.mail(ctx), s.sweep(ctx), s.sweepRefunds(ctx), s.sweepDisputes(ctx), s.sweepCheques(ctx), s.SweepReviews(ctx), s.SweepPhotos(ctx))
}

// tasks does the outbox's due tasks of money.
func (s *Settler) tasks(ctx context.Context) error { return s.lane(ctx, store.MoneyTasks) }

// mail does those that send a message, beside the others: a mail server that does not answer holds up no money. Who
// can send none leaves them to another.
func (s *Settler) mail(ctx context.Context) error {
	if _, ok := s.handlers[TaskMail]; !ok {
		return nil
	}
	return s.lane(ctx, store.MailTasks)
}

func (s *Settler) lane(ctx context.Context, lane store.Lane) error {
	now := s.Now()
	waiting, err := s.anyTask(ctx, lane, now)
	if err != nil || !waiting {
		return err
	}
	var due []store.Task
	err = s.Store.Write(ctx, fault.LeaseTasks, func(ctx context.Context, tx *store.Tx) (err error) {
		due, err = tx.LeaseTasks(ctx, lane, now, now.Add(s.Lease), tasksPerRound)
		return err
	})
	if err != nil {
		return fmt.Errorf("lease tasks: %w", err)
	}
	return together(s.AtOnce, due, func(t store.Task) error { return s.Do(ctx, t) })
}

// sweep refreshes the attempts that nobody has told us of for a while.
func (s *Settler) sweep(ctx context.Context) error {
	now := s.Now()
	var due []payment.AttemptID
	err := s.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		due, err = tx.DueAttempts(ctx, now, 1)
		return err
	})
	if err != nil || len(due) == 0 {
		return err
	}
	err = s.Store.Write(ctx, fault.ClaimDue, func(ctx context.Context, tx *store.Tx) (err error) {
		due, err = tx.ClaimDue(ctx, now, now.Add(sweepAgain), dueAttempts)
		return err
	})
	if err != nil {
		return fmt.Errorf("claim due attempts: %w", err)
	}
	return together(s.AtOnce, due, func(id payment.AttemptID) error {
		a, err := s.Refresh(ctx, id)
		if err != nil && ctx.Err() == nil {
			s.Log.Error("settle: attempt not moved", "alarm", "attempt_not_moved", "attempt", id.Ref(), "state", string(a.State), "err", err)
		}
		return nil // the others go on, and this one comes again
	})
}

// together does one thing for each of many, some at once, and waits for all.
func together[T any](atOnce int, all []T, do func(T) error) error {
	errs := make([]error, len(all))
	var wait sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for i, one := range all {
		free <- struct{}{}
		wait.Go(func() {
			defer func() { <-free }()
			errs[i] = do(one)
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// anyTask looks with a read whether a lease is worth a write.
func (s *Settler) anyTask(ctx context.Context, lane store.Lane, now time.Time) (found bool, err error) {
	err = s.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		found, err = tx.TaskDue(ctx, lane, now)
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
