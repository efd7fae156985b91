package letter

import (
	"strings"

	"fundy/city"
	"fundy/money"
)

// Item is a cheque, a money order or cash that goes back to who sent it (docs/items.md).
type Item struct {
	Kind       string // a key of words: cheque, money_order, cash
	Amount     money.Amount
	Currency   string
	Number     string // on it; "" for none
	ReceivedOn city.Date
	Reason     string // a key of words: unsigned, post_dated, …
}

// Item is the letter that returns an item: it was never taken, and what to do to pay.
func (c City) Item(languages []city.Language, i Item) ([]Part, error) {
	return c.each(languages, func(w *writer) Part {
		rows := []Row{
			{Label: w.say("item.what"), Value: w.say("tender." + i.Kind)}, {Label: w.say("amount"), Value: w.moneyIn(i.Currency, i.Amount)},
			{Label: w.say("item.received"), Value: w.day(i.ReceivedOn)},
		}
		if i.Number != "" {
			rows = append(rows, Row{Label: w.say("item.number"), Value: i.Number})
		}
		return Part{
			Subject: w.say("item.subject"), Paragraphs: []string{w.say("item.lead"), w.say("item.reason." + i.Reason)}, Tables: []Table{{Rows: rows}},
			Closing: []string{w.say("item.kept"), w.say("item.pay", "portal", c.Portal), w.say("never_cards")},
		}
	})
}

// Refund is money that is given back.
type Refund struct {
	Receipt string // of the payment; "" where it was put to no ticket
	Amount  money.Amount
	Way     string // a key of words: card, cheque, terminal
	Reason  string // a key of words
	Tickets []string
	Owed    bool // the tickets are owed again
}

// Refund is the letter that tells of a refund that two people have decided.
func (c City) Refund(languages []city.Language, r Refund) ([]Part, error) {
	return c.each(languages, func(w *writer) Part {
		rows := []Row{{Label: w.say("refund.amount"), Value: w.money(r.Amount), Sum: true}, {Label: w.say("refund.why"), Value: w.say("refund.reason." + r.Reason)}}
		if r.Receipt != "" {
			rows = append(rows, Row{Label: w.say("receipt.number"), Value: r.Receipt})
		}
		if len(r.Tickets) > 0 {
			rows = append(rows, Row{Label: w.say("tickets"), Value: strings.Join(r.Tickets, ", ")})
		}
		p := Part{Subject: w.say("refund.subject"), Paragraphs: []string{w.say("refund.lead"), w.say("refund.way." + r.Way)}, Tables: []Table{{Rows: rows}}}
		if r.Owed {
			p.Closing = append(p.Closing, w.say("refund.owed"))
		}
		p.Closing = append(p.Closing, w.say("call", "phone", c.Phone), w.say("never_cards"))
		return p
	})
}

// Returned is a payer's cheque that his bank did not pay.
type Returned struct {
	Receipt string // of the payment that it undid
	Cheque  string // its number
	Amount  money.Amount
	Day     city.Date // on which it came back
	Tickets []string
	Fee     money.Amount // a debt of its own; zero: none
	Clause  string       // of the by-law on fees
}

// Returned is the letter about a cheque that came back: the tickets are owed again, and not by cheque.
func (c City) Returned(languages []city.Language, r Returned) ([]Part, error) {
	return c.each(languages, func(w *writer) Part {
		rows := []Row{
			{Label: w.say("item.number"), Value: r.Cheque}, {Label: w.say("amount"), Value: w.money(r.Amount)}, {Label: w.say("returned.day"), Value: w.day(r.Day)},
			{Label: w.say("receipt.number"), Value: r.Receipt}, {Label: w.say("tickets"), Value: strings.Join(r.Tickets, ", ")},
		}
		closing := []string{w.say("returned.owed", "portal", c.Portal)}
		if r.Fee != money.Zero {
			rows = append(rows, Row{Label: w.say("returned.fee") + " " + w.say("clause", "clause", r.Clause), Value: w.money(r.Fee)})
			closing = append(closing, w.say("returned.fee.how"))
		}
		closing = append(closing, w.say("returned.no_cheque"), w.say("call", "phone", c.Phone), w.say("never_cards"))
		return Part{Subject: w.say("returned.subject"), Paragraphs: []string{w.say("returned.lead")}, Tables: []Table{{Rows: rows}}, Closing: closing}
	})
}
