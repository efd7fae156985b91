package office

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"fundy/city"
	"fundy/mail"
	"fundy/payment"
	"fundy/seal"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// receiptLetter is the receipt to the address that its payer has left.
func (o *Office) receiptLetter(ctx context.Context, t store.Task) (letter, error) {
	return o.receiptTo(ctx, t, payerLetter)
}

// copyLetter is a receipt that somebody has asked for again, at an address that he has dictated.
func (o *Office) copyLetter(ctx context.Context, t store.Task) (letter, error) {
	var m settle.CopyMail
	if err := json.Unmarshal([]byte(t.Params), &m); err != nil {
		return letter{}, fmt.Errorf("read task parameters: %w", err)
	}
	return o.receiptTo(ctx, t, func(purpose string, a payment.Attempt, p payment.Payment) letter {
		return letter{ref: a.ID.Ref(), language: m.Language, address: sealedAddress{
			purpose: purpose, subject: string(p.ID), field: "caller_email", label: seal.CallerAddress, context: m.ID, sealed: m.Sealed,
		}}
	})
}

func (o *Office) receiptTo(ctx context.Context, t store.Task, whom func(purpose string, a payment.Attempt, p payment.Payment) letter) (letter, error) {
	a, p, tickets, back, err := o.readReceipt(ctx, payment.AttemptID(t.Ref), "")
	if err != nil {
		return letter{}, err
	}
	l := whom("receipt", a, p)
	switch {
	case len(back) > 0:
		l.why = "given back meanwhile" // "paid in full" is not true any more; the page says what is
	case !shows(a, len(tickets)):
		l.why = "nothing to send"
	default:
		l.write = func(ctx context.Context, reference string) (mail.Message, error) {
			return o.writeReceipt(ctx, reference, l.language, a, p, tickets)
		}
	}
	return l, nil
}

// payerLetter is a letter to the address that a payer has left with his payment.
func payerLetter(purpose string, a payment.Attempt, p payment.Payment) letter {
	return letter{ref: a.ID.Ref(), language: p.Language, address: sealedAddress{
		purpose: purpose, subject: string(p.ID), field: "email", label: seal.ReceiptAddress, context: p.RequestID, sealed: p.SealedEmail,
	}}
}

// writeReceipt writes the message of a receipt, as the receipt page has it but for plate, place and vehicle.
func (o *Office) writeReceipt(ctx context.Context, reference, language string, a payment.Attempt, p payment.Payment, tickets []store.FoundTicket) (mail.Message, error) {
	lang := o.mailLanguage(language)
	from, err := o.mailCity(lang)
	if err != nil {
		return mail.Message{}, err
	}
	tender, err := o.tender(ctx, a)
	if err != nil {
		return mail.Message{}, err
	}
	r := mail.Receipt{Number: a.Receipt, PaidAt: p.QuotedAt, TakenAt: a.CapturedAt, Tender: tender, Total: p.Total}
	for _, t := range tickets {
		line, err := o.mailTicket(lang, t.Ticket, p)
		if err != nil {
			return mail.Message{}, err
		}
		r.Tickets = append(r.Tickets, line)
	}
	return mail.WriteReceipt(string(lang), reference, from, r)
}

func (o *Office) mailTicket(lang city.Language, t ticket.Ticket, p payment.Payment) (mail.Ticket, error) {
	offence, err := o.offence(t)
	if err != nil {
		return mail.Ticket{}, err
	}
	line := mail.Ticket{
		Number: t.Number, IssuedAt: t.IssuedAt, TimeKnown: t.TimeKnown,
		Offence: offence.Title[lang], ByLaw: offence.ByLaw[lang], Section: offence.Section,
	}
	for _, f := range p.Tickets {
		if f.Ticket != t.ID {
			continue
		}
		line.Total = f.Total
		for _, c := range f.Components {
			line.Components = append(line.Components, mail.Component{Kind: string(c.Kind), Clause: c.Clause, Amount: c.Amount})
		}
	}
	return line, nil
}

// mailLanguage is the payment's language, or the city's first where there are no words in it.
func (o *Office) mailLanguage(lang string) city.Language {
	if l := city.Language(lang); slices.Contains(o.city.Languages, l) {
		return l
	}
	return o.city.Languages[0]
}

func (o *Office) mailCity(lang city.Language) (mail.City, error) {
	return MailCity(o.Settings, *o.rules.Load(), lang, o.Now())
}

// MailCity is what a message says of the city at an instant, in a language.
func MailCity(s city.Settings, rules city.Rules, lang city.Language, at time.Time) (mail.City, error) {
	p, ok := rules.ProfileOn(city.DateOf(at, s.City().Zone))
	if !ok {
		return mail.City{}, fmt.Errorf("the city has no profile today")
	}
	return mail.City{
		Kind: s.Kind, Name: p.Name[lang], Address: p.Address[lang], Phone: p.Phone, Regime: s.Regime,
		Currency: s.Currency, Zone: s.City().Zone, Portal: s.Portal.PublicURL,
	}, nil
}
