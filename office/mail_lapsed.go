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
func (o *Office) lapsedLetter(ctx context.Context, id payment.AttemptID) (letter, error) {
	l := letter{purpose: "lapsed"}
	var owed []mail.Kept
	err := o.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		owed = nil
		if l.attempt, err = tx.Attempt(ctx, id); err != nil {
			return err
		}
		if l.payment, err = tx.Payment(ctx, l.attempt.Payment); err != nil {
			return err
		}
		owed, err = o.stillOwed(ctx, tx, l.attempt, l.payment)
		return err
	})
	if err != nil {
		return l, err
	}
	if len(owed) == 0 {
		l.why = "owed no more"
		return l, nil
	}
	l.write = func(_ context.Context, m payment.Message) (mail.Message, error) {
		lang := o.mailLanguage(l.payment.Language)
		from, err := o.mailCity(lang)
		if err != nil {
			return mail.Message{}, err
		}
		return mail.WriteLapsed(string(lang), m.Reference, from, mail.Lapsed{Total: l.payment.Total, PaidAt: l.payment.QuotedAt, Tickets: owed})
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
