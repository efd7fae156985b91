package citytest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"fundy/payment"
)

// backBooks are what the city's books have of what went back to payers.
type backBooks struct {
	disputes []returned
	refunds  []givenBack
	made     map[string]map[string]int // entries in the ledger, by what they are of, then by kind
	accounts map[string]int64
	queue    map[string]string // kind and reference: open, closed, or by whom
	payouts  int
}

// back compares what went back to payers with the model of it: chargebacks and refunds, their tickets, the accounts and the
// queue.
func (c auditor) back(ctx context.Context, their theirBooks, attempts map[string]ours, b *Books) error {
	our, err := c.backBooks(ctx, their)
	if err != nil {
		return err
	}
	known, free := map[string]bool{}, map[string]int64{}
	queue := map[string]bool{} // what must be open, or must not
	var held, lostToBanks, out int64
	of := func(id string) debt {
		d := debt{amount: attempts[id].amount, receipt: attempts[id].receipt != ""}
		for _, r := range our.refunds {
			if r.Attempt == id {
				d.refunds = append(d.refunds, r)
			}
		}
		for _, one := range our.disputes {
			if one.Attempt == id {
				d.disputes = append(d.disputes, one)
			}
		}
		return d
	}
	for _, d := range our.disputes {
		known[d.ID] = true
		if d.theirs.ID == "" {
			b.Lost = append(b.Lost, "chargeback "+d.ID+" is none of the processor's")
			continue
		}
		if d.State == "stopped" {
			b.Stuck = append(b.Stuck, "chargeback "+d.ID+" has stopped: "+d.Why)
			continue
		}
		book, lost, doubled, stuck := d.wrong(of(d.Attempt), our.made[d.ID])
		b.Lost, b.Doubled, b.Stuck = append(b.Lost, lost...), append(b.Doubled, doubled...), append(b.Stuck, stuck...)
		free[d.Attempt] += book.free
		queue["chargeback "+d.ID] = d.State == "inquiry" || d.State == "needs_response"
		queue["ticket "+d.ID] = placeOf(d.State) == gone && book.end == "person"
		switch placeOf(d.State) {
		case atBank:
			held += d.Amount
		case gone:
			if book.end == "person" {
				lostToBanks += d.Amount
			}
		}
		b.Disputes++
		if payment.DisputeState(d.State).Final() {
			b.Settled++
		}
	}
	for _, t := range their.Disputes {
		if out += t.Out; !known[t.ID] {
			b.Lost = append(b.Lost, "chargeback "+t.ID+" is at the processor, and nobody here knows it")
		}
	}
	given := c.refunds(our, their, b, free, queue)
	b.Lost = append(b.Lost, waits(our, free, queue)...)
	if our.payouts > 0 {
		return c.tickets(ctx, b) // what is where then, the ledger's own check says
	}
	taken, owed := int64(0), int64(0)
	for _, s := range their.Sessions {
		if s.Money == "succeeded" {
			taken += s.Received
		}
	}
	for _, a := range attempts {
		if owed += free[a.id]; a.adapter != payment.CounterAdapter {
			owed += a.unallocated
		}
	}
	for account, want := range map[string]int64{
		"disputes:held": held, "chargebacks:lost": lostToBanks, "chargebacks:card": -out, "clearing:card": taken - given, "unallocated:card": -owed,
	} {
		if got := our.accounts[account]; got != want {
			b.Lost = append(b.Lost, fmt.Sprintf("%s is %d, and the model says %d", account, got, want))
		}
	}
	return c.tickets(ctx, b)
}

// refunds compares each refund with the processor's, and is what has gone back.
func (c auditor) refunds(our backBooks, their theirBooks, b *Books, free map[string]int64, queue map[string]bool) (given int64) {
	byRef := map[string][]theirRefund{}
	for _, r := range their.Refunds {
		byRef[r.Ref] = append(byRef[r.Ref], r)
		if r.Status == "succeeded" {
			given += r.Amount
		}
	}
	for _, r := range our.refunds {
		lost, doubled, stuck := r.wrong(byRef[r.ID], our.made[r.ID])
		b.Lost, b.Doubled, b.Stuck = append(b.Lost, lost...), append(b.Doubled, doubled...), append(b.Stuck, stuck...)
		delete(byRef, r.ID)
		switch {
		case r.State == "succeeded":
			free[r.Attempt] -= r.Free
			b.Refunds++
		case r.State == "failed_later":
			b.CameBack++
			if r.Reopened {
				free[r.Attempt] += r.Amount
			}
		}
		if !askedAfter(our.refunds, r) {
			queue["refund "+r.ID] = r.State == "failed" || r.State == "canceled" || r.State == "failed_later" || r.State == "stopped"
		}
	}
	for ref := range byRef {
		b.Lost = append(b.Lost, "the processor has given back what nobody has asked for: "+ref)
	}
	return given
}

// askedAfter says whether the same payment's money was asked for again after r.
func askedAfter(all []givenBack, r givenBack) bool {
	for _, one := range all {
		if one.ID != r.ID && one.Attempt == r.Attempt && !one.At.Before(r.At) {
			return true
		}
	}
	return false
}

// waits compares the queue with what must be in it, and what must not. What a person has closed is his.
func waits(our backBooks, free map[string]int64, queue map[string]bool) (lost []string) {
	for attempt, cents := range free {
		queue["unallocated "+payment.AttemptID(attempt).Ref()] = cents > 0
	}
	for what, want := range queue {
		is := our.queue[what]
		if open := is == "open"; open != want && (is == "" || is == "open" || is == "closed") {
			lost = append(lost, fmt.Sprintf("in the queue, %s is %q, and the model wants it open: %v", what, is, want))
		}
	}
	return lost
}

// tickets compares what tickets owe, and by which payment they are paid, with what came back of their payments.
func (c auditor) tickets(ctx context.Context, b *Books) error {
	const again = `(exists (select 1 from dispute d where d.attempt_id = a.id and d.reopened_at is not null)
		or exists (select 1 from refund r join refund_part rp on rp.refund_id = r.id where r.attempt_id = a.id and rp.ticket_id = pt.ticket_id and r.reopened_at is not null))`
	for what, q := range map[string]string{
		"a payment has its ticket, and came back, or has it not, and did not": `
			select pt.ticket_id
			from attempt a
			join payment_ticket pt on pt.payment_id = a.payment_id
			where a.receipt <> '' and a.state not in ('reversed', 'returned') and pt.moved_out_at is null
			  and not exists (select 1 from part_payment pp where pp.attempt_id = a.id and pp.ticket_id = pt.ticket_id)
			  and exists (select 1 from allocation al where al.ticket_id = pt.ticket_id and al.attempt_id = a.id and al.undone_at is null) = ` + again,
		"a ticket is paid without a payment that has it, or has one and is not": `
			select t.id
			from ticket t
			where (t.state = 'paid') <> exists (
			  select 1 from allocation al join attempt a on a.id = al.attempt_id
			  where al.ticket_id = t.id and al.undone_at is null and a.receipt <> '' and a.state <> 'reversed')`,
		"a ticket that is owed again, and owes another amount than its payment was, or owes something and is paid": `
			select t.id
			from ticket t
			join (
			  select p.ticket_id, sum(case when p.debit like 'receivable:%' then p.amount_minor else 0 end)
			    - sum(case when p.credit like 'receivable:%' then p.amount_minor else 0 end) as owes
			  from posting p
			  group by p.ticket_id
			) due on due.ticket_id = t.id
			where t.state = 'paid' and due.owes <> 0
			   or t.state in ('open', 'reopened', 'review', 'hold') and due.owes <> coalesce((
			     select al.amount_minor
			     from allocation al
			     join attempt a on a.id = al.attempt_id
			     join payment_ticket pt on pt.payment_id = a.payment_id and pt.ticket_id = al.ticket_id
			     where al.ticket_id = t.id and al.undone_at is not null and ` + again + `
			     order by al.undone_at desc
			     limit 1), due.owes)`,
	} {
		err := c.rows(ctx, q, func(r *sql.Rows) error {
			var id string
			err := r.Scan(&id)
			b.Lost = append(b.Lost, what+": "+id)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

func (c auditor) backBooks(ctx context.Context, their theirBooks) (our backBooks, err error) {
	our = backBooks{made: map[string]map[string]int{}, accounts: map[string]int64{}, queue: map[string]string{}}
	at := func(m *int64) time.Time { return time.UnixMicro(*m).UTC() }
	moves := func(q string, into map[string][]returnedMove) error {
		return c.rows(ctx, q, func(r *sql.Rows) error {
			var id string
			var m returnedMove
			var when int64
			err := r.Scan(&id, &m.From, &m.To, &when)
			m.At = at(&when)
			into[id] = append(into[id], m)
			return err
		})
	}
	disputed, refunded := map[string][]returnedMove{}, map[string][]returnedMove{}
	if err := moves("select dispute_id, from_state, to_state, at from dispute_event order by dispute_id, version", disputed); err != nil {
		return our, err
	}
	if err := moves("select refund_id, from_state, to_state, at from refund_event order by refund_id, version", refunded); err != nil {
		return our, err
	}
	theirs := map[string]theirDispute{}
	for _, d := range their.Disputes {
		theirs[d.ID] = d
	}
	for _, one := range []struct {
		q   string
		row func(r *sql.Rows) error
	}{
		{"select id, coalesce(attempt_id, ''), state, ending, why, amount_minor, reopened_at is not null from dispute order by opened_at, id", func(r *sql.Rows) error {
			var d returned
			err := r.Scan(&d.ID, &d.Attempt, &d.State, &d.End, &d.Why, &d.Amount, &d.Reopened)
			d.theirs, d.Moves = theirs[d.ID], disputed[d.ID]
			our.disputes = append(our.disputes, d)
			return err
		}},
		{`select r.id, r.attempt_id, r.state, r.amount_minor, r.reopen = 1, r.reopened_at is not null, r.asked_at,
			coalesce((select cast(sum(amount_minor) as bigint) from refund_part rp where rp.refund_id = r.id and rp.ticket_id = ''), 0)
			from refund r where r.way = 'processor' order by r.asked_at, r.id`, func(r *sql.Rows) error {
			var g givenBack
			var when int64
			err := r.Scan(&g.ID, &g.Attempt, &g.State, &g.Amount, &g.Reopen, &g.Reopened, &when, &g.Free)
			g.At, g.Moves = at(&when), refunded[g.ID]
			our.refunds = append(our.refunds, g)
			return err
		}},
		{"select kind, ref from ledger_entry where kind in ('dispute_held', 'dispute_returned', 'dispute_lost', 'dispute_regained', 'dispute_reopen', 'refund', 'refund_failed', 'reopen')", func(r *sql.Rows) error {
			var kind, ref string
			err := r.Scan(&kind, &ref)
			if strings.HasPrefix(kind, "dispute_") {
				ref, _, _ = strings.Cut(ref, ".") // its version follows
			}
			if our.made[ref] == nil {
				our.made[ref] = map[string]int{}
			}
			our.made[ref][kind]++
			return err
		}},
		{`select account, cast(sum(cents) as bigint)
			from (select debit as account, amount_minor as cents from posting union all select credit, -amount_minor from posting) moved
			group by account`, func(r *sql.Rows) error {
			var account string
			var cents int64
			err := r.Scan(&account, &cents)
			our.accounts[account] = cents
			return err
		}},
		{"select kind, ref, case when closed_at is null then 'open' when closed_by = '' then 'closed' else closed_by end from exception", func(r *sql.Rows) error {
			var kind, ref, is string
			err := r.Scan(&kind, &ref, &is)
			our.queue[kind+" "+ref] = is
			return err
		}},
		{"select count(*) from payout", func(r *sql.Rows) error { return r.Scan(&our.payouts) }},
	} {
		if err := c.rows(ctx, one.q, one.row); err != nil {
			return our, fmt.Errorf("%s: %w", one.q, err)
		}
	}
	return our, nil
}
