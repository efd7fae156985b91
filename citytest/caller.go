package citytest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"

	"fundy/city"
	"fundy/ident"
	"fundy/payment"
	"fundy/review"
	"fundy/settle"
)

// codeTickets is how many tickets a code of a test opens at most.
const codeTickets = 10

// Code has a clerk make a one-time code for tickets of the template, in a process of its own, and is its digits.
func (c *Processes) Code(ctx context.Context, tickets []int) (string, error) {
	key, err := c.staffKey()
	if err != nil {
		return "", err
	}
	s, err := c.Settler(ctx)
	if err != nil {
		return "", err
	}
	code := payment.Code{ID: ident.New("code"), Language: "en", MadeBy: "anne"}
	for _, i := range tickets {
		id, err := c.ticket(ctx, i)
		if err != nil {
			return "", err
		}
		code.Tickets = append(code.Tickets, id)
	}
	digits := key.PhoneDigits(code.ID)
	code.MAC = key.PhoneMAC(digits)
	return digits, s.MakeCode(ctx, code, codeTickets, "")
}

// Review has a clerk enter a request for review of a ticket of the template's, that came by letter.
func (c *Processes) Review(ctx context.Context, i int) error {
	s, id, err := c.reviewing(ctx, i)
	if err != nil {
		return err
	}
	_, err = s.AskReview(ctx, review.Review{
		Ticket: id.Ticket, RequestID: rand.Text(), Channel: review.AtOffice, EnteredBy: "anne", Way: review.ByPost, Language: "en",
		Contact: []byte("sealed"), Statement: []byte("sealed"), ReceivedOn: city.DateOf(c.Clock.Now(), c.auditor.city.Zone),
	})
	return err
}

// Decide has an officer decide the review of a ticket of the template's: the ticket is kept.
func (c *Processes) Decide(ctx context.Context, i int) error {
	s, of, err := c.reviewing(ctx, i)
	if err != nil {
		return err
	}
	if of.ID == "" {
		return fmt.Errorf("ticket %d is not under review", i)
	}
	d := review.Decision{Event: review.Keep, Words: "The ticket is right.", Version: of.Version, By: "olga"}
	_, err = s.DecideReview(ctx, of.ID, d, func(review.ID, string) ([]byte, error) { return []byte("sealed"), nil })
	return err
}

// reviewing is who works on reviews, with the open review of a ticket, or its ticket alone.
func (c *Processes) reviewing(ctx context.Context, i int) (*settle.Settler, review.Review, error) {
	s, err := c.Settler(ctx)
	if err != nil {
		return nil, review.Review{}, err
	}
	id, err := c.ticket(ctx, i)
	if err != nil {
		return nil, review.Review{}, err
	}
	r := review.Review{Ticket: id}
	err = c.auditor.rows(ctx, "select id, version from review where state in ('asked', 'hearing') and ticket_id = '"+string(id)+"'", func(row *sql.Rows) error {
		return row.Scan(&r.ID, &r.Version)
	})
	return s, r, err
}

// desk finds what is wrong with what the office's people do while payments run: with codes and with reviews.
func (c auditor) desk(ctx context.Context) (doubled, stuck []string, err error) {
	for what, one := range map[string]struct {
		into *[]string
		q    string
	}{
		"payments by telephone and used codes are not the same": {&doubled, `
			select p.id from payment p
			where p.channel = 'phone' and not exists (select 1 from phone_code c where c.payment_id = p.id)
			union all
			select c.id from phone_code c
			left join payment p on p.id = c.payment_id
			where c.used_at is not null and (p.id is null or p.channel <> 'phone')`},
		"a code opened other tickets than its payment has": {&doubled, `
			select c.id from phone_code c
			join payment_ticket pt on pt.payment_id = c.payment_id
			where not exists (select 1 from phone_code_ticket ct where ct.code_id = c.id and ct.ticket_id = pt.ticket_id)`},
		"several reviews of one ticket are open": {&doubled, `
			select ticket_id from review where state in ('asked', 'hearing') group by ticket_id having count(*) > 1`},
		"a review is open, and its ticket is not under review": {&stuck, `
			select r.id from review r join ticket t on t.id = r.ticket_id where r.state in ('asked', 'hearing') and t.state <> 'review'`},
		"a ticket is under review, and no review is open": {&stuck, `
			select t.id from ticket t
			where t.state = 'review' and not exists (select 1 from review r where r.ticket_id = t.id and r.state in ('asked', 'hearing'))`},
		"a clock stands still without a review, or runs in one": {&stuck, `
			select t.id from ticket t
			where (select count(*) from ticket_event e where e.ticket_id = t.id and e.kind = 'review_from')
			    - (select count(*) from ticket_event e where e.ticket_id = t.id and e.kind = 'review_until')
			   <> (select count(*) from review r where r.ticket_id = t.id and r.held = 1 and r.state in ('asked', 'hearing'))`},
	} {
		err := c.rows(ctx, one.q, func(r *sql.Rows) error {
			var id string
			err := r.Scan(&id)
			*one.into = append(*one.into, what+": "+id)
			return err
		})
		if err != nil {
			return doubled, stuck, err
		}
	}
	return doubled, stuck, nil
}
