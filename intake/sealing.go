package intake

import (
	"encoding/json"
	"fmt"
)

// The names of the fields that an import seals; they are needed to open them.
const (
	PlateField = "plate"
	RowField   = "row"
)

// HeldRow is a row in quarantine, as it is sealed under RowField.
type HeldRow struct {
	Number       string `json:"number"`
	Series       string `json:"series,omitempty"`
	IssuedAt     string `json:"issued_at"`
	Offence      string `json:"offence"`
	Fine         string `json:"fine,omitempty"`
	Place        string `json:"place,omitempty"`
	Make         string `json:"make,omitempty"`
	Plate        string `json:"plate,omitempty"`
	NoPlate      bool   `json:"no_plate,omitempty"`
	Jurisdiction string `json:"jurisdiction,omitempty"`
	PlateType    string `json:"plate_type,omitempty"`
	State        string `json:"state"`
	StateSince   string `json:"state_since"`
	PaidAmount   string `json:"paid_amount,omitempty"`
}

// seal seals the plate and, in case the row contradicts a ticket, makes the row ready to be sealed.
func (b *ticketBuilder) seal(out *built) (err error) {
	r := &out.row
	r.DataKey, r.Hold = b.sealer.KeyID(), func() ([]byte, error) { return b.held(out) }
	if !r.Ticket.NoPlate {
		r.PlateSealed, err = b.sealer.SealField(b.city.ID, string(r.Ticket.ID), PlateField, []byte(out.plate.Written))
	}
	return err
}

// held is a row as it is kept in quarantine.
func (b *ticketBuilder) held(out *built) ([]byte, error) {
	t := out.row.Ticket
	text, err := json.Marshal(HeldRow{
		Number: t.Number, Series: t.Series, IssuedAt: t.IssuedAt.In(b.zone).Format("2006-01-02T15:04:05Z07:00"), Offence: t.Offence,
		Fine: amountText(t.Fine), Place: t.Place, Make: t.Make, Plate: out.plate.Written, NoPlate: t.NoPlate, Jurisdiction: t.Jurisdiction,
		PlateType: t.PlateType, State: string(t.State), StateSince: t.StateSince.In(b.zone).Format("2006-01-02"), PaidAmount: amountText(out.draft.paidAmount),
	})
	if err != nil {
		return nil, fmt.Errorf("write held row: %w", err)
	}
	return b.sealer.SealField(b.city.ID, string(t.ID), RowField, text)
}
