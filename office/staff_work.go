package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"fundy/intake"
	"fundy/office/staff"
	"fundy/office/unseal"
	"fundy/payment"
	"fundy/seal"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// enterTicket writes a paper ticket that a person has typed, as an import would.
func (o *Office) enterTicket(ctx context.Context, person string, w ticket.Written) (ticket.ID, error) {
	batch, err := intake.Written(intake.WrittenConfig{City: o.city, Rules: *o.rules.Load(), Index: o.Index, Public: o.public, Now: o.Now()}, w)
	if err != nil {
		return "", err
	}
	return batch.Rows[0].Ticket.ID, o.settler.EnterTicket(ctx, batch, w, person)
}

// openHeldFor opens a row in quarantine for a person who has asked for it; the opening is on record first.
func (o *Office) openHeldFor(ctx context.Context, person string, row store.HeldRow) ([]staff.HeldField, error) {
	var key store.DataKey
	err := o.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		key, err = tx.DataKey(ctx, row.DataKey)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read data key: %w", err)
	}
	what := unseal.What{Actor: "staff:" + person, Purpose: "quarantine", Subject: string(row.Ticket), Field: intake.RowField}
	plain, err := o.opener.OpenField(ctx, what, seal.DataKey{ID: key.ID, Sealed: key.Sealed}, o.city.ID, row.Sealed)
	if err != nil {
		return nil, fmt.Errorf("open held row: %w", err)
	}
	var h intake.HeldRow
	if err := json.Unmarshal(plain, &h); err != nil {
		return nil, errors.New("read held row: it is not what an import seals") // its text is not repeated
	}
	plate := h.Jurisdiction + " " + h.Plate
	if h.NoPlate {
		plate = ""
	}
	return []staff.HeldField{
		{Name: "number", Value: h.Number}, {Name: "issued", Value: h.IssuedAt}, {Name: "offence", Value: h.Offence}, {Name: "fine", Value: h.Fine},
		{Name: "place", Value: h.Place}, {Name: "make", Value: h.Make}, {Name: "plate", Value: plate}, {Name: "state", Value: h.State},
		{Name: "since", Value: h.StateSince}, {Name: "paid", Value: h.PaidAmount},
	}, nil
}

// staffCheques makes requisitions for the staff pages, with the office's own key.
type staffCheques struct{ o *Office }

func (s staffCheques) requisitions() *Requisitions {
	return &Requisitions{
		RequisitionsConfig: RequisitionsConfig{
			Store: s.o.Store, City: s.o.city, Now: s.o.Now,
			Digest: func(fields ...string) []byte { return s.o.Index.Digest(s.o.Settings.ID, fields...) },
		},
		opener: s.o.opener,
	}
}

// Make asks for the cheques of all refunds that wait.
func (s staffCheques) Make(ctx context.Context, by string) (payment.Requisition, []byte, error) {
	return s.requisitions().Make(ctx, by)
}

// Again makes an earlier requisition's file once more.
func (s staffCheques) Again(ctx context.Context, number int64, by string) (payment.Requisition, []byte, error) {
	return s.requisitions().Again(ctx, number, by)
}

// Payee reads a payee and seals him.
func (s staffCheques) Payee(text string) (settle.SealPayee, error) {
	payee, err := ParsePayee([]byte(text))
	if err != nil {
		return nil, err
	}
	return SealPayee(s.o.public, s.o.city.ID, payee), nil
}

// Against is what stands in a requisition's way, as a key of words.
func (s staffCheques) Against(err error) string {
	var own ErrOwnPayee
	switch {
	case errors.As(err, &own):
		return "work.requisition.own"
	case errors.Is(err, ErrNothingToPay):
		return "work.requisition.nothing"
	case errors.Is(err, ErrSomebodyFirst):
		return "work.requisition.first"
	case errors.Is(err, ErrPayeeErased):
		return "work.requisition.erased"
	case errors.Is(err, ErrOtherFile):
		return "work.requisition.other"
	case errors.Is(err, store.ErrNotFound):
		return "work.requisition.none"
	}
	return ""
}
