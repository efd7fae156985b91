package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/money"
)

// Crossing is a payout that is at the bank after an end of the year, or was sent before it.
type Crossing struct {
	ID      string
	Amount  money.Amount
	SentAt  time.Time // counts in the ledger
	Arrival city.Date
	AtBank  time.Time // counts in the ledger; zero: not yet
	Banked  city.Date
	Failed  time.Time // zero: it has not
	// Of the captures before an instant that are in it:
	Captures int
	Here     money.Amount // with the processor: gross, less the fees that count before the instant
}

var qTransit = query("payouts sent and not banked", `
select p.id, p.amount_minor, s.effective_at, p.arrival_day, coalesce(k.effective_at, 0), coalesce(b.value_day, ''), coalesce(f.effective_at, 0)
from ledger_entry s
join payout p on p.id = s.ref
left join payout_match m on m.payout_id = p.id and m.kind = 'payout'
left join bank_line b on b.id = m.bank_line_id
left join ledger_entry k on k.kind = 'bank_line' and k.ref = b.id
left join ledger_entry f on f.kind = 'payout_failed' and f.ref = p.id
where s.kind = 'payout'
  and s.effective_at < $1
  and (k.effective_at is null or k.effective_at >= $2)
order by s.effective_at, p.id`)

// SentBefore lists the payouts sent before until that were not at the bank before since.
func (tx *Tx) SentBefore(ctx context.Context, until, since time.Time) ([]Crossing, error) {
	rows, err := tx.rows(ctx, qTransit, micros(until), micros(since))
	if err != nil {
		return nil, fmt.Errorf("read payouts in transit: %w", err)
	}
	defer rows.Close()
	var all []Crossing
	for rows.Next() {
		var c Crossing
		var amount, sent, bank, failed int64
		var arrival, banked string
		err := rows.Scan(&c.ID, &amount, &sent, &arrival, &bank, &banked, &failed)
		if err = errors.Join(err, dayInto(&c.Arrival, arrival), dayInto(&c.Banked, banked)); err != nil {
			return nil, fmt.Errorf("read payout in transit: %w", err)
		}
		c.Amount, c.SentAt, c.AtBank, c.Failed = money.FromMinor(amount), fromMicros(sent), zeroOr(bank), zeroOr(failed)
		all = append(all, c)
	}
	return all, rows.Err()
}

// zeroOr is the zero time for 0.
func zeroOr(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return fromMicros(n)
}

var qPaidOutLater = query("captures paid out later", `
select coalesce(l.payout_id, ''), coalesce(s.effective_at, 0), coalesce(p.arrival_day, ''), coalesce(b.value_day, ''), count(*),
  cast(sum(
    (select coalesce(sum(q.amount_minor), 0)
     from posting q
     where q.entry_id = e.id
       and q.debit = 'clearing:card')
    - case when le.effective_at < $1 then l.fee_minor else 0 end) as bigint)
from ledger_entry e
left join processor_line l on l.attempt_id = e.ref and l.attempt_id <> ''
left join ledger_entry le on le.kind = 'processor_line' and le.ref = l.id
left join ledger_entry s on s.kind = 'payout' and s.ref = l.payout_id
left join payout p on p.id = l.payout_id
left join payout_match m on m.payout_id = p.id and m.kind = 'payout'
left join bank_line b on b.id = m.bank_line_id
where e.kind in ('capture', 'unallocated')
  and e.effective_at < $2
  and (s.effective_at is null or s.effective_at >= $3)
  and exists (
    select 1
    from posting q
    where q.entry_id = e.id
      and q.debit = 'clearing:card')
group by coalesce(l.payout_id, ''), coalesce(s.effective_at, 0), coalesce(p.arrival_day, ''), coalesce(b.value_day, '')
order by coalesce(s.effective_at, 0), coalesce(l.payout_id, '')`)

// PaidOutLater sums the captures before an instant that the processor paid out at or after it, or has not yet, by
// payout.
func (tx *Tx) PaidOutLater(ctx context.Context, before time.Time) ([]Crossing, error) {
	return tx.crossings(ctx, qPaidOutLater, micros(before), micros(before), micros(before))
}

func (tx *Tx) crossings(ctx context.Context, q string, args ...any) ([]Crossing, error) {
	rows, err := tx.rows(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read what the processor has still: %w", err)
	}
	defer rows.Close()
	var all []Crossing
	for rows.Next() {
		var c Crossing
		var sent, here int64
		var arrival, banked string
		err := rows.Scan(&c.ID, &sent, &arrival, &banked, &c.Captures, &here)
		if err = errors.Join(err, dayInto(&c.Arrival, arrival), dayInto(&c.Banked, banked)); err != nil {
			return nil, fmt.Errorf("read what the processor has still: %w", err)
		}
		c.SentAt, c.Here = zeroOr(sent), money.FromMinor(here)
		all = append(all, c)
	}
	return all, rows.Err()
}

var qRefundsLater = query("refunds taken later", `
select coalesce(l.payout_id, ''), coalesce(s.effective_at, 0), coalesce(p.arrival_day, ''), coalesce(b.value_day, ''), count(*),
  cast(-sum(
    (select coalesce(sum(q.amount_minor), 0)
     from posting q
     where q.entry_id = e.id
       and q.credit = 'clearing:card')) as bigint)
from ledger_entry e
join refund r on r.id = e.ref
left join processor_line l on l.source = r.processor_ref and l.kind = 'refund' and r.processor_ref <> ''
left join ledger_entry s on s.kind = 'payout' and s.ref = l.payout_id
left join payout p on p.id = l.payout_id
left join payout_match m on m.payout_id = p.id and m.kind = 'payout'
left join bank_line b on b.id = m.bank_line_id
where e.kind = 'refund'
  and r.way = 'processor'
  and e.effective_at < $1
  and (s.effective_at is null or s.effective_at >= $2)
  and not exists (
    select 1
    from ledger_entry f
    where f.kind = 'refund_failed'
      and f.ref = e.ref
      and f.effective_at < $3)
group by coalesce(l.payout_id, ''), coalesce(s.effective_at, 0), coalesce(p.arrival_day, ''), coalesce(b.value_day, '')
order by coalesce(s.effective_at, 0), coalesce(l.payout_id, '')`)

// RefundedLater sums the refunds before an instant that the processor took out of a payout at or after it, or has not
// yet, by payout. Amounts are negative.
func (tx *Tx) RefundedLater(ctx context.Context, before time.Time) ([]Crossing, error) {
	return tx.crossings(ctx, qRefundsLater, micros(before), micros(before), micros(before))
}
