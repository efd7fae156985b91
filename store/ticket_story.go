package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"fundy/money"
	"fundy/ticket"
)

// StoryMost bounds a ticket's story: of a longer one the newest lines are read.
const StoryMost = 300

// The kinds of line of a ticket's story.
const (
	StoryEvent      = "event"      // of the ticket itself: a move of its state, a hold, a date
	StoryNote       = "note"       // what somebody has noted
	StoryPayment    = "payment"    // What is its channel
	StoryUndone     = "undone"     // money that is no longer put to it. What is the attempt's state
	StoryRefund     = "refund"     // a move of a refund. What is the state that it came to
	StoryCorrection = "correction" // What is its kind and state
	StoryWriteOff   = "write_off"
	StoryAsked      = "asked"      // what was asked for about it, and decided. What is its kind and state
	StoryReturned   = "returned"   // a payer's cheque that was not paid
	StoryMessage    = "message"    // a move of an e-mail or a letter about it. What is the state that it came to, About the kind, Ref the reference
	StoryReview     = "review"     // a move of one. What is the event, About its reference, Ref its id, Why the key of a reason
	StoryChargeback = "chargeback" // a move of one
	StoryPhoto      = "photo"      // a photograph was added, released, taken back or erased. Ref is its number
)

// StoryLine is something that happened to a ticket, from the records that there are.
type StoryLine struct {
	Kind   string
	What   string // which of the kind
	At     time.Time
	Who    string // "" is the office itself, or the payer
	Why    string
	Amount money.Amount // zero where none is
	Was    money.Amount // of a review that reduced the penalty: what it was; zero where none was kept
	About  string
	Ref    string // a receipt's number, or the id of what it is about
}

var qTicketStory = query("ticket story", `
select 'event' as part, kind, recorded_at as happened_at, who, why, 0 as amount, '' as ref
from ticket_event
where ticket_id = $1
union all
select 'note', '', at, who, note, 0, ''
from ticket_note
where ticket_id = $1
union all
select 'payment', p.channel, al.made_at, coalesce(ce.entered_by, ''), '', al.amount_minor, a.receipt
from allocation al
join attempt a on a.id = al.attempt_id
join payment p on p.id = a.payment_id
left join counter_entry ce on ce.attempt_id = a.id
where al.ticket_id = $1
union all
select 'undone', a.state, al.undone_at, '', '', al.amount_minor, a.receipt
from allocation al
join attempt a on a.id = al.attempt_id
where al.ticket_id = $1
  and al.undone_at is not null
union all
select 'refund', e.to_state, e.at, e.who, case when e.version = 1 then r.reason else '' end, rp.amount_minor, r.id
from allocation al
join refund r on r.attempt_id = al.attempt_id
join refund_part rp on rp.refund_id = r.id and rp.ticket_id = al.ticket_id
join refund_event e on e.refund_id = r.id
where al.ticket_id = $1
union all
select 'correction', kind || ':asked', asked_at, asked_by, why, amount_minor, id
from correction
where from_ticket = $1
   or to_ticket = $1
union all
select 'correction', kind || ':' || state, decided_at, decided_by, '', amount_minor, id
from correction
where decided_at is not null
  and (from_ticket = $1 or to_ticket = $1)
union all
select 'write_off', kind, said_at, said_by, resolution, amount_minor, ''
from write_off
where ticket_id = $1
union all
select 'asked', a.kind || ':asked', a.asked_at, a.asked_by, a.why, x.amount_minor, a.id
from ticket_ask_ticket x
join ticket_ask a on a.id = x.ask_id
where x.ticket_id = $1
union all
select 'asked', a.kind || ':' || a.state, a.decided_at, a.decided_by, '', x.amount_minor, a.id
from ticket_ask_ticket x
join ticket_ask a on a.id = x.ask_id
where x.ticket_id = $1
  and a.decided_at is not null
union all
select 'returned', '', rc.entered_at, rc.entered_by, rc.reason, rc.amount_minor, ''
from returned_ticket rt
join returned_cheque rc on rc.id = rt.returned_id
where rt.ticket_id = $1
union all
select 'chargeback', e.to_state, e.at, '', '', d.amount_minor, d.id
from allocation al
join dispute d on d.attempt_id = al.attempt_id
join dispute_event e on e.dispute_id = d.id
where al.ticket_id = $1
union all
select 'photo', e.act, e.at, e.who, e.why, 0, cast(p.n as text)
from ticket_photo p
join ticket_photo_event e on e.photo_id = p.id
where p.ticket_id = $1
order by 3 desc, 1 desc, 2 desc
limit $2`)

var qReviewStory = query("ticket story: reviews", `
select e.event, e.at, e.who, case when e.event = 'close' then r.closed_why else '' end,
       case when e.event = 'reduce' then r.amount_minor else 0 end, case when e.event = 'reduce' then r.was_minor else 0 end, r.reference, r.id
from review r
join review_event e on e.review_id = r.id
where r.ticket_id = $1
order by e.at desc, e.version desc
limit $2`)

var qMessageStory = query("ticket story: messages", `
select e.to_state, e.at, e.who, m.kind, m.reference
from mail_message m
join mail_event e on e.reference = m.reference
where m.ref = $1
  and m.ref <> ''
order by e.at desc, e.version desc
limit $2`)

// TicketStory is what happened to a ticket since it came in, oldest first: at most the newest StoryMost lines. more says
// that there are earlier ones.
func (tx *Tx) TicketStory(ctx context.Context, id ticket.ID) (lines []StoryLine, more bool, err error) {
	lines, err = tx.story(ctx, qTicketStory, func(row scanner, l *StoryLine, at, amount, _ *int64) error {
		return row.Scan(&l.Kind, &l.What, at, &l.Who, &l.Why, amount, &l.Ref)
	}, string(id), StoryMost+1)
	if err != nil {
		return nil, false, err
	}
	reviews, err := tx.story(ctx, qReviewStory, func(row scanner, l *StoryLine, at, amount, was *int64) error {
		l.Kind = StoryReview
		return row.Scan(&l.What, at, &l.Who, &l.Why, amount, was, &l.About, &l.Ref)
	}, string(id), StoryMost+1)
	if err != nil {
		return nil, false, err
	}
	lines = append(lines, reviews...)
	refs, err := tx.messageRefs(ctx, id)
	if err != nil {
		return nil, false, err
	}
	for _, ref := range refs {
		told, err := tx.story(ctx, qMessageStory, func(row scanner, l *StoryLine, at, _, _ *int64) error {
			l.Kind = StoryMessage
			return row.Scan(&l.What, at, &l.Who, &l.About, &l.Ref)
		}, ref, StoryMost+1)
		if err != nil {
			return nil, false, err
		}
		lines = append(lines, told...)
	}
	slices.SortStableFunc(lines, func(a, b StoryLine) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(storyFirst(b.Kind), storyFirst(a.Kind)), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.What, b.What))
	})
	if more = len(lines) > StoryMost; more {
		lines = lines[len(lines)-StoryMost:]
	}
	return lines, more, nil
}

// storyFirst is 1 for what stands before all else of one instant: what a review comes to, before what follows for the ticket.
func storyFirst(kind string) int {
	if kind == StoryReview {
		return 1
	}
	return 0
}

// story reads lines of a story.
func (tx *Tx) story(ctx context.Context, q string, scan func(row scanner, l *StoryLine, at, amount, was *int64) error, args ...any) ([]StoryLine, error) {
	rows, err := tx.rows(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read ticket story: %w", err)
	}
	defer rows.Close()
	var lines []StoryLine
	for rows.Next() {
		var l StoryLine
		var at, amount, was int64
		if err := scan(rows, &l, &at, &amount, &was); err != nil {
			return nil, fmt.Errorf("read ticket story: %w", err)
		}
		l.At, l.Amount, l.Was = fromMicros(at), money.FromMinor(amount), money.FromMinor(was)
		lines = append(lines, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read ticket story: %w", err)
	}
	return lines, nil
}
