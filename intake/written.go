package intake

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"fundy/city"
	"fundy/ident"
	"fundy/logbook"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
)

// ByHand is the source of a ticket that a person has entered.
const ByHand = store.ByHand

// WrittenConfig is what makes a ticket of a paper one.
type WrittenConfig struct {
	City   city.City
	Rules  city.Rules
	Index  seal.IndexKey
	Public seal.PublicKey // the office's: the plate is sealed to it, with a data key of its own
	Now    time.Time
}

// writtenFields are a form's names for the fields of a reject.
var writtenFields = map[string]string{"issued_on": "day", "served_on": "served", "jurisdiction": "province"}

// Written makes a paper ticket ready to be written, as an import does: priced by the schedule of its day, its plate sealed
// and indexed. A ticket.WrittenRefusal says which field can't be taken. Nothing is written here.
func Written(c WrittenConfig, w ticket.Written) (store.ImportBatch, error) {
	regime, ok := ticket.RegimeOf(c.City.Regime)
	if !ok {
		return store.ImportBatch{}, fmt.Errorf("regime %q is not known", c.City.Regime)
	}
	today := city.DateOf(c.Now, c.City.Zone)
	if no := ticket.CheckWritten(regime, w, today); no != nil {
		return store.ImportBatch{}, no
	}
	key, sealer, err := seal.NewDataKey(c.Public)
	if err != nil {
		return store.ImportBatch{}, fmt.Errorf("make data key: %w", err)
	}
	b := ticketBuilder{
		city: c.City, rules: c.Rules, zone: c.City.Zone, regime: regime, index: c.Index, sealer: &sealer, now: c.Now, last: today, days: map[city.Date]*dayRules{},
	}
	out, reject := b.build(draftOf(w))
	if reject != nil {
		field := reject.Column
		if name, ok := writtenFields[field]; ok {
			field = name
		}
		reason := ticket.WrittenForm
		if field == "offence" || field == "day" {
			field, reason = "offence", ticket.WrittenUnknown
		}
		return store.ImportBatch{}, &ticket.WrittenRefusal{Field: field, Reason: reason}
	}
	if err := b.seal(out); err != nil {
		return store.ImportBatch{}, err
	}
	out.row.Hold = func() ([]byte, error) { return nil, errors.New("what is entered by hand is not held") }
	batch := store.ImportBatch{
		ID: ident.New("imp"), Source: ByHand, Mapping: ByHand, FirstLine: 1, At: c.Now, DataKey: store.DataKey{ID: key.ID, Sealed: key.Sealed}, Rows: []store.ImportRow{out.row},
	}
	batch.Leaf = func(rows []store.ImportRow) (logbook.Leaf, error) {
		opening := BatchOpening{Batch: batch.ID, Source: batch.Source, Mapping: batch.Mapping, DataKey: key.ID}
		for _, row := range rows {
			opening.Rows = append(opening.Rows, RowOpening{Ticket: string(row.Ticket.ID), Digest: row.Digest})
		}
		return logbook.NewLeaf("import", batch.At, opening, rand.Reader)
	}
	return batch, nil
}

// draftOf is a paper ticket as a row of a file would be read.
func draftOf(w ticket.Written) *draft {
	return &draft{
		line: 1, number: strings.TrimSpace(w.Number), series: w.Series, day: w.Day, clock: w.Clock, timeKnown: w.TimeKnown, code: w.Offence, offence: w.Offence,
		place: strings.TrimSpace(w.Place), make: strings.TrimSpace(w.Make), plate: w.Plate, noPlate: w.NoPlate, jurisdiction: w.Jurisdiction,
		delivery: string(w.Delivery), served: w.ServedOn, columns: &row{m: &Mapping{}},
	}
}
