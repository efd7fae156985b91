package staff

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"fundy/bank"
	"fundy/city"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

// Cheques makes requisitions and seals payees; the office does it, behind its wall. Who gives a payee does not make
// the requisition that he stands on.
type Cheques interface {
	// Make asks for the cheques of all refunds that wait, and returns the file for accounts payable.
	Make(ctx context.Context, by string) (r payment.Requisition, file []byte, err error)
	// Again makes an earlier requisition's file once more: the same, to the byte.
	Again(ctx context.Context, number int64, by string) (r payment.Requisition, file []byte, err error)
	// Payee reads a payee and seals him to the office's key. Its error says nothing of what the text holds.
	Payee(text string) (settle.SealPayee, error)
	// Against is a key of words for what stands in a requisition's way, or "".
	Against(err error) string
}

// chequesWait is after how many days a cheque that is to be written is late.
const chequesWait = 14

// cheques are the refunds by cheque that a person has to do something about: one to be written, one that came back, one
// that nobody has cashed; and, to be looked at, those that are on their way.
func (p *Pages) cheques(ctx context.Context, tx *store.Tx, v *view) (*listPage, error) {
	all, err := tx.ChequeRefunds(ctx, listShown)
	if err != nil {
		return nil, err
	}
	page := &listPage{More: len(all) == listShown, Own: v != nil && v.May(string(KeepCheques))}
	for _, one := range all {
		a, err := tx.Attempt(ctx, one.Attempt)
		if err != nil {
			return nil, err
		}
		row := listRow{Kind: string(one.State), Amount: one.Amount, Since: one.AskedAt, Due: one.AskedAt.AddDate(0, 0, chequesWait), By: one.AskedBy, ID: string(one.ID)}
		row.What, row.Href = receiptOf(a)
		if row.Who, err = p.ownerOf(ctx, tx, v, KeepCheques, string(one.ID), payment.ExceptionCheque); err != nil {
			return nil, err
		}
		pick, err := v.pick(string(one.ID), row.What, one.Amount)
		if err != nil {
			return nil, err
		}
		switch one.State {
		case payment.RefundToIssue:
			page.Picks = append(page.Picks, pick)
		case payment.RefundIssued:
			c, err := tx.RefundCheque(ctx, one.ID)
			if err != nil {
				return nil, err
			}
			row.Note, row.Over = c.Number, true
		default:
			page.Again = append(page.Again, pick)
		}
		page.Rows = append(page.Rows, row)
	}
	return page, page.nextRequisition(ctx, tx)
}

// nextRequisition says what the next requisition would ask for.
func (page *listPage) nextRequisition(ctx context.Context, tx *store.Tx) error {
	all, err := tx.ToPay(ctx, listShown)
	if err != nil {
		return err
	}
	page.Next = len(all)
	for _, one := range all {
		if page.Sum, err = page.Sum.Add(one.Amount); err != nil {
			return err
		}
	}
	return nil
}

// onCheque answers what came of an act on a cheque. What is refused stays on the page.
func (p *Pages) onCheque(w http.ResponseWriter, r *http.Request, v *view, field string, typed typedIn, err error) error {
	var no *payment.RefundRefusal
	var other *settle.ChequeRefusal
	var wrong *bank.Fault
	key := ""
	switch {
	case errors.As(err, &no):
		key = "work.cheque." + no.Reason
	case errors.As(err, &wrong):
		key = "work.cheque.wrong." + wrong.Field
	case errors.As(err, &other), errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		key = "work.cheque.state"
	case errors.Is(err, errTyped):
		key = "work.cheque.wrong.date"
	case errors.Is(err, errPayee):
		key = "work.cheque.payee"
	case err != nil:
		return err
	}
	if key != "" {
		v.Problem = &problem{Field: field, Key: key}
		return p.listPage(w, r, v, "cheques", typed)
	}
	return done(w, r, "/work/cheques", "work_cheque")
}

var (
	errTyped = errors.New("not a day")
	errPayee = errors.New("not a payee")
)

// writtenCheque enters a cheque that accounts payable has written.
func (p *Pages) writtenCheque(w http.ResponseWriter, r *http.Request, v *view) error {
	typed := typedIn{"id": bounded(r, "id"), "number": bounded(r, "number"), "day": bounded(r, "day")}
	day, err := city.ParseDate(typed["day"])
	if err != nil {
		return p.onCheque(w, r, v, "number", typed, errTyped)
	}
	_, err = p.Settler.IssueCheques(r.Context(), []settle.WrittenCheque{{Refund: payment.RefundID(typed["id"]), Number: typed["number"], Day: day}}, v.Name(), true)
	return p.onCheque(w, r, v, "number", typed, err)
}

// chequeBack enters that the post has brought a cheque back.
func (p *Pages) chequeBack(w http.ResponseWriter, r *http.Request, v *view) error {
	_, err := p.Settler.ReturnRefundCheque(r.Context(), payment.RefundID(bounded(r, "id")), v.Name(), true)
	return p.onCheque(w, r, v, "main", nil, err)
}

// payeeMost bounds what is read of a payee, in bytes.
const payeeMost = 2_000

// payeeOf reads and seals a payee that was typed, or is errPayee.
func (p *Pages) payeeOf(r *http.Request) (settle.SealPayee, error) {
	text := r.PostForm.Get("payee")
	payee, err := p.Cheques.Payee(strings.ReplaceAll(cut(text, payeeMost+1), "\r\n", "\n"))
	if err != nil {
		return nil, errPayee // what is wrong with it says something of it
	}
	return payee, nil
}

// chequePayee gives a cheque that came back, or was never cashed, another address. What was typed is sealed at once, and
// is not shown again where it is refused.
func (p *Pages) chequePayee(w http.ResponseWriter, r *http.Request, v *view) error {
	payee, err := p.payeeOf(r)
	if err != nil {
		return p.onCheque(w, r, v, "payee", nil, err)
	}
	_, err = p.Settler.AskPayeeAgain(r.Context(), payment.RefundID(bounded(r, "id")), payee, v.Name(), true)
	return p.onCheque(w, r, v, "payee", nil, err)
}

// requisition asks accounts payable for the cheques that are owed, or makes the file of an earlier one again, where its
// number is given. The file is the answer, and is kept nowhere.
func (p *Pages) requisition(w http.ResponseWriter, r *http.Request, v *view) error {
	do := p.Cheques.Make
	if number := bounded(r, "number"); number != "" {
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			n = 0 // there is none
		}
		do = func(ctx context.Context, by string) (payment.Requisition, []byte, error) {
			return p.Cheques.Again(ctx, n, by)
		}
	}
	made, file, err := do(r.Context(), v.Name())
	if key := p.Cheques.Against(err); key != "" {
		v.Problem = &problem{Field: "main", Key: key}
		return p.listPage(w, r, v, "cheques", nil)
	}
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fmt.Sprintf("requisition-%d.csv", made.Number)))
	h.Set("Cache-Control", "no-store")
	if _, err := w.Write(file); err != nil {
		p.Log.Info("staff: somebody went away", "err", err)
	}
	return nil
}
