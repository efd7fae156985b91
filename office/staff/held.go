package staff

import (
	"context"
	"errors"
	"net/http"

	"fundy/payment"
	"fundy/store"
)

// HeldField is a field of a row in quarantine, opened for a person.
type HeldField struct {
	Name  string // of the words work.field.NAME
	Value string
}

// heldPage is a row of an import that contradicts a ticket, beside the ticket.
type heldPage struct {
	Row    store.HeldRow
	Ticket store.FoundTicket
	Fields []HeldField // empty where it has not been opened
	Reason string      // as typed
}

func (p *Pages) showHeldRow(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.heldPage(w, r, v, nil)
}

func (p *Pages) readHeld(r *http.Request) (page heldPage, err error) {
	err = p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if page.Row, err = tx.HeldRow(ctx, r.PathValue("id")); err != nil {
			return err
		}
		page.Ticket, err = tx.Ticket(ctx, page.Row.Ticket)
		return err
	})
	return page, err
}

func (p *Pages) heldPage(w http.ResponseWriter, r *http.Request, v *view, fields []HeldField) error {
	page, err := p.readHeld(r)
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	page.Fields, page.Reason = fields, oneLine(r, "reason")
	v.Data, v.Back = page, "/held/"+page.Row.ID
	return p.answer(w, v, "work_held")
}

// openHeldRow shows what a row in quarantine says, once: a leaf tells who has opened it before it is there.
func (p *Pages) openHeldRow(w http.ResponseWriter, r *http.Request, v *view) error {
	page, err := p.readHeld(r)
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	fields, err := p.OpenHeld(r.Context(), v.Name(), page.Row)
	if err != nil {
		return err
	}
	return p.heldPage(w, r, v, fields)
}

// closeHeldRow takes a row out of quarantine, with what came of it.
func (p *Pages) closeHeldRow(w http.ResponseWriter, r *http.Request, v *view) error {
	err := p.Settler.ResolveHeldRow(r.Context(), r.PathValue("id"), oneLine(r, "reason"), v.Name())
	var no *payment.ExceptionRefusal
	switch {
	case errors.As(err, &no):
		v.Problem = &problem{Field: "reason", Key: "queue.refused." + no.Reason}
		return p.heldPage(w, r, v, nil)
	case errors.Is(err, store.ErrConflict):
		v.Problem = &problem{Field: "reason", Key: "queue.refused.moved"}
		return p.heldPage(w, r, v, nil)
	case errors.Is(err, store.ErrNotFound):
		return p.show(w, v, http.StatusNotFound, "wrong")
	case err != nil:
		return err
	}
	return done(w, r, "/work/held", "work_closed")
}
