package staff

import (
	"context"
	"net/http"
	"strings"

	"fundy/ident"
	"fundy/payment"
	"fundy/store"
)

// homePage is where a day begins: one search that answers what callers ask.
type homePage struct {
	searchPage
	Waiting  int // in the queue
	ToDecide int // refunds that somebody else has asked for
	Seconds  int // what another has counted, and waits for a second person
}

func (p *Pages) showHome(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &homePage{searchPage: searchPage{Province: p.city.Province}}
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
		if v.May(string(TakeMoney)) {
			waiting, err := tx.OpenSeconds(ctx, secondsShown)
			if err != nil {
				return err
			}
			for _, a := range waiting {
				if a.AskedBy != v.Name() {
					page.Seconds++
				}
			}
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

// typedMost bounds what is typed into a field of one line, in bytes.
const typedMost = 64

// bounded is a field of one line: a name, a number, a day.
func bounded(r *http.Request, field string) string {
	return cut(strings.TrimSpace(r.PostForm.Get(field)), typedMost)
}

// cut is a text's beginning of at most so many bytes. A letter that does not fit whole is left out: half of one is no text to
// a database.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}
