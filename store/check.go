package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"fundy/money"
)

// LedgerCheck is what recomputing the ledger found.
type LedgerCheck struct {
	Entries     int64            `json:"entries"`
	Postings    int64            `json:"postings"`
	Tickets     int64            `json:"tickets"`
	PaidTickets int64            `json:"paid_tickets"`
	Captured    int64            `json:"captured_minor"`     // of all attempts with a receipt that stands
	Counter     int64            `json:"counter_minor"`      // of it, without the card page
	PartPaid    int64            `json:"part_paid_minor"`    // of it, put to tickets of which the rest is owed, or was paid later
	ChargesPaid int64            `json:"charges_minor"`      // of it, for charges beside tickets
	Undeposited int64            `json:"undeposited_minor"`  // cash and cheques that are in no deposit yet
	Allocated   int64            `json:"allocated_minor"`    // of their live allocations
	Unallocated int64            `json:"unallocated_minor"`  // received, put to no ticket, owed to its payer
	Refunded    int64            `json:"refunded_minor"`     // of what was captured, given back or owed by cheque
	Reopened    int64            `json:"reopened_minor"`     // captured, and its tickets are owed again
	ChargedBack int64            `json:"charged_back_minor"` // captured, lost to a payer's bank, and its tickets are owed again
	Rest        int64            `json:"rest_minor"`         // captured, moved to a ticket that cost less, and put to none
	Clearing    int64            `json:"clearing_minor"`     // balance of clearing:card
	OnItsWay    int64            `json:"on_its_way_minor"`   // paid out by the processor, not yet at the bank
	AtBank      int64            `json:"at_bank_minor"`      // of all the city's accounts
	Kept        int64            `json:"kept_minor"`         // by the processor: fees, refunds, chargebacks, reserve
	Suspense    int64            `json:"suspense_minor"`     // what nobody has explained yet
	Payable     int64            `json:"payable_minor"`      // of what was refunded: owed by cheque, and none is out
	Outstanding int64            `json:"outstanding_minor"`  // of what was refunded: on cheques that nobody has cashed
	ByAccount   map[string]int64 `json:"balances_minor"`
	Faults      []string         `json:"faults"`       // what does not agree
	Exceptions  []string         `json:"needs_person"` // attempts that stopped or were corrected
	cameBack    int64            // given back, its tickets owed again, and then the refund failed: the payer's
}

// The postings, for adding them up. Millions are grouped by PostgreSQL in little memory; SQLite would sort them all in
// memory, so there they are added up as they come.
var (
	qCheckMoves = query("check moves", `
select debit, credit, amount_minor
from posting`)

	qCheckMovesGrouped = query("check moves grouped", `
select debit, credit, cast(sum(amount_minor) as bigint)
from posting
group by debit, credit`)
)

var qCheckCounts = query("check counts", `
select
  (select count(*) from ledger_entry),
  (select count(*) from posting),
  (select count(*) from ticket),
  (select count(*) from ticket where state = 'paid')`)

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
   or d.ending = 'person'
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
	if err := tx.row(ctx, qCheckCheques).Scan(&payable, &outstanding); err != nil {
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

// CheckLedger recomputes every account from its postings and compares it with the attempts.
func (tx *Tx) CheckLedger(ctx context.Context) (LedgerCheck, error) {
	c := LedgerCheck{ByAccount: map[string]int64{}, Faults: []string{}, Exceptions: []string{}}
	err := tx.row(ctx, qCheckCounts).Scan(&c.Entries, &c.Postings, &c.Tickets, &c.PaidTickets)
	if err != nil {
		return c, fmt.Errorf("count: %w", err)
	}
	if err := tx.balances(ctx, &c); err != nil {
		return c, err
	}
	if err := tx.row(ctx, qCheckCaptured).Scan(&c.Captured, &c.Allocated, &c.PartPaid, &c.Counter, &c.Rest); err != nil {
		return c, fmt.Errorf("sum captured: %w", err)
	}
	if err := tx.row(ctx, qCheckRefunded).Scan(&c.Refunded, &c.Reopened, &c.cameBack); err != nil {
		return c, fmt.Errorf("sum refunded: %w", err)
	}
	var heldByBanks, lostToBanks int64
	if err := tx.row(ctx, qCheckDisputes).Scan(&heldByBanks, &lostToBanks, &c.ChargedBack); err != nil {
		return c, fmt.Errorf("sum disputes: %w", err)
	}
	c.want(c.ByAccount["disputes:held"] == heldByBanks, "what payers' banks hold is not what the open chargebacks come to")
	c.want(c.ByAccount["chargebacks:lost"] == lostToBanks, "what was lost is not what the lost chargebacks come to")
	c.Clearing, c.Unallocated = c.ByAccount["clearing:card"], -c.ByAccount["unallocated:card"]-c.ByAccount["unallocated:counter"]
	if err := tx.checkCheques(ctx, &c); err != nil {
		return c, err
	}
	c.want(c.ByAccount["offset:components"] == 0, "the offset account is not zero")
	half, err := tx.HalfEntered(ctx)
	if err != nil {
		return c, err
	}
	for _, payout := range half {
		c.Exceptions = append(c.Exceptions, "payout entered in part: fetch again: "+payout)
	}
	c.followed(half)
	if err := tx.checkUndeposited(ctx, &c); err != nil {
		return c, err
	}
	if err := tx.checkDeposits(ctx, &c); err != nil {
		return c, err
	}
	return c, tx.checkRows(ctx, &c)
}

func (tx *Tx) checkRows(ctx context.Context, c *LedgerCheck) error {
	var errs []error
	find := func(into *[]string, q, what string, columns int) {
		var err error
		*into, err = tx.findings(ctx, *into, q, what, columns)
		errs = append(errs, err)
	}
	find(&c.Faults, qCheckOpenReceivables, "paid ticket with a receivable: ", 2)
	find(&c.Faults, qCheckWrittenOff, "written-off ticket with a receivable (ticket, component): ", 2)
	find(&c.Faults, qCheckUnallocated, "captured without an allocation: ", 1)
	find(&c.Exceptions, qCheckExceptions, "attempt (state, why, begun, cents): ", 4)
	find(&c.Faults, qCheckOverRefunded, "more refunded than was taken (first of them, cents): ", 2)
	find(&c.Faults, qCheckRefundParts, "refund whose parts do not add up (refund, cents): ", 2)
	find(&c.Exceptions, qCheckRefundExceptions, "refund (id, state, why, asked, cents): ", 5)
	find(&c.Faults, qCheckOwned, "unallocated receipt that nobody owns: ", 1)
	find(&c.Faults, qCheckDisputeLines, "chargeback and its lines differ (chargeback, its amount, its lines): ", 3)
	find(&c.Exceptions, qCheckDisputeExceptions, "chargeback (id, state, why, opened, cents): ", 5)
	find(&c.Faults, qCheckPayouts, "payout whose lines do not come to it (payout, its amount, its lines): ", 3)
	find(&c.Faults, qCheckCharges, "attempt and its charge differ (attempt in state, captured, charge): ", 3)
	find(&c.Faults, qCheckTenders, "entry whose tenders do not come to it (drawer, number, its amount, its tenders): ", 4)
	find(&c.Faults, qCheckUndone, "reversed entry that still holds something (drawer, number): ", 2)
	find(&c.Faults, qCheckParts, "part payments do not come to what the ticket says (ticket, it says, they are): ", 3)
	find(&c.Faults, qCheckPartsPosted, "part payments are not what is posted (ticket, it says): ", 2)
	find(&c.Faults, qCheckNumbers, "printed receipt numbers have a gap (drawer, last number, receipts): ", 3)
	find(&c.Faults, qCheckBanked, "payout at the bank with another amount (payout, its amount, the bank's): ", 3)
	return errors.Join(errs...)
}

// followed compares what was taken, less what was given back, with where it is now: with the processor, on its way,
// at the bank, or kept. A refund of ours goes out of clearing, in its payout too: what refunds:card has, nobody
// here asked for. One by cheque leaves all that where it is until the bank has paid it: until then it is owed.
func (c *LedgerCheck) followed(half []string) {
	held := c.Clearing - c.Payable - c.Outstanding
	for account, balance := range c.ByAccount {
		payout, ok := strings.CutPrefix(account, "clearing:payout:")
		if ok && slices.Contains(half, payout) {
			held += balance
			continue
		}
		c.want(!ok || balance == 0, "a payout's clearing account is not zero: "+account)
		if strings.HasPrefix(account, "bank:") {
			c.AtBank += balance
		}
	}
	c.OnItsWay, c.Suspense = c.ByAccount["in_transit:card"], c.ByAccount["suspense:card"]
	for _, account := range []string{"fees:card", "refunds:card", "chargebacks:card", "disputes:held", "chargebacks:lost", "reserve:card"} {
		c.Kept += c.ByAccount[account]
	}
	for _, account := range counterAccounts {
		held += c.ByAccount[account]
	}
	held += c.OnItsWay + c.AtBank + c.Kept + c.Suspense
	c.want(c.Captured-c.Rest-c.Refunded-c.cameBack-c.ChargedBack+c.Unallocated == held,
		"captured less refunded and charged back, and unallocated, are not what is in clearing, undeposited, on its way, at the bank and kept")
}

// counterAccounts are where money is that came without the card page, and what became of the cents that did not come
// or came beside it, until it is at the bank.
var counterAccounts = []string{
	"undeposited:cash", "undeposited:cheque", "clearing:terminal", "in_transit:deposit", "in_transit:terminal", "fees:terminal",
	"suspense:terminal", "rounding:cash", "over_short:cash", "write_off:short",
}

// checkUndeposited compares what the drawers and batches say to be there with the ledger.
func (tx *Tx) checkUndeposited(ctx context.Context, c *LedgerCheck) error {
	var cash, cheques, over int64
	if err := tx.row(ctx, qCheckUndeposited).Scan(&cash, &cheques, &over); err != nil {
		return fmt.Errorf("sum undeposited: %w", err)
	}
	c.Undeposited = c.ByAccount["undeposited:cash"] + c.ByAccount["undeposited:cheque"]
	c.want(c.ByAccount["undeposited:cash"] == cash+over, "the cash of drawers and batches is not what undeposited:cash has")
	c.want(c.ByAccount["undeposited:cheque"] == cheques, "the cheques of batches are not what undeposited:cheque has")
	return nil
}

func (c *LedgerCheck) want(ok bool, fault string) {
	if !ok {
		c.Faults = append(c.Faults, fault)
	}
}

func (tx *Tx) balances(ctx context.Context, c *LedgerCheck) error {
	rows, err := tx.rows(ctx, tx.dialect.moves)
	if err != nil {
		return fmt.Errorf("add accounts up: %w", err)
	}
	defer rows.Close()
	sums := map[string]*int64{}
	var debit, credit sql.RawBytes // no copy of each row's names
	for rows.Next() {
		var amount int64
		if err := rows.Scan(&debit, &credit, &amount); err != nil {
			return fmt.Errorf("read posting: %w", err)
		}
		if err := errors.Join(move(sums, debit, amount), move(sums, credit, -amount)); err != nil {
			return err
		}
	}
	for account, sum := range sums {
		c.ByAccount[account] = *sum
	}
	return rows.Err()
}

// move moves an account's sum. Its name is copied only where it is new.
func move(sums map[string]*int64, account []byte, amount int64) error {
	sum, ok := sums[string(account)]
	if !ok {
		sum = new(int64)
		sums[string(account)] = sum
	}
	after := *sum + amount
	if (after > *sum) != (amount > 0) {
		return fmt.Errorf("add account %s up: %w", account, money.ErrOverflow)
	}
	*sum = after
	return nil
}

// findings adds a line for each row that a query finds.
func (tx *Tx) findings(ctx context.Context, lines []string, q, what string, columns int) ([]string, error) {
	rows, err := tx.rows(ctx, q)
	if err != nil {
		return lines, fmt.Errorf("look for findings: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		parts := make([]string, columns)
		into := make([]any, columns)
		for i := range parts {
			into[i] = &parts[i]
		}
		if err := rows.Scan(into...); err != nil {
			return lines, fmt.Errorf("read finding: %w", err)
		}
		lines = append(lines, what+strings.Join(parts, " "))
	}
	return lines, rows.Err()
}

// Print writes the findings for a person.
func (c LedgerCheck) Print(w io.Writer) {
	fmt.Fprintf(w, "%d entries, %d postings, %d tickets, %d of them paid\n", c.Entries, c.Postings, c.Tickets, c.PaidTickets)
	fmt.Fprintf(w, "captured %s, allocated %s, refunded %s, unallocated %s, in clearing %s\n",
		money.FromMinor(c.Captured), money.FromMinor(c.Allocated), money.FromMinor(c.Refunded), money.FromMinor(c.Unallocated), money.FromMinor(c.Clearing))
	if c.Payable != 0 || c.Outstanding != 0 {
		fmt.Fprintf(w, "of what was refunded, %s is owed by cheque and %s is on cheques that nobody has cashed yet\n", money.FromMinor(c.Payable), money.FromMinor(c.Outstanding))
	}
	fmt.Fprintf(w, "on its way %s, at the bank %s, kept by the processor %s, unexplained %s\n",
		money.FromMinor(c.OnItsWay), money.FromMinor(c.AtBank), money.FromMinor(c.Kept), money.FromMinor(c.Suspense))
	if c.Counter != 0 || c.Undeposited != 0 {
		fmt.Fprintf(w, "of it without the card page %s, part payments %s, cash and cheques undeposited %s\n",
			money.FromMinor(c.Counter), money.FromMinor(c.PartPaid), money.FromMinor(c.Undeposited))
	}
	for _, exception := range c.Exceptions {
		fmt.Fprintln(w, "NEEDS A PERSON:", exception)
	}
	for _, fault := range c.Faults {
		fmt.Fprintln(w, "DOES NOT AGREE:", fault)
	}
	if len(c.Faults) == 0 {
		fmt.Fprintln(w, "everything agrees")
	}
}
