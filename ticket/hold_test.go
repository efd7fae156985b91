package ticket_test

import (
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/ticket"
)

func reasonOf(no *ticket.DecisionRefusal) string {
	if no == nil {
		return ""
	}
	return no.Reason
}

// A hold stops the clock by the city's calendar: each day from its first up to, not including, its last is given back to
// every deadline that had not passed, and to none that had.
func TestPricesAcrossAHold(t *testing.T) {
	t.Parallel()
	exclusive := city.Clock{FirstDay: city.Exclusive}
	hold := func(from, until string) []ticket.Event {
		return []ticket.Event{{Kind: ticket.StateEvent + "hold", At: at(t, from)}, {Kind: ticket.HoldFrom, At: at(t, from)}, {Kind: ticket.HoldUntil, At: at(t, until)}}
	}
	for _, c := range []struct {
		name   string
		clock  city.Clock
		issued string
		events []ticket.Event
		want   map[string]int64
	}{
		{
			"both deadlines move", exclusive, "2026-06-01 09:00:00", hold("2026-06-05 10:00:00", "2026-06-15 09:00:00"),
			map[string]int64{"2026-06-26 23:59:59": 3000, "2026-06-27 00:00:00": 4000, "2026-07-11 23:59:59": 4000, "2026-07-12 00:00:00": 6500},
		},
		{
			"between the deadlines, the second moves only", exclusive, "2026-06-01 09:00:00", hold("2026-06-20 10:00:00", "2026-06-25 10:00:00"),
			map[string]int64{"2026-06-16 23:59:59": 3000, "2026-06-17 00:00:00": 4000, "2026-07-06 23:59:59": 4000, "2026-07-07 00:00:00": 6500},
		},
		{
			"of one day, in the morning and at night, no day is given back", exclusive, "2026-06-01 09:00:00", hold("2026-06-05 00:00:01", "2026-06-05 23:59:59"),
			map[string]int64{"2026-06-16 23:59:59": 3000, "2026-06-17 00:00:00": 4000},
		},
		{
			"over one midnight, one day", exclusive, "2026-06-01 09:00:00", hold("2026-06-05 23:59:59", "2026-06-06 00:00:00"),
			map[string]int64{"2026-06-17 23:59:59": 3000, "2026-06-18 00:00:00": 4000},
		},
		{
			"over the night on which the clocks go forward", exclusive, "2026-03-01 09:00:00", hold("2026-03-07 12:00:00", "2026-03-09 12:00:00"),
			map[string]int64{"2026-03-18 23:59:59": 3000, "2026-03-19 00:00:00": 4000},
		},
		{
			"over the night on which they go back", exclusive, "2026-10-25 09:00:00", hold("2026-10-31 12:00:00", "2026-11-02 12:00:00"),
			map[string]int64{"2026-11-11 23:59:59": 3000, "2026-11-12 00:00:00": 4000},
		},
		{
			"and a slip on the same days, each day once", exclusive, "2026-06-01 09:00:00",
			append(hold("2026-06-05 10:00:00", "2026-06-08 10:00:00"), []ticket.Event{{Kind: ticket.SlipFrom, At: at(t, "2026-06-06 09:00:00")}, {Kind: ticket.SlipUntil, At: at(t, "2026-06-10 09:00:00")}}...),
			map[string]int64{"2026-06-21 23:59:59": 3000, "2026-06-22 00:00:00": 4000},
		},
		{
			"twice", exclusive, "2026-06-01 09:00:00", append(hold("2026-06-05 10:00:00", "2026-06-08 10:00:00"), hold("2026-06-10 10:00:00", "2026-06-12 10:00:00")...),
			map[string]int64{"2026-06-21 23:59:59": 3000, "2026-06-22 00:00:00": 4000},
		},
		{
			"on the last cheap day, it holds one day after the hold", exclusive, "2026-06-01 09:00:00", hold("2026-06-16 10:00:00", "2026-06-30 10:00:00"),
			map[string]int64{"2026-06-30 23:59:59": 3000, "2026-07-01 00:00:00": 4000},
		},
		{
			"one that goes on gives nothing back yet", exclusive, "2026-06-01 09:00:00", hold("2026-06-05 10:00:00", "2026-06-15 09:00:00")[:2],
			map[string]int64{"2026-06-16 23:59:59": 3000, "2026-06-17 00:00:00": 4000},
		},
	} {
		price := priced(t, c.clock, saintJohn, c.issued, func(tk *ticket.Ticket, _ *city.Rules) { tk.Events = c.events })
		for when, cents := range c.want {
			if got := price(when); got != cents {
				t.Errorf("%s: at %s %d, want %d", c.name, when, got, cents)
			}
		}
	}
}

func TestWhoIsHeldAndReleased(t *testing.T) {
	t.Parallel()
	lga, _ := ticket.RegimeOf("nb-lga")
	for _, c := range []struct {
		state ticket.State
		why   string
		want  string
	}{
		{ticket.Open, "the meter", ""}, {ticket.Reopened, "the meter", ""}, {ticket.Review, "the meter", ""}, {ticket.Hold, "the meter", ticket.DecisionHeld},
		{ticket.Confirming, "the meter", ticket.DecisionConfirming}, {ticket.Paid, "the meter", ticket.DecisionLaw}, {ticket.Court, "the meter", ticket.DecisionLaw},
		{ticket.Open, " ", ticket.DecisionWhy}, {ticket.Open, "two\nlines", ticket.DecisionWhy}, {ticket.Open, strings.Repeat("x", 301), ticket.DecisionWhy},
	} {
		if got := reasonOf(ticket.HoldOf(lga, ticket.Ticket{State: c.state}, c.why)); got != c.want {
			t.Errorf("hold of %s, %.10q: %q, want %q", c.state, c.why, got, c.want)
		}
	}
	events := func(kinds ...string) (all []ticket.Event) {
		for _, k := range kinds {
			all = append(all, ticket.Event{Kind: k})
		}
		return all
	}
	for _, c := range []struct {
		events []ticket.Event
		state  ticket.State
		want   ticket.State
		no     string
	}{
		{nil, ticket.Hold, ticket.Open, ""},
		{events("hold_from", "state:hold"), ticket.Hold, ticket.Open, ""},
		{events("state:review", "hold_from", "state:hold"), ticket.Hold, ticket.Review, ""},
		{events("state:review", "state:hold", "state:review", "state:open", "state:hold"), ticket.Hold, ticket.Open, ""},
		{events("state:paid", "state:reopened", "state:hold"), ticket.Hold, ticket.Open, ""},
		{events("state:hold"), ticket.Open, "", ticket.DecisionNotHeld},
	} {
		to, no := ticket.ReleaseOf(lga, ticket.Ticket{State: c.state, Events: c.events}, "it is over")
		if to != c.want || reasonOf(no) != c.no {
			t.Errorf("%v: %s, %v; want %s %s", c.events, to, no, c.want, c.no)
		}
	}
	if _, no := ticket.ReleaseOf(lga, ticket.Ticket{State: ticket.Hold}, ""); reasonOf(no) != ticket.DecisionWhy {
		t.Errorf("without a reason: %v", no)
	}
}

// A charge is laid after the paying period only, and what the ticket stood still does not count.
func TestWhenAChargeMayBeLaid(t *testing.T) {
	t.Parallel()
	lga, _ := ticket.RegimeOf("nb-lga")
	rules := city.Rules{Schedules: []city.Schedule{{ID: "S", Offences: []city.Offence{{Code: "X", Tiers: saintJohn}}}}}
	for _, c := range []struct {
		name  string
		state ticket.State
		from  string // of a hold that goes on
		when  string
		want  string
	}{
		{"the period's last second", ticket.Open, "", "2026-07-01 23:59:59", ticket.DecisionEarly},
		{"after it", ticket.Open, "", "2026-07-02 00:00:00", ""},
		{"on hold since the fifth day", ticket.Hold, "2026-06-06 10:00:00", "2026-09-01 00:00:00", ticket.DecisionEarly},
		{"on hold since it was over", ticket.Hold, "2026-07-03 10:00:00", "2026-09-01 00:00:00", ""},
		{"paid", ticket.Paid, "", "2026-09-01 00:00:00", ticket.DecisionLaw},
		{"being paid", ticket.Confirming, "", "2026-09-01 00:00:00", ticket.DecisionConfirming},
		{"under review", ticket.Review, "", "2026-09-01 00:00:00", ticket.DecisionLaw},
	} {
		tk := ticket.Ticket{Schedule: "S", Offence: "X", IssuedAt: at(t, "2026-06-01 09:00:00"), IssuedOn: day(t, "2026-06-01"), State: c.state}
		if c.from != "" {
			tk.Events = []ticket.Event{{Kind: ticket.HoldFrom, At: at(t, c.from)}}
		}
		no, err := ticket.ChargeOf(lga, tk, rules, city.City{Zone: moncton}, "information 12", at(t, c.when))
		if err != nil || reasonOf(no) != c.want {
			t.Errorf("%s: %v, %v, want %q", c.name, no, err, c.want)
		}
	}
}

func TestPaperTicketsThatAreRefused(t *testing.T) {
	t.Parallel()
	lga, _ := ticket.RegimeOf("nb-lga")
	generic, _ := ticket.RegimeOf("generic")
	good := ticket.Written{
		Number: "P0101", Day: day(t, "2026-03-31"), Offence: "X", Place: "Tide Street", Plate: "ABC 123", Jurisdiction: "NB", Delivery: ticket.Windshield,
	}
	mailed := func(d, served string) func(*ticket.Written) {
		return func(w *ticket.Written) { w.Delivery, w.Day, w.ServedOn = ticket.Mailed, day(t, d), day(t, served) }
	}
	for name, c := range map[string]struct {
		bend func(*ticket.Written)
		want string
	}{
		"a good one":                    {func(*ticket.Written) {}, ""},
		"today":                         {func(w *ticket.Written) { w.Day = day(t, "2026-10-01") }, ""},
		"tomorrow":                      {func(w *ticket.Written) { w.Day = day(t, "2026-10-02") }, "day future"},
		"no day":                        {func(w *ticket.Written) { w.Day = city.Date{} }, "day form"},
		"no number":                     {func(w *ticket.Written) { w.Number = " " }, "number missing"},
		"a number of signs":             {func(w *ticket.Written) { w.Number = "??" }, "number form"},
		"a number too long":             {func(w *ticket.Written) { w.Number = strings.Repeat("1", 41) }, "number form"},
		"no offence":                    {func(w *ticket.Written) { w.Offence = "" }, "offence missing"},
		"no place":                      {func(w *ticket.Written) { w.Place = "" }, "place missing"},
		"a long place":                  {func(w *ticket.Written) { w.Place = strings.Repeat("x", 121) }, "place long"},
		"a long make":                   {func(w *ticket.Written) { w.Make = strings.Repeat("x", 41) }, "make long"},
		"no plate":                      {func(w *ticket.Written) { w.Plate = "" }, "plate missing"},
		"no plate, as it says":          {func(w *ticket.Written) { w.Plate, w.NoPlate, w.Jurisdiction = "", true, "" }, ""},
		"no plate of signs":             {func(w *ticket.Written) { w.Plate = "###" }, "plate form"},
		"a province in words":           {func(w *ticket.Written) { w.Jurisdiction = "Nova" }, "province form"},
		"by pigeon":                     {func(w *ticket.Written) { w.Delivery = "pigeon" }, "delivery form"},
		"mailed and no day":             {func(w *ticket.Written) { w.Delivery = ticket.Mailed }, "served form"},
		"mailed before":                 {mailed("2026-03-31", "2026-03-30"), "served before"},
		"mailed tomorrow":               {mailed("2026-09-30", "2026-10-02"), "served future"},
		"mailed on the six months' day": {mailed("2026-03-31", "2026-09-30"), ""},
		"mailed a day after it":         {mailed("2026-03-31", "2026-10-01"), "served six_months"},
		"from the end of August":        {mailed("2025-08-31", "2026-02-28"), ""},
		"and a day after":               {mailed("2025-08-31", "2026-03-01"), "served six_months"},
	} {
		w := good
		c.bend(&w)
		got := ""
		if no := ticket.CheckWritten(lga, w, day(t, "2026-10-01")); no != nil {
			got = no.Field + " " + no.Reason
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	late := good
	mailed("2024-03-31", "2026-09-30")(&late)
	if no := ticket.CheckWritten(generic, late, day(t, "2026-10-01")); no != nil {
		t.Errorf("a regime without the rule: %v", no)
	}
	if s := good.String(); strings.Contains(s, "ABC") {
		t.Errorf("it prints %s", s)
	}
}

func TestBooksAreCounted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ first, last, want string }{
		{"P0101", "p-0125", ""}, {"0101", "0125", ""}, {"P0101", "P0101", ""}, {"P0125", "P0101", "last range"}, {"P0101", "Q0125", "last range"}, {"P0101", "P00125", "last range"},
		{"P0101", "P0301", "last range"}, {"P0101", "P0300", ""}, {"PX", "P0300", "first form"}, {"P1", "P?", "last form"}, {"P0123456789", "P0123456790", "first form"},
	} {
		r, no := ticket.ParseRange("", c.first, c.last)
		got := ""
		if no != nil {
			got = no.Field + " " + no.Reason
		}
		if got != c.want {
			t.Errorf("%s to %s: %q, want %q (%+v)", c.first, c.last, got, c.want, r)
		}
	}
	r, _ := ticket.ParseRange("", "P0098", "P0103")
	if r.Number(100) != "P0100" || !r.Overlaps(ticket.Range{Prefix: "P", First: 103, Last: 110, Width: 4}) || r.Overlaps(ticket.Range{Prefix: "P", First: 104, Last: 110, Width: 4}) ||
		r.Overlaps(ticket.Range{Prefix: "P", First: 98, Last: 110, Width: 5}) {
		t.Errorf("%+v", r)
	}
	for number, in := range map[string]bool{"P0098": true, "p 0103": true, "P0104": false, "P98": false, "Q0098": false, "P00098": false} {
		if _, ok := r.Has(number); ok != in {
			t.Errorf("%s: %t", number, ok)
		}
	}
	b := ticket.Book{Range: r, Officer: "PK-17", HandedAt: time.Unix(1, 0)}
	c := b.Count(map[int]city.Date{98: day(t, "2026-06-01"), 101: day(t, "2026-06-03")}, map[int]ticket.Fate{100: ticket.Spoiled})
	if c.Used != 2 || c.Spoiled != 1 || c.Blank != 2 || len(c.Missing) != 1 || c.Missing[0] != (ticket.Missing{Number: "P0099", Since: day(t, "2026-06-03")}) {
		t.Errorf("%+v", c)
	}
	for text, ok := range map[string]bool{"17": true, "PK-17": true, "SMITH": false, "": false, "pk17": false, "ANNE SMITH 1": false, "12345678901": false} {
		if ticket.OfficerNumber(text) != ok {
			t.Errorf("officer %q: %t", text, !ok)
		}
	}
}

// While a hold lasts the price stands still, and its end changes nothing of it: the days that were left go on. A hold that
// began after a deadline brings that one's price back neither while it lasts nor after.
func TestAHoldThatGoesOnStopsThePrice(t *testing.T) {
	t.Parallel()
	rules := city.Rules{Schedules: []city.Schedule{{ID: "S", Offences: []city.Offence{{Code: "X", Tiers: saintJohn}}}}}
	price := func(state ticket.State, when string, events ...ticket.Event) int64 {
		t.Helper()
		tk := ticket.Ticket{Schedule: "S", Offence: "X", IssuedAt: at(t, "2026-06-01 09:00:00"), IssuedOn: day(t, "2026-06-01"), State: state, Events: events}
		q, err := ticket.Price(tk, rules, city.City{Zone: moncton}, at(t, when))
		if err != nil {
			t.Fatal(err)
		}
		return q.Total.Minor()
	}
	first, second, last := price(ticket.Open, "2026-06-16 23:59:59"), price(ticket.Open, "2026-06-17 00:00:00"), price(ticket.Open, "2026-07-02 00:00:00")
	if first == second || second == last {
		t.Fatal(first, second, last)
	}
	early, late := ticket.Event{Kind: ticket.HoldFrom, At: at(t, "2026-06-06 10:00:00")}, ticket.Event{Kind: ticket.HoldFrom, At: at(t, "2026-06-20 10:00:00")}
	until := func(text string) ticket.Event { return ticket.Event{Kind: ticket.HoldUntil, At: at(t, text)} }
	review := []ticket.Event{{Kind: ticket.ReviewFrom, At: at(t, "2026-06-08 10:00:00")}, {Kind: ticket.ReviewUntil, At: at(t, "2026-06-12 10:00:00")}}
	for _, c := range []struct {
		name   string
		state  ticket.State
		when   string
		events []ticket.Event
		want   int64
	}{
		{"it has just begun", ticket.Hold, "2026-06-06 10:00:00", []ticket.Event{early}, first},
		{"past the first deadline", ticket.Hold, "2026-06-17 00:00:00", []ticket.Event{early}, first},
		{"past the last", ticket.Hold, "2026-09-01 12:00:00", []ticket.Event{early}, first},
		{"as it ends", ticket.Open, "2026-09-01 12:00:00", []ticket.Event{early, until("2026-09-01 12:00:00")}, first},
		{"on the last day that was left", ticket.Open, "2026-09-11 23:59:59", []ticket.Event{early, until("2026-09-01 12:00:00")}, first},
		{"the day after", ticket.Open, "2026-09-12 00:00:00", []ticket.Event{early, until("2026-09-01 12:00:00")}, second},
		{"begun after the first deadline", ticket.Hold, "2026-09-01 12:00:00", []ticket.Event{late}, second},
		{"a second one that goes on", ticket.Hold, "2026-09-01 12:00:00", []ticket.Event{{Kind: ticket.HoldFrom, At: at(t, "2026-06-03 10:00:00")}, until("2026-06-04 10:00:00"), late}, second},
		{"priced as of before it", ticket.Hold, "2026-06-05 12:00:00", []ticket.Event{late}, first},
		{"with a review that came and went", ticket.Hold, "2026-09-01 12:00:00", append([]ticket.Event{early}, review...), first},
		{"charged, and no word of its end", ticket.Court, "2026-09-01 12:00:00", []ticket.Event{early}, last},
	} {
		if got := price(c.state, c.when, c.events...); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
