package office

import (
	"context"
	"fmt"
	"net/url"

	"fundy/city"
	"fundy/office/staff"
	"fundy/office/unseal"
	"fundy/payment"
	"fundy/payout"
	"fundy/seal"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// StaffPages are the pages that the city's people work with. They are served on an address of their own.
func (o *Office) StaffPages() (*staff.Pages, error) {
	var sealAddress func(address, id string) ([]byte, error)
	if o.Mail != nil {
		sealAddress = o.sealAddress
	}
	return staff.New(staff.Config{
		Settings: o.Settings, Store: o.Store, Settler: o.settler, Rules: func() city.Rules { return *o.rules.Load() },
		Key: o.staffKey(), Index: o.Index, OpenPlate: o.openPlateFor, OpenPlates: o.openPlatesFor, SealAddress: sealAddress, StandIn: o.StandIn,
		Now: o.Now, Log: o.Log, Deposits: o.deposits, Intake: o.intakeFor(), Folder: o.feeds, RulesChanged: o.loadRules,
		EnterTicket: o.enterTicket, OpenHeld: o.openHeldFor, Cheques: staffCheques{o}, SealNote: o.sealNote, OpenNote: o.openNoteFor,
		Reviews: staff.Reviews{
			Contact: o.openReviewContact, Statement: o.openReviewStatement, Words: o.openReviewWords, File: o.openReviewFile, Letter: o.reviewLetter, Seal: o.public,
		},
		Photos: staff.Photos{Open: o.openPhotoFor, Seal: o.public},
	})
}

// Colleagues reads who can sign in to the staff pages, and with which permissions; nil where there are no pages.
func Colleagues(s city.Settings) (settle.Colleagues, error) {
	if s.Office.PublicURL == "" {
		return nil, nil
	}
	at, err := url.Parse(s.Office.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("office.public_url: %w", err)
	}
	roles, err := staff.ParseRoles(s.Office.Roles)
	if err != nil {
		return nil, err
	}
	return staff.Desk{Roles: roles, Host: at.Hostname()}.Having, nil
}

// deposits is the city's way to the bank as it stands, for a person who works on it.
func (o *Office) deposits() (*settle.Deposits, bool) {
	if o.feeds != nil {
		return o.feeds.Current()
	}
	c := o.depositsConfig()
	c.Rules, c.Calendar = payout.NoRules(), *o.rules.Load()
	return settle.NewDeposits(c), false
}

// sealNote seals a note to the office and to its item.
func (o *Office) sealNote(id payment.ItemID, note []byte) ([]byte, error) {
	return o.public.Seal(note, []byte(seal.ItemNote), []byte(id))
}

// openNoteFor opens the note on an item for a person who has asked for it; the opening is on record first.
func (o *Office) openNoteFor(ctx context.Context, person string, id payment.ItemID) (string, error) {
	note, err := OpenItemNote(ctx, o.Store, o.Private, id, person, o.Now)
	return string(note), err
}

// openPlateFor opens a ticket's plate for a person who has asked for it; the opening is on record first.
func (o *Office) openPlateFor(ctx context.Context, person string, t store.FoundTicket) (string, error) {
	return o.openPlateAs(ctx, unseal.What{Actor: "staff:" + person, Purpose: "lookup", Subject: string(t.ID), Field: "plate"}, t)
}

// openPlatesFor opens the plates of a page of tickets for a person who has asked for it, by the tickets' ids; one
// opening that names them all is on record first. A ticket without a plate is left out.
func (o *Office) openPlatesFor(ctx context.Context, person string, tickets []store.FoundTicket) (map[ticket.ID]string, error) {
	var fields []unseal.Field
	err := o.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		fields = nil
		for _, t := range tickets {
			if len(t.PlateSealed) == 0 {
				continue
			}
			key, err := tx.DataKey(ctx, t.DataKey)
			if err != nil {
				return fmt.Errorf("read data key: %w", err)
			}
			fields = append(fields, unseal.Field{Ticket: string(t.ID), Key: seal.DataKey{ID: key.ID, Sealed: key.Sealed}, Sealed: t.PlateSealed})
		}
		return nil
	})
	if err != nil || len(fields) == 0 {
		return nil, err
	}
	plain, err := o.opener.OpenFields(ctx, unseal.What{Actor: "staff:" + person, Purpose: "lookup", Field: "plate"}, o.city.ID, fields)
	if err != nil {
		return nil, fmt.Errorf("open plates: %w", err)
	}
	plates := make(map[ticket.ID]string, len(fields))
	for i, f := range fields {
		plates[ticket.ID(f.Ticket)] = string(plain[i])
	}
	return plates, nil
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
