package settle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fundy/desk"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// keyLife is how long a processor keeps what a key did (at least 24 h, Stripe); after 23 h a key is
// never used again: we look for the session instead.
const keyLife = 23 * time.Hour

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
	var snap processor.Snapshot
	if s.Now().Sub(a.CreatedAt) < keyLife {
		snap, err = s.Processor.CreateSession(ctx, p, processor.Key(t.Key))
	} else {
		snap, err = s.findSession(ctx, a)
	}
	switch {
	case err == nil:
		return s.sessionMade(ctx, id, snap)
	case errors.Is(err, errNoSession):
		return "none", s.move(ctx, id, payment.SessionNone, "", nil)
	case processor.ClassOf(err) == processor.Definite:
		return "refused", s.move(ctx, id, payment.SessionRefused, processor.CodeOf(err), nil)
	}
	return "", err
}

var errNoSession = errors.New("no session was ever seen")

func (s *Settler) findSession(ctx context.Context, a payment.Attempt) (processor.Snapshot, error) {
	snap, found, err := s.Processor.FindSession(ctx, string(a.ID), a.CreatedAt.Add(-5*time.Minute), a.CreatedAt.Add(keyLife+time.Hour))
	if err != nil {
		return snap, err
	}
	if !found {
		return snap, errNoSession
	}
	return snap, nil
}

func (s *Settler) sessionMade(ctx context.Context, id payment.AttemptID, snap processor.Snapshot) (string, error) {
	event, note := payment.SessionMade, ""
	if err := desk.CheckCardURL(snap.URL, s.CardHost); err != nil && snap.State == processor.SessionOpen {
		event, note = payment.DoesNotFit, "card host"
		s.Log.Error("settle: the processor's card page is not at the city's card host", "alarm", "card_host", "err", err)
	}
	err := s.move(ctx, id, event, note, func(a *payment.Attempt) {
		a.Session, a.SessionURL, a.ProcessorRef = snap.Session, snap.URL, snap.Payment
		if event == payment.DoesNotFit {
			a.SessionURL = ""
		}
	})
	return "made", err
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
	_, err = s.Processor.ExpireSession(ctx, a.Session, processor.Key(t.Key))
	if err != nil && processor.ClassOf(err) != processor.Definite {
		return "", err
	}
	if _, err := s.Refresh(ctx, a.ID); err != nil {
		return "", err
	}
	return "asked", nil
}

// Close takes the first step of closing an open card page: the attempt is expiring, and the task
// that asks the processor is the caller's to do. nil: there is nothing to close.
func (s *Settler) Close(ctx context.Context, id payment.AttemptID) (*store.Task, error) {
	var task *store.Task
	err := s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		task = nil
		a, err := tx.LockAttempt(ctx, id)
		if err != nil || a.State != payment.Opened {
			return err
		}
		now := s.Now()
		a.Reason = "superseded"
		if err := s.moveIn(ctx, tx, &a, payment.CloseAsked, "begun again", now); err != nil {
			return err
		}
		task, err = s.addTask(ctx, tx, TaskExpire, id, struct{}{}, now)
		return err
	})
	return task, err
}
