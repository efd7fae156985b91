package store

import (
	"context"
	"fmt"
)

// What the ledger's check looks for, a question each: counter and deposits have their own in check_deposit.go.

var qCheckCaptured = query("check captured", `
select
  (select coalesce(cast(sum(amount_minor) as bigint), 0)
   from attempt
   where receipt <> ''
     and state not in ('reversed', 'returned')),
  (select coalesce(cast(sum(al.amount_minor) as bigint), 0)
   from allocation al
   join attempt a on a.id = al.attempt_id
   where al.undone_at is null
     and a.receipt <> ''),
  (select coalesce(cast(sum(pp.amount_minor) as bigint), 0)
   from part_payment pp
   where pp.undone_at is null),
  (select coalesce(cast(sum(a.amount_minor) as bigint), 0)
   from counter_entry ce
   join attempt a on a.id = ce.attempt_id
   where a.state not in ('reversed', 'returned')),
  (select coalesce(cast(sum(rest_minor) as bigint), 0)
   from correction
   where state = 'done')`)

var qCheckUndeposited = query("check undeposited", `
select
  (select coalesce(cast(sum(t.tendered_minor - t.change_minor) as bigint), 0)
   from tender t
   join batch b on b.id = t.batch_id
   where t.kind = 'cash'
     and t.state = 'taken'
     and b.state <> 'deposited'),
  (select coalesce(cast(sum(t.tendered_minor - t.change_minor) as bigint), 0)
   from tender t
   join batch b on b.id = t.batch_id
   where t.kind in ('cheque', 'money_order')
     and t.state = 'taken'
     and b.state <> 'deposited'),
  (select coalesce(cast(sum(s.over_short_minor) as bigint), 0)
   from drawer_session s
   join batch b on b.session_id = s.id
   where s.state = 'closed'
     and b.kind = 'cash'
     and b.state <> 'deposited')`)

var qCheckTenders = query("check tenders", `
select ce.series, ce.number, a.amount_minor, coalesce(cast(sum(t.amount_minor) as bigint), 0) + ce.short_minor
from counter_entry ce
join attempt a on a.id = ce.attempt_id
left join tender t on t.attempt_id = a.id
where a.state <> 'reversed'
group by ce.series, ce.number, a.amount_minor, ce.short_minor
having coalesce(sum(t.amount_minor), 0) + ce.short_minor <> a.amount_minor
limit 20`)

var qCheckUndone = query("check reversed entries", `
select ce.series, ce.number
from counter_entry ce
join attempt a on a.id = ce.attempt_id
where a.state = 'reversed'
  and (exists (select 1 from allocation al where al.attempt_id = a.id and al.undone_at is null)
    or exists (select 1 from part_payment pp where pp.attempt_id = a.id and pp.undone_at is null)
    or exists (select 1 from tender t where t.attempt_id = a.id and t.state <> 'reversed'))
limit 20`)

var qCheckParts = query("check part payments", `
select t.id, t.part_paid_minor, cast(sum(case when pp.undone_at is null then pp.amount_minor else 0 end) as bigint)
from part_payment pp
join ticket t on t.id = pp.ticket_id
group by t.id, t.part_paid_minor
having sum(case when pp.undone_at is null then pp.amount_minor else 0 end) <> t.part_paid_minor
limit 20`)

var qCheckPartsPosted = query("check posted part payments", `
select t.id, t.part_paid_minor
from (select distinct ticket_id from part_payment) pp
join ticket t on t.id = pp.ticket_id
left join posting p on p.ticket_id = t.id and p.component = 'part_payment'
where t.state in ('open', 'reopened', 'review', 'hold', 'confirming')
group by t.id, t.part_paid_minor
having coalesce(sum(case
    when p.credit = 'receivable:part_payment' then p.amount_minor
    when p.debit = 'receivable:part_payment' then -p.amount_minor
    else 0 end), 0) <> t.part_paid_minor
limit 20`)

var qCheckNumbers = query("check printed numbers", `
select s.name, s.last_number, count(ce.number)
from receipt_series s
left join counter_entry ce on ce.series = s.name
group by s.name, s.last_number
having count(ce.number) <> s.last_number
limit 20`)

var qCheckRefunded = query("check refunded", `
select
  coalesce(cast(sum(case when r.state in ('succeeded', 'to_issue', 'issued', 'cleared', 'returned', 'stale') then rp.amount_minor else 0 end) as bigint), 0),
  coalesce(cast(sum(case when r.reopened_at is not null then al.amount_minor else 0 end) as bigint), 0),
  coalesce(cast(sum(case when r.reopened_at is not null and r.state in ('failed_later', 'ended') then rp.amount_minor else 0 end) as bigint), 0)
from refund r
join refund_part rp on rp.refund_id = r.id
left join allocation al on al.ticket_id = rp.ticket_id and al.attempt_id = r.attempt_id
where rp.ticket_id <> ''`)

var qCheckOpenReceivables = query("check paid tickets", `
select p.ticket_id, p.component
from posting p
join ticket t on t.id = p.ticket_id
where t.state = 'paid'
group by p.ticket_id, p.component
having sum(case when p.debit = 'receivable:' || p.component then p.amount_minor else 0 end)
    <> sum(case when p.credit = 'receivable:' || p.component then p.amount_minor else 0 end)
limit 20`)

var qCheckUnallocated = query("check allocations", `
select pt.ticket_id
from attempt a
join payment_ticket pt on pt.payment_id = a.payment_id
left join allocation al on al.ticket_id = pt.ticket_id and al.attempt_id = a.id and al.undone_at is null
where a.receipt <> ''
  and al.ticket_id is null
  and pt.moved_out_at is null
  and a.state not in ('reversed', 'returned')
  and not exists (
    select 1
    from part_payment pp
    where pp.attempt_id = a.id
      and pp.ticket_id = pt.ticket_id
      and pp.undone_at is null)
  and not exists (
    select 1
    from refund r
    join refund_part rp on rp.refund_id = r.id
    where r.attempt_id = a.id
      and rp.ticket_id = pt.ticket_id
      and r.reopened_at is not null)
  and not exists (
    select 1
    from dispute d
    where d.attempt_id = a.id
      and d.reopened_at is not null)
limit 20`)

var qCheckDisputes = query("check disputes", `
select
  coalesce(cast(sum(case when state in ('needs_response', 'under_review') then amount_minor else 0 end) as bigint), 0),
  coalesce(cast(sum(case when state in ('lost', 'accepted') and ending in ('written_off', 'person') then amount_minor else 0 end) as bigint), 0),
  coalesce(cast(sum(case when reopened_at is not null then amount_minor else 0 end) as bigint), 0)
from dispute`)

var qCheckDisputeLines = query("check dispute lines", `
select d.id, d.amount_minor, cast(sum(l.amount_minor) as bigint)
from dispute d
join processor_line l on l.source = d.id and l.class = 'chargeback'
group by d.id, d.amount_minor
having sum(l.amount_minor) <> 0
   and sum(l.amount_minor) <> -d.amount_minor
limit 20`)

var qCheckDisputeExceptions = query("check dispute exceptions", `
select d.id, d.state, d.why, d.opened_at, d.amount_minor
from dispute d
where d.state = 'stopped'
   or d.ending = 'person' and d.state in ('lost', 'accepted')
order by d.opened_at
limit 20`)

var qCheckOverRefunded = query("check refunds", `
select min(r.id), sum(r.amount_minor)
from refund r
where r.state not in ('refused', 'failed', 'canceled', 'failed_later', 'ended')
group by r.attempt_id
having sum(r.amount_minor) >
  (select coalesce(sum(p.amount_minor), 0)
   from ledger_entry e
   join posting p on p.entry_id = e.id
   where e.ref = r.attempt_id
     and e.kind in ('capture', 'unallocated')
     and p.debit in ('clearing:card', 'undeposited:cash', 'undeposited:cheque', 'clearing:terminal'))
limit 20`)

var qCheckRefundParts = query("check refund parts", `
select r.id, r.amount_minor
from refund r
left join refund_part rp on rp.refund_id = r.id
group by r.id, r.amount_minor
having coalesce(sum(rp.amount_minor), 0) <> r.amount_minor
limit 20`)

var qCheckCheques = query("check cheques", `
select
  (select coalesce(cast(sum(amount_minor) as bigint), 0)
   from refund
   where state in ('to_issue', 'returned', 'stale')),
  (select coalesce(cast(sum(amount_minor) as bigint), 0)
   from refund_cheque
   where ended = '')`)

// checkCheques compares what the ledger owes by cheque with the refunds and the cheques themselves.
func (tx *Tx) checkCheques(ctx context.Context, c *LedgerCheck) error {
	c.Payable, c.Outstanding = -c.ByAccount["refunds_payable"], -c.ByAccount["cheques:outstanding"]
	var payable, outstanding int64
	if err := tx.sum(ctx, qCheckCheques).Scan(&payable, &outstanding); err != nil {
		return fmt.Errorf("sum cheques: %w", err)
	}
	c.want(c.Payable == payable, "what is owed by cheque is not what the refunds say")
	c.want(c.Outstanding == outstanding, "the cheques that are out are not what the ledger says")
	return nil
}

var qCheckRefundExceptions = query("check refund exceptions", `
select r.id, r.state, r.failure, r.asked_at, r.amount_minor
from refund r
where r.state in ('stopped', 'failed_later', 'returned', 'stale')
order by r.asked_at
limit 20`)

var qCheckExceptions = query("check exceptions", `
select a.state, a.reason, a.created_at, a.amount_minor
from attempt a
where a.state in ('stopped', 'corrected_authorized', 'corrected_captured', 'corrected_released')
order by a.created_at
limit 20`)

// Money that is put to no ticket has somebody who looks after it.
var qCheckOwned = query("check unallocated receipts", `
select e.id
from ledger_entry e
where e.kind = 'unallocated'
  and not exists (
    select 1
    from exception x
    where x.kind in ('unallocated', 'overpaid')
      and x.ref = substr(e.id, 13))
limit 20`)

var qCheckPayouts = query("check payouts", `
select p.id, p.amount_minor, coalesce(cast(sum(l.net_minor) as bigint), 0)
from payout p
left join processor_line l on l.payout_id = p.id
where p.posted_at is not null
group by p.id, p.amount_minor
having coalesce(sum(l.net_minor), 0) <> p.amount_minor
limit 20`)

var qCheckCharges = query("check charges", `
select a.state, a.amount_minor, coalesce(l.amount_minor, 0)
from attempt a
left join processor_line l on l.attempt_id = a.id and l.attempt_id <> ''
left join payout p on p.id = l.payout_id
where (a.state in ('settled', 'banked') and a.adapter <> 'counter' and (l.id is null or l.amount_minor <> a.amount_minor))
   or (a.state = 'captured' and p.posted_at is not null)
limit 20`)

var qCheckBanked = query("check bank lines", `
select p.id, p.amount_minor, b.amount_minor
from payout_match m
join payout p on p.id = m.payout_id
join bank_line b on b.id = m.bank_line_id
where (m.kind = 'payout' and b.amount_minor <> p.amount_minor)
   or (m.kind = 'return' and b.amount_minor <> -p.amount_minor)
limit 20`)
