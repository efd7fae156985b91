package staff

import (
	"context"
	"net/http"
	"time"

	"fundy/ident"
	"fundy/payment"
	"fundy/store"
)

// underWay are the payments that should have ended and have not: each has stood in its state for longer than the state
// explains. The office goes on asking the processor by itself; who looks can have it asked now.
func (p *Pages) underWay(ctx context.Context, tx *store.Tx, v *view) (*listPage, error) {
	now := p.Now()
	all, err := tx.AttemptsUnderWay(ctx, now.Add(-payment.LeastLate), listShown)
	if err != nil {
		return nil, err
	}
	page := &listPage{More: len(all) == listShown, Own: v != nil && v.May(string(ActOnQueue))}
	for _, u := range all {
		if !u.Late(now) {
			continue
		}
		page.Rows = append(page.Rows, listRow{
			What: u.ID.Ref(), Kind: string(u.State), Amount: u.Amount, Note: u.ProcessorRef, Since: u.Since, Due: u.LateAt(), Who: p.rolesFor(ActOnQueue), ID: ident.Short(u.ID.Ref()),
		})
	}
	return page, nil
}

// Limits of asking the processor because a person presses: so seldom for each payment, and so long at most.
const (
	askedPause = 10 * time.Second
	askedWait  = 15 * time.Second
)

// askProcessor asks the processor how a payment stands, and moves it as far as the answer goes: what the office does by
// itself, now. Pressed twice, or by two people, it is asked once. A crash leaves it to the office's next look.
func (p *Pages) askProcessor(w http.ResponseWriter, r *http.Request, v *view) error {
	ref := ident.Long(bounded(r, "id"))
	var id payment.AttemptID
	was := payment.State("")
	err := p.Store.ReadOne(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.AttemptsUnderWay(ctx, p.Now(), listShown)
		for _, u := range all {
			if u.ID.Ref() == ref {
				id, was = u.ID, u.State
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if id == "" {
		return done(w, r, "/work/underway", "waits_moved")
	}
	call, cancel := context.WithTimeout(r.Context(), askedWait)
	defer cancel()
	a, err := p.Settler.RefreshSeldom(call, id, askedPause)
	if err != nil {
		p.Log.Warn("staff: processor not asked about a payment", "attempt", id.Ref(), "state", string(was), "err", err)
		v.Problem = &problem{Field: "main", Key: "waits.ask.failed"}
		return p.listPage(w, r, v, "underway", nil)
	}
	if a.State == was {
		return done(w, r, "/work/underway", "waits_same")
	}
	return done(w, r, "/work/underway", "waits_moved")
}
