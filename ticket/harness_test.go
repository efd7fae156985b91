package ticket_test

import (
	"os"
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/ticket"
)

// at is an instant on New Brunswick's clock.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	got, err := time.ParseInLocation("2006-01-02 15:04:05", text, moncton)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func day(t testing.TB, text string) city.Date {
	t.Helper()
	d, err := city.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var moncton = func() *time.Location {
	zone, err := time.LoadLocation("America/Moncton")
	if err != nil {
		panic(err)
	}
	return zone
}()

func days(n int) *city.Deadline { return &city.Deadline{Form: city.DaysAfterBase, Days: n} }

func tier(cents int64, until *city.Deadline) city.Tier {
	return city.Tier{Kind: city.Absolute, Amount: money.FromMinor(cents), Clause: "1", Until: until}
}

// saintJohn is the no-parking row of the city's older page: 30, 40, 65 at 15 and 30 days.
var saintJohn = []city.Tier{tier(3000, days(15)), tier(4000, days(30)), tier(6500, nil)}

// priced is a ticket under one schedule with one offence.
func priced(t testing.TB, clock city.Clock, tiers []city.Tier, issued string, change func(*ticket.Ticket, *city.Rules)) func(when string) int64 {
	t.Helper()
	rules := city.Rules{Schedules: []city.Schedule{{ID: "S", Clock: clock, Offences: []city.Offence{{Code: "X", Tiers: tiers}}}}}
	issuedAt := at(t, issued)
	tk := ticket.Ticket{ID: "t", Schedule: "S", Offence: "X", IssuedAt: issuedAt, IssuedOn: city.DateOf(issuedAt, moncton), Delivery: ticket.Windshield}
	if change != nil {
		change(&tk, &rules)
	}
	return func(when string) int64 {
		t.Helper()
		q, err := ticket.Price(tk, rules, city.City{Zone: moncton}, at(t, when))
		if err != nil {
			t.Fatal(err)
		}
		return q.Total.Minor()
	}
}

// mailedOn makes a ticket one that came by mail.
func mailedOn(day city.Date) func(*ticket.Ticket, *city.Rules) {
	return func(tk *ticket.Ticket, _ *city.Rules) { tk.Delivery, tk.ServedOn = ticket.Mailed, day }
}

// rulesOf reads a by-law of testdata as a city would.
func rulesOf(t testing.TB, file string, c city.City) (city.Rules, []error) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return city.ParseRules(b, nil, c)
}
