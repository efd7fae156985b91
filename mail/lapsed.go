package mail

import (
	"time"

	"fundy/locale"
	"fundy/money"
)

// Lapsed is what a message says of a payment that came to nothing through the city.
type Lapsed struct {
	Total   money.Amount
	PaidAt  time.Time
	Tickets []Kept // those that are still owed
}

// Kept is a ticket whose price holds again.
type Kept struct {
	Number string
	Price  money.Amount
	Until  time.Time // the price holds before it; zero: no price was kept
}

// WriteLapsed writes the message in a language, with the reference that it can be asked after by.
func WriteLapsed(lang, reference string, c City, l Lapsed) (Message, error) {
	w := writer{lang: lang, city: c}
	p := w.page(reference)
	p.Title = say(lang, "lapsed.title")
	p.Lead = say(lang, "lapsed.lead", "amount", w.money(l.Total))
	owed := section{Heading: say(lang, "lapsed.owed")}
	for _, t := range l.Tickets {
		says := say(lang, "lapsed.today")
		if !t.Until.IsZero() {
			last := t.Until.Add(-time.Second).In(c.Zone)
			says = say(lang, "lapsed.keeps", "amount", w.money(t.Price), "day", locale.Day(lang, last))
		}
		owed.Lines = append(owed.Lines, line{say(lang, "ticket.title", "number", t.Number), says})
	}
	p.Sections = append(p.Sections, section{Heading: say(lang, "receipt.payment"), Lines: []line{{say(lang, "lapsed.at"), w.both(l.PaidAt)}}}, owed)
	p.Sentences = []string{say(lang, "lapsed.pay")}
	return w.write(p, p.Title+" – "+c.Name)
}
