package store

import (
	"context"
	"fmt"
	"time"

	"fundy/money"
	"fundy/payment"
	"fundy/ticket"
)

var qInsertPart = query("insert part payment", `
insert into part_payment
  (attempt_id, ticket_id, amount_minor, made_at, undone_at)
values
  ($1, $2, $3, $4, null)`)

var qAddPart = query("add part payment", `
update ticket
set part_paid_minor = part_paid_minor + $1, version = version + 1
where id = $2
  and version = $3`)

// AddPart puts a part of what is due to a ticket, which stays as it is otherwise. Its version is another, so that
// what was quoted before can't be paid any more. The move is kept in the ticket's history.
func (tx *Tx) AddPart(ctx context.Context, t ticket.Ticket, attempt payment.AttemptID, amount money.Amount, at time.Time) error {
	_, err := tx.exec(ctx, qInsertPart, string(attempt), string(t.ID), amount.Minor(), micros(at))
	if err != nil {
		return fmt.Errorf("insert part payment: %w", err)
	}
	if err := tx.one(ctx, qAddPart, amount.Minor(), string(t.ID), t.Version); err != nil {
		return fmt.Errorf("add part payment: %w", err)
	}
	return tx.AddTicketEvent(ctx, t.ID, "part_payment", at, at, amount.String())
}

var qUndoPart = query("undo part payment", `
update part_payment
set undone_at = $1
where attempt_id = $2
  and ticket_id = $3
  and undone_at is null`)

// UndoPart takes a part payment off its ticket again.
func (tx *Tx) UndoPart(ctx context.Context, t ticket.Ticket, attempt payment.AttemptID, amount money.Amount, at time.Time, why string) error {
	if err := tx.one(ctx, qUndoPart, micros(at), string(attempt), string(t.ID)); err != nil {
		return fmt.Errorf("undo part payment: %w", err)
	}
	if err := tx.one(ctx, qAddPart, amount.Neg().Minor(), string(t.ID), t.Version); err != nil {
		return fmt.Errorf("take part payment off: %w", err)
	}
	return tx.AddTicketEvent(ctx, t.ID, "part_payment_undone", at, at, why)
}

var qAttemptsOfTicket = query("attempts of ticket", `
select attempt_id
from allocation
where ticket_id = $1
  and undone_at is null
union
select attempt_id
from part_payment
where ticket_id = $1
  and undone_at is null
order by 1`)

// AttemptsOfTicket are the attempts that have paid a ticket, or a part of it.
func (tx *Tx) AttemptsOfTicket(ctx context.Context, id ticket.ID) ([]payment.AttemptID, error) {
	return column[payment.AttemptID](ctx, tx, qAttemptsOfTicket, string(id))
}

var qParts = query("part payments of attempt", `
select ticket_id, amount_minor
from part_payment
where attempt_id = $1
  and undone_at is null
order by ticket_id`)

// Part is what an attempt has paid of a ticket that was not the whole.
type Part struct {
	Ticket ticket.ID
	Amount money.Amount
}

// Parts lists the part payments of an attempt that stand.
func (tx *Tx) Parts(ctx context.Context, attempt payment.AttemptID) ([]Part, error) {
	rows, err := tx.rows(ctx, qParts, string(attempt))
	if err != nil {
		return nil, fmt.Errorf("read part payments: %w", err)
	}
	defer rows.Close()
	var all []Part
	for rows.Next() {
		var p Part
		var amount int64
		if err := rows.Scan(&p.Ticket, &amount); err != nil {
			return nil, fmt.Errorf("read part payment: %w", err)
		}
		p.Amount = money.FromMinor(amount)
		all = append(all, p)
	}
	return all, rows.Err()
}
