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
	"fundy/payout"
	"fundy/processor"
)

var qInsertCharge = query("insert processor charge", `
insert into processor_charge
  (charge, attempt_id, seen_at)
values
  ($1, $2, $3)
on conflict do nothing`)

// AddCharge keeps by which id the processor's balance knows an attempt's money.
func (tx *Tx) AddCharge(ctx context.Context, charge string, id payment.AttemptID, at time.Time) error {
	_, err := tx.exec(ctx, qInsertCharge, charge, string(id), micros(at))
	if err != nil {
		return fmt.Errorf("insert processor charge: %w", err)
	}
	return nil
}

var qChargeless = query("attempts without a charge", `
select a.id, a.processor_ref
from ledger_entry e
join attempt a on a.id = e.ref
left join processor_charge c on c.attempt_id = a.id
where e.kind in ('capture', 'unallocated')
  and a.processor_ref <> ''
  and c.charge is null
order by a.created_at
limit $1`)

// Chargeless lists attempts whose money was taken and whose charge is not known yet, with the processor's id
// of each payment.
func (tx *Tx) Chargeless(ctx context.Context, limit int) (map[payment.AttemptID]string, error) {
	rows, err := tx.rows(ctx, qChargeless, limit)
	if err != nil {
		return nil, fmt.Errorf("read attempts without a charge: %w", err)
	}
	defer rows.Close()
	all := map[payment.AttemptID]string{}
	for rows.Next() {
		var id payment.AttemptID
		var ref string
		if err := rows.Scan(&id, &ref); err != nil {
			return nil, fmt.Errorf("read attempt without a charge: %w", err)
		}
		all[id] = ref
	}
	return all, rows.Err()
}

var qCaptureOfCharge = query("capture of charge", `
select c.attempt_id, coalesce(l.id, ''),
  (select coalesce(cast(sum(p.amount_minor) as bigint), 0)
   from ledger_entry e
   join posting p on p.entry_id = e.id
   where e.kind in ('capture', 'unallocated')
     and e.ref = c.attempt_id
     and p.debit = 'clearing:card')
from processor_charge c
left join processor_line l on l.attempt_id = c.attempt_id and l.attempt_id <> ''
where c.charge = $1`)

// CaptureOf finds the capture that a charge is, by what the ledger says was taken; false for one that is none of ours.
func (tx *Tx) CaptureOf(ctx context.Context, charge string) (payout.Capture, bool, error) {
	var c payout.Capture
	var amount int64
	err := tx.row(ctx, qCaptureOfCharge, charge).Scan(&c.Attempt, &c.Line, &amount)
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("read capture of charge: %w", err)
	}
	c.Amount = money.FromMinor(amount)
	return c, true, nil
}

var qRefundedBy = query("refund by processor's id", `
select amount_minor
from refund
where processor_ref = $1
  and processor_ref <> ''`)

// RefundedBy is what we asked to be given back by a refund of the processor's; false for one that is none of ours.
func (tx *Tx) RefundedBy(ctx context.Context, ref string) (money.Amount, bool, error) {
	var amount int64
	err := tx.row(ctx, qRefundedBy, ref).Scan(&amount)
	if errors.Is(err, sql.ErrNoRows) {
		return money.Zero, false, nil
	}
	if err != nil {
		return money.Zero, false, fmt.Errorf("read refund by the processor's id: %w", err)
	}
	return money.FromMinor(amount), true, nil
}

// Payout is a payout as it stands here.
type Payout struct {
	processor.Payout
	Adapter  string
	Fault    string // why it can't be posted
	ReadAt   time.Time
	PostedAt time.Time
	FailedAt time.Time
	BankedOn city.Date // the value date of the bank's line; none yet: zero
	Returned city.Date // of the line that took it back
	AgainIn  string    // the payout with which a failed one's money went out again
}

var qPutPayout = query("put payout", `
insert into payout
  (id, adapter, state, amount_minor, currency, arrival_day, automatic, descriptor, trace, failure, fault, created_at, read_at, posted_at, failed_at)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (id) do update
set state = excluded.state, arrival_day = excluded.arrival_day, trace = excluded.trace, failure = excluded.failure, fault = excluded.fault,
    read_at = excluded.read_at, posted_at = excluded.posted_at, failed_at = excluded.failed_at`)

// PutPayout writes a payout, or how it stands now: its amount and currency never change.
func (tx *Tx) PutPayout(ctx context.Context, p Payout) error {
	automatic := 0
	if p.Automatic {
		automatic = 1
	}
	_, err := tx.exec(ctx, qPutPayout, p.ID, p.Adapter, string(p.State), p.Amount.Minor(), p.Currency, payout.DayOf(p.Arrival).String(), automatic,
		p.Descriptor, p.Trace, p.Failure, p.Fault, micros(p.CreatedAt), micros(p.ReadAt), nullMicros(p.PostedAt), nullMicros(p.FailedAt))
	if err != nil {
		return fmt.Errorf("put payout: %w", err)
	}
	return nil
}

var qTraceKnown = query("payouts of a trace", `
select count(*)
from payout
where trace = $1`)

// TraceKnown says whether the processor has told that a payout went out under a trace.
func (tx *Tx) TraceKnown(ctx context.Context, trace string) (bool, error) {
	var n int
	if err := tx.row(ctx, qTraceKnown, trace).Scan(&n); err != nil {
		return false, fmt.Errorf("look for a trace: %w", err)
	}
	return n > 0, nil
}

var qPayouts = query("payouts", `
select p.id, p.adapter, p.state, p.amount_minor, p.currency, p.arrival_day, p.automatic, p.descriptor, p.trace, p.failure, p.fault,
       p.created_at, p.read_at, p.posted_at, p.failed_at, coalesce(b.value_day, ''), coalesce(r.value_day, ''), coalesce(l.payout_id, '')
from payout p
left join payout_match m on m.payout_id = p.id and m.kind = 'payout'
left join bank_line b on b.id = m.bank_line_id
left join payout_match n on n.payout_id = p.id and n.kind = 'return'
left join bank_line r on r.id = n.bank_line_id
left join processor_line l on l.source = p.id and l.kind = 'payout_failure'
where p.created_at >= $1
order by p.created_at, p.id`)

// Payouts lists the payouts made at or after since, oldest first.
func (tx *Tx) Payouts(ctx context.Context, since time.Time) ([]Payout, error) {
	rows, err := tx.rows(ctx, qPayouts, micros(since))
	if err != nil {
		return nil, fmt.Errorf("read payouts: %w", err)
	}
	defer rows.Close()
	var all []Payout
	for rows.Next() {
		var p Payout
		var amount, automatic, created, read int64
		var posted, failed sql.NullInt64
		var arrival, banked, returned string
		err := rows.Scan(&p.ID, &p.Adapter, &p.State, &amount, &p.Currency, &arrival, &automatic, &p.Descriptor, &p.Trace, &p.Failure, &p.Fault,
			&created, &read, &posted, &failed, &banked, &returned, &p.AgainIn)
		if err != nil {
			return nil, fmt.Errorf("read payout: %w", err)
		}
		day, err := city.ParseDate(arrival)
		if err = errors.Join(err, dayInto(&p.BankedOn, banked), dayInto(&p.Returned, returned)); err != nil {
			return nil, fmt.Errorf("read payout: %w", err)
		}
		p.Amount, p.Automatic, p.Arrival = money.FromMinor(amount), automatic == 1, day.Start(time.UTC)
		p.CreatedAt, p.ReadAt, p.PostedAt, p.FailedAt = fromMicros(created), fromMicros(read), fromNull(posted), fromNull(failed)
		all = append(all, p)
	}
	return all, rows.Err()
}

var qPayoutStands = query("payout stands", `
select posted_at, failed_at
from payout
where id = $1`)

// PayoutStands says when a payout was entered and when it failed, as it is now: another office may have done either
// since it was listed.
func (tx *Tx) PayoutStands(ctx context.Context, id string) (posted, failed time.Time, err error) {
	var p, f sql.NullInt64
	err = tx.row(ctx, qPayoutStands, id).Scan(&p, &f)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return posted, failed, fmt.Errorf("read payout: %w", err)
	}
	return fromNull(p), fromNull(f), nil
}

func dayInto(d *city.Date, text string) error { return d.UnmarshalText([]byte(text)) }

var qNewestPayout = query("newest payout", `
select coalesce(max(created_at), 0)
from payout`)

// NewestPayout is when the newest payout that we know was made; the zero time when we know none.
func (tx *Tx) NewestPayout(ctx context.Context) (time.Time, error) {
	var at int64
	if err := tx.row(ctx, qNewestPayout).Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("read newest payout: %w", err)
	}
	if at == 0 {
		return time.Time{}, nil
	}
	return fromMicros(at), nil
}

var qAttemptStates = query("attempt states", `
select state, count(*)
from attempt
group by state`)

// AttemptStates counts the attempts by state.
func (tx *Tx) AttemptStates(ctx context.Context) (map[payment.State]int, error) {
	rows, err := tx.rows(ctx, qAttemptStates)
	if err != nil {
		return nil, fmt.Errorf("count attempts: %w", err)
	}
	defer rows.Close()
	all := map[payment.State]int{}
	for rows.Next() {
		var s payment.State
		var n int
		if err := rows.Scan(&s, &n); err != nil {
			return nil, fmt.Errorf("count attempts: %w", err)
		}
		all[s] = n
	}
	return all, rows.Err()
}
