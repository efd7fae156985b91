package citytest

import (
	"context"
	"database/sql"
	"fmt"

	"fundy/payment"
)

// foretold is what the model says that the city's books have in the end.
type foretold struct {
	held, lost, out int64            // with payers' banks, kept by them, and off the processor's balance
	given           int64            // gone back by refunds
	free            map[string]int64 // a payer's, by attempt
	queue           map[string]bool  // by kind and reference: it is open, or it is not
}

// back compares what went back to payers with the model of it: chargebacks and refunds, their tickets, the accounts and the
// queue.
func (c auditor) back(ctx context.Context, their theirBooks, attempts map[string]ours, b *Books) error {
	our, err := c.backBooks(ctx, their)
	if err != nil {
		return err
	}
	f := foretold{free: map[string]int64{}, queue: map[string]bool{}}
	our.chargebacks(their, attempts, b, &f)
	our.givenBack(their, b, &f)
	b.Lost = append(b.Lost, our.waits(f)...)
	if our.payouts == 0 { // what is where after one, the ledger's own check says
		b.Lost = append(b.Lost, our.stands(their, attempts, f)...)
	}
	return c.tickets(ctx, b)
}

// debtOf is what the model has to know of an attempt.
func (our backBooks) debtOf(id string, a ours) debt {
	d := debt{amount: a.amount, receipt: a.receipt != ""}
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

// chargebacks compares each with the processor's dispute, and follows it.
func (our backBooks) chargebacks(their theirBooks, attempts map[string]ours, b *Books, f *foretold) {
	known := map[string]bool{}
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
		book, lost, doubled, stuck := d.wrong(our.debtOf(d.Attempt, attempts[d.Attempt]), our.made[d.ID])
		b.Lost, b.Doubled, b.Stuck = append(b.Lost, lost...), append(b.Doubled, doubled...), append(b.Stuck, stuck...)
		f.free[d.Attempt] += book.free
		decides := placeOf(d.State) == gone && book.end == "person"
		f.queue["chargeback "+d.ID] = d.State == "inquiry" || d.State == "needs_response"
		f.queue["ticket "+d.ID] = decides
		if placeOf(d.State) == atBank {
			f.held += d.Amount
		}
		if decides {
			f.lost += d.Amount
		}
		b.Disputes++
		if payment.DisputeState(d.State).Final() {
			b.Settled++
		}
	}
	for _, t := range their.Disputes {
		if f.out += t.Out; !known[t.ID] {
			b.Lost = append(b.Lost, "chargeback "+t.ID+" is at the processor, and nobody here knows it")
		}
	}
}

// stands compares the accounts with what the processor has, and what the model makes of it.
func (our backBooks) stands(their theirBooks, attempts map[string]ours, f foretold) (lost []string) {
	taken, owed := int64(0), int64(0)
	for _, s := range their.Sessions {
		if s.Money == "succeeded" {
			taken += s.Received
		}
	}
	for _, a := range attempts {
		if owed += f.free[a.id]; a.adapter != payment.CounterAdapter {
			owed += a.unallocated
		}
	}
	for account, want := range map[string]int64{
		"disputes:held": f.held, "chargebacks:lost": f.lost, "chargebacks:card": -f.out, "clearing:card": taken - f.given, "unallocated:card": -owed,
	} {
		if got := our.accounts[account]; got != want {
			lost = append(lost, fmt.Sprintf("%s is %d, and the model says %d", account, got, want))
		}
	}
	return lost
}

// givenBack compares each refund with the processor's.
func (our backBooks) givenBack(their theirBooks, b *Books, f *foretold) {
	byRef := map[string][]theirRefund{}
	for _, r := range their.Refunds {
		byRef[r.Ref] = append(byRef[r.Ref], r)
		if r.Status == "succeeded" {
			f.given += r.Amount
		}
	}
	for _, r := range our.refunds {
		lost, doubled, stuck := r.wrong(byRef[r.ID], our.made[r.ID])
		b.Lost, b.Doubled, b.Stuck = append(b.Lost, lost...), append(b.Doubled, doubled...), append(b.Stuck, stuck...)
		delete(byRef, r.ID)
		switch {
		case r.State == "succeeded":
			f.free[r.Attempt] -= r.Free
			b.Refunds++
		case r.State == "failed_later":
			b.CameBack++
			if r.Reopened {
				f.free[r.Attempt] += r.Amount
			}
		}
		if !askedAfter(our.refunds, r) {
			f.queue["refund "+r.ID] = r.State == "failed" || r.State == "canceled" || r.State == "failed_later" || r.State == "stopped"
		}
	}
	for ref := range byRef {
		b.Lost = append(b.Lost, "the processor has given back what nobody has asked for: "+ref)
	}
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
func (our backBooks) waits(f foretold) (lost []string) {
	for attempt, cents := range f.free {
		f.queue["unallocated "+payment.AttemptID(attempt).Ref()] = cents > 0
	}
	for what, want := range f.queue {
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
