package lived

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"fundy/intake"
	"fundy/payment"
)

// transferWaits is a payer who has paid another's ticket, by a slip of the hand: the clerk asks that the money goes to his own.
func transferWaits(ctx context.Context, t *town) error {
	_, err := t.asksTransfer(ctx)
	return err
}

// transferMade is one that another person has approved.
func transferMade(ctx context.Context, t *town) error {
	c, err := t.asksTransfer(ctx)
	if err != nil {
		return err
	}
	t.later(1, clockTime(11, 30), func(ctx context.Context, t *town) error {
		_, err := t.office.Settler().ApproveCorrection(ctx, c.ID, finance, true)
		return err
	})
	return nil
}

func (t *town) asksTransfer(ctx context.Context) (payment.Correction, error) {
	meant, err := t.fresh()
	if err != nil {
		return payment.Correction{}, err
	}
	costs, err := t.due(ctx, meant, "", noDay)
	if err != nil {
		return payment.Correction{}, err
	}
	for i := len(t.known) - 1; i >= 0; i-- {
		d := t.known[i]
		if d.taken || d.offence == "" {
			continue
		}
		due, err := t.due(ctx, d, "", noDay)
		if err != nil {
			return payment.Correction{}, err
		}
		if due.Cmp(costs) < 0 { // its money would not reach
			continue
		}
		d.taken = true
		a, err := t.payCard(ctx, d, good)
		if err != nil {
			return payment.Correction{}, err
		}
		ask := payment.TransferAsk{From: d.id, To: meant.id, Why: "the payer mistyped the number: two digits changed places", By: clerk}
		return t.office.Settler().AskTransfer(ctx, a.ID, ask, true)
	}
	return payment.Correction{}, errNobody
}

// endOfStoppedWaits is a payment that stopped, of which the supervisor has asked that what was taken stay, put to no ticket.
func endOfStoppedWaits(ctx context.Context, t *town) error {
	a, err := t.stopped(ctx)
	if err != nil {
		return err
	}
	ask := payment.StoppedAsk{Kind: payment.CorrectKeep, Why: "the processor's pages show that ten dollars were taken by hand: they are to be given back", By: supervisor}
	_, err = t.office.Settler().AskStopped(ctx, a.ID, ask, true)
	return err
}

// contradicts is a file of the handhelds that brings a ticket of some days before once more, with another place than the
// first time.
func contradicts(ctx context.Context, t *town) error {
	d, err := t.fresh()
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s\n%s,%s,%s,%s,%s,%s\n", header, d.number, d.day, otherPlate(d.plate), d.state, d.paidOn, d.tail)
	path := filepath.Join(t.Scratch, "corrected-"+t.today().String()+".csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	totals, err := intake.Run(ctx, intake.Config{
		City: t.city, Rules: t.rules, Mapping: t.mapping, Files: []string{path}, Store: t.Store, Index: t.Index, Public: t.Public, Now: t.clock.now(), Apply: true,
	})
	if err == nil && totals.Changed != 1 {
		err = fmt.Errorf("%d of %d rows say something else", totals.Changed, totals.Rows)
	}
	return errors.Join(err, os.Remove(path))
}

// otherPlate is a plate as somebody misreads it: its last digit is another.
func otherPlate(plate string) string {
	last := len(plate) - 1
	return plate[:last] + string('0'+(plate[last]-'0'+1)%10)
}

// takenLater is a payment whose money is set aside, and that the card processor can't take: it has trouble with that
// card's bank.
func takenLater(ctx context.Context, t *town) error {
	d, err := t.fresh()
	if err != nil {
		return err
	}
	id, session, err := t.begin(ctx, d)
	if err != nil {
		return err
	}
	if err := t.typeCard(ctx, session, captureFails); err != nil {
		return err
	}
	a, err := t.office.Settler().Refresh(ctx, id)
	if err == nil && a.State != payment.Capturing {
		err = fmt.Errorf("the attempt is %s", a.State)
	}
	return err
}

// terminalRefundWaits is a payment on the terminal that is to be given back there, once its payer comes with the card.
func terminalRefundWaits(ctx context.Context, t *town) error {
	_, e, err := t.freshOver(ctx, t.onTerminal)
	if err != nil {
		return err
	}
	t.later(1, clockTime(11, 0), func(ctx context.Context, t *town) error {
		r, err := t.askBack(ctx, e.Attempt, payment.ByTerminal, payment.ReasonCityError)
		if err != nil {
			return err
		}
		_, err = t.office.Settler().ApproveRefund(ctx, r.ID, finance)
		return err
	})
	return nil
}
