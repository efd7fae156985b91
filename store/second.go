package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"fundy/money"
	"fundy/payment"
)

var qInsertSecond = query("insert second", `
insert into counter_second
  (id, kind, session_id, amount_minor, counted, expected_minor, reason, asked_by, asked_at, state, ended_by, ended_at, batch_id)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'asked', '', null, null)`)

// InsertSecond keeps what a second person is to count again. A drawer that waits for one already is ErrConflict.
func (tx *Tx) InsertSecond(ctx context.Context, a payment.Second) error {
	session := sql.NullString{String: string(a.Session), Valid: a.Session != ""}
	_, err := tx.exec(ctx, qInsertSecond, string(a.ID), string(a.Kind), session, a.Amount.Minor(), a.Count.String(), a.Expected.Minor(), a.Reason, a.AskedBy, micros(a.AskedAt))
	if err != nil {
		return fmt.Errorf("insert second: %w", err)
	}
	return nil
}

var qSecond = query("second", `
select c.id, c.kind, coalesce(c.session_id, ''), coalesce(d.name, ''), c.amount_minor, c.counted, c.expected_minor, c.reason, c.asked_by, c.asked_at,
       c.state, c.ended_by, c.ended_at, coalesce(c.batch_id, '')
from counter_second c
left join drawer_session s on s.id = c.session_id
left join drawer d on d.id = s.drawer_id
where c.id = $1`)

var qOpenSeconds = query("open seconds", `
select c.id, c.kind, coalesce(c.session_id, ''), coalesce(d.name, ''), c.amount_minor, c.counted, c.expected_minor, c.reason, c.asked_by, c.asked_at,
       c.state, c.ended_by, c.ended_at, coalesce(c.batch_id, '')
from counter_second c
left join drawer_session s on s.id = c.session_id
left join drawer d on d.id = s.drawer_id
where c.state = 'asked'
order by c.asked_at, c.id
limit $1`)

var qLockSecond = query("lock second", `
select id
from counter_second
where id = $1`)

// Second reads what waits for a second person, or waited, or ErrNotFound.
func (tx *Tx) Second(ctx context.Context, id payment.SecondID) (payment.Second, error) {
	return scanSecond(tx.row(ctx, qSecond, string(id)))
}

// LockSecond reads it for its end: before the drawer's session and its batches.
func (tx *Tx) LockSecond(ctx context.Context, id payment.SecondID) (payment.Second, error) {
	var locked string
	err := tx.row(ctx, qLockSecond+tx.lockSuffix(), string(id)).Scan(&locked)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return payment.Second{}, fmt.Errorf("lock second: %w", kind(err))
	}
	return tx.Second(ctx, id)
}

// OpenSeconds lists what waits for a second person, oldest first, at most limit.
func (tx *Tx) OpenSeconds(ctx context.Context, limit int) ([]payment.Second, error) {
	rows, err := tx.rows(ctx, qOpenSeconds, limit)
	if err != nil {
		return nil, fmt.Errorf("read seconds: %w", err)
	}
	defer rows.Close()
	var all []payment.Second
	for rows.Next() {
		a, err := scanSecond(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, rows.Err()
}

func scanSecond(row scanner) (payment.Second, error) {
	var a payment.Second
	var amount, expected, asked int64
	var ended sql.NullInt64
	var count string
	err := row.Scan(&a.ID, &a.Kind, &a.Session, &a.Drawer, &amount, &count, &expected, &a.Reason, &a.AskedBy, &asked, &a.State, &a.EndedBy, &ended, &a.Batch)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("second: %w", ErrNotFound)
	}
	if err != nil {
		return a, fmt.Errorf("read second: %w", err)
	}
	if a.Count, err = payment.ParseCount(count); err != nil {
		return a, fmt.Errorf("read second: %w", err)
	}
	a.Amount, a.Expected = money.FromMinor(amount), money.FromMinor(expected)
	a.AskedAt, a.EndedAt = fromMicros(asked), fromNull(ended)
	return a, nil
}

var qEndSecond = query("end second", `
update counter_second
set state = $1, ended_by = $2, ended_at = $3, batch_id = $4
where id = $5
  and state = 'asked'`)

// EndSecond writes how it ended. One that has ended already is ErrConflict.
func (tx *Tx) EndSecond(ctx context.Context, a payment.Second) error {
	batch := sql.NullString{String: string(a.Batch), Valid: a.Batch != ""}
	if err := tx.one(ctx, qEndSecond, string(a.State), a.EndedBy, micros(a.EndedAt), batch, string(a.ID)); err != nil {
		return fmt.Errorf("end second: %w", err)
	}
	return nil
}

var qDrawers = query("drawers", `
select id, name, place, made_at
from drawer
order by name
limit $1`)

// Drawers lists the drawers of a city by name, at most limit.
func (tx *Tx) Drawers(ctx context.Context, limit int) ([]payment.Drawer, error) {
	rows, err := tx.rows(ctx, qDrawers, limit)
	if err != nil {
		return nil, fmt.Errorf("read drawers: %w", err)
	}
	defer rows.Close()
	var all []payment.Drawer
	for rows.Next() {
		var d payment.Drawer
		var made int64
		if err := rows.Scan(&d.ID, &d.Name, &d.Place, &made); err != nil {
			return nil, fmt.Errorf("read drawer: %w", err)
		}
		d.MadeAt = fromMicros(made)
		all = append(all, d)
	}
	return all, rows.Err()
}
