package staff

import (
	"context"
	"errors"
	"net/http"

	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

// letterCameBack writes that the post has brought a letter back, once, and puts it before a supervisor, who says what is
// done next. Nothing else moves: a decision stands, and no clock stops by itself.
func (p *Pages) letterCameBack(w http.ResponseWriter, r *http.Request, v *view) error {
	back := bounded(r, "back")
	if !inside(back) {
		back = "/queue"
	}
	err := p.Store.Write(r.Context(), fault.MoveMessage, func(ctx context.Context, tx *store.Tx) error {
		m, err := tx.Message(ctx, r.PathValue("reference"))
		if err != nil {
			return err
		}
		if !m.OnPaper() {
			return store.ErrNotFound
		}
		if m.State == payment.MessageBounced {
			return nil // the same form twice
		}
		if err := tx.MoveMessage(ctx, &m, payment.MessageCameBack, v.Name(), "", p.Now()); err != nil {
			return err
		}
		if err := tx.Tell(ctx, "letter", p.Now(), letterLeaf{Reference: m.Reference, Kind: m.Kind, Attempt: m.Ref, Who: v.Name(), Back: true}); err != nil {
			return err
		}
		return settle.Raise(ctx, tx, payment.ExceptionMail, m.Reference, money.Zero, string(payment.MessageCameBack), p.Now())
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	return done(w, r, back, "letter_back")
}

// LetterBack says whether the last letter of a review came back.
func (page *reviewPage) LetterBack() bool {
	for _, m := range page.Messages {
		if m.OnPaper() {
			return m.State == payment.MessageBounced
		}
	}
	return false
}
