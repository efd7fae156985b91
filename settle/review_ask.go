package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/ident"
	"fundy/payment"
	"fundy/review"
	"fundy/store"
	"fundy/ticket"
)

// ReviewLeaf is what the log is told of a review's move. Who asked and what was written stays here, sealed.
type ReviewLeaf struct {
	Review  string `json:"review"`
	Ticket  string `json:"ticket"`
	Version int64  `json:"version"`
	From    string `json:"from"`
	Event   string `json:"event"`
	To      string `json:"to"`
	Amount  int64  `json:"amount_minor"` // reduced to
	Refund  string `json:"refund"`       // that was asked for with it
	Who     string `json:"who"`          // a name that staff sign in with; "" the party, or the office itself

	Was     int64    `json:"was_minor,omitempty"`  // reduced: what the penalty was
	Why     string   `json:"closed_why,omitempty"` // closed without a decision
	Readers []string `json:"readers,omitempty"`    // closed: who of staff had opened it, the first one first
}

// ReviewFileLeaf is what the log is told of a file of a review.
type ReviewFileLeaf struct {
	Review string `json:"review"`
	Number int    `json:"number"`
	Kind   string `json:"kind"`
	Bytes  int    `json:"bytes"`
	Who    string `json:"who"`
}

// AskReview puts a request that a ticket be looked at again before an officer, or says in a review.Refusal why not. The
// ticket is under review from then on: paying it wants a box ticked, and its clock stands still where the city says so.
// The same request twice is one review.
func (s *Settler) AskReview(ctx context.Context, ask review.Review) (review.Review, error) {
	r, err := s.askReview(ctx, ask)
	var no *review.Refusal
	if errors.Is(err, store.ErrConflict) || errors.As(err, &no) {
		r, err = s.askReview(ctx, ask) // its twin may have been written while it waited for the ticket: it is read by its key
	}
	if errors.Is(err, store.ErrConflict) { // another was quicker
		err = &review.Refusal{Reason: review.RefusedOpen}
	}
	if err != nil {
		return review.Review{}, fmt.Errorf("ask for review: %w", err)
	}
	return r, nil
}

func (s *Settler) askReview(ctx context.Context, ask review.Review) (r review.Review, err error) {
	err = s.Store.Write(ctx, fault.AskReview, func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = tx.ReviewByRequest(ctx, ask.RequestID)
		if err == nil && r.Ticket != ask.Ticket {
			return &review.Refusal{Reason: review.RefusedForm}
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		r = ask
		return s.askReviewIn(ctx, tx, &r, s.Now())
	})
	return r, err
}

func (s *Settler) askReviewIn(ctx context.Context, tx *store.Tx, r *review.Review, now time.Time) error {
	found, err := tx.LockTickets(ctx, []ticket.ID{r.Ticket})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("ticket: %w", store.ErrNotFound)
	}
	t, today := found[0].Ticket, city.DateOf(now, s.City.Zone)
	before, err := tx.ReviewsBefore(ctx, t.ID)
	if err != nil {
		return err
	}
	if r.ReceivedOn.IsZero() {
		r.ReceivedOn = today
	}
	if no := review.MayAsk(s.Review, t, before, r.ReceivedOn, today); no != nil {
		return no
	}
	if r.Channel == review.AtOffice && !payment.StaffName(r.EnteredBy) {
		return &review.Refusal{Reason: review.RefusedForm}
	}
	r.ID, r.Reference, r.Regime, r.AskedAt = review.ID(ident.New("rev")), ident.Message(), t.Regime, now
	r.DueOn, r.Held = review.DueOn(s.Rules(), r.ReceivedOn, s.Review.DecideDays), s.Review.Hold
	if err := tx.InsertReview(ctx, r); err != nil {
		return err
	}
	if t.State != ticket.Review {
		if err := s.moveTicketBy(ctx, tx, t, ticket.Review, r.EnteredBy, "a review was asked for: "+r.Reference, now); err != nil {
			return err
		}
	}
	if err := s.holdForReview(ctx, tx, *r, r.EnteredBy, now); err != nil {
		return err
	}
	return reviewLeaf(ctx, tx, *r, review.Line{Event: review.Ask, To: r.State}, r.EnteredBy, now)
}

// holdForReview stops a ticket's clock, where the city says so: of a letter from the day on which it came.
func (s *Settler) holdForReview(ctx context.Context, tx *store.Tx, r review.Review, by string, now time.Time) error {
	if !r.Held {
		return nil
	}
	from := now
	if r.Channel == review.AtOffice && r.State == review.Asked && r.Version == 1 {
		if start := r.ReceivedOn.Start(s.City.Zone); start.Before(now) {
			from = start
		}
	}
	return tx.AddTicketEventBy(ctx, r.Ticket, ticket.ReviewFrom, from, now, by, "review "+r.Reference)
}

// releaseHold lets a ticket's clock go on.
func (s *Settler) releaseHold(ctx context.Context, tx *store.Tx, r review.Review, by string, now time.Time) error {
	if !r.Held {
		return nil
	}
	return tx.AddTicketEventBy(ctx, r.Ticket, ticket.ReviewUntil, now, now, by, "review "+r.Reference)
}

func reviewLeaf(ctx context.Context, tx *store.Tx, r review.Review, l review.Line, who string, now time.Time) error {
	return tx.Tell(ctx, "review", now, leafOf(r, l, who))
}

func leafOf(r review.Review, l review.Line, who string) ReviewLeaf {
	return ReviewLeaf{
		Review: string(r.ID), Ticket: string(r.Ticket), Version: r.Version, From: string(l.From), Event: string(l.Event), To: string(r.State),
		Amount: r.Amount.Minor(), Who: who, Was: r.Was.Minor(), Why: string(r.Why),
	}
}

// The reasons against a file of a review.
const (
	RefusedFileFull   = "full"   // the city takes no more of them
	RefusedFileEnded  = "ended"  // the review is decided, or has ended
	RefusedFileNumber = "number" // another file has this number
)

// AddReviewFile puts a sealed file to a review that is under way, and says how many it has. number is the one that it
// was sealed for. A review.Refusal says why not.
func (s *Settler) AddReviewFile(ctx context.Context, id review.ID, f store.ReviewFile, who string) (files int, err error) {
	err = s.Store.Write(ctx, fault.AddReviewFile, func(ctx context.Context, tx *store.Tx) error {
		r, err := tx.LockReview(ctx, id)
		if err != nil {
			return err
		}
		files = r.FilesCount
		switch {
		case !r.Open():
			return &review.Refusal{Reason: RefusedFileEnded}
		case files >= s.Review.FilesMost:
			return &review.Refusal{Reason: RefusedFileFull}
		case f.N != files+1:
			return &review.Refusal{Reason: RefusedFileNumber}
		}
		f.AddedAt = s.Now()
		if err := tx.AddReviewFile(ctx, id, f); err != nil {
			return err
		}
		files++
		return tx.Tell(ctx, "review_file", f.AddedAt, ReviewFileLeaf{Review: string(id), Number: f.N, Kind: f.Kind, Bytes: f.Bytes, Who: who})
	})
	if err != nil {
		return files, fmt.Errorf("add file to review: %w", err)
	}
	return files, nil
}
