package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/money"
	"fundy/payment"
	"fundy/payout"
)

// Money that was put to no ticket has no capture: it counts by the entry that it has. A drawer's over or short counts
// when it was closed, and back when it was opened again. Its entry's ref is the session's id, a colon and a number.
var qDayTenders = query("tenders of day", `
select t.kind, t.batch_id, e.effective_at, t.tendered_minor - t.change_minor, coalesce(db.deposit_id, ''), coalesce(r.in_hand, 0), b.opened_by, b.second_by
from ledger_entry e
join tender t on t.attempt_id = e.ref
join batch b on b.id = t.batch_id
left join deposit_batch db on db.batch_id = t.batch_id
left join returned_cheque r on r.tender_id = t.id
where e.kind in ('capture', 'unallocated')
  and e.effective_at >= $1
  and e.effective_at < $2
  and t.state <> 'reversed'
  and (e.kind = 'capture' or not exists (
    select 1
    from ledger_entry c
    where c.kind = 'capture'
      and c.ref = e.ref))
union all
select 'over_short', b.id, e.effective_at, case p.credit when 'over_short:cash' then p.amount_minor else -p.amount_minor end, coalesce(db.deposit_id, ''), 0, b.opened_by, b.second_by
from ledger_entry e
join posting p on p.entry_id = e.id
join batch b on b.session_id = rtrim(rtrim(e.ref, '0123456789'), ':') and b.kind = 'cash'
left join deposit_batch db on db.batch_id = b.id
where e.kind in ('over_short', 'over_short_back')
  and e.effective_at >= $1
  and e.effective_at < $2
order by 3, 2, 1`)

// DayTenders lists what counts as taken without the card page in [from, until), with the deposit that it is in.
func (tx *Tx) DayTenders(ctx context.Context, from, until time.Time) ([]payout.Counted, error) {
	rows, err := tx.rows(ctx, qDayTenders, micros(from), micros(until))
	if err != nil {
		return nil, fmt.Errorf("read tenders of day: %w", err)
	}
	defer rows.Close()
	var all []payout.Counted
	for rows.Next() {
		var c payout.Counted
		var at, amount, back int64
		var by payment.Batch
		if err := rows.Scan(&c.Kind, &c.Batch, &at, &amount, &c.Slip, &back, &by.OpenedBy, &by.Second); err != nil {
			return nil, fmt.Errorf("read tender of day: %w", err)
		}
		c.Takers = by.Takers()
		c.At, c.Amount, c.Back = fromMicros(at), money.FromMinor(amount), back == 1
		all = append(all, c)
	}
	return all, rows.Err()
}

var qDayBack = query("returned cheques of day", `
select r.id, e.effective_at, r.amount_minor, coalesce(b.value_day, '')
from ledger_entry e
join returned_cheque r on r.id = e.ref
left join bank_line b on b.id = r.bank_line_id
where e.kind = 'returned_cheque'
  and e.effective_at >= $1
  and e.effective_at < $2
  and r.in_hand = 0
order by e.effective_at, r.id`)

// DayBack lists the deposited cheques that came back in [from, until).
func (tx *Tx) DayBack(ctx context.Context, from, until time.Time) ([]payout.CameBack, error) {
	rows, err := tx.rows(ctx, qDayBack, micros(from), micros(until))
	if err != nil {
		return nil, fmt.Errorf("read returned cheques of day: %w", err)
	}
	defer rows.Close()
	var all []payout.CameBack
	for rows.Next() {
		var c payout.CameBack
		var at, amount int64
		var shown string
		err := rows.Scan(&c.ID, &at, &amount, &shown)
		if err = errors.Join(err, dayInto(&c.ShownOn, shown)); err != nil {
			return nil, fmt.Errorf("read returned cheque of day: %w", err)
		}
		c.At, c.Amount = fromMicros(at), money.FromMinor(amount)
		all = append(all, c)
	}
	return all, rows.Err()
}
