package portal

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"fundy/desk/deskpb"
)

// ticketsPage is the tickets that a visit holds.
type ticketsPage struct {
	Tickets  []*deskpb.Ticket
	Payable  []*deskpb.Ticket
	Total    int64
	Holds    int64 // until when the first of their prices holds
	Stale    bool
	Box      bool // a review is under way on one of them
	Below    bool // the sum is less than the processor takes
	More     bool // another ticket may be added
	Request  string
	Seen     string // what is shown: another tab may have changed the visit
	Email    string
	BoxTyped bool
	Refused  string
	Regime   string
}

// showTickets shows what was found: place, time and make first, then what it costs and why.
func (p *Portal) showTickets(w http.ResponseWriter, r *http.Request, v *view) error {
	page, err := p.held(r, v)
	if err != nil {
		return err
	}
	if len(page.Tickets) == 0 {
		return p.redirect(w, r, v, v.Path("find"))
	}
	v.Data, v.Switch = page, paths["tickets"][v.Other()]
	return p.show(w, v, http.StatusOK, "tickets")
}

// held reads the visit's tickets again. Prices that no longer hold are replaced in the visit.
func (p *Portal) held(r *http.Request, v *view) (*ticketsPage, error) {
	page := &ticketsPage{Regime: v.City.GetRegime()}
	if len(v.visit.Tokens) == 0 {
		return page, nil
	}
	res, err := p.Desk.ReadQuotes(r.Context(), &deskpb.ReadQuotesRequest{Tokens: v.visit.Tokens})
	if err != nil {
		return nil, err
	}
	v.visit.Tokens = nil
	for _, t := range res.GetTickets() {
		v.visit.Tokens = append(v.visit.Tokens, t.GetQuote().GetToken())
		page.add(t)
	}
	page.More = len(page.Tickets) < int(v.City.GetTicketsMax())
	page.Below = len(page.Payable) == 1 && page.Payable[0].GetQuote().GetBelowMinimum()
	page.Seen = seen(v.visit.Tokens)
	return page, nil
}

func (t *ticketsPage) add(one *deskpb.Ticket) {
	t.Tickets = append(t.Tickets, one)
	t.Stale = t.Stale || one.GetQuote().GetStale()
	if !one.GetStanding().GetPayable() {
		return
	}
	t.Payable = append(t.Payable, one)
	t.Total += one.GetQuote().GetTotalMinor()
	t.Box = t.Box || one.GetStanding().GetBox()
	if until := one.GetQuote().GetHoldsUntil(); t.Holds == 0 || until < t.Holds {
		t.Holds = until
	}
}

// seen stands for the quotes that a page has shown: in letters of which no card's number can be made.
func seen(tokens []string) string {
	sum := sha256.Sum256([]byte(strings.Join(tokens, " ")))
	return base64.RawURLEncoding.EncodeToString(sum[:8])
}

// removeTicket takes one ticket out of the visit.
func (p *Portal) removeTicket(w http.ResponseWriter, r *http.Request, v *view) error {
	page, err := p.held(r, v)
	if err != nil {
		return err
	}
	var kept []string
	for _, t := range page.Tickets {
		if t.GetId() != r.PostFormValue("ticket") {
			kept = append(kept, t.GetQuote().GetToken())
		}
	}
	v.visit.Tokens = kept
	if len(kept) == 0 {
		v.visit.Code = ""
	}
	return p.redirect(w, r, v, v.Path("tickets"))
}
