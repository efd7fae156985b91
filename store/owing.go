package store

import (
	"context"
	"fmt"
	"time"

	"fundy/money"
)

// Owing is money of somebody else's that stands on an account, by what it came from.
type Owing struct {
	Account string
	Ref     string
	Attempt bool // Ref is an attempt's id
	Since   time.Time
	Amount  money.Amount // what is owed: a credit
}

// What a refund takes out of unallocated money is of its attempt; a refund that is owed or written as a cheque is
// its own, whichever of its cheques an entry is of: payment.ChequeRef begins with the refund's id of 30 characters.
var qStanding = query("standing as of", `
select x.account, x.origin, case when a.id is null then 0 else 1 end, min(x.at), cast(sum(x.amount) as bigint)
from (
  select p.credit as account, case when p.credit like 'unallocated:%' then coalesce(r.attempt_id, e.ref) else coalesce(r.id, e.ref) end as origin,
    e.effective_at as at, p.amount_minor as amount
  from posting p
  join ledger_entry e on e.id = p.entry_id
  left join refund r on r.id = substr(e.ref, 1, 30)
  where e.effective_at < $1
    and (p.credit like 'unallocated:%' or p.credit in ('refunds_payable', 'cheques:outstanding'))
  union all
  select p.debit, case when p.debit like 'unallocated:%' then coalesce(r.attempt_id, e.ref) else coalesce(r.id, e.ref) end,
    e.effective_at, -p.amount_minor
  from posting p
  join ledger_entry e on e.id = p.entry_id
  left join refund r on r.id = substr(e.ref, 1, 30)
  where e.effective_at < $1
    and (p.debit like 'unallocated:%' or p.debit in ('refunds_payable', 'cheques:outstanding'))
) x
left join attempt a on a.id = x.origin
group by x.account, x.origin, case when a.id is null then 0 else 1 end
having sum(x.amount) <> 0
order by x.account, min(x.at), x.origin`)

// OwedToOthers lists what stands on the accounts of payers' money by the entries before an instant.
func (tx *Tx) OwedToOthers(ctx context.Context, before time.Time) ([]Owing, error) {
	rows, err := tx.rows(ctx, qStanding, micros(before))
	if err != nil {
		return nil, fmt.Errorf("read payers' money: %w", err)
	}
	defer rows.Close()
	var all []Owing
	for rows.Next() {
		var o Owing
		var attempt, since, amount int64
		if err := rows.Scan(&o.Account, &o.Ref, &attempt, &since, &amount); err != nil {
			return nil, fmt.Errorf("read payers' money: %w", err)
		}
		o.Attempt, o.Since, o.Amount = attempt == 1, fromMicros(since), money.FromMinor(amount)
		all = append(all, o)
	}
	return all, rows.Err()
}
