package ticket_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"fundy/city"
	"fundy/money"
	"fundy/ticket"
)

func TestDaysAreCalendarDaysOnTheCitysClock(t *testing.T) {
	t.Parallel()
	exclusive := city.Clock{}
	for _, c := range []struct {
		name   string
		clock  city.Clock
		tiers  []city.Tier
		issued string
		change func(*ticket.Ticket, *city.Rules)
		want   map[string]int64
	}{
		{
			// Issued at 23:50 AST, daylight saving from 03-08: 15 × 24 h would give 03-13 00:50 ADT, a UTC date 03-13 already at 21:30.
			name: "across daylight saving", clock: exclusive, tiers: saintJohn, issued: "2026-02-25 23:50:00",
			want: map[string]int64{"2026-03-12 21:30:00": 3000, "2026-03-12 23:59:59": 3000, "2026-03-13 00:00:00": 4000, "2026-03-27 23:59:59": 4000, "2026-03-28 00:00:00": 6500, "2026-02-25 23:50:00": 3000},
		},
		{
			name: "across the end of daylight saving", clock: exclusive, tiers: saintJohn, issued: "2026-10-25 00:10:00",
			want: map[string]int64{"2026-11-09 23:59:59": 3000, "2026-11-10 00:00:00": 4000},
		},
		{
			// Paid by cheque on day 10, which came back on 07-10: 29 days do not count, and there are five left of the first price.
			name: "the days between a cheque's receipt and its return", clock: exclusive, tiers: saintJohn, issued: "2026-06-01 09:00:00",
			change: func(tk *ticket.Ticket, _ *city.Rules) {
				tk.Events = []ticket.Event{{Kind: ticket.ChequeFrom, At: at(t, "2026-06-11 00:00:00")}, {Kind: ticket.ChequeUntil, At: at(t, "2026-07-10 00:00:00")}}
			},
			want: map[string]int64{"2026-07-10 09:00:00": 3000, "2026-07-15 23:59:59": 3000, "2026-07-16 00:00:00": 4000, "2026-07-30 23:59:59": 4000, "2026-07-31 00:00:00": 6500},
		},
		{
			name: "the day of issue is day 1, to 17:00", clock: city.Clock{FirstDay: city.Inclusive, CutOff: 17 * time.Hour}, tiers: saintJohn, issued: "2026-06-01 09:00:00",
			want: map[string]int64{"2026-06-15 16:59:59": 3000, "2026-06-15 17:00:00": 4000, "2026-06-30 16:59:59": 4000, "2026-06-30 17:00:00": 6500},
		},
		{
			name: "the day of issue is day 1", clock: city.Clock{FirstDay: city.Inclusive}, tiers: []city.Tier{tier(1, days(14)), tier(2, nil)}, issued: "2026-06-01 09:00:00",
			want: map[string]int64{"2026-06-14 23:59:59": 1, "2026-06-15 00:00:00": 2},
		},
		{
			name: "the day ends at 17:00", clock: city.Clock{CutOff: 17 * time.Hour}, tiers: saintJohn, issued: "2026-06-01 09:00:00",
			want: map[string]int64{"2026-06-16 16:59:59": 3000, "2026-06-16 17:00:00": 4000},
		},
		{
			name: "mailed: served seven days after mailing", clock: city.Clock{MailDays: 7}, tiers: saintJohn, issued: "2026-06-01 09:00:00",
			change: mailedOn(city.Date{Year: 2026, Month: 6, Day: 3}),
			want:   map[string]int64{"2026-06-25 23:59:59": 3000, "2026-06-26 00:00:00": 4000},
		},
		{
			// Winnipeg: the discount still applies, to 17:00, counted from the day of deemed service.
			name: "mailed: the discount goes by the day of service", clock: city.Clock{MailDays: 7, CutOff: 17 * time.Hour}, issued: "2026-06-01 09:00:00",
			tiers:  []city.Tier{{Kind: city.Discount, BasisPoints: 5000, Clause: "2", Until: days(14)}, tier(7000, nil)},
			change: mailedOn(city.Date{Year: 2026, Month: 6, Day: 3}),
			want:   map[string]int64{"2026-06-24 16:59:59": 3500, "2026-06-24 17:00:00": 7000},
		},
		{
			name: "mailed, and the day of service is day 1", clock: city.Clock{MailDays: 7, FirstDay: city.Inclusive}, tiers: saintJohn, issued: "2026-06-01 09:00:00",
			change: mailedOn(city.Date{Year: 2026, Month: 6, Day: 3}),
			want:   map[string]int64{"2026-06-24 23:59:59": 3000, "2026-06-25 00:00:00": 4000},
		},
		{
			name: "mailed on the day of issue", clock: city.Clock{MailDays: 7}, tiers: saintJohn, issued: "2026-06-01 09:00:00",
			change: mailedOn(city.Date{}),
			want:   map[string]int64{"2026-06-23 23:59:59": 3000, "2026-06-24 00:00:00": 4000},
		},
		{
			name: "mail days do not count on a windshield", clock: city.Clock{MailDays: 7}, tiers: saintJohn, issued: "2026-06-01 09:00:00",
			want: map[string]int64{"2026-06-16 23:59:59": 3000, "2026-06-17 00:00:00": 4000},
		},
		{
			// Montréal: 30 days from the day on which it was received.
			name: "from receipt", clock: exclusive, tiers: []city.Tier{tier(1, days(30)), tier(2, nil)}, issued: "2026-06-01 09:00:00",
			change: mailedOn(city.Date{Year: 2026, Month: 6, Day: 20}),
			want:   map[string]int64{"2026-07-20 23:59:59": 1, "2026-07-21 00:00:00": 2},
		},
		{
			// Toronto's fees run from the day of deemed service too.
			name: "fees run from the day of service", clock: city.Clock{MailDays: 5}, issued: "2026-06-01 09:00:00",
			tiers:  []city.Tier{tier(3000, days(15)), {Kind: city.Fee, Component: "search_fee", Amount: money.FromMinor(1487), Clause: "2"}},
			change: mailedOn(city.Date{Year: 2026, Month: 6, Day: 10}),
			want:   map[string]int64{"2026-06-30 23:59:59": 3000, "2026-07-01 00:00:00": 4487},
		},
		{
			// Whitehorse: the first price within a day, or on the next business day; a Friday before a long weekend.
			name: "the next working day", clock: city.Clock{RollForward: true}, tiers: []city.Tier{tier(1000, days(1)), tier(2500, nil)}, issued: "2026-09-04 15:00:00",
			change: func(_ *ticket.Ticket, r *city.Rules) {
				r.Holidays = []city.Holiday{{Day: city.Date{Year: 2026, Month: 9, Day: 7}}}
			},
			want: map[string]int64{"2026-09-08 23:59:59": 1000, "2026-09-09 00:00:00": 2500},
		},
		{
			name: "within a day, in the middle of a week", clock: city.Clock{RollForward: true}, tiers: []city.Tier{tier(1000, days(1)), tier(2500, nil)}, issued: "2026-09-08 15:00:00",
			want: map[string]int64{"2026-09-09 15:00:00": 1000, "2026-09-09 23:59:59": 1000, "2026-09-10 00:00:00": 2500},
		},
		{
			name: "a weekend is waited for by nobody where the by-law does not say so", clock: exclusive, tiers: []city.Tier{tier(1000, days(1)), tier(2500, nil)}, issued: "2026-09-04 15:00:00",
			want: map[string]int64{"2026-09-05 23:59:59": 1000, "2026-09-06 00:00:00": 2500},
		},
		{
			// A storm closed the city on the last day: an added holiday moves it by one.
			name: "a storm on the last day", clock: city.Clock{RollForward: true}, tiers: saintJohn, issued: "2026-02-03 09:00:00",
			change: func(_ *ticket.Ticket, r *city.Rules) {
				r.Holidays = []city.Holiday{{Day: city.Date{Year: 2026, Month: 2, Day: 18}}}
			},
			want: map[string]int64{"2026-02-19 23:59:59": 3000, "2026-02-20 00:00:00": 4000},
		},
		{
			name: "to 23:59 on the night before the hearing", clock: exclusive, issued: "2026-06-01 09:00:00",
			tiers: []city.Tier{tier(1000, &city.Deadline{Form: city.DayBeforeEvent, Event: "appearance"}), tier(2500, nil)},
			change: func(tk *ticket.Ticket, _ *city.Rules) {
				tk.Events = []ticket.Event{{Kind: "appearance", At: at(t, "2026-08-20 09:30:00")}}
			},
			want: map[string]int64{"2026-08-19 23:59:59": 1000, "2026-08-20 00:00:00": 2500},
		},
		{
			// POPA s. 14(4): 16:30, two working days before an appearance; across Good Friday and Easter Monday.
			name: "two working days before, across Easter", clock: exclusive, issued: "2026-03-01 09:00:00",
			tiers: []city.Tier{tier(1000, &city.Deadline{Form: city.WorkingDaysBefore, Days: 2, Event: "appearance", At: 16*time.Hour + 30*time.Minute}), tier(2500, nil)},
			change: func(tk *ticket.Ticket, r *city.Rules) {
				tk.Events = []ticket.Event{{Kind: "appearance", At: at(t, "2026-04-08 09:30:00")}}
				r.Holidays = []city.Holiday{{Day: city.Date{Year: 2026, Month: 4, Day: 3}}, {Day: city.Date{Year: 2026, Month: 4, Day: 6}}}
			},
			want: map[string]int64{"2026-04-02 16:29:59": 1000, "2026-04-02 16:30:00": 2500},
		},
		{
			name: "no hearing is set", clock: exclusive, issued: "2026-06-01 09:00:00",
			tiers: []city.Tier{tier(1000, &city.Deadline{Form: city.DayBeforeEvent, Event: "appearance"}), tier(2500, nil)},
			want:  map[string]int64{"2030-01-01 00:00:00": 1000},
		},
		{
			name: "ten days on hold do not count", clock: exclusive, tiers: saintJohn, issued: "2026-06-01 09:00:00",
			change: func(tk *ticket.Ticket, _ *city.Rules) {
				tk.Events = []ticket.Event{{Kind: ticket.HoldFrom, At: at(t, "2026-06-05 10:00:00")}, {Kind: ticket.HoldUntil, At: at(t, "2026-06-15 10:00:00")}}
			},
			want: map[string]int64{"2026-06-26 23:59:59": 3000, "2026-06-27 00:00:00": 4000},
		},
		{
			name: "a hold after the deadline gives no time back", clock: exclusive, tiers: saintJohn[1:], issued: "2026-06-01 09:00:00",
			change: func(tk *ticket.Ticket, _ *city.Rules) {
				tk.Events = []ticket.Event{{Kind: ticket.HoldFrom, At: at(t, "2026-07-05 10:00:00")}, {Kind: ticket.HoldUntil, At: at(t, "2026-07-15 10:00:00")}}
			},
			want: map[string]int64{"2026-07-01 23:59:59": 4000, "2026-07-02 00:00:00": 6500},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			price := priced(t, c.clock, c.tiers, c.issued, c.change)
			for when, cents := range c.want {
				if got := price(when); got != cents {
					t.Errorf("at %s: %d, want %d", when, got, cents)
				}
			}
		})
	}
}

// 21:30 ADT on the last cheap day is 00:30 UTC on the next: who compares UTC days charges too much.
func TestTheLastEveningIsCheapWhateverTheDayInUTC(t *testing.T) {
	t.Parallel()
	paid := time.Date(2026, 3, 13, 0, 30, 0, 0, time.UTC)
	if !paid.Equal(at(t, "2026-03-12 21:30:00")) {
		t.Fatal("not the same instant")
	}
	rules := city.Rules{Schedules: []city.Schedule{{ID: "S", Offences: []city.Offence{{Code: "X", Tiers: saintJohn}}}}}
	tk := ticket.Ticket{Schedule: "S", Offence: "X", IssuedAt: at(t, "2026-02-25 23:50:00").UTC(), IssuedOn: day(t, "2026-02-25")}
	q, err := ticket.Price(tk, rules, city.City{Zone: moncton}, paid)
	if err != nil || q.Total.Minor() != 3000 || !q.Tiers[0].Until.Equal(at(t, "2026-03-13 00:00:00")) {
		t.Errorf("%s until %s, %v", q.Total, q.Tiers[0].Until, err)
	}
	// 15 blocks of 24 hours end 50 minutes into the next day, by the summer's clock.
	if blocks := tk.IssuedAt.Add(15 * 24 * time.Hour); !blocks.Equal(at(t, "2026-03-13 00:50:00")) {
		t.Errorf("15 × 24 hours end at %s", blocks)
	}
}

// Whatever the zone's clock does, the deadline is the city's midnight after so many squares of the calendar.
func TestDeadlinesAreMidnightsOfTheCitysCalendar(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.SampledFrom([]string{"America/Moncton", "America/St_Johns", "America/Toronto", "America/Whitehorse", "Europe/London"}).Draw(r, "zone")
		zone, err := time.LoadLocation(name)
		if err != nil {
			r.Fatal(err)
		}
		issued := time.Date(2026, 1, 1, 0, 0, rapid.IntRange(0, 2*365*86400).Draw(r, "second"), 0, zone)
		n, mail := rapid.IntRange(1, 90).Draw(r, "days"), rapid.IntRange(0, 60).Draw(r, "mail days")
		clock := city.Clock{MailDays: mail, FirstDay: rapid.SampledFrom([]city.FirstDay{"", city.Exclusive, city.Inclusive}).Draw(r, "first")}
		rules := city.Rules{Schedules: []city.Schedule{{ID: "S", Clock: clock, Offences: []city.Offence{{Code: "X", Tiers: []city.Tier{tier(1, days(n)), tier(2, nil)}}}}}}
		tk := ticket.Ticket{Schedule: "S", Offence: "X", IssuedAt: issued.UTC(), IssuedOn: city.DateOf(issued, zone), Delivery: rapid.SampledFrom([]ticket.Delivery{ticket.Windshield, ticket.Mailed}).Draw(r, "delivery")}
		want := n + 1
		if tk.Delivery == ticket.Mailed {
			want += mail
		}
		if clock.FirstDay == city.Inclusive {
			want--
		}
		y, m, d := issued.Date()
		end := time.Date(y, m, d+want, 0, 0, 0, 0, zone)
		for when, cents := range map[time.Time]int64{end.Add(-time.Nanosecond): 1, end: 2} {
			q, err := ticket.Price(tk, rules, city.City{Zone: zone}, when.UTC())
			if err != nil || q.Total.Minor() != cents {
				r.Fatalf("at %s: %s, %v, want %d", when, q.Total, err, cents)
			}
		}
	})
}
