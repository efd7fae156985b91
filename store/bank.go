package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"fundy/bank"
	"fundy/city"
	"fundy/money"
	"fundy/payout"
)

// BankFile is a file of the bank that is taken.
type BankFile struct {
	Digest string
	Name   string
	Format string
	Lines  int
	ReadAt time.Time
}

var qInsertBankFile = query("insert bank file", `
insert into bank_file
  (digest, name, format, lines, read_at)
values
  ($1, $2, $3, $4, $5)
on conflict (digest) do nothing`)

// AddBankFile keeps that a file was taken; fresh is false when the same file had come before.
func (tx *Tx) AddBankFile(ctx context.Context, f BankFile) (fresh bool, err error) {
	n, err := tx.exec(ctx, qInsertBankFile, f.Digest, f.Name, f.Format, f.Lines, micros(f.ReadAt))
	if err != nil {
		return false, fmt.Errorf("insert bank file: %w", err)
	}
	return n == 1, nil
}

var qInsertStatement = query("insert bank statement", `
insert into bank_statement
  (file, line, account, day, opening_minor, closing_minor, lines)
values
  ($1, $2, $3, $4, $5, $6, $7)
on conflict (file, line) do nothing`)

// AddStatement keeps what stands over an account's lines.
func (tx *Tx) AddStatement(ctx context.Context, file string, s bank.Statement) error {
	_, err := tx.exec(ctx, qInsertStatement, file, s.At, s.Account, s.Day.String(), nullAmount(s.Opening), nullAmount(s.Closing), len(s.Lines))
	if err != nil {
		return fmt.Errorf("insert bank statement: %w", err)
	}
	return nil
}

func nullAmount(a *money.Amount) sql.NullInt64 {
	if a == nil {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: a.Minor(), Valid: true}
}

var qLastStatement = query("last bank statement", `
select coalesce(max(day), '')
from bank_statement
where account = $1`)

// LastStatement is the day of the newest statement of an account; none: the zero day.
func (tx *Tx) LastStatement(ctx context.Context, account string) (city.Date, error) {
	var text string
	var day city.Date
	if err := tx.row(ctx, qLastStatement, account).Scan(&text); err != nil {
		return day, fmt.Errorf("read last bank statement: %w", err)
	}
	return day, dayInto(&day, text)
}

// BankLine is a line of the bank with what it was claimed as. Its text is kept only where it is the processor's.
type BankLine struct {
	ID   string
	File string
	bank.Line
	Claim payout.Claim
	Rule  string
}

var qInsertBankLine = query("insert bank line", `
insert into bank_line
  (id, file, line, account, value_day, booked_day, amount_minor, type, reference, text, claim, rule, read_at)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (id) do nothing`)

var qReclaim = query("claim bank line again", `
update bank_line
set claim = $1, rule = $2, text = $3
where id = $4
  and claim = 'unknown'`)

// AddBankLine writes a line, once; fresh is false when it was there. One that was unknown is claimed anew: a
// rule has been written for it meanwhile (claimed). What is claimed stays claimed.
func (tx *Tx) AddBankLine(ctx context.Context, l BankLine, at time.Time) (fresh, claimed bool, err error) {
	text := l.Text
	if l.Claim != payout.Processor {
		text = ""
	}
	n, err := tx.exec(ctx, qInsertBankLine, l.ID, l.File, l.At, l.Account, l.Value.String(), l.Booked.String(), l.Amount.Minor(), l.Type,
		l.Reference, text, string(l.Claim), l.Rule, micros(at))
	var again int64
	if err == nil && n == 0 && l.Claim != payout.Undecided {
		again, err = tx.exec(ctx, qReclaim, string(l.Claim), l.Rule, text, l.ID)
	}
	if err != nil {
		return false, false, fmt.Errorf("insert bank line: %w", err)
	}
	return n == 1, again == 1, nil
}

var qUnmatchedLines = query("unmatched bank lines", `
select l.id, l.account, l.value_day, l.amount_minor, l.reference, l.text, f.name, l.line
from bank_line l
join bank_file f on f.digest = l.file
left join payout_match m on m.bank_line_id = l.id
where l.claim = 'processor'
  and m.bank_line_id is null
order by l.value_day, l.id`)

// UnmatchedLines lists the processor's lines that are no payout's yet.
func (tx *Tx) UnmatchedLines(ctx context.Context) ([]payout.BankLine, error) {
	rows, err := tx.rows(ctx, qUnmatchedLines)
	if err != nil {
		return nil, fmt.Errorf("read unmatched bank lines: %w", err)
	}
	defer rows.Close()
	var all []payout.BankLine
	for rows.Next() {
		var l payout.BankLine
		var day string
		var amount int64
		if err := rows.Scan(&l.ID, &l.Account, &day, &amount, &l.Reference, &l.Text, &l.File, &l.At); err != nil {
			return nil, fmt.Errorf("read unmatched bank line: %w", err)
		}
		if err := dayInto(&l.Value, day); err != nil {
			return nil, fmt.Errorf("read unmatched bank line: %w", err)
		}
		l.Amount = money.FromMinor(amount)
		all = append(all, l)
	}
	return all, rows.Err()
}

var qInsertMatch = query("insert payout match", `
insert into payout_match
  (payout_id, kind, bank_line_id, matched_at)
values
  ($1, $2, $3, $4)`)

// AddMatch keeps which line of the bank a payout is; back: the line that took it back. A payout or a line that
// has one already is ErrConflict.
func (tx *Tx) AddMatch(ctx context.Context, p payout.Pair, at time.Time) error {
	kind := "payout"
	if p.Sent.Back {
		kind = "return"
	}
	_, err := tx.exec(ctx, qInsertMatch, p.Sent.ID, kind, p.Line.ID, micros(at))
	if err != nil {
		return fmt.Errorf("insert payout match: %w", err)
	}
	return nil
}
