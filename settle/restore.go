package settle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"fundy/fault"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// After a restore the store misses what came after its copy, and the processor does not. While the mark
// stands, no payment begins and nothing is allocated; everything is read first, and what the processor has
// taken is entered before anything else is taken.

// restoreOverlap is how long before the backup the list begins: a card page is open for at most a day, so
// every page that can have been paid since the backup was made after that.
const restoreOverlap = 25 * time.Hour

// restoreAgain is how long a restored city waits after a try that did not come through.
const restoreAgain = 10 * time.Second

// restore keeps one try at a time in this process.
type restore struct {
	sync.Mutex
	next time.Time
}

// restored asks the processor for everything that came after the backup, where a mark stands, and lifts
// the mark when it is through. A crash anywhere in it leaves the mark: all of it is done again, and what was
// done is found done.
func (s *Settler) restored(ctx context.Context) error {
	s.restore.Lock()
	defer s.restore.Unlock()
	var mark store.Restoring
	var standing bool
	err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		mark, standing, err = tx.Restoring(ctx)
		return err
	})
	if err != nil || !standing || s.Now().Before(s.restore.next) {
		return err
	}
	found, waiting, err := s.askForAll(ctx, mark)
	if err == nil {
		err = s.lift(ctx, mark, found)
	}
	if err != nil {
		s.restore.next = s.Now().Add(restoreAgain)
		return fmt.Errorf("ask for what came since the backup: %w", err)
	}
	// What waited for the mark is done now; what can't be is the sweeper's.
	return together(s.AtOnce, waiting, func(id payment.AttemptID) error {
		a, err := s.attempt(ctx, id)
		if err == nil && (a.State == payment.Authorized || a.State == payment.CorrectedAuth) {
			_, err = s.Refresh(ctx, id)
		}
		if err != nil && ctx.Err() == nil {
			s.Log.Warn("settle: attempt not moved after the restore", "attempt", id.Ref(), "err", err)
		}
		return nil
	})
}

// askForAll reads how everything stands that the store has, then what it does not have. waiting are the
// attempts whose money may still move.
func (s *Settler) askForAll(ctx context.Context, mark store.Restoring) (found store.Restored, waiting []payment.AttemptID, err error) {
	known, missing, err := s.list(ctx, mark, &found)
	if err != nil {
		return found, nil, err
	}
	if err := s.askForKnown(ctx); err != nil {
		return found, nil, err
	}
	if err := together(s.AtOnce, known, func(l processor.Listed) error { return s.catchUp(ctx, l) }); err != nil {
		return found, nil, err
	}
	if err := together(s.AtOnce, missing, func(m *missed) error { return s.readMissed(ctx, m) }); err != nil {
		return found, nil, err
	}
	// Those whose money is taken come first: a ticket is theirs before it is anybody's whose money is not.
	for _, taken := range []bool{true, false} {
		for _, m := range missing {
			if m.unreadable || (m.snap.PayState == processor.PaymentSucceeded) != taken {
				continue
			}
			placed, err := s.attach(ctx, m)
			if err != nil {
				return found, nil, err
			}
			found.Attached++
			if !placed {
				found.Unplaced++
			}
		}
	}
	for _, m := range missing {
		if m.unreadable {
			found.Unplaced++
		}
	}
	waiting, err = s.unfinished(ctx)
	return found, waiting, err
}

// knownAtOnce bounds the attempts that are read of the store at once.
const knownAtOnce = 500

func (s *Settler) unfinished(ctx context.Context) (all []payment.AttemptID, err error) {
	last := payment.AttemptID("")
	for {
		var some []payment.AttemptID
		err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			some, err = tx.Unfinished(ctx, last, knownAtOnce)
			return err
		})
		if err != nil || len(some) == 0 {
			return all, err
		}
		all, last = append(all, some...), some[len(some)-1]
	}
}

// askForKnown reads how the attempts of the store stand. Those that have their tickets come first: where the
// money was given back since, another payment may have taken the ticket.
func (s *Settler) askForKnown(ctx context.Context) error {
	known, err := s.unfinished(ctx)
	if err != nil {
		return err
	}
	for _, has := range []bool{true, false} {
		err := together(s.AtOnce, known, func(id payment.AttemptID) error {
			a, err := s.attempt(ctx, id)
			if err != nil || (a.State == payment.Capturing) != has {
				return err
			}
			return s.askAgain(ctx, a)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// askAgain reads how an attempt stands, whatever state it is in: one that is authorised here may long have
// been captured. One without a session is in the list, or its task makes it.
func (s *Settler) askAgain(ctx context.Context, a payment.Attempt) error {
	if a.Session == "" || a.State == payment.Stopped {
		return nil
	}
	snap, err := s.read(ctx, a.Session)
	if processor.ClassOf(err) == processor.Misfit {
		return s.move(ctx, a, payment.DoesNotFit, processor.CodeOf(err), func(a *payment.Attempt) { a.Reason = "does_not_fit" })
	}
	if err != nil {
		return err
	}
	_, err = s.apply(ctx, a.ID, snap, nil)
	return err
}

func (s *Settler) read(ctx context.Context, session string) (processor.Snapshot, error) {
	call, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	return s.outside.getSession(call, fault.CallSession, session)
}

// missed is a session of this city's that the store knows nothing of.
type missed struct {
	processor.Listed
	snap       processor.Snapshot
	unreadable bool
}

// list reads all sessions since the backup: known are those of attempts that may be behind them, missing those
// of which the store has nothing, oldest first.
func (s *Settler) list(ctx context.Context, mark store.Restoring, found *store.Restored) (known []processor.Listed, missing []*missed, err error) {
	err = s.outside.listSessions(ctx, fault.CallList, mark.Since.Add(-restoreOverlap), s.Now().Add(time.Hour), func(l processor.Listed) error {
		if l.City != s.City.ID {
			return nil // the account serves others too
		}
		found.Listed++
		a, err := s.attempt(ctx, payment.AttemptID(l.OurRef))
		switch {
		case err == nil && behind(a, l):
			known = append(known, l)
		case errors.Is(err, store.ErrNotFound) && l.State != processor.SessionExpired: // at that one nobody has paid, and nobody can
			missing = append(missing, &missed{Listed: l})
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return err
		}
		return nil
	})
	slices.SortFunc(missing, func(a, b *missed) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return known, missing, err
}

// behind says whether the list tells of an attempt what asking for its own session does not: it has none yet,
// or it had ended and its page was paid at.
func behind(a payment.Attempt, l processor.Listed) bool {
	switch a.State {
	case payment.Creating:
		return true
	case payment.Expired, payment.Abandoned, payment.Failed, payment.Released, payment.CaptureFailed:
		return l.State == processor.SessionComplete
	}
	return false
}

// catchUp brings an attempt of the store to where its session is.
func (s *Settler) catchUp(ctx context.Context, l processor.Listed) error {
	id := payment.AttemptID(l.OurRef)
	a, err := s.attempt(ctx, id)
	if err != nil {
		return err
	}
	snap, err := s.read(ctx, l.Session)
	if processor.ClassOf(err) == processor.Misfit {
		return s.move(ctx, a, payment.DoesNotFit, processor.CodeOf(err), func(a *payment.Attempt) { a.Reason = "does_not_fit" })
	}
	if err != nil {
		return err
	}
	if a.State == payment.Creating {
		if _, err := s.sessionMade(ctx, a, snap, nil); err != nil {
			return err
		}
	}
	_, err = s.apply(ctx, id, snap, nil)
	return err
}

// readMissed reads how a session stands. What can't be understood is a person's: it is alarmed, and stands
// in nobody's way.
func (s *Settler) readMissed(ctx context.Context, m *missed) error {
	snap, err := s.read(ctx, m.Session)
	class := processor.ClassOf(err)
	switch {
	case err != nil && class != processor.Misfit:
		return err
	case err != nil, len(m.OurRef) < attemptLeast, len(m.OurRef) > attemptMost:
		s.Log.Error("settle: a session since the backup can't be understood: look at it at the processor", "alarm", "restore_unreadable", "session", m.Session, "code", processor.CodeOf(err))
		m.unreadable = true
		return nil
	}
	m.snap = snap
	return nil
}

// The lengths of an attempt's id, with room.
const (
	attemptLeast = 16
	attemptMost  = 64
)

// lift says that all has been asked for: payments begin again.
func (s *Settler) lift(ctx context.Context, mark store.Restoring, found store.Restored) error {
	lifted := false
	err := s.Store.Write(ctx, fault.LiftRestore, func(ctx context.Context, tx *store.Tx) (err error) {
		now := s.Now()
		if lifted, err = tx.LiftRestore(ctx, mark, found, now); err != nil || !lifted {
			return err
		}
		return tx.Tell(ctx, "restore_through", now, found)
	})
	if err == nil && lifted {
		s.Log.Info("settle: the processor has been asked for all since the backup; payments begin again",
			"since", mark.Since, "listed", found.Listed, "attached", found.Attached, "unplaced", found.Unplaced)
	}
	return err
}
