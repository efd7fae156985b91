package staff

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"fundy/payment"
	"fundy/review"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// messagePage is one e-mail or letter: how it went, and the pages of what it is about. It holds no address and no words: these
// are sealed, or kept nowhere.
type messagePage struct {
	payment.Message
	History []store.MessageEvent
	About   subject
}

// subject is what a message is about.
type subject struct {
	Tickets []store.FoundTicket
	Receipt string         // a payment's
	Review  *review.Review // it tells of a decision
	Item    string         // its id
}

// CanBounce says whether a person can have read that it came back: an e-mail that the mail server took.
func (page *messagePage) CanBounce() bool {
	_, err := page.After(payment.MessageCameBack)
	return !page.OnPaper() && err == nil
}

func (p *Pages) showMessage(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &messagePage{}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if page.Message, err = tx.Message(ctx, r.PathValue("reference")); err != nil {
			return err
		}
		if page.History, err = tx.MessageEvents(ctx, page.Reference); err != nil {
			return err
		}
		page.About, err = subjectOf(ctx, tx, page.Message)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/messages/"+page.Reference
	return p.answer(w, v, "message")
}

// messageBounced writes that an e-mail has come back, as a person has read, once, and puts it before who can tell its reader.
func (p *Pages) messageBounced(w http.ResponseWriter, r *http.Request, v *view) error {
	var m payment.Message
	err := p.Store.ReadOne(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		m, err = tx.Message(ctx, r.PathValue("reference"))
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && m.OnPaper() {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	switch m.State {
	case payment.MessageBounced: // the same form twice
	case payment.MessageSent:
		_, err = settle.MarkBounced(r.Context(), p.Store, m.Reference, v.Name(), p.Now(), true)
	default:
		v.Problem = &problem{Field: "bounced", Key: "bounce.refused"}
		return p.showMessage(w, r, v)
	}
	if errors.Is(err, store.ErrConflict) {
		v.Problem = &problem{Field: "bounced", Key: "bounce.refused"}
		return p.showMessage(w, r, v)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/messages/"+m.Reference, "letter_back")
}

// subjectOf is what a message is about: by its Ref where that names it, or else by the key of the task that it was made for.
func subjectOf(ctx context.Context, tx *store.Tx, m payment.Message) (subject, error) {
	about, ids, err := subjectIn(ctx, tx, m)
	if errors.Is(err, store.ErrNotFound) {
		err = nil // nothing of ours any more
	}
	for _, id := range ids {
		if err != nil {
			break
		}
		var t store.FoundTicket
		if t, err = tx.Ticket(ctx, id); err == nil {
			about.Tickets = append(about.Tickets, t)
		}
	}
	return about, err
}

func subjectIn(ctx context.Context, tx *store.Tx, m payment.Message) (about subject, ids []ticket.ID, err error) {
	key := append(strings.Split(m.Task, "/"), "", "", "") // "fundy/ID/kind/n", or "letter/kind/ID/…"
	switch m.Kind {
	case settle.TaskMailReview, letterKinds + "review":
		r, err := tx.Review(ctx, review.ID(m.Ref))
		if err != nil {
			return about, nil, err
		}
		return subject{Review: &r}, []ticket.ID{r.Ticket}, nil
	case settle.TaskMailCode:
		c, err := tx.Code(ctx, m.Ref)
		return about, c.Tickets, err
	case settle.TaskMail, settle.TaskMailLapsed, settle.TaskMailCopy:
		a, err := tx.Attempt(ctx, payment.AttemptID(key[1]))
		if err != nil {
			return about, nil, err
		}
		return subjectPaid(ctx, tx, a)
	case letterKinds + "receipt", letterKinds + "named":
		a, err := tx.AttemptByReceipt(ctx, key[2])
		if err != nil {
			return about, nil, err
		}
		return subjectPaid(ctx, tx, a)
	case letterKinds + "refund":
		r, err := tx.Refund(ctx, payment.RefundID(key[2]))
		if err != nil {
			return about, nil, err
		}
		a, err := tx.Attempt(ctx, r.Attempt)
		if err != nil {
			return about, nil, err
		}
		return subjectPaid(ctx, tx, a)
	case letterKinds + "returned":
		ids, err := tx.TicketsOfReturned(ctx, payment.ReturnedID(key[2]))
		return about, ids, err
	case letterKinds + "item":
		return subject{Item: key[2]}, nil, nil
	}
	return about, nil, nil
}

// subjectPaid is a payment, by its receipt where it has one, with its tickets.
func subjectPaid(ctx context.Context, tx *store.Tx, a payment.Attempt) (subject, []ticket.ID, error) {
	paid, err := tx.Payment(ctx, a.Payment)
	ids := make([]ticket.ID, 0, len(paid.Tickets))
	for _, f := range paid.Tickets {
		ids = append(ids, f.Ticket)
	}
	return subject{Receipt: a.Receipt}, ids, err
}

// MessageState says how a message or a letter went.
func (v *view) MessageState(m payment.Message) string { return v.messageState(m.Kind, m.State) }

func (v *view) messageState(kind string, s payment.MessageState) string {
	if s == payment.MessageReady && (payment.Message{Kind: kind}).OnPaper() {
		return v.T("letter.state.printed")
	}
	return v.Maybe("letter.state.", s)
}

// MessageMove says what a line of a message's history is, with the mail server's answer where there was one.
func (v *view) MessageMove(kind string, e store.MessageEvent) string {
	said := v.messageState(kind, e.To)
	if e.Answer == "" {
		return said
	}
	return v.T("pair", "what", said, "more", e.Answer)
}
