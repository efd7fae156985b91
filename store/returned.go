package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"fundy/money"
	"fundy/payment"
	"fundy/ticket"
)

var qInsertReturned = query("insert returned cheque", `
insert into returned_cheque
  (id, tender_id, attempt_id, amount_minor, reason, received_on, returned_on, in_hand, entered_by, entered_at, bank_line_id, version)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)`)

var qInsertReturnedTicket = query("insert returned ticket", `
insert into returned_ticket
  (ticket_id, returned_id)
values
  ($1, $2)`)

// InsertReturned writes that a cheque came back, with the tickets that it had paid. A second time is ErrConflict.
func (tx *Tx) InsertReturned(ctx context.Context, r payment.ReturnedCheque, tickets []ticket.ID) error {
	inHand := 0
	if r.InHand {
		inHand = 1
	}
	_, err := tx.exec(ctx, qInsertReturned, string(r.ID), string(r.Tender), string(r.Attempt), r.Amount.Minor(), r.Reason, r.ReceivedOn.String(), r.ReturnedOn.String(),
		inHand, r.By, micros(r.At), nullText(r.BankLine))
	if err != nil {
		return fmt.Errorf("insert returned cheque: %w", err)
	}
	for _, id := range tickets {
		if _, err := tx.exec(ctx, qInsertReturnedTicket, string(id), string(r.ID)); err != nil {
			return fmt.Errorf("insert returned ticket: %w", err)
		}
	}
	return nil
}

var qChequeRefused = query("cheque refused", `
select count(*)
from returned_ticket
where ticket_id = $1`)

// ChequeRefused says whether no cheque is taken for a ticket any more: one for it came back.
func (tx *Tx) ChequeRefused(ctx context.Context, id ticket.ID) (bool, error) {
	var n int
	if err := tx.row(ctx, qChequeRefused, string(id)).Scan(&n); err != nil {
		return false, fmt.Errorf("look for returned cheques: %w", err)
	}
	return n > 0, nil
}

var qReturnedCheque = query("returned cheque", `
select id, tender_id, attempt_id, amount_minor, reason, received_on, returned_on, in_hand, entered_by, entered_at, coalesce(bank_line_id, ''), version
from returned_cheque
where id = $1`)

var qReturnedOfTicket = query("returned cheques of ticket", `
select r.id, r.tender_id, r.attempt_id, r.amount_minor, r.reason, r.received_on, r.returned_on, r.in_hand, r.entered_by, r.entered_at,
       coalesce(r.bank_line_id, ''), r.version
from returned_ticket rt
join returned_cheque r on r.id = rt.returned_id
where rt.ticket_id = $1
order by r.entered_at, r.id`)

// The cheques that came back and of which the bank has to show the line yet.
var qReturnedUnshown = query("returned cheques not shown", `
select id, tender_id, attempt_id, amount_minor, reason, received_on, returned_on, in_hand, entered_by, entered_at, coalesce(bank_line_id, ''), version
from returned_cheque
where bank_line_id is null
  and in_hand = 0
order by entered_at, id`)

// ReturnedCheque reads a cheque that came back, or ErrNotFound.
func (tx *Tx) ReturnedCheque(ctx context.Context, id payment.ReturnedID) (payment.ReturnedCheque, error) {
	return scanReturned(tx.row(ctx, qReturnedCheque, string(id)))
}

// ReturnedOfTicket lists the cheques for a ticket that came back, oldest first.
func (tx *Tx) ReturnedOfTicket(ctx context.Context, id ticket.ID) ([]payment.ReturnedCheque, error) {
	return tx.returned(ctx, qReturnedOfTicket, string(id))
}

// ReturnedUnshown lists the cheques that a person has entered as returned and of which the bank has shown no line.
func (tx *Tx) ReturnedUnshown(ctx context.Context) ([]payment.ReturnedCheque, error) {
	return tx.returned(ctx, qReturnedUnshown)
}

func (tx *Tx) returned(ctx context.Context, q string, args ...any) ([]payment.ReturnedCheque, error) {
	rows, err := tx.rows(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read returned cheques: %w", err)
	}
	defer rows.Close()
	var all []payment.ReturnedCheque
	for rows.Next() {
		r, err := scanReturned(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

func scanReturned(row scanner) (payment.ReturnedCheque, error) {
	var r payment.ReturnedCheque
	var amount, inHand, at int64
	var received, returned string
	err := row.Scan(&r.ID, &r.Tender, &r.Attempt, &amount, &r.Reason, &received, &returned, &inHand, &r.By, &at, &r.BankLine, &r.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("returned cheque: %w", ErrNotFound)
	}
	if err = errors.Join(err, dayInto(&r.ReceivedOn, received), dayInto(&r.ReturnedOn, returned)); err != nil {
		return r, fmt.Errorf("read returned cheque: %w", err)
	}
	r.Amount, r.InHand, r.At = money.FromMinor(amount), inHand == 1, fromMicros(at)
	return r, nil
}

var qShowReturned = query("show returned cheque", `
update returned_cheque
set bank_line_id = $1, version = version + 1
where id = $2
  and version = $3
  and bank_line_id is null`)

// ShowReturned keeps which line of the bank a returned cheque is.
func (tx *Tx) ShowReturned(ctx context.Context, r payment.ReturnedCheque, bankLine string) error {
	if err := tx.one(ctx, qShowReturned, bankLine, string(r.ID), r.Version); err != nil {
		return fmt.Errorf("show returned cheque: %w", err)
	}
	return nil
}

var qTicketsOfReturned = query("tickets of returned cheque", `
select ticket_id
from returned_ticket
where returned_id = $1
order by ticket_id`)

// TicketsOfReturned lists the tickets that a returned cheque had paid.
func (tx *Tx) TicketsOfReturned(ctx context.Context, id payment.ReturnedID) ([]ticket.ID, error) {
	return column[ticket.ID](ctx, tx, qTicketsOfReturned, string(id))
}

// ChequeOf is a cheque that was deposited: where it is, and its number.
type ChequeOf struct {
	Attempt payment.AttemptID
	Number  string
}

var qChequesOf = query("deposited cheques of amount", `
select t.attempt_id, t.reference
from tender t
join deposit_batch db on db.batch_id = t.batch_id
where t.kind = 'cheque'
  and t.tendered_minor = $1
  and t.state = 'taken'
order by t.attempt_id`)

// ChequesOf lists the cheques of an amount that were deposited and have not come back.
func (tx *Tx) ChequesOf(ctx context.Context, amount money.Amount) ([]ChequeOf, error) {
	rows, err := tx.rows(ctx, qChequesOf, amount.Minor())
	if err != nil {
		return nil, fmt.Errorf("read deposited cheques: %w", err)
	}
	defer rows.Close()
	var all []ChequeOf
	for rows.Next() {
		var c ChequeOf
		if err := rows.Scan(&c.Attempt, &c.Number); err != nil {
			return nil, fmt.Errorf("read deposited cheque: %w", err)
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

var qOwedOfReturned = query("owed of returned cheque", `
select count(*)
from returned_ticket rt
join ticket t on t.id = rt.ticket_id
where rt.returned_id = $1
  and t.state not in ('paid', 'void', 'cancelled', 'withdrawn')`)

// OwedOfReturned counts the tickets of a returned cheque for which something is still to come.
func (tx *Tx) OwedOfReturned(ctx context.Context, id payment.ReturnedID) (int, error) {
	var n int
	if err := tx.row(ctx, qOwedOfReturned, string(id)).Scan(&n); err != nil {
		return 0, fmt.Errorf("count tickets of returned cheque: %w", err)
	}
	return n, nil
}
