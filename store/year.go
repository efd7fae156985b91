package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/money"
	"fundy/ticket"
)

// Receivable is what a ticket owes by the entries up to an instant.
type Receivable struct {
	Ticket ticket.Ticket // what its price and stage are found by
	Owed   money.Amount
}

var qReceivables = query("receivables as of", `
select t.id, t.regime, t.issued_on, t.issued_at, t.offence, t.schedule, t.fine_minor, t.priors, t.delivery, t.served_on, t.state, t.state_since,
       cast(d.owed as bigint)
from (
  select p.ticket_id as ticket_id,
    sum(case when p.debit like 'receivable:%' then p.amount_minor else 0 end)
      - sum(case when p.credit like 'receivable:%' then p.amount_minor else 0 end) as owed
  from posting p
  join ledger_entry e on e.id = p.entry_id
  where e.effective_at < $1
    and p.ticket_id <> ''
  group by p.ticket_id
) d
join ticket t on t.id = d.ticket_id
where d.owed <> 0
order by t.id`)

// EachReceivable calls fn with each ticket on which something is owed by the entries before an instant.
func (tx *Tx) EachReceivable(ctx context.Context, before time.Time, fn func(Receivable) error) error {
	rows, err := tx.rows(ctx, qReceivables, micros(before))
	if err != nil {
		return fmt.Errorf("read receivables: %w", err)
	}
	return eachReceivable(rows, fn)
}

// What is unpaid by its state is found without adding up what was ever posted: a transaction that writes can wait for it.
var qUnpaid = query("unpaid tickets", `
select id, regime, issued_on, issued_at, offence, schedule, fine_minor, priors, delivery, served_on, state, state_since, 0
from ticket
where state not in ('paid', 'withdrawn', 'cancelled', 'void', 'written_off')
order by id`)

// EachUnpaid calls fn with each ticket that has not come to its end; what is owed on it is not said.
func (tx *Tx) EachUnpaid(ctx context.Context, fn func(ticket.Ticket) error) error {
	rows, err := tx.rows(ctx, qUnpaid)
	if err != nil {
		return fmt.Errorf("read unpaid tickets: %w", err)
	}
	return eachReceivable(rows, func(r Receivable) error { return fn(r.Ticket) })
}

func eachReceivable(rows *sql.Rows, fn func(Receivable) error) error {
	defer rows.Close()
	for rows.Next() {
		var r Receivable
		var issuedOn, servedOn string
		var issuedAt, since, owed int64
		var fine sql.NullInt64
		t := &r.Ticket
		err := rows.Scan(&t.ID, &t.Regime, &issuedOn, &issuedAt, &t.Offence, &t.Schedule, &fine, &t.Priors, &t.Delivery, &servedOn, &t.State, &since, &owed)
		if err = errors.Join(err, dayInto(&t.IssuedOn, issuedOn), dayInto(&t.ServedOn, servedOn)); err != nil {
			return fmt.Errorf("read receivable: %w", err)
		}
		if fine.Valid {
			amount := money.FromMinor(fine.Int64)
			t.Fine = &amount
		}
		t.IssuedAt, t.StateSince, r.Owed = fromMicros(issuedAt), fromMicros(since), money.FromMinor(owed)
		if err := fn(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// StateMove is a change of a ticket's state.
type StateMove struct {
	To ticket.State
	At time.Time
}

var qMovesOfState = query("moves of tickets moved since", `
select v.ticket_id, v.kind, v.recorded_at
from ticket t
join ticket_event v on v.ticket_id = t.id
where t.state_since >= $1
  and v.kind like 'state:%'
order by v.ticket_id, v.recorded_at`)

// MovesSince lists, of each ticket that has changed its state at or after an instant, all changes in their order.
func (tx *Tx) MovesSince(ctx context.Context, since time.Time) (map[ticket.ID][]StateMove, error) {
	rows, err := tx.rows(ctx, qMovesOfState, micros(since))
	if err != nil {
		return nil, fmt.Errorf("read moves of tickets: %w", err)
	}
	defer rows.Close()
	all := map[ticket.ID][]StateMove{}
	for rows.Next() {
		var id ticket.ID
		var kind string
		var at int64
		if err := rows.Scan(&id, &kind, &at); err != nil {
			return nil, fmt.Errorf("read move of ticket: %w", err)
		}
		all[id] = append(all[id], StateMove{To: ticket.State(kind[len("state:"):]), At: fromMicros(at)})
	}
	return all, rows.Err()
}

var qDatedEvents = query("dated events before", `
select ticket_id, kind, at
from ticket_event
where recorded_at < $1
  and kind not like 'state:%'
order by ticket_id, recorded_at, kind`)

// DatedEvents lists what deadlines count from, by ticket, as it was known at an instant.
func (tx *Tx) DatedEvents(ctx context.Context, before time.Time) (map[ticket.ID][]ticket.Event, error) {
	rows, err := tx.rows(ctx, qDatedEvents, micros(before))
	if err != nil {
		return nil, fmt.Errorf("read dated events: %w", err)
	}
	defer rows.Close()
	all := map[ticket.ID][]ticket.Event{}
	for rows.Next() {
		var id ticket.ID
		var e ticket.Event
		var at int64
		if err := rows.Scan(&id, &e.Kind, &at); err != nil {
			return nil, fmt.Errorf("read dated event: %w", err)
		}
		e.At = fromMicros(at)
		all[id] = append(all[id], e)
	}
	return all, rows.Err()
}
