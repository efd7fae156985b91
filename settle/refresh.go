package settle

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fundy/city"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// Refresh asks the processor how an attempt stands and moves it by its table, as far as it goes
// now: authorised is allocated, allocated is captured. It may be called any number of times by
// anybody; what is done already is not done again. It returns the attempt as it then stands.
func (s *Settler) Refresh(ctx context.Context, id payment.AttemptID) (payment.Attempt, error) {
	a, err := s.attempt(ctx, id)
	if err != nil {
		return a, err
	}
	if asksProcessor(a) {
		snap, err := s.ask(ctx, a)
		if err != nil {
			return a, s.putOff(ctx, a, err)
		}
		if a, err = s.apply(ctx, id, snap); err != nil {
			return a, err
		}
	}
	if a.State == payment.Authorized || a.State == payment.CorrectedAuth {
		return s.allocate(ctx, id)
	}
	return a, nil
}

// asksProcessor says whether there is something to ask: a session that may have moved.
func asksProcessor(a payment.Attempt) bool {
	switch a.State {
	case payment.Creating, payment.Authorized, payment.CorrectedAuth, payment.Stopped, payment.New:
		return false
	}
	return a.Session != ""
}

func (s *Settler) ask(ctx context.Context, a payment.Attempt) (processor.Snapshot, error) {
	call, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	if a.ProcessorRef != "" && (a.State == payment.Capturing || a.State == payment.Releasing) {
		return s.Processor.GetPayment(call, a.ProcessorRef)
	}
	return s.Processor.GetSession(call, a.Session)
}

// apply moves the attempt to where the snapshot says that it is.
func (s *Settler) apply(ctx context.Context, id payment.AttemptID, snap processor.Snapshot) (payment.Attempt, error) {
	var a payment.Attempt
	err := s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if a, err = tx.LockAttempt(ctx, id); err != nil {
			return err
		}
		now := s.Now()
		a.RefreshedAt = now
		if snap.Payment != "" {
			a.ProcessorRef = snap.Payment
		}
		event, moves := EventOf(a.State, snap)
		switch {
		case !s.fits(a, snap) && !a.State.Final() && a.State != payment.Stopped:
			a.Reason = "does_not_fit"
			return s.moveIn(ctx, tx, &a, payment.DoesNotFit, "reading differs from the attempt", now)
		case !moves:
			a.NextAt = again(a, now)
			return tx.TouchAttempt(ctx, a)
		case event == payment.MoneyTaken && a.State == payment.Capturing:
			return s.capturedIn(ctx, tx, &a, now)
		case event == payment.MoneyGivenBack && a.State == payment.Capturing:
			return s.lapsedIn(ctx, tx, &a, now)
		}
		return s.moveIn(ctx, tx, &a, event, "", now)
	})
	if err != nil {
		return a, fmt.Errorf("apply reading: %w", err)
	}
	s.watchers.wake(id)
	return a, nil
}

func (s *Settler) fits(a payment.Attempt, snap processor.Snapshot) bool {
	return payment.Fits(a, strings.ToLower(s.City.Currency), s.City.Kind == city.Live, payment.Reading{
		Attempt: payment.AttemptID(snap.OurRef), Amount: snap.Amount, Currency: snap.Currency, Live: snap.Live,
	})
}

// EventOf is what a reading means for an attempt in a state; false: nothing has moved.
func EventOf(state payment.State, snap processor.Snapshot) (payment.Event, bool) {
	switch snap.PayState {
	case processor.PaymentAuthorized:
		switch state {
		case payment.Opened, payment.Expiring, payment.Processing, payment.Expired, payment.Abandoned, payment.Failed:
			return payment.MoneySetAside, true
		}
		return "", false
	case processor.PaymentSucceeded:
		switch state {
		case payment.Captured, payment.Settled, payment.Banked, payment.CorrectedPaid:
			return "", false
		case payment.Capturing, payment.Releasing, payment.Released, payment.CaptureFailed:
			return payment.MoneyTaken, true
		}
		return payment.DoesNotFit, true // taken, and not by us
	case processor.PaymentCanceled:
		switch state {
		case payment.Capturing, payment.Releasing, payment.Captured:
			return payment.MoneyGivenBack, true
		case payment.Processing:
			return payment.LaterFailed, true
		}
	case processor.PaymentProcessing:
		if state == payment.Opened || state == payment.Expiring {
			return payment.LaterMethod, true
		}
		return "", false
	}
	if snap.State == processor.SessionExpired && (state == payment.Opened || state == payment.Expiring) {
		return payment.PageExpired, true
	}
	return "", false
}

// again is when the sweeper looks next at an attempt that has not moved: every two minutes while
// its page is open, then at longer and longer steps.
func again(a payment.Attempt, now time.Time) time.Time {
	switch {
	case a.State.Final() || a.State == payment.Captured || a.State == payment.Settled || a.State == payment.Stopped:
		return time.Time{}
	case now.Before(a.ExpiresAt.Add(10 * time.Minute)):
		return now.Add(2 * time.Minute)
	case now.Before(a.ExpiresAt.Add(24 * time.Hour)):
		return now.Add(time.Hour)
	}
	return now.Add(24 * time.Hour)
}

// putOff keeps an attempt whose processor did not answer for a later round.
func (s *Settler) putOff(ctx context.Context, a payment.Attempt, cause error) error {
	s.Log.Warn("settle: processor not read", "attempt", a.ID.Ref(), "err", cause)
	return s.Store.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error {
		now, err := tx.LockAttempt(ctx, a.ID)
		if err != nil || now.Version != a.Version {
			return err
		}
		if !a.NextAt.IsZero() {
			a.NextAt = s.Now().Add(30 * time.Second)
		}
		a.RefreshedAt = s.Now()
		return tx.TouchAttempt(ctx, a)
	})
}
