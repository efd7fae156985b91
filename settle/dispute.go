package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// How disputes are asked for. No event tells of one: the sweep alone finds them.
const (
	disputesEvery   = time.Hour
	disputesAgain   = 5 * time.Minute      // after a list that did not come
	disputesOverlap = 3 * 24 * time.Hour   // how far behind what is known the list begins
	disputesSilent  = 24 * time.Hour       // a processor that has told of none for so long is before a person
	disputesTell    = 120 * 24 * time.Hour // how long a bank may decide anew
	disputesList    = 60 * time.Second     // one list, of any length
	disputesFeed    = "disputes"           // what stands for the list in the queue
)

// sweepDisputes asks for the disputes that are new, and how those stand that we know. A restored store does not
// know all payments yet: it waits.
func (s *Settler) sweepDisputes(ctx context.Context) error {
	if s.outside.d == nil {
		return nil
	}
	now := s.Now()
	var list, some, restoring bool
	err := s.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		list, some, err = tx.DisputeWork(ctx, now)
		return err
	})
	if err != nil || !list && !some {
		return err
	}
	err = s.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		_, restoring, err = tx.Restoring(ctx)
		return err
	})
	if err != nil || restoring {
		return err
	}
	if list {
		err = s.listDisputes(ctx, now)
	}
	if some {
		err = errors.Join(err, s.dueDisputes(ctx, now))
	}
	return err
}

// listDisputes reads the disputes opened since the newest that we know, or since the last list of which all were
// entered, whichever is longer ago. A crash in here leaves the list claimed for some minutes; then it is asked for
// again.
func (s *Settler) listDisputes(ctx context.Context, now time.Time) error {
	var mine bool
	var answered, newest time.Time
	err := s.Store.Write(ctx, fault.ClaimDisputes, func(ctx context.Context, tx *store.Tx) (err error) {
		if mine, err = tx.ClaimDisputeList(ctx, now, now.Add(disputesAgain)); err != nil || !mine {
			return err
		}
		answered, newest, err = tx.DisputeList(ctx)
		return err
	})
	if err != nil || !mine {
		return err
	}
	since := time.Time{}
	if !newest.IsZero() {
		if since = newest; answered.Before(since) {
			since = answered
		}
		since = since.Add(-disputesOverlap)
	}
	known, err := s.disputeVersions(ctx, since)
	if err != nil {
		return err
	}
	call, cancel := context.WithTimeout(ctx, disputesList)
	all, err := s.outside.disputes(call, fault.CallDisputes, since)
	cancel()
	if err != nil {
		return s.noDisputes(ctx, answered, now, err)
	}
	var errs []error
	entered := now
	for _, snap := range all {
		switch err := s.applyDispute(ctx, snap, known[payment.DisputeID(snap.Dispute)]); {
		case errors.Is(err, errTooEarly):
			entered = answered
		case err != nil:
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return s.Store.Write(ctx, fault.ListedDisputes, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AnswerDisputeList(ctx, now.Add(disputesEvery), entered); err != nil {
			return err
		}
		return Settled(ctx, tx, payment.ExceptionFeed, disputesFeed, "it came", "", now)
	})
}

// noDisputes says that the list did not come, and, once it has not for a day, or never will because our key may not
// ask for it, puts that before a person.
func (s *Settler) noDisputes(ctx context.Context, answered, now time.Time, why error) error {
	if ctx.Err() != nil {
		return nil
	}
	s.Log.Warn("settle: the processor does not tell of disputes", "err", why)
	if processor.ClassOf(why) != processor.Config && now.Sub(answered) < disputesSilent {
		return nil
	}
	s.Log.Error("settle: the processor tells of no disputes: may our key read them?", "alarm", "no_disputes", "since", answered)
	return s.Store.Write(ctx, fault.ListedDisputes, func(ctx context.Context, tx *store.Tx) error {
		note := "the list of disputes has not come since " + answered.UTC().Format(time.RFC3339) + ": " + processor.ClassOf(why).String() + " " + processor.CodeOf(why)
		return Raise(ctx, tx, payment.ExceptionFeed, disputesFeed, money.Zero, note, now)
	})
}

// dueDisputes reads the chargebacks that are open, and those that a bank may still decide anew.
func (s *Settler) dueDisputes(ctx context.Context, now time.Time) error {
	var due []payment.DisputeID
	err := s.Store.Write(ctx, fault.ClaimDisputes, func(ctx context.Context, tx *store.Tx) (err error) {
		due, err = tx.ClaimDisputes(ctx, now, now.Add(disputesAgain), dueAttempts)
		return err
	})
	if err != nil {
		return fmt.Errorf("claim due disputes: %w", err)
	}
	known, err := s.disputeVersions(ctx, time.Time{})
	if err != nil {
		return err
	}
	return together(s.AtOnce, due, func(id payment.DisputeID) error {
		call, cancel := context.WithTimeout(ctx, callLimit)
		snap, err := s.outside.getDispute(call, fault.CallDispute, string(id))
		cancel()
		if err == nil {
			err = s.applyDispute(ctx, snap, known[id])
		}
		if err != nil && ctx.Err() == nil {
			s.Log.Error("settle: chargeback not read", "alarm", "dispute_not_read", "dispute", string(id), "err", err)
		}
		return nil // the others go on, and this one comes again
	})
}

func (s *Settler) disputeVersions(ctx context.Context, since time.Time) (known map[payment.DisputeID]int64, err error) {
	err = s.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		known, err = tx.DisputeVersions(ctx, since)
		return err
	})
	return known, err
}

// disputeLook is when the sweeper looks at a chargeback that is in a state.
func disputeLook(d payment.Dispute, in payment.DisputeState, now time.Time) time.Time {
	switch {
	case in == payment.DisputeStopped:
		return time.Time{}
	case !in.Final():
		return now.Add(disputesEvery)
	case d.ClosedAt.IsZero() || now.Sub(d.ClosedAt) < disputesTell:
		return now.Add(24 * time.Hour)
	}
	return time.Time{}
}
