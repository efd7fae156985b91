package ticket_test

import (
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/ticket"
)

// outageRules is a by-law of one price until the end of the 15th day, and of another after.
func outageRules(clock city.Clock, outages []city.Outage, holidays ...city.Holiday) city.Rules {
	return city.Rules{Outages: outages, Holidays: holidays, Schedules: []city.Schedule{{
		ID: "s", From: city.Date{Year: 2026, Month: 1, Day: 1}, Clock: clock, Offences: []city.Offence{{Code: "P", Tiers: []city.Tier{
			{Kind: city.Absolute, Amount: money.FromMinor(3000), Clause: "1", Until: &city.Deadline{Form: city.DaysAfterBase, Days: 15}},
			{Kind: city.Absolute, Amount: money.FromMinor(6500), Clause: "2"},
		}}},
	}}}
}

// A deadline that falls in a time in which nobody could pay moves to the end of the first whole working day after it.
// No other moves.
func TestAnOutageMovesTheDeadlinesThatFallInIt(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/Moncton")
	if err != nil {
		t.Fatal(err)
	}
	on := func(month time.Month, day, hour, minutes int) time.Time { return time.Date(2026, month, day, hour, minutes, 0, 0, zone) }
	out := func(from, until time.Time) []city.Outage { return []city.Outage{{From: from, Until: until}} }
	// Issued on Tuesday 3 March: the first price holds to the end of Wednesday 18 March.
	issued := city.Date{Year: 2026, Month: 3, Day: 3}
	for _, c := range []struct {
		name    string
		outages []city.Outage
		clock   city.Clock
		free    []city.Holiday
		want    time.Time
	}{
		{"none", nil, city.Clock{}, nil, on(3, 19, 0, 0)},
		{"it ended before midnight: the evening was left", out(on(3, 18, 14, 0), on(3, 18, 23, 0)), city.Clock{}, nil, on(3, 19, 0, 0)},
		{"over midnight", out(on(3, 18, 22, 0), on(3, 19, 2, 0)), city.Clock{}, nil, on(3, 21, 0, 0)},
		{"it began as the deadline ran out", out(on(3, 19, 0, 0), on(3, 19, 6, 0)), city.Clock{}, nil, on(3, 19, 0, 0)},
		{"it ended as the deadline ran out: the whole day", out(on(3, 18, 0, 0), on(3, 19, 0, 0)), city.Clock{}, nil, on(3, 20, 0, 0)},
		{"the day before only", out(on(3, 17, 0, 0), on(3, 18, 0, 0)), city.Clock{}, nil, on(3, 19, 0, 0)},
		{"over the weekend", out(on(3, 18, 20, 0), on(3, 20, 9, 0)), city.Clock{}, nil, on(3, 24, 0, 0)},
		{"and a holiday", out(on(3, 18, 20, 0), on(3, 20, 9, 0)), city.Clock{}, []city.Holiday{{Day: city.Date{Year: 2026, Month: 3, Day: 23}}}, on(3, 25, 0, 0)},
		{"with a cut-off", out(on(3, 18, 16, 0), on(3, 18, 18, 0)), city.Clock{CutOff: 17 * time.Hour}, nil, on(3, 19, 17, 0)},
		{"after the cut-off", out(on(3, 18, 17, 0), on(3, 18, 23, 0)), city.Clock{CutOff: 17 * time.Hour}, nil, on(3, 18, 17, 0)},
		{"into another one", []city.Outage{{From: on(3, 18, 22, 0), Until: on(3, 19, 2, 0)}, {From: on(3, 20, 12, 0), Until: on(3, 21, 12, 0)}}, city.Clock{}, nil, on(3, 24, 0, 0)},
		{"two at once: the later end", []city.Outage{{From: on(3, 18, 22, 0), Until: on(3, 19, 2, 0)}, {From: on(3, 18, 20, 0), Until: on(3, 20, 2, 0)}}, city.Clock{}, nil, on(3, 24, 0, 0)},
	} {
		rules := outageRules(c.clock, c.outages, c.free...)
		tk := ticket.Ticket{ID: "t", IssuedOn: issued, IssuedAt: issued.Start(zone), Offence: "P", Schedule: "s"}
		q, err := ticket.Explain(tk, rules, city.City{Zone: zone}, c.want.Add(-time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if !q.Tiers[0].Until.Equal(c.want) || q.Total.Minor() != 3000 {
			t.Errorf("%s: to %s, %s; want to %s", c.name, q.Tiers[0].Until.In(zone), q.Total, c.want)
		}
		if moved := strings.Contains(strings.Join(q.Trace, "\n"), "nobody could pay"); moved != (c.outages != nil && !c.want.Equal(on(3, 19, 0, 0)) && !c.want.Equal(on(3, 18, 17, 0))) {
			t.Errorf("%s: %v", c.name, q.Trace)
		}
		if q, err = ticket.Price(tk, rules, city.City{Zone: zone}, c.want); err != nil || q.Total.Minor() != 6500 {
			t.Errorf("%s: at its end %s, %v", c.name, q.Total, err)
		}
	}
}

// A deadline before an appearance never moves to the day of it.
func TestAnOutageNeverMovesADeadlineToTheAppearance(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/Moncton")
	if err != nil {
		t.Fatal(err)
	}
	rules := outageRules(city.Clock{}, []city.Outage{{From: time.Date(2026, 3, 18, 0, 0, 0, 0, zone), Until: time.Date(2026, 3, 25, 0, 0, 0, 0, zone)}})
	rules.Schedules[0].Offences[0].Tiers[0].Until = &city.Deadline{Form: city.WorkingDaysBefore, Days: 2, Event: "appearance", At: 16 * time.Hour}
	tk := ticket.Ticket{
		ID: "t", IssuedOn: city.Date{Year: 2026, Month: 3, Day: 3}, IssuedAt: time.Date(2026, 3, 3, 9, 0, 0, 0, zone), Offence: "P", Schedule: "s",
		Events: []ticket.Event{{Kind: "appearance", At: time.Date(2026, 3, 20, 10, 0, 0, 0, zone)}},
	}
	q, err := ticket.Price(tk, rules, city.City{Zone: zone}, tk.IssuedAt)
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 3, 20, 0, 0, 0, 0, zone); !q.Tiers[0].Until.Equal(want) {
		t.Errorf("to %s, want %s", q.Tiers[0].Until.In(zone), want)
	}
}
