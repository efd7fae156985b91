package settle

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// Refresh asks the processor how an attempt stands and moves it by its table, as far as it goes
// now: authorised is allocated, allocated is captured. It may be called any number of times by
// anybody; what is done already is not done again. It returns the attempt as it then stands.
func (s *Settler) Refresh(ctx context.Context, id payment.AttemptID) (payment.Attempt, error) {
	return s.refresh(ctx, id, false)
}

// refresh is Refresh. Where a person looks, a declined try on an open page is asked for too.
func (s *Settler) refresh(ctx context.Context, id payment.AttemptID, looked bool) (payment.Attempt, error) {
	a, err := s.attempt(ctx, id)
	if err != nil {
		return a, err
	}
	if asksProcessor(a) {
		snap, err := s.ask(ctx, a)
		if processor.ClassOf(err) == processor.Misfit {
			return a, s.move(ctx, a, payment.DoesNotFit, processor.CodeOf(err), func(a *payment.Attempt) { a.Reason = "does_not_fit" })
		}
		if err != nil {
			return a, fmt.Errorf("ask the processor: %w", err)
		}
		if a, err = s.apply(ctx, id, snap, nil); err != nil {
			return a, err
		}
		if looked {
			if err := s.seeDecline(ctx, a, snap); err != nil {
				return a, err
			}
		}
	}
	if a.State == payment.Authorized || a.State == payment.CorrectedAuth {
		return s.allocate(ctx, id)
	}
	return a, nil
}

// RefreshSeldom is Refresh, unless the processor has been asked about the attempt since pause ago: however
// many look at once, one of them asks. It is for whom a person looks at: what was declined is seen by it.
func (s *Settler) RefreshSeldom(ctx context.Context, id payment.AttemptID, pause time.Duration) (payment.Attempt, error) {
	var mine bool
	err := s.Store.Write(ctx, fault.ClaimReading, func(ctx context.Context, tx *store.Tx) (err error) {
		now := s.Now()
		mine, err = tx.ClaimReading(ctx, id, now, now.Add(-pause))
		return err
	})
	if err != nil {
		return payment.Attempt{}, err
	}
	if !mine {
		return s.attempt(ctx, id)
	}
	return s.refresh(ctx, id, true)
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
		return s.outside.getPayment(call, fault.CallPayment, a.ProcessorRef)
	}
	return s.outside.getSession(call, fault.CallSession, a.Session)
}

// apply moves the attempt to where the snapshot says that it is. The task that the reading came of, if any,
// is ended with it, unless its money still waits to be taken or given back.
func (s *Settler) apply(ctx context.Context, id payment.AttemptID, snap processor.Snapshot, t *store.Task) (payment.Attempt, error) {
	var a payment.Attempt
	err := s.Store.Write(ctx, fault.ApplyReading, func(ctx context.Context, tx *store.Tx) (err error) {
		if a, err = tx.LockAttempt(ctx, id); err != nil {
			return err
		}
		a.RefreshedAt = s.Now()
		_, restoring, err := tx.Restoring(ctx)
		if err != nil {
			return err
		}
		if restoring && s.tookIt(a, snap) {
			err = s.tookItIn(ctx, tx, &a, snap, a.RefreshedAt)
		} else {
			err = s.applyIn(ctx, tx, &a, snap, a.RefreshedAt)
		}
		if err != nil || a.State == payment.Capturing || a.State == payment.Releasing {
			return err
		}
		return s.endIn(ctx, tx, t, string(a.State))
	})
	if err != nil {
		return a, fmt.Errorf("apply reading: %w", err)
	}
	s.watchers.wake(id)
	return a, nil
}

// applyIn does what a reading means, inside a transaction. A reading that does not fit is believed in
// nothing, whatever state the attempt is in.
func (s *Settler) applyIn(ctx context.Context, tx *store.Tx, a *payment.Attempt, snap processor.Snapshot, now time.Time) error {
	if !s.fits(*a, snap) && !gaveBackAll(*a, snap) {
		return s.misfitIn(ctx, tx, a, snap, now)
	}
	if snap.Payment != "" {
		a.ProcessorRef = snap.Payment
	}
	event, moves := EventOf(a.State, snap)
	if moves && event == payment.MoneyTaken && snap.Charge != "" {
		if err := tx.AddCharge(ctx, snap.Charge, a.ID, now); err != nil {
			return err
		}
	}
	switch {
	case !moves:
		a.NextAt = again(*a, now)
		return tx.TouchAttempt(ctx, *a)
	case event == payment.MoneyTaken && a.State == payment.Capturing:
		return s.capturedIn(ctx, tx, a, now)
	case event == payment.MoneyTaken:
		return s.takenIn(ctx, tx, a, now)
	case event == payment.MoneyGivenBack && a.State != payment.Captured:
		return s.givenBackIn(ctx, tx, a, now)
	}
	return s.moveIn(ctx, tx, a, event, "", now)
}

// gaveBackAll says whether a reading is the end of what we asked to be given back. Where nothing was taken of it, it
// does not matter any more for how much it was: an attempt that stopped because of that ends here.
func gaveBackAll(a payment.Attempt, snap processor.Snapshot) bool {
	return (a.State == payment.Releasing || a.State == payment.Released) && payment.AttemptID(snap.OurRef) == a.ID && snap.PayState == processor.PaymentCanceled && snap.Received.IsZero()
}

func (s *Settler) fits(a payment.Attempt, snap processor.Snapshot) bool {
	r := payment.Reading{Attempt: payment.AttemptID(snap.OurRef), Amount: snap.Amount, Held: snap.Amount, Currency: snap.Currency, Live: snap.Live}
	switch snap.PayState {
	case processor.PaymentAuthorized:
		r.Held = snap.Capturable
	case processor.PaymentSucceeded:
		r.Held = snap.Received
	}
	return payment.Fits(a, strings.ToLower(s.City.Currency), s.City.Kind == city.Live, r)
}

// EventOf is what a reading means for an attempt in a state; false: nothing has moved.
func EventOf(state payment.State, snap processor.Snapshot) (payment.Event, bool) {
	if snap.State == processor.SessionExpired && (state == payment.Opened || state == payment.Expiring) && snap.PayState != processor.PaymentSucceeded {
		return payment.PageExpired, true
	}
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
		}
		return payment.MoneyTaken, true // by us only in Capturing: every other line is forced
	case processor.PaymentCanceled:
		switch state {
		case payment.Opened, payment.Expiring, payment.Capturing, payment.Releasing, payment.Captured:
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
