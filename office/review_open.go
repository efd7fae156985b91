package office

import (
	"context"
	"errors"
	"fmt"

	"fundy/desk"
	"fundy/office/unseal"
	"fundy/review"
	"fundy/seal"
	"fundy/store"
)

// Of the record of an opening: who of staff it was, and why what is sealed of a review was opened.
const (
	staffActor    = "staff:"
	reviewPurpose = "review"
)

// reviewOpener opens what is sealed of reviews for one actor and purpose; each opening is on record first.
type reviewOpener struct {
	o              *Office
	actor, purpose string
}

func (w reviewOpener) what(r review.Review, field string) unseal.What {
	return unseal.What{Actor: w.actor, Purpose: w.purpose, Subject: string(r.ID), Field: field}
}

// open opens one thing of a review. What does not open was not sealed by a page of ours, or is changed: it can't be read.
func (w reviewOpener) open(ctx context.Context, r review.Review, field string, sealed []byte, info string, place []byte) ([]byte, error) {
	plain, err := w.o.opener.Open(ctx, w.what(r, field), sealed, []byte(info), place)
	if errors.Is(err, unseal.ErrCannotOpen) {
		err = fmt.Errorf("%w: %w", desk.ErrUnreadable, err)
	}
	return plain, err
}

func (w reviewOpener) contact(ctx context.Context, r review.Review) (desk.ReviewContact, error) {
	plain, err := w.open(ctx, r, "contact", r.Contact, seal.ReviewContact, []byte(r.RequestID))
	if err != nil {
		return desk.ReviewContact{}, err
	}
	return desk.ReadReviewContact(plain)
}

func (w reviewOpener) statement(ctx context.Context, r review.Review) (desk.ReviewStatement, error) {
	plain, err := w.open(ctx, r, "statement", r.Statement, seal.ReviewStatement, []byte(r.RequestID))
	if err != nil {
		return desk.ReviewStatement{}, err
	}
	return desk.ReadReviewStatement(plain)
}

func (w reviewOpener) words(ctx context.Context, r review.Review) (string, error) {
	plain, err := w.open(ctx, r, "words", r.Words, seal.ReviewWords, []byte(r.ID))
	return string(plain), err
}

// wordsOf is words of a review that may have none: one that was closed without a decision, of which the reason says enough.
func (w reviewOpener) wordsOf(ctx context.Context, r review.Review) (string, error) {
	if len(r.Words) == 0 {
		return "", nil
	}
	return w.words(ctx, r)
}

func (w reviewOpener) file(ctx context.Context, r review.Review, f store.ReviewFile) ([]byte, error) {
	return w.open(ctx, r, fmt.Sprintf("file-%d", f.N), f.Sealed, seal.ReviewFile, seal.ReviewFilePlace(r.RequestID, f.N))
}

// forStaff opens for a person who has asked for it.
func (o *Office) forStaff(person string) reviewOpener {
	return reviewOpener{o, staffActor + person, reviewPurpose}
}

func (o *Office) openReviewContact(ctx context.Context, person string, r review.Review) (desk.ReviewContact, error) {
	return o.forStaff(person).contact(ctx, r)
}

func (o *Office) openReviewStatement(ctx context.Context, person string, r review.Review) (desk.ReviewStatement, error) {
	return o.forStaff(person).statement(ctx, r)
}

func (o *Office) openReviewWords(ctx context.Context, person string, r review.Review) (string, error) {
	return o.forStaff(person).words(ctx, r)
}

func (o *Office) openReviewFile(ctx context.Context, person string, r review.Review, f store.ReviewFile) ([]byte, error) {
	return o.forStaff(person).file(ctx, r, f)
}
