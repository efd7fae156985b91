package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"fundy/city"
	"fundy/ident"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

// entryPage is what was taken at once, over the counter or by mail.
type entryPage struct {
	settle.Entry
	Number   string // in its address
	Tickets  []receiptTicket
	Reason   string // as typed
	Reasons  []string
	Cheque   string
	Why      string
	Day      string
	Undoable bool
	Cheques  bool // it has one, in a batch that is closed
}

func (p *Pages) showEntry(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.entryPage(w, r, v, &entryPage{})
}

func (p *Pages) entryPage(w http.ResponseWriter, r *http.Request, v *view, page *entryPage) error {
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		return page.read(ctx, tx, r.PathValue("number"))
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	page.Reasons = payment.ReturnReasons
	if page.Day == "" {
		page.Day = city.DateOf(p.Now(), p.city.Zone).String()
	}
	v.Data, v.Back = page, "/entries/"+v.Short(page.Number)
	return p.answer(w, v, "counter_entry")
}

func (page *entryPage) read(ctx context.Context, tx *store.Tx, typed string) error {
	a, name, err := entryOf(ctx, tx, typed)
	if err != nil {
		return err
	}
	page.Number, page.Tickets, page.Undoable, page.Cheques = name, nil, a.State == payment.Captured, false
	if page.Entry, err = settle.ReadEntry(ctx, tx, a); err != nil {
		return err
	}
	for _, f := range page.Payment.Tickets {
		t, err := tx.Ticket(ctx, f.Ticket)
		if err != nil {
			return err
		}
		page.Tickets = append(page.Tickets, receiptTicket{t.ID, t.Number, t.State, f.Total})
	}
	for _, t := range page.Tenders {
		b, err := tx.Batch(ctx, t.Batch)
		if err != nil {
			return err
		}
		if b.State != payment.BatchOpen {
			page.Undoable = false
			page.Cheques = page.Cheques || t.Kind == payment.Cheque && t.State == payment.TenderStands
		}
	}
	return nil
}

// entryOf is the attempt of a receipt's number, of a printed one (A-000012), or of money that was put to no ticket.
func entryOf(ctx context.Context, tx *store.Tx, typed string) (payment.Attempt, string, error) {
	if _, ok := ident.ReadReceipt(typed); ok {
		return attemptOf(ctx, tx, typed)
	}
	at := strings.LastIndexByte(typed, '-')
	n, bad := strconv.ParseInt(typed[at+1:], 10, 64)
	if at < 1 || bad != nil {
		return attemptOf(ctx, tx, typed)
	}
	e, err := tx.CounterEntryByNumber(ctx, strings.ToUpper(typed[:at]), n)
	if err != nil {
		return payment.Attempt{}, "", err
	}
	a, err := tx.Attempt(ctx, e.Attempt)
	return a, e.Printed(), err
}

// undoEntry undoes an entry whose batches are open: what was handed over is handed back.
func (p *Pages) undoEntry(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &entryPage{Reason: oneLine(r, "reason")}
	var a payment.Attempt
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		a, _, err = entryOf(ctx, tx, r.PathValue("number"))
		return err
	})
	if err == nil {
		_, err = p.Settler.ReverseEntry(r.Context(), a.ID, v.Name(), page.Reason)
	}
	if v.Problem = p.againstCounter(v, err, "reason", nil); v.Problem != nil {
		return p.entryPage(w, r, v, page)
	}
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	return done(w, r, "/entries/"+r.PathValue("number"), "counter_undone")
}

// returnCheque enters that the bank did not pay a cheque: everything that its payment paid is owed again.
func (p *Pages) returnCheque(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &entryPage{Cheque: bounded(r, "cheque"), Why: bounded(r, "why"), Day: bounded(r, "day")}
	day, wrong := typedDay("day", page.Day)
	if wrong != nil {
		v.Problem = wrong
		return p.entryPage(w, r, v, page)
	}
	var a payment.Attempt
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		a, _, err = entryOf(ctx, tx, r.PathValue("number"))
		return err
	})
	if err == nil {
		_, err = p.toBank().ReturnCheque(r.Context(), a.ID, settle.ReturnAsk{Number: page.Cheque, Reason: page.Why, Day: day, By: v.Name()}, true)
	}
	if v.Problem = p.againstReturn(err); v.Problem != nil {
		return p.entryPage(w, r, v, page)
	}
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	return done(w, r, "/entries/"+r.PathValue("number"), "counter_returned")
}

// printPage is a receipt to be printed, in the payer's language.
type printPage struct {
	*entryPage
	Paper  string // "80" for a receipt printer's roll, "page" for Letter and A4
	In     *view  // the payer's language
	Titles []string
	Laws   []string // the regimes of its tickets, each once
}

// printEntry is the receipt: a page that the browser prints, on a roll of 80 mm or on paper.
func (p *Pages) printEntry(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &printPage{entryPage: &entryPage{}, Paper: "80"}
	if r.URL.Query().Get("paper") == "page" {
		page.Paper = "page"
	}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := page.read(ctx, tx, r.PathValue("number")); err != nil {
			return err
		}
		page.Titles, page.Laws, page.In = nil, nil, p.inThat(v, r.URL.Query().Get("in"), page.Payment.Language)
		return p.offences(ctx, tx, page)
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	v.Data = page
	return p.show(w, v, http.StatusOK, "counter_receipt")
}

// inThat is a page's view in the first of some languages that there are words in; else in its own.
func (p *Pages) inThat(v *view, langs ...string) *view {
	in := *v
	for _, lang := range langs {
		if said[lang] != nil {
			in.Lang = lang
			break
		}
	}
	in.City = p.cityName(in.Lang)
	return &in
}

// offences says of each ticket what it was for, by the by-law of its day: never whose car it was.
func (p *Pages) offences(ctx context.Context, tx *store.Tx, page *printPage) error {
	rules := p.Rules()
	for _, f := range page.Payment.Tickets {
		t, err := tx.Ticket(ctx, f.Ticket)
		if err != nil {
			return err
		}
		if !slices.Contains(page.Laws, t.Regime) {
			page.Laws = append(page.Laws, t.Regime)
		}
		schedule, _ := rules.ScheduleByID(t.Schedule)
		offence, _ := schedule.Offence(t.Offence)
		title := t.Offence
		if lang := city.Language(page.In.Lang); offence.Title[lang] != "" {
			title = offence.Title[lang] + ", " + page.In.T("counter.section", "law", offence.ByLaw[lang], "section", offence.Section)
		}
		page.Titles = append(page.Titles, title)
	}
	return nil
}
