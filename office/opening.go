package office

import (
	"context"
	"strings"
	"time"

	"fundy/fault"
	"fundy/office/unseal"
	"fundy/review"
	"fundy/store"
)

// openingLeaf is what the log is told of an opening of sealed data.
type openingLeaf struct {
	Actor   string `json:"actor"`
	Purpose string `json:"purpose"`
	Subject string `json:"subject"`
	Field   string `json:"field"`
}

// openings puts openings of sealed data on record.
type openings struct {
	store *store.Store
	now   func() time.Time
}

// record puts an opening of sealed data on record before the plain text is there. Who of staff opens what was written with
// a review stands with the review too, in the same transaction: he does not close it alone.
func (o openings) record(ctx context.Context, what unseal.What) error {
	return o.store.Write(ctx, fault.RecordOpening, func(ctx context.Context, tx *store.Tx) error {
		if person, ok := strings.CutPrefix(what.Actor, staffActor); ok && what.Purpose == reviewPurpose {
			if err := tx.ReviewOpened(ctx, review.ID(what.Subject), person, o.now()); err != nil {
				return err
			}
		}
		return tx.Tell(ctx, "opening", o.now(), openingLeaf{Actor: what.Actor, Purpose: what.Purpose, Subject: what.Subject, Field: what.Field})
	})
}
