package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/money"
	"fundy/payment"
)

var qInsertPayee = query("insert refund payee", `
insert into refund_payee
  (refund_id, n, sealed, asked_by, asked_at, erase_at, erased_at)
values
  ($1, $2, $3, $4, $5, null, null)`)

var qNewestPayee = query("newest payee", `
select coalesce(max(n), 0)
from refund_payee
where refund_id = $1`)

// AddPayee keeps a refund's payee, sealed, as the n-th.
func (tx *Tx) AddPayee(ctx context.Context, id payment.RefundID, n int, sealed []byte, by string, at time.Time) error {
	if _, err := tx.exec(ctx, qInsertPayee, string(id), n, sealed, by, micros(at)); err != nil {
		return fmt.Errorf("insert refund payee: %w", err)
	}
	return nil
}

// NewestPayee is the number of a refund's newest payee; 0: it has none.
func (tx *Tx) NewestPayee(ctx context.Context, id payment.RefundID) (n int, err error) {
	if err = tx.row(ctx, qNewestPayee, string(id)).Scan(&n); err != nil {
		return 0, fmt.Errorf("read newest payee: %w", err)
	}
	return n, nil
}

var qErasePayeesAt = query("payees to erase", `
update refund_payee
set erase_at = $1
where refund_id = $2
  and erased_at is null`)

// ErasePayeesAt says when a refund's payees are to be erased: they are needed no more.
func (tx *Tx) ErasePayeesAt(ctx context.Context, id payment.RefundID, at time.Time) error {
	if _, err := tx.exec(ctx, qErasePayeesAt, micros(at), string(id)); err != nil {
		return fmt.Errorf("say when payees are erased: %w", err)
	}
	return nil
}

var qDuePayees = query("payees due to be erased", `
select distinct refund_id
from refund_payee
where erase_at <= $1
  and erase_at is not null
  and erased_at is null
order by refund_id
limit $2`)

// DuePayees lists refunds whose payees are to be erased.
func (tx *Tx) DuePayees(ctx context.Context, now time.Time, limit int) ([]payment.RefundID, error) {
	return column[payment.RefundID](ctx, tx, qDuePayees, micros(now), limit)
}

var qPayeesOf = query("payees of refund", `
select n, sealed
from refund_payee
where refund_id = $1
  and erased_at is null
order by n`)

var qBlankPayee = query("blank payee", `
update refund_payee
set sealed = $1
where refund_id = $2
  and n = $3`)

var qErasePayee = query("erase payee", `
update refund_payee
set sealed = $1, erased_at = $2
where refund_id = $3
  and n = $4
  and erased_at is null`)

// ErasePayees erases a refund's payees and says how many. What is sealed is first written over with as many zeros,
// in its place in SQLite's file, and then taken away.
func (tx *Tx) ErasePayees(ctx context.Context, id payment.RefundID, at time.Time) (int, error) {
	long, err := tx.payeeLengths(ctx, id)
	if err != nil {
		return 0, err
	}
	for n, length := range long {
		if _, err := tx.exec(ctx, qBlankPayee, make([]byte, length), string(id), n); err != nil {
			return 0, fmt.Errorf("blank payee: %w", err)
		}
		if err := tx.one(ctx, qErasePayee, []byte{}, micros(at), string(id), n); err != nil {
			return 0, fmt.Errorf("erase payee: %w", err)
		}
	}
	return len(long), nil
}

func (tx *Tx) payeeLengths(ctx context.Context, id payment.RefundID) (map[int]int, error) {
	rows, err := tx.rows(ctx, qPayeesOf, string(id))
	if err != nil {
		return nil, fmt.Errorf("read payees: %w", err)
	}
	defer rows.Close()
	long := map[int]int{}
	for rows.Next() {
		var n int
		var sealed []byte
		if err := rows.Scan(&n, &sealed); err != nil {
			return nil, fmt.Errorf("read payee: %w", err)
		}
		long[n] = len(sealed)
	}
	return long, rows.Err()
}

var qToPay = query("refunds to pay by cheque", `
select r.id, p.n, a.receipt, a.id, r.amount_minor, p.asked_by, p.sealed, p.erased_at
from refund r
join attempt a on a.id = r.attempt_id
join refund_payee p on p.refund_id = r.id
left join requisition_item i on i.refund_id = p.refund_id and i.n = p.n
where r.state = 'to_issue'
  and i.refund_id is null
  and p.n = (select max(q.n) from refund_payee q where q.refund_id = r.id)
order by r.id
limit $1`)

var qRequisitionItems = query("items of requisition", `
select i.refund_id, i.n, a.receipt, a.id, i.amount_minor, p.asked_by, p.sealed, p.erased_at
from requisition_item i
join refund r on r.id = i.refund_id
join attempt a on a.id = r.attempt_id
join refund_payee p on p.refund_id = i.refund_id and p.n = i.n
where i.requisition_id = $1
order by i.line`)

// ToPay lists the refunds whose cheque nobody has been asked for, at most limit.
func (tx *Tx) ToPay(ctx context.Context, limit int) ([]payment.ToPay, error) {
	return tx.toPay(ctx, qToPay, limit)
}

// RequisitionItems lists what stands on a requisition, in its order.
func (tx *Tx) RequisitionItems(ctx context.Context, id string) ([]payment.ToPay, error) {
	return tx.toPay(ctx, qRequisitionItems, id)
}

func (tx *Tx) toPay(ctx context.Context, q string, arg any) ([]payment.ToPay, error) {
	rows, err := tx.rows(ctx, q, arg)
	if err != nil {
		return nil, fmt.Errorf("read refunds to pay: %w", err)
	}
	defer rows.Close()
	var all []payment.ToPay
	for rows.Next() {
		var p payment.ToPay
		var attempt payment.AttemptID
		var amount int64
		var erased sql.NullInt64
		if err := rows.Scan(&p.Refund, &p.N, &p.Receipt, &attempt, &amount, &p.PayeeBy, &p.Sealed, &erased); err != nil {
			return nil, fmt.Errorf("read refund to pay: %w", err)
		}
		if p.Receipt == "" {
			p.Receipt = attempt.Ref()
		}
		p.Amount, p.Erased = money.FromMinor(amount), erased.Valid
		all = append(all, p)
	}
	return all, rows.Err()
}

var qNewestRequisition = query("newest requisition", `
select coalesce(max(number), 0)
from requisition`)

// NewestRequisition is the number of the last requisition; 0: there is none.
func (tx *Tx) NewestRequisition(ctx context.Context) (n int64, err error) {
	if err = tx.row(ctx, qNewestRequisition).Scan(&n); err != nil {
		return 0, fmt.Errorf("read newest requisition: %w", err)
	}
	return n, nil
}

var qInsertRequisition = query("insert requisition", `
insert into requisition
  (id, number, made_by, made_at, digest, refunds, amount_minor)
values
  ($1, $2, $3, $4, $5, $6, $7)`)

var qInsertRequisitionItem = query("insert requisition item", `
insert into requisition_item
  (refund_id, n, requisition_id, line, amount_minor)
values
  ($1, $2, $3, $4, $5)`)

// AddRequisition writes a requisition with what stands on it. A number that is taken, or a cheque that stands on
// another, is ErrConflict.
func (tx *Tx) AddRequisition(ctx context.Context, r payment.Requisition, items []payment.ToPay) error {
	_, err := tx.exec(ctx, qInsertRequisition, r.ID, r.Number, r.By, micros(r.At), r.Digest, r.Count, r.Sum.Minor())
	if err != nil {
		return fmt.Errorf("insert requisition: %w", err)
	}
	for i, p := range items {
		if _, err := tx.exec(ctx, qInsertRequisitionItem, string(p.Refund), p.N, r.ID, i+1, p.Amount.Minor()); err != nil {
			return fmt.Errorf("insert requisition item: %w", err)
		}
	}
	return nil
}

var qRequisition = query("requisition by number", `
select id, number, made_by, made_at, digest, refunds, amount_minor
from requisition
where number = $1`)

var qRequisitionOf = query("requisition of payee", `
select q.id, q.number, q.made_by, q.made_at, q.digest, q.refunds, q.amount_minor
from requisition_item i
join requisition q on q.id = i.requisition_id
where i.refund_id = $1
  and i.n = $2`)

// Requisition reads a requisition by its number, or ErrNotFound.
func (tx *Tx) Requisition(ctx context.Context, number int64) (payment.Requisition, error) {
	return scanRequisition(tx.row(ctx, qRequisition, number))
}

// RequisitionOf is the requisition on which a refund's n-th cheque was asked for, or ErrNotFound.
func (tx *Tx) RequisitionOf(ctx context.Context, id payment.RefundID, n int) (payment.Requisition, error) {
	return scanRequisition(tx.row(ctx, qRequisitionOf, string(id), n))
}

func scanRequisition(row scanner) (payment.Requisition, error) {
	var r payment.Requisition
	var at, sum int64
	err := row.Scan(&r.ID, &r.Number, &r.By, &at, &r.Digest, &r.Count, &sum)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("requisition: %w", ErrNotFound)
	}
	if err != nil {
		return r, fmt.Errorf("read requisition: %w", err)
	}
	r.At, r.Sum = fromMicros(at), money.FromMinor(sum)
	return r, nil
}
