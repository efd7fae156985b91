package staff

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"fundy/payment"
	"fundy/store"
)

// words that two people say of a refund, by what a form names.
var refundWords = map[string]payment.RefundEvent{"went_back": payment.PersonWentBack, "nothing": payment.PersonNothing, "end": payment.EndedByPeople}

// byHand are the refunds that go no further without people, each with what one of them has said of it already.
func (p *Pages) byHand(ctx context.Context, tx *store.Tx, v *view) (*listPage, error) {
	all, err := tx.HandRefunds(ctx, listShown)
	if err != nil {
		return nil, err
	}
	page := &listPage{More: len(all) == listShown, Own: v != nil && v.May(string(DecideRefunds))}
	ended := 0
	if v != nil { // a cheque that nobody will write can be ended too, and waits on a list of its own
		cheques, err := tx.ChequeRefunds(ctx, listShown)
		if err != nil {
			return nil, err
		}
		ended = len(all)
		all = append(all, cheques...)
	}
	for i, one := range all {
		if one.State == payment.RefundIssued {
			continue
		}
		a, err := tx.Attempt(ctx, one.Attempt)
		if err != nil {
			return nil, err
		}
		row := listRow{Kind: string(one.State), Amount: one.Amount, Note: one.Failure, Since: one.AskedAt, Due: one.AskedAt.AddDate(0, 0, payment.ExceptionRefund.Rule().Days), By: one.AskedBy}
		row.What, row.Href = receiptOf(a)
		next := DecideRefunds
		if one.Way == payment.ByTerminal {
			next = AskRefunds
		}
		if row.Who, err = p.ownerOf(ctx, tx, v, next, string(one.ID), payment.ExceptionRefund, payment.ExceptionCheque); err != nil {
			return nil, err
		}
		if err := sayLast(ctx, tx, v, one, &row); err != nil {
			return nil, err
		}
		pick, err := v.pick(string(one.ID), row.What, one.Amount)
		if err != nil {
			return nil, err
		}
		page.Picks = append(page.Picks, pick)
		if one.Way == payment.ByTerminal {
			page.Again = append(page.Again, pick)
		}
		if v == nil || i < ended || row.Note != "" {
			page.Rows = append(page.Rows, row)
		}
	}
	return page, nil
}

// sayLast puts the last word about a refund into its row, where it was said of it as it stands.
func sayLast(ctx context.Context, tx *store.Tx, v *view, r payment.Refund, row *listRow) error {
	last, err := tx.LastRefundWord(ctx, r.ID)
	if err != nil || last == nil || last.Version != r.Version {
		return err
	}
	row.ByTwo = last.By
	if v == nil {
		return nil
	}
	for name, event := range refundWords {
		if event == last.Event {
			row.Note = v.T("work.byhand.said", "who", last.By, "what", v.T("work.byhand."+name)) + ": " + last.Why
		}
	}
	return nil
}

// sayOfRefund keeps a person's word of a refund; the second person's makes it happen.
func (p *Pages) sayOfRefund(w http.ResponseWriter, r *http.Request, v *view) error {
	typed := typedIn{"id": bounded(r, "id"), "act": bounded(r, "act"), "reason": oneLine(r, "reason")}
	event, ok := refundWords[typed["act"]]
	if !ok {
		return p.show(w, v, http.StatusBadRequest, "wrong_form")
	}
	_, happened, err := p.Settler.SayOfRefund(r.Context(), payment.RefundID(typed["id"]), event, v.Name(), typed["reason"], "", true)
	if key := p.againstHand(err); key != "" {
		v.Problem = &problem{Field: "reason", Key: key}
		return p.listPage(w, r, v, "byhand", typed)
	}
	if err != nil {
		return err
	}
	if happened {
		return done(w, r, "/work/byhand", "work_happened")
	}
	return done(w, r, "/work/byhand", "work_said")
}

// terminalRefund enters what was given back on the terminal, by the number that it gave.
func (p *Pages) terminalRefund(w http.ResponseWriter, r *http.Request, v *view) error {
	typed := typedIn{"id": bounded(r, "id"), "number": strings.ToUpper(bounded(r, "number"))}
	_, err := p.Settler.TerminalRefund(r.Context(), payment.RefundID(typed["id"]), typed["number"], v.Name(), true)
	if key := p.againstHand(err); key != "" {
		v.Problem = &problem{Field: "number", Key: key}
		return p.listPage(w, r, v, "byhand", typed)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/work/byhand", "work_cheque")
}

// againstHand is againstRefund, of a refund that is none any more too.
func (p *Pages) againstHand(err error) string {
	if errors.Is(err, store.ErrNotFound) {
		return "refund.refused.state"
	}
	return p.againstRefund(err)
}

// AboutHref is the page of what an exception is about, where who looks may see one.
func (v *view) AboutHref(kind payment.ExceptionKind, ref string) string {
	find := v.May(string(FindTickets))
	switch kind {
	case payment.ExceptionUnallocated, payment.ExceptionOverpaid:
		if find {
			return "/receipts/" + v.Short(ref)
		}
	case payment.ExceptionTicket:
		if strings.HasPrefix(ref, "dp_") || strings.HasPrefix(ref, "du_") { // the processor's id of a chargeback
			return "/work/chargebacks"
		}
		if find {
			return "/tickets/" + ref
		}
	case payment.ExceptionMail:
		if find {
			return "/messages/" + ref
		}
	case payment.ExceptionStopped:
		return "/work/stopped"
	case payment.ExceptionChargeback:
		return "/work/chargebacks"
	case payment.ExceptionCheque:
		return "/work/cheques"
	case payment.ExceptionRefund:
		return "/work/byhand"
	case payment.ExceptionFile, payment.ExceptionFeed:
		_, id, _ := strings.Cut(ref, "_file/")
		if id != "" && v.May(string(UploadFiles)) {
			return "/finance/files/held/" + id
		}
	case payment.ExceptionItem:
		if v.May(string(ReadCounter)) {
			return "/items/" + ref
		}
	}
	return ""
}
