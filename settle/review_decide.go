package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/review"
	"fundy/store"
	"fundy/ticket"
)

// TaskMailReview tells a party by e-mail of a decision; its ref is the review's id, its n the review's version. Its rows
// are parked like the receipt's.
const TaskMailReview = "mail_review"

// TakeReview makes a review somebody's own, in the queue.
func (s *Settler) TakeReview(ctx context.Context, id review.ID, version int64, by string) (review.Review, error) {
	var r review.Review
	err := s.Store.Write(ctx, fault.TakeReview, func(ctx context.Context, tx *store.Tx) (err error) {
		if r, err = tx.LockReview(ctx, id); err != nil {
			return err
		}
		if _, ok := review.Next(r.Regime, r.State, review.Take); !ok || r.Version != version {
			return &review.Refusal{Reason: review.RefusedMoved}
		}
		from := r.State
		r.Owner = by
		if err := tx.MoveReview(ctx, &r, review.Take, by, s.Now()); err != nil {
			return err
		}
		return reviewLeaf(ctx, tx, r, review.Line{From: from, Event: review.Take}, by, s.Now())
	})
	if err != nil {
		return r, fmt.Errorf("take review: %w", err)
	}
	return r, nil
}

// SealReviewWords seals what an officer says to a party. It may be called more than once.
type SealReviewWords func(id review.ID, words string) ([]byte, error)

// DecideReview writes an officer's decision, with all that follows for the ticket, in one transaction: the ticket is owed
// again, or gone and paid back, or costs less, or has more time. A review.Refusal says why not. Of two who decide one
// review the second has another version than the review, and is told so. A crash leaves the whole of it, or nothing.
func (s *Settler) DecideReview(ctx context.Context, id review.ID, d review.Decision, seal SealReviewWords) (review.Review, error) {
	if !payment.StaffName(d.By) {
		return review.Review{}, &review.Refusal{Reason: review.RefusedForm}
	}
	var r review.Review
	err := s.Store.Write(ctx, fault.DecideReview, func(ctx context.Context, tx *store.Tx) (err error) {
		if r, err = tx.Review(ctx, id); err != nil {
			return err
		}
		a, t, err := lockToEnd(ctx, tx, r.Ticket)
		if err != nil {
			return err
		}
		if r, err = tx.LockReview(ctx, id); err != nil {
			return err
		}
		return s.decideReviewIn(ctx, tx, &r, t, a, d, seal, s.Now())
	})
	if errors.Is(err, store.ErrConflict) {
		err = &review.Refusal{Reason: review.RefusedMoved}
	}
	if err != nil {
		return r, fmt.Errorf("decide review: %w", err)
	}
	return r, nil
}

// lockToEnd locks a ticket that may be ended, its payment first: everybody locks in this order.
func lockToEnd(ctx context.Context, tx *store.Tx, id ticket.ID) (payment.Attempt, store.FoundTicket, error) {
	var a payment.Attempt
	had, err := tx.AttemptOfTicket(ctx, id)
	if err == nil {
		a, err = tx.LockAttempt(ctx, had)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return a, store.FoundTicket{}, err
	}
	found, err := tx.LockTickets(ctx, []ticket.ID{id})
	if err != nil {
		return a, store.FoundTicket{}, err
	}
	if len(found) == 0 {
		return a, store.FoundTicket{}, fmt.Errorf("ticket: %w", store.ErrNotFound)
	}
	if now, err := tx.AttemptOfTicket(ctx, id); err == nil && now != had {
		return a, found[0], fmt.Errorf("ticket has another payment by now: %w", store.ErrBusy) // it is all read again
	}
	err = tx.ReadEvents(ctx, &found[0])
	return a, found[0], err
}

func (s *Settler) decideReviewIn(ctx context.Context, tx *store.Tx, r *review.Review, f store.FoundTicket, a payment.Attempt, d review.Decision, seal SealReviewWords, now time.Time) error {
	if err := s.apartIn(ctx, tx, *r, d); err != nil {
		return err
	}
	handled, err := tx.HandledMoney(ctx, f.ID, d.By)
	if err != nil {
		return err
	}
	entered, err := tx.EnteredBy(ctx, f.ID)
	if err != nil {
		return err
	}
	price, err := s.priceAsAsked(f.Ticket, *r, now)
	if err != nil {
		return err
	}
	readers, err := tx.ReviewReaders(ctx, r.ID)
	if err != nil {
		return err
	}
	part := review.Part{Money: handled, Entered: entered == d.By, First: d.By == review.FirstReader(*r, firstOf(readers))}
	today := city.DateOf(now, s.City.Zone)
	d.Clock = now.In(s.City.Zone).Format("15:04")
	if no := review.Decide(*r, f.Ticket, d, penaltyOf(price), part, today); no != nil {
		return no
	}
	if d.Event == review.Again {
		if no := review.MayHearAgain(*r, f.Ticket, d.Asked, review.AgainUntil(s.Review, *r, s.City.Zone), today); no != nil {
			return no
		}
	}
	from := r.State
	if d.Event.Told() || d.Words != "" {
		if r.Words, err = seal(r.ID, d.Words); err != nil {
			return err
		}
	}
	r.DecidedBy, r.DecidedAt = d.By, now
	if d.Event == review.Close {
		r.Why = d.Why
	}
	refund, err := s.followReview(ctx, tx, r, f.Ticket, a, d, price, now)
	if err != nil {
		return err
	}
	if err := s.clockOf(ctx, tx, r, d.Event, d.By, now); err != nil {
		return err
	}
	if err := tx.MoveReview(ctx, r, d.Event, d.By, now); err != nil {
		return err
	}
	if d.Event.Answered() && r.Way == review.ByEmail {
		if err := s.mailReview(ctx, tx, *r, now); err != nil {
			return err
		}
	}
	leaf := leafOf(*r, review.Line{From: from, Event: d.Event}, d.By)
	leaf.Refund = refund
	if d.Event == review.Close {
		leaf.Readers = namesOf(readers)
	}
	return tx.Tell(ctx, "review", now, leaf)
}

// firstOf is who was the first to open what was written, or "".
func firstOf(readers []store.ReviewReader) string {
	if len(readers) == 0 {
		return ""
	}
	return readers[0].Who
}

func namesOf(readers []store.ReviewReader) []string {
	names := make([]string, 0, len(readers))
	for _, one := range readers {
		names = append(names, one.Who)
	}
	return names
}

// clockOf lets a ticket's clock go on when its review is decided, and stops it again when another hearing is set. What is
// sealed is kept so long from the decision.
func (s *Settler) clockOf(ctx context.Context, tx *store.Tx, r *review.Review, e review.Event, by string, now time.Time) error {
	switch e {
	case review.Send:
		return nil
	case review.Again:
		r.EraseAt = time.Time{}
		return s.holdForReview(ctx, tx, *r, by, now)
	}
	r.EraseAt = s.eraseReviewAt(now)
	return s.releaseHold(ctx, tx, *r, by, now)
}

// followReview does to the ticket what was decided. It returns the id of the refund that was asked for, or "".
func (s *Settler) followReview(ctx context.Context, tx *store.Tx, r *review.Review, t ticket.Ticket, a payment.Attempt, d review.Decision, price ticket.Quote, now time.Time) (string, error) {
	why := "review " + r.Reference + ": " + string(d.Event)
	switch d.Event {
	case review.Withdraw:
		return s.endByReview(ctx, tx, r, t, a, why, d.By, now)
	case review.Send:
		r.HearingOn, r.HearingAt, r.Place = d.Hearing, d.At, d.Place
		return "", nil
	case review.Again:
		r.HearingOn, r.HearingAt, r.Place, r.AgainOn, r.Until = d.Hearing, d.At, d.Place, d.Asked, city.Date{}
		return "", s.moveTicketBy(ctx, tx, t, ticket.Review, d.By, why, now)
	case review.Reduce:
		r.Amount, r.Was = d.Amount, penaltyOf(price)
		if err := tx.SetFine(ctx, t.ID, t.Version, d.Amount); err != nil {
			return "", err
		}
		t.Version++
	case review.Extend:
		r.Until = d.Until
	case review.Keep, review.Absent:
		if s.Review.AfterDays > 0 && t.State != ticket.Paid {
			r.Until = city.DateOf(now, s.City.Zone).AddDays(s.Review.AfterDays)
		}
	}
	if !r.Until.IsZero() {
		if err := tx.PromiseByReview(ctx, r.ID, price, now, r.Until.AddDays(1).Start(s.City.Zone)); err != nil {
			return "", err
		}
	}
	if t.State != ticket.Review {
		return "", nil // paid meanwhile: it stays so
	}
	return "", s.moveTicketBy(ctx, tx, t, ticket.Open, d.By, why, now)
}

// endByReview ends a ticket in its party's favour; what was paid of it is given back in full.
func (s *Settler) endByReview(ctx context.Context, tx *store.Tx, r *review.Review, t ticket.Ticket, a payment.Attempt, why, by string, now time.Time) (string, error) {
	regime, ok := ticket.RegimeOf(t.Regime)
	if !ok {
		return "", fmt.Errorf("ticket of unknown regime %q", t.Regime)
	}
	to := review.Ends(t.Regime)
	if ticket.Decide(regime, t, to, why, a.Receipt != "") != nil {
		return "", &review.Refusal{Reason: review.RefusedMoved}
	}
	decided := Decided{From: t.State}
	if err := s.endTicketIn(ctx, tx, t, to, why, by, "", a, &decided); err != nil {
		return "", err
	}
	r.Refund = decided.Refund != nil || decided.Owed.Cmp(money.Zero) > 0
	if decided.Refund == nil {
		return "", nil
	}
	return string(decided.Refund.ID), nil
}

// priceAsAsked is what a ticket cost when its review was asked for; where more has been paid of it since, what it costs now.
func (s *Settler) priceAsAsked(t ticket.Ticket, r review.Review, now time.Time) (ticket.Quote, error) {
	q, err := ticket.Price(t, s.Rules(), s.City, r.AskedAt)
	if errors.Is(err, ticket.ErrPartPaid) {
		q, err = ticket.Price(t, s.Rules(), s.City, now)
	}
	if err != nil {
		return q, fmt.Errorf("price ticket: %w", err)
	}
	return q, nil
}

// penaltyOf is the penalty of a price, before any discount for early payment.
func penaltyOf(q ticket.Quote) money.Amount {
	for _, c := range q.Components {
		if c.Kind == ticket.Penalty {
			return c.Amount
		}
	}
	return money.Zero
}

func (s *Settler) eraseReviewAt(now time.Time) time.Time {
	return now.AddDate(0, 0, s.Review.KeepDays)
}

// mailReview puts the message of a decision into the outbox: due at once where somebody can send it.
func (s *Settler) mailReview(ctx context.Context, tx *store.Tx, r review.Review, now time.Time) error {
	due := time.Time{}
	if _, ok := s.handlers[TaskMailReview]; ok {
		due = now
	}
	return tx.AddTask(ctx, ReviewTask(r, now), due, time.Time{})
}

// ReviewTask is the task that tells of a review's last decision. Its key is known to whoever asks after its message.
func ReviewTask(r review.Review, now time.Time) store.Task {
	return newTask(TaskMailReview, string(r.ID), int(r.Version), "{}", now)
}
