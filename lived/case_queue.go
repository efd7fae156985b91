package lived

import (
	"context"
	"fmt"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/ident"
	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

// noDay is that of money over the counter: it is today's.
var noDay city.Date

// oddItem is something in the mail that can't be taken as it is: each time of another kind.
func oddItem(_ context.Context, t *town) error {
	t.odd++
	t.items = append(t.items, t.item(payment.ItemReasons[t.odd%len(payment.ItemReasons)]))
	return nil
}

func (t *town) item(reason payment.ItemReason) payment.Item {
	t.cheques++
	i := payment.Item{
		Kind: payment.Cheque, Amount: money.FromMinor(int64(2000 + 500*t.rng.IntN(7))), Currency: t.city.Currency, Reason: reason, Reference: fmt.Sprintf("%04d", 5000+t.cheques),
	}
	switch reason {
	case payment.ItemPostDated:
		i.DrawnOn = t.today().AddDays(20)
	case payment.ItemStale:
		i.DrawnOn = t.today().AddDays(-250)
	case payment.ItemForeign:
		i.Currency = "USD"
	}
	return i
}

// kept enters an item that somebody has brought to the counter.
func (t *town) kept(ctx context.Context, reason payment.ItemReason) (payment.Item, error) {
	i := t.item(reason)
	i.ReceivedOn, i.EnteredBy = t.today(), clerk
	return t.office.Settler().EnterItem(ctx, i, nil, true)
}

// unallocated is a cheque that is brought to the bank before anybody knows what it is for.
func unallocated(ctx context.Context, t *town) error {
	i, err := t.kept(ctx, payment.ItemUnidentified)
	if err != nil {
		return err
	}
	_, _, err = t.office.Settler().DepositItem(ctx, i.ID, clerk, true)
	return err
}

func itemWentBack(ctx context.Context, t *town) error {
	i, err := t.kept(ctx, payment.ItemUnsigned)
	if err != nil {
		return err
	}
	t.later(3, clockTime(10, 0), func(ctx context.Context, t *town) error {
		_, err := t.office.Settler().ReturnItem(ctx, i.ID, t.today(), supervisor, true)
		return err
	})
	return nil
}

// stops is a payment of which a person at the processor's own pages takes a part: that fits nothing.
func stops(ctx context.Context, t *town) error {
	_, err := t.stopped(ctx)
	return err
}

func (t *town) stopped(ctx context.Context) (a payment.Attempt, err error) {
	d, err := t.fresh()
	if err != nil {
		return a, err
	}
	id, session, err := t.begin(ctx, d)
	if err != nil {
		return a, err
	}
	ref, err := t.setAside(ctx, session)
	if err != nil {
		return a, err
	}
	if err := t.byHand(ctx, "payment_intents/"+ref+"/capture", "amount_to_capture=1000"); err != nil {
		return a, err
	}
	a, err = t.office.Settler().Refresh(ctx, id)
	if err == nil && a.State != payment.Stopped {
		err = fmt.Errorf("the attempt is %s", a.State)
	}
	return a, err
}

// setAside has the payer of a session pay, and is the processor's id of it.
func (t *town) setAside(ctx context.Context, session string) (string, error) {
	if err := t.typeCard(ctx, session, good); err != nil {
		return "", err
	}
	var state struct {
		Sessions []struct{ ID, Payment string }
	}
	if err := t.look(ctx, "state", &state); err != nil {
		return "", err
	}
	for _, s := range state.Sessions {
		if s.ID == session {
			return s.Payment, nil
		}
	}
	return "", fmt.Errorf("the card processor has no session %s", session)
}

// lapses is a payment whose money could not be taken for a week, after which it was the payer's again.
func lapses(ctx context.Context, t *town) error {
	d, err := t.fresh()
	if err != nil {
		return err
	}
	id, session, err := t.begin(ctx, d)
	if err != nil {
		return err
	}
	ref, err := t.setAside(ctx, session)
	if err != nil {
		return err
	}
	for range 100 {
		err := t.control(ctx, "faults", map[string]any{"kind": "html_502", "match": map[string]any{"method": "POST", "path": ref + "/capture$", "nth": 1}}, nil)
		if err != nil {
			return err
		}
	}
	_, err = t.office.Settler().Refresh(ctx, id)
	return err
}

// chargeback is of a payment that was made some days before; outcome is what the payer's bank decides, "" not yet.
func chargeback(outcome string) func(ctx context.Context, t *town) error {
	return func(ctx context.Context, t *town) error {
		a, err := t.paidByCard(ctx, good)
		if err != nil {
			return err
		}
		ask := map[string]any{"payment": a.ProcessorRef, "reason": "fraudulent", "outcome": outcome}
		if err := t.control(ctx, "dispute", ask, nil); err != nil || outcome == "" {
			return err
		}
		t.later(25, clockTime(12, 0), func(ctx context.Context, t *town) error { return t.control(ctx, "dispute/close", ask, nil) })
		return nil
	}
}

// withdrawnPaid is a ticket that is withdrawn after it was paid in cash: nothing can be given back by itself.
func withdrawnPaid(ctx context.Context, t *town) error {
	d, _, err := t.freshOver(ctx, inNotes)
	if err != nil {
		return err
	}
	return t.withdraw(ctx, d.id, "the permit was there, under the snow")
}

func drawerShort(ctx context.Context, t *town) error {
	t.short[t.today()] = money.FromMinor(1000)
	_, err := t.paidInCash(ctx)
	return err
}

// depositDiffers has the bank count twenty less than the slip on which today's cash goes.
func depositDiffers(ctx context.Context, t *town) error {
	if _, err := t.paidInCash(ctx); err != nil {
		return err
	}
	t.missing[t.next(t.today())] = money.FromMinor(2000)
	return nil
}

// terminalDiffers has the terminal's own report say five more than was entered: an entry was forgotten, it seems.
func terminalDiffers(ctx context.Context, t *town) error {
	if _, _, err := t.freshOver(ctx, t.onTerminal); err != nil {
		return err
	}
	t.beyond[t.next(t.today())] = money.FromMinor(500)
	return nil
}

// payoutFails is a payout that the bank sends back: the city's account was not to be reached, and the money goes out again.
func payoutFails(ctx context.Context, t *town) error {
	var back store.Payout
	err := t.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		payouts, err := tx.Payouts(ctx, t.clock.now().Add(-14*24*time.Hour))
		for _, p := range payouts {
			if !p.PostedAt.IsZero() && p.CreatedAt.After(back.CreatedAt) {
				back = p
			}
		}
		return err
	})
	if err != nil || back.ID == "" {
		return err
	}
	t.bank.add(t.today(), bankLine{455, -back.Amount.Minor(), back.Trace, "STRIPE RETURN"})
	return t.control(ctx, "fail", map[string]string{"payout": back.ID}, nil)
}

// strangeLine is money at the bank that no rule claims.
func strangeLine(_ context.Context, t *town) error {
	t.bank.add(t.today().AddDays(-1), bankLine{142, int64(3000 + 100*t.rng.IntN(50)), "MISC", "LOCKBOX CREDIT"})
	return nil
}

// messageBack is a receipt that a mail server had taken, and that came back days later.
func messageBack(ctx context.Context, t *town) error {
	a, err := t.paidByCard(ctx, good)
	if err != nil {
		return err
	}
	m := payment.Message{Reference: ident.Message(), Task: "mail_receipt/" + a.ID.Ref(), Kind: "mail_receipt", Ref: a.ID.Ref(), Language: "en", MadeAt: t.clock.now()}
	err = t.Store.Write(ctx, fault.MakeMessage, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if m, _, err = tx.MakeMessage(ctx, m); err != nil {
			return err
		}
		return settle.MoveMessage(ctx, tx, &m, payment.MessageTaken, "", "250 taken", t.clock.now())
	})
	if err != nil {
		return err
	}
	_, err = settle.MarkBounced(ctx, t.Store, m.Reference, clerk, t.clock.now(), true)
	return err
}

// somebodyTakes makes two things in the queue somebody's own, with a note.
func somebodyTakes(ctx context.Context, t *town) error {
	var open []payment.Exception
	err := t.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		open, err = tx.OpenExceptions(ctx, 50)
		return err
	})
	if err != nil {
		return err
	}
	for i, e := range open {
		if i%7 != 3 {
			continue
		}
		if _, err := t.office.Settler().ActOnException(ctx, e.ID, payment.ExceptionTaken, supervisor, ""); err != nil {
			return err
		}
		if _, err := t.office.Settler().ActOnException(ctx, e.ID, payment.ExceptionNoted, supervisor, "telephoned; they call back tomorrow"); err != nil {
			return err
		}
	}
	return nil
}
