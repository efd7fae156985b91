package settle

import (
	"context"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/review"
	"fundy/store"
	"fundy/ticket"
)

// reviewsAtOnce bounds one round of the sweep.
const reviewsAtOnce = 64

// SweepReviews ends the reviews that something else has overtaken, goes on with those of which that was undone, and
// erases what is to be kept no longer. A payment's own transaction knows nothing of reviews.
func (s *Settler) SweepReviews(ctx context.Context) error {
	now := s.Now()
	var overtaken, resumed []store.Overtaken
	var due []review.ID
	err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if overtaken, err = tx.OvertakenReviews(ctx, reviewsAtOnce); err != nil {
			return err
		}
		if resumed, err = tx.ResumedReviews(ctx, reviewsAtOnce); err != nil {
			return err
		}
		due, err = tx.DueReviews(ctx, now, reviewsAtOnce)
		return err
	})
	if err != nil {
		return err
	}
	for _, o := range overtaken {
		if err := s.overtakeReview(ctx, o, review.Overtake, now); err != nil {
			return fmt.Errorf("end overtaken review: %w", err)
		}
	}
	for _, o := range resumed {
		if err := s.overtakeReview(ctx, o, review.Resume, now); err != nil {
			return fmt.Errorf("resume review: %w", err)
		}
	}
	for _, id := range due {
		if err := s.eraseReview(ctx, id, now); err != nil {
			return fmt.Errorf("erase review: %w", err)
		}
	}
	return nil
}

// overtakeReview moves a review as its ticket stands now, unless somebody was quicker.
func (s *Settler) overtakeReview(ctx context.Context, o store.Overtaken, e review.Event, now time.Time) error {
	return s.Store.Write(ctx, fault.OvertakeReview, func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.LockTickets(ctx, []ticket.ID{o.Ticket})
		if err != nil {
			return err
		}
		r, err := tx.LockReview(ctx, o.ID)
		if err != nil {
			return err
		}
		_, moves := review.Next(r.Regime, r.State, e)
		stands := len(found) == 1 && (e == review.Overtake && review.Overtaken(found[0].State) || e == review.Resume && found[0].State == ticket.Review)
		if !moves || !stands {
			return nil
		}
		from := r.State
		if e == review.Resume {
			r.EraseAt = time.Time{}
			err = s.holdForReview(ctx, tx, r, "", now)
		} else {
			r.EraseAt = s.eraseReviewAt(now)
			err = s.releaseHold(ctx, tx, r, "", now)
		}
		if err != nil {
			return err
		}
		if err := tx.MoveReview(ctx, &r, e, "", now); err != nil {
			return err
		}
		return reviewLeaf(ctx, tx, r, review.Line{From: from, Event: e}, "", now)
	})
}

// eraseReview erases what is sealed of a review that ended long ago.
func (s *Settler) eraseReview(ctx context.Context, id review.ID, now time.Time) error {
	return s.Store.Write(ctx, fault.EraseReview, func(ctx context.Context, tx *store.Tx) error {
		r, err := tx.LockReview(ctx, id)
		if err != nil || r.Open() || r.EraseAt.IsZero() || now.Before(r.EraseAt) || !r.ErasedAt.IsZero() {
			return err
		}
		if err := tx.EraseReview(ctx, r, now); err != nil {
			return err
		}
		return reviewLeaf(ctx, tx, r, review.Line{From: r.State, Event: "erase"}, "", now)
	})
}
