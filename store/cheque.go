package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
)

var qInsertCheque = query("insert refund cheque", `
insert into refund_cheque
  (refund_id, n, number, day, amount_minor, issued_by, issued_at, stale_at, ended, ended_at, bank_line_id)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, '', null, null)`)

// AddCheque writes a cheque that the city wrote. A number that another refund has is ErrConflict.
func (tx *Tx) AddCheque(ctx context.Context, c payment.RefundCheque) error {
	_, err := tx.exec(ctx, qInsertCheque, string(c.Refund), c.N, c.Number, c.Day.String(), c.Amount.Minor(), c.IssuedBy, micros(c.IssuedAt), micros(c.StaleAt))
	if err != nil {
		return fmt.Errorf("insert refund cheque: %w", err)
	}
	return nil
}

var qEndCheque = query("end refund cheque", `
update refund_cheque
set ended = $1, ended_at = $2, bank_line_id = $3
where refund_id = $4
  and n = $5
  and ended = $6`)

// EndCheque writes how a cheque ended that stands as c says. One that has ended otherwise meanwhile is ErrConflict.
func (tx *Tx) EndCheque(ctx context.Context, c payment.RefundCheque, end payment.ChequeEnd, line string, at time.Time) error {
	err := tx.one(ctx, qEndCheque, string(end), micros(at), sql.NullString{String: line, Valid: line != ""}, string(c.Refund), c.N, string(c.Ended))
	if err != nil {
		return fmt.Errorf("end refund cheque: %w", err)
	}
	return nil
}

var qRefundCheque = query("newest cheque of refund", `
select refund_id, n, number, day, amount_minor, issued_by, issued_at, stale_at, ended, coalesce(bank_line_id, '')
from refund_cheque
where refund_id = $1
order by n desc
limit 1`)

var qRefundChequeNumber = query("cheque by number", `
select refund_id, n, number, day, amount_minor, issued_by, issued_at, stale_at, ended, coalesce(bank_line_id, '')
from refund_cheque
where number = $1`)

// RefundCheque is the newest cheque of a refund, or ErrNotFound.
func (tx *Tx) RefundCheque(ctx context.Context, id payment.RefundID) (payment.RefundCheque, error) {
	return scanRefundCheque(tx.row(ctx, qRefundCheque, string(id)))
}

// RefundChequeByNumber is the cheque that has a number, or ErrNotFound.
func (tx *Tx) RefundChequeByNumber(ctx context.Context, number string) (payment.RefundCheque, error) {
	return scanRefundCheque(tx.row(ctx, qRefundChequeNumber, number))
}

func scanRefundCheque(row scanner) (payment.RefundCheque, error) {
	var c payment.RefundCheque
	var day string
	var amount, issued, stale int64
	err := row.Scan(&c.Refund, &c.N, &c.Number, &day, &amount, &c.IssuedBy, &issued, &stale, &c.Ended, &c.BankLine)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fmt.Errorf("cheque: %w", ErrNotFound)
	}
	if err = errors.Join(err, dayInto(&c.Day, day)); err != nil {
		return c, fmt.Errorf("read cheque: %w", err)
	}
	c.Amount, c.IssuedAt, c.StaleAt = money.FromMinor(amount), fromMicros(issued), fromMicros(stale)
	return c, nil
}

var qStaleCheques = query("stale cheques", `
select refund_id
from refund_cheque
where ended = ''
  and stale_at <= $1
order by stale_at, refund_id
limit $2`)

// StaleCheques lists refunds whose cheque nobody has cashed in its time.
func (tx *Tx) StaleCheques(ctx context.Context, now time.Time, limit int) ([]payment.RefundID, error) {
	return column[payment.RefundID](ctx, tx, qStaleCheques, micros(now), limit)
}

// A bank writes a cheque's number with as many zeros before it as it likes.
var qPaidCheques = query("cheques that the bank has paid", `
select c.refund_id, c.number, l.id, l.account, l.value_day
from refund_cheque c
join bank_line l on ltrim(l.reference, '0') = c.number and l.amount_minor = -c.amount_minor
left join refund_cheque d on d.bank_line_id = l.id
where c.bank_line_id is null
  and c.ended <> 'returned'
  and l.claim = 'cheque'
  and d.refund_id is null
order by l.value_day, l.id, c.refund_id`)

// PaidCheque is a cheque and a line of the bank that could be it.
type PaidCheque struct {
	Refund  payment.RefundID
	Number  string
	Line    string
	Account string // the bank's number of the city's account
	Day     city.Date
}

// PaidCheques lists the cheques that stand on a line of the bank, with their number and to the cent, and have no
// line yet.
func (tx *Tx) PaidCheques(ctx context.Context) ([]PaidCheque, error) {
	rows, err := tx.rows(ctx, qPaidCheques)
	if err != nil {
		return nil, fmt.Errorf("read paid cheques: %w", err)
	}
	defer rows.Close()
	var all []PaidCheque
	for rows.Next() {
		var p PaidCheque
		var day string
		err := rows.Scan(&p.Refund, &p.Number, &p.Line, &p.Account, &day)
		if err = errors.Join(err, dayInto(&p.Day, day)); err != nil {
			return nil, fmt.Errorf("read paid cheque: %w", err)
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

var qInsertTerminal = query("insert refund terminal", `
insert into refund_terminal
  (refund_id, auth, done_by, done_at)
values
  ($1, $2, $3, $4)`)

// AddTerminal keeps by which number a terminal has given a refund back.
func (tx *Tx) AddTerminal(ctx context.Context, id payment.RefundID, auth, by string, at time.Time) error {
	if _, err := tx.exec(ctx, qInsertTerminal, string(id), auth, by, micros(at)); err != nil {
		return fmt.Errorf("insert refund terminal: %w", err)
	}
	return nil
}

var qInsertRefundWord = query("insert refund word", `
insert into refund_word
  (refund_id, n, version, event, why, said_by, said_at)
values
  ($1, $2, $3, $4, $5, $6, $7)`)

var qLastRefundWord = query("last refund word", `
select refund_id, n, version, event, why, said_by, said_at
from refund_word
where refund_id = $1
order by n desc
limit 1`)

// AddRefundWord keeps what a person says of a refund.
func (tx *Tx) AddRefundWord(ctx context.Context, w payment.RefundWord) error {
	_, err := tx.exec(ctx, qInsertRefundWord, string(w.Refund), w.N, w.Version, string(w.Event), w.Why, w.By, micros(w.At))
	if err != nil {
		return fmt.Errorf("insert refund word: %w", err)
	}
	return nil
}

// LastRefundWord is what was said last of a refund; nil is nothing.
func (tx *Tx) LastRefundWord(ctx context.Context, id payment.RefundID) (*payment.RefundWord, error) {
	var w payment.RefundWord
	var at int64
	err := tx.row(ctx, qLastRefundWord, string(id)).Scan(&w.Refund, &w.N, &w.Version, &w.Event, &w.Why, &w.By, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read refund word: %w", err)
	}
	w.At = fromMicros(at)
	return &w, nil
}
