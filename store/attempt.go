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

var qInsertAttempt = query("insert attempt", `
insert into attempt
  (id, payment_id, adapter, state, session, session_url, processor_ref, amount_minor, reason, blocked_ticket,
   receipt, created_at, expires_at, captured_at, refreshed_at, next_at, shown_at, version)
values
  ($1, $2, $3, $4, '', '', '', $5, '', '', '', $6, $7, null, 0, $8, null, 1)`)

var qInsertAttemptEvent = query("insert attempt event", `
insert into attempt_event
  (attempt_id, version, at, from_state, event, to_state, note)
values
  ($1, $2, $3, $4, $5, $6, $7)`)

// InsertAttempt writes a new attempt in the state that Begun leads to, with its first history line.
func (tx *Tx) InsertAttempt(ctx context.Context, a payment.Attempt) error {
	line, err := payment.Next(payment.New, payment.Begun)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, qInsertAttempt, string(a.ID), string(a.Payment), a.Adapter, string(line.To), a.Amount.Minor(),
		micros(a.CreatedAt), micros(a.ExpiresAt), nullMicros(a.NextAt))
	if err != nil {
		return fmt.Errorf("insert attempt: %w", err)
	}
	_, err = tx.exec(ctx, qInsertAttemptEvent, string(a.ID), 1, micros(a.CreatedAt), string(line.From), string(line.Event), string(line.To), "")
	if err != nil {
		return fmt.Errorf("insert attempt event: %w", err)
	}
	return nil
}

var qAttempt = query("attempt", `
select id, payment_id, adapter, state, session, session_url, processor_ref, amount_minor, reason, blocked_ticket,
       receipt, created_at, expires_at, captured_at, refreshed_at, next_at, shown_at, version
from attempt
where id = $1`)

var qAttemptsOfPayment = query("attempts of payment", `
select id, payment_id, adapter, state, session, session_url, processor_ref, amount_minor, reason, blocked_ticket,
       receipt, created_at, expires_at, captured_at, refreshed_at, next_at, shown_at, version
from attempt
where payment_id = $1
order by created_at`)

// Attempt reads an attempt, or ErrNotFound.
func (tx *Tx) Attempt(ctx context.Context, id payment.AttemptID) (payment.Attempt, error) {
	return scanAttempt(tx.row(ctx, qAttempt, string(id)))
}

// LockAttempt reads an attempt for a change of it: first the attempt is locked, then its tickets.
func (tx *Tx) LockAttempt(ctx context.Context, id payment.AttemptID) (payment.Attempt, error) {
	return scanAttempt(tx.row(ctx, qAttempt+tx.lockSuffix(), string(id)))
}

// AttemptsOfPayment lists a payment's attempts, oldest first.
func (tx *Tx) AttemptsOfPayment(ctx context.Context, id payment.ID) ([]payment.Attempt, error) {
	rows, err := tx.few(ctx, qAttemptsOfPayment, string(id))
	if err != nil {
		return nil, fmt.Errorf("read attempts of payment: %w", err)
	}
	defer rows.Close()
	var all []payment.Attempt
	for rows.Next() {
		a, err := scanAttempt(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, rows.Err()
}

func scanAttempt(row interface{ Scan(...any) error }) (payment.Attempt, error) {
	var a payment.Attempt
	var amount, created, expires, refreshed int64
	var captured, next, shown sql.NullInt64
	err := row.Scan(&a.ID, &a.Payment, &a.Adapter, &a.State, &a.Session, &a.SessionURL, &a.ProcessorRef, &amount, &a.Reason, &a.Blocked,
		&a.Receipt, &created, &expires, &captured, &refreshed, &next, &shown, &a.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("attempt: %w", ErrNotFound)
	}
	if err != nil {
		return a, fmt.Errorf("read attempt: %w", err)
	}
	a.Amount = money.FromMinor(amount)
	a.CreatedAt, a.ExpiresAt, a.RefreshedAt = fromMicros(created), fromMicros(expires), fromMicros(refreshed)
	a.CapturedAt, a.NextAt, a.ShownAt = fromNull(captured), fromNull(next), fromNull(shown)
	return a, nil
}

var qMoveAttempt = query("move attempt", `
update attempt
set state = $1, session = $2, session_url = $3, processor_ref = $4, reason = $5, blocked_ticket = $6,
    receipt = $7, captured_at = $8, refreshed_at = $9, next_at = $10, version = version + 1
where id = $11
  and version = $12`)

// MoveAttempt moves an attempt along its table and writes its history line. a is the attempt as
// it was read, with the new values of its other fields; its state is set here. An event that has
// no line is kept in the history too, leaves the state as it is, and returns payment.ErrUnexpected.
func (tx *Tx) MoveAttempt(ctx context.Context, a *payment.Attempt, event payment.Event, at time.Time, note string) (payment.Line, error) {
	line, unexpected := payment.Next(a.State, event)
	if unexpected != nil {
		line = payment.Line{From: a.State, Event: event, To: a.State}
	}
	err := tx.one(ctx, qMoveAttempt, string(line.To), a.Session, a.SessionURL, a.ProcessorRef, a.Reason, string(a.Blocked),
		a.Receipt, nullMicros(a.CapturedAt), micros(a.RefreshedAt), nullMicros(a.NextAt), string(a.ID), a.Version)
	if err != nil {
		return line, fmt.Errorf("move attempt: %w", err)
	}
	a.State = line.To
	a.Version++
	_, err = tx.exec(ctx, qInsertAttemptEvent, string(a.ID), a.Version, micros(at), string(line.From), string(event), string(line.To), note)
	if err != nil {
		return line, fmt.Errorf("insert attempt event: %w", err)
	}
	return line, unexpected
}

var qTouchAttempt = query("touch attempt", `
update attempt
set refreshed_at = $1, next_at = $2
where id = $3
  and version = $4`)

// TouchAttempt records that the processor was asked and nothing moved.
func (tx *Tx) TouchAttempt(ctx context.Context, a payment.Attempt) error {
	err := tx.one(ctx, qTouchAttempt, micros(a.RefreshedAt), nullMicros(a.NextAt), string(a.ID), a.Version)
	if err != nil {
		return fmt.Errorf("touch attempt: %w", err)
	}
	return nil
}

var qDueAttempts = query("due attempts", `
select id
from attempt
where next_at <= $1
order by next_at
limit $2`)

var qClaimDue = query("claim due attempt", `
update attempt
set next_at = $1
where id = $2
  and next_at <= $3`)

// ClaimDue takes attempts that the sweeper has to look at and puts each off until later: another sweeper
// does not take it meanwhile, and one that can't be moved does not stand in the way of the rest.
func (tx *Tx) ClaimDue(ctx context.Context, now, later time.Time, limit int) ([]payment.AttemptID, error) {
	due, err := tx.DueAttempts(ctx, now, limit)
	if err != nil {
		return nil, err
	}
	return claimEach(ctx, tx, qClaimDue, due, now, later)
}

var qClaimReading = query("claim reading", `
update attempt
set refreshed_at = $1
where id = $2
  and refreshed_at <= $3`)

// ClaimReading says whether the caller may ask the processor about an attempt now: nobody has since
// before. Of many callers at once, one may.
func (tx *Tx) ClaimReading(ctx context.Context, id payment.AttemptID, now, before time.Time) (bool, error) {
	n, err := tx.exec(ctx, qClaimReading, micros(now), string(id), micros(before))
	if err != nil {
		return false, fmt.Errorf("claim reading: %w", err)
	}
	return n == 1, nil
}

// DueAttempts lists the attempts that the sweeper has to look at.
func (tx *Tx) DueAttempts(ctx context.Context, now time.Time, limit int) ([]payment.AttemptID, error) {
	return column[payment.AttemptID](ctx, tx, qDueAttempts, micros(now), limit)
}

var qShowReceipt = query("show receipt", `
update attempt
set shown_at = $1
where id = $2
  and shown_at is null`)

// ShowReceipt records when a receipt was first shown; first is false for every later time.
func (tx *Tx) ShowReceipt(ctx context.Context, id payment.AttemptID, at time.Time) (first bool, err error) {
	n, err := tx.exec(ctx, qShowReceipt, micros(at), string(id))
	if err != nil {
		return false, fmt.Errorf("record receipt shown: %w", err)
	}
	return n == 1, nil
}

func fromNull(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return fromMicros(n.Int64)
}
