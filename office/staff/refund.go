package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// refundsShown and messagesShown bound a list.
const (
	refundsShown  = 200
	messagesShown = 50
)

// receiptPage is a payment that was taken: its tickets, what was given back, and what still can be.
type receiptPage struct {
	Number   string
	Attempt  payment.Attempt
	Payment  payment.Payment
	Tickets  []receiptTicket
	Refunds  []payment.Refund
	Left     money.Amount
	Sources  []refundSource
	Reasons  []payment.RefundReason
	Ways     []payment.Way // that its money can go back by
	Terminal money.Amount  // at most so much of it goes back on the terminal
	Way      string
	Amount   string // as typed
	Expected string
	Reason   string
	Ticket   string
	Reopen   bool
	Free     bool   // only of what is put to no ticket
	Mails    bool   // a receipt can be sent by e-mail
	Email    string // as typed
	Nth      int    // which sending the next one is
	To       string // of a transfer, as typed
	Day      string
	Why      string
	Moves    []moveRow          // to another ticket, asked for, made or refused: the newest first
	Messages []payment.Message  // e-mails and letters about it
	Person   string             // as typed, for a copy that names
	Paper    bool               // it has a receipt that can be printed
	Returned payment.ReturnedID // its cheque that was not paid
	Choice   paperChoice
}

type receiptTicket struct {
	ID     ticket.ID
	Number string
	State  ticket.State
	Total  money.Amount
}

type refundSource struct {
	Ticket ticket.ID
	Number string // "" where it was put to no ticket
	Left   money.Amount
}

// moveRow is a move of a payment's money to another ticket.
type moveRow struct {
	payment.Correction
	FromNumber, ToNumber string
}

// movesShown bounds the moves that a page has: each took two people.
const movesShown = 20

// Waits says whether a move waits for a second person: no other can be asked for meanwhile.
func (page *receiptPage) Waits() bool {
	return slices.ContainsFunc(page.Moves, func(m moveRow) bool { return m.State == payment.CorrectionAsked })
}

func (page *receiptPage) readMoves(ctx context.Context, tx *store.Tx) error {
	all, err := tx.CorrectionsAbout(ctx, page.Attempt.ID, movesShown)
	if err != nil {
		return err
	}
	page.Moves = nil
	for _, c := range all {
		if c.Kind != payment.CorrectTransfer {
			continue
		}
		row := moveRow{Correction: c}
		if row.FromNumber, err = numberOf(ctx, tx, c.From); err != nil {
			return err
		}
		if row.ToNumber, err = numberOf(ctx, tx, c.To); err != nil {
			return err
		}
		page.Moves = append(page.Moves, row)
	}
	return nil
}

// Something says whether anything can still be given back.
func (page *receiptPage) Something() bool { return page.Left.Cmp(money.Zero) > 0 }

// PartOnTerminal says whether the terminal takes less than all that is left.
func (page *receiptPage) PartOnTerminal() bool { return page.Terminal.Cmp(page.Left) < 0 }

func (p *Pages) showReceipt(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.receiptPage(w, r, v, &receiptPage{})
}

func (p *Pages) receiptPage(w http.ResponseWriter, r *http.Request, v *view, page *receiptPage) error {
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		return page.read(ctx, tx, r.PathValue("number"))
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	if page.Amount == "" {
		page.Amount = page.Left.String()
	}
	page.Mails = p.SealAddress != nil
	page.Choice = p.choice(p.knownLanguage(page.Payment.Language))
	page.Expected, page.Reasons = page.Left.String(), payment.RefundReasons
	page.Ways = payment.PossibleWays(page.Attempt, page.Left, page.Terminal)
	v.Problem = page.ownFirst(v)
	if page.Waits() && v.Problem != nil && v.Problem.Field == "to" { // that field is not there
		v.Problem.Field = "moves"
	}
	v.Data, v.Back = page, "/receipts/"+v.Short(page.Number)
	return p.answer(w, v, "receipt")
}

// ownFirst is what is wrong, as it is said to who has sent the own form again: nobody else was quicker.
func (page *receiptPage) ownFirst(v *view) *problem {
	if v.Problem == nil || v.Problem.Key != "refund.refused."+payment.RefusedExpected || len(page.Refunds) == 0 {
		return v.Problem
	}
	last := page.Refunds[len(page.Refunds)-1]
	if last.AskedBy != v.Name() {
		return v.Problem
	}
	amount, err := v.Money(last.Amount)
	if err != nil { // of an amount that stands in the store
		return v.Problem
	}
	return &problem{Field: "refunds", Key: "refund.refused.own", Fill: []any{"amount", amount, "when", v.When(last.AskedAt)}}
}

func (page *receiptPage) read(ctx context.Context, tx *store.Tx, typed string) (err error) {
	if page.Attempt, page.Number, err = attemptOf(ctx, tx, typed); err != nil {
		return err
	}
	if page.Payment, err = tx.Payment(ctx, page.Attempt.Payment); err != nil {
		return err
	}
	if page.Returned, err = returnedOf(ctx, tx, page.Attempt, page.Payment.Tickets); err != nil {
		return err
	}
	sent, err := settle.CopiesOf(ctx, tx, page.Attempt.ID)
	if err != nil {
		return err
	}
	page.Nth = sent + 1
	page.Paper = page.Attempt.Receipt != "" && page.Attempt.State != payment.Returned
	if page.Messages, err = tx.MessagesAbout(ctx, page.Attempt.ID.Ref(), messagesShown); err != nil {
		return err
	}
	if err := page.readMoves(ctx, tx); err != nil {
		return err
	}
	numbers := map[ticket.ID]string{}
	page.Tickets, page.Sources = nil, nil
	for _, f := range page.Payment.Tickets {
		t, err := tx.Ticket(ctx, f.Ticket)
		if err != nil {
			return err
		}
		numbers[t.ID] = t.Number
		page.Tickets = append(page.Tickets, receiptTicket{t.ID, t.Number, t.State, f.Total})
	}
	if page.Refunds, err = tx.RefundsOfAttempt(ctx, page.Attempt.ID); err != nil {
		return err
	}
	sources, err := settle.Sources(ctx, tx, page.Attempt)
	if err != nil {
		return err
	}
	for _, s := range sources {
		left, err := s.Left()
		if err != nil {
			return err
		}
		page.Sources = append(page.Sources, refundSource{s.Ticket, numbers[s.Ticket], left})
	}
	if page.Terminal, err = settle.OnTerminal(ctx, tx, page.Attempt); err != nil {
		return err
	}
	page.Left, err = payment.Left(sources)
	return err
}

// askRefund puts a refund before a second person. What is left must be what the page said.
func (p *Pages) askRefund(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &receiptPage{
		Way: bounded(r, "way"), Amount: bounded(r, "amount"), Reason: bounded(r, "reason"), Ticket: bounded(r, "ticket"), Reopen: r.PostForm.Get("reopen") == "1",
		Free: r.PostForm.Get("free") == "1",
	}
	amount, err := money.Parse(v.typedAmount(page.Amount))
	expected, err2 := money.Parse(bounded(r, "expected"))
	if err != nil || err2 != nil {
		v.Problem = &problem{Field: "amount", Key: "refund.amount.form"}
		return p.receiptPage(w, r, v, page)
	}
	var a payment.Attempt
	err = p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		a, _, err = attemptOf(ctx, tx, r.PathValue("number"))
		return err
	})
	var payee settle.SealPayee
	if err == nil && payment.Way(page.Way) == payment.ByCheque {
		payee, err = p.payeeOf(r)
	}
	if errors.Is(err, errPayee) {
		v.Problem = &problem{Field: "payee", Key: "work.cheque.payee"}
		return p.receiptPage(w, r, v, page)
	}
	if err == nil {
		_, err = p.Settler.AskRefundTo(r.Context(), a.ID, payment.RefundAsk{
			Way: payment.Way(page.Way), Ticket: ticket.ID(page.Ticket), Amount: amount, Expected: expected,
			Reason: payment.RefundReason(page.Reason), Reopen: page.Reopen, Free: page.Free, By: v.Name(),
		}, payee)
	}
	if key := p.againstRefund(err); key != "" {
		v.Problem = &problem{Field: "amount", Key: key}
		return p.receiptPage(w, r, v, page)
	}
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	return done(w, r, "/receipts/"+r.PathValue("number"), "refund_asked")
}

// shownAmount is an amount as it stands in a field: in French, with a comma.
func (v *view) shownAmount(amount string) string {
	if v.Lang == "fr" {
		return strings.ReplaceAll(amount, ".", ",")
	}
	return amount
}

// typedAmount is an amount as money reads it: in French, cents stand after a comma.
func (v *view) typedAmount(typed string) string {
	if v.Lang == "fr" {
		return strings.ReplaceAll(typed, ",", ".")
	}
	return typed
}

// againstRefund is the key of the words that say why a refund goes no further, or "".
func (p *Pages) againstRefund(err error) string {
	var no *payment.RefundRefusal
	switch {
	case errors.As(err, &no):
		return "refund.refused." + no.Reason
	case errors.Is(err, store.ErrRule), errors.Is(err, store.ErrConflict):
		return "refund.refused.expected"
	}
	return ""
}

func (p *Pages) approveRefund(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.decideRefund(w, r, v, p.Settler.ApproveRefund, "refund_approved")
}

func (p *Pages) refuseRefund(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.decideRefund(w, r, v, p.Settler.RefuseRefund, "refund_refused")
}

func (p *Pages) decideRefund(w http.ResponseWriter, r *http.Request, v *view, do func(context.Context, payment.RefundID, string) (payment.Refund, error), said string) error {
	_, err := do(r.Context(), payment.RefundID(r.PathValue("id")), v.Name())
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if key := p.againstRefund(err); key != "" {
		v.Problem = &problem{Field: "main", Key: key}
		return p.showRefunds(w, r, v)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/refunds", said)
}
