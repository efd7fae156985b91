package office

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/office/unseal"
	"fundy/payment"
	"fundy/seal"
	"fundy/store"
)

// ErrNoNote is returned for an item that has none.
var ErrNoNote = errors.New("the item has no note")

// OpenItemNote opens the note on an item for a member of staff, after a leaf has told of it. private is the office's key.
func OpenItemNote(ctx context.Context, s *store.Store, private []byte, id payment.ItemID, who string, now func() time.Time) ([]byte, error) {
	key, err := unseal.Parse(private)
	if err != nil {
		return nil, err
	}
	opener, err := unseal.New(unseal.Config{PrivateKey: key, Record: openings{store: s, now: now}.record})
	if err != nil {
		return nil, err
	}
	var i payment.Item
	err = s.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		i, err = tx.Item(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(i.Note) == 0 {
		return nil, fmt.Errorf("item %s: %w", id, ErrNoNote)
	}
	what := unseal.What{Actor: "staff:" + who, Purpose: "item", Subject: string(id), Field: "note"}
	return opener.Open(ctx, what, i.Note, []byte(seal.ItemNote), []byte(id))
}
