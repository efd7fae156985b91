package staff

import (
	"context"
	"errors"
	"net/http"

	"fundy/payment"
	"fundy/store"
)

// queueShown bounds a list.
const queueShown = 500

// queuePage is what waits for a person.
type queuePage struct {
	All  []payment.Exception
	More bool                  // there are more than are shown
	Kind payment.ExceptionKind // that alone is shown; "": all of them
}

func (p *Pages) showQueue(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &queuePage{}
	if kind := payment.ExceptionKind(r.URL.Query().Get("kind")); kind == payment.ExceptionMail {
		page.Kind = kind
	}
	err := p.Store.ReadOne(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if page.Kind == "" {
			page.All, err = tx.OpenExceptions(ctx, queueShown+1)
		} else {
			page.All, err = tx.OpenExceptionsOf(ctx, page.Kind, queueShown+1)
		}
		return err
	})
	if err != nil {
		return err
	}
	page.All, page.More = cutAt(page.All, queueShown)
	v.Data = page
	return p.show(w, v, http.StatusOK, "queue")
}

// cutAt is what of a list is shown, and whether there is more: one more than is shown was asked for.
func cutAt[T any](all []T, shown int) ([]T, bool) {
	return all[:min(len(all), shown)], len(all) > shown
}

// exceptionPage is one thing that waits, with all that was done about it.
type exceptionPage struct {
	payment.Exception
	History []store.ExceptionEvent
	Note    string // as typed
}

func (p *Pages) showException(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.exceptionPage(w, r, v, "")
}

func (p *Pages) exceptionPage(w http.ResponseWriter, r *http.Request, v *view, typed string) error {
	page := &exceptionPage{Note: typed}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if page.Exception, err = tx.Exception(ctx, r.PathValue("id")); err != nil {
			return err
		}
		page.History, err = tx.ExceptionEvents(ctx, page.ID)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/queue/"+page.ID
	return p.answer(w, v, "exception")
}

// acts are what a form may ask for, with what is said once it is done.
var acts = map[string]struct {
	act  payment.ExceptionAct
	said string
}{
	"take": {payment.ExceptionTaken, "queue_taken"}, "note": {payment.ExceptionNoted, "queue_noted"}, "close": {payment.ExceptionClosed, "queue_closed"},
}

// actOnException takes something, notes something or closes it. Words that are refused stay in the page.
func (p *Pages) actOnException(w http.ResponseWriter, r *http.Request, v *view) error {
	act, ok := acts[r.PostForm.Get("act")]
	typed := r.PostForm.Get("note")
	if !ok {
		return p.show(w, v, http.StatusBadRequest, "wrong_form")
	}
	note := typed
	if act.act == payment.ExceptionTaken {
		note = ""
	}
	_, err := p.Settler.ActOnException(r.Context(), r.PathValue("id"), act.act, v.Name(), note)
	var no *payment.ExceptionRefusal
	switch {
	case errors.As(err, &no):
		v.Problem = &problem{Field: "note", Key: "queue.refused." + no.Reason}
		return p.exceptionPage(w, r, v, typed)
	case errors.Is(err, store.ErrConflict):
		v.Problem = &problem{Field: "note", Key: "queue.refused.moved"}
		return p.exceptionPage(w, r, v, typed)
	case errors.Is(err, store.ErrNotFound):
		return p.show(w, v, http.StatusNotFound, "wrong")
	case err != nil:
		return err
	}
	if act.act == payment.ExceptionClosed {
		return done(w, r, "/queue", act.said)
	}
	return done(w, r, "/queue/"+r.PathValue("id"), act.said)
}
