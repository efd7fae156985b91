package letter

import (
	"fmt"
	"strings"
	"time"

	"fundy/city"
	"fundy/locale"
	"fundy/money"
)

// Receipt is what a receipt on paper says. It has no plate and no owner: whoever paid may have it.
type Receipt struct {
	Number    string
	PaidAt    time.Time
	TakenAt   time.Time
	Tender    string // a key of words: card, cash, cheque, …
	Total     money.Amount
	GivenBack money.Amount // since, of all of it
	Tickets   []Ticket
	// Person is whom a copy names, as staff have typed it for the person who stands before them; "" for the receipt that a
	// payer gets, which says "the registered owner" (LGA s. 159(3) wants the person).
	Person string
}

// Ticket is one ticket of a receipt.
type Ticket struct {
	Number     string
	IssuedAt   time.Time
	TimeKnown  bool
	Offence    city.Text
	ByLaw      city.Text
	Section    string
	Components []Component
	Total      money.Amount
}

// Component is a line of a ticket's price.
type Component struct {
	Kind   string // a key of words
	Clause string
	Amount money.Amount
}

// Receipt is the parts of a receipt, one for each language.
func (c City) Receipt(languages []city.Language, r Receipt) ([]Part, error) {
	return c.each(languages, func(w *writer) Part {
		key := "receipt.in_full"
		if r.GivenBack != money.Zero {
			key = "receipt.given_back"
		}
		p := Part{Subject: w.say("receipt.subject", "number", r.Number), Paragraphs: []string{w.say(key, "amount", w.money(r.Total), "back", w.money(r.GivenBack))}}
		p.Tables = append(p.Tables, Table{Heading: w.say("receipt.payment"), Rows: []Row{
			{Label: w.say("receipt.number"), Value: r.Number}, {Label: w.say("receipt.paid_at"), Value: w.both(r.PaidAt)},
			{Label: w.say("receipt.taken_at"), Value: w.both(r.TakenAt)}, {Label: w.say("receipt.tender"), Value: w.say("tender." + r.Tender)},
			{Label: w.say("receipt.to"), Value: strings.Join([]string{c.Name[w.lang], strings.Join(strings.Fields(c.Address[w.lang]), " "), c.Phone}, ", ")},
		}})
		for _, t := range r.Tickets {
			p.Tables = append(p.Tables, w.ticket(t, r.Person))
		}
		regime := "receipt.regime." + c.Regime
		if _, ok := words[string(w.lang)]["letter."+regime]; !ok {
			regime = "receipt.regime.generic"
		}
		p.Closing = []string{w.say(regime)}
		if r.Person != "" {
			p.Closing = append(p.Closing, w.say("receipt.named"))
		}
		return p
	})
}

// ticket says of a ticket what the law wants on a receipt (LGA s. 159(3)): the person; the contravention; the amount.
func (w *writer) ticket(t Ticket, person string) Table {
	when := locale.Day(string(w.lang), t.IssuedAt.In(w.city.Zone))
	if t.TimeKnown {
		when = w.both(t.IssuedAt)
	}
	if person == "" {
		person = w.say("receipt.owner", "number", t.Number)
	}
	table := Table{Heading: w.say("ticket.title", "number", t.Number), Rows: []Row{
		{Label: w.say("receipt.person"), Value: person}, {Label: w.say("ticket.when"), Value: when},
		{Label: w.say("ticket.offence"), Value: t.Offence[w.lang] + ". " + w.say("ticket.section", "law", t.ByLaw[w.lang], "section", t.Section)},
	}}
	for _, c := range t.Components {
		label := w.say("component." + c.Kind)
		if c.Clause != "" {
			label += " " + w.say("clause", "clause", c.Clause)
		}
		table.Rows = append(table.Rows, Row{Label: label, Value: w.money(c.Amount)})
	}
	table.Rows = append(table.Rows, Row{Label: w.say("total"), Value: w.money(t.Total), Sum: true})
	return table
}

// writer writes in one language for one city, and keeps the first thing that went wrong.
type writer struct {
	lang city.Language
	city City
	err  error
}

// each writes the same in each language.
func (c City) each(languages []city.Language, write func(*writer) Part) ([]Part, error) {
	var parts []Part
	for _, lang := range languages {
		if words[string(lang)] == nil {
			return nil, fmt.Errorf("letter: there are no words in %q", lang)
		}
		w := &writer{lang: lang, city: c}
		part := write(w)
		part.Language = lang
		if w.err != nil {
			return nil, fmt.Errorf("letter: %w", w.err)
		}
		parts = append(parts, part)
	}
	return parts, nil
}

func (w *writer) say(key string, fill ...any) string { return say(w.lang, key, fill...) }

func (w *writer) money(a money.Amount) string { return w.moneyIn(w.city.Currency, a) }

func (w *writer) moneyIn(currency string, a money.Amount) string {
	text, err := locale.Money(string(w.lang), currency, a)
	if err != nil && w.err == nil {
		w.err = err
	}
	return text
}

func (w *writer) both(t time.Time) string {
	t = t.In(w.city.Zone)
	return w.say("date.both", "day", locale.Day(string(w.lang), t), "time", locale.Clock(string(w.lang), t))
}

func (w *writer) day(d city.Date) string {
	return locale.Day(string(w.lang), d.Start(w.city.Zone))
}
