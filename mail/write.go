package mail

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"
	"time"

	"fundy/city"
	"fundy/locale"
	"fundy/money"
)

//go:embed texts/message.txt texts/message.html
var textFiles embed.FS

var (
	plain = texttemplate.Must(texttemplate.ParseFS(textFiles, "texts/message.txt"))
	rich  = htmltemplate.Must(htmltemplate.ParseFS(textFiles, "texts/message.html"))
)

// Message is a message as it goes out, but for its reader.
type Message struct {
	Language string
	From     string // the city's name
	Subject  string
	Text     string
	HTML     string
}

// City is what a message says of the city that sends it.
type City struct {
	Kind     city.Kind
	Name     string
	Address  string
	Phone    string
	Regime   string
	Currency string
	Zone     *time.Location
	Portal   string // the address that is printed on the ticket
}

// Receipt is what a receipt's message says. It has no plate, place or vehicle: a mailbox is read by more people than the
// page that its payer opens.
type Receipt struct {
	Number  string
	PaidAt  time.Time
	TakenAt time.Time
	Tender  string // a key of words
	Total   money.Amount
	Tickets []Ticket
}

// Ticket is one ticket of a receipt.
type Ticket struct {
	Number     string
	IssuedAt   time.Time
	TimeKnown  bool
	Offence    string // in the message's language
	ByLaw      string
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

// line is a thing that a message says; one without a label is a sentence.
type line struct{ Label, Value string }

// section is some lines under a heading.
type section struct {
	Heading string
	Lines   []line
}

// page is what both forms of a message are made of.
type page struct {
	Lang      string
	Colon     string
	Notice    string
	Title     string
	Lead      string
	Sections  []section
	Sentences []string
	Portal    string
	Before    string // of the portal's address
	Ours      string // how to ask whether the message is
	Address   string
}

// WriteReceipt writes a receipt's message in a language, with the reference that it can be asked after by.
func WriteReceipt(lang, reference string, c City, r Receipt) (Message, error) {
	w := writer{lang: lang, city: c}
	p := w.page(reference)
	p.Title = say(lang, "receipt.title", "number", r.Number)
	p.Lead = say(lang, "receipt.in_full", "amount", w.money(r.Total))
	p.Sections = append(p.Sections, section{Heading: say(lang, "receipt.payment"), Lines: []line{
		{say(lang, "receipt.number"), r.Number},
		{say(lang, "receipt.paid_at"), w.both(r.PaidAt)},
		{say(lang, "receipt.taken_at"), w.both(r.TakenAt)},
		{say(lang, "receipt.tender"), say(lang, "tender."+r.Tender)},
		{say(lang, "receipt.to"), strings.Join([]string{c.Name, strings.Join(strings.Fields(c.Address), " "), c.Phone}, ", ")},
	}})
	for _, t := range r.Tickets {
		p.Sections = append(p.Sections, w.ticket(t))
	}
	regime := "receipt.regime." + c.Regime
	if _, ok := words[lang][regime]; !ok {
		regime = "receipt.regime.generic"
	}
	p.Sentences = []string{say(lang, regime), say(lang, "receipt.plate")}
	return w.write(p, p.Title+" – "+c.Name)
}

// ticket says of a ticket what the law wants on a receipt (LGA s. 159(3)): the person, as the owner of the vehicle that
// the ticket was given to; the contravention; the amount.
func (w *writer) ticket(t Ticket) section {
	when := locale.Day(w.lang, t.IssuedAt.In(w.city.Zone))
	if t.TimeKnown {
		when = w.both(t.IssuedAt)
	}
	s := section{Heading: say(w.lang, "ticket.title", "number", t.Number), Lines: []line{
		{say(w.lang, "receipt.person"), say(w.lang, "receipt.owner", "number", t.Number)},
		{say(w.lang, "ticket.when"), when},
		{say(w.lang, "ticket.offence"), t.Offence + ". " + say(w.lang, "ticket.section", "law", t.ByLaw, "section", t.Section)},
	}}
	for _, c := range t.Components {
		label := say(w.lang, "component."+c.Kind)
		if c.Clause != "" {
			label += " " + say(w.lang, "price.clause", "clause", c.Clause)
		}
		s.Lines = append(s.Lines, line{label, w.money(c.Amount)})
	}
	s.Lines = append(s.Lines, line{say(w.lang, "price.total"), w.money(t.Total)})
	return s
}

// Code is what the message of a one-time code says. It names no ticket: the address may have been misheard.
type Code struct {
	Digits string // as they are read aloud
	Until  time.Time
}

// WriteCode writes the message that repeats a one-time code. It leads to the city's own address, and not to the card page.
func WriteCode(lang, reference string, c City, code Code) (Message, error) {
	w := writer{lang: lang, city: c}
	p := w.page(reference)
	p.Title = say(lang, "code.title")
	p.Lead = say(lang, "code.lead", "code", code.Digits)
	p.Sentences = []string{say(lang, "code.how"), say(lang, "code.until", "time", w.both(code.Until)), say(lang, "code.called")}
	return w.write(p, p.Title+" – "+c.Name)
}

// WriteTest writes the message by which an operator sees that messages go out.
func WriteTest(lang, reference string, c City) (Message, error) {
	w := writer{lang: lang, city: c}
	p := w.page(reference)
	p.Title = say(lang, "test.title")
	p.Lead = say(lang, "test.lead")
	return w.write(p, p.Title+" – "+c.Name)
}

// writer writes in one language for one city, and keeps the first thing that went wrong.
type writer struct {
	lang string
	city City
	err  error
}

func (w *writer) page(reference string) page {
	p := page{
		Lang: w.lang, Colon: say(w.lang, "colon"), Portal: w.city.Portal, Before: say(w.lang, "portal"), Address: w.city.Name + ", " + w.city.Phone,
		Ours: say(w.lang, "ours", "reference", reference),
	}
	if w.city.Kind != city.Live {
		p.Notice = say(w.lang, "kind."+string(w.city.Kind))
	}
	return p
}

func (w *writer) money(a money.Amount) string {
	text, err := locale.Money(w.lang, w.city.Currency, a)
	if err != nil && w.err == nil {
		w.err = err
	}
	return text
}

func (w *writer) both(t time.Time) string {
	t = t.In(w.city.Zone)
	return say(w.lang, "date.both", "day", locale.Day(w.lang, t), "time", locale.Clock(w.lang, t))
}

func (w *writer) write(p page, subject string) (Message, error) {
	var text, html bytes.Buffer
	err := w.err
	if err == nil {
		err = plain.Execute(&text, p)
	}
	if err == nil {
		err = rich.Execute(&html, p)
	}
	if err != nil {
		return Message{}, fmt.Errorf("write message: %w", err)
	}
	return Message{Language: w.lang, From: w.city.Name, Subject: subject, Text: text.String(), HTML: html.String()}, nil
}
