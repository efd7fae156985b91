package staff

import (
	"context"
	"net/http"
	"strings"
	"time"

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
	Rules    int // prices, holidays, closures and outages that somebody else has asked for
	Rights   int // changes of rights that somebody else has asked for
	No       *noRoles
}

// noRoles is why who has signed in may do nothing here.
type noRoles struct {
	Why string // a key of the words "home.roles."
	By  string // who has asked, or decided
	At  time.Time
	Of  string // the roles that wait, as the store notes them
}

// eventsLooked bounds how far back it is looked for what became of a person's roles.
const eventsLooked = 200

// noRolesOf says of a person without roles whether they wait for a second person, were refused, or were taken away.
func noRolesOf(ctx context.Context, tx *store.Tx, name string) (*noRoles, error) {
	open, err := tx.OpenStaffChanges(ctx, changesOpen)
	if err != nil {
		return nil, err
	}
	for _, c := range open {
		if c.Name == name && c.Kind == store.ChangeRoles && len(c.Roles) > 0 {
			return &noRoles{"wait", c.AskedBy, c.AskedAt, words(c.Roles)}, nil
		}
	}
	events, err := tx.StaffEvents(ctx, name, eventsLooked)
	if err != nil {
		return nil, err
	}
	for _, e := range events { // the newest first
		switch e.Act {
		case store.ChangeRoles + "_" + store.ChangeApproved:
			return &noRoles{Why: "gone", By: e.Who, At: e.At}, nil
		case store.ChangeRoles + "_" + store.ChangeRefused:
			return &noRoles{Why: "refused", By: e.Who, At: e.At}, nil
		}
	}
	return &noRoles{Why: "none"}, nil
}

func (p *Pages) showHome(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &homePage{searchPage: searchPage{Province: p.city.Province}}
	if err := p.countWork(r.Context(), v, page); err != nil {
		return err
	}
	if len(v.visit.person.Roles) == 0 {
		err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
			page.No, err = noRolesOf(ctx, tx, v.Name())
			return err
		})
		if err != nil {
			return err
		}
	}
	v.Data = page
	return p.show(w, v, http.StatusOK, "home")
}

// countWork counts what who looks may do something about, as the page of all that waits does.
func (p *Pages) countWork(ctx context.Context, v *view, page *homePage) error {
	counts := []struct {
		may    Permission
		counts []counter
		to     *int
	}{
		{ReadQueue, []counter{countExceptions(false), countExceptions(true)}, &page.Waiting},
		{TakeMoney, []counter{countSeconds}, &page.Seconds},
		{DecideRefunds, []counter{countRefunds}, &page.ToDecide},
		{DecideRules, []counter{countRules(false), countRules(true)}, &page.Rules},
		{DecideRights, []counter{countRights}, &page.Rights},
	}
	return p.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, one := range counts {
			*one.to = 0
			if !v.May(string(one.may)) {
				continue
			}
			for _, count := range one.counts {
				n, err := count(ctx, tx, v)
				if err != nil {
					return err
				}
				*one.to += n.Count - n.Mine
			}
		}
		return nil
	})
}

// findReceipt is the page of a receipt's number as it was typed, or of money that was put to no ticket.
func (p *Pages) findReceipt(ctx context.Context, tx *store.Tx, typed string) (string, error) {
	a, name, err := attemptOf(ctx, tx, typed)
	if err != nil || a.ID == "" {
		return "", err
	}
	return "/receipts/" + ident.Short(name), nil
}

// attemptOf is the attempt of a receipt's number, or of what stands for one that has none, with how pages name it.
func attemptOf(ctx context.Context, tx *store.Tx, typed string) (payment.Attempt, string, error) {
	number, ok := ident.ReadReceipt(typed)
	if ok {
		a, err := tx.AttemptByReceipt(ctx, number)
		return a, number, err
	}
	ref := ident.Long(typed)
	a, err := tx.AttemptOfUnallocated(ctx, ref)
	return a, ref, err
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
