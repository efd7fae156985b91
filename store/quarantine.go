package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/ticket"
)

// HeldRow is a row of an import that contradicts a ticket. What it says stays sealed.
type HeldRow struct {
	ID         string
	Ticket     ticket.ID
	Number     string // of the ticket
	Reason     string
	Sealed     []byte
	DataKey    string
	Source     string // the file's name
	Line       int
	HeldAt     time.Time
	ResolvedAt time.Time // zero: it waits for a person
	ResolvedBy string
	Outcome    string
}

var qHeldRows = query("held rows", `
select q.id, q.ticket_id, t.number, q.reason, q.sealed, q.data_key, q.source, q.line, q.held_at, q.resolved_at, q.resolved_by, q.outcome
from import_quarantine q
join ticket t on t.id = q.ticket_id
where q.resolved_at is null
order by q.held_at, q.id
limit $1`)

// HeldRows lists the rows of imports that wait for a person, oldest first, at most limit.
func (tx *Tx) HeldRows(ctx context.Context, limit int) ([]HeldRow, error) {
	rows, err := tx.rows(ctx, qHeldRows, limit)
	if err != nil {
		return nil, fmt.Errorf("read held rows: %w", err)
	}
	defer rows.Close()
	var all []HeldRow
	for rows.Next() {
		h, err := scanHeldRow(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, rows.Err()
}

var qHeldRow = query("held row", `
select q.id, q.ticket_id, t.number, q.reason, q.sealed, q.data_key, q.source, q.line, q.held_at, q.resolved_at, q.resolved_by, q.outcome
from import_quarantine q
join ticket t on t.id = q.ticket_id
where q.id = $1`)

// HeldRow reads a row in quarantine, or ErrNotFound.
func (tx *Tx) HeldRow(ctx context.Context, id string) (HeldRow, error) {
	return scanHeldRow(tx.row(ctx, qHeldRow, id))
}

func scanHeldRow(row scanner) (HeldRow, error) {
	var h HeldRow
	var held int64
	var resolved sql.NullInt64
	err := row.Scan(&h.ID, &h.Ticket, &h.Number, &h.Reason, &h.Sealed, &h.DataKey, &h.Source, &h.Line, &held, &resolved, &h.ResolvedBy, &h.Outcome)
	if errors.Is(err, sql.ErrNoRows) {
		return h, fmt.Errorf("held row: %w", ErrNotFound)
	}
	if err != nil {
		return h, fmt.Errorf("read held row: %w", err)
	}
	h.HeldAt, h.ResolvedAt = fromMicros(held), fromNull(resolved)
	return h, nil
}

var qResolveHeldRow = query("resolve held row", `
update import_quarantine
set resolved_at = $1, resolved_by = $2, outcome = $3
where id = $4
  and resolved_at is null`)

// ResolveHeldRow keeps what came of a row in quarantine. One that is resolved already is ErrConflict.
func (tx *Tx) ResolveHeldRow(ctx context.Context, id, who, outcome string, at time.Time) error {
	if err := tx.one(ctx, qResolveHeldRow, micros(at), who, outcome, id); err != nil {
		return fmt.Errorf("resolve held row: %w", err)
	}
	return nil
}
