package staff

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// Limits of the lists of what takes two people.
const (
	asksShown  = 100
	askedShown = settle.MostAsked
	asksWait   = 3 // days after which one that nobody has decided is late
)

// decisionsPage is what was asked for about tickets, what waits first.
type decisionsPage struct {
	Asks []store.TicketAsk
	More bool
}

func (p *Pages) showDecisions(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &decisionsPage{}
	err := p.Store.ReadOne(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		page.Asks, err = tx.TicketAsks(ctx, asksShown+1)
		page.Asks = slices.DeleteFunc(page.Asks, func(a store.TicketAsk) bool { return !v.seesAsk(a) })
		return err
	})
	if err != nil {
		return err
	}
	page.More = len(page.Asks) > asksShown
	page.Asks = page.Asks[:min(len(page.Asks), asksShown)]
	v.Data, v.Back = page, "/decisions"
	return p.show(w, v, http.StatusOK, "decisions")
}

// seesAsk says whether who is signed in may see what was asked for about tickets. Who approves alone sees what waits for that
// permission, and what has come of the own decisions.
func (v *view) seesAsk(a store.TicketAsk) bool {
	return v.May(string(ReadQueue)) || v.MayDecideAsk(a.Kind) && (a.State == store.AskOpen || a.DecidedBy == v.Name())
}

// countAsks counts what waits for a second person: debts, or else what ends a ticket.
func countAsks(debts bool) counter {
	return func(ctx context.Context, tx *store.Tx, v *view) (n waiting, err error) {
		all, err := tx.TicketAsks(ctx, queueShown)
		for _, a := range all {
			if a.State == store.AskOpen && (a.Kind == store.AskWriteOff) == debts {
				n.asked(a.AskedAt, asksWait, a.AskedBy, v)
			}
		}
		n.Most = len(all) == queueShown && len(all) > 0 && all[len(all)-1].State == store.AskOpen
		return n, err
	}
}

// decisionPage is one thing that was asked for, with its tickets.
type decisionPage struct {
	store.TicketAsk
	Of    []askedRow
	Mine  bool
	Debts bool   // it is a write-off
	May   bool   // who looks may decide it, but for having asked
	Path  string // of its decision
}

type askedRow struct {
	store.AskedTicket
	Number string
	State  ticket.State
}

func (p *Pages) showDecision(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &decisionPage{}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		page.Of = nil
		if page.TicketAsk, err = tx.TicketAsk(ctx, r.PathValue("id")); err != nil {
			return err
		}
		if !v.seesAsk(page.TicketAsk) {
			return fmt.Errorf("decision: %w", store.ErrNotFound)
		}
		of, err := tx.AskedTickets(ctx, page.ID, askedShown)
		if err != nil {
			return err
		}
		for _, one := range of {
			t, err := tx.Ticket(ctx, one.Ticket)
			if err != nil {
				return err
			}
			page.Of = append(page.Of, askedRow{one, t.Number, t.State})
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	page.Mine, page.Debts = page.AskedBy == v.Name(), page.Kind == store.AskWriteOff
	page.Path, page.May = "/decisions/"+page.ID, v.MayDecideAsk(page.Kind)
	if page.Debts {
		page.Path = "/finance/write-offs/" + page.ID
	}
	v.Data, v.Back = page, "/decisions/"+page.ID
	return p.answer(w, v, "decision")
}

func (p *Pages) approveDecision(w http.ResponseWriter, r *http.Request, v *view) error {
	_, err := p.Settler.DecideAsk(r.Context(), r.PathValue("id"), true, v.Name(), true)
	return p.decided(w, r, v, err, "decide_approved")
}

func (p *Pages) refuseDecision(w http.ResponseWriter, r *http.Request, v *view) error {
	_, err := p.Settler.DecideAsk(r.Context(), r.PathValue("id"), false, v.Name(), true)
	return p.decided(w, r, v, err, "decide_refused")
}

func (p *Pages) approveWriteOff(w http.ResponseWriter, r *http.Request, v *view) error {
	_, err := p.books().DecideWriteOff(r.Context(), r.PathValue("id"), true, v.Name(), true)
	return p.decided(w, r, v, err, "decide_approved")
}

func (p *Pages) refuseWriteOff(w http.ResponseWriter, r *http.Request, v *view) error {
	_, err := p.books().DecideWriteOff(r.Context(), r.PathValue("id"), false, v.Name(), true)
	return p.decided(w, r, v, err, "decide_refused")
}

// decided leads on after a decision, or says on the page why there was none.
func (p *Pages) decided(w http.ResponseWriter, r *http.Request, v *view, err error, said string) error {
	id := r.PathValue("id")
	switch v.Problem = v.againstAsk(err, "main"); {
	case errors.Is(err, store.ErrNotFound):
		return p.show(w, v, http.StatusNotFound, "wrong")
	case v.Problem != nil:
		return p.showDecision(w, r, v)
	case err != nil:
		return err
	}
	return done(w, r, "/decisions/"+id, said)
}

// againstAsk is what stands in the way of what is asked about tickets, or of a decision; nil where nothing does.
func (v *view) againstAsk(err error, field string) *problem {
	var no *ticket.DecisionRefusal
	if errors.As(err, &no) {
		return &problem{Field: field, Key: "work.refused." + no.Reason}
	}
	if key := againstTicket(err); key != "" && !errors.Is(err, store.ErrConflict) {
		return &problem{Field: field, Key: key}
	}
	key, fill := againstBooks(err)
	if key == "" {
		return nil
	}
	return &problem{Field: field, Key: key, Fill: v.filled(fill)}
}
