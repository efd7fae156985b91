package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// notBeforeTicket is the instant whose price a letter without a readable postmark has: the days that its payer is given go
// back to the day of its last ticket at most, and never past the day on which it was received.
func (s *Settler) notBeforeTicket(r TenderRequest, tickets map[ticket.ID]payment.Candidate, at time.Time) time.Time {
	if r.Unreadable == "" || !s.Counter.ByPostmark() {
		return at
	}
	for _, c := range tickets {
		if issued := c.Ticket.IssuedOn; issued.Compare(r.ReceivedOn) <= 0 && issued.Compare(city.DateOf(at, s.City.Zone)) > 0 {
			at = issued.Start(s.City.Zone)
		}
	}
	return at
}

// beforeItsTicket refuses a letter whose day sets a price and is before the day of one of its tickets.
func (s *Settler) beforeItsTicket(r TenderRequest, tickets map[ticket.ID]payment.Candidate, priced time.Time) *payment.CounterRefusal {
	if r.Batch == "" {
		return nil
	}
	for id, c := range tickets {
		if city.DateOf(priced, s.City.Zone).Compare(c.Ticket.IssuedOn) >= 0 {
			continue
		}
		if s.Counter.ByPostmark() {
			return &payment.CounterRefusal{Reason: payment.TakePostmark, Tickets: []ticket.ID{id}}
		}
		return &payment.CounterRefusal{Reason: payment.TakeReceived, Tickets: []ticket.ID{id}}
	}
	return nil
}

// instants are at which instant the tickets are priced and at which the payment counts as made: at the counter now;
// of the mail the first instant of the day that the by-law names, and of the day on which it was received.
func (s *Settler) instants(r TenderRequest, now time.Time) (priced, made time.Time, no *payment.CounterRefusal) {
	if r.Batch == "" {
		if !r.ReceivedOn.IsZero() || !r.PostmarkOn.IsZero() || r.Unreadable != "" {
			return now, now, &payment.CounterRefusal{Reason: payment.TakeReceived}
		}
		return now, now, nil
	}
	today := city.DateOf(now, s.City.Zone)
	day, no := payment.PriceDay(payment.MailRule{ByPostmark: s.Counter.ByPostmark(), UnreadableDays: s.Counter.UnreadableDays},
		payment.Letter{ReceivedOn: r.ReceivedOn, PostmarkOn: r.PostmarkOn, Unreadable: r.Unreadable}, today)
	if no != nil {
		return now, now, no
	}
	made = now
	if r.ReceivedOn != today {
		made = r.ReceivedOn.Start(s.City.Zone)
	}
	return day.Start(s.City.Zone), made, nil
}

func (s *Settler) language(asked string) string {
	for _, l := range s.City.Languages {
		if string(l) == asked {
			return asked
		}
	}
	return string(s.City.Languages[0])
}

// counterTickets reads tickets, locking them in ascending id where it is asked to. One that is not there is left out.
func counterTickets(ctx context.Context, tx *store.Tx, ids []ticket.ID, now time.Time, lock bool) (map[ticket.ID]payment.Candidate, error) {
	found := make([]store.FoundTicket, 0, len(ids))
	if lock {
		var err error
		if found, err = tx.LockTickets(ctx, ids); err != nil {
			return nil, err
		}
		for i := range found {
			if err := tx.ReadEvents(ctx, &found[i]); err != nil {
				return nil, err
			}
		}
	}
	for _, id := range ids {
		if lock {
			break
		}
		f, err := tx.Ticket(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, f)
	}
	tickets := make(map[ticket.ID]payment.Candidate, len(found))
	for _, f := range found {
		regime, ok := ticket.RegimeOf(f.Regime)
		if !ok {
			return nil, fmt.Errorf("ticket of unknown regime %q", f.Regime)
		}
		tickets[f.ID] = payment.Candidate{Ticket: f.Ticket, Standing: ticket.Stand(regime, f.Ticket, now)}
	}
	return tickets, nil
}

// counterQuotes prices tickets at an instant, in the order in which they are named.
func (s *Settler) counterQuotes(ids []ticket.ID, tickets map[ticket.ID]payment.Candidate, at time.Time) ([]payment.Frozen, error) {
	rules := s.Rules()
	quotes := make([]payment.Frozen, 0, len(ids))
	for _, id := range ids {
		c, ok := tickets[id]
		if !ok {
			return nil, &payment.CounterRefusal{Reason: payment.RefusedNotPayable, Tickets: []ticket.ID{id}}
		}
		q, err := ticket.Price(c.Ticket, rules, s.City, at)
		if errors.Is(err, ticket.ErrPartPaid) {
			return nil, &payment.CounterRefusal{Reason: payment.RefusedNotPayable, Tickets: []ticket.ID{id}, Standing: c.Standing}
		}
		if err != nil {
			return nil, fmt.Errorf("price ticket: %w", err)
		}
		f := payment.Frozen{Ticket: id, Version: c.Ticket.Version, QuotedAt: at, Components: q.Components, Total: q.Total}
		if schedule, ok := rules.ScheduleByID(c.Ticket.Schedule); ok {
			offence, _ := schedule.Offence(c.Ticket.Offence) // Price has found it
			f.Revenue = offence.Ledger
		}
		quotes = append(quotes, f)
	}
	return quotes, nil
}
