package report

import (
	"time"

	"fundy/city"
	"fundy/ledger"
	"fundy/locale"
	"fundy/sheet"
)

// Income is what a range of days came to as tables: about, by day, channel, offence and price, refunds, what was
// collected, and what is owed at its end.
func Income(p ledger.Period, in Reader, c city.City, offence func(code string) string) sheet.Book {
	about := About(in, c, in.Say("about.from"), sheet.Day(p.From), p.Closed, "")
	about.Add(sheet.Text(in.Say("about.until")), sheet.Day(p.Until))
	about.Add(sheet.Text(in.Say("about.received")), sheet.Amount(p.Received))
	about.Add(sheet.Text(in.Say("about.back")), sheet.Amount(p.Back))
	about.Add(sheet.Text(in.Say("about.moved")), sheet.Amount(p.Moved))
	about.Add(sheet.Text(in.Say("about.no_ticket_in")), sheet.Amount(p.NoTicketIn))
	if given, err := ledger.GivenBack(p.Refunds); err == nil { // each was added to the sum of its reason
		about.Add(sheet.Text(in.Say("about.given_back")), sheet.Amount(given))
	}
	about.Add(sheet.Text(in.Say("about.no_ticket")), sheet.Amount(p.NoTicket))
	about.Add(sheet.Text(in.Say("about.owed")), sheet.Amount(p.Owed))
	return sheet.Book{
		about,
		income(in, "sheet.by_day", "day", p.Days, func(key string) sheet.Cell {
			day, err := city.ParseDate(key)
			if err != nil {
				return sheet.Text(key)
			}
			return sheet.Day(day)
		}),
		income(in, "sheet.by_channel", "channel", p.Channels, func(key string) sheet.Cell {
			if key == "" {
				key = "none"
			}
			return sheet.Text(in.One("channel", key))
		}),
		income(in, "sheet.by_offence", "offence", p.Offences, func(key string) sheet.Cell { return sheet.Text(offence(key)) }),
		income(in, "sheet.by_tier", "tier", p.Tiers, func(key string) sheet.Cell {
			if key == "0" {
				return sheet.Text(in.Say("tier.none"))
			}
			return sheet.Text(in.Say("tier.is", "number", key))
		}),
		refunds(in, p.Refunds), collection(in, p.Collection), aging(in, p),
	}
}

func income(in Reader, name, key string, lines []ledger.IncomeLine, cell func(string) sheet.Cell) sheet.Sheet {
	s := sheet.Sheet{Name: in.Say(name), Head: in.Heads(key, "payments", "received", "back", "moved", "net")}
	for _, l := range lines {
		net, err := l.Net()
		if err != nil {
			continue // sums that were added without fault are subtracted without one
		}
		s.Add(cell(l.Key), sheet.Count(l.Entries), sheet.Amount(l.Received), sheet.Amount(l.Back), sheet.Amount(l.Moved), sheet.Amount(net))
	}
	return s
}

func refunds(in Reader, all []ledger.RefundLine) sheet.Sheet {
	s := sheet.Sheet{Name: in.Say("sheet.refunds"), Head: in.Heads("reason", "way", "count", "amount", "failed_count", "failed_amount")}
	for _, r := range all {
		s.Add(sheet.Text(in.One("reason", r.Reason)), sheet.Text(in.One("way", r.Way)), sheet.Count(r.Count), sheet.Amount(r.Amount), sheet.Count(r.Failed), sheet.Amount(r.FailedSum))
	}
	return s
}

func collection(in Reader, all []ledger.Collection) sheet.Sheet {
	head := in.Heads("month", "tickets")
	for _, days := range ledger.CollectedWithin {
		head = append(head, in.Say("head.within", "days", days))
	}
	s := sheet.Sheet{Name: in.Say("sheet.collection"), Head: append(head, in.Say("head.paid"), in.Say("head.unpaid"), in.Say("head.rate"))}
	for _, c := range all {
		cells := []sheet.Cell{in.month(c.Month), sheet.Count(c.Tickets)}
		for _, n := range c.Within {
			cells = append(cells, rate(n, c.Tickets))
		}
		s.Add(append(cells, sheet.Count(c.Paid), sheet.Count(c.Tickets-c.Paid), rate(c.Paid, c.Tickets))...)
	}
	return s
}

// month is a month of the calendar in the reader's language; a file of text has it as 2027-03, in the order of time.
func (in Reader) month(key string) sheet.Cell {
	t, err := time.Parse("2006-01", key)
	if err != nil {
		return sheet.Text(key)
	}
	return sheet.Named(key, locale.Month(string(in), t.Year(), t.Month()))
}

// rate is a part of a whole in tenths of a percent, rounded down: a rate is never said to be better than it is.
func rate(part, whole int) sheet.Cell {
	if whole == 0 {
		return sheet.Text("–")
	}
	return sheet.Percent(part * 1000 / whole)
}

func aging(in Reader, p ledger.Period) sheet.Sheet {
	s := receivable(ledger.Year{Receivable: p.Aging, Owed: p.Owed}, in)
	s.Name = in.Say("sheet.aging")
	return s
}
