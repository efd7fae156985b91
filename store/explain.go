package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/money"
	"fundy/payout"
)

var qInsertWord = query("insert settlement word", `
insert into settlement_word
  (ref, class, why, said_at, said_by)
values
  ($1, $2, $3, $4, $5)`)

// AddWord keeps what a person says of something unknown, once: ErrConflict for a second word.
func (tx *Tx) AddWord(ctx context.Context, ref string, w payout.Word, at time.Time) error {
	_, err := tx.exec(ctx, qInsertWord, ref, string(w.Class), w.Why, micros(at), w.By)
	if err != nil {
		return fmt.Errorf("insert settlement word: %w", err)
	}
	return nil
}

var qWords = query("settlement words", `
select ref, class, why, said_by
from settlement_word`)

// Words are all that persons have said of what was unknown.
func (tx *Tx) Words(ctx context.Context) (map[string]payout.Word, error) {
	rows, err := tx.rows(ctx, qWords)
	if err != nil {
		return nil, fmt.Errorf("read settlement words: %w", err)
	}
	defer rows.Close()
	all := map[string]payout.Word{}
	for rows.Next() {
		var ref string
		var w payout.Word
		if err := rows.Scan(&ref, &w.Class, &w.Why, &w.By); err != nil {
			return nil, fmt.Errorf("read settlement word: %w", err)
		}
		all[ref] = w
	}
	return all, rows.Err()
}

var qExplained = query("settlement word of", `
select count(*)
from settlement_word
where ref = $1`)

// Explained says whether a person has said what something is.
func (tx *Tx) Explained(ctx context.Context, ref string) (bool, error) {
	var n int
	if err := tx.row(ctx, qExplained, ref).Scan(&n); err != nil {
		return false, fmt.Errorf("read settlement word: %w", err)
	}
	return n > 0, nil
}

var qInSuspense = query("line in suspense", `
select amount_minor
from processor_line
where id = $1
  and class = 'unknown'`)

// InSuspense is the amount of an unknown line of the processor's, which stands in suspense; false for anything else.
func (tx *Tx) InSuspense(ctx context.Context, line string) (money.Amount, bool, error) {
	var amount int64
	err := tx.row(ctx, qInSuspense, line).Scan(&amount)
	if errors.Is(err, sql.ErrNoRows) {
		return money.Zero, false, nil
	}
	if err != nil {
		return money.Zero, false, fmt.Errorf("read line in suspense: %w", err)
	}
	return money.FromMinor(amount), true, nil
}
