package intake

import (
	"errors"

	"fundy/city"
	"fundy/ledger"
	"fundy/money"
	"fundy/store"
	"fundy/ticket"
)

const (
	noPrice   = "the schedule gives it no price on its day of issue"
	notClosed = "does not close the ticket's account"
)

var (
	errNoPrice   = errors.New(noPrice)
	errNotClosed = errors.New(notClosed)
)

// entries posts the issue and, for a ticket paid before it came to us, the payment. Where the price
// depends on the tickets before it, only the store can count them: it is given the postings at any
// count. Each price that can come is tried here, so that a row that can't be posted is a reject. The
// totals take the first price, because a dry run counts nothing.
func (b *ticketBuilder) entries(d *draft, out *built, offence *city.Offence) *Reject {
	t := out.row.Ticket
	quote, err := ticket.Price(t, b.rules, b.city, t.IssuedAt)
	if err != nil {
		return d.reject("offence", noPrice)
	}
	for _, c := range quote.Components {
		if c.Kind == ticket.Penalty {
			out.penalty = c.Amount
		}
	}
	if most := b.regime.Most; !most.IsZero() && out.penalty.Cmp(most) > 0 {
		return d.reject("fine", "more than the most that a penalty may be under %s", b.regime.Name)
	}
	out.row.Entries, err = b.entriesOf(t, quote, d.paidAmount, offence)
	if err == nil && len(offence.Repeats) > 0 {
		err = b.repeat(out, d.paidAmount, offence)
	}
	switch {
	case errors.Is(err, errNotClosed):
		return d.reject("paid_amount", notClosed)
	case err != nil:
		return d.reject("offence", noPrice)
	}
	return nil
}

// repeat leaves the count, and with it the postings, to the store.
func (b *ticketBuilder) repeat(out *built, paidAmount *money.Amount, offence *city.Offence) error {
	t := out.row.Ticket
	at := func(priors int) ([]ledger.Entry, error) {
		t := t
		t.Priors = priors
		quote, err := ticket.Price(t, b.rules, b.city, t.IssuedAt)
		if err != nil {
			return nil, errNoPrice
		}
		return b.entriesOf(t, quote, paidAmount, offence)
	}
	for _, r := range offence.Repeats {
		if _, err := at(r.Priors); err != nil {
			return err
		}
	}
	out.row.Repeat = &store.Repeat{Days: offence.RepeatDays, Entries: at}
	return nil
}

// entriesOf are a ticket's postings at the price of its issue.
func (b *ticketBuilder) entriesOf(t ticket.Ticket, quote ticket.Quote, paidAmount *money.Amount, offence *city.Offence) ([]ledger.Entry, error) {
	switch t.State {
	case ticket.Void, ticket.Withdrawn, ticket.Cancelled, ticket.WrittenOff:
		return nil, nil // nothing is owed, so nothing is posted
	}
	issue := ledger.IssueEntry(t.ID, quote.Components, offence.Ledger, t.IssuedAt, b.now)
	if len(issue.Postings) == 0 {
		return nil, nil
	}
	if t.State != ticket.Paid {
		return []ledger.Entry{issue}, nil
	}
	paid, err := b.payment(t, paidAmount, issue, offence)
	if err != nil {
		return nil, errNotClosed
	}
	return []ledger.Entry{issue, paid}, nil
}

// payment is the entry of a payment that was made before the import: the amount of the file, or else the price of its day.
func (b *ticketBuilder) payment(t ticket.Ticket, paidAmount *money.Amount, issue ledger.Entry, offence *city.Offence) (ledger.Entry, error) {
	quote, err := ticket.Price(t, b.rules, b.city, t.StateSince)
	if err != nil {
		return ledger.Entry{}, err
	}
	frozen := quote.Components
	if paidAmount != nil && paidAmount.Cmp(quote.Total) != 0 {
		frozen = []ticket.Component{{Kind: ticket.Penalty, Amount: *paidAmount}}
	}
	owed, err := ledger.OwedBy(issue.Postings)
	if err != nil {
		return ledger.Entry{}, err
	}
	postings, err := ledger.ForCapture(t.ID, owed, frozen, offence.Ledger, ledger.PaidBefore)
	if err != nil {
		return ledger.Entry{}, err
	}
	return ledger.Entry{
		ID: "import-paid-" + string(t.ID), Kind: ledger.Imported, Ref: string(t.ID),
		Entered: b.now, Effective: t.StateSince, Postings: postings,
	}, nil
}
