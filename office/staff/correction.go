package staff

import (
	"context"
	"errors"
	"net/http"

	"fundy/city"
	"fundy/ident"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// errWhich is a typed number that is no ticket's, or more than one's.
var errWhich = errors.New("not one ticket")

// askTransfer puts before a second person that the money of a receipt's ticket goes to the ticket that the payer meant.
func (p *Pages) askTransfer(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &receiptPage{Ticket: bounded(r, "ticket"), To: bounded(r, "to"), Day: bounded(r, "day"), Why: oneLine(r, "reason")}
	var a payment.Attempt
	ask := payment.TransferAsk{From: ticket.ID(page.Ticket), Why: page.Why, By: v.Name()}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if a, _, err = attemptOf(ctx, tx, r.PathValue("number")); err != nil {
			return err
		}
		if ask.From == "" {
			ask.From, err = onlyTicket(ctx, tx, a)
		}
		if err != nil {
			return err
		}
		ask.To, err = meant(ctx, tx, page.To, page.Day)
		return err
	})
	if err == nil {
		_, err = p.Settler.AskTransfer(r.Context(), a.ID, ask, true)
	}
	if key := againstCorrection(err); key != "" {
		v.Problem = &problem{Field: "to", Key: key}
		return p.receiptPage(w, r, v, page)
	}
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	return done(w, r, "/receipts/"+r.PathValue("number"), "work_asked")
}

// onlyTicket is the ticket of a payment that has one.
func onlyTicket(ctx context.Context, tx *store.Tx, a payment.Attempt) (ticket.ID, error) {
	sources, err := settle.Sources(ctx, tx, a)
	if err != nil {
		return "", err
	}
	var only ticket.ID
	for _, s := range sources {
		if s.Ticket != "" && only != "" {
			return "", errWhich
		}
		if s.Ticket != "" {
			only = s.Ticket
		}
	}
	if only == "" {
		return "", &payment.CorrectionRefusal{Reason: payment.RefusedNotTaken}
	}
	return only, nil
}

// meant is the ticket of a typed number, narrowed by its day of issue where one is typed.
func meant(ctx context.Context, tx *store.Tx, number, day string) (ticket.ID, error) {
	found, err := tx.TicketsNumbered(ctx, ticket.NumberKey(number), foundMost)
	if err != nil {
		return "", err
	}
	if _, err := city.ParseDate(day); day != "" && err != nil {
		return "", errWhich
	}
	var one ticket.ID
	for _, f := range found {
		if day != "" && f.IssuedOn.String() != day {
			continue
		}
		if one != "" {
			return "", errWhich
		}
		one = f.ID
	}
	if one == "" {
		return "", errWhich
	}
	return one, nil
}

// againstCorrection is the key of the words that say why a correction goes no further, or "".
func againstCorrection(err error) string {
	var no *payment.CorrectionRefusal
	var refund *payment.RefundRefusal
	switch {
	case errors.As(err, &no):
		return "work.correct." + no.Reason
	case errors.As(err, &refund):
		return "refund.refused." + refund.Reason
	case errors.Is(err, errWhich):
		return "work.correct.which"
	case errors.Is(err, store.ErrRule), errors.Is(err, store.ErrConflict):
		return "work.correct.decided"
	}
	return ""
}

// askStopped puts the end of a payment that stopped before a second person.
func (p *Pages) askStopped(w http.ResponseWriter, r *http.Request, v *view) error {
	typed := typedIn{"id": bounded(r, "id"), "act": bounded(r, "act"), "reason": oneLine(r, "reason")}
	var id payment.AttemptID
	err := p.Store.ReadOne(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.StoppedAttempts(ctx, listShown)
		for _, a := range all {
			if a.ID.Ref() == ident.Long(typed["id"]) {
				id = a.ID
			}
		}
		return err
	})
	if err == nil && id == "" {
		err = &payment.CorrectionRefusal{Reason: payment.RefusedNotStopped}
	}
	if err == nil {
		_, err = p.Settler.AskStopped(r.Context(), id, payment.StoppedAsk{Kind: payment.CorrectionKind(typed["act"]), Why: typed["reason"], By: v.Name()}, true)
	}
	if key := againstCorrection(err); key != "" {
		v.Problem = &problem{Field: "reason", Key: key}
		return p.listPage(w, r, v, "stopped", typed)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/work/corrections", "work_asked")
}

func (p *Pages) approveCorrection(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.decideCorrection(w, r, v, p.Settler.ApproveCorrection, "work_approved")
}

func (p *Pages) refuseCorrection(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.decideCorrection(w, r, v, p.Settler.RefuseCorrection, "work_refused")
}

func (p *Pages) decideCorrection(w http.ResponseWriter, r *http.Request, v *view, do func(ctx context.Context, id, by string, apply bool) (payment.Correction, error), said string) error {
	_, err := do(r.Context(), r.PathValue("id"), v.Name(), true)
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if key := againstCorrection(err); key != "" {
		v.Problem = &problem{Field: "main", Key: key}
		return p.listPage(w, r, v, "corrections", nil)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/work/corrections", said)
}
