package store

import (
	"context"
	"fmt"
	"time"

	"fundy/city"
	"fundy/ledger"
	"fundy/money"
)

// Corrected is a posting that counts in one year and is of another.
type Corrected struct {
	Entry     string
	Kind      ledger.Kind
	At        time.Time
	Of        time.Time
	Debit     ledger.Account
	Credit    ledger.Account
	Component string
	Amount    money.Amount
}

// What an entry is of: the payment that is given back, or whatever was entered first under the same ref; of the
// first entry itself, when what it tells of happened. A debt that is given up is no correction.
var qAdjusted = query("entries of years before", `
select c.id, c.kind, c.effective_at, c.origin, p.debit, p.credit, p.component, cast(sum(p.amount_minor) as bigint)
from (
  select e.id as id, e.kind as kind, e.effective_at as effective_at,
    case
      when e.kind in ('refund', 'refund_failed', 'reopen') then
        (select min(o.effective_at)
         from refund r
         join ledger_entry o on o.kind in ('capture', 'unallocated') and o.ref = r.attempt_id
         where r.id = e.ref)
      when e.kind = 'capture' then
        (select min(y.quoted_at)
         from attempt a
         join payment y on y.id = a.payment_id
         where a.id = e.ref)
      when e.kind = 'issue' then
        (select t.issued_at
         from ticket t
         where t.id = e.ref)
      when e.kind = 'processor_line' then
        (select l.created_at
         from processor_line l
         where l.id = e.ref)
      when e.kind = 'payout' then
        (select y.created_at
         from payout y
         where y.id = e.ref)
      when e.kind = 'bank_line' then
        (select max(case when b.value_day < $1 then 0 end)
         from bank_line b
         where b.id = e.ref)
      when e.kind in ('write_off', 'write_off_recovered', 'import_paid') then null
      else
        (select min(o.effective_at)
         from ledger_entry o
         where o.kind in ('capture', 'unallocated', 'issue', 'processor_line', 'payout', 'refund')
           and o.ref = e.ref)
    end as origin
  from ledger_entry e
  where e.effective_at >= $2
    and e.effective_at < $3
) c
join posting p on p.entry_id = c.id
where c.origin < $4
group by c.id, c.kind, c.effective_at, c.origin, p.debit, p.credit, p.component
order by c.effective_at, c.id, p.debit, p.credit, p.component
limit $5`)

// Adjusted lists what counts in [from, until) and is of before locked, whose first day after is lockedDay. The
// origin of a bank's line is known by its day only: it is the zero time.
func (tx *Tx) Adjusted(ctx context.Context, from, until, locked time.Time, lockedDay city.Date, limit int) ([]Corrected, error) {
	rows, err := tx.rows(ctx, qAdjusted, lockedDay.String(), micros(from), micros(until), micros(locked), limit)
	if err != nil {
		return nil, fmt.Errorf("read corrections: %w", err)
	}
	defer rows.Close()
	var all []Corrected
	for rows.Next() {
		var c Corrected
		var at, of, amount int64
		if err := rows.Scan(&c.Entry, &c.Kind, &at, &of, &c.Debit, &c.Credit, &c.Component, &amount); err != nil {
			return nil, fmt.Errorf("read correction: %w", err)
		}
		c.At, c.Of, c.Amount = fromMicros(at), zeroOr(of), money.FromMinor(amount)
		all = append(all, c)
	}
	return all, rows.Err()
}
