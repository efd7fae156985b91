package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sort"
	"time"

	"fundy/money"
	"fundy/ticket"
)

// FoundTicket is a ticket with its sealed plate.
type FoundTicket struct {
	ticket.Ticket
	DataKey     string
	PlateSealed []byte
}

const ticketSelect = `
select id, regime, series, number, issued_on, issued_at, time_known, offence, schedule, fine_minor, priors, place, make,
       no_plate, jurisdiction, plate_type, delivery, served_on, state, state_since, plate_sealed, data_key, arrived_at, part_paid_minor, version
from ticket
`

var qTicketsByLookup = query("tickets by lookup", ticketSelect+`
where lookup = $1
limit $2`)

var qTicket = query("ticket", ticketSelect+`
where id = $1`)

var qTicketsByNumber = query("tickets by number", ticketSelect+`
where number_key = $1
   or id = $2
order by issued_on
limit $3`)

// TicketsByNumber reads the tickets of a number or an id, for who is inside. It reads the whole table
// where the database has no better way: for a person at a terminal, not for a page.
func (tx *Tx) TicketsByNumber(ctx context.Context, numberKey string, id ticket.ID, limit int) ([]FoundTicket, error) {
	return tx.ticketsOf(ctx, qTicketsByNumber, numberKey, string(id), limit)
}

var qTicketsNumbered = query("tickets numbered", ticketSelect+`
where number_key = $1
order by issued_on desc, id
limit $2`)

var qTicketsByPlate = query("tickets by plate", ticketSelect+`
where plate_index = $1
order by issued_on desc, id
limit $2`)

// TicketsNumbered lists the tickets of a number, newest first, at most limit: without what their prices depend on beside
// the paper (ReadEvents).
func (tx *Tx) TicketsNumbered(ctx context.Context, numberKey string, limit int) ([]FoundTicket, error) {
	return tx.listed(ctx, qTicketsNumbered, numberKey, limit)
}

// TicketsByPlate lists the tickets of one vehicle by its plate's index, newest first, at most limit, as TicketsNumbered
// does.
func (tx *Tx) TicketsByPlate(ctx context.Context, plateIndex []byte, limit int) ([]FoundTicket, error) {
	return tx.listed(ctx, qTicketsByPlate, plateIndex, limit)
}

// TicketsByLookup reads the tickets of one look-up index, at most limit.
func (tx *Tx) TicketsByLookup(ctx context.Context, lookup []byte, limit int) ([]FoundTicket, error) {
	return tx.ticketsOf(ctx, qTicketsByLookup, lookup, limit)
}

// ticketsOf is listed, with their events.
func (tx *Tx) ticketsOf(ctx context.Context, q string, args ...any) ([]FoundTicket, error) {
	found, err := tx.listed(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	for i := range found {
		if err := tx.ReadEvents(ctx, &found[i]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (tx *Tx) listed(ctx context.Context, q string, args ...any) ([]FoundTicket, error) {
	rows, err := tx.few(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("look up tickets: %w", err)
	}
	defer rows.Close()
	var found []FoundTicket
	for rows.Next() {
		f, err := scanTicket(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, f)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("look up tickets: %w", err)
	}
	return found, nil
}

// Ticket reads a ticket, or ErrNotFound.
func (tx *Tx) Ticket(ctx context.Context, id ticket.ID) (FoundTicket, error) {
	f, err := scanTicket(tx.row(ctx, qTicket, string(id)))
	if err != nil {
		return f, err
	}
	return f, tx.ReadEvents(ctx, &f)
}

// LockTickets reads tickets for a change, without their events, locking them in ascending id so that no two
// callers wait for each other. A ticket that is not there is left out.
func (tx *Tx) LockTickets(ctx context.Context, ids []ticket.ID) ([]FoundTicket, error) {
	sorted := append([]ticket.ID(nil), ids...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i] < sorted[j] })
	var found []FoundTicket
	for _, id := range sorted {
		f, err := scanTicket(tx.row(ctx, qTicket+tx.lockSuffix(), string(id)))
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, f)
	}
	return found, nil
}

func scanTicket(row scanner) (FoundTicket, error) {
	var f FoundTicket
	var issuedOn, servedOn string
	var issuedAt, since, arrived, partPaid int64
	var fine sql.NullInt64
	var dataKey sql.NullString
	err := row.Scan(&f.ID, &f.Regime, &f.Series, &f.Number, &issuedOn, &issuedAt, &f.TimeKnown, &f.Offence, &f.Schedule, &fine, &f.Priors, &f.Place, &f.Make,
		&f.NoPlate, &f.Jurisdiction, &f.PlateType, &f.Delivery, &servedOn, &f.State, &since, &f.PlateSealed, &dataKey, &arrived, &partPaid, &f.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return f, fmt.Errorf("ticket: %w", ErrNotFound)
	}
	if err != nil {
		return f, fmt.Errorf("read ticket: %w", err)
	}
	if fine.Valid {
		amount := money.FromMinor(fine.Int64)
		f.Fine = &amount
	}
	f.PartPaid = money.FromMinor(partPaid)
	f.IssuedAt, f.StateSince, f.ArrivedAt, f.DataKey = fromMicros(issuedAt), fromMicros(since), fromMicros(arrived), dataKey.String
	err = errors.Join(f.IssuedOn.UnmarshalText([]byte(issuedOn)), f.ServedOn.UnmarshalText([]byte(servedOn)))
	if err != nil {
		return f, fmt.Errorf("read ticket: %w", err)
	}
	return f, nil
}

// promiseRow and reviewRow stand for the kind of an event in a row that is a price promise.
const (
	promiseRow = "price_promise"
	reviewRow  = "review_promise"
)

var qTicketEvents = query("ticket events", `
select kind, at, recorded_at, ''
from ticket_event
where ticket_id = $1
union all
select 'price_promise', from_at, until_at, components
from price_promise
where ticket_id = $2
union all
select 'review_promise', from_at, until_at, components
from review_promise
where ticket_id = $3
order by 3, 1`)

// ReadEvents reads what a ticket's price depends on beside its paper: its dated events, which its deadlines count
// from, and the prices that it was promised.
func (tx *Tx) ReadEvents(ctx context.Context, f *FoundTicket) error {
	rows, err := tx.few(ctx, qTicketEvents, string(f.ID), string(f.ID), string(f.ID))
	if err != nil {
		return fmt.Errorf("read ticket events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var e eventRow
		if err := rows.Scan(&e.kind, &e.at, &e.then, &e.components); err != nil {
			return fmt.Errorf("read ticket event: %w", err)
		}
		if err := e.to(f); err != nil {
			return err
		}
	}
	return rows.Err()
}

// eventRow is a row of what a ticket's price depends on.
type eventRow struct {
	kind       string
	at, then   int64
	components string
}

func (e eventRow) to(f *FoundTicket) error {
	if e.kind == promiseRow || e.kind == reviewRow {
		p, err := readPromise(e.kind, e.at, e.then, e.components)
		if err != nil {
			return err
		}
		f.Promises = append(f.Promises, p)
		return nil
	}
	f.Events = append(f.Events, ticket.Event{Kind: e.kind, At: fromMicros(e.at)})
	return nil
}

var qMoveTicket = query("move ticket", `
update ticket
set state = $1, state_since = $2, version = version + 1
where id = $3
  and version = $4`)

var qInsertTicketEvent = query("insert ticket event", `
insert into ticket_event
  (ticket_id, kind, at, recorded_at, why, who)
values
  ($1, $2, $3, $4, $5, $6)`)

// MoveTicket changes a ticket's state, guarded by the version at which it was read, and keeps the
// move in its history.
func (tx *Tx) MoveTicket(ctx context.Context, id ticket.ID, version int64, to ticket.State, at time.Time, why string) error {
	return tx.MoveTicketBy(ctx, id, version, to, at, "", why)
}

// MoveTicketBy is MoveTicket of what a person has decided.
func (tx *Tx) MoveTicketBy(ctx context.Context, id ticket.ID, version int64, to ticket.State, at time.Time, who, why string) error {
	err := tx.one(ctx, qMoveTicket, string(to), micros(at), string(id), version)
	if err != nil {
		return fmt.Errorf("move ticket: %w", err)
	}
	return tx.AddTicketEventBy(ctx, id, ticket.StateEvent+string(to), at, at, who, why)
}

// AddTicketEvent records something dated about a ticket.
func (tx *Tx) AddTicketEvent(ctx context.Context, id ticket.ID, kind string, at, now time.Time, why string) error {
	return tx.AddTicketEventBy(ctx, id, kind, at, now, "", why)
}

// AddTicketEventBy is AddTicketEvent of what a person has said.
func (tx *Tx) AddTicketEventBy(ctx context.Context, id ticket.ID, kind string, at, now time.Time, who, why string) error {
	_, err := tx.exec(ctx, qInsertTicketEvent, string(id), kind, micros(at), micros(now), why, who)
	if err != nil {
		return fmt.Errorf("insert ticket event: %w", err)
	}
	return nil
}
