package lived

import (
	"context"
	"fmt"
	"strings"

	"fundy/money"
	"fundy/office"
	"fundy/payment"
	"fundy/settle"
)

// askBack asks for all of a payment back, in a way.
func (t *town) askBack(ctx context.Context, a payment.Attempt, way payment.Way, reason payment.RefundReason) (payment.Refund, error) {
	ask := payment.RefundAsk{Way: way, Amount: a.Amount, Expected: a.Amount, Reason: reason, By: clerk}
	if way != payment.ByCheque {
		return t.office.Settler().AskRefund(ctx, a.ID, ask)
	}
	p, err := office.ParsePayee([]byte(fmt.Sprintf("Robin Example\n%d Tide Street\nFundy Harbour NB  E0E 0E0\n", 10+t.rng.IntN(80))))
	if err != nil {
		return payment.Refund{}, err
	}
	return t.office.Settler().AskRefundTo(ctx, a.ID, ask, office.SealPayee(t.Public, t.Settings.ID, p))
}

func refundWaits(ctx context.Context, t *town) error {
	a, err := t.paidByCard(ctx, good)
	if err != nil {
		return err
	}
	reasons := []payment.RefundReason{payment.ReasonDuplicate, payment.ReasonCityError}
	_, err = t.askBack(ctx, a, payment.ByProcessor, reasons[t.rng.IntN(len(reasons))])
	return err
}

func refundGiven(ctx context.Context, t *town) error { return t.giveBack(ctx, good) }

// refundComesBack is of a card that has been closed: the processor says so a day later.
func refundComesBack(ctx context.Context, t *town) error { return t.giveBack(ctx, refundFails) }

func (t *town) giveBack(ctx context.Context, card string) error {
	a, err := t.paidByCard(ctx, card)
	if err != nil {
		return err
	}
	r, err := t.askBack(ctx, a, payment.ByProcessor, payment.ReasonDuplicate)
	if err != nil {
		return err
	}
	if _, err = t.office.Settler().ApproveRefund(ctx, r.ID, finance); err != nil {
		return err
	}
	return t.office.Settler().Round(ctx)
}

// paidInCash is a payment in cash over the counter, which goes back by cheque only.
func (t *town) paidInCash(ctx context.Context) (payment.Attempt, error) {
	_, e, err := t.freshOver(ctx, inNotes)
	return e.Attempt, err
}

func chequeWaits(ctx context.Context, t *town) error {
	a, err := t.paidInCash(ctx)
	if err != nil {
		return err
	}
	_, err = t.askBack(ctx, a, payment.ByCheque, payment.ReasonCityError)
	return err
}

func chequeApproved(ctx context.Context, t *town) error {
	_, err := t.owedByCheque(ctx)
	return err
}

func (t *town) owedByCheque(ctx context.Context) (payment.Refund, error) {
	a, err := t.paidInCash(ctx)
	if err != nil {
		return payment.Refund{}, err
	}
	r, err := t.askBack(ctx, a, payment.ByCheque, payment.ReasonCityError)
	if err != nil {
		return r, err
	}
	return t.office.Settler().ApproveRefund(ctx, r.ID, finance)
}

// chequeReturned is a cheque that accounts payable was asked for, wrote, and has back from the post.
func chequeReturned(ctx context.Context, t *town) error {
	r, err := t.owedByCheque(ctx)
	if err != nil {
		return err
	}
	q, err := office.NewRequisitions(office.RequisitionsConfig{
		Store: t.Store, City: t.city, Private: t.Private, Now: t.clock.now, Digest: func(fields ...string) []byte { return t.Index.Digest(t.Settings.ID, fields...) },
	})
	if err != nil {
		return err
	}
	if _, _, err := q.Make(ctx, supervisor); err != nil {
		return fmt.Errorf("ask accounts payable: %w", err)
	}
	t.later(3, clockTime(11, 0), func(ctx context.Context, t *town) error {
		t.cheques++
		c := settle.WrittenCheque{Refund: r.ID, Number: fmt.Sprintf("%06d", 30_000+t.cheques), Day: t.today(), Amount: &r.Amount}
		_, err := t.office.Settler().IssueCheques(ctx, []settle.WrittenCheque{c}, finance, true)
		return err
	})
	t.later(15, clockTime(11, 0), func(ctx context.Context, t *town) error {
		_, err := t.office.Settler().ReturnRefundCheque(ctx, r.ID, finance, true)
		return err
	})
	return nil
}

// chequeBounces is a payer's cheque that the bank takes back some days after it was deposited: its ticket is owed again,
// and the payer a charge besides.
func chequeBounces(ctx context.Context, t *town) error {
	d, err := t.fresh()
	if err != nil {
		return err
	}
	due, err := t.due(ctx, d, "", noDay)
	if err != nil {
		return err
	}
	tender := t.cheque(due)
	if _, err := t.overCounter(ctx, d, tender); err != nil {
		return err
	}
	t.bank.add(t.next(t.today().AddDays(5)), bankLine{555, -due.Minor(), "RTN", "RETURNED ITEM CHQ " + strings.TrimLeft(tender.Reference, "0")})
	return nil
}

// tooMuch is a letter whose cheque is of more than is due: the rest is its payer's.
func tooMuch(_ context.Context, t *town) error {
	d, err := t.fresh()
	if err != nil {
		return err
	}
	t.letters = append(t.letters, letter{d, money.FromMinor(int64(500 + 500*t.rng.IntN(3)))})
	return nil
}
