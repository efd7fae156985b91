package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"fundy/payment"
	"fundy/ticket"
)

var qInsertPromise = query("insert price promise", `
insert into price_promise
  (ticket_id, attempt_id, amount_minor, components, from_at, until_at)
values
  ($1, $2, $3, $4, $5, $6)
on conflict (ticket_id, attempt_id) do nothing`)

// Promise keeps the price of a ticket, as it was frozen for an attempt that came to nothing, from at until until. made
// is false where that attempt has left one before: it stays as it is.
func (tx *Tx) Promise(ctx context.Context, f payment.Frozen, attempt payment.AttemptID, at, until time.Time) (made bool, err error) {
	components, err := json.Marshal(f.Components)
	if err != nil {
		return false, fmt.Errorf("write components: %w", err)
	}
	n, err := tx.exec(ctx, qInsertPromise, string(f.Ticket), string(attempt), f.Total.Minor(), string(components), micros(at), micros(until))
	if err != nil {
		return false, fmt.Errorf("insert price promise: %w", err)
	}
	return n == 1, nil
}

var qPromisesOf = query("price promises of attempt", `
select ticket_id, until_at
from price_promise
where attempt_id = $1`)

// PromisesOf is until when the prices of an attempt's tickets hold that came to nothing, by ticket.
func (tx *Tx) PromisesOf(ctx context.Context, attempt payment.AttemptID) (map[ticket.ID]time.Time, error) {
	rows, err := tx.rows(ctx, qPromisesOf, string(attempt))
	if err != nil {
		return nil, fmt.Errorf("read price promises: %w", err)
	}
	defer rows.Close()
	all := map[ticket.ID]time.Time{}
	for rows.Next() {
		var id ticket.ID
		var until int64
		if err := rows.Scan(&id, &until); err != nil {
			return nil, fmt.Errorf("read price promise: %w", err)
		}
		all[id] = fromMicros(until)
	}
	return all, rows.Err()
}

var qSetAsideAt = query("set aside at", `
select min(at)
from attempt_event
where attempt_id = $1
  and to_state in ('authorized', 'corrected_authorized')`)

// SetAsideAt is when an attempt's money was first seen to be set aside; zero where it never was.
func (tx *Tx) SetAsideAt(ctx context.Context, id payment.AttemptID) (time.Time, error) {
	var at sql.NullInt64
	if err := tx.row(ctx, qSetAsideAt, string(id)).Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("read when money was set aside: %w", err)
	}
	return fromNull(at), nil
}

// readPromise is a row of a ticket's dated events that is a price promise.
func readPromise(kind string, from, until int64, components string) (ticket.Promise, error) {
	p := ticket.Promise{Review: kind == reviewRow, From: fromMicros(from), Until: fromMicros(until)}
	if err := json.Unmarshal([]byte(components), &p.Components); err != nil {
		return p, fmt.Errorf("read components of price promise: %w", err)
	}
	for _, c := range p.Components {
		var err error
		if p.Total, err = p.Total.Add(c.Amount); err != nil {
			return p, fmt.Errorf("add price promise up: %w", err)
		}
	}
	return p, nil
}
