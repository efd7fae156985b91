package staff

import (
	"context"
	"errors"
	"net/http"

	"fundy/payment"
	"fundy/store"
)

// secondPage is what waits for a second person. What the first has counted is not shown: who counts blind counts.
type secondPage struct {
	payment.Second
	Mine    bool
	Over    bool   // it has ended
	Counted string // as typed
}

func (p *Pages) showSecond(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.secondPage(w, r, v, "")
}

func (p *Pages) secondPage(w http.ResponseWriter, r *http.Request, v *view, typed string) error {
	page := &secondPage{Counted: typed}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		page.Second, err = tx.Second(ctx, payment.SecondID(r.PathValue("id")))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	page.Mine, page.Over = page.AskedBy == v.Name(), page.State != payment.SecondAsked
	v.Data, v.Back = page, "/seconds/"+string(page.ID)
	return p.answer(w, v, "counter_second")
}

// confirmSecond makes it happen, where the second person has counted the same.
func (p *Pages) confirmSecond(w http.ResponseWriter, r *http.Request, v *view) error {
	typed := bounded(r, "counted")
	counted, ok := v.amountTyped(typed)
	if !ok {
		v.Problem = &problem{Field: "counted", Key: "counter.amount.form"}
		return p.secondPage(w, r, v, typed)
	}
	a, err := p.Settler.ConfirmSecond(r.Context(), payment.SecondID(r.PathValue("id")), counted, v.Name())
	if v.Problem = p.againstCounter(v, err, "counted", nil); v.Problem != nil {
		return p.secondPage(w, r, v, typed)
	}
	return p.secondDone(w, r, v, a, err, "counter_confirmed")
}

func (p *Pages) withdrawSecond(w http.ResponseWriter, r *http.Request, v *view) error {
	a, err := p.Settler.WithdrawSecond(r.Context(), payment.SecondID(r.PathValue("id")), v.Name())
	if v.Problem = p.againstCounter(v, err, "main", nil); v.Problem != nil {
		return p.secondPage(w, r, v, "")
	}
	return p.secondDone(w, r, v, a, err, "counter_withdrawn")
}

func (p *Pages) secondDone(w http.ResponseWriter, r *http.Request, v *view, a payment.Second, err error, said string) error {
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	switch {
	case a.Batch != "":
		return done(w, r, "/mail/"+string(a.Batch), said)
	case a.Kind == payment.SecondMail:
		return done(w, r, "/mail", said)
	}
	return done(w, r, "/drawers/"+a.Drawer, said)
}

// closeBatch closes a drawer's cheques or its terminal by what was added up, or a batch of the mail at what two people
// announced.
func (p *Pages) closeBatch(w http.ResponseWriter, r *http.Request, v *view) error {
	id := payment.BatchID(r.PathValue("id"))
	var b payment.Batch
	var of payment.Session
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if b, err = tx.Batch(ctx, id); err != nil || b.Session == "" {
			return err
		}
		of, err = tx.Session(ctx, b.Session)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	typed := bounded(r, "counted")
	counted, ok := v.amountTyped(typed)
	if ok || b.Kind == payment.MailBatch && typed == "" {
		_, err = p.Settler.CloseBatch(r.Context(), id, counted, v.Name())
		v.Problem = p.againstCounter(v, err, "batch-"+string(id), nil)
	} else {
		v.Problem = &problem{Field: "batch-" + string(id), Key: "counter.amount.form"}
	}
	to, again := "/mail/"+string(id), func() error { return p.mailBatchPage(w, r, v, &takePage{}) }
	if of.Name != "" {
		to = "/drawers/" + of.Name
		again = func() error {
			r.SetPathValue("name", of.Name)
			return p.drawerPage(w, r, v, &drawerPage{Counted: typed, Form: "batch"})
		}
	}
	if v.Problem != nil {
		return again()
	}
	if err != nil {
		return err
	}
	return done(w, r, to, "counter_batch_closed")
}
