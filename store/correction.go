package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fundy/money"
	"fundy/payment"
	"fundy/ticket"
)

var qInsertCorrection = query("insert correction", `
insert into correction
  (id, kind, attempt_id, from_ticket, to_ticket, amount_minor, rest_minor, why, state, asked_by, asked_at, decided_by, decided_at, version)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, 'asked', $9, $10, '', null, 1)`)

// InsertCorrection writes a correction that is asked for. The caller has locked the attempt. While another one of
// the same attempt waits, it is ErrConflict.
func (tx *Tx) InsertCorrection(ctx context.Context, c payment.Correction) error {
	_, err := tx.exec(ctx, qInsertCorrection, c.ID, string(c.Kind), string(c.Attempt), string(c.From), string(c.To), c.Amount.Minor(), c.Rest.Minor(), c.Why,
		c.AskedBy, micros(c.AskedAt))
	if err != nil {
		return fmt.Errorf("insert correction: %w", err)
	}
	return nil
}

var qCorrection = query("correction", `
select id, kind, attempt_id, from_ticket, to_ticket, amount_minor, rest_minor, why, state, asked_by, asked_at, decided_by, decided_at, version
from correction
where id = $1`)

var qCorrections = query("corrections", `
select id, kind, attempt_id, from_ticket, to_ticket, amount_minor, rest_minor, why, state, asked_by, asked_at, decided_by, decided_at, version
from correction
order by asked_at desc, id
limit $1`)

var qAskedCorrections = query("asked corrections", `
select id, kind, attempt_id, from_ticket, to_ticket, amount_minor, rest_minor, why, state, asked_by, asked_at, decided_by, decided_at, version
from correction
where state = 'asked'
order by asked_at, id
limit $1`)

// AskedCorrections lists the corrections that wait for a second person, oldest first, at most limit.
func (tx *Tx) AskedCorrections(ctx context.Context, limit int) ([]payment.Correction, error) {
	return tx.correctionsOf(ctx, qAskedCorrections, limit)
}

// Correction reads a correction, or ErrNotFound.
func (tx *Tx) Correction(ctx context.Context, id string) (payment.Correction, error) {
	return scanCorrection(tx.row(ctx, qCorrection, id))
}

// LockCorrection reads a correction for a change of it: its attempt is locked first.
func (tx *Tx) LockCorrection(ctx context.Context, id string) (payment.Correction, error) {
	return scanCorrection(tx.row(ctx, qCorrection+tx.lockSuffix(), id))
}

// Corrections lists the newest corrections, at most limit.
func (tx *Tx) Corrections(ctx context.Context, limit int) ([]payment.Correction, error) {
	return tx.correctionsOf(ctx, qCorrections, limit)
}

var qCorrectionsAbout = query("corrections of attempt", `
select id, kind, attempt_id, from_ticket, to_ticket, amount_minor, rest_minor, why, state, asked_by, asked_at, decided_by, decided_at, version
from correction
where attempt_id = $1
order by asked_at desc, id
limit $2`)

// CorrectionsAbout lists the corrections of an attempt, whatever became of them, the newest first, at most limit.
func (tx *Tx) CorrectionsAbout(ctx context.Context, id payment.AttemptID, limit int) ([]payment.Correction, error) {
	return tx.correctionsOf(ctx, qCorrectionsAbout, string(id), limit)
}

func (tx *Tx) correctionsOf(ctx context.Context, q string, args ...any) ([]payment.Correction, error) {
	rows, err := tx.rows(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read corrections: %w", err)
	}
	defer rows.Close()
	var all []payment.Correction
	for rows.Next() {
		c, err := scanCorrection(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

func scanCorrection(row scanner) (payment.Correction, error) {
	var c payment.Correction
	var amount, rest, asked int64
	var decided sql.NullInt64
	err := row.Scan(&c.ID, &c.Kind, &c.Attempt, &c.From, &c.To, &amount, &rest, &c.Why, &c.State, &c.AskedBy, &asked, &c.DecidedBy, &decided, &c.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fmt.Errorf("correction: %w", ErrNotFound)
	}
	if err != nil {
		return c, fmt.Errorf("read correction: %w", err)
	}
	c.Amount, c.Rest, c.AskedAt, c.DecidedAt = money.FromMinor(amount), money.FromMinor(rest), fromMicros(asked), fromNull(decided)
	return c, nil
}

var qTransfersOf = query("transfers of attempt", `
select id, kind, attempt_id, from_ticket, to_ticket, amount_minor, rest_minor, why, state, asked_by, asked_at, decided_by, decided_at, version
from correction
where attempt_id = $1
  and kind = 'transfer'
  and state = 'done'
order by decided_at, id`)

// TransfersOf reads the transfers of an attempt's money that were made, in their order.
func (tx *Tx) TransfersOf(ctx context.Context, id payment.AttemptID) ([]payment.Correction, error) {
	return tx.correctionsOf(ctx, qTransfersOf, string(id))
}

var qDecideCorrection = query("decide correction", `
update correction
set state = $1, decided_by = $2, decided_at = $3, amount_minor = $4, rest_minor = $5, version = version + 1
where id = $6
  and version = $7
  and state = 'asked'`)

// DecideCorrection writes what a person decided about a correction that was asked for. One who approves what he
// has asked for is ErrRule.
func (tx *Tx) DecideCorrection(ctx context.Context, c payment.Correction) error {
	err := tx.one(ctx, qDecideCorrection, string(c.State), c.DecidedBy, micros(c.DecidedAt), c.Amount.Minor(), c.Rest.Minor(), c.ID, c.Version)
	if err != nil {
		return fmt.Errorf("decide correction: %w", err)
	}
	return nil
}

var qLastTransferTo = query("last transfer to ticket", `
select id
from correction
where attempt_id = $1
  and to_ticket = $2
  and kind = 'transfer'
  and state = 'done'
order by decided_at desc, id desc
limit 1`)

// EntryOfTicket is the id of the entry that put an attempt's money to a ticket that has it: the last transfer's, or
// that of the payment itself.
func (tx *Tx) EntryOfTicket(ctx context.Context, a payment.AttemptID, id ticket.ID) (string, error) {
	var transfer string
	err := tx.row(ctx, qLastTransferTo, string(a), string(id)).Scan(&transfer)
	if err == nil {
		return "transfer-" + transfer, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read last transfer: %w", err)
	}
	for _, entry := range []string{"capture-" + a.Ref(), "put-" + a.Ref()} {
		postings, err := tx.PostingsOfEntry(ctx, entry)
		if err != nil {
			return "", err
		}
		if len(postings) > 0 {
			return entry, nil
		}
	}
	return "", fmt.Errorf("entry of a payment: %w", ErrNotFound)
}

var qMoveOut = query("move payment ticket out", `
update payment_ticket
set moved_out_at = $1, moved_in_at = null
where payment_id = $2
  and ticket_id = $3
  and moved_out_at is null`)

var qMoveIn = query("move payment ticket in", `
insert into payment_ticket
  (payment_id, ticket_id, amount_minor, quoted_at, version, revenue, components, moved_out_at, moved_in_at)
values
  ($1, $2, $3, $4, $5, $6, $7, null, $8)
on conflict (payment_id, ticket_id) do update
set amount_minor = excluded.amount_minor, quoted_at = excluded.quoted_at, version = excluded.version, revenue = excluded.revenue,
    components = excluded.components, moved_out_at = null, moved_in_at = excluded.moved_in_at
where payment_ticket.moved_out_at is not null`)

// MovePaymentTicket makes a payment one of ticket to, frozen as f, in the place of ticket from.
func (tx *Tx) MovePaymentTicket(ctx context.Context, id payment.ID, from ticket.ID, f payment.Frozen, at time.Time) error {
	if err := tx.one(ctx, qMoveOut, micros(at), string(id), string(from)); err != nil {
		return fmt.Errorf("move payment ticket out: %w", err)
	}
	components, err := json.Marshal(f.Components)
	if err != nil {
		return fmt.Errorf("write components: %w", err)
	}
	err = tx.one(ctx, qMoveIn, string(id), string(f.Ticket), f.Total.Minor(), micros(f.QuotedAt), f.Version, f.Revenue, string(components), micros(at))
	if err != nil {
		return fmt.Errorf("move payment ticket in: %w", err)
	}
	return nil
}

var qAttemptOfTicket = query("attempt of ticket", `
select attempt_id
from allocation
where ticket_id = $1
  and undone_at is null`)

// AttemptOfTicket is the attempt that has a ticket, or ErrNotFound.
func (tx *Tx) AttemptOfTicket(ctx context.Context, id ticket.ID) (payment.AttemptID, error) {
	var a payment.AttemptID
	err := tx.row(ctx, qAttemptOfTicket, string(id)).Scan(&a)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("attempt of ticket: %w", ErrNotFound)
	}
	if err != nil {
		return "", fmt.Errorf("read attempt of ticket: %w", err)
	}
	return a, nil
}

var qStoppedAttempts = query("stopped attempts", `
select id, payment_id, adapter, state, session, session_url, processor_ref, amount_minor, reason, blocked_ticket,
       receipt, created_at, expires_at, captured_at, refreshed_at, next_at, shown_at, version
from attempt
where state = 'stopped'
order by created_at, id
limit $1`)

// StoppedAttempts lists the attempts that stopped, oldest first, at most limit.
func (tx *Tx) StoppedAttempts(ctx context.Context, limit int) ([]payment.Attempt, error) {
	rows, err := tx.rows(ctx, qStoppedAttempts, limit)
	if err != nil {
		return nil, fmt.Errorf("read stopped attempts: %w", err)
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
