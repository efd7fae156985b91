package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"fundy/money"
	"fundy/payment"
	"fundy/ticket"
)

var qInsertPayment = query("insert payment", `
insert into payment
  (id, request_id, request_hash, channel, language, currency, total_minor, quoted_at, sealed_email, created_at)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)

var qInsertPaymentTicket = query("insert payment ticket", `
insert into payment_ticket
  (payment_id, ticket_id, amount_minor, quoted_at, version, revenue, components)
values
  ($1, $2, $3, $4, $5, $6, $7)`)

// InsertPayment writes a payment with its frozen tickets. A request id that is there already is
// ErrConflict: the caller reads by PaymentByRequest.
func (tx *Tx) InsertPayment(ctx context.Context, p payment.Payment) error {
	_, err := tx.exec(ctx, qInsertPayment, string(p.ID), p.RequestID, p.RequestHash, p.Channel, p.Language, p.Currency,
		p.Total.Minor(), micros(p.QuotedAt), p.SealedEmail, micros(p.CreatedAt))
	if err != nil {
		return fmt.Errorf("insert payment: %w", err)
	}
	for _, f := range p.Tickets {
		components, err := json.Marshal(f.Components)
		if err != nil {
			return fmt.Errorf("write components: %w", err)
		}
		_, err = tx.exec(ctx, qInsertPaymentTicket, string(p.ID), string(f.Ticket), f.Total.Minor(), micros(f.QuotedAt),
			f.Version, f.Revenue, string(components))
		if err != nil {
			return fmt.Errorf("insert payment ticket: %w", err)
		}
	}
	return nil
}

var qPayment = query("payment", `
select id, request_id, request_hash, channel, language, currency, total_minor, quoted_at, sealed_email, created_at
from payment
where id = $1`)

var qPaymentByRequest = query("payment by request", `
select id, request_id, request_hash, channel, language, currency, total_minor, quoted_at, sealed_email, created_at
from payment
where request_id = $1`)

var qPaymentTickets = query("payment tickets", `
select ticket_id, amount_minor, quoted_at, version, revenue, components, moved_in_at
from payment_ticket
where payment_id = $1
  and moved_out_at is null
order by ticket_id`)

// Payment reads a payment with its frozen tickets, or ErrNotFound. Where its money was moved to another ticket, that
// one is of it.
func (tx *Tx) Payment(ctx context.Context, id payment.ID) (payment.Payment, error) {
	return tx.payment(ctx, qPayment, string(id))
}

// PaymentByRequest reads the payment that a request id began, or ErrNotFound.
func (tx *Tx) PaymentByRequest(ctx context.Context, requestID string) (payment.Payment, error) {
	return tx.payment(ctx, qPaymentByRequest, requestID)
}

func (tx *Tx) payment(ctx context.Context, q, key string) (payment.Payment, error) {
	var p payment.Payment
	var total, quoted, created int64
	err := tx.row(ctx, q, key).Scan(&p.ID, &p.RequestID, &p.RequestHash, &p.Channel, &p.Language, &p.Currency,
		&total, &quoted, &p.SealedEmail, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("payment: %w", ErrNotFound)
	}
	if err != nil {
		return p, fmt.Errorf("read payment: %w", err)
	}
	p.Total, p.QuotedAt, p.CreatedAt = money.FromMinor(total), fromMicros(quoted), fromMicros(created)
	p.Tickets, err = tx.frozen(ctx, p.ID)
	return p, err
}

func (tx *Tx) frozen(ctx context.Context, id payment.ID) ([]payment.Frozen, error) {
	rows, err := tx.few(ctx, qPaymentTickets, string(id))
	if err != nil {
		return nil, fmt.Errorf("read payment tickets: %w", err)
	}
	defer rows.Close()
	var frozen []payment.Frozen
	for rows.Next() {
		var f payment.Frozen
		var amount, quoted int64
		var components string
		var moved sql.NullInt64
		if err := rows.Scan(&f.Ticket, &amount, &quoted, &f.Version, &f.Revenue, &components, &moved); err != nil {
			return nil, fmt.Errorf("read payment ticket: %w", err)
		}
		if err := json.Unmarshal([]byte(components), &f.Components); err != nil {
			return nil, fmt.Errorf("read components: %w", err)
		}
		f.Total, f.QuotedAt, f.MovedAt = money.FromMinor(amount), fromMicros(quoted), fromNull(moved)
		frozen = append(frozen, f)
	}
	return frozen, rows.Err()
}

var qOpenAttempts = query("open attempts", `
select count(*)
from payment_ticket pt
join attempt a on a.payment_id = pt.payment_id
where pt.ticket_id = $1
  and a.state in ('new', 'creating', 'open', 'expiring', 'processing')`)

// OpenAttempts counts the attempts on a ticket that may still lead to money being set aside
// (payment.State.Live).
func (tx *Tx) OpenAttempts(ctx context.Context, id ticket.ID) (int, error) {
	var n int
	err := tx.row(ctx, qOpenAttempts, string(id)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count open attempts: %w", err)
	}
	return n, nil
}

var qReceiptsOfTicket = query("receipts of ticket", `
select a.id, a.captured_at, pt.amount_minor
from payment_ticket pt
join attempt a on a.payment_id = pt.payment_id
where pt.ticket_id = $1
  and pt.moved_out_at is null
  and a.receipt <> ''
order by a.captured_at`)

// ReceiptRef is a receipt of one ticket.
type ReceiptRef struct {
	Attempt    payment.AttemptID
	CapturedAt int64 // microseconds UTC
	Amount     money.Amount
}

// ReceiptsOfTicket lists the receipts that a ticket has, the newest last: also that of a payment that was given back,
// and not of one whose money was moved to another ticket.
func (tx *Tx) ReceiptsOfTicket(ctx context.Context, id ticket.ID) ([]ReceiptRef, error) {
	rows, err := tx.few(ctx, qReceiptsOfTicket, string(id))
	if err != nil {
		return nil, fmt.Errorf("read receipts of ticket: %w", err)
	}
	defer rows.Close()
	var refs []ReceiptRef
	for rows.Next() {
		var r ReceiptRef
		var amount int64
		if err := rows.Scan(&r.Attempt, &r.CapturedAt, &amount); err != nil {
			return nil, fmt.Errorf("read receipt of ticket: %w", err)
		}
		r.Amount = money.FromMinor(amount)
		refs = append(refs, r)
	}
	return refs, rows.Err()
}
