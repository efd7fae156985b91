package office

import (
	"context"

	"fundy/mail"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// lapsedLetter tells a payer that his payment came to nothing through us, and until when its prices hold. Once none of
// its tickets is owed, there is nothing to tell: somebody has paid them, or they are owed no more.
func (o *Office) lapsedLetter(ctx context.Context, t store.Task) (letter, error) {
	var a payment.Attempt
	var p payment.Payment
	var owed []mail.Kept
	err := o.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if a, err = tx.Attempt(ctx, payment.AttemptID(t.Ref)); err != nil {
			return err
		}
		if p, err = tx.Payment(ctx, a.Payment); err != nil {
			return err
		}
		owed, err = o.stillOwed(ctx, tx, a, p)
		return err
	})
	l := payerLetter("lapsed", a, p)
	if err != nil {
		return l, err
	}
	if len(owed) == 0 {
		l.why = "owed no more"
		return l, nil
	}
	l.write = func(_ context.Context, reference string) (mail.Message, error) {
		lang := o.mailLanguage(p.Language)
		from, err := o.mailCity(lang)
		if err != nil {
			return mail.Message{}, err
		}
		return mail.WriteLapsed(string(lang), reference, from, mail.Lapsed{Total: p.Total, PaidAt: p.QuotedAt, Tickets: owed})
	}
	return l, nil
}

// stillOwed is what is left to pay of a payment's tickets, each with the price that was kept for it where that still
// holds.
func (o *Office) stillOwed(ctx context.Context, tx *store.Tx, a payment.Attempt, p payment.Payment) (owed []mail.Kept, err error) {
	kept, err := tx.PromisesOf(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	now := o.Now()
	for _, f := range p.Tickets {
		t, err := tx.Ticket(ctx, f.Ticket)
		if err != nil {
			return nil, err
		}
		regime, ok := ticket.RegimeOf(t.Regime)
		if !ok || !ticket.Stand(regime, t.Ticket, now).Payable {
			continue
		}
		one := mail.Kept{Number: t.Number}
		if until := kept[f.Ticket]; now.Before(until) {
			one.Price, one.Until = f.Total, until
		}
		owed = append(owed, one)
	}
	return owed, nil
}
