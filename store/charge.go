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

var qMakeCharge = query("make charge", `
insert into charge
  (id, kind, returned_id, amount_minor, clause, state, made_at, attempt_id, version)
values
  ($1, $2, $3, $4, $5, $6, $7, null, 1)`)

var qInsertChargeEvent = query("insert charge event", `
insert into charge_event
  (charge_id, version, at, from_state, event, to_state, who, note)
values
  ($1, $2, $3, $4, $5, $6, $7, $8)`)

// MakeCharge writes a debt beside a ticket, with its first history line.
func (tx *Tx) MakeCharge(ctx context.Context, c *payment.Charge, who string) error {
	line, ok := payment.NextCharge(payment.ChargeNew, payment.ChargeMade)
	if !ok {
		return fmt.Errorf("make charge: %w", ErrRule)
	}
	c.State, c.Version = line.To, 1
	_, err := tx.exec(ctx, qMakeCharge, string(c.ID), c.Kind, string(c.Returned), c.Amount.Minor(), c.Clause, string(c.State), micros(c.MadeAt))
	if err != nil {
		return fmt.Errorf("insert charge: %w", err)
	}
	return tx.addChargeEvent(ctx, *c, line, who, "", c.MadeAt)
}

func (tx *Tx) addChargeEvent(ctx context.Context, c payment.Charge, line payment.ChargeLine, who, note string, at time.Time) error {
	_, err := tx.exec(ctx, qInsertChargeEvent, string(c.ID), c.Version, micros(at), string(line.From), string(line.Event), string(line.To), who, note)
	if err != nil {
		return fmt.Errorf("insert charge event: %w", err)
	}
	return nil
}

var qChargeRow = query("charge", `
select id, kind, returned_id, amount_minor, clause, state, made_at, coalesce(attempt_id, ''), version
from charge
where id = $1`)

var qChargeOfReturned = query("charge of returned cheque", `
select id, kind, returned_id, amount_minor, clause, state, made_at, coalesce(attempt_id, ''), version
from charge
where returned_id = $1`)

var qChargeOfAttempt = query("charge of attempt", `
select id, kind, returned_id, amount_minor, clause, state, made_at, coalesce(attempt_id, ''), version
from charge
where attempt_id = $1`)

var qChargesOwed = query("charges owed", `
select id, kind, returned_id, amount_minor, clause, state, made_at, coalesce(attempt_id, ''), version
from charge
where state = 'owed'
order by made_at, id
limit $1`)

// Charge reads a charge, or ErrNotFound.
func (tx *Tx) Charge(ctx context.Context, id payment.ChargeID) (payment.Charge, error) {
	return scanCharge(tx.row(ctx, qChargeRow, string(id)))
}

// LockCharge reads a charge for a change of it, or ErrNotFound.
func (tx *Tx) LockCharge(ctx context.Context, id payment.ChargeID) (payment.Charge, error) {
	return scanCharge(tx.row(ctx, qChargeRow+tx.lockSuffix(), string(id)))
}

// ChargeOfReturned reads the charge for a cheque that came back, or ErrNotFound: its city may make none.
func (tx *Tx) ChargeOfReturned(ctx context.Context, id payment.ReturnedID) (payment.Charge, error) {
	return scanCharge(tx.row(ctx, qChargeOfReturned, string(id)))
}

// ChargeOfAttempt reads the charge that an attempt paid, for a change of it, or ErrNotFound.
func (tx *Tx) ChargeOfAttempt(ctx context.Context, id payment.AttemptID) (payment.Charge, error) {
	return scanCharge(tx.row(ctx, qChargeOfAttempt+tx.lockSuffix(), string(id)))
}

// ChargesOwed lists the charges that are owed, oldest first, at most limit.
func (tx *Tx) ChargesOwed(ctx context.Context, limit int) ([]payment.Charge, error) {
	rows, err := tx.rows(ctx, qChargesOwed, limit)
	if err != nil {
		return nil, fmt.Errorf("read charges: %w", err)
	}
	defer rows.Close()
	var all []payment.Charge
	for rows.Next() {
		c, err := scanCharge(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

func scanCharge(row scanner) (payment.Charge, error) {
	var c payment.Charge
	var amount, made int64
	err := row.Scan(&c.ID, &c.Kind, &c.Returned, &amount, &c.Clause, &c.State, &made, &c.Attempt, &c.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fmt.Errorf("charge: %w", ErrNotFound)
	}
	if err != nil {
		return c, fmt.Errorf("read charge: %w", err)
	}
	c.Amount, c.MadeAt = money.FromMinor(amount), fromMicros(made)
	return c, nil
}

var qMoveCharge = query("move charge", `
update charge
set state = $1, attempt_id = $2, version = version + 1
where id = $3
  and version = $4`)

// MoveCharge moves a charge along its table and writes its history line. An event that has no line is ErrRule.
func (tx *Tx) MoveCharge(ctx context.Context, c *payment.Charge, event payment.ChargeEvent, who, note string, at time.Time) error {
	line, ok := payment.NextCharge(c.State, event)
	if !ok {
		return fmt.Errorf("a charge that is %s can't be %s: %w", c.State, event, ErrRule)
	}
	err := tx.one(ctx, qMoveCharge, string(line.To), nullText(string(c.Attempt)), string(c.ID), c.Version)
	if err != nil {
		return fmt.Errorf("move charge: %w", err)
	}
	c.State = line.To
	c.Version++
	return tx.addChargeEvent(ctx, *c, line, who, note, at)
}
