package office

import (
	"context"
	"fmt"

	"fundy/city"
	"fundy/office/staff"
	"fundy/office/unseal"
	"fundy/seal"
	"fundy/store"
)

// StaffPages are the pages that the city's people work with. They are served on an address of their own.
func (o *Office) StaffPages() (*staff.Pages, error) {
	return staff.New(staff.Config{
		Settings: o.Settings, Store: o.Store, Settler: o.settler, Rules: func() city.Rules { return *o.rules.Load() },
		Key: staff.Key{ID: o.Token.ID, Key: o.Token.Key}, Index: o.Index, OpenPlate: o.openPlateFor, Now: o.Now, Log: o.Log,
		Reviews: staff.Reviews{
			Contact: o.openReviewContact, Statement: o.openReviewStatement, Words: o.openReviewWords, File: o.openReviewFile, Letter: o.reviewLetter, Seal: o.public,
		},
	})
}

// openPlateFor opens a ticket's plate for a person who has asked for it; the opening is on record first.
func (o *Office) openPlateFor(ctx context.Context, person string, t store.FoundTicket) (string, error) {
	return o.openPlateAs(ctx, unseal.What{Actor: "staff:" + person, Purpose: "lookup", Subject: string(t.ID), Field: "plate"}, t)
}

// openPlateAs opens a ticket's plate; that and by whom is on record first.
func (o *Office) openPlateAs(ctx context.Context, what unseal.What, t store.FoundTicket) (string, error) {
	var key store.DataKey
	err := o.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		key, err = tx.DataKey(ctx, t.DataKey)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read data key: %w", err)
	}
	plain, err := o.opener.OpenField(ctx, what, seal.DataKey{ID: key.ID, Sealed: key.Sealed}, o.city.ID, t.PlateSealed)
	if err != nil {
		return "", fmt.Errorf("open plate: %w", err)
	}
	return string(plain), nil
}
