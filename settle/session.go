package settle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fundy/desk"
	"fundy/fault"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// createKeysMost bounds the keys that one attempt's session is asked for with.
const createKeysMost = 3

// createSession makes the card page. The attempt is open only when session id and address are
// committed; until then nobody has seen the address, so nobody can have paid there.
func (s *Settler) createSession(ctx context.Context, t store.Task) (string, error) {
	var p processor.CreateSession
	if err := json.Unmarshal([]byte(t.Params), &p); err != nil {
		return "", fmt.Errorf("read task parameters: %w", err)
	}
	id := payment.AttemptID(t.Ref)
	a, err := s.attempt(ctx, id)
	if err != nil {
		return "", err
	}
	if a.State != payment.Creating {
		return "done before", nil
	}
	snap, err := s.askForSession(ctx, p, t)
	switch {
	case err == nil:
		return s.sessionMade(ctx, a, snap, &t)
	case processor.ClassOf(err) == processor.Definite:
		return "refused", s.move(ctx, a, payment.SessionRefused, processor.CodeOf(err), nil)
	case processor.ClassOf(err) == processor.Misfit:
		return "misfit", s.move(ctx, a, payment.DoesNotFit, processor.CodeOf(err), nil)
	case !s.readBack(t, err):
		return "", err
	}
	snap, found, findErr := s.findSession(ctx, a)
	switch {
	case findErr != nil:
		return "", errors.Join(err, findErr)
	case found:
		return s.sessionMade(ctx, a, snap, &t)
	case t.N >= createKeysMost:
		return "none", s.move(ctx, a, payment.SessionNone, "", nil)
	}
	// One that is made under this key after all is an address that nobody has seen: nobody can pay there.
	return "", errors.Join(errKeySpent, err)
}

// askForSession makes the call, unless its key has become too old.
func (s *Settler) askForSession(ctx context.Context, p processor.CreateSession, t store.Task) (processor.Snapshot, error) {
	if s.keyTooOld(t) {
		return processor.Snapshot{}, &processor.Error{Class: processor.Unknown, Op: "create session", Code: "key_too_old"}
	}
	return s.outside.createSession(ctx, fault.CallCreate, p, t.Key)
}

// sessionLeast is the shortest life that a processor gives a card page (Stripe: 30 minutes): none is made
// later than that before the attempt's own end.
const sessionLeast = 30 * time.Minute

func (s *Settler) findSession(ctx context.Context, a payment.Attempt) (processor.Snapshot, bool, error) {
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), callLimit)
	defer cancel()
	const slack = 5 * time.Minute // between our clock and theirs
	return s.outside.findSession(call, fault.CallFind, string(a.ID), a.CreatedAt.Add(-slack), a.ExpiresAt.Add(slack-sessionLeast))
}

// sessionMade opens the attempt: the browser is sent to the session's address only after this is committed.
func (s *Settler) sessionMade(ctx context.Context, a payment.Attempt, snap processor.Snapshot, t *store.Task) (string, error) {
	event, note := payment.SessionMade, ""
	if err := desk.CheckCardURL(snap.URL, s.CardHost); err != nil && snap.State == processor.SessionOpen {
		event, note = payment.DoesNotFit, "card host"
		s.Log.Error("settle: the processor's card page is not at the city's card host", "alarm", "card_host", "err", err)
	}
	if !s.fits(a, snap) {
		event, note = payment.DoesNotFit, "the session made differs from the one asked for"
	}
	err := s.moveEnding(ctx, a, event, note, func(a *payment.Attempt) {
		a.Session, a.SessionURL, a.ProcessorRef = snap.Session, snap.URL, snap.Payment
		if event == payment.DoesNotFit {
			a.SessionURL = ""
		}
	}, t)
	return Ended, err
}

// expireSession closes a card page that nobody is to pay at any more. If the payer was quicker,
// Refresh finds the money set aside.
func (s *Settler) expireSession(ctx context.Context, t store.Task) (string, error) {
	a, err := s.attempt(ctx, payment.AttemptID(t.Ref))
	if err != nil {
		return "", err
	}
	if a.State != payment.Expiring {
		return "done before", nil
	}
	err = &processor.Error{Class: processor.Unknown, Op: "expire session", Code: "key_too_old"}
	if !s.keyTooOld(t) {
		_, err = s.outside.expireSession(ctx, fault.CallExpire, a.Session, t.Key)
	}
	if err != nil && !s.readBack(t, err) {
		return "", err
	}
	after, readErr := s.Refresh(context.WithoutCancel(ctx), a.ID)
	if readErr != nil {
		return "", errors.Join(err, readErr)
	}
	if after.State == payment.Expiring {
		return "", errors.Join(errKeySpent, err) // neither closed nor paid: asked again
	}
	return string(after.State), nil
}

// Close takes the first step of closing an open card page: the attempt is expiring, and a worker asks the
// processor. An attempt that is not open is left as it is.
func (s *Settler) Close(ctx context.Context, id payment.AttemptID) error {
	return s.Store.Write(ctx, fault.ClosePage, func(ctx context.Context, tx *store.Tx) error {
		a, err := tx.LockAttempt(ctx, id)
		if err != nil || a.State != payment.Opened {
			return err
		}
		now := s.Now()
		a.Reason = "superseded"
		if err := s.moveIn(ctx, tx, &a, payment.CloseAsked, "begun again", now); err != nil {
			return err
		}
		t, err := NewTask(TaskExpire, id, 1, struct{}{}, now)
		if err != nil {
			return err
		}
		return tx.AddTask(ctx, t, now, time.Time{})
	})
}
