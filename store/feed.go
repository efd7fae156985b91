package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/bank"
	"fundy/city"
	"fundy/money"
	"fundy/payout"
)

var qInsertFeed = query("insert feed", `
insert into feed
  (name, expected, since, last_at, last_day, raised_day, next_at, leased_until, trouble)
values
  ($1, $2, $3, null, '', '', 0, 0, '')
on conflict (name) do nothing`)

// ExpectFeed says that something is expected from now on, and how often for a person. One that is expected already
// stays as it is.
func (tx *Tx) ExpectFeed(ctx context.Context, name, expected string, now time.Time) error {
	_, err := tx.exec(ctx, qInsertFeed, name, expected, micros(now))
	if err != nil {
		return fmt.Errorf("insert feed: %w", err)
	}
	return nil
}

var qFeeds = query("feeds", `
select name, expected, since, last_at, last_day, raised_day, next_at, trouble
from feed
order by name`)

// Feeds lists what is expected, with how each stands.
func (tx *Tx) Feeds(ctx context.Context) ([]payout.Feed, error) {
	rows, err := tx.rows(ctx, qFeeds)
	if err != nil {
		return nil, fmt.Errorf("read feeds: %w", err)
	}
	defer rows.Close()
	var all []payout.Feed
	for rows.Next() {
		f, err := scanFeed(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, rows.Err()
}

var qFeed = query("feed", `
select name, expected, since, last_at, last_day, raised_day, next_at, trouble
from feed
where name = $1`)

// Feed is how one stands, or ErrNotFound.
func (tx *Tx) Feed(ctx context.Context, name string) (payout.Feed, error) {
	return scanFeed(tx.row(ctx, qFeed, name))
}

func scanFeed(row scanner) (payout.Feed, error) {
	var f payout.Feed
	var since, next int64
	var last sql.NullInt64
	var day, raised string
	err := row.Scan(&f.Name, &f.Expected, &since, &last, &day, &raised, &next, &f.Trouble)
	if errors.Is(err, sql.ErrNoRows) {
		return f, fmt.Errorf("feed: %w", ErrNotFound)
	}
	if err = errors.Join(err, dayInto(&f.LastDay, day), dayInto(&f.Raised, raised)); err != nil {
		return f, fmt.Errorf("read feed: %w", err)
	}
	f.Since, f.LastAt, f.NextAt = fromMicros(since), fromNull(last), fromMicros(next)
	return f, nil
}

var qLeaseFeed = query("lease feed", `
update feed
set leased_until = $1
where name = $2
  and next_at <= $3
  and leased_until <= $4`)

// LeaseFeed takes a feed for the caller until until, where it is due and nobody has it: of two offices one looks.
// The lease saves work and protects nothing: what is fetched twice is entered once.
func (tx *Tx) LeaseFeed(ctx context.Context, name string, now, until time.Time) (bool, error) {
	n, err := tx.exec(ctx, qLeaseFeed, micros(until), name, micros(now), micros(now))
	if err != nil {
		return false, fmt.Errorf("lease feed: %w", err)
	}
	return n == 1, nil
}

var qRestFeed = query("rest feed", `
update feed
set next_at = $1, leased_until = 0, trouble = $2
where name = $3`)

// RestFeed gives a lease back: the feed is looked for again at next. trouble is why it could not be had, "" when it
// could.
func (tx *Tx) RestFeed(ctx context.Context, name string, next time.Time, trouble string) error {
	_, err := tx.exec(ctx, qRestFeed, micros(next), trouble, name)
	if err != nil {
		return fmt.Errorf("rest feed: %w", err)
	}
	return nil
}

var qMoveFeed = query("move feed", `
update feed
set expected = $1, last_at = $2, last_day = $3, raised_day = $4
where name = $5`)

// MoveFeed writes what has come of a feed, what of it has been put before a person, and by when it is expected.
func (tx *Tx) MoveFeed(ctx context.Context, f payout.Feed) error {
	err := tx.one(ctx, qMoveFeed, f.Expected, nullMicros(f.LastAt), f.LastDay.String(), f.Raised.String(), f.Name)
	if err != nil {
		return fmt.Errorf("move feed: %w", err)
	}
	return nil
}

var qStatementsBefore = query("bank statements before", `
select day, opening_minor, closing_minor
from bank_statement
where account = $1
  and day <= $2
  and day >= (
    select coalesce(max(b.day), '')
    from bank_statement b
    where b.account = $1
      and b.day < $2
  )
order by day, file, line`)

// StatementsBefore lists the statements of an account that were taken, of a day and of the newest day before it.
func (tx *Tx) StatementsBefore(ctx context.Context, account string, day city.Date) ([]payout.Ended, error) {
	rows, err := tx.rows(ctx, qStatementsBefore, account, day.String())
	if err != nil {
		return nil, fmt.Errorf("read bank statements: %w", err)
	}
	defer rows.Close()
	var all []payout.Ended
	for rows.Next() {
		var e payout.Ended
		var text string
		var opening, closing sql.NullInt64
		err := rows.Scan(&text, &opening, &closing)
		if err = errors.Join(err, dayInto(&e.Day, text)); err != nil {
			return nil, fmt.Errorf("read bank statement: %w", err)
		}
		e.Opening, e.Closing = amountOrNil(opening), amountOrNil(closing)
		all = append(all, e)
	}
	return all, rows.Err()
}

func amountOrNil(n sql.NullInt64) *money.Amount {
	if !n.Valid {
		return nil
	}
	a := money.FromMinor(n.Int64)
	return &a
}

var qInsertGap = query("insert bank gap", `
insert into bank_gap
  (file, line, account, day, last_day, closing_minor, opening_minor, why, said_by, said_at)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)

// AddGap keeps that a person had a statement taken although the one before it is missing, and why.
func (tx *Tx) AddGap(ctx context.Context, file string, s bank.Statement, g payout.Gap, why, by string, at time.Time) error {
	_, err := tx.exec(ctx, qInsertGap, file, s.At, s.Account, g.Day.String(), g.Last.String(), g.Closing.Minor(), g.Opening.Minor(), why, by, micros(at))
	if err != nil {
		return fmt.Errorf("insert bank gap: %w", err)
	}
	return nil
}

var qNewestEntry = query("newest entry", `
select coalesce(max(entered_at), 0)
from ledger_entry`)

// NewestEntry is when the newest entry of the ledger was made; the zero time when there is none.
func (tx *Tx) NewestEntry(ctx context.Context) (time.Time, error) {
	var at int64
	if err := tx.row(ctx, qNewestEntry).Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("read newest entry: %w", err)
	}
	if at == 0 {
		return time.Time{}, nil
	}
	return fromMicros(at), nil
}
