package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/money"
	"fundy/payment"
)

var qInsertRefund = query("insert refund", `
insert into refund
  (id, attempt_id, way, state, amount_minor, reason, reopen, asked_by, asked_at, decided_by, decided_at, processor_ref,
   failure, reopened_at, refreshed_at, next_at, version)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', null, '', '', null, 0, null, 1)`)

var qInsertRefundPart = query("insert refund part", `
insert into refund_part
  (refund_id, ticket_id, amount_minor)
values
  ($1, $2, $3)`)

var qInsertRefundEvent = query("insert refund event", `
insert into refund_event
  (refund_id, version, at, from_state, event, to_state, who, note)
values
  ($1, $2, $3, $4, $5, $6, $7, $8)`)

// The states that are left out are those of payment.RefundState that do not count; those of disputes are the ones in
// which payment.Dispute.TakesBack.
var qRefundSum = query("refund sum", `
select
  (select coalesce(cast(sum(p.amount_minor) as bigint), 0)
   from ledger_entry e
   join posting p on p.entry_id = e.id
   where e.ref = $1
     and e.kind in ('capture', 'unallocated')
     and p.debit in ('clearing:card', 'undeposited:cash', 'undeposited:cheque', 'clearing:terminal')),
  (select coalesce(cast(sum(r.amount_minor) as bigint), 0)
   from refund r
   where r.attempt_id = $2
     and r.state not in ('refused', 'failed', 'canceled', 'failed_later', 'ended')),
  (select coalesce(cast(sum(d.amount_minor) as bigint), 0)
   from dispute d
   where d.attempt_id = $3
     and d.state in ('needs_response', 'under_review', 'lost', 'accepted'))`)

// InsertRefund writes a refund that is asked for, with its parts and its first history line. The caller has
// locked the attempt. Whatever has been decided before, a refund with which more would be given back, under way
// or taken back by the payer's bank than the ledger has of the attempt is ErrRule.
func (tx *Tx) InsertRefund(ctx context.Context, r payment.Refund) (payment.RefundLine, error) {
	line, err := payment.NextRefund(payment.RefundNew, payment.AskedFor)
	if err != nil {
		return line, err
	}
	reopen := 0
	if r.Reopen {
		reopen = 1
	}
	_, err = tx.exec(ctx, qInsertRefund, string(r.ID), string(r.Attempt), string(r.Way), string(line.To), r.Amount.Minor(), string(r.Reason), reopen,
		r.AskedBy, micros(r.AskedAt))
	if err != nil {
		return line, fmt.Errorf("insert refund: %w", err)
	}
	parts := money.Zero
	for _, p := range r.Parts {
		if parts, err = parts.Add(p.Amount); err != nil {
			return line, err
		}
		if _, err := tx.exec(ctx, qInsertRefundPart, string(r.ID), string(p.Ticket), p.Amount.Minor()); err != nil {
			return line, fmt.Errorf("insert refund part: %w", err)
		}
	}
	var taken, given, back int64
	if err := tx.row(ctx, qRefundSum, string(r.Attempt), string(r.Attempt), string(r.Attempt)).Scan(&taken, &given, &back); err != nil {
		return line, fmt.Errorf("add refunds up: %w", err)
	}
	if given+back > taken || parts != r.Amount {
		return line, fmt.Errorf("insert refund: parts of %s, %d of %d cents: %w", parts, given+back, taken, ErrRule)
	}
	_, err = tx.exec(ctx, qInsertRefundEvent, string(r.ID), 1, micros(r.AskedAt), string(line.From), string(line.Event), string(line.To), r.AskedBy, "")
	if err != nil {
		return line, fmt.Errorf("insert refund event: %w", err)
	}
	return line, nil
}

var qRefund = query("refund", `
select id, attempt_id, way, state, amount_minor, reason, reopen, asked_by, asked_at, decided_by, decided_at, processor_ref,
       failure, reopened_at, refreshed_at, next_at, version
from refund
where id = $1`)

var qRefundsOfAttempt = query("refunds of attempt", `
select id, attempt_id, way, state, amount_minor, reason, reopen, asked_by, asked_at, decided_by, decided_at, processor_ref,
       failure, reopened_at, refreshed_at, next_at, version
from refund
where attempt_id = $1
order by asked_at, id`)

var qRefunds = query("refunds", `
select id, attempt_id, way, state, amount_minor, reason, reopen, asked_by, asked_at, decided_by, decided_at, processor_ref,
       failure, reopened_at, refreshed_at, next_at, version
from refund
order by case state when 'asked' then 0 else 1 end, case state when 'asked' then asked_at else -asked_at end, id
limit $1`)

var qChequeRefunds = query("refunds by cheque under way", `
select id, attempt_id, way, state, amount_minor, reason, reopen, asked_by, asked_at, decided_by, decided_at, processor_ref,
       failure, reopened_at, refreshed_at, next_at, version
from refund
where way = 'cheque'
  and state in ('to_issue', 'issued', 'returned', 'stale')
order by asked_at, id
limit $1`)

// ChequeRefunds lists the refunds whose cheque is to be written, is on its way, came back or was never cashed, oldest
// first, at most limit.
func (tx *Tx) ChequeRefunds(ctx context.Context, limit int) ([]payment.Refund, error) {
	return tx.refundsOf(ctx, qChequeRefunds, limit)
}

var qHandRefunds = query("refunds that only people move", `
select id, attempt_id, way, state, amount_minor, reason, reopen, asked_by, asked_at, decided_by, decided_at, processor_ref,
       failure, reopened_at, refreshed_at, next_at, version
from refund
where state = 'stopped'
   or (state = 'approved' and way = 'terminal')
order by asked_at, id
limit $1`)

// HandRefunds lists the refunds that go no further without people: those that stopped, and those that are to be given
// back on a terminal. Oldest first, at most limit.
func (tx *Tx) HandRefunds(ctx context.Context, limit int) ([]payment.Refund, error) {
	return tx.refundsOf(ctx, qHandRefunds, limit)
}

var qRefundParts = query("refund parts", `
select ticket_id, amount_minor
from refund_part
where refund_id = $1
order by ticket_id`)

// Refund reads a refund with its parts, or ErrNotFound.
func (tx *Tx) Refund(ctx context.Context, id payment.RefundID) (payment.Refund, error) {
	return tx.refund(ctx, qRefund, id)
}

// LockRefund reads a refund for a change of it: its attempt is locked first, then it, then tickets.
func (tx *Tx) LockRefund(ctx context.Context, id payment.RefundID) (payment.Refund, error) {
	return tx.refund(ctx, qRefund+tx.lockSuffix(), id)
}

func (tx *Tx) refund(ctx context.Context, q string, id payment.RefundID) (payment.Refund, error) {
	r, err := scanRefund(tx.row(ctx, q, string(id)))
	if err != nil {
		return r, err
	}
	r.Parts, err = tx.refundParts(ctx, id)
	return r, err
}

// RefundsOfAttempt lists what was ever asked to be given back of an attempt, oldest first.
func (tx *Tx) RefundsOfAttempt(ctx context.Context, id payment.AttemptID) ([]payment.Refund, error) {
	return tx.refundsOf(ctx, qRefundsOfAttempt, string(id))
}

// Refunds lists the refunds that wait for a second person, what waits longest first, then the newest others, at most
// limit.
func (tx *Tx) Refunds(ctx context.Context, limit int) ([]payment.Refund, error) {
	return tx.refundsOf(ctx, qRefunds, limit)
}

func (tx *Tx) refundsOf(ctx context.Context, q string, arg any) ([]payment.Refund, error) {
	rows, err := tx.rows(ctx, q, arg)
	if err != nil {
		return nil, fmt.Errorf("read refunds: %w", err)
	}
	defer rows.Close()
	var all []payment.Refund
	for rows.Next() {
		r, err := scanRefund(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read refunds: %w", err)
	}
	for i := range all {
		if all[i].Parts, err = tx.refundParts(ctx, all[i].ID); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (tx *Tx) refundParts(ctx context.Context, id payment.RefundID) ([]payment.RefundPart, error) {
	rows, err := tx.rows(ctx, qRefundParts, string(id))
	if err != nil {
		return nil, fmt.Errorf("read refund parts: %w", err)
	}
	defer rows.Close()
	var parts []payment.RefundPart
	for rows.Next() {
		var p payment.RefundPart
		var amount int64
		if err := rows.Scan(&p.Ticket, &amount); err != nil {
			return nil, fmt.Errorf("read refund part: %w", err)
		}
		p.Amount = money.FromMinor(amount)
		parts = append(parts, p)
	}
	return parts, rows.Err()
}

func scanRefund(row scanner) (payment.Refund, error) {
	var r payment.Refund
	var amount, reopen, asked, refreshed int64
	var decided, reopened, next sql.NullInt64
	err := row.Scan(&r.ID, &r.Attempt, &r.Way, &r.State, &amount, &r.Reason, &reopen, &r.AskedBy, &asked, &r.DecidedBy, &decided, &r.ProcessorRef,
		&r.Failure, &reopened, &refreshed, &next, &r.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("refund: %w", ErrNotFound)
	}
	if err != nil {
		return r, fmt.Errorf("read refund: %w", err)
	}
	r.Amount, r.Reopen = money.FromMinor(amount), reopen == 1
	r.AskedAt, r.RefreshedAt = fromMicros(asked), fromMicros(refreshed)
	r.DecidedAt, r.ReopenedAt, r.NextAt = fromNull(decided), fromNull(reopened), fromNull(next)
	return r, nil
}

var qMoveRefund = query("move refund", `
update refund
set state = $1, decided_by = $2, decided_at = $3, processor_ref = $4, failure = $5, reopened_at = $6, refreshed_at = $7,
    next_at = $8, version = version + 1
where id = $9
  and version = $10`)

// MoveRefund moves a refund along its table and writes its history line. r is the refund as it was read, with
// the new values of its other fields; its state is set here. An event that has no line is kept in the history
// too, leaves the state as it is, and returns payment.ErrRefundUnexpected.
func (tx *Tx) MoveRefund(ctx context.Context, r *payment.Refund, event payment.RefundEvent, at time.Time, who, note string) (payment.RefundLine, error) {
	line, unexpected := payment.NextRefund(r.State, event)
	if unexpected != nil {
		line = payment.RefundLine{From: r.State, Event: event, To: r.State}
	}
	err := tx.one(ctx, qMoveRefund, string(line.To), r.DecidedBy, nullMicros(r.DecidedAt), r.ProcessorRef, r.Failure, nullMicros(r.ReopenedAt), micros(r.RefreshedAt),
		nullMicros(r.NextAt), string(r.ID), r.Version)
	if err != nil {
		return line, fmt.Errorf("move refund: %w", err)
	}
	r.State = line.To
	r.Version++
	_, err = tx.exec(ctx, qInsertRefundEvent, string(r.ID), r.Version, micros(at), string(line.From), string(event), string(line.To), who, note)
	if err != nil {
		return line, fmt.Errorf("insert refund event: %w", err)
	}
	return line, unexpected
}

var qTouchRefund = query("touch refund", `
update refund
set refreshed_at = $1, next_at = $2
where id = $3
  and version = $4`)

// TouchRefund records that the processor was asked and nothing moved.
func (tx *Tx) TouchRefund(ctx context.Context, r payment.Refund) error {
	err := tx.one(ctx, qTouchRefund, micros(r.RefreshedAt), nullMicros(r.NextAt), string(r.ID), r.Version)
	if err != nil {
		return fmt.Errorf("touch refund: %w", err)
	}
	return nil
}

var qDueRefunds = query("due refunds", `
select id
from refund
where next_at <= $1
order by next_at
limit $2`)

var qClaimRefund = query("claim due refund", `
update refund
set next_at = $1
where id = $2
  and next_at <= $3`)

// ClaimRefunds takes refunds that the sweeper has to look at and puts each off until later, as ClaimDue does
// attempts.
func (tx *Tx) ClaimRefunds(ctx context.Context, now, later time.Time, limit int) ([]payment.RefundID, error) {
	due, err := tx.DueRefunds(ctx, now, limit)
	if err != nil {
		return nil, err
	}
	return claimEach(ctx, tx, qClaimRefund, due, now, later)
}

// DueRefunds lists the refunds that the sweeper has to look at.
func (tx *Tx) DueRefunds(ctx context.Context, now time.Time, limit int) ([]payment.RefundID, error) {
	return column[payment.RefundID](ctx, tx, qDueRefunds, micros(now), limit)
}
