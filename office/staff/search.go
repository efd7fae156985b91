package staff

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"fundy/ident"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// Bounds of a search.
const (
	foundMost = 50   // tickets of a list; it says so when there are more
	paidMost  = 20   // payments that one reference is of
	dayMost   = 5000 // tickets of a day whose streets are compared
)

// searchPage is what was typed, and what was found. The first field takes anything whose form says what it is.
type searchPage struct {
	Number, Plate, Province, Receipt, Day, Street string

	Searched bool
	Due      map[ticket.ID]string // what is due now, of those of which something is
	Found    []store.FoundTicket
	Near     string // a key of words: how the tickets found differ from what was typed; "" where they don't
	Paid     []paidFound
	Reviewed ticket.ID            // of which a review has the reference that was typed, and who looks may not see it
	Plates   map[ticket.ID]string // those that were opened for this page
}

// paidFound is a payment that a reference is of, with its tickets.
type paidFound struct {
	store.Referred
	Tickets []payment.Frozen
}

// More says whether there may be more than the list shows.
func (page *searchPage) More() bool { return len(page.Found) >= foundMost }

// Masked says whether a plate of the list is still covered.
func (page *searchPage) Masked() bool { return page.Plates == nil && len(page.Found) > 0 }

// foundRow is a ticket of the list in the page's words. A template reads a plain field in a fraction of the time of one that
// is found through others or said by a method, and there are fifty rows of them.
type foundRow struct {
	ID, Number, Issued, Place, Plate, State, Costs string
	Pick, Of                                       string // what a screen reader says of its box, and of its payments
}

// Rows are the tickets of the list.
func (page *searchPage) Rows(v *view) []foundRow {
	rows := make([]foundRow, 0, len(page.Found))
	none, masked := v.T("ticket.no_plate"), v.T("ticket.masked")
	for _, t := range page.Found {
		row := foundRow{
			ID: string(t.ID), Number: t.Number, Issued: v.Day(t.IssuedAt), Place: t.Place, Plate: none, State: v.Maybe("ticket.state.", t.State), Costs: cmp.Or(page.Due[t.ID], "–"),
			Pick: v.T("find.pick.one", "number", t.Number), Of: v.T("twice.of", "number", t.Number),
		}
		if !t.NoPlate {
			row.Plate = t.Jurisdiction + " " + cmp.Or(page.Plates[t.ID], masked)
		}
		rows = append(rows, row)
	}
	return rows
}

// find answers a search. What was typed stands in no address.
func (p *Pages) find(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &homePage{searchPage: searchPage{
		Number: bounded(r, "number"), Plate: bounded(r, "plate"), Province: strings.ToUpper(bounded(r, "province")), Receipt: bounded(r, "receipt"),
		Day: bounded(r, "day"), Street: bounded(r, "street"), Searched: true,
	}}
	v.Data = page
	var to string
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		page.Found, page.Paid, page.Near, page.Reviewed = nil, nil, "", ""
		if to, err = p.search(ctx, tx, v, &page.searchPage); err != nil || to != "" || page.only() != "" {
			return err
		}
		return tx.ReadEventsAmong(ctx, page.Found)
	})
	var wrong *ticket.PlateError
	switch {
	case errors.As(err, &wrong):
		v.Problem = &problem{Field: "plate", Key: "find.plate.wrong"}
	case errors.Is(err, store.ErrNotFound) && page.Receipt != "":
		v.Problem = &problem{Field: "receipt", Key: "find.receipt.none"}
	case err != nil:
		return err
	case to == "":
		to = page.only()
	}
	if to != "" && v.Problem == nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	page.Due = p.dues(v, page.Found)
	return p.answer(w, v, "home")
}

// dues is what is due now of each ticket of a list, as its own page says. What has no price here stands without: its page says
// why.
func (p *Pages) dues(v *view, found []store.FoundTicket) map[ticket.ID]string {
	all, rules := make(map[ticket.ID]string, len(found)), p.Rules()
	for _, f := range found {
		regime, known := ticket.RegimeOf(f.Regime)
		if !known || !ticket.Stand(regime, f.Ticket, v.Now).Payable {
			continue
		}
		quote, err := ticket.Price(f.Ticket, rules, p.city, v.Now)
		if err != nil {
			continue
		}
		if due, err := v.Money(quote.Total); err == nil {
			all[f.ID] = due
		}
	}
	return all
}

// Listed says whether there is anything to be looked through.
func (page *searchPage) Listed() bool { return len(page.Found)+len(page.Paid) > 0 }

// only is the page of the one thing that was found, where it is what was typed; "" otherwise: what is only near to it
// is looked at in the list first.
func (page *searchPage) only() string {
	switch {
	case page.Near != "":
	case len(page.Found) == 1 && len(page.Paid) == 0:
		return "/tickets/" + string(page.Found[0].ID)
	case len(page.Found) == 0 && len(page.Paid) == 1:
		return page.Paid[0].page()
	}
	return ""
}

// page is where a payment is looked at: by its receipt, or, where none was made, beside the others of its ticket.
func (f paidFound) page() string {
	switch {
	case f.Receipt != "":
		return "/receipts/" + f.Receipt
	case len(f.Tickets) == 1:
		return "/tickets/" + string(f.Tickets[0].Ticket) + "/payments"
	}
	return ""
}

// search is the page that a search leads to, or "" where its results are a list.
func (p *Pages) search(ctx context.Context, tx *store.Tx, v *view, page *searchPage) (to string, err error) {
	switch {
	case page.Receipt != "":
		return p.findReceipt(ctx, tx, page.Receipt)
	case page.Number != "":
		return p.findAnything(ctx, tx, v, page)
	case page.Plate != "":
		if err := p.findPlate(ctx, tx, page, page.Plate); err != nil || len(page.Found) > 0 {
			return "", err
		}
		return "", p.findMisheard(ctx, tx, page, page.Plate)
	case page.Day != "" || page.Street != "":
		return "", p.findPlace(ctx, tx, v, page)
	}
	v.Problem = &problem{Field: "number", Key: "find.nothing"}
	return "", nil
}

// findAnything takes what was typed for each thing that its form can be, the surest first, and stops where there is one.
func (p *Pages) findAnything(ctx context.Context, tx *store.Tx, v *view, page *searchPage) (string, error) {
	typed, number := page.Number, ticket.NumberKey(page.Number)
	var err error
	if number != "" {
		if page.Found, err = tx.TicketsNumbered(ctx, number, foundMost); err != nil {
			return "", err
		}
	}
	if len(page.Found) == 0 {
		if to, err := p.findNamed(ctx, tx, v, page); err != nil || to != "" || page.Reviewed != "" {
			return to, err
		}
	}
	// A cheque's number can be a ticket's too: neither hides the other.
	if err := findReferred(ctx, tx, page); err != nil || len(page.Found)+len(page.Paid) > 0 {
		return "", err
	}
	var no *ticket.PlateError
	if err := p.findPlate(ctx, tx, page, typed); err != nil && !errors.As(err, &no) || len(page.Found) > 0 {
		return "", err
	}
	// A number is misread in fewer ways than a plate is misheard: fewer are looked for, and what is found is surer.
	if number != "" && len(number) <= ticket.MaxNumber {
		page.Near = "find.near.number"
		if page.Found, err = tx.TicketsLikeNumbers(ctx, ticket.NumbersNear(number), foundMost); err != nil || len(page.Found) > 0 {
			return "", err
		}
	}
	if err := p.findMisheard(ctx, tx, page, typed); !errors.As(err, &no) {
		return "", err
	}
	return "", nil
}

// findReferred finds the payments that a reference is of: the processor's, the terminal's, a payer's cheque's, or that
// of a cheque of ours.
func findReferred(ctx context.Context, tx *store.Tx, page *searchPage) error {
	cheque, _ := payment.RefundChequeNumber(page.Number)
	all, err := tx.AttemptsReferred(ctx, page.Number, cheque, payment.ReferenceForms(page.Number), paidMost)
	if err != nil {
		return err
	}
	for _, one := range all {
		of, err := tx.Payment(ctx, one.Payment)
		if err != nil {
			return err
		}
		page.Paid = append(page.Paid, paidFound{one, of.Tickets})
	}
	return nil
}

// findReview is the page of the review that has a reference, for whoever may see reviews. For others the page of the
// search says that there is one.
func findReview(ctx context.Context, tx *store.Tx, v *view, page *searchPage) (string, error) {
	reference, ok := ident.ReadMessage(page.Number)
	if !ok {
		return "", nil
	}
	r, err := tx.ReviewByReference(ctx, reference)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "", nil
	case err != nil:
		return "", err
	case v.May(string(ReadReviews)):
		return "/reviews/" + string(r.ID), nil
	}
	page.Reviewed = r.Ticket
	return "", nil
}

// findNamed is the page of a review, of a receipt, of money that was put to no ticket, or of a one-time code; "" where
// there is none.
func (p *Pages) findNamed(ctx context.Context, tx *store.Tx, v *view, page *searchPage) (string, error) {
	typed := page.Number
	if to, err := findReview(ctx, tx, v, page); err != nil || to != "" || page.Reviewed != "" {
		return to, err
	}
	if _, ok := ident.ReadReceipt(typed); ok {
		if to, err := p.findReceipt(ctx, tx, typed); !errors.Is(err, store.ErrNotFound) {
			return to, err
		}
	}
	if digits, ok := payment.ReadCode(typed); ok && v.May(string(GiveCodes)) {
		c, err := tx.CodeByMAC(ctx, p.Key.PhoneMAC(digits))
		if err == nil {
			return "/phone/" + c.ID, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return "", err
		}
	}
	if to, err := p.findPrinted(ctx, tx, typed); err != nil || to != "" {
		return to, err
	}
	to, err := p.findReceipt(ctx, tx, strings.ToLower(typed))
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return to, err
}

// printed is how a counter's receipt is numbered: its drawer's name, and a number.
var printed = regexp.MustCompile(`^(.+)-(\d{1,9})$`)

// findPrinted is the page of a receipt that a counter has printed, by its drawer's own number; "" where there is none.
func (p *Pages) findPrinted(ctx context.Context, tx *store.Tx, typed string) (string, error) {
	parts := printed.FindStringSubmatch(typed)
	if parts == nil {
		return "", nil
	}
	number, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return "", err
	}
	e, err := tx.CounterEntryByNumber(ctx, strings.ToUpper(parts[1]), number)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	a, err := tx.Attempt(ctx, e.Attempt)
	return "/receipts/" + a.Receipt, err
}
