package store

import (
	"context"
	"fmt"
	"time"
)

// column reads a column of text.
func column[T ~string](ctx context.Context, tx *Tx, q string, args ...any) ([]T, error) {
	rows, err := tx.rows(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var one T
		if err := rows.Scan(&one); err != nil {
			return nil, fmt.Errorf("read text: %w", err)
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// claimEach puts each of what is due off until later, and returns those that nobody else has put off meanwhile. q sets
// when one is looked at next, where it is still due.
func claimEach[T ~string](ctx context.Context, tx *Tx, q string, due []T, now, later time.Time) ([]T, error) {
	var claimed []T
	for _, id := range due {
		n, err := tx.exec(ctx, q, micros(later), string(id), micros(now))
		if err != nil {
			return nil, fmt.Errorf("claim what is due: %w", err)
		}
		if n == 1 {
			claimed = append(claimed, id)
		}
	}
	return claimed, nil
}
