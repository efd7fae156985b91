package store

import (
	"context"
	"fmt"
	"slices"

	"fundy/payment"
	"fundy/ticket"
)

// aboutMost bounds what messages of a ticket can be about: of more the newest are looked at.
const aboutMost = 200

// Of attempts, those that have money of the ticket, or had a message of their own to send: a try that came to nothing has none.
var qMessageSubjects = query("what messages of a ticket are about", `
select 'attempt' as kind, a.id, a.created_at
from attempt a
where a.id in (
    select attempt_id from allocation where ticket_id = $1
    union all
    select attempt_id from part_payment where ticket_id = $1
    union all
    select t.id
    from payment_ticket pt
    join attempt t on t.payment_id = pt.payment_id
    where pt.ticket_id = $1
      and exists (select 1 from outbox o where o.ref = t.id and o.kind in ('mail_receipt', 'mail_lapsed')))
union all
select 'review', r.id, r.asked_at
from review r
where r.ticket_id = $1
union all
select 'code', c.id, c.made_at
from phone_code_ticket ct
join phone_code c on c.id = ct.code_id
where ct.ticket_id = $1
order by 3 desc, 2
limit $2`)

// messageRefs are the Refs that messages about a ticket have: its payments', its reviews', its one-time codes'.
func (tx *Tx) messageRefs(ctx context.Context, id ticket.ID) ([]string, error) {
	rows, err := tx.rows(ctx, qMessageSubjects, string(id), aboutMost)
	if err != nil {
		return nil, fmt.Errorf("read what messages are about: %w", err)
	}
	defer rows.Close()
	var refs []string
	for rows.Next() {
		var kind, ref string
		var at int64
		if err := rows.Scan(&kind, &ref, &at); err != nil {
			return nil, fmt.Errorf("read what a message is about: %w", err)
		}
		if kind == "attempt" {
			ref = payment.AttemptID(ref).Ref()
		}
		refs = append(refs, ref)
	}
	return refs, rows.Err()
}

// MessagesOfTicket lists the messages and letters about a ticket, its payments, reviews and codes, newest first, at most limit.
func (tx *Tx) MessagesOfTicket(ctx context.Context, id ticket.ID, limit int) ([]payment.Message, error) {
	refs, err := tx.messageRefs(ctx, id)
	if err != nil {
		return nil, err
	}
	var all []payment.Message
	for _, ref := range refs {
		some, err := tx.MessagesAbout(ctx, ref, limit)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortStableFunc(all, func(a, b payment.Message) int { return b.MadeAt.Compare(a.MadeAt) })
	return all[:min(len(all), limit)], nil
}
