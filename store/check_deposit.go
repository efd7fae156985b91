package store

import (
	"context"
	"errors"
	"fmt"
)

var qCheckInTransit = query("check deposits in transit", `
select
  (select coalesce(cast(sum(amount_minor) as bigint), 0)
   from deposit
   where kind = 'cash_cheque'
     and state <> 'banked'),
  (select coalesce(cast(sum(amount_minor) as bigint), 0)
   from deposit
   where kind = 'terminal'
     and state <> 'banked'),
  (select coalesce(cast(sum(amount_minor) as bigint), 0)
   from returned_cheque
   where in_hand = 0
     and bank_line_id is null),
  (select coalesce(cast(sum(t.tendered_minor - t.change_minor) as bigint), 0)
   from tender t
   join batch b on b.id = t.batch_id
   where t.kind = 'terminal'
     and t.state = 'taken'
     and b.state <> 'deposited') -
  (select coalesce(cast(sum(r.amount_minor) as bigint), 0)
   from refund_terminal rt
   join refund r on r.id = rt.refund_id) +
  (select coalesce(cast(sum(back_minor) as bigint), 0)
   from deposit),
  (select coalesce(cast(sum(amount_minor) as bigint), 0)
   from charge
   where state = 'owed'),
  (select coalesce(cast(sum(amount_minor) as bigint), 0)
   from charge
   where state = 'paid')`)

var qCheckDeposits = query("check deposits", `
select d.reference, d.entered_minor, coalesce(cast(sum(db.amount_minor) as bigint), 0)
from deposit d
left join deposit_batch db on db.deposit_id = d.id
group by d.id, d.reference, d.entered_minor
having coalesce(sum(db.amount_minor), 0) <> d.entered_minor
limit 20`)

var qCheckDeposited = query("check deposited batches", `
select b.id, b.state
from batch b
left join deposit_batch db on db.batch_id = b.id
where (b.state = 'deposited') <> (db.batch_id is not null)
limit 20`)

var qCheckDepositLines = query("check deposits at the bank", `
select d.reference, d.amount_minor, l.amount_minor, d.fee_minor, d.short_minor
from deposit d
join bank_line l on l.id = d.bank_line_id
where l.amount_minor + d.fee_minor + d.short_minor <> d.amount_minor
limit 20`)

var qCheckCounterStates = query("check states of entries", `
select ce.series, ce.number, a.state
from counter_entry ce
join attempt a on a.id = ce.attempt_id
join tender t on t.attempt_id = a.id and t.state = 'taken'
left join deposit_batch db on db.batch_id = t.batch_id
left join deposit d on d.id = db.deposit_id
where a.state in ('captured', 'settled', 'banked')
group by ce.series, ce.number, a.state
having (a.state = 'captured' and sum(case when d.id is null then 1 else 0 end) = 0)
    or (a.state <> 'captured' and sum(case when d.id is null then 1 else 0 end) > 0)
    or (a.state = 'banked') <> (sum(case when d.state = 'banked' then 0 else 1 end) = 0)
limit 20`)

var qCheckReturned = query("check returned cheques", `
select r.id, a.state, t.state
from returned_cheque r
join attempt a on a.id = r.attempt_id
join tender t on t.id = r.tender_id
where a.state <> 'returned'
   or t.state <> 'returned'
   or exists (select 1 from allocation al where al.attempt_id = a.id and al.undone_at is null)
limit 20`)

var qCheckItems = query("check items", `
select i.id, i.state
from item i
left join exception x on x.kind = 'item' and x.ref = i.id
where (i.state = 'kept') <> (x.id is not null and x.closed_at is null)
limit 20`)

// checkDeposits compares what is between the counter and the bank with the ledger, and each entry's state with where
// its money is.
func (tx *Tx) checkDeposits(ctx context.Context, c *LedgerCheck) error {
	var slips, terminals, back, unreported, owed int64
	if err := tx.sum(ctx, qCheckInTransit).Scan(&slips, &terminals, &back, &unreported, &owed, &c.ChargesPaid); err != nil {
		return fmt.Errorf("sum deposits: %w", err)
	}
	c.want(c.ByAccount["in_transit:deposit"] == slips-back, "the slips on their way, less the cheques that the bank is to take back, are not what in_transit:deposit has")
	c.want(c.ByAccount["in_transit:terminal"] == terminals, "the terminals' batches on their way are not what in_transit:terminal has")
	c.want(c.ByAccount["clearing:terminal"] == unreported, "the tenders of terminals in no deposit, less what was given back there and is in no report yet, are not what clearing:terminal has")
	c.want(c.ByAccount["receivable:nsf_fee"] == owed, "the charges owed are not what receivable:nsf_fee has")
	c.want(c.Captured == c.Allocated+c.Reopened+c.ChargedBack+c.PartPaid+c.ChargesPaid+c.Rest, "captured and allocated differ")
	var errs []error
	for _, one := range []struct {
		q, what string
		columns int
	}{
		{qCheckDeposits, "deposit whose batches do not come to it (slip, it says, they are): ", 3},
		{qCheckDeposited, "batch that is in a deposit and does not say so, or the other way round: ", 2},
		{qCheckDepositLines, "deposit at the bank with another amount (slip, its amount, the bank's, fee, short): ", 5},
		{qCheckCounterStates, "entry whose state is not where its money is (drawer, number, state): ", 3},
		{qCheckReturned, "returned cheque whose payment still stands (id, attempt, tender): ", 3},
		{qCheckItems, "item that nobody has, or that is gone and still in the queue (id, state): ", 2},
	} {
		var err error
		c.Faults, err = tx.findings(ctx, c.Faults, one.q, one.what, one.columns)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
