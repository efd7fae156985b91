package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"fundy/money"
	"fundy/payout"
)

// Claimed is a line of the bank that is ours and is nothing of ours yet, with what it was claimed as.
type Claimed struct {
	payout.BankLine
	Claim payout.Claim
}

// What a line is, stands where the thing is: of a deposit in its row, of a returned cheque in its row, of a fee in
// the ledger alone.
var qLinesOfCounter = query("lines of the counter", `
select l.id, l.account, l.value_day, l.amount_minor, l.reference, l.text, f.name, l.line, l.claim
from bank_line l
join bank_file f on f.digest = l.file
where l.claim in ('deposit', 'terminal', 'terminal_fee', 'returned_item')
  and not exists (
    select 1
    from ledger_entry e
    where e.kind = 'bank_line'
      and e.ref = l.id)
order by l.value_day, l.id`)

// LinesOfCounter lists the lines of deposits, terminals and returned cheques that are in the books as nothing yet.
func (tx *Tx) LinesOfCounter(ctx context.Context) ([]Claimed, error) {
	rows, err := tx.rows(ctx, qLinesOfCounter)
	if err != nil {
		return nil, fmt.Errorf("read the counter's bank lines: %w", err)
	}
	defer rows.Close()
	var all []Claimed
	for rows.Next() {
		l, err := scanClaimed(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, rows.Err()
}

var qLineOfCounter = query("line of the counter", `
select l.id, l.account, l.value_day, l.amount_minor, l.reference, l.text, f.name, l.line, l.claim
from bank_line l
join bank_file f on f.digest = l.file
where l.id = $1
  and l.claim in ('deposit', 'terminal')
  and not exists (
    select 1
    from ledger_entry e
    where e.kind = 'bank_line'
      and e.ref = l.id)`)

// LineOfCounter reads a deposit's or terminal's line that is in the books as nothing yet, or ErrNotFound.
func (tx *Tx) LineOfCounter(ctx context.Context, id string) (Claimed, error) {
	return scanClaimed(tx.row(ctx, qLineOfCounter, id))
}

var qUnenteredLine = query("bank line that is nothing yet", `
select l.id, l.account, l.value_day, l.amount_minor, l.reference, l.text, f.name, l.line, l.claim
from bank_line l
join bank_file f on f.digest = l.file
where l.id = $1
  and not exists (
    select 1
    from ledger_entry e
    where e.kind = 'bank_line'
      and e.ref = l.id)`)

// UnenteredLine reads a line of the bank's, whatever it was claimed as, that is in the books as nothing yet, or ErrNotFound.
func (tx *Tx) UnenteredLine(ctx context.Context, id string) (Claimed, error) {
	return scanClaimed(tx.row(ctx, qUnenteredLine, id))
}

func scanClaimed(row scanner) (Claimed, error) {
	var l Claimed
	var day string
	var amount int64
	err := row.Scan(&l.ID, &l.Account, &day, &amount, &l.Reference, &l.Text, &l.File, &l.At, &l.Claim)
	if errors.Is(err, sql.ErrNoRows) {
		return l, fmt.Errorf("bank line: %w", ErrNotFound)
	}
	if err = errors.Join(err, dayInto(&l.Value, day)); err != nil {
		return l, fmt.Errorf("read bank line: %w", err)
	}
	l.Amount = money.FromMinor(amount)
	return l, nil
}
