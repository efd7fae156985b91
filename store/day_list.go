package store

import (
	"context"
	"fmt"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
)

var qClosedDays = query("closed days between", `
select day, body
from settlement_day
where day >= $1
  and day <= $2
order by day`)

// ClosedDays are what the closed days of a range came to, both ends in it, by day.
func (tx *Tx) ClosedDays(ctx context.Context, from, until city.Date) (map[city.Date]string, error) {
	rows, err := tx.rows(ctx, qClosedDays, from.String(), until.String())
	if err != nil {
		return nil, fmt.Errorf("read closed days: %w", err)
	}
	defer rows.Close()
	all := map[city.Date]string{}
	for rows.Next() {
		var text, body string
		var day city.Date
		if err := rows.Scan(&text, &body); err != nil {
			return nil, fmt.Errorf("read closed day: %w", err)
		}
		if err := dayInto(&day, text); err != nil {
			return nil, fmt.Errorf("read closed day: %w", err)
		}
		all[day] = body
	}
	return all, rows.Err()
}

// PayoutLine is a line of a payout as it was read.
type PayoutLine struct {
	ID      string
	Kind    string
	Word    string // the processor's own
	Amount  money.Amount
	Fee     money.Amount
	Net     money.Amount
	At      time.Time
	Attempt payment.AttemptID // "": of none of ours
	Receipt string            // of the attempt, where it has one
	Class   payout.Class
	Why     string
}

var qPayoutLines = query("lines of payout with receipts", `
select l.id, l.kind, l.word, l.amount_minor, l.fee_minor, l.net_minor, l.created_at, l.attempt_id, coalesce(a.receipt, ''), l.class, l.why
from processor_line l
left join attempt a on a.id = l.attempt_id and l.attempt_id <> ''
where l.payout_id = $1
order by l.created_at, l.id
limit $2`)

// PayoutLines lists the lines of a payout, oldest first.
func (tx *Tx) PayoutLines(ctx context.Context, payout string, limit int) ([]PayoutLine, error) {
	rows, err := tx.rows(ctx, qPayoutLines, payout, limit)
	if err != nil {
		return nil, fmt.Errorf("read lines of payout: %w", err)
	}
	defer rows.Close()
	var all []PayoutLine
	for rows.Next() {
		var l PayoutLine
		var amount, fee, net, at int64
		if err := rows.Scan(&l.ID, &l.Kind, &l.Word, &amount, &fee, &net, &at, &l.Attempt, &l.Receipt, &l.Class, &l.Why); err != nil {
			return nil, fmt.Errorf("read line of payout: %w", err)
		}
		l.Amount, l.Fee, l.Net, l.At = money.FromMinor(amount), money.FromMinor(fee), money.FromMinor(net), fromMicros(at)
		all = append(all, l)
	}
	return all, rows.Err()
}

// StatementLine is a line of the bank with whose it is. What the bank wrote beside it is not read: it can name a person.
type StatementLine struct {
	ID        string
	File      string // its name
	At        int    // line of the file
	Account   string
	Value     city.Date
	Amount    money.Amount
	Type      string
	Reference string
	Claim     payout.Claim
	Rule      string
	Entered   bool // it is a payout's, a deposit's or a cheque's in the ledger
}

var qStatementLines = query("bank lines between", `
select l.id, f.name, l.line, l.account, l.value_day, l.amount_minor, l.type, l.reference, l.claim, l.rule,
  case when e.id is null then 0 else 1 end
from bank_line l
join bank_file f on f.digest = l.file
left join ledger_entry e on e.kind = 'bank_line' and e.ref = l.id
where l.value_day >= $1
  and l.value_day <= $2
order by l.value_day, l.account, f.name, l.line
limit $3`)

// StatementLines lists the bank's lines of a range of value dates, both ends in it.
func (tx *Tx) StatementLines(ctx context.Context, from, until city.Date, limit int) ([]StatementLine, error) {
	rows, err := tx.rows(ctx, qStatementLines, from.String(), until.String(), limit)
	if err != nil {
		return nil, fmt.Errorf("read bank lines: %w", err)
	}
	defer rows.Close()
	var all []StatementLine
	for rows.Next() {
		var l StatementLine
		var value string
		var amount, entered int64
		if err := rows.Scan(&l.ID, &l.File, &l.At, &l.Account, &value, &amount, &l.Type, &l.Reference, &l.Claim, &l.Rule, &entered); err != nil {
			return nil, fmt.Errorf("read bank line: %w", err)
		}
		if err := dayInto(&l.Value, value); err != nil {
			return nil, fmt.Errorf("read bank line: %w", err)
		}
		l.Amount, l.Entered = money.FromMinor(amount), entered == 1
		all = append(all, l)
	}
	return all, rows.Err()
}

var qBankFiles = query("bank files", `
select digest, name, format, lines, read_at
from bank_file
order by read_at desc, digest
limit $1`)

// BankFiles lists the bank's files that were taken, newest first.
func (tx *Tx) BankFiles(ctx context.Context, limit int) ([]BankFile, error) {
	rows, err := tx.rows(ctx, qBankFiles, limit)
	if err != nil {
		return nil, fmt.Errorf("read bank files: %w", err)
	}
	defer rows.Close()
	var all []BankFile
	for rows.Next() {
		var f BankFile
		var at int64
		if err := rows.Scan(&f.Digest, &f.Name, &f.Format, &f.Lines, &at); err != nil {
			return nil, fmt.Errorf("read bank file: %w", err)
		}
		f.ReadAt = fromMicros(at)
		all = append(all, f)
	}
	return all, rows.Err()
}

// Batch is an import's batch as it was written.
type Batch struct {
	Source, Mapping string
	New, Same, Held int
	At              time.Time
}

// The batches of one file and one instant are one import.
var qImports = query("imports", `
select source, mapping, cast(sum(rows_new) as bigint), cast(sum(rows_same) as bigint), cast(sum(rows_held) as bigint), applied_at
from import_batch
group by source, mapping, applied_at
order by applied_at desc, source
limit $1`)

// Imports lists the ticket files that were applied, newest first.
func (tx *Tx) Imports(ctx context.Context, limit int) ([]Batch, error) {
	rows, err := tx.rows(ctx, qImports, limit)
	if err != nil {
		return nil, fmt.Errorf("read imports: %w", err)
	}
	defer rows.Close()
	var all []Batch
	for rows.Next() {
		var b Batch
		var at int64
		if err := rows.Scan(&b.Source, &b.Mapping, &b.New, &b.Same, &b.Held, &at); err != nil {
			return nil, fmt.Errorf("read import: %w", err)
		}
		b.At = fromMicros(at)
		all = append(all, b)
	}
	return all, rows.Err()
}

// Held is a row of an import that contradicts a ticket we have. Its content stays sealed.
type Held struct {
	Ticket string // the ticket's id
	Number string
	Reason string
	Source string
	Line   int
	At     time.Time
}

var qQuarantine = query("import quarantine", `
select q.ticket_id, t.number, q.reason, q.source, q.line, q.held_at
from import_quarantine q
join ticket t on t.id = q.ticket_id
where q.resolved_at is null
order by q.held_at desc, q.source, q.line
limit $1`)

// Quarantine lists the rows that nobody has resolved, newest first.
func (tx *Tx) Quarantine(ctx context.Context, limit int) ([]Held, error) {
	rows, err := tx.rows(ctx, qQuarantine, limit)
	if err != nil {
		return nil, fmt.Errorf("read quarantine: %w", err)
	}
	defer rows.Close()
	var all []Held
	for rows.Next() {
		var h Held
		var at int64
		if err := rows.Scan(&h.Ticket, &h.Number, &h.Reason, &h.Source, &h.Line, &at); err != nil {
			return nil, fmt.Errorf("read quarantined row: %w", err)
		}
		h.At = fromMicros(at)
		all = append(all, h)
	}
	return all, rows.Err()
}
