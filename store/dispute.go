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

var qDispute = query("dispute", `
select id, coalesce(attempt_id, ''), state, seen, amount_minor, fee_minor, reason, ending, why, opened_at, due_at, closed_at, reopened_at,
       refreshed_at, next_at, version
from dispute
where id = $1`)

var qDisputesOfAttempt = query("disputes of attempt", `
select id, coalesce(attempt_id, ''), state, seen, amount_minor, fee_minor, reason, ending, why, opened_at, due_at, closed_at, reopened_at,
       refreshed_at, next_at, version
from dispute
where attempt_id = $1
order by opened_at, id`)

var qDisputes = query("disputes", `
select id, coalesce(attempt_id, ''), state, seen, amount_minor, fee_minor, reason, ending, why, opened_at, due_at, closed_at, reopened_at,
       refreshed_at, next_at, version
from dispute
order by case when closed_at is null or state = 'stopped' then 0 else 1 end, coalesce(due_at, opened_at), id
limit $1`)

var qLockDisputes = query("lock disputes", `
select id
from dispute_list`)

// LockDisputes lets one after the other begin or move a chargeback: one that is new has no row of its own to lock. It
// comes after the lock of the settlement, and before that of an attempt.
func (tx *Tx) LockDisputes(ctx context.Context) error {
	rows, err := tx.rows(ctx, qLockDisputes+tx.lockSuffix())
	if err != nil {
		return fmt.Errorf("lock disputes: %w", err)
	}
	return rows.Close()
}

// Dispute reads a chargeback, or ErrNotFound. It changes under LockDisputes.
func (tx *Tx) Dispute(ctx context.Context, id payment.DisputeID) (payment.Dispute, error) {
	return scanDispute(tx.row(ctx, qDispute, string(id)))
}

// DisputesOfAttempt lists the chargebacks of an attempt, oldest first.
func (tx *Tx) DisputesOfAttempt(ctx context.Context, id payment.AttemptID) ([]payment.Dispute, error) {
	return tx.disputesOf(ctx, qDisputesOfAttempt, string(id))
}

// Disputes lists chargebacks: first those that are open, the most urgent first, then the others; at most limit.
func (tx *Tx) Disputes(ctx context.Context, limit int) ([]payment.Dispute, error) {
	return tx.disputesOf(ctx, qDisputes, limit)
}

func (tx *Tx) disputesOf(ctx context.Context, q string, arg any) ([]payment.Dispute, error) {
	rows, err := tx.rows(ctx, q, arg)
	if err != nil {
		return nil, fmt.Errorf("read disputes: %w", err)
	}
	defer rows.Close()
	var all []payment.Dispute
	for rows.Next() {
		d, err := scanDispute(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, rows.Err()
}

func scanDispute(row scanner) (payment.Dispute, error) {
	var d payment.Dispute
	var amount, fee, opened, refreshed int64
	var due, closed, reopened, next sql.NullInt64
	err := row.Scan(&d.ID, &d.Attempt, &d.State, &d.Seen, &amount, &fee, &d.Reason, &d.End, &d.Why, &opened, &due, &closed, &reopened,
		&refreshed, &next, &d.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return d, fmt.Errorf("dispute: %w", ErrNotFound)
	}
	if err != nil {
		return d, fmt.Errorf("read dispute: %w", err)
	}
	d.Amount, d.Fee, d.OpenedAt, d.RefreshedAt = money.FromMinor(amount), money.FromMinor(fee), fromMicros(opened), fromMicros(refreshed)
	d.DueAt, d.ClosedAt, d.ReopenedAt, d.NextAt = fromNull(due), fromNull(closed), fromNull(reopened), fromNull(next)
	return d, nil
}

var qInsertDispute = query("insert dispute", `
insert into dispute
  (id, attempt_id, state, seen, amount_minor, fee_minor, reason, ending, why, opened_at, due_at, closed_at, reopened_at, refreshed_at,
   next_at, version)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)`)

var qMoveDispute = query("move dispute", `
update dispute
set state = $1, seen = $2, fee_minor = $3, ending = $4, why = $5, due_at = $6, closed_at = $7, reopened_at = $8, refreshed_at = $9,
    next_at = $10, version = version + 1
where id = $11
  and version = $12`)

var qInsertDisputeEvent = query("insert dispute event", `
insert into dispute_event
  (dispute_id, version, at, from_state, event, to_state, note)
values
  ($1, $2, $3, $4, $5, $6, $7)`)

// MoveDispute moves a chargeback along its table and writes its history line. d is the chargeback as it was read,
// with the new values of its other fields; one of version 0 is new, and is written here. Its state is set here. An
// event that has no line is kept in the history too, leaves the state as it is, and returns
// payment.ErrDisputeUnexpected.
func (tx *Tx) MoveDispute(ctx context.Context, d *payment.Dispute, event payment.DisputeEvent, at time.Time, note string) (payment.DisputeLine, error) {
	line, unexpected := payment.NextDispute(d.State, event)
	if unexpected != nil {
		line = payment.DisputeLine{From: d.State, Event: event, To: d.State}
	}
	var err error
	if d.Version == 0 {
		_, err = tx.exec(ctx, qInsertDispute, string(d.ID), nullText(string(d.Attempt)), string(line.To), string(d.Seen), d.Amount.Minor(), d.Fee.Minor(),
			d.Reason, string(d.End), d.Why, micros(d.OpenedAt), nullMicros(d.DueAt), nullMicros(d.ClosedAt), nullMicros(d.ReopenedAt), micros(d.RefreshedAt),
			nullMicros(d.NextAt))
	} else {
		err = tx.one(ctx, qMoveDispute, string(line.To), string(d.Seen), d.Fee.Minor(), string(d.End), d.Why, nullMicros(d.DueAt), nullMicros(d.ClosedAt),
			nullMicros(d.ReopenedAt), micros(d.RefreshedAt), nullMicros(d.NextAt), string(d.ID), d.Version)
	}
	if err != nil {
		return line, fmt.Errorf("move dispute: %w", err)
	}
	d.State = line.To
	d.Version++
	_, err = tx.exec(ctx, qInsertDisputeEvent, string(d.ID), d.Version, micros(at), string(line.From), string(event), string(line.To), note)
	if err != nil {
		return line, fmt.Errorf("insert dispute event: %w", err)
	}
	return line, unexpected
}

func nullText(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

var qTouchDispute = query("touch dispute", `
update dispute
set fee_minor = $1, due_at = $2, refreshed_at = $3, next_at = $4
where id = $5
  and version = $6`)

// TouchDispute records that the processor was asked and nothing moved. The fee and the due date may be others.
func (tx *Tx) TouchDispute(ctx context.Context, d payment.Dispute) error {
	err := tx.one(ctx, qTouchDispute, d.Fee.Minor(), nullMicros(d.DueAt), micros(d.RefreshedAt), nullMicros(d.NextAt), string(d.ID), d.Version)
	if err != nil {
		return fmt.Errorf("touch dispute: %w", err)
	}
	return nil
}

var qAttemptAtProcessor = query("attempt at processor", `
select a.id
from attempt a
where a.processor_ref = $1
  and a.processor_ref <> ''
union
select c.attempt_id
from processor_charge c
where c.charge = $2
order by 1
limit 2`)

// AttemptAtProcessor finds the attempt that a payment or a charge of the processor's is of, or ErrNotFound.
func (tx *Tx) AttemptAtProcessor(ctx context.Context, ref, charge string) (payment.AttemptID, error) {
	ids, err := column[payment.AttemptID](ctx, tx, qAttemptAtProcessor, ref, charge)
	if err != nil {
		return "", err
	}
	if len(ids) != 1 {
		return "", fmt.Errorf("attempt of a payment at the processor: %w", ErrNotFound)
	}
	return ids[0], nil
}

// TakenOf is what the ledger says was taken for an attempt, what of it is given back or under way
// (payment.RefundState.Counts), and what payers' banks have taken back (payment.Dispute.TakesBack).
func (tx *Tx) TakenOf(ctx context.Context, id payment.AttemptID) (taken, given, back money.Amount, err error) {
	var t, g, b int64
	if err := tx.row(ctx, qRefundSum, string(id), string(id), string(id)).Scan(&t, &g, &b); err != nil {
		return taken, given, back, fmt.Errorf("add up what was taken: %w", err)
	}
	return money.FromMinor(t), money.FromMinor(g), money.FromMinor(b), nil
}

var qSourceOfLine = query("source of line", `
select source
from processor_line
where id = $1`)

// SourceOfLine is what a line of the processor's is of; "" where there is no such line.
func (tx *Tx) SourceOfLine(ctx context.Context, line string) (string, error) {
	all, err := column[string](ctx, tx, qSourceOfLine, line)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return all[0], nil
}
