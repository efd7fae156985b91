package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/ident"
	"fundy/money"
	"fundy/payment"
)

var qInsertException = query("insert exception", `
insert into exception
  (id, kind, ref, amount_minor, owner, opened_at, due_at, closed_at, closed_by, outcome, version)
values
  ($1, $2, $3, $4, $5, $6, $7, null, '', '', 1)
on conflict (kind, ref) do nothing`)

var qInsertExceptionEvent = query("insert exception event", `
insert into exception_event
  (exception_id, version, at, act, who, note)
values
  ($1, $2, $3, $4, $5, $6)`)

var qLockException = query("exception by ref", `
select id, kind, ref, amount_minor, owner, opened_at, due_at, closed_at, closed_by, outcome, version
from exception
where kind = $1
  and ref = $2`)

var qException = query("exception", `
select id, kind, ref, amount_minor, owner, opened_at, due_at, closed_at, closed_by, outcome, version
from exception
where id = $1`)

var qMoveException = query("move exception", `
update exception
set amount_minor = $1, owner = $2, due_at = $3, closed_at = $4, closed_by = $5, outcome = $6, version = version + 1
where id = $7
  and version = $8`)

// OpenException puts something before a person, once: opened is false where it is in the queue already. One
// that was closed is opened again. The id, owner and version are set in e.
func (tx *Tx) OpenException(ctx context.Context, e *payment.Exception, note string) (opened bool, err error) {
	e.ID, e.Version = ident.New("exc"), 1
	n, err := tx.exec(ctx, qInsertException, e.ID, string(e.Kind), e.Ref, e.Amount.Minor(), e.Owner, micros(e.OpenedAt), micros(e.DueAt))
	if err != nil {
		return false, fmt.Errorf("insert exception: %w", err)
	}
	if n == 1 {
		return true, tx.addExceptionEvent(ctx, *e, payment.ExceptionOpened, "", note, e.OpenedAt)
	}
	was, err := tx.ExceptionOf(ctx, e.Kind, e.Ref)
	if err != nil || was.ClosedAt.IsZero() {
		*e = was
		return false, err
	}
	was.Amount, was.DueAt, was.ClosedAt, was.ClosedBy, was.Outcome = e.Amount, e.DueAt, time.Time{}, "", ""
	err = tx.MoveException(ctx, &was, payment.ExceptionOpened, "", note, e.OpenedAt)
	*e = was
	return err == nil, err
}

// ExceptionOf reads an exception by what it is about, for a change of it, or ErrNotFound.
func (tx *Tx) ExceptionOf(ctx context.Context, kind payment.ExceptionKind, ref string) (payment.Exception, error) {
	return scanException(tx.row(ctx, qLockException+tx.lockSuffix(), string(kind), ref))
}

// Exception reads an exception, or ErrNotFound.
func (tx *Tx) Exception(ctx context.Context, id string) (payment.Exception, error) {
	return scanException(tx.row(ctx, qException, id))
}

// MoveException writes what was done about an exception, as e is now.
func (tx *Tx) MoveException(ctx context.Context, e *payment.Exception, act payment.ExceptionAct, who, note string, at time.Time) error {
	err := tx.one(ctx, qMoveException, e.Amount.Minor(), e.Owner, micros(e.DueAt), nullMicros(e.ClosedAt), e.ClosedBy, e.Outcome, e.ID, e.Version)
	if err != nil {
		return fmt.Errorf("move exception: %w", err)
	}
	e.Version++
	return tx.addExceptionEvent(ctx, *e, act, who, note, at)
}

func (tx *Tx) addExceptionEvent(ctx context.Context, e payment.Exception, act payment.ExceptionAct, who, note string, at time.Time) error {
	_, err := tx.exec(ctx, qInsertExceptionEvent, e.ID, e.Version, micros(at), string(act), who, note)
	if err != nil {
		return fmt.Errorf("insert exception event: %w", err)
	}
	return nil
}

var qOpenExceptions = query("open exceptions", `
select id, kind, ref, amount_minor, owner, opened_at, due_at, closed_at, closed_by, outcome, version
from exception
where closed_at is null
order by due_at, id
limit $1`)

// OpenExceptions lists what waits for a person, the most urgent first, at most limit.
func (tx *Tx) OpenExceptions(ctx context.Context, limit int) ([]payment.Exception, error) {
	return tx.exceptions(ctx, qOpenExceptions, limit)
}

var qOpenExceptionsOf = query("open exceptions of a kind", `
select id, kind, ref, amount_minor, owner, opened_at, due_at, closed_at, closed_by, outcome, version
from exception
where closed_at is null
  and kind = $1
order by due_at, id
limit $2`)

// OpenExceptionsOf is OpenExceptions of one kind.
func (tx *Tx) OpenExceptionsOf(ctx context.Context, kind payment.ExceptionKind, limit int) ([]payment.Exception, error) {
	return tx.exceptions(ctx, qOpenExceptionsOf, string(kind), limit)
}

var qOpenExceptionsBut = query("open exceptions but a kind", `
select id, kind, ref, amount_minor, owner, opened_at, due_at, closed_at, closed_by, outcome, version
from exception
where closed_at is null
  and kind <> $1
order by due_at, id
limit $2`)

// OpenExceptionsBut is OpenExceptions of all kinds but one.
func (tx *Tx) OpenExceptionsBut(ctx context.Context, kind payment.ExceptionKind, limit int) ([]payment.Exception, error) {
	return tx.exceptions(ctx, qOpenExceptionsBut, string(kind), limit)
}

// OpenExceptionAbout is what waits of a kind about something; found is false where nothing of it does.
func (tx *Tx) OpenExceptionAbout(ctx context.Context, kind payment.ExceptionKind, ref string) (e payment.Exception, found bool, err error) {
	e, err = scanException(tx.row(ctx, qLockException, string(kind), ref))
	if errors.Is(err, ErrNotFound) {
		return e, false, nil
	}
	return e, err == nil && e.ClosedAt.IsZero(), err
}

func (tx *Tx) exceptions(ctx context.Context, q string, args ...any) ([]payment.Exception, error) {
	rows, err := tx.rows(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read exceptions: %w", err)
	}
	defer rows.Close()
	var all []payment.Exception
	for rows.Next() {
		e, err := scanException(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

func scanException(row scanner) (payment.Exception, error) {
	var e payment.Exception
	var amount, opened, due int64
	var closed sql.NullInt64
	err := row.Scan(&e.ID, &e.Kind, &e.Ref, &amount, &e.Owner, &opened, &due, &closed, &e.ClosedBy, &e.Outcome, &e.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return e, fmt.Errorf("exception: %w", ErrNotFound)
	}
	if err != nil {
		return e, fmt.Errorf("read exception: %w", err)
	}
	e.Amount, e.OpenedAt, e.DueAt, e.ClosedAt = money.FromMinor(amount), fromMicros(opened), fromMicros(due), fromNull(closed)
	return e, nil
}

// ExceptionEvent is one line of an exception's history.
type ExceptionEvent struct {
	At   time.Time
	Act  payment.ExceptionAct
	Who  string
	Note string
}

var qExceptionEvents = query("exception events", `
select at, act, who, note
from exception_event
where exception_id = $1
order by version`)

// ExceptionEvents is an exception's history, oldest first.
func (tx *Tx) ExceptionEvents(ctx context.Context, id string) ([]ExceptionEvent, error) {
	rows, err := tx.rows(ctx, qExceptionEvents, id)
	if err != nil {
		return nil, fmt.Errorf("read exception events: %w", err)
	}
	defer rows.Close()
	var all []ExceptionEvent
	for rows.Next() {
		var e ExceptionEvent
		var at int64
		if err := rows.Scan(&at, &e.Act, &e.Who, &e.Note); err != nil {
			return nil, fmt.Errorf("read exception event: %w", err)
		}
		e.At = fromMicros(at)
		all = append(all, e)
	}
	return all, rows.Err()
}
