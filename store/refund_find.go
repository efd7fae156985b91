package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/city"
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
  (select coalesce(cast(sum(case
       when p.credit in ('unallocated:card', 'unallocated:counter') then p.amount_minor
       when p.debit in ('unallocated:card', 'unallocated:counter') then -p.amount_minor
       else 0 end) as bigint), 0)
   from ledger_entry e
   join posting p on p.entry_id = e.id
   where e.kind in ('unallocated', 'unallocated_kept', 'reverse', 'put')
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
where ((e.kind = 'unallocated' and a.state not in ('reversed', 'returned')) or e.kind = 'unallocated_kept')
  and exists (
    select 1
    from exception x
    where x.kind in ('unallocated', 'overpaid')
      and x.ref = substr(e.id, case e.kind when 'unallocated' then 13 else 6 end)
      and x.closed_at is null)
order by e.entered_at, e.ref
limit $1`)

// Unallocated lists the attempts that have money which was put to no ticket and waits for a person, what waits longest
// first, at most limit.
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

var qOursElsewhere = query("refunds of ours that payouts had before", `
select l.id, r.id, cast(sum(case when p.debit = 'refunds:card' then p.amount_minor else -p.amount_minor end) as bigint)
from refund r
join processor_line l on l.source = r.processor_ref and l.kind = 'refund'
join ledger_entry e on e.kind = 'processor_line' and e.ref = l.id
join posting p on p.entry_id = e.id
where r.processor_ref <> ''
  and ($1 = '' or r.processor_ref = $2)
  and (l.amount_minor = r.amount_minor or l.amount_minor = -r.amount_minor)
  and (p.debit = 'refunds:card' or p.credit = 'refunds:card')
  and not exists (
    select 1
    from ledger_entry k
    where k.kind = 'refund_known'
      and k.ref = l.id)
group by l.id, r.id
order by l.id`)

// Elsewhere is a line of a payout that is a refund of ours, and was taken for somebody else's.
type Elsewhere struct {
	Line   string
	Refund payment.RefundID
	Amount money.Amount // as the account of such refunds has it
}

// OursElsewhere lists the lines of payouts that are refunds of ours by the processor's id, and were entered before we
// knew it: of one such id, or, for "", of all.
func (tx *Tx) OursElsewhere(ctx context.Context, ref string) ([]Elsewhere, error) {
	rows, err := tx.rows(ctx, qOursElsewhere, ref, ref)
	if err != nil {
		return nil, fmt.Errorf("read refunds that payouts had before: %w", err)
	}
	defer rows.Close()
	var all []Elsewhere
	for rows.Next() {
		var e Elsewhere
		var amount int64
		if err := rows.Scan(&e.Line, &e.Refund, &amount); err != nil {
			return nil, fmt.Errorf("read refund that a payout had before: %w", err)
		}
		e.Amount = money.FromMinor(amount)
		all = append(all, e)
	}
	return all, rows.Err()
}

var qGivenBack = query("given back of attempt", `
select r.id, r.way, r.state, rp.ticket_id, rp.amount_minor, e.entered_at, coalesce(c.day, '')
from refund r
join refund_part rp on rp.refund_id = r.id
join ledger_entry e on e.kind = 'refund' and e.ref = r.id
left join refund_cheque c on c.refund_id = r.id and c.ended in ('', 'cleared', 'cleared_stale')
where r.attempt_id = $1
  and r.state in ('succeeded', 'to_issue', 'issued', 'cleared', 'returned', 'stale')
order by e.entered_at, r.id, rp.ticket_id`)

// GivenBack is what was given back of one ticket of an attempt, or is owed by cheque.
type GivenBack struct {
	Way    payment.Way
	State  payment.RefundState
	Ticket ticket.ID // "" for money that was put to none
	Amount money.Amount
	At     time.Time
	Cheque city.Date // of a cheque that is out or cashed; zero: none is
}

// GivenBackOf lists what was given back of an attempt, oldest first.
func (tx *Tx) GivenBackOf(ctx context.Context, id payment.AttemptID) ([]GivenBack, error) {
	rows, err := tx.rows(ctx, qGivenBack, string(id))
	if err != nil {
		return nil, fmt.Errorf("read what was given back: %w", err)
	}
	defer rows.Close()
	var all []GivenBack
	for rows.Next() {
		var g GivenBack
		var refund, day string
		var amount, at int64
		err := rows.Scan(&refund, &g.Way, &g.State, &g.Ticket, &amount, &at, &day)
		if err = errors.Join(err, dayInto(&g.Cheque, day)); err != nil {
			return nil, fmt.Errorf("read what was given back: %w", err)
		}
		g.Amount, g.At = money.FromMinor(amount), fromMicros(at)
		all = append(all, g)
	}
	return all, rows.Err()
}
