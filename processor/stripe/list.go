package stripe

import (
	"context"
	"strconv"
	"strings"
	"time"

	stripego "github.com/stripe/stripe-go/v85"

	"fundy/money"
	"fundy/processor"
)

// ListSessions lists every session made in [from, to]. Nothing is expanded: how the money of one stands is
// read of that one, once it is complete.
func (a *Adapter) ListSessions(ctx context.Context, from, to time.Time, each func(processor.Listed) error) error {
	p := &stripego.CheckoutSessionListParams{
		CreatedRange: &stripego.RangeQueryParams{GreaterThanOrEqual: from.Unix(), LesserThanOrEqual: to.Unix()},
	}
	p.Limit = stripego.Int64(100)
	for s, err := range a.client.V1CheckoutSessions.List(ctx, p).All(ctx) {
		if err != nil {
			return classify("list sessions", err)
		}
		if err := each(listed(s)); err != nil {
			return err
		}
	}
	return nil
}

func listed(s *stripego.CheckoutSession) processor.Listed {
	l := processor.Listed{
		Session: s.ID, State: processor.SessionState(s.Status), OurRef: s.ClientReferenceID, City: s.Metadata["city"],
		CreatedAt: time.Unix(s.Created, 0).UTC(),
	}
	l.Tickets, l.Readable = ticketLines(s.Metadata)
	return l
}

// ticketLines reads what createParams wrote: ticket_1, ticket_2 … each "id cents", without a gap.
func ticketLines(meta map[string]string) ([]processor.TicketLine, bool) {
	var lines []processor.TicketLine
	for i := 1; ; i++ {
		text, ok := meta["ticket_"+strconv.Itoa(i)]
		if !ok {
			break
		}
		id, cents, ok := strings.Cut(text, " ")
		amount, err := strconv.ParseInt(cents, 10, 64)
		if !ok || id == "" || len(id) > 64 || err != nil || amount <= 0 {
			return nil, false
		}
		lines = append(lines, processor.TicketLine{ID: id, Amount: money.FromMinor(amount)})
	}
	named := 0
	for name := range meta {
		if strings.HasPrefix(name, "ticket_") {
			named++
		}
	}
	return lines, len(lines) > 0 && named == len(lines)
}
