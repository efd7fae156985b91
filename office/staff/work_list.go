package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"fundy/ident"
	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// listShown bounds a list of what waits.
const listShown = 200

// listPage is one list of what waits.
type listPage struct {
	Name  string // of the words
	Rows  []listRow
	More  bool     // there are more than are shown
	Typed typedIn  // of the list's form, where it was refused
	Picks []choice // what the list's form is about
	Again []choice // cheques that are to be written anew; refunds that wait for the terminal's number
	Own   bool     // the form of this list may be used by who looks
	Next  int      // the cheques that the next requisition would ask for
	Sum   money.Amount
}

// listRow is something that waits.
type listRow struct {
	What   string // words or a number
	Href   string
	Kind   string // key of the words work.NAME.KIND
	Amount money.Amount
	Note   string
	Since  time.Time
	Due    time.Time // zero: none
	Who    string    // whose turn it is: who has taken it, or the roles that do what is next (view.RolesIn)
	By     string    // who has asked for it, or put it there; "": nobody has, or nobody is to be named
	ID     string    // of what can be decided on
	Mine   bool      // who looks has asked for it
	ByTwo  string    // who has asked for it, or said it first: another person does what is next; "": anybody may
	Over   bool      // it is decided, and only shown
}

// choice is something that a form can be about.
type choice struct{ Value, Text string }

// pick is the choice of something with its amount, as the reader writes amounts. Who only counts reads none.
func (v *view) pick(value, what string, a money.Amount) (choice, error) {
	if v == nil {
		return choice{Value: value}, nil
	}
	text, err := v.Money(a)
	return choice{value, what + ", " + text}, err
}

// typedIn is what was typed into a list's form.
type typedIn map[string]string

// lists are the readers of the lists by their names.
func (p *Pages) lists() map[string]reader {
	return map[string]reader{
		"corrections": p.corrections, "stopped": p.stopped, "unallocated": p.unallocated, "chargebacks": p.chargebacks, "held": p.heldRows, "cheques": p.cheques,
		"byhand": p.byHand, "holds": p.holds, "underway": p.underWay,
	}
}

func (p *Pages) showList(w http.ResponseWriter, r *http.Request, v *view) error {
	name := r.PathValue("list")
	if !p.seesList(v, "/work/"+name) {
		v.Data = ReadQueue
		return p.show(w, v, http.StatusForbidden, "no_right")
	}
	return p.listPage(w, r, v, name, nil)
}

// seesList says whether who is signed in may see the list of an address: of those that a person decides on alone, who decides may.
func (p *Pages) seesList(v *view, path string) bool {
	return v.May(string(ReadQueue)) || slices.ContainsFunc(p.worklists(), func(l worklist) bool { return l.Path == path && l.sees(v) })
}

// listPage shows a list; typed is what was typed into its form, and refused.
func (p *Pages) listPage(w http.ResponseWriter, r *http.Request, v *view, name string, typed typedIn) error {
	read, ok := p.lists()[name]
	if !ok {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	var page *listPage
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		page, err = read(ctx, tx, v)
		return err
	})
	if err != nil {
		return err
	}
	page.Name, page.Typed = name, typed
	v.Data, v.Back = page, "/work/"+name
	return p.answer(w, v, "work_list")
}

// numberOf is a ticket's number; its id where it has none.
func numberOf(ctx context.Context, tx *store.Tx, id ticket.ID) (string, error) {
	if id == "" {
		return "", nil
	}
	t, err := tx.Ticket(ctx, id)
	return t.Number, err
}

// decidedShown bounds the corrections that are decided, and shown with those that wait.
const decidedShown = 30

// correctionsWait is after how many days something that was asked for is late.
const correctionsWait = 3

func (p *Pages) corrections(ctx context.Context, tx *store.Tx, v *view) (*listPage, error) {
	all, err := tx.AskedCorrections(ctx, listShown)
	if err != nil {
		return nil, err
	}
	page := &listPage{More: len(all) == listShown, Own: v != nil && v.May(string(DecideCorrections))}
	if v != nil && v.May(string(ReadQueue)) { // what became of the last ones
		newest, err := tx.Corrections(ctx, decidedShown)
		if err != nil {
			return nil, err
		}
		all = append(all, slices.DeleteFunc(newest, func(c payment.Correction) bool { return c.State == payment.CorrectionAsked })...)
	}
	for _, c := range all {
		row := listRow{Kind: string(c.Kind), Amount: c.Amount, Note: c.Why, Since: c.AskedAt, By: c.AskedBy, ID: c.ID, Over: c.State != payment.CorrectionAsked}
		if row.Over {
			row.Kind += "." + string(c.State)
		} else {
			row.Due, row.ByTwo, row.Who = c.AskedAt.AddDate(0, 0, correctionsWait), c.AskedBy, p.rolesFor(DecideCorrections)
		}
		row.Mine = v != nil && c.AskedBy == v.Name()
		a, err := tx.Attempt(ctx, c.Attempt)
		if err != nil {
			return nil, err
		}
		row.What, row.Href = receiptOf(a)
		if c.To != "" {
			number, err := numberOf(ctx, tx, c.To)
			if err != nil {
				return nil, err
			}
			row.What += " → " + number
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

// receiptOf is what stands for a payment, and the page of it, if it has one.
func receiptOf(a payment.Attempt) (text, href string) {
	if a.Receipt != "" {
		return a.Receipt, "/receipts/" + a.Receipt
	}
	return a.ID.Ref(), ""
}

func (p *Pages) stopped(ctx context.Context, tx *store.Tx, v *view) (*listPage, error) {
	all, err := tx.StoppedAttempts(ctx, listShown)
	if err != nil {
		return nil, err
	}
	page := &listPage{More: len(all) == listShown, Own: v != nil && v.May(string(AskCorrections))}
	due := payment.ExceptionStopped.Rule().Days
	for _, a := range all {
		owner, err := p.ownerOf(ctx, tx, v, AskCorrections, a.ID.Ref(), payment.ExceptionStopped)
		if err != nil {
			return nil, err
		}
		page.Rows = append(page.Rows, listRow{
			What: a.ID.Ref(), Amount: a.Amount, Note: a.ProcessorRef, Since: a.CreatedAt, Due: a.CreatedAt.AddDate(0, 0, due), Who: owner,
		})
		pick, err := v.pick(ident.Short(a.ID.Ref()), a.ID.Ref(), a.Amount)
		if err != nil {
			return nil, err
		}
		page.Picks = append(page.Picks, pick)
	}
	return page, nil
}

func (p *Pages) unallocated(ctx context.Context, tx *store.Tx, v *view) (*listPage, error) {
	ids, err := tx.Unallocated(ctx, listShown)
	if err != nil {
		return nil, err
	}
	page := &listPage{More: len(ids) == listShown}
	due := payment.ExceptionUnallocated.Rule().Days
	for _, id := range ids {
		a, err := tx.Attempt(ctx, id)
		if err != nil {
			return nil, err
		}
		sources, err := settle.Sources(ctx, tx, a)
		if err != nil {
			return nil, err
		}
		left, err := payment.Left(slices.DeleteFunc(sources, func(s payment.Source) bool { return s.Ticket != "" }))
		if err != nil {
			return nil, err
		}
		if left.Cmp(money.Zero) <= 0 || a.State == payment.Stopped {
			continue // it is given back or under way; what stopped has a list of its own
		}
		owner, err := p.ownerOf(ctx, tx, v, AskRefunds, a.ID.Ref(), payment.ExceptionUnallocated, payment.ExceptionOverpaid)
		if err != nil {
			return nil, err
		}
		text, _ := receiptOf(a)
		page.Rows = append(page.Rows, listRow{What: text, Href: "/receipts/" + ident.Short(text), Amount: left, Since: a.CreatedAt, Due: a.CreatedAt.AddDate(0, 0, due), Who: owner})
	}
	return page, nil
}

func (p *Pages) chargebacks(ctx context.Context, tx *store.Tx, v *view) (*listPage, error) {
	all, err := tx.Disputes(ctx, listShown)
	if err != nil {
		return nil, err
	}
	page := &listPage{}
	for i, d := range all { // those that wait come first
		if !d.ClosedAt.IsZero() && d.State != payment.DisputeStopped {
			break
		}
		page.More = i+1 == listShown
		row := listRow{What: string(d.ID), Kind: string(d.State), Amount: d.Amount, Note: d.Reason, Since: d.OpenedAt}
		if d.State == payment.DisputeOpen || d.State == payment.DisputeInquiry {
			row.Due = d.DueAt
		}
		if v != nil {
			row.Note = v.Maybe("work.dispute.", d.Reason)
		}
		if row.Who, err = p.ownerOf(ctx, tx, v, ActOnQueue, string(d.ID), payment.ExceptionChargeback); err != nil {
			return nil, err
		}
		if d.Attempt != "" {
			a, err := tx.Attempt(ctx, d.Attempt)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}
			if err == nil {
				row.What, row.Href = receiptOf(a)
			}
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

// heldWait is after how many days a row in quarantine is late.
const heldWait = 2

func (p *Pages) heldRows(ctx context.Context, tx *store.Tx, _ *view) (*listPage, error) {
	all, err := tx.HeldRows(ctx, listShown)
	if err != nil {
		return nil, err
	}
	page := &listPage{More: len(all) == listShown}
	for _, h := range all {
		page.Rows = append(page.Rows, listRow{What: h.Number, Href: "/held/" + h.ID, Note: h.Source, Since: h.HeldAt, Due: h.HeldAt.AddDate(0, 0, heldWait), Who: p.rolesFor(ActOnQueue)})
	}
	return page, nil
}

// holdsWait is after how many days a hold is late: nothing but a person ends one, and nobody can pay meanwhile.
const holdsWait = 30

// holds are the tickets whose clock a person has stopped. Anybody who may hold tickets ends one, who began it too.
func (p *Pages) holds(ctx context.Context, tx *store.Tx, _ *view) (*listPage, error) {
	all, err := tx.TicketsOnHold(ctx, listShown)
	if err != nil {
		return nil, err
	}
	page := &listPage{More: len(all) == listShown}
	for _, h := range all {
		row := listRow{What: h.Number, Href: "/tickets/" + string(h.ID), Note: h.Why, Since: h.Since, Due: h.Since.AddDate(0, 0, holdsWait), Who: p.rolesFor(HoldTickets), By: h.Who, Kind: "until"}
		if h.Who == "" && h.Why == "" {
			row.Kind = "file"
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}
