package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"fundy/money"
	"fundy/payment"
	"fundy/ticket"
)

var qAttemptByReceipt = query("attempt by receipt", `
select id, payment_id, adapter, state, session, session_url, processor_ref, amount_minor, reason, blocked_ticket,
       receipt, created_at, expires_at, captured_at, refreshed_at, next_at, shown_at, version
from attempt
where receipt = $1
  and receipt <> ''`)

// AttemptByReceipt reads the attempt that has a receipt number, or ErrNotFound.
func (tx *Tx) AttemptByReceipt(ctx context.Context, receipt string) (payment.Attempt, error) {
	return scanAttempt(tx.row(ctx, qAttemptByReceipt, receipt))
}

var qUnallocatedEntry = query("unallocated entry", `
select ref
from ledger_entry
where id = $1
  and kind = 'unallocated'`)

// AttemptOfUnallocated reads the attempt whose money was put to no ticket, by what stands for it in logs
// (payment.AttemptID.Ref), or ErrNotFound: it has no receipt number.
func (tx *Tx) AttemptOfUnallocated(ctx context.Context, ref string) (payment.Attempt, error) {
	var id string
	err := tx.row(ctx, qUnallocatedEntry, "unallocated-"+ref).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return payment.Attempt{}, fmt.Errorf("unallocated receipt: %w", ErrNotFound)
	}
	if err != nil {
		return payment.Attempt{}, fmt.Errorf("read unallocated receipt: %w", err)
	}
	return tx.Attempt(ctx, payment.AttemptID(id))
}

var qUnallocatedOf = query("unallocated of attempt", `
select
  (select coalesce(cast(sum(case when p.debit like 'unallocated:%' then -p.amount_minor when p.credit like 'unallocated:%' then p.amount_minor else 0 end) as bigint), 0)
   from ledger_entry e
   join posting p on p.entry_id = e.id
   where e.kind in ('unallocated', 'put')
     and e.ref = $1)
  + (select coalesce(cast(sum(c.rest_minor) as bigint), 0)
     from correction c
     where c.attempt_id = $2
       and c.state = 'done')`)

// UnallocatedOf is what was taken for an attempt and put to no ticket: less what was put to its tickets later, and
// with what another ticket cost less that its money was moved to.
func (tx *Tx) UnallocatedOf(ctx context.Context, id payment.AttemptID) (money.Amount, error) {
	var amount int64
	err := tx.row(ctx, qUnallocatedOf, string(id), string(id)).Scan(&amount)
	if err != nil {
		return money.Zero, fmt.Errorf("add unallocated up: %w", err)
	}
	return money.FromMinor(amount), nil
}

var qTakenByTicket = query("taken by ticket", `
select p.ticket_id, cast(sum(p.amount_minor) as bigint)
from ledger_entry e
join posting p on p.entry_id = e.id
where e.kind = 'capture'
  and e.ref = $1
  and p.ticket_id <> ''
  and p.debit in ('clearing:card', 'undeposited:cash', 'undeposited:cheque', 'clearing:terminal')
group by p.ticket_id`)

// TakenByTicket is what an attempt has really brought for each of its tickets: what was written off or lost by
// rounding is not in it.
func (tx *Tx) TakenByTicket(ctx context.Context, id payment.AttemptID) (map[ticket.ID]money.Amount, error) {
	rows, err := tx.rows(ctx, qTakenByTicket, string(id))
	if err != nil {
		return nil, fmt.Errorf("read what was taken: %w", err)
	}
	defer rows.Close()
	all := map[ticket.ID]money.Amount{}
	for rows.Next() {
		var t ticket.ID
		var amount int64
		if err := rows.Scan(&t, &amount); err != nil {
			return nil, fmt.Errorf("read what was taken: %w", err)
		}
		all[t] = money.FromMinor(amount)
	}
	return all, rows.Err()
}

var qUnallocated = query("unallocated attempts", `
select e.ref
from ledger_entry e
join attempt a on a.id = e.ref
where e.kind = 'unallocated'
  and a.state <> 'reversed'
order by e.entered_at desc, e.ref
limit $1`)

// Unallocated lists the attempts whose money was put to no ticket, newest first, at most limit.
func (tx *Tx) Unallocated(ctx context.Context, limit int) ([]payment.AttemptID, error) {
	rows, err := tx.rows(ctx, qUnallocated, limit)
	if err != nil {
		return nil, fmt.Errorf("read unallocated: %w", err)
	}
	defer rows.Close()
	var ids []payment.AttemptID
	for rows.Next() {
		var id payment.AttemptID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read unallocated attempt: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
