package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

var qInsertYear = query("insert year lock", `
insert into year_lock
  (year, ends_at, closed_by, closed_at, body)
values
  ($1, $2, $3, $4, $5)`)

// LockYear closes a year with what it came to. One that is closed is ErrConflict.
func (tx *Tx) LockYear(ctx context.Context, year int, ends time.Time, by string, at time.Time, body string) error {
	_, err := tx.exec(ctx, qInsertYear, year, micros(ends), by, micros(at), body)
	if err != nil {
		return fmt.Errorf("insert year lock: %w", err)
	}
	return nil
}

var qLockedYear = query("locked year", `
select body
from year_lock
where year = $1`)

// LockedYear is what a closed year came to, or ErrNotFound.
func (tx *Tx) LockedYear(ctx context.Context, year int) (string, error) {
	var body string
	err := tx.row(ctx, qLockedYear, year).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("closed year: %w", ErrNotFound)
	}
	if err != nil {
		return "", fmt.Errorf("read closed year: %w", err)
	}
	return body, nil
}

var qLastLocked = query("last locked year", `
select coalesce(max(year), 0)
from year_lock
where year < $1`)

// LastLocked is the last closed year before one; 0: none is.
func (tx *Tx) LastLocked(ctx context.Context, before int) (int, error) {
	var year int
	if err := tx.row(ctx, qLastLocked, before).Scan(&year); err != nil {
		return 0, fmt.Errorf("read closed years: %w", err)
	}
	return year, nil
}
