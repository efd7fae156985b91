package staff

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"fundy/payment"
	"fundy/review"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// ticketWork is what a ticket's page has beside what is due: its story, and what may be done about it.
type ticketWork struct {
	Story   []store.StoryLine
	Earlier bool // the story is longer than what is shown
	Tiers   []ticket.TierRow
	Acts    []ticketAct
	Reason  string // as typed
	Nth     int    // which note of the ticket the next one is: the same page sent twice is one note
	Ask     string // what waits for a second person; "": nothing does
}

// ticketAct is a button under the one field of a ticket's page.
type ticketAct struct {
	Name string // of the route, and of the words
	To   ticket.State
}

// read reads a ticket's story.
func (work *ticketWork) read(ctx context.Context, tx *store.Tx, id ticket.ID) (err error) {
	if work.Ask, err = tx.OpenAskOf(ctx, id); err != nil {
		return err
	}
	if work.Story, work.Earlier, err = tx.TicketStory(ctx, id); err != nil {
		return err
	}
	notes, err := tx.TicketNotes(ctx, id)
	work.Nth = notes + 1
	return err
}

// workOn says what who looks may do about a ticket now. What was typed stays.
func (p *Pages) workOn(r *http.Request, v *view, page *ticketPage) {
	work, t := &page.Work, page.Ticket.Ticket
	if q, err := ticket.Price(t, p.Rules(), p.city, v.Now); err == nil {
		work.Tiers = q.Tiers
		for i := range q.Tiers {
			q.Tiers[i].Now = q.Tiers[i].Now && page.Standing.Payable
		}
	}
	work.Reason = oneLine(r, "reason")
	if v.May(string(NoteTickets)) {
		work.Acts = append(work.Acts, ticketAct{Name: "note"})
	}
	regime, ok := ticket.RegimeOf(t.Regime)
	if !ok {
		return
	}
	if v.May(string(HoldTickets)) {
		if t.State == ticket.Hold {
			work.Acts = append(work.Acts, ticketAct{Name: "release"})
		} else if regime.Decides(t.State, ticket.Hold) {
			work.Acts = append(work.Acts, ticketAct{Name: "hold"})
		}
	}
	if v.May(string(DecideTickets)) {
		for _, to := range []ticket.State{ticket.Withdrawn, ticket.Cancelled, ticket.Void} {
			if regime.Decides(t.State, to) {
				work.Acts = append(work.Acts, ticketAct{"end", to})
			}
		}
	}
	if v.May(string(CourtTickets)) && regime.Decides(t.State, ticket.Court) {
		work.Acts = append(work.Acts, ticketAct{Name: "charge"})
	}
}

// Deciding says whether more than a note can be written.
func (work ticketWork) Deciding() bool { return len(work.Acts) > 1 }

func (p *Pages) noteTicket(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.actOnTicket(w, r, v, "work_noted", func(id ticket.ID, said string) error {
		return p.Settler.NoteTicket(r.Context(), id, nthTyped(r), said, v.Name())
	})
}

// nthTyped is which one of its kind a page has said that its form makes: what stands under this number or a later one is
// not made again for who was not answered. 0: no page of ours.
func nthTyped(r *http.Request) int {
	nth, err := strconv.Atoi(bounded(r, "nth"))
	if err != nil || nth < 0 {
		return 0
	}
	return nth
}

func (p *Pages) holdTicket(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.actOnTicket(w, r, v, "work_held", func(id ticket.ID, said string) error {
		return p.Settler.HoldTicket(r.Context(), id, said, v.Name())
	})
}

func (p *Pages) releaseTicket(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.actOnTicket(w, r, v, "work_released", func(id ticket.ID, said string) error {
		return p.Settler.ReleaseTicket(r.Context(), id, said, v.Name())
	})
}

func (p *Pages) chargeTicket(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.actOrAsk(w, r, v, "work_charged", func(id ticket.ID, said string) (settle.EndedOrAsked, error) {
		return p.Settler.LayCharge(r.Context(), id, said, v.Name())
	})
}

// actOrAsk is actOnTicket of what takes two people where the city says so: then it leads to what waits for the second.
func (p *Pages) actOrAsk(w http.ResponseWriter, r *http.Request, v *view, said string, do func(id ticket.ID, said string) (settle.EndedOrAsked, error)) error {
	asked := ""
	return p.actOnTicketTo(w, r, v, func() (string, string) {
		if asked != "" {
			return "/decisions/" + asked, "decide_asked"
		}
		return "/tickets/" + r.PathValue("id"), said
	}, func(id ticket.ID, said string) error {
		out, err := do(id, said)
		asked = out.Ask
		return err
	})
}

// endTicket withdraws a ticket, cancels it or says that it was never valid. What was paid for it is given back, by a
// refund that another person approves.
func (p *Pages) endTicket(w http.ResponseWriter, r *http.Request, v *view) error {
	to := ticket.State(r.PostForm.Get("act"))
	if !to.Gone() {
		return p.show(w, v, http.StatusBadRequest, "wrong_form")
	}
	return p.actOrAsk(w, r, v, "work_ended", func(id ticket.ID, said string) (settle.EndedOrAsked, error) {
		return p.Settler.EndTicket(r.Context(), id, to, said, v.Name(), true)
	})
}

// actOnTicket does one thing to a ticket. What is refused stays on the page, with why and what to do.
func (p *Pages) actOnTicket(w http.ResponseWriter, r *http.Request, v *view, said string, do func(id ticket.ID, said string) error) error {
	return p.actOnTicketTo(w, r, v, func() (string, string) { return "/tickets/" + r.PathValue("id"), said }, do)
}

// actOnTicketTo is actOnTicket that leads on to a page of its own, once it is done.
func (p *Pages) actOnTicketTo(w http.ResponseWriter, r *http.Request, v *view, next func() (path, said string), do func(id ticket.ID, said string) error) error {
	id := ticket.ID(r.PathValue("id"))
	err := do(id, oneLine(r, "reason"))
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	v.Back = "/tickets/" + string(id)
	if v.Problem = v.againstAsk(err, "reason"); v.Problem == nil {
		if key := againstTicket(err); key != "" {
			v.Problem = &problem{Field: "reason", Key: key}
		}
	}
	if v.Problem != nil {
		return p.ticketPage(w, r, v, "")
	}
	if err != nil {
		return err
	}
	path, said := next()
	return done(w, r, path, said)
}

// againstTicket is the key of the words that say why nothing was done to a ticket, or "".
func againstTicket(err error) string {
	var no *ticket.DecisionRefusal
	var refund *payment.RefundRefusal
	switch {
	case errors.As(err, &no):
		return "work.refused." + no.Reason
	case errors.As(err, &refund):
		return "work.refused.refund" // what was paid can't be asked back now: something of it is under way
	case errors.Is(err, store.ErrConflict):
		return "work.refused.moved"
	case errors.Is(err, store.ErrRule):
		return "work.refused.notes"
	}
	return ""
}

// Story says what a line of a ticket's story is.
func (v *view) Story(l store.StoryLine) (string, error) {
	if l.Kind == store.StoryEvent {
		return v.Maybe("work.event.", l.What), nil
	}
	if l.Kind == store.StoryPhoto {
		return v.T("photo.story."+l.What, "number", l.Ref), nil
	}
	if l.Kind == store.StoryReview {
		return v.reviewStory(l)
	}
	if l.Kind == store.StoryMessage {
		return v.T("bounce.story", "about", v.Maybe("letter.kind.", l.About), "of", v.messageState(l.About, payment.MessageState(l.What))), nil
	}
	if l.Kind == store.StoryPayment {
		return v.T("work.story.payment", "channel", v.Maybe("work.channel.", l.What)), nil
	}
	var of string
	switch l.Kind {
	case store.StoryRefund:
		of = v.Maybe("refund.state.", l.What)
	case store.StoryUndone:
		of = v.Maybe("attempt.", l.What)
	default:
		of = v.Maybe("work."+l.Kind+".", l.What)
	}
	if of == "" {
		return v.T("work.story." + l.Kind), nil
	}
	return v.T("work.story."+l.Kind+".of", "of", of), nil
}

// reviewStory says what came of a review; of one that reduced the penalty, what it was and what it is.
func (v *view) reviewStory(l store.StoryLine) (string, error) {
	act := v.Maybe("review.act.", l.What)
	if l.What == string(review.Reduce) && !l.Was.IsZero() {
		was, err := v.Money(l.Was)
		now, err2 := v.Money(l.Amount)
		if err := errors.Join(err, err2); err != nil {
			return "", err
		}
		act = v.T("review.story.reduce", "was", was, "now", now)
	}
	return v.T("review.story", "act", act), nil
}

// StoryWho is who did what a line tells of.
func (v *view) StoryWho(l store.StoryLine) string {
	switch {
	case l.Who != "":
		return l.Who
	case l.Kind == store.StoryReview && l.What == string(review.Ask):
		return v.T("review.party")
	}
	return v.T("itself")
}

// StoryHref is the page of what a line is about, where who looks may see it; "" for none.
func (v *view) StoryHref(l store.StoryLine) string {
	switch {
	case l.Ref == "":
		return ""
	case l.Kind == store.StoryPayment:
		return "/receipts/" + v.Short(l.Ref)
	case l.Kind == store.StoryReview && v.May(string(ReadReviews)):
		return "/reviews/" + l.Ref
	case l.Kind == store.StoryMessage:
		return "/messages/" + l.Ref
	}
	return ""
}

// StoryWhy is what was said with a line, where a person said it, or the office in words of its own.
func (v *view) StoryWhy(l store.StoryLine) string {
	if l.Kind == store.StoryRefund {
		return v.Maybe("reason.", l.Why)
	}
	if l.Kind == store.StoryReview && l.Why != "" {
		return v.Maybe("review.why.", l.Why)
	}
	return v.Noted(l.Who, l.Why)
}

// lineMost bounds what is read of a line that somebody writes; what is longer than its rule allows is refused by that.
const lineMost = 1_000

// oneLine is a text of a form, longer than a name or a number.
func oneLine(r *http.Request, field string) string {
	return cut(strings.TrimSpace(r.PostForm.Get(field)), lineMost)
}
