package ticket_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"fundy/city"
	"fundy/money"
	"fundy/ticket"
)

// What a tier's amount can be, each way of saying it.
func TestEachKindOfPrice(t *testing.T) {
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
			name: "half price", clock: exclusive, issued: "2026-06-01 09:00:00",
			tiers: []city.Tier{{Kind: city.Discount, BasisPoints: 5000, Clause: "2", Until: days(15)}, tier(11250, nil)},
			want:  map[string]int64{"2026-06-16 12:00:00": 5625, "2026-06-17 12:00:00": 11250},
		},
		{
			name: "the file's fine takes the penalty's place", clock: exclusive, issued: "2026-06-01 09:00:00",
			tiers:  []city.Tier{{Kind: city.Discount, BasisPoints: 2000, Clause: "2", Until: days(15)}, tier(11250, nil)},
			change: func(tk *ticket.Ticket, _ *city.Rules) { fine := money.FromMinor(5000); tk.Fine = &fine },
			want:   map[string]int64{"2026-06-16 12:00:00": 4000, "2026-06-17 12:00:00": 5000},
		},
		{
			name: "one price", clock: exclusive, issued: "2026-06-01 09:00:00", tiers: []city.Tier{tier(12500, nil)},
			want: map[string]int64{"2026-06-01 09:00:00": 12500, "2036-06-01 09:00:00": 12500},
		},
		{
			name: "a price that is skipped", clock: exclusive, issued: "2026-06-01 09:00:00", tiers: []city.Tier{tier(3000, days(15)), tier(6500, nil)},
			want: map[string]int64{"2026-06-16 12:00:00": 3000, "2026-06-17 12:00:00": 6500, "2026-07-02 12:00:00": 6500},
		},
		{
			name: "a price that stays for two periods", clock: exclusive, issued: "2026-06-01 09:00:00", tiers: []city.Tier{tier(3000, days(15)), tier(3000, days(30)), tier(6500, nil)},
			want: map[string]int64{"2026-06-16 12:00:00": 3000, "2026-06-17 12:00:00": 3000, "2026-07-02 12:00:00": 6500},
		},
		{
			name: "a sum off, in cents", clock: exclusive, issued: "2026-06-01 09:00:00",
			tiers: []city.Tier{{Kind: city.Discount, Amount: money.FromMinor(1001), Clause: "2", Until: days(15)}, tier(3000, nil)},
			want:  map[string]int64{"2026-06-16 12:00:00": 1999, "2026-06-17 12:00:00": 3000},
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

func TestAWarningCostsNothingAndAPenaltyIsShownLessItsDiscount(t *testing.T) {
	t.Parallel()
	rules := city.Rules{Schedules: []city.Schedule{{ID: "S", Offences: []city.Offence{{Code: "W", Warning: true}, {Code: "X", Tiers: saintJohn}}}}}
	tk := ticket.Ticket{Schedule: "S", Offence: "W", IssuedOn: day(t, "2026-06-01"), IssuedAt: at(t, "2026-06-01 09:00:00")}
	q, err := ticket.Price(tk, rules, city.City{Zone: moncton}, at(t, "2026-06-09 09:00:00"))
	if err != nil || !q.Total.IsZero() || len(q.Components) != 0 {
		t.Errorf("warning: %+v, %v", q, err)
	}
	tk.Offence = "X"
	q, err = ticket.Price(tk, rules, city.City{Zone: moncton}, at(t, "2026-06-20 09:00:00"))
	if err != nil || len(q.Components) != 2 || q.Components[0].Kind != ticket.Penalty || q.Components[0].Amount.Minor() != 6500 ||
		q.Components[1].Kind != ticket.EarlyPayment || q.Components[1].Amount.Minor() != -2500 || !q.Components[1].Until.Equal(at(t, "2026-07-02 00:00:00")) {
		t.Errorf("second price: %+v, %v", q.Components, err)
	}
}

// A ticket keeps the schedule of its day of issue for ever.
func TestATicketIssuedTheDayBeforeARiseKeepsTheOldPrices(t *testing.T) {
	t.Parallel()
	rules := city.Rules{Schedules: []city.Schedule{
		{ID: "old", From: day(t, "2010-01-01"), Offences: []city.Offence{{Code: "X", Tiers: saintJohn}}},
		{ID: "new", From: day(t, "2026-01-14"), Offences: []city.Offence{{Code: "X", Tiers: []city.Tier{tier(5000, nil)}}}},
	}}
	for issued, want := range map[string]string{"2026-01-13": "old", "2026-01-14": "new"} {
		if s, ok := rules.ScheduleFor(day(t, issued)); !ok || s.ID != want {
			t.Errorf("%s: schedule %q, want %q", issued, s.ID, want)
		}
	}
	if _, ok := rules.ScheduleFor(day(t, "2009-12-31")); ok {
		t.Error("a day before every schedule has one")
	}
}

// Every instant has exactly one price, tiers partition time, and a price never falls as time passes
// unless the schedule says so.
func TestEveryInstantHasOnePrice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(r, "tiers")
		var tiers []city.Tier
		cents, last := int64(0), 0
		for i := range n {
			cents += rapid.Int64Range(0, 20000).Draw(r, "rise")
			last += rapid.IntRange(1, 40).Draw(r, "days")
			until := days(last)
			if i == n-1 {
				until = nil
			}
			tiers = append(tiers, tier(cents+1, until))
		}
		clock := city.Clock{
			CutOff: time.Duration(rapid.IntRange(0, 23).Draw(r, "cut-off")) * time.Hour, RollForward: rapid.Bool().Draw(r, "roll"),
			FirstDay: rapid.SampledFrom([]city.FirstDay{city.Exclusive, city.Inclusive}).Draw(r, "first"),
		}
		rules := city.Rules{Schedules: []city.Schedule{{ID: "S", Clock: clock, Offences: []city.Offence{{Code: "X", Tiers: tiers}}}}}
		issued := time.Date(2026, 1, 1, 0, rapid.IntRange(0, 525_000).Draw(r, "minute"), 0, 0, moncton)
		tk := ticket.Ticket{Schedule: "S", Offence: "X", IssuedAt: issued, IssuedOn: city.DateOf(issued, moncton)}
		before := money.Zero
		when := issued
		for range 40 {
			q, err := ticket.Price(tk, rules, city.City{Zone: moncton}, when)
			if err != nil {
				r.Fatal(err)
			}
			now := 0
			for i, row := range q.Tiers {
				if row.Now {
					now++
					if when.Before(row.From) || (!row.Until.IsZero() && !when.Before(row.Until)) || row.Total != q.Total {
						r.Fatalf("at %s the row of now is %+v and the total %s", when, row, q.Total)
					}
				}
				if i > 0 && !row.From.Equal(q.Tiers[i-1].Until) {
					r.Fatalf("a gap between %+v and %+v", q.Tiers[i-1], row)
				}
			}
			if now != 1 {
				r.Fatalf("%d rows hold at %s", now, when)
			}
			if q.Total.Cmp(before) < 0 {
				r.Fatalf("the price falls from %s to %s at %s", before, q.Total, when)
			}
			before = q.Total
			when = when.Add(time.Duration(rapid.IntRange(1, 200).Draw(r, "hours")) * time.Hour)
		}
	})
}
