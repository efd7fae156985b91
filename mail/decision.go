package mail

import (
	"strings"
	"time"

	"fundy/locale"
	"fundy/money"
)

// Decision is what a party is told of a review. It has no plate, place or vehicle, as a receipt has none.
type Decision struct {
	Reference string // of the review
	Outcome   string // a key of words: kept, missed, withdrawn, cancelled, reduced, extended, hearing, closed
	Ticket    Ticket // its number, day and contravention
	AskedOn   time.Time
	DecidedAt time.Time
	Words     string       // the officer's, in the party's language
	Amount    money.Amount // reduced to
	Until     time.Time    // the last day on which the price of the day of the request holds; zero: none is promised
	Hearing   time.Time    // its instant; the day where there is no Place
	Place     string       // of the hearing; "": the party calls to learn hour and place
	Again     time.Time    // missed: the last day on which another hearing can be asked for; zero: none can. closed: of another review
	May       bool         // closed: another review can be asked for
	Why       string       // closed: a key of words, stranger, twice, taken_back or unreadable; "" where none was kept
	Paid      bool         // kept: the ticket is paid, and stays so
	Refund    bool         // what was paid is given back
}

// closed is the outcome of a request that was closed without a decision.
const closed = "closed"

// Letter is a decision as it stands on paper: a page or a PDF is made of it.
type Letter struct {
	Lang      string
	Colon     string
	Notice    string   // of a city that is not live
	From      []string // the city's name and address
	To        []string // as on the envelope
	Day       string
	Title     string
	Lead      string
	Facts     []line
	Sentences []string
	Ours      string // how to ask whether the letter is the city's
}

// WriteDecision writes a decision as a message in a language, with the reference that it can be asked after by.
func WriteDecision(lang, reference string, c City, d Decision) (Message, error) {
	w := writer{lang: lang, city: c}
	p := w.page(reference)
	w.decide(&p, d)
	return w.write(p, p.Title+" – "+c.Name)
}

// WriteLetter writes a decision as a letter to a party.
func WriteLetter(lang, reference string, c City, to []string, at time.Time, d Decision) (Letter, error) {
	w := writer{lang: lang, city: c}
	p := w.page(reference)
	w.decide(&p, d)
	from := append([]string{c.Name}, strings.Split(strings.TrimSpace(c.Address), "\n")...)
	return Letter{
		Lang: lang, Colon: p.Colon, Notice: p.Notice, From: append(from, c.Phone), To: to, Day: w.day(at), Title: p.Title, Lead: p.Lead,
		Facts: p.Sections[0].Lines, Sentences: append(p.Sentences, p.Before+p.Colon+" "+p.Portal), Ours: say(lang, "decision.ours", "reference", reference),
	}, w.err
}

func (w *writer) decide(p *page, d Decision) {
	p.Title = say(w.lang, "decision.title", "number", d.Ticket.Number)
	decided := "decision.decided"
	if d.Outcome == closed {
		p.Title, decided = say(w.lang, "decision.title.closed", "number", d.Ticket.Number), "decision.closed"
	}
	p.Lead = say(w.lang, "decision.is."+d.outcome(), "amount", w.money(d.Amount), "day", w.day(d.Until), "hearing", w.day(d.Hearing), "hour", locale.Clock(w.lang, d.Hearing.In(w.city.Zone)), "place", d.Place)
	s := w.ticket(d.Ticket)
	facts := []line{{say(w.lang, "decision.reference"), d.Reference}, {say(w.lang, "decision.asked"), w.day(d.AskedOn)}, {say(w.lang, decided), w.day(d.DecidedAt)}}
	facts = append(facts, s.Lines[1:len(s.Lines)-1]...) // neither the registered owner nor a price: the party may be another
	p.Sections = append(p.Sections, section{Heading: s.Heading, Lines: facts})
	switch {
	case d.Outcome != closed:
		p.Sentences = append(p.Sentences, say(w.lang, "decision.why"))
	case d.Why != "":
		p.Sentences = append(p.Sentences, say(w.lang, "decision.closed."+d.Why))
	}
	for para := range strings.SplitSeq(d.Words, "\n") {
		if para = strings.TrimSpace(para); para != "" {
			p.Sentences = append(p.Sentences, para)
		}
	}
	p.Sentences = append(p.Sentences, w.then(d)...)
}

// then is what comes after a decision.
func (w *writer) then(d Decision) []string {
	switch {
	case d.Outcome == closed:
		return w.askAgain(d)
	case d.Refund:
		return []string{say(w.lang, "decision.refund")}
	case d.Outcome == "withdrawn", d.Outcome == "cancelled", d.Outcome == "hearing", d.Paid:
		return nil
	}
	all := []string{say(w.lang, "decision.pay")}
	if d.Outcome == "kept" || d.Outcome == "missed" {
		if d.Until.IsZero() {
			all = append(all, say(w.lang, "decision.price"))
		} else {
			all = append(all, say(w.lang, "decision.until", "day", w.day(d.Until)))
		}
	}
	if key := "decision.unpaid." + w.city.Regime; words[w.lang][key] != "" {
		all = append(all, say(w.lang, key))
	}
	if !d.Again.IsZero() {
		all = append(all, say(w.lang, "decision.again", "day", w.day(d.Again)))
	}
	return all
}

// askAgain is what comes after a request that was closed without a decision.
func (w *writer) askAgain(d Decision) []string {
	switch {
	case !d.May:
		return []string{say(w.lang, "decision.closed.no_more")}
	case d.Again.IsZero():
		return []string{say(w.lang, "decision.closed.again")}
	}
	return []string{say(w.lang, "decision.closed.until", "day", w.day(d.Again))}
}

func (d Decision) outcome() string {
	if d.Outcome == "kept" && d.Paid {
		return "kept_paid"
	}
	if d.Outcome == "hearing" && d.Place == "" {
		return "hearing_call"
	}
	return d.Outcome
}

func (w *writer) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return locale.Day(w.lang, t.In(w.city.Zone))
}
