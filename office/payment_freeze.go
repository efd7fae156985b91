package office

import (
	"fmt"
	"strings"
	"time"

	"fundy/city"
	"fundy/payment"
	"fundy/processor"
	"fundy/ticket"
)

// putClauses names the clause of each line, which a token leaves out: those of the tier that the lines
// are of, at its first instant. The receipt shows them.
func (o *Office) putClauses(t ticket.Ticket, lines []ticket.Component, now time.Time) error {
	q, err := ticket.Price(t, *o.rules.Load(), o.city, now)
	if err != nil {
		return fmt.Errorf("price ticket: %w", err)
	}
	tier := 0
	for _, l := range lines {
		tier = max(tier, l.Tier)
	}
	for _, row := range q.Tiers {
		if row.Tier != tier {
			continue
		}
		if q, err = ticket.Price(t, *o.rules.Load(), o.city, row.From); err != nil {
			return fmt.Errorf("price ticket: %w", err)
		}
	}
	for i := range lines {
		if i < len(q.Components) && q.Components[i].Kind == lines[i].Kind {
			lines[i].Clause = q.Components[i].Clause
		}
	}
	return nil
}

// session is what the processor is asked for. All of it is frozen in the task.
func (o *Office) session(p payment.Payment, a payment.Attempt, tickets map[ticket.ID]payment.Candidate) processor.CreateSession {
	numbers := make([]string, 0, len(p.Tickets))
	lines := make([]processor.TicketLine, 0, len(p.Tickets))
	for _, f := range p.Tickets {
		numbers = append(numbers, tickets[f.Ticket].Ticket.Number)
		lines = append(lines, processor.TicketLine{ID: string(f.Ticket), Amount: f.Total})
	}
	address := strings.TrimSuffix(o.Settings.Portal.PublicURL, "/") + "/r/" + string(a.ID)
	s := processor.CreateSession{
		Attempt: string(a.ID), City: o.city.ID, Amount: p.Total, Currency: strings.ToLower(p.Currency), Locale: "en",
		ItemName: "Parking ticket " + strings.Join(numbers, ", "), Description: "Parking tickets: " + fmt.Sprint(len(lines)),
		Tickets: lines, ExpiresAt: a.ExpiresAt, SuccessURL: address, CancelURL: address + "?c=1",
	}
	if p.Language == string(city.French) {
		s.Locale, s.ItemName = "fr-CA", "Contravention "+strings.Join(numbers, ", ")
	}
	return s
}

// paymentLeaf is what the log is told of a payment's beginning.
type paymentLeaf struct {
	Payment string       `json:"payment"`
	Attempt string       `json:"attempt"`
	Total   int64        `json:"total_minor"`
	Tickets []frozenLeaf `json:"tickets"`
}

type frozenLeaf struct {
	Ticket   string `json:"ticket"`
	Amount   int64  `json:"amount_minor"`
	QuotedAt int64  `json:"quoted_at"`
}

func startLeaf(p payment.Payment, a payment.Attempt) paymentLeaf {
	l := paymentLeaf{Payment: string(p.ID), Attempt: a.ID.Ref(), Total: p.Total.Minor()}
	for _, f := range p.Tickets {
		l.Tickets = append(l.Tickets, frozenLeaf{Ticket: string(f.Ticket), Amount: f.Total.Minor(), QuotedAt: f.QuotedAt.UnixMicro()})
	}
	return l
}
