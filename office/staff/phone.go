package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"fundy/city"
	"fundy/desk"
	"fundy/ident"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// codeTries bounds how often other digits are made for a code whose digits another has, or had.
const codeTries = 3

// phonePage is a one-time code for its clerk: what to say, and how its payment stands.
type phonePage struct {
	Code     payment.Code
	Digits   string // as they are read aloud; "" when the code opens nothing any more
	Tickets  []phoneTicket
	Total    money.Amount
	Live     live
	Declined string // what to say of the last card that was refused
	Address  string // of the public pages, as it is printed on the ticket
	Profile  city.Profile
	Mails    bool // a code can be sent by e-mail
	Email    string
}

type phoneTicket struct {
	Ticket store.FoundTicket
	Amount money.Amount
	Priced bool
}

// Open says whether the code still opens its tickets.
func (page *phonePage) Open() bool { return page.Digits != "" }

// Payable says whether another code can be made for the same tickets.
func (page *phonePage) Payable() bool {
	return !slices.ContainsFunc(page.Tickets, func(t phoneTicket) bool { return !t.Priced })
}

// makeCode makes a one-time code for the tickets that were picked.
func (p *Pages) makeCode(w http.ResponseWriter, r *http.Request, v *view) error {
	c := payment.Code{Language: p.callersLanguage(bounded(r, "language")), MadeBy: v.Name()}
	for _, id := range r.PostForm["ticket"] {
		if one := ticket.ID(cut(id, typedMost)); !slices.Contains(c.Tickets, one) {
			c.Tickets = append(c.Tickets, one)
		}
	}
	c.ID = requested(r, "code")
	err := p.newCode(r.Context(), &c, bounded(r, "instead"))
	var no *payment.CodeRefusal
	switch {
	case errors.As(err, &no):
		v.Problem = &problem{Field: "main", Key: "phone.refused." + no.Reason, Fill: []any{"max", p.Settings.Payment.TicketsPerPayment}}
		return p.show(w, v, http.StatusUnprocessableEntity, "phone_none")
	case errors.Is(err, store.ErrNotFound): // the code that it takes the place of
		return p.show(w, v, http.StatusNotFound, "wrong")
	case err != nil:
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/phone/"+c.ID, http.StatusSeeOther)
	return nil
}

// newCode makes a code whose digits no other has, under the id that its page has given it. The digits are made of the id:
// where another has them, so is another id.
func (p *Pages) newCode(ctx context.Context, c *payment.Code, instead string) error {
	var err error
	for range codeTries {
		if c.ID == "" {
			c.ID = ident.New("code")
		}
		c.MAC = p.Key.PhoneMAC(p.Key.PhoneDigits(c.ID))
		if err = p.Settler.MakeCode(ctx, *c, p.Settings.Payment.TicketsPerPayment, instead); !errors.Is(err, store.ErrConflict) {
			return err
		}
		c.ID = ""
	}
	return err
}

// callersLanguage is the one that was picked, or the city's first.
func (p *Pages) callersLanguage(picked string) string {
	if slices.Contains(p.city.Languages, city.Language(picked)) {
		return picked
	}
	return string(p.city.Languages[0])
}

func (p *Pages) showCode(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.codePage(w, r, v, &phonePage{})
}

func (p *Pages) codePage(w http.ResponseWriter, r *http.Request, v *view, page *phonePage) error {
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		return p.readCode(ctx, tx, r.PathValue("id"), page)
	})
	if err == nil && page.Live.State == "card" {
		page.Live, err = p.askOfCard(r.Context(), page.Code, page.Live)
	}
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	if page.Code.Good(p.Now()) {
		page.Digits = payment.ShowCode(p.Key.PhoneDigits(page.Code.ID))
	}
	page.Declined = v.declined(page.Live)
	page.Address = shownAddress(p.Settings.Portal.PublicURL)
	page.Profile, _ = p.Rules().ProfileOn(city.DateOf(p.Now(), p.city.Zone))
	page.Mails = p.SealAddress != nil && page.Code.MailedAt.IsZero()
	v.Data, v.Back = page, "/phone/"+page.Code.ID
	return p.answer(w, v, "phone")
}

func (p *Pages) readCode(ctx context.Context, tx *store.Tx, id string, page *phonePage) (err error) {
	page.Tickets, page.Total = nil, money.Zero
	if page.Code, err = tx.Code(ctx, id); err != nil {
		return err
	}
	if page.Live, err = p.stateOfCode(ctx, tx, page.Code); err != nil {
		return err
	}
	for _, id := range page.Code.Tickets {
		var one ticketPage
		if one.Ticket, err = tx.Ticket(ctx, id); err != nil {
			return err
		}
		if err := p.price(&one); err != nil {
			return err
		}
		page.Tickets = append(page.Tickets, phoneTicket{one.Ticket, one.Quote.Total, one.Priced})
		if page.Total, err = page.Total.Add(one.Quote.Total); err != nil {
			return err
		}
	}
	return nil
}

// shownAddress is an address as it is printed and read aloud: without its scheme.
func shownAddress(url string) string {
	for _, scheme := range []string{"https://", "http://"} {
		if rest, ok := strings.CutPrefix(url, scheme); ok {
			return strings.TrimSuffix(rest, "/")
		}
	}
	return url
}

// endCode ends a code that nobody has used: its caller has hung up.
func (p *Pages) endCode(w http.ResponseWriter, r *http.Request, v *view) error {
	id := r.PathValue("id")
	err := p.Settler.EndCode(r.Context(), id, v.Name())
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	return done(w, r, "/phone/"+id, "code_ended")
}

// addressTyped is an e-mail address as it was typed, and whether it can be one.
func addressTyped(r *http.Request) (string, bool) {
	typed := strings.TrimSpace(r.PostForm.Get("email"))
	return cut(typed, desk.EmailMost), desk.IsEmail(typed)
}

// mailCode sends a code to the address that its caller has dictated. The address is sealed before anything keeps it.
func (p *Pages) mailCode(w http.ResponseWriter, r *http.Request, v *view) error {
	typed, ok := addressTyped(r)
	page := &phonePage{Email: typed}
	id := r.PathValue("id")
	switch {
	case p.SealAddress == nil:
		v.Problem = &problem{Field: "email", Key: "phone.mail.off"}
	case !ok:
		v.Problem = &problem{Field: "email", Key: "phone.mail.wrong"}
	}
	if v.Problem != nil {
		return p.codePage(w, r, v, page)
	}
	sealed, err := p.SealAddress(typed, id)
	if err != nil {
		return err
	}
	err = p.Settler.MailCode(r.Context(), id, v.Name(), sealed)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return p.show(w, v, http.StatusNotFound, "wrong")
	case errors.Is(err, store.ErrConflict):
		v.Problem = &problem{Field: "email", Key: "phone.mail.once"}
		return p.codePage(w, r, v, page)
	case err != nil:
		return err
	}
	return done(w, r, "/phone/"+id, "code_mailed")
}
