package office

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/ident"
	"fundy/mail"
	"fundy/office/staff"
	"fundy/payment"
	"fundy/review"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// LetterReview is the kind of a message that goes by post: whoever has the letter asks after it as after an e-mail.
const LetterReview = "letter_review"

// sendDecision does one task of a decision by e-mail, as sendReceipt does a receipt: on record, server reached, opened after
// a leaf, sent, recorded. A crash after the server's yes and before the last write sends the same message again.
func (o *Office) sendDecision(ctx context.Context, t store.Task) (string, error) {
	r, f, err := o.readDecision(ctx, review.ID(t.Ref))
	if err != nil {
		return "", err
	}
	if !r.ErasedAt.IsZero() || r.Way != review.ByEmail {
		return "nothing to send", nil
	}
	m, err := o.reviewMessage(ctx, t.Key, settle.TaskMailReview, r)
	if err != nil {
		return "", err
	}
	switch {
	case m.State != payment.MessageReady:
		return string(m.State), nil // another worker has done it
	case o.Now().Sub(t.CreatedAt) > mailForget:
		return settle.Ended, o.endMessage(ctx, t, m, payment.MessageTooOld, "")
	case r.State != review.Hearing && int64(t.N) != r.Version:
		return "decided anew meanwhile", nil // a hearing was set, and has been decided since: that is told
	}
	answer, err := o.giveDecision(ctx, t, m, r, f)
	return o.endSent(ctx, t, m, answer, err)
}

// errNoReader is a request that holds no address that a message can go to.
var errNoReader = errors.New("no e-mail address")

// giveDecision is the foreign call: connect, open address and words, send.
func (o *Office) giveDecision(ctx context.Context, t store.Task, m payment.Message, r review.Review, f store.FoundTicket) (string, error) {
	fault.Before(fault.CallMail)
	defer fault.After(fault.CallMail)
	line, err := o.Mail.Connect(ctx)
	if err != nil {
		return "", err
	}
	defer line.Close()
	open := reviewOpener{o, "mail", reviewPurpose}
	contact, err := open.contact(ctx, r)
	if err != nil {
		return "", err
	}
	if contact.Email == "" {
		return "", errNoReader
	}
	words, err := open.wordsOf(ctx, r)
	if err != nil {
		return "", err
	}
	lang := o.mailLanguage(string(r.Language))
	d, from, err := o.decisionOf(lang, r, f.Ticket, words)
	if err != nil {
		return "", err
	}
	text, err := mail.WriteDecision(string(lang), m.Reference, from, d)
	if err != nil {
		return "", err
	}
	_, err = line.Send(contact.Email, t.Key, text, o.Now())
	return "250", err
}

func (o *Office) readDecision(ctx context.Context, id review.ID) (r review.Review, f store.FoundTicket, err error) {
	err = o.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if r, err = tx.Review(ctx, id); err != nil {
			return err
		}
		f, err = tx.Ticket(ctx, r.Ticket)
		return err
	})
	if err != nil {
		err = fmt.Errorf("read decision: %w", err)
	}
	return r, f, err
}

// reviewMessage puts the message of a decision on record, or reads it: a decision is told once by each way.
func (o *Office) reviewMessage(ctx context.Context, key, kind string, r review.Review) (payment.Message, error) {
	return o.messageOf(ctx, payment.Message{Reference: ident.Message(), Task: key, Kind: kind, Ref: string(r.ID), Language: string(r.Language), MadeAt: o.Now()})
}

// hearing is the instant of a review's hearing, or its day where no hour was told; zero where there is none.
func (o *Office) hearing(r review.Review) time.Time {
	day := o.dayOf(r.HearingOn)
	at, err := time.Parse("15:04", r.HearingAt)
	if day.IsZero() || err != nil {
		return day
	}
	y, m, d := day.In(o.city.Zone).Date()
	return time.Date(y, m, d, at.Hour(), at.Minute(), 0, 0, o.city.Zone)
}

// decisionOf is what a party is told, in a language.
func (o *Office) decisionOf(lang city.Language, r review.Review, t ticket.Ticket, words string) (mail.Decision, mail.City, error) {
	from, err := o.mailCity(lang)
	if err != nil {
		return mail.Decision{}, from, err
	}
	offence, err := o.offence(t)
	if err != nil {
		return mail.Decision{}, from, err
	}
	d := mail.Decision{
		Reference: r.Reference, Outcome: string(r.State), AskedOn: o.dayOf(r.ReceivedOn), DecidedAt: r.DecidedAt, Words: words, Amount: r.Amount,
		Until: o.dayOf(r.Until), Again: o.dayOf(review.AgainUntil(review.SettingsOf(o.Settings.Review), r, o.city.Zone)), Hearing: o.hearing(r), Place: r.Place, Paid: t.State == ticket.Paid, Refund: r.Refund,
		Ticket: mail.Ticket{Number: t.Number, IssuedAt: t.IssuedAt, TimeKnown: t.TimeKnown, Offence: offence.Title[lang], ByLaw: offence.ByLaw[lang], Section: offence.Section},
	}
	if r.State == review.Closed {
		d.Why = string(r.Why)
		var last city.Date
		if last, d.May = review.MayAskUntil(review.SettingsOf(o.Settings.Review), t, city.DateOf(o.Now(), o.city.Zone)); d.May {
			d.Again = o.dayOf(last)
		}
	}
	if r.State == review.Withdrawn && review.Ends(r.Regime) == ticket.Cancelled {
		d.Outcome = string(ticket.Cancelled)
	}
	return d, from, nil
}

// dayOf is an instant of a day on the city's clock; zero for no day.
func (o *Office) dayOf(d city.Date) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return d.Start(o.city.Zone)
}

// reviewLetter writes the letter of a decision for a person who prints it, in each of the languages. Contact and words are
// opened, each after a leaf. The letter of a decision has one reference and one day, however often it is printed.
func (o *Office) reviewLetter(ctx context.Context, person string, id review.ID, languages []city.Language) (staff.ReviewLetter, error) {
	var l staff.ReviewLetter
	r, f, err := o.readDecision(ctx, id)
	if err != nil {
		return l, err
	}
	open := o.forStaff(person)
	contact, err := open.contact(ctx, r)
	if err != nil {
		return l, err
	}
	words, err := open.wordsOf(ctx, r)
	if err != nil {
		return l, err
	}
	key := fmt.Sprintf("fundy/%s/%s/%d", r.ID, LetterReview, r.Version)
	if l.Message, err = o.reviewMessage(ctx, key, LetterReview, r); err != nil {
		return l, err
	}
	for _, lang := range languages {
		d, from, err := o.decisionOf(lang, r, f.Ticket, words)
		if err != nil {
			return l, err
		}
		said, err := mail.WriteLetter(string(lang), l.Message.Reference, from, contact.Lines(), l.Message.MadeAt, d)
		if err != nil {
			return l, err
		}
		l.In = append(l.In, said)
	}
	return l, nil
}
