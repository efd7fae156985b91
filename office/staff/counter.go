package staff

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"fundy/city"
	"fundy/ident"
	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// showCounter is the form in which a clerk takes money into the own drawer.
func (p *Pages) showCounter(w http.ResponseWriter, r *http.Request, v *view) error {
	asked := r.URL.Query()
	page := &takePage{Rows: make([]tenderRow, rowsFirst), Language: cut(asked.Get("language"), typedMost), numbers: map[ticket.ID]string{}}
	for _, id := range asked["ticket"][:min(len(asked["ticket"]), takeTickets)] {
		if id != "" && len(id) <= typedMost {
			page.add(ticket.ID(id))
		}
	}
	return p.takeForm(w, r, v, page)
}

// toForm leads to the form with its tickets: an answer to a form is no page that the browser's back button comes back to.
// Their ids tell nothing of what was typed.
func toForm(w http.ResponseWriter, r *http.Request, page *takePage) error {
	ask := url.Values{"language": {page.Language}}
	for _, id := range page.IDs {
		ask.Add("ticket", string(id))
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/counter?"+ask.Encode(), http.StatusSeeOther)
	return nil
}

// counter goes on with the form: a ticket more or less, a tender more, a look at what would be taken, and taking it.
func (p *Pages) counter(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.take(w, r, v, readTake(r))
}

// take does what a button of the form asks for. Nothing is written but by "take".
func (p *Pages) take(w http.ResponseWriter, r *http.Request, v *view, page *takePage) error {
	act := r.PostForm.Get("act")
	if page.Number != "" || page.Plate != "" || act == "add" && !page.handed() {
		wrong, err := p.pick(r.Context(), page)
		if err != nil {
			return err
		}
		if wrong != nil {
			v.Problem = wrong
			return p.takeForm(w, r, v, page)
		}
	}
	if act != "look" && act != "take" && (act != "add" || !page.handed()) {
		if (act == "add" || act == "") && page.Mail == nil && !page.Review && !page.handed() {
			return toForm(w, r, page)
		}
		return p.takeForm(w, r, v, page)
	}
	ask, wrong := page.request(v)
	if wrong != nil {
		v.Problem = wrong
		return p.takeForm(w, r, v, page)
	}
	if act == "take" {
		return p.takeNow(w, r, v, page, ask)
	}
	taken, err := p.Settler.LookTender(r.Context(), ask)
	if err != nil {
		return p.takeRefused(w, r, v, page, err)
	}
	page.Taken = &taken
	return p.takeForm(w, r, v, page)
}

// takeNow writes the entry. The same request twice is one entry: a page that is posted again leads to the same receipt.
func (p *Pages) takeNow(w http.ResponseWriter, r *http.Request, v *view, page *takePage, ask settle.TenderRequest) error {
	var err error
	if ask.Expected, err = money.Parse(page.Expected); err != nil {
		return p.show(w, v, http.StatusBadRequest, "wrong_form")
	}
	before, err := p.takenBefore(r.Context(), page.Request)
	if err != nil {
		return err
	}
	e, err := p.Settler.TakeTender(r.Context(), ask)
	if errors.Is(err, store.ErrCommitUnknown) {
		e, err = p.Settler.TakeTender(r.Context(), ask)
	}
	if err != nil {
		return p.takeRefused(w, r, v, page, err)
	}
	if before {
		return done(w, r, "/entries/"+e.Attempt.Receipt, "counter_taken_before")
	}
	return done(w, r, "/entries/"+e.Attempt.Receipt, "counter_taken")
}

// takenBefore says whether a page was sent before: change is handed back once.
func (p *Pages) takenBefore(ctx context.Context, request string) (before bool, err error) {
	err = p.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.PaymentByRequest(ctx, request)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		before = err == nil
		return err
	})
	return before, err
}

// takeRefused shows the form again with what is in the way, and what is due now.
func (p *Pages) takeRefused(w http.ResponseWriter, r *http.Request, v *view, page *takePage, err error) error {
	if err := p.readTickets(r.Context(), v, page); err != nil {
		return err
	}
	if v.Problem = p.againstCounter(v, err, "cash", page.numbers); v.Problem == nil {
		return err
	}
	return p.takeForm(w, r, v, page)
}

// takeForm shows the form, or, once it has been looked at, what would be written.
func (p *Pages) takeForm(w http.ResponseWriter, r *http.Request, v *view, page *takePage) error {
	if err := p.readTickets(r.Context(), v, page); err != nil {
		return err
	}
	if page.Request == "" {
		page.Request = ident.New("req")
	}
	if page.Language == "" {
		page.Language = v.Lang // who is served in a language most often reads it
	}
	page.Action, page.Languages = "/counter", p.city.Languages
	if page.Mail != nil {
		page.Action = "/mail/" + string(page.Mail.ID)
	}
	v.Data, v.Back = page, page.Action
	name := "counter"
	if page.Taken != nil {
		name = "counter_confirm"
		page.Expected = page.Due.String()
	} else if page.Mail != nil {
		name = "counter_batch"
	}
	return p.answer(w, v, name)
}

// readTickets reads the tickets of the form as they stand now, with what is due for each at the instant that counts.
// One that is gone is left out.
func (p *Pages) readTickets(ctx context.Context, v *view, page *takePage) error {
	page.Tickets, page.Due, page.NeedsReview, page.Drawer = nil, money.Zero, false, ""
	var found []store.FoundTicket
	err := p.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		found = nil
		for _, id := range page.IDs {
			t, err := tx.Ticket(ctx, id)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			found = append(found, t)
		}
		of, err := tx.SessionOfClerk(ctx, v.Name())
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		page.Drawer = of.Name
		return err
	})
	if err != nil {
		return err
	}
	page.IDs = nil
	for i, t := range found {
		page.IDs = append(page.IDs, t.ID)
		page.numbers[t.ID] = t.Number
		row := takeTicket{ID: t.ID, Number: t.Number, Day: t.IssuedOn, Place: t.Place, State: t.State, First: i + 1}
		if row.Total, row.Owed, err = p.dueFor(ctx, v, page, t.ID); err != nil {
			return err
		}
		if page.Due, err = page.Due.Add(row.Total); err != nil {
			return err
		}
		if regime, ok := ticket.RegimeOf(t.Regime); ok && ticket.Stand(regime, t.Ticket, p.Now()).Box {
			page.NeedsReview = true
		}
		page.Tickets = append(page.Tickets, row)
	}
	page.DueCash, err = page.Due.Cash()
	return err
}

// dueFor is what is due for one ticket at the instant that counts; false where nothing can be taken for it.
func (p *Pages) dueFor(ctx context.Context, v *view, page *takePage, id ticket.ID) (money.Amount, bool, error) {
	ask := settle.TenderRequest{Tickets: []ticket.ID{id}, By: v.Name()}
	if page.Mail != nil {
		ask.Batch = page.Mail.ID
		ask.ReceivedOn, _ = typedDay("received", page.Received)
		ask.PostmarkOn, _ = typedDay("postmark", page.Postmark)
		ask.Unreadable = page.Unreadable
	}
	quotes, err := p.Settler.DueAt(ctx, ask)
	var no *payment.CounterRefusal
	if errors.As(err, &no) {
		return money.Zero, false, nil
	}
	if err != nil || len(quotes) != 1 {
		return money.Zero, false, err
	}
	return quotes[0].Total, quotes[0].Total.Cmp(money.Zero) > 0, nil
}

// pick finds a ticket by its number and plate, or its day of issue where it has no plate, and puts it on the form.
func (p *Pages) pick(ctx context.Context, page *takePage) (*problem, error) {
	key := ticket.NumberKey(page.Number)
	issued, wrong := typedDay("issued", page.Issued)
	switch {
	case wrong != nil:
		return wrong, nil
	case key == "" || len(key) > ticket.MaxNumber:
		return &problem{Field: "number", Key: "counter.pick.number"}, nil
	case page.Plate == "" && issued.IsZero():
		return &problem{Field: "plate", Key: "counter.pick.plate"}, nil
	case len(page.IDs) >= takeTickets:
		return &problem{Field: "number", Key: "counter.pick.most"}, nil
	}
	lookup := p.Index.LookupDay(p.city.ID, key, issued.String())
	if page.Plate != "" {
		plate, err := ticket.ParsePlate(page.Plate)
		if err != nil {
			return &problem{Field: "plate", Key: "find.plate.wrong"}, nil
		}
		lookup = p.Index.Lookup(p.city.ID, key, plate.Skeleton)
	}
	fits, err := p.looksUp(ctx, lookup, issued)
	switch {
	case err != nil:
		return nil, err
	case len(fits) == 0:
		return &problem{Field: "number", Key: "counter.pick.none", Fill: []any{"number", strings.ToUpper(page.Number)}}, nil
	case len(fits) > 1:
		return &problem{Field: "issued", Key: "counter.pick.again"}, nil
	}
	page.add(fits[0].ID)
	page.Number, page.Plate, page.Issued = "", "", ""
	return nil, nil
}

// lookedUp bounds how many tickets can have one number and plate.
const lookedUp = 5

func (p *Pages) looksUp(ctx context.Context, lookup []byte, issued city.Date) (fits []store.FoundTicket, err error) {
	err = p.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) error {
		fits = nil
		found, err := tx.TicketsByLookup(ctx, lookup, lookedUp)
		for _, t := range found {
			if issued.IsZero() || t.IssuedOn == issued {
				fits = append(fits, t)
			}
		}
		return err
	})
	return fits, err
}
