package review_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/review"
	"fundy/ticket"
)

func day(t *testing.T, text string) city.Date {
	t.Helper()
	d, err := city.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Every state is reached, none is a trap, and an event moves one way only.
func TestTheTableHasNoTrap(t *testing.T) {
	t.Parallel()
	for _, regime := range []string{"nb-lga", "generic"} {
		reached := map[review.State]bool{review.New: true}
		seen := map[[2]string]bool{}
		for range review.Table {
			for _, l := range review.Table {
				if _, ok := review.Next(regime, l.From, l.Event); ok && reached[l.From] {
					reached[l.To] = true
				}
			}
		}
		for _, l := range review.Table {
			if key := [2]string{string(l.From), string(l.Event)}; seen[key] {
				t.Errorf("two lines for %v", key)
			} else {
				seen[key] = true
			}
			if _, ok := review.Next(regime, l.From, l.Event); ok && !reached[l.To] {
				t.Errorf("%s: %s is never reached", regime, l.To)
			}
		}
		for s := range reached {
			out := slices.ContainsFunc(review.Table, func(l review.Line) bool { return l.From == s && l.To != s })
			if !s.Final() && !out {
				t.Errorf("%s has no way out", s)
			}
		}
		for _, s := range []review.State{review.Hearing, review.Missed, review.Reduced, review.Extended} {
			if reached[s] != (regime == "generic") {
				t.Errorf("%s: %s is reached: %v", regime, s, reached[s])
			}
		}
	}
}

// Under nb-lga an officer keeps or withdraws, and no more: the sections have no other word.
func TestWhatEachLawLetsAnOfficerDecide(t *testing.T) {
	t.Parallel()
	for regime, want := range map[string][]review.Event{
		"nb-lga":  {review.Keep, review.Withdraw},
		"generic": {review.Keep, review.Withdraw, review.Reduce, review.Extend, review.Send},
	} {
		if got := review.Decisions(regime, review.Asked); !slices.Equal(got, want) {
			t.Errorf("%s: %v", regime, got)
		}
	}
	for state, want := range map[review.State][]review.Event{
		review.Hearing: {review.Send, review.Keep, review.Withdraw, review.Reduce, review.Extend, review.Absent},
		review.Missed:  {review.Again},
		review.Kept:    nil,
	} {
		if got := review.Decisions("generic", state); !slices.Equal(got, want) {
			t.Errorf("%s: %v", state, got)
		}
	}
	if review.Ends("nb-lga") != ticket.Withdrawn || review.Ends("generic") != ticket.Cancelled {
		t.Error("how a ticket ends")
	}
}

func TestWhoMayAsk(t *testing.T) {
	t.Parallel()
	today := day(t, "2026-06-20")
	issued := ticket.Ticket{State: ticket.Open, IssuedOn: day(t, "2026-06-01")}
	mailed := issued
	mailed.ServedOn = day(t, "2026-06-10")
	on := review.Settings{AskDays: 15, DecideDays: 10}
	for _, c := range []struct {
		name     string
		settings review.Settings
		ticket   ticket.Ticket
		state    ticket.State
		before   review.Before
		received string
		want     string
	}{
		{"on the last day", on, issued, ticket.Open, review.Before{}, "2026-06-16", ""},
		{"a day too late", on, issued, ticket.Open, review.Before{}, "2026-06-17", review.RefusedLate},
		{"counted from its service", on, mailed, ticket.Open, review.Before{}, "2026-06-20", ""},
		{"no last day", review.Settings{DecideDays: 10}, issued, ticket.Reopened, review.Before{}, "2026-06-20", ""},
		{"came in under review", on, issued, ticket.Review, review.Before{}, "2026-06-10", ""},
		{"paid", on, issued, ticket.Paid, review.Before{}, "2026-06-10", review.RefusedState},
		{"before a court", on, issued, ticket.Court, review.Before{}, "2026-06-10", review.RefusedState},
		{"being paid", on, issued, ticket.Confirming, review.Before{}, "2026-06-10", review.RefusedState},
		{"one is under way", on, issued, ticket.Review, review.Before{Open: 1}, "2026-06-10", review.RefusedOpen},
		{"one was decided", on, issued, ticket.Open, review.Before{Decided: 1}, "2026-06-10", review.RefusedDecided},
		{"none are taken", review.Settings{AskDays: 15}, issued, ticket.Open, review.Before{}, "2026-06-10", review.RefusedOff},
		{"a letter of tomorrow", on, issued, ticket.Open, review.Before{}, "2026-06-21", review.RefusedDay},
		{"a letter from before", on, issued, ticket.Open, review.Before{}, "2026-05-31", review.RefusedDay},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tk := c.ticket
			tk.State = c.state
			got := ""
			if no := review.MayAsk(c.settings, tk, c.before, day(t, c.received), today); no != nil {
				got = no.Reason
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatMayBeDecided(t *testing.T) {
	t.Parallel()
	today := day(t, "2026-06-20")
	penalty := money.FromMinor(6500)
	for _, c := range []struct {
		name   string
		regime string
		state  review.State
		ticket ticket.State
		part   review.Part
		change func(*review.Decision)
		want   string
	}{
		{name: "kept", change: func(d *review.Decision) {}},
		{name: "withdrawn", change: func(d *review.Decision) { d.Event = review.Withdraw }},
		{name: "withdrawn after it was paid", state: review.Ended, ticket: ticket.Paid, change: func(d *review.Decision) { d.Event = review.Withdraw }},
		{name: "kept after it has ended", state: review.Ended, ticket: ticket.Paid, change: func(d *review.Decision) {}, want: review.RefusedMoved},
		{name: "another was quicker", change: func(d *review.Decision) { d.Version = 2 }, want: review.RefusedMoved},
		{name: "decided already", state: review.Kept, change: func(d *review.Decision) {}, want: review.RefusedMoved},
		{name: "who took the money", part: review.Part{Money: true}, change: func(d *review.Decision) {}, want: review.RefusedMoney},
		{name: "who entered the ticket", part: review.Part{Entered: true}, change: func(d *review.Decision) {}, want: review.RefusedEntered},
		{name: "without words", change: func(d *review.Decision) { d.Words = " \n" }, want: review.RefusedWords},
		{name: "too many words", change: func(d *review.Decision) { d.Words = string(make([]byte, review.WordsMost+1)) }, want: review.RefusedWords},
		{name: "closed, without words", change: func(d *review.Decision) { d.Event, d.Words, d.Why = review.Close, "", review.Twice }},
		{name: "closed without a reason", change: func(d *review.Decision) { d.Event = review.Close }, want: review.RefusedWhy},
		{name: "closed for another reason", change: func(d *review.Decision) { d.Event, d.Why = review.Close, "whim" }, want: review.RefusedWhy},
		{name: "closed with a book", change: func(d *review.Decision) {
			d.Event, d.Why, d.Words = review.Close, review.Twice, strings.Repeat("a", review.WordsMost+1)
		}, want: review.RefusedWords},
		{name: "closed by its first reader", part: review.Part{First: true}, change: func(d *review.Decision) { d.Event, d.Why = review.Close, review.Stranger }, want: review.RefusedFirst},
		{name: "kept by its first reader", part: review.Part{First: true}, change: func(d *review.Decision) {}},
		{name: "closed by who took the money", part: review.Part{Money: true}, change: func(d *review.Decision) { d.Event, d.Why = review.Close, review.Stranger }, want: review.RefusedMoney},
		{name: "closed by who entered the ticket", part: review.Part{Entered: true}, change: func(d *review.Decision) { d.Event, d.Why = review.Close, review.Stranger }, want: review.RefusedEntered},
		{name: "being paid", ticket: ticket.Confirming, change: func(d *review.Decision) {}, want: review.RefusedPaying},
		{name: "nb-lga reduces nothing", change: func(d *review.Decision) { d.Event, d.Amount = review.Reduce, money.FromMinor(100) }, want: review.RefusedLaw},
		{name: "nb-lga hears nobody", change: func(d *review.Decision) { d.Event, d.Hearing = review.Send, day(t, "2026-07-01") }, want: review.RefusedLaw},
		{name: "reduced", regime: "generic", change: func(d *review.Decision) { d.Event, d.Amount = review.Reduce, money.FromMinor(6499) }},
		{name: "reduced to the same", regime: "generic", change: func(d *review.Decision) { d.Event, d.Amount = review.Reduce, penalty }, want: review.RefusedAmount},
		{name: "reduced to nothing", regime: "generic", change: func(d *review.Decision) { d.Event = review.Reduce }, want: review.RefusedAmount},
		{name: "reduced when it was paid", regime: "generic", ticket: ticket.Paid, change: func(d *review.Decision) { d.Event, d.Amount = review.Reduce, money.FromMinor(100) }, want: review.RefusedMoved},
		{name: "extended", regime: "generic", change: func(d *review.Decision) { d.Event, d.Until = review.Extend, day(t, "2026-06-21") }},
		{name: "extended to today", regime: "generic", change: func(d *review.Decision) { d.Event, d.Until = review.Extend, today }, want: review.RefusedUntil},
		{name: "extended by years", regime: "generic", change: func(d *review.Decision) { d.Event, d.Until = review.Extend, day(t, "2028-01-01") }, want: review.RefusedUntil},
		{name: "to a hearing without a day", regime: "generic", change: func(d *review.Decision) { d.Event = review.Send }, want: review.RefusedHearing},
		{name: "to a hearing without an hour", regime: "generic", change: func(d *review.Decision) { d.Event, d.Hearing, d.Place = review.Send, day(t, "2026-07-01"), "room 3" }, want: review.RefusedHour},
		{name: "to one at no hour of a day", regime: "generic", change: func(d *review.Decision) {
			d.Event, d.Hearing, d.At, d.Place = review.Send, day(t, "2026-07-01"), "25:00", "room 3"
		}, want: review.RefusedHour},
		{name: "to a hearing nowhere", regime: "generic", change: func(d *review.Decision) { d.Event, d.Hearing, d.At = review.Send, day(t, "2026-07-01"), "14:30" }, want: review.RefusedPlace},
		{name: "to one whose place is two lines", regime: "generic", change: func(d *review.Decision) {
			d.Event, d.Hearing, d.At, d.Place = review.Send, day(t, "2026-07-01"), "14:30", "room 3\nroom 4"
		}, want: review.RefusedPlace},
		{name: "to a hearing", regime: "generic", change: func(d *review.Decision) {
			d.Event, d.Hearing, d.At, d.Place = review.Send, day(t, "2026-07-01"), "14:30", "room 3"
		}},
		{name: "a hearing on another day", regime: "generic", state: review.Hearing, change: func(d *review.Decision) {
			d.Event, d.Hearing, d.At, d.Place = review.Send, day(t, "2026-07-02"), "9:30", "by telephone"
		}},
		{name: "nobody came", regime: "generic", state: review.Hearing, change: func(d *review.Decision) { d.Event, d.Clock = review.Absent, "14:30" }},
		{name: "nobody has come yet", regime: "generic", state: review.Hearing, change: func(d *review.Decision) { d.Event, d.Clock = review.Absent, "14:29" }, want: review.RefusedEarly},
		{name: "nobody came, without words", regime: "generic", state: review.Hearing, change: func(d *review.Decision) { d.Event, d.Clock, d.Words = review.Absent, "14:30", "" }, want: review.RefusedWords},
		{name: "nobody came to what was paid", regime: "generic", state: review.Hearing, ticket: ticket.Paid, change: func(d *review.Decision) { d.Event, d.Clock = review.Absent, "14:30" }, want: review.RefusedMoved},
		{name: "nobody came to no hearing", regime: "generic", change: func(d *review.Decision) { d.Event, d.Clock = review.Absent, "14:30" }, want: review.RefusedLaw},
		{name: "nobody came, and it is kept too", regime: "generic", state: review.Missed, change: func(d *review.Decision) {}, want: review.RefusedMoved},
		{name: "another hearing", regime: "generic", state: review.Missed, ticket: ticket.Open, change: func(d *review.Decision) {
			d.Event, d.Hearing, d.At, d.Place = review.Again, day(t, "2026-07-02"), "9:30", "by telephone"
		}},
		{name: "another hearing nowhere", regime: "generic", state: review.Missed, ticket: ticket.Open, change: func(d *review.Decision) {
			d.Event, d.Hearing, d.At = review.Again, day(t, "2026-07-02"), "9:30"
		}, want: review.RefusedPlace},
		{name: "another hearing without a day", regime: "generic", state: review.Missed, ticket: ticket.Open, change: func(d *review.Decision) { d.Event = review.Again }, want: review.RefusedHearing},
		{name: "another hearing before the first", regime: "generic", state: review.Hearing, change: func(d *review.Decision) { d.Event = review.Again }, want: review.RefusedLaw},
		{name: "after a hearing", regime: "generic", state: review.Hearing, change: func(d *review.Decision) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := review.Review{Regime: "nb-lga", State: review.Asked, Version: 1, HearingOn: today, HearingAt: "14:30"}
			if c.regime != "" {
				r.Regime = c.regime
			}
			if c.state != "" {
				r.State = c.state
			}
			tk := ticket.Ticket{State: ticket.Review}
			if c.ticket != "" {
				tk.State = c.ticket
			}
			d := review.Decision{Event: review.Keep, Words: "The sign is clear.", Version: 1, By: "anne"}
			c.change(&d)
			got := ""
			if no := review.Decide(r, tk, d, penalty, c.part, today); no != nil {
				got = no.Reason
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// A hearing can have been missed from its hour on; one that has no hour from its day on; where there is none, never.
func TestWhenAHearingHasBegun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		on, at, today, clock string
		want                 bool
	}{
		{"2026-06-20", "14:30", "2026-06-19", "23:59", false},
		{"2026-06-20", "14:30", "2026-06-20", "14:29", false},
		{"2026-06-20", "14:30", "2026-06-20", "14:30", true},
		{"2026-06-20", "9:00", "2026-06-20", "10:00", true},
		{"2026-06-20", "9:00", "2026-06-20", "08:59", false},
		{"2026-06-20", "14:30", "2026-06-21", "00:00", true},
		{"2026-06-20", "", "2026-06-20", "00:00", true},
		{"2026-06-20", "", "2026-06-19", "23:59", false},
		{"2026-06-20", "14:30", "2026-06-20", "", false},
		{"", "14:30", "2026-06-20", "14:30", false},
	} {
		r := review.Review{HearingAt: c.at}
		if c.on != "" {
			r.HearingOn = day(t, c.on)
		}
		if got := review.Begun(r, day(t, c.today), c.clock); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// Another hearing is set once, for who has asked within the city's days after he was told, while the ticket is owed.
func TestWhoIsHeardAgain(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 6, 21, 15, 0, 0, 0, time.UTC)
	missed := review.Review{State: review.Missed, HearingOn: day(t, "2026-06-20"), DecidedAt: noon}
	for _, c := range []struct {
		name   string
		days   int
		change func(r *review.Review)
		ticket ticket.State
		asked  string
		want   string
	}{
		{name: "on the day of the hearing", asked: "2026-06-20"},
		{name: "on the last day", asked: "2026-07-06"},
		{name: "a day too late", asked: "2026-07-07", want: review.RefusedAsked},
		{name: "before the hearing", asked: "2026-06-19", want: review.RefusedAsked},
		{name: "on a day to come", asked: "2026-07-08", want: review.RefusedAsked},
		{name: "owed again", ticket: ticket.Reopened, asked: "2026-06-25"},
		{name: "paid", ticket: ticket.Paid, asked: "2026-06-25", want: review.RefusedState},
		{name: "before a court", ticket: ticket.Court, asked: "2026-06-25", want: review.RefusedState},
		{name: "on hold", ticket: ticket.Hold, asked: "2026-06-25", want: review.RefusedState},
		{name: "the city hears nobody again", days: -15, asked: "2026-06-25", want: review.RefusedAgain},
		{name: "a second time", change: func(r *review.Review) { r.AgainOn = day(t, "2026-06-01") }, asked: "2026-06-25", want: review.RefusedAgain},
		{name: "what was written is erased", change: func(r *review.Review) { r.ErasedAt = noon }, asked: "2026-06-25", want: review.RefusedAgain},
		{name: "it was kept", change: func(r *review.Review) { r.State = review.Kept }, asked: "2026-06-25", want: review.RefusedAgain},
	} {
		r, tk, got := missed, ticket.Ticket{State: ticket.Open}, ""
		if c.change != nil {
			c.change(&r)
		}
		if c.ticket != "" {
			tk.State = c.ticket
		}
		until := review.AgainUntil(review.Settings{AgainDays: 15 + c.days}, r, time.UTC)
		if no := review.MayHearAgain(r, tk, day(t, c.asked), until, day(t, "2026-07-07")); no != nil {
			got = no.Reason
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// After a request that was closed another can be asked for: to the city's last day, or as long as the ticket is owed.
func TestUntilWhenAnotherReviewCanBeAskedFor(t *testing.T) {
	t.Parallel()
	tk := ticket.Ticket{State: ticket.Open, IssuedOn: day(t, "2026-06-01")}
	for _, c := range []struct {
		ask, decide int
		state       ticket.State
		today, last string
		may         bool
	}{
		{0, 10, ticket.Open, "2027-06-01", "", true},
		{30, 10, ticket.Open, "2026-07-01", "2026-07-01", true},
		{30, 10, ticket.Open, "2026-07-02", "2026-07-01", false},
		{30, 10, ticket.Paid, "2026-06-20", "2026-07-01", false},
		{0, 0, ticket.Open, "2026-06-20", "", false},
	} {
		tk.State = c.state
		last, may := review.MayAskUntil(review.Settings{AskDays: c.ask, DecideDays: c.decide}, tk, day(t, c.today))
		if last.String() != c.last || may != c.may {
			t.Errorf("%+v: %s, %t", c, last, may)
		}
	}
	if got := review.FirstReader(review.Review{EnteredBy: "carl"}, "olga"); got != "carl" {
		t.Errorf("of a letter: %s", got)
	}
	if got := review.FirstReader(review.Review{}, "olga"); got != "olga" {
		t.Errorf("of the portal: %s", got)
	}
}

// Working days are the city's: neither the weekend nor its holidays count.
func TestTheDecisionIsDueByTheCitysCalendar(t *testing.T) {
	t.Parallel()
	rules := city.Rules{Holidays: []city.Holiday{{Day: day(t, "2026-07-01")}}}
	for n, want := range map[int]string{1: "2026-06-29", 3: "2026-07-02", 4: "2026-07-03", 5: "2026-07-06"} {
		if got := review.DueOn(rules, day(t, "2026-06-27"), n); got != day(t, want) { // a Saturday
			t.Errorf("%d working days: %s, want %s", n, got, want)
		}
	}
	r := review.Review{State: review.Asked, DueOn: day(t, "2026-07-02")}
	if r.Overdue(day(t, "2026-07-02")) || !r.Overdue(day(t, "2026-07-03")) {
		t.Error("overdue")
	}
	r.State = review.Kept
	if r.Overdue(day(t, "2027-07-03")) {
		t.Error("a decided one is not")
	}
}

// While a review is under way and the city holds the clock, the deadline goes on before the day; when it ends, the days
// it took have not counted.
func TestAHeldReviewStopsTheClock(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/Moncton")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		got, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	tier := func(cents int64, days int) city.Tier {
		one := city.Tier{Kind: city.Absolute, Amount: money.FromMinor(cents)}
		if days > 0 {
			one.Until = &city.Deadline{Form: city.DaysAfterBase, Days: days}
		}
		return one
	}
	rules := city.Rules{Schedules: []city.Schedule{{ID: "S", Offences: []city.Offence{{Code: "X", Tiers: []city.Tier{tier(3000, 15), tier(6500, 0)}}}}}}
	issued := at("2026-06-01 09:00")
	tk := ticket.Ticket{Schedule: "S", Offence: "X", IssuedAt: issued, IssuedOn: city.DateOf(issued, zone)}
	price := func(text string) int64 {
		t.Helper()
		q, err := ticket.Price(tk, rules, city.City{Zone: zone}, at(text))
		if err != nil {
			t.Fatal(err)
		}
		return q.Total.Minor()
	}
	if price("2026-06-16 23:59") != 3000 || price("2026-06-17 00:00") != 6500 {
		t.Error("without a review")
	}
	tk.Events = []ticket.Event{{Kind: ticket.ReviewFrom, At: at("2026-06-10 12:00")}}
	for _, when := range []string{"2026-06-17 00:00", "2026-07-20 12:00", "2026-12-31 12:00"} {
		if got := price(when); got != 3000 {
			t.Errorf("under way at %s: %d", when, got)
		}
	}
	tk.Events = append(tk.Events, ticket.Event{Kind: ticket.ReviewUntil, At: at("2026-06-20 08:00")})
	if price("2026-06-26 23:59") != 3000 || price("2026-06-27 00:00") != 6500 {
		t.Error("ten days do not count")
	}
}
