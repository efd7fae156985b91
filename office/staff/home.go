package staff

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"fundy/ident"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// foundMost bounds a list of tickets.
const foundMost = 50

// homePage is where a day begins: one search that answers what callers ask.
type homePage struct {
	Number, Plate, Province, Receipt string
	Searched                         bool
	Found                            []store.FoundTicket
	Waiting                          int // in the queue
	ToDecide                         int // refunds that somebody else has asked for
}

func (p *Pages) showHome(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &homePage{Province: p.city.Province}
	if err := p.countWork(r.Context(), v, page); err != nil {
		return err
	}
	v.Data = page
	return p.show(w, v, http.StatusOK, "home")
}

func (p *Pages) countWork(ctx context.Context, v *view, page *homePage) error {
	return p.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		if v.May(string(ReadQueue)) {
			open, err := tx.OpenExceptions(ctx, queueShown)
			if err != nil {
				return err
			}
			page.Waiting = len(open)
		}
		if !v.May(string(DecideRefunds)) {
			return nil
		}
		refunds, err := tx.Refunds(ctx, refundsShown)
		for _, one := range refunds {
			if one.State == payment.RefundAsked && one.AskedBy != v.Name() {
				page.ToDecide++
			}
		}
		return err
	})
}

// find looks for tickets by number or plate, and for a receipt by its number. What was typed stands in no address.
func (p *Pages) find(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &homePage{
		Number: bounded(r, "number"), Plate: bounded(r, "plate"), Province: strings.ToUpper(bounded(r, "province")), Receipt: bounded(r, "receipt"), Searched: true,
	}
	v.Data = page
	var to string
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		switch {
		case page.Receipt != "":
			to, err = p.findReceipt(ctx, tx, page.Receipt)
		case page.Number != "":
			page.Found, err = tx.TicketsNumbered(ctx, ticket.NumberKey(page.Number), foundMost)
		case page.Plate != "":
			page.Found, err = p.findPlate(ctx, tx, page)
		default:
			v.Problem = &problem{Field: "number", Key: "find.nothing"}
		}
		return err
	})
	var wrong *ticket.PlateError
	switch {
	case errors.As(err, &wrong):
		v.Problem = &problem{Field: "plate", Key: "find.plate.wrong"}
	case errors.Is(err, store.ErrNotFound) && page.Receipt != "":
		v.Problem = &problem{Field: "receipt", Key: "find.receipt.none"}
	case err != nil:
		return err
	case to != "":
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	case len(page.Found) == 1:
		http.Redirect(w, r, "/tickets/"+string(page.Found[0].ID), http.StatusSeeOther)
		return nil
	}
	status := http.StatusOK
	if v.Problem != nil {
		status = http.StatusUnprocessableEntity
	}
	return p.show(w, v, status, "home")
}

// findReceipt is the page of a receipt's number as it was typed, or of money that was put to no ticket.
func (p *Pages) findReceipt(ctx context.Context, tx *store.Tx, typed string) (string, error) {
	a, name, err := attemptOf(ctx, tx, typed)
	if err != nil || a.ID == "" {
		return "", err
	}
	return "/receipts/" + name, nil
}

// attemptOf is the attempt of a receipt's number, or of what stands for one that has none, with how pages name it.
func attemptOf(ctx context.Context, tx *store.Tx, typed string) (payment.Attempt, string, error) {
	number, ok := ident.ReadReceipt(typed)
	if ok {
		a, err := tx.AttemptByReceipt(ctx, number)
		return a, number, err
	}
	a, err := tx.AttemptOfUnallocated(ctx, typed)
	return a, typed, err
}

func (p *Pages) findPlate(ctx context.Context, tx *store.Tx, page *homePage) ([]store.FoundTicket, error) {
	plate, err := ticket.ParsePlate(page.Plate)
	if err != nil {
		return nil, err
	}
	return tx.TicketsByPlate(ctx, p.Index.Plate(p.city.ID, plate.Canonical, page.Province), foundMost)
}

// typedMost bounds what is typed into a field of one line, in bytes.
const typedMost = 64

func bounded(r *http.Request, field string) string {
	text := strings.TrimSpace(r.PostForm.Get(field))
	return text[:min(len(text), typedMost)]
}
