package store

import (
	"context"
	"fmt"

	"fundy/city"
	"fundy/ledger"
	"fundy/ticket"
)

// Repeat is of a row whose price depends on how many tickets of the vehicle came before it. The
// count is taken in the transaction that writes the row, and kept.
type Repeat struct {
	Days int
	// Entries are the row's postings at a count; they take the place of ImportRow.Entries.
	Entries func(priors int) ([]ledger.Entry, error)
}

// One import after the other: each sees the rows of the one before. SQLite has one writer anyway.
var qLockCityIdentity = query("lock city identity", `
select one
from city_identity
where one = 1`)

// The index of a plate holds its jurisdiction; look-alikes have another one.
var qPriors = query("priors", `
select id, issued_on, issued_at, time_known, state
from ticket
where plate_index = $1
  and plate_type = $2
  and offence = $3
  and issued_on >= $4
  and issued_on <= $5`)

// countPriors counts, for each new row that asks for it, the tickets before it: those that stand and
// those of the same batch. A row without a plate or without its jurisdiction has none: nobody can say
// that it is the same vehicle. Rows that do not ask cost nothing.
func (tx *Tx) countPriors(ctx context.Context, fresh []ImportRow) error {
	batch := map[vehicleOffence][]ticket.Prior{}
	asked := false
	for _, r := range fresh {
		asked = asked || r.Repeat != nil
	}
	if !asked {
		return nil
	}
	rows, err := tx.rows(ctx, qLockCityIdentity+tx.lockSuffix())
	if err != nil {
		return fmt.Errorf("lock for import: %w", err)
	}
	if err := rows.Close(); err != nil {
		return fmt.Errorf("lock for import: %w", err)
	}
	for _, r := range fresh {
		t := r.Ticket
		batch[r.vehicleOffence()] = append(batch[r.vehicleOffence()], ticket.Prior{ID: t.ID, IssuedOn: t.IssuedOn, IssuedAt: t.IssuedAt, TimeKnown: t.TimeKnown, State: t.State})
	}
	for i := range fresh {
		r := &fresh[i]
		if r.Repeat == nil {
			continue
		}
		if len(r.PlateIndex) > 0 && r.Ticket.Jurisdiction != "" {
			standing, err := tx.priors(ctx, *r)
			if err != nil {
				return err
			}
			r.Ticket.Priors = ticket.CountPriors(r.Ticket, r.Repeat.Days, append(standing, batch[r.vehicleOffence()]...))
		}
		if r.Entries, err = r.Repeat.Entries(r.Ticket.Priors); err != nil {
			return fmt.Errorf("price ticket by its priors: %w", err)
		}
	}
	return nil
}

type vehicleOffence struct{ plate, plateType, offence string }

func (r ImportRow) vehicleOffence() vehicleOffence {
	return vehicleOffence{string(r.PlateIndex), r.Ticket.PlateType, r.Ticket.Offence}
}

func (tx *Tx) priors(ctx context.Context, r ImportRow) ([]ticket.Prior, error) {
	t := r.Ticket
	rows, err := tx.rows(ctx, qPriors, r.PlateIndex, t.PlateType, t.Offence, t.IssuedOn.AddDays(-r.Repeat.Days).String(), t.IssuedOn.String())
	if err != nil {
		return nil, fmt.Errorf("count priors: %w", err)
	}
	defer rows.Close()
	var found []ticket.Prior
	for rows.Next() {
		var p ticket.Prior
		var day string
		var at int64
		if err := rows.Scan(&p.ID, &day, &at, &p.TimeKnown, &p.State); err != nil {
			return nil, fmt.Errorf("count priors: %w", err)
		}
		if p.IssuedOn, err = city.ParseDate(day); err != nil {
			return nil, fmt.Errorf("count priors: %w", err)
		}
		p.IssuedAt = fromMicros(at)
		found = append(found, p)
	}
	return found, rows.Err()
}
