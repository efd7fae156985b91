package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fundy/city"
	"fundy/ledger"
	"fundy/money"
	"fundy/ticket"
)

// Tickets' money moves under the attempt's own id, a refund's, or a transfer's: by each its channel and its frozen price
// are found. A ticket that money was moved from, or to, keeps what was frozen for it.
var qTicketMoney = query("money of tickets between", `
select e.kind, e.effective_at, coalesce(y.channel, ''), t.offence, p.debit, p.credit, p.amount_minor, coalesce(pt.components, ''), e.id
from ledger_entry e
join posting p on p.entry_id = e.id
join ticket t on t.id = p.ticket_id
left join refund r on r.id = e.ref
left join correction c on c.id = e.ref
left join attempt a on a.id = coalesce(r.attempt_id, c.attempt_id, e.ref)
left join payment y on y.id = a.payment_id
left join payment_ticket pt on pt.payment_id = a.payment_id and pt.ticket_id = p.ticket_id
where e.effective_at >= $1
  and e.effective_at < $2
  and e.kind not in ('issue', 'import_paid')
order by e.effective_at, e.id, p.line`)

// TicketMoney is a posting of a ticket with what it is of.
type TicketMoney struct {
	Entry   string
	Kind    ledger.Kind
	At      time.Time
	Channel string // "": of no payment of ours
	Offence string
	Tier    int // the price that was frozen, 1-based; 0: not known
	Debit   ledger.Account
	Credit  ledger.Account
	Amount  money.Amount
}

// EachTicketMoney calls fn with each posting of a ticket that counts in [from, until).
func (tx *Tx) EachTicketMoney(ctx context.Context, from, until time.Time, fn func(TicketMoney) error) error {
	rows, err := tx.rows(ctx, qTicketMoney, micros(from), micros(until))
	if err != nil {
		return fmt.Errorf("read money of tickets: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var m TicketMoney
		var at, amount int64
		var components string
		if err := rows.Scan(&m.Kind, &at, &m.Channel, &m.Offence, &m.Debit, &m.Credit, &amount, &components, &m.Entry); err != nil {
			return fmt.Errorf("read money of ticket: %w", err)
		}
		m.At, m.Amount = fromMicros(at), money.FromMinor(amount)
		if m.Tier, err = tierOf(components); err != nil {
			return err
		}
		if err := fn(m); err != nil {
			return err
		}
	}
	return rows.Err()
}

// tierOf is the price that frozen components are of: the latest that any of them names.
func tierOf(text string) (tier int, err error) {
	if text == "" {
		return 0, nil
	}
	var all []ticket.Component
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return 0, fmt.Errorf("read components: %w", err)
	}
	for _, c := range all {
		tier = max(tier, c.Tier)
	}
	return tier, nil
}

// A ticket whose issue posted nothing is a warning; one that was never valid is left out, once that is entered. One is
// paid that owes nothing, was not given up, and has money: what was moved to another one, or was taken back, is not of it.
var qCollected = query("collection of tickets", `
with had as (
  select p.ticket_id,
    sum(case when p.debit like 'receivable:%' then p.amount_minor else 0 end)
      - sum(case when p.credit like 'receivable:%' then p.amount_minor else 0 end) as owed,
    sum(case when p.debit like 'write_off:%' then p.amount_minor else 0 end)
      - sum(case when p.credit like 'write_off:%' then p.amount_minor else 0 end) as given_up,
    max(case when e.kind in ('capture', 'put', 'transfer')
      and p.credit like 'receivable:%'
      and p.debit not like 'revenue:%'
      then e.effective_at else 0 end) as paid_at
  from ticket i
  join posting p on p.ticket_id = i.id
  join ledger_entry e on e.id = p.entry_id
  where i.issued_on >= $1
    and i.issued_on <= $2
    and e.effective_at < $3
  group by p.ticket_id)
select t.issued_on,
  case when had.owed = 0 and had.given_up = 0 then had.paid_at else 0 end
from ticket t
left join had on had.ticket_id = t.id
where t.issued_on >= $4
  and t.issued_on <= $5
  and exists (select 1 from posting i where i.entry_id = 'issue-' || t.id)
  and not exists (
    select 1
    from ledger_entry v
    where v.kind = 'void'
      and v.ref = t.id
      and v.effective_at < $6)
order by t.issued_on, t.id`)

// EachCollected calls fn with the day of issue of each ticket issued in a range, both ends in it, and with when the
// payment counted that had paid it before an instant; the zero time where it was not paid.
func (tx *Tx) EachCollected(ctx context.Context, from, until city.Date, before time.Time, fn func(issued city.Date, paid time.Time) error) error {
	rows, err := tx.rows(ctx, qCollected, from.String(), until.String(), micros(before), from.String(), until.String(), micros(before))
	if err != nil {
		return fmt.Errorf("read collection: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		var at int64
		var issued city.Date
		if err := rows.Scan(&text, &at); err != nil {
			return fmt.Errorf("read collection: %w", err)
		}
		if err := dayInto(&issued, text); err != nil {
			return fmt.Errorf("read collection: %w", err)
		}
		paid := time.Time{}
		if at != 0 {
			paid = fromMicros(at)
		}
		if err := fn(issued, paid); err != nil {
			return err
		}
	}
	return rows.Err()
}

var qRefundSums = query("refunds between", `
select r.reason, r.way,
  cast(sum(case when e.kind = 'refund' then 1 else 0 end) as bigint),
  cast(sum(case when e.kind = 'refund' then r.amount_minor else 0 end) as bigint),
  cast(sum(case when e.kind = 'refund_failed' then 1 else 0 end) as bigint),
  cast(sum(case when e.kind = 'refund_failed' then r.amount_minor else 0 end) as bigint)
from ledger_entry e
join refund r on r.id = e.ref
where e.kind in ('refund', 'refund_failed')
  and e.effective_at >= $1
  and e.effective_at < $2
group by r.reason, r.way
order by r.reason, r.way`)

// RefundSums sums the refunds that count in [from, until) by reason and way.
func (tx *Tx) RefundSums(ctx context.Context, from, until time.Time) ([]ledger.RefundLine, error) {
	rows, err := tx.rows(ctx, qRefundSums, micros(from), micros(until))
	if err != nil {
		return nil, fmt.Errorf("sum refunds: %w", err)
	}
	defer rows.Close()
	var all []ledger.RefundLine
	for rows.Next() {
		var g ledger.RefundLine
		var amount, failed int64
		if err := rows.Scan(&g.Reason, &g.Way, &g.Count, &amount, &g.Failed, &failed); err != nil {
			return nil, fmt.Errorf("sum refunds: %w", err)
		}
		g.Amount, g.FailedSum = money.FromMinor(amount), money.FromMinor(failed)
		all = append(all, g)
	}
	return all, rows.Err()
}

var qNoTicket = query("money put to no ticket between", `
select cast(coalesce(sum(case when p.credit like 'unallocated:%' then p.amount_minor else -p.amount_minor end), 0) as bigint)
from ledger_entry e
join posting p on p.entry_id = e.id
where e.effective_at >= $1
  and e.effective_at < $2
  and p.ticket_id = ''
  and (p.credit like 'unallocated:%' or p.debit like 'unallocated:%')`)

// Of an attempt's own entries: what is given back of it later is a refund's.
var qNoTicketIn = query("money received and put to no ticket between", `
select cast(coalesce(sum(case when p.credit like 'unallocated:%' then p.amount_minor else -p.amount_minor end), 0) as bigint)
from ledger_entry e
join attempt a on a.id = e.ref
join posting p on p.entry_id = e.id
where e.kind in ('unallocated', 'reverse')
  and e.effective_at >= $1
  and e.effective_at < $2
  and p.ticket_id = ''
  and (p.credit like 'unallocated:%' or p.debit like 'unallocated:%')`)

// ReceivedForNoTicket is what was received in [from, until) and put to no ticket then, less what of it was undone.
func (tx *Tx) ReceivedForNoTicket(ctx context.Context, from, until time.Time) (money.Amount, error) {
	var amount int64
	if err := tx.sum(ctx, qNoTicketIn, micros(from), micros(until)).Scan(&amount); err != nil {
		return money.Zero, fmt.Errorf("sum money received for no ticket: %w", err)
	}
	return money.FromMinor(amount), nil
}

// PutToNoTicket is by how much the money that is put to no ticket has grown in [from, until).
func (tx *Tx) PutToNoTicket(ctx context.Context, from, until time.Time) (money.Amount, error) {
	var amount int64
	if err := tx.sum(ctx, qNoTicket, micros(from), micros(until)).Scan(&amount); err != nil {
		return money.Zero, fmt.Errorf("sum money of no ticket: %w", err)
	}
	return money.FromMinor(amount), nil
}
