package store

import (
	"context"
	"fmt"
	"time"

	"fundy/money"
	"fundy/payment"
	"fundy/ticket"
)

var qInsertAllocation = query("insert allocation", `
insert into allocation
  (ticket_id, attempt_id, amount_minor, was_state, made_at, undone_at)
values
  ($1, $2, $3, $4, $5, null)
on conflict (ticket_id, attempt_id) do update
set amount_minor = excluded.amount_minor, was_state = excluded.was_state, made_at = excluded.made_at, undone_at = null
where allocation.undone_at is not null`)

// Allocate gives a ticket, which was in state was, to an attempt, or gives it back to one that had it before. The
// unique index refuses a second live one: ErrConflict.
func (tx *Tx) Allocate(ctx context.Context, id ticket.ID, attempt payment.AttemptID, amount money.Amount, was ticket.State, at time.Time) error {
	err := tx.one(ctx, qInsertAllocation, string(id), string(attempt), amount.Minor(), string(was), micros(at))
	if err != nil {
		return fmt.Errorf("allocate: %w", err)
	}
	return nil
}

// Allocation is a ticket that an attempt has.
type Allocation struct {
	Ticket ticket.ID
	Amount money.Amount
	Was    ticket.State // before it was allocated
}

var qAllocations = query("allocations", `
select ticket_id, amount_minor, was_state
from allocation
where attempt_id = $1
  and undone_at is null
order by ticket_id`)

// Allocations lists the tickets that an attempt has, in ascending id.
func (tx *Tx) Allocations(ctx context.Context, attempt payment.AttemptID) ([]Allocation, error) {
	rows, err := tx.few(ctx, qAllocations, string(attempt))
	if err != nil {
		return nil, fmt.Errorf("read allocations: %w", err)
	}
	defer rows.Close()
	var all []Allocation
	for rows.Next() {
		var a Allocation
		var amount int64
		if err := rows.Scan(&a.Ticket, &amount, &a.Was); err != nil {
			return nil, fmt.Errorf("read allocation: %w", err)
		}
		a.Amount = money.FromMinor(amount)
		all = append(all, a)
	}
	return all, rows.Err()
}

var qUndoAllocations = query("undo allocations", `
update allocation
set undone_at = $1
where attempt_id = $2
  and undone_at is null`)

// UndoAllocations takes an attempt's tickets back from it.
func (tx *Tx) UndoAllocations(ctx context.Context, attempt payment.AttemptID, at time.Time) error {
	_, err := tx.exec(ctx, qUndoAllocations, micros(at), string(attempt))
	if err != nil {
		return fmt.Errorf("undo allocations: %w", err)
	}
	return nil
}

var qUndoAllocation = query("undo allocation", `
update allocation
set undone_at = $1
where ticket_id = $2
  and attempt_id = $3
  and undone_at is null`)

// UndoAllocation takes one ticket back from an attempt.
func (tx *Tx) UndoAllocation(ctx context.Context, id ticket.ID, attempt payment.AttemptID, at time.Time) error {
	err := tx.one(ctx, qUndoAllocation, micros(at), string(id), string(attempt))
	if err != nil {
		return fmt.Errorf("undo allocation: %w", err)
	}
	return nil
}
