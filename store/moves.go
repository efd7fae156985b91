package store

import (
	"context"
	"fmt"
	"time"

	"fundy/ledger"
	"fundy/money"
	"fundy/payout"
)

// A ticket's ledger key is in the name of its revenue account: that of its issue, or, of a ticket that came in
// without one, of any posting of it.
var qMoves = query("ledger moves summed", `
select p.debit, p.credit, case when e.kind = 'import_paid' then e.kind else '' end, coalesce(t.offence, ''), p.component,
  coalesce(case when i.credit like 'revenue:%' then i.credit else i.debit end,
    (select max(case when x.credit like 'revenue:%' then x.credit else x.debit end)
     from posting x
     where p.ticket_id <> ''
       and x.ticket_id = p.ticket_id
       and (x.credit like 'revenue:%' or x.debit like 'revenue:%')), ''),
  cast(sum(p.amount_minor) as bigint)
from ledger_entry e
join posting p on p.entry_id = e.id
left join posting i on i.entry_id = 'issue-' || p.ticket_id and i.line = 1
left join ticket t on t.id = p.ticket_id
where e.effective_at >= $1
  and e.effective_at < $2
group by 1, 2, 3, 4, 5, 6
order by 1, 2, 3, 4, 5, 6`)

// A posting without a ticket asks for none of the others: they all have the same empty id, and a day would take as long
// as the whole ledger.

// Moves sums the postings that count in [from, until) by their two accounts, offence, ledger key and component. Its
// work grows with the number of those postings and no faster.
func (tx *Tx) Moves(ctx context.Context, from, until time.Time) ([]ledger.Move, error) {
	var all []ledger.Move
	rows, err := tx.rows(ctx, qMoves, micros(from), micros(until))
	if err != nil {
		return nil, fmt.Errorf("sum ledger moves: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var m ledger.Move
		var amount int64
		if err := rows.Scan(&m.Debit, &m.Credit, &m.Kind, &m.Offence, &m.Component, &m.Revenue, &amount); err != nil {
			return nil, fmt.Errorf("read ledger move: %w", err)
		}
		m.Amount = money.FromMinor(amount)
		all = append(all, m)
	}
	return all, rows.Err()
}

var qPostingsBetween = query("postings between", `
select e.id, e.kind, p.debit, p.credit, coalesce(t.offence, ''), p.component,
  coalesce(case when i.credit like 'revenue:%' then i.credit else i.debit end,
    (select max(case when x.credit like 'revenue:%' then x.credit else x.debit end)
     from posting x
     where p.ticket_id <> ''
       and x.ticket_id = p.ticket_id
       and (x.credit like 'revenue:%' or x.debit like 'revenue:%')), ''),
  p.amount_minor
from ledger_entry e
join posting p on p.entry_id = e.id
left join posting i on i.entry_id = 'issue-' || p.ticket_id and i.line = 1
left join ticket t on t.id = p.ticket_id
where e.effective_at >= $1
  and e.effective_at < $2
order by e.effective_at, e.id, p.line`)

// EachMove calls fn with each posting that counts in [from, until), in the order of the entries.
func (tx *Tx) EachMove(ctx context.Context, from, until time.Time, fn func(ledger.Move) error) error {
	rows, err := tx.rows(ctx, qPostingsBetween, micros(from), micros(until))
	if err != nil {
		return fmt.Errorf("read postings: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var m ledger.Move
		var amount int64
		if err := rows.Scan(&m.Entry, &m.Kind, &m.Debit, &m.Credit, &m.Offence, &m.Component, &m.Revenue, &amount); err != nil {
			return fmt.Errorf("read posting: %w", err)
		}
		m.Amount = money.FromMinor(amount)
		if err := fn(m); err != nil {
			return err
		}
	}
	return rows.Err()
}

// What is not of an attempt's own entries (a payout's lines, refunds) moves money that came in before.
var qDayChannels = query("channels of day", `
select coalesce(y.channel, 'web'), count(distinct case when p.debit = m.account then e.ref end),
  cast(sum(case when p.debit = m.account then p.amount_minor else 0 end) as bigint),
  cast(sum(case when p.credit = m.account then p.amount_minor else 0 end) as bigint)
from ledger_entry e
join attempt a on a.id = e.ref
left join payment y on y.id = a.payment_id
join posting p on p.entry_id = e.id
join (
  select 'clearing:card' as account
  union all
  select 'clearing:terminal'
  union all
  select 'undeposited:cash'
  union all
  select 'undeposited:cheque'
) m on m.account = p.debit or m.account = p.credit
where e.effective_at >= $1
  and e.effective_at < $2
group by coalesce(y.channel, 'web')
order by coalesce(y.channel, 'web')`)

// DayChannels sums what came in in [from, until) by channel, and what of it was undone: on the entries' own day,
// a payment once, though some of its money was put to a ticket and some to none,
// which for the web is the quote's, for a counter the entry's and for mail the day it was received.
func (tx *Tx) DayChannels(ctx context.Context, from, until time.Time) ([]payout.ChannelTotal, error) {
	rows, err := tx.rows(ctx, qDayChannels, micros(from), micros(until))
	if err != nil {
		return nil, fmt.Errorf("read channels of day: %w", err)
	}
	defer rows.Close()
	var all []payout.ChannelTotal
	for rows.Next() {
		var c payout.ChannelTotal
		var received, reversed int64
		if err := rows.Scan(&c.Channel, &c.Payments, &received, &reversed); err != nil {
			return nil, fmt.Errorf("read channel of day: %w", err)
		}
		c.Received, c.Reversed = money.FromMinor(received), money.FromMinor(reversed)
		all = append(all, c)
	}
	return all, rows.Err()
}

var qBalancesAsOf = query("balances as of", `
select moves.account, cast(sum(moves.debit) as bigint), cast(sum(moves.credit) as bigint)
from (
  select p.debit as account, p.amount_minor as debit, 0 as credit
  from posting p
  join ledger_entry e on e.id = p.entry_id
  where e.effective_at < $1
  union all
  select p.credit, 0, p.amount_minor
  from posting p
  join ledger_entry e on e.id = p.entry_id
  where e.effective_at < $1
) moves
where moves.account <> 'offset:components'
group by moves.account
order by moves.account`)

// BalancesAsOf sums every account, but the one through which discounts are set off (it is zero after each entry), over the entries that count before an instant. No entry is ever made to count in
// a closed day, so up to its end the figures stay the same for ever.
func (tx *Tx) BalancesAsOf(ctx context.Context, before time.Time) ([]ledger.Balance, error) {
	rows, err := tx.rows(ctx, qBalancesAsOf, micros(before))
	if err != nil {
		return nil, fmt.Errorf("add accounts up: %w", err)
	}
	defer rows.Close()
	all := []ledger.Balance{}
	for rows.Next() {
		var b ledger.Balance
		var debit, credit int64
		if err := rows.Scan(&b.Account, &debit, &credit); err != nil {
			return nil, fmt.Errorf("read account: %w", err)
		}
		b.Debit, b.Credit, b.Balance = money.FromMinor(debit), money.FromMinor(credit), money.FromMinor(debit-credit)
		all = append(all, b)
	}
	return all, rows.Err()
}
