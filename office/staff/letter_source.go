package staff

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"fundy/city"
	"fundy/letter"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// itemLetter returns an odd item: one that is kept uncashed or has been returned.
func (p *Pages) itemLetter(ctx context.Context, tx *store.Tx, id string) (draft, error) {
	i, err := tx.Item(ctx, payment.ItemID(id))
	if err != nil {
		return draft{}, err
	}
	if i.Deposited() || i.State != payment.ItemKept && i.State != payment.ItemWentBack {
		return draft{}, fmt.Errorf("item: %w", store.ErrNotFound)
	}
	from, err := p.letterCity(p.Now())
	about := letter.Item{Kind: string(i.Kind), Amount: i.Amount, Currency: i.Currency, Number: i.Reference, ReceivedOn: i.ReceivedOn, Reason: string(i.Reason)}
	return draft{Kind: "item", About: id, Back: "/queue", Write: func(l []city.Language) ([]letter.Part, error) { return from.Item(l, about) }}, err
}

// refundLetter tells of a refund that two people have decided.
func (p *Pages) refundLetter(ctx context.Context, tx *store.Tx, id string) (draft, error) {
	r, err := tx.Refund(ctx, payment.RefundID(id))
	if err != nil {
		return draft{}, err
	}
	if !told(r) {
		return draft{}, fmt.Errorf("refund: %w", store.ErrNotFound)
	}
	a, paid, err := attemptAndPayment(ctx, tx, r.Attempt)
	if err != nil {
		return draft{}, err
	}
	about := letter.Refund{Receipt: a.Receipt, Amount: r.Amount, Way: string(r.Way), Reason: string(r.Reason), Owed: r.Reopen}
	if r.Way == payment.ByProcessor {
		about.Way = "card"
	}
	for _, part := range r.Parts {
		if part.Ticket == "" {
			continue
		}
		t, err := tx.Ticket(ctx, part.Ticket)
		if err != nil {
			return draft{}, err
		}
		about.Tickets = append(about.Tickets, t.Number)
	}
	from, err := p.letterCity(p.Now())
	return draft{
		Kind: "refund", About: id, Ref: a.ID.Ref(), Language: p.knownLanguage(paid.Language), Back: "/refunds",
		Write: func(l []city.Language) ([]letter.Part, error) { return from.Refund(l, about) },
	}, err
}

// told says whether a refund is one that a letter tells of: approved, and not come to nothing.
func told(r payment.Refund) bool {
	switch r.State {
	case payment.RefundNew, payment.RefundAsked, payment.RefundRefused, payment.RefundFailed, payment.RefundFailedLater, payment.RefundCanceled, payment.RefundStopped, payment.RefundEnded:
		return false
	}
	return true
}

// returnedLetter is about a payer's cheque that its bank did not pay.
func (p *Pages) returnedLetter(ctx context.Context, tx *store.Tx, id string) (draft, error) {
	cheque, err := tx.ReturnedCheque(ctx, payment.ReturnedID(id))
	if err != nil {
		return draft{}, err
	}
	a, paid, err := attemptAndPayment(ctx, tx, cheque.Attempt)
	if err != nil {
		return draft{}, err
	}
	tender, err := tx.Tender(ctx, cheque.Tender)
	if err != nil {
		return draft{}, err
	}
	about := letter.Returned{Receipt: a.Receipt, Cheque: tender.Reference, Amount: cheque.Amount, Day: cheque.ReturnedOn}
	for _, f := range paid.Tickets {
		t, err := tx.Ticket(ctx, f.Ticket)
		if err != nil {
			return draft{}, err
		}
		about.Tickets = append(about.Tickets, t.Number)
	}
	charge, err := tx.ChargeOfReturned(ctx, cheque.ID)
	switch {
	case err == nil:
		about.Fee, about.Clause = charge.Amount, charge.Clause
	case !errors.Is(err, store.ErrNotFound):
		return draft{}, err
	}
	from, err := p.letterCity(p.Now())
	return draft{
		Kind: "returned", About: id, Ref: a.ID.Ref(), Language: p.knownLanguage(paid.Language), Back: "/receipts/" + a.Receipt,
		Write: func(l []city.Language) ([]letter.Part, error) { return from.Returned(l, about) },
	}, err
}

// returnedOf is the cheque that came back of a payment; "" for none.
func returnedOf(ctx context.Context, tx *store.Tx, a payment.Attempt, tickets []payment.Frozen) (payment.ReturnedID, error) {
	if a.State != payment.Returned {
		return "", nil
	}
	for _, f := range tickets {
		all, err := tx.ReturnedOfTicket(ctx, f.Ticket)
		if err != nil {
			return "", err
		}
		for _, one := range all {
			if one.Attempt == a.ID {
				return one.ID, nil
			}
		}
	}
	return "", nil
}

// knownLanguage is a payer's language, "" where it is none of the city's.
func (p *Pages) knownLanguage(lang string) string {
	if slices.Contains(p.city.Languages, city.Language(lang)) {
		return lang
	}
	return ""
}

func attemptAndPayment(ctx context.Context, tx *store.Tx, id payment.AttemptID) (a payment.Attempt, paid payment.Payment, err error) {
	if a, err = tx.Attempt(ctx, id); err != nil {
		return a, paid, err
	}
	paid, err = tx.Payment(ctx, a.Payment)
	return a, paid, err
}

// printReceipt answers with a receipt's file: for whoever paid, so it names nobody.
func (p *Pages) printReceipt(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.receiptPDF(w, r, v, "receipt", "")
}

// printNamed answers with the copy of a receipt that names a person, for staff to give to that person: the passkey has
// answered, and a leaf tells who has made it, of which receipt. The name is in the file alone.
func (p *Pages) printNamed(w http.ResponseWriter, r *http.Request, v *view) error {
	person := bounded(r, "person")
	switch missing := letter.Unprintable(person); {
	case person == "":
		v.Problem = &problem{Field: "person", Key: "letter.person.missing"}
	case missing != "":
		v.Problem = &problem{Field: "person", Key: "letter.unprintable", Fill: []any{"letters", missing}}
	}
	if v.Problem != nil {
		return p.receiptPage(w, r, v, &receiptPage{Person: person})
	}
	return p.receiptPDF(w, r, v, "named", person)
}

func (p *Pages) receiptPDF(w http.ResponseWriter, r *http.Request, v *view, kind, person string) error {
	var d draft
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		d, err = p.receiptDraft(ctx, tx, r.PathValue("number"), person)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	lang, size := bounded(r, "language"), bounded(r, "size")
	if v.Problem = p.letterProblem(lang, size); v.Problem != nil {
		return p.receiptPage(w, r, v, &receiptPage{Person: person})
	}
	d.Kind = kind
	return p.sendPDF(w, r, v, d, lang, letter.Size(size), nil)
}

func (p *Pages) receiptDraft(ctx context.Context, tx *store.Tx, number, person string) (draft, error) {
	a, name, err := attemptOf(ctx, tx, number)
	if err != nil {
		return draft{}, err
	}
	if a.Receipt == "" || a.State == payment.Returned {
		return draft{}, fmt.Errorf("receipt: %w", store.ErrNotFound)
	}
	_, paid, err := attemptAndPayment(ctx, tx, a.ID)
	if err != nil {
		return draft{}, err
	}
	about := letter.Receipt{Number: name, PaidAt: paid.QuotedAt, TakenAt: a.CapturedAt, Total: paid.Total, Person: person}
	if about.Tender, err = tenderOf(ctx, tx, a); err != nil {
		return draft{}, err
	}
	back, err := tx.GivenBackOf(ctx, a.ID)
	if err != nil {
		return draft{}, err
	}
	for _, g := range back {
		if about.GivenBack, err = about.GivenBack.Add(g.Amount); err != nil {
			return draft{}, err
		}
	}
	for _, f := range paid.Tickets {
		line, err := p.receiptLine(ctx, tx, f)
		if err != nil {
			return draft{}, err
		}
		about.Tickets = append(about.Tickets, line)
	}
	from, err := p.letterCity(p.Now())
	return draft{
		// What was given back since makes another receipt of it.
		About: name + "/" + about.GivenBack.String(), Ref: a.ID.Ref(), Language: p.knownLanguage(paid.Language),
		Write: func(l []city.Language) ([]letter.Part, error) { return from.Receipt(l, about) },
	}, err
}

func (p *Pages) receiptLine(ctx context.Context, tx *store.Tx, f payment.Frozen) (letter.Ticket, error) {
	t, err := tx.Ticket(ctx, f.Ticket)
	if err != nil {
		return letter.Ticket{}, err
	}
	offence, err := p.offenceOf(t.Ticket)
	line := letter.Ticket{
		Number: t.Number, IssuedAt: t.IssuedAt, TimeKnown: t.TimeKnown, Offence: offence.Title, ByLaw: offence.ByLaw, Section: offence.Section, Total: f.Total,
	}
	for _, c := range f.Components {
		line.Components = append(line.Components, letter.Component{Kind: string(c.Kind), Clause: c.Clause, Amount: c.Amount})
	}
	return line, err
}

func (p *Pages) offenceOf(t ticket.Ticket) (city.Offence, error) {
	schedule, ok := p.Rules().ScheduleByID(t.Schedule)
	if !ok {
		return city.Offence{}, fmt.Errorf("ticket of unknown schedule %q", t.Schedule)
	}
	offence, ok := schedule.Offence(t.Offence)
	if !ok {
		return city.Offence{}, fmt.Errorf("ticket of unknown offence %q", t.Offence)
	}
	return offence, nil
}

// tenderOf is what the money of a payment was handed over as: a key of words.
func tenderOf(ctx context.Context, tx *store.Tx, a payment.Attempt) (string, error) {
	if a.Adapter != payment.CounterAdapter {
		return "card", nil
	}
	tenders, err := tx.Tenders(ctx, a.ID)
	kind := ""
	for _, t := range tenders {
		if kind != "" && kind != string(t.Kind) {
			return "several", err
		}
		kind = string(t.Kind)
	}
	return kind, err
}
