package staff

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/ident"
	"fundy/store"
)

// The reasons for which a review of access goes no further.
const (
	RefusedReviewOpen = "review_open" // one is under way
	RefusedNoReview   = "no_review"   // none is
	RefusedOwn        = "own_access"  // nobody confirms himself
	RefusedReviewed   = "reviewed"    // somebody has said it already
)

// ReviewDue says whether who has what is to be looked through: a year after the last review ended, or after the first person
// came where there was none.
func ReviewDue(last, first, now time.Time) bool {
	if last.IsZero() {
		last = first
	}
	return !last.IsZero() && !now.Before(last.AddDate(1, 0, 0))
}

// Access is how the review of access stands.
type Access struct {
	Last  time.Time // when the last one ended; zero: there was none
	First time.Time // when the first person came; zero: there is nobody
	Open  store.AccessReview
	Lines map[string]store.AccessLine // of the one that is under way
}

// Due says whether a review is to be made.
func (a Access) Due(now time.Time) bool { return ReviewDue(a.Last, a.First, now) }

// UnderWay says whether one is open.
func (a Access) UnderWay() bool { return a.Open.ID != "" }

// ReadAccess reads how the review of access stands.
func ReadAccess(ctx context.Context, tx *store.Tx, people []store.Person) (Access, error) {
	var a Access
	for _, p := range people {
		if a.First.IsZero() || p.Since.Before(a.First) {
			a.First = p.Since
		}
	}
	last, err := tx.LastAccessReview(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return a, err
	}
	a.Last = last.EndedAt
	if a.Open, err = tx.OpenAccessReview(ctx); errors.Is(err, store.ErrNotFound) {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	a.Lines, err = linesOf(ctx, tx, a.Open.ID)
	return a, err
}

func linesOf(ctx context.Context, tx *store.Tx, review string) (map[string]store.AccessLine, error) {
	all, err := tx.AccessLines(ctx, review)
	lines := map[string]store.AccessLine{}
	for _, l := range all {
		lines[l.Name] = l
	}
	return lines, err
}

// accessLeaf is what the log is told of a review that begins or ends. What is said of a person is told as all that is done
// about one.
type accessLeaf struct {
	Review string `json:"review"`
	Act    string `json:"act"`
	Who    string `json:"who"`
}

// BeginReview begins to look through who has what.
func (d Desk) BeginReview(ctx context.Context, by string) error {
	err := d.Store.Write(ctx, fault.ReviewAccess, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.LockAccessReview(ctx)
		if err == nil {
			return &Refusal{RefusedReviewOpen}
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		now, r := d.Now(), store.AccessReview{ID: ident.New("rev"), BegunBy: by}
		r.BegunAt = now
		if err := tx.AddAccessReview(ctx, r); err != nil {
			return err
		}
		return tx.Tell(ctx, "access_review", now, accessLeaf{Review: r.ID, Act: "begun", Who: by})
	})
	if errors.Is(err, store.ErrConflict) {
		return &Refusal{RefusedReviewOpen} // by somebody else, at the same moment
	}
	if err != nil {
		return fmt.Errorf("begin access review: %w", err)
	}
	return nil
}

// SayOfAccess confirms what a person has, or asks a second person to take all of it away; one says nothing of himself. Where it
// was the last one to be looked at, the review ends.
func (d Desk) SayOfAccess(ctx context.Context, name string, confirm bool, by string) (ended bool, err error) {
	err = d.Store.Write(ctx, fault.ReviewAccess, func(ctx context.Context, tx *store.Tx) error {
		review, err := tx.LockAccessReview(ctx)
		if errors.Is(err, store.ErrNotFound) {
			return &Refusal{RefusedNoReview}
		}
		if err != nil {
			return err
		}
		if err := d.sayIn(ctx, tx, review, name, confirm, by, d.Now()); err != nil {
			return err
		}
		ended, err = d.endIn(ctx, tx, review, by, d.Now())
		return err
	})
	if err != nil {
		return false, fmt.Errorf("access review: %w", err)
	}
	return ended, nil
}

func (d Desk) sayIn(ctx context.Context, tx *store.Tx, review store.AccessReview, name string, confirm bool, by string, now time.Time) error {
	if name == by {
		return &Refusal{RefusedOwn}
	}
	person, err := tx.LockPerson(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return &Refusal{RefusedNobody}
	}
	if err != nil {
		return err
	}
	lines, err := linesOf(ctx, tx, review.ID)
	if err != nil {
		return err
	}
	if _, said := lines[name]; said {
		return &Refusal{RefusedReviewed}
	}
	line := store.AccessLine{Name: name, Roles: person.Roles, Outcome: store.AccessConfirmed, Who: by, At: now}
	if !confirm {
		line.Outcome = store.AccessRemovalAsked
		if err := d.askRemovalIn(ctx, tx, name, by, now); err != nil {
			return err
		}
	}
	if err := tx.AddAccessLine(ctx, review.ID, line); err != nil {
		return err
	}
	return note(ctx, tx, store.StaffEvent{Name: name, Act: "access_" + line.Outcome, Who: by, Note: words(line.Roles)}, now)
}

// askRemovalIn puts the loss of all roles before a second person, unless that waits already.
func (d Desk) askRemovalIn(ctx context.Context, tx *store.Tx, name, by string, now time.Time) error {
	open, err := tx.OpenStaffChanges(ctx, changesOpen)
	if err != nil {
		return err
	}
	for _, o := range open {
		switch {
		case o.Name != name || o.Kind != store.ChangeRoles:
		case len(o.Roles) == 0:
			return nil
		default:
			return &Refusal{RefusedOpen}
		}
	}
	return d.askIn(ctx, tx, store.StaffChange{Name: name, Kind: store.ChangeRoles, AskedBy: by}, now)
}

// endIn ends a review of which everybody who has a role or a passkey was looked at.
func (d Desk) endIn(ctx context.Context, tx *store.Tx, review store.AccessReview, by string, now time.Time) (bool, error) {
	people, err := tx.People(ctx)
	if err != nil {
		return false, err
	}
	lines, err := linesOf(ctx, tx, review.ID)
	if err != nil {
		return false, err
	}
	for _, p := range people {
		has, err := d.hasAccess(ctx, tx, p)
		if err != nil {
			return false, err
		}
		if _, said := lines[p.Name]; has && !said {
			return false, nil
		}
	}
	if err := tx.EndAccessReview(ctx, review.ID, now); err != nil {
		return false, err
	}
	return true, tx.Tell(ctx, "access_review", now, accessLeaf{Review: review.ID, Act: "ended", Who: by})
}

// hasAccess says whether a person is one to be looked at: who has neither a role nor a passkey comes in nowhere.
func (d Desk) hasAccess(ctx context.Context, tx *store.Tx, p store.Person) (bool, error) {
	if len(p.Roles) > 0 {
		return true, nil
	}
	keys, err := d.Good(ctx, tx, p.Name)
	return len(keys) > 0, err
}
