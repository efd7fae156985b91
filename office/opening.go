package office

import (
	"context"
	"time"

	"fundy/fault"
	"fundy/office/unseal"
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

// record puts an opening of sealed data on record before the plain text is there.
func (o openings) record(ctx context.Context, what unseal.What) error {
	return o.store.Write(ctx, fault.RecordOpening, func(ctx context.Context, tx *store.Tx) error {
		return tx.Tell(ctx, "opening", o.now(), openingLeaf{Actor: what.Actor, Purpose: what.Purpose, Subject: what.Subject, Field: what.Field})
	})
}
