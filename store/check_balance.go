package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"fundy/money"
)

// The postings, for adding them up. Millions are grouped by PostgreSQL in little memory; SQLite would sort them all in
// memory, so there they are added up as they come.
var (
	qCheckMoves = query("check moves", `
select debit, credit, amount_minor
from posting`)

	qCheckMovesGrouped = query("check moves grouped", `
select debit, credit, cast(sum(amount_minor) as bigint)
from posting
group by debit, credit`)
)

func (tx *Tx) balances(ctx context.Context, c *LedgerCheck) error {
	rows, err := tx.rows(ctx, tx.dialect.moves)
	if err != nil {
		return fmt.Errorf("add accounts up: %w", err)
	}
	defer rows.Close()
	sums := map[string]*int64{}
	var debit, credit sql.RawBytes // no copy of each row's names
	for rows.Next() {
		var amount int64
		if err := rows.Scan(&debit, &credit, &amount); err != nil {
			return fmt.Errorf("read posting: %w", err)
		}
		if err := errors.Join(move(sums, debit, amount), move(sums, credit, -amount)); err != nil {
			return err
		}
	}
	for account, sum := range sums {
		c.ByAccount[account] = *sum
	}
	return rows.Err()
}

// move moves an account's sum. Its name is copied only where it is new.
func move(sums map[string]*int64, account []byte, amount int64) error {
	sum, ok := sums[string(account)]
	if !ok {
		sum = new(int64)
		sums[string(account)] = sum
	}
	after := *sum + amount
	if (after > *sum) != (amount > 0) {
		return fmt.Errorf("add account %s up: %w", account, money.ErrOverflow)
	}
	*sum = after
	return nil
}
