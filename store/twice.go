package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"fundy/money"
	"fundy/payment"
	"fundy/ticket"
)

// PaidFor is a payment's try for one of its tickets, whatever became of it.
type PaidFor struct {
	Attempt payment.AttemptID
	Ticket  ticket.ID
	Number  string // the ticket's
	Channel string
	Amount  money.Amount // what the ticket cost in it
	Moved   time.Time    // when its money was put to another ticket; zero: it was not
}

var qPaymentsForTicket = query("payments for ticket", `
select a.id, pt.ticket_id, t.number, p.channel, pt.amount_minor, pt.moved_out_at
from payment_ticket pt
join payment p on p.id = pt.payment_id
join attempt a on a.payment_id = pt.payment_id
join ticket t on t.id = pt.ticket_id
where pt.ticket_id = $1
order by a.created_at desc, a.id
limit $2`)

// PaymentsForTicket lists every try to pay a ticket, newest first, at most limit: also those that came to nothing, and
// those whose money was put to no ticket or to another.
func (tx *Tx) PaymentsForTicket(ctx context.Context, id ticket.ID, limit int) ([]PaidFor, error) {
	return tx.paidFor(ctx, qPaymentsForTicket, string(id), limit)
}

var qPaymentsForPlate = query("payments for plate", `
select a.id, pt.ticket_id, o.number, p.channel, pt.amount_minor, pt.moved_out_at
from ticket t
join ticket o on o.plate_index = t.plate_index and o.id <> t.id
join payment_ticket pt on pt.ticket_id = o.id
join payment p on p.id = pt.payment_id
join attempt a on a.payment_id = pt.payment_id
where t.id = $1
  and t.plate_index is not null
  and a.created_at >= $2
  and a.created_at < $3
order by a.created_at desc, a.id, o.id
limit $4`)

// PaymentsForPlate lists the tries to pay another ticket of a ticket's plate, between two instants, newest first, at
// most limit. No plate is opened.
func (tx *Tx) PaymentsForPlate(ctx context.Context, id ticket.ID, from, until time.Time, limit int) ([]PaidFor, error) {
	return tx.paidFor(ctx, qPaymentsForPlate, string(id), micros(from), micros(until), limit)
}

func (tx *Tx) paidFor(ctx context.Context, q string, args ...any) ([]PaidFor, error) {
	rows, err := tx.rows(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read payments for ticket: %w", err)
	}
	defer rows.Close()
	var all []PaidFor
	for rows.Next() {
		var one PaidFor
		var amount int64
		var moved sql.NullInt64
		if err := rows.Scan(&one.Attempt, &one.Ticket, &one.Number, &one.Channel, &amount, &moved); err != nil {
			return nil, fmt.Errorf("read payment for ticket: %w", err)
		}
		one.Amount, one.Moved = money.FromMinor(amount), fromNull(moved)
		all = append(all, one)
	}
	return all, rows.Err()
}

var qExceptionsOfAttempt = query("exceptions of attempt", `
select id, kind, ref, amount_minor, owner, opened_at, due_at, closed_at, closed_by, outcome, version
from exception
where kind in ('unallocated', 'overpaid', 'stopped', 'lapsed')
  and ref = $1
  and closed_at is null
order by due_at, id`)

// ExceptionsOfAttempt lists what waits for a person because of an attempt's money, the most urgent first: one of a kind
// at most.
func (tx *Tx) ExceptionsOfAttempt(ctx context.Context, id payment.AttemptID) ([]payment.Exception, error) {
	rows, err := tx.rows(ctx, qExceptionsOfAttempt, id.Ref())
	if err != nil {
		return nil, fmt.Errorf("read exceptions of attempt: %w", err)
	}
	defer rows.Close()
	var all []payment.Exception
	for rows.Next() {
		e, err := scanException(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}
