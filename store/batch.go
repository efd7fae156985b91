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

var qInsertBatch = query("insert batch", `
insert into batch
  (id, kind, state, opened_by, second_by, opened_at, closed_by, closed_at, announced_minor, total_minor, session_id, version)
values
  ($1, $2, $3, $4, $5, $6, '', null, $7, 0, $8, 1)`)

var qInsertBatchEvent = query("insert batch event", `
insert into batch_event
  (batch_id, version, at, from_state, event, to_state, who, total_minor, note)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)

// InsertBatch opens a batch, with its first history line. A drawer's second open one of a kind is ErrConflict.
func (tx *Tx) InsertBatch(ctx context.Context, b payment.Batch) error {
	line, ok := payment.NextBatch("", payment.BatchOpens)
	if !ok {
		return fmt.Errorf("a batch can't be opened: %w", ErrRule)
	}
	session := sql.NullString{String: string(b.Session), Valid: b.Session != ""}
	_, err := tx.exec(ctx, qInsertBatch, string(b.ID), string(b.Kind), string(line.To), b.OpenedBy, b.Second, micros(b.OpenedAt), b.Announced.Minor(), session)
	if err != nil {
		return fmt.Errorf("insert batch: %w", err)
	}
	_, err = tx.exec(ctx, qInsertBatchEvent, string(b.ID), 1, micros(b.OpenedAt), string(line.From), string(line.Event), string(line.To), b.OpenedBy, 0, b.Second)
	if err != nil {
		return fmt.Errorf("insert batch event: %w", err)
	}
	return nil
}

var qBatch = query("batch", `
select id, kind, state, opened_by, second_by, opened_at, closed_by, closed_at, announced_minor, total_minor, session_id, version
from batch
where id = $1`)

var qBatchesOfSession = query("batches of session", `
select id, kind, state, opened_by, second_by, opened_at, closed_by, closed_at, announced_minor, total_minor, session_id, version
from batch
where session_id = $1
order by id`)

var qBatches = query("batches", `
select id, kind, state, opened_by, second_by, opened_at, closed_by, closed_at, announced_minor, total_minor, session_id, version
from batch
order by opened_at desc, id
limit $1`)

var qBatchesIn = query("batches in state", `
select id, kind, state, opened_by, second_by, opened_at, closed_by, closed_at, announced_minor, total_minor, session_id, version
from batch
where state = $1
order by opened_at, id
limit $2`)

var qBatchesOfKind = query("batches of kind", `
select id, kind, state, opened_by, second_by, opened_at, closed_by, closed_at, announced_minor, total_minor, session_id, version
from batch
where kind = $1
order by opened_at desc, id
limit $2`)

// Batch reads a batch, or ErrNotFound.
func (tx *Tx) Batch(ctx context.Context, id payment.BatchID) (payment.Batch, error) {
	return scanBatch(tx.row(ctx, qBatch, string(id)))
}

// LockBatch reads a batch for a change of it, or of what is in it: after its attempt, its tickets and its drawer.
func (tx *Tx) LockBatch(ctx context.Context, id payment.BatchID) (payment.Batch, error) {
	return scanBatch(tx.row(ctx, qBatch+tx.lockSuffix(), string(id)))
}

// BatchesOfSession lists a drawer session's batches, in ascending id.
func (tx *Tx) BatchesOfSession(ctx context.Context, id payment.SessionID) ([]payment.Batch, error) {
	return tx.batchesOf(ctx, qBatchesOfSession, string(id))
}

// Batches lists the newest batches, at most limit.
func (tx *Tx) Batches(ctx context.Context, limit int) ([]payment.Batch, error) {
	return tx.batchesOf(ctx, qBatches, limit)
}

// BatchesIn lists the batches in a state, oldest first, at most limit.
func (tx *Tx) BatchesIn(ctx context.Context, state payment.BatchState, limit int) ([]payment.Batch, error) {
	return tx.batchesOf(ctx, qBatchesIn, string(state), limit)
}

// BatchesOfKind lists the newest batches of a kind, at most limit.
func (tx *Tx) BatchesOfKind(ctx context.Context, kind payment.BatchKind, limit int) ([]payment.Batch, error) {
	return tx.batchesOf(ctx, qBatchesOfKind, string(kind), limit)
}

func (tx *Tx) batchesOf(ctx context.Context, q string, args ...any) ([]payment.Batch, error) {
	rows, err := tx.rows(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read batches: %w", err)
	}
	defer rows.Close()
	var all []payment.Batch
	for rows.Next() {
		b, err := scanBatch(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, rows.Err()
}

func scanBatch(row scanner) (payment.Batch, error) {
	var b payment.Batch
	var opened, announced, total int64
	var closed sql.NullInt64
	var session sql.NullString
	err := row.Scan(&b.ID, &b.Kind, &b.State, &b.OpenedBy, &b.Second, &opened, &b.ClosedBy, &closed, &announced, &total, &session, &b.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return b, fmt.Errorf("batch: %w", ErrNotFound)
	}
	if err != nil {
		return b, fmt.Errorf("read batch: %w", err)
	}
	b.OpenedAt, b.ClosedAt, b.Session = fromMicros(opened), fromNull(closed), payment.SessionID(session.String)
	b.Announced, b.Total = money.FromMinor(announced), money.FromMinor(total)
	return b, nil
}

var qMoveBatch = query("move batch", `
update batch
set state = $1, closed_by = $2, closed_at = $3, total_minor = $4, version = version + 1
where id = $5
  and version = $6`)

// MoveBatch moves a batch along its table and writes its history line. b is the batch as it was read, with the new
// values of its other fields. A move that has no line is ErrRule.
func (tx *Tx) MoveBatch(ctx context.Context, b *payment.Batch, event payment.BatchEvent, at time.Time, who, note string) error {
	line, ok := payment.NextBatch(b.State, event)
	if !ok {
		return fmt.Errorf("batch in state %s does not know the event %s: %w", b.State, event, ErrRule)
	}
	err := tx.one(ctx, qMoveBatch, string(line.To), b.ClosedBy, nullMicros(b.ClosedAt), b.Total.Minor(), string(b.ID), b.Version)
	if err != nil {
		return fmt.Errorf("move batch: %w", err)
	}
	b.State = line.To
	b.Version++
	_, err = tx.exec(ctx, qInsertBatchEvent, string(b.ID), b.Version, micros(at), string(line.From), string(event), string(line.To), who, b.Total.Minor(), note)
	if err != nil {
		return fmt.Errorf("insert batch event: %w", err)
	}
	return nil
}

var qBatchSum = query("batch sum", `
select coalesce(cast(sum(tendered_minor - change_minor) as bigint), 0), count(*)
from tender
where batch_id = $1
  and state = 'taken'`)

// BatchSum is what was kept of a batch's tenders, and how many there are. Who decides by it has locked the batch.
func (tx *Tx) BatchSum(ctx context.Context, id payment.BatchID) (total money.Amount, tenders int, err error) {
	var sum int64
	if err := tx.row(ctx, qBatchSum, string(id)).Scan(&sum, &tenders); err != nil {
		return money.Zero, 0, fmt.Errorf("add batch up: %w", err)
	}
	return money.FromMinor(sum), tenders, nil
}
