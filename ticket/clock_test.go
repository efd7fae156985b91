package ticket_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

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
			name: "the day of issue is day 1", clock: city.Clock{FirstDay: city.Inclusive}, tiers: []city.Tier{tier(1, days(14)), tier(2, nil)}, issued: "2026-06-01 09:00:00",
			want: map[string]int64{"2026-06-14 23:59:59": 1, "2026-06-15 00:00:00": 2},
		},
		{
			name: "the day ends at 17:00", clock: city.Clock{CutOff: 17 * time.Hour}, tiers: saintJohn, issued: "2026-06-01 09:00:00",
			want: map[string]int64{"2026-06-16 16:59:59": 3000, "2026-06-16 17:00:00": 4000},
		},
		{
			name: "mailed: served seven days after mailing", clock: city.Clock{MailDays: 7}, tiers: saintJohn, issued: "2026-06-01 09:00:00",
			change: func(tk *ticket.Ticket, _ *city.Rules) {
				tk.Delivery, tk.ServedOn = ticket.Mailed, city.Date{Year: 2026, Month: 6, Day: 3}
			},
			want: map[string]int64{"2026-06-25 23:59:59": 3000, "2026-06-26 00:00:00": 4000},
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
		{
			// Toronto adds fees with odd cents: 14.87 after 15 days, 31.01 after 30.
			name: "fees are added", clock: exclusive, issued: "2026-06-01 09:00:00",
			tiers: []city.Tier{
				tier(3000, days(15)),
				{Kind: city.Fee, Component: "search_fee", Amount: money.FromMinor(1487), Clause: "2", Until: days(30)},
				{Kind: city.Fee, Component: "late_fee", Amount: money.FromMinor(3101), Clause: "3"},
			},
			want: map[string]int64{"2026-06-16 12:00:00": 3000, "2026-06-17 12:00:00": 4487, "2026-07-02 12:00:00": 7588},
		},
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

func TestEveryStateOfEveryRegimeSaysWhere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"nb-lga", "generic"} {
		r, ok := ticket.RegimeOf(name)
		if !ok {
			t.Fatal(name)
		}
		for _, s := range []ticket.State{ticket.Open, ticket.Warned, ticket.Review, ticket.Hold, ticket.Confirming, ticket.Paid, ticket.Court, ticket.Withdrawn, ticket.Void, ticket.WrittenOff, ticket.Reopened} {
			got := ticket.Stand(r, ticket.Ticket{State: s}, time.Time{})
			if got.Reason == "" || got.Reason == "unknown" || got.Section == "" || got.Where == "" || got.Payable != (got.Where == "here") {
				t.Errorf("%s, %s: %+v", name, s, got)
			}
		}
		if got := ticket.Stand(r, ticket.Ticket{State: "nonsense"}, time.Time{}); got.Payable || got.Where != "counter" {
			t.Errorf("%s: an unknown state: %+v", name, got)
		}
	}
	lga, _ := ticket.RegimeOf("nb-lga")
	if lga.PartPayments || lga.Kinds[city.Fee] {
		t.Error("nb-lga takes part payments or fees")
	}
	if lga.May(ticket.Court, ticket.Open) || lga.May(ticket.Paid, ticket.Open) || !lga.May(ticket.Open, ticket.Confirming) {
		t.Error("nb-lga's moves")
	}
}

func TestPlatesForgiveLookAlikesAndNothingElse(t *testing.T) {
	t.Parallel()
	same := [][2]string{{"ABC 1O3", "abc-103"}, {"MZ-J0NEZ", "mzjonez"}, {"DQ0", "OOO"}, {"IL1", "111"}, {"B8S5", "88SS"}, {"Z2G6", "22GG"}, {"ÉTÉ 1", "ETE I"}}
	for _, pair := range same {
		a, errA := ticket.ParsePlate(pair[0])
		b, errB := ticket.ParsePlate(pair[1])
		if errA != nil || errB != nil || a.Skeleton != b.Skeleton {
			t.Errorf("%s and %s: %q, %q, %v, %v", pair[0], pair[1], a.Skeleton, b.Skeleton, errA, errB)
		}
	}
	jones, _ := ticket.ParsePlate("MZ-JONEZ")
	j0nes, _ := ticket.ParsePlate("MZ-J0NEZ")
	if jones.Canonical == j0nes.Canonical {
		t.Error("liability forgives")
	}
	for _, real := range []string{"NULL", "NO PLATE", "XXXXXXX", "NOTAGS"} {
		if p, err := ticket.ParsePlate(real); err != nil || p.Canonical == "" {
			t.Errorf("%s is a plate: %v", real, err)
		}
	}
	for _, wrong := range []string{"", " - ", "ABC%", "ABCDEFGHIJKLM", "日本"} {
		if _, err := ticket.ParsePlate(wrong); err == nil {
			t.Errorf("%q is taken for a plate", wrong)
		}
	}
	if ticket.NumberKey("fh-00 12") != "FH0012" || ticket.NumberKey("12") == ticket.NumberKey("012") {
		t.Error("leading zeros do not count")
	}
}

func FuzzPlate(f *testing.F) {
	f.Add("ABC 123")
	f.Add("\xff\x00é")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ticket.ParsePlate(s)
		if err != nil {
			return
		}
		again, err := ticket.ParsePlate(p.Canonical)
		if err != nil || again.Canonical != p.Canonical || again.Skeleton != p.Skeleton || len(p.Canonical) > ticket.MaxPlate {
			t.Fatalf("%q: %q, again %q, %v", s, p.Canonical, again.Canonical, err)
		}
	})
}

func FuzzNumber(f *testing.F) {
	f.Add("FH-0012")
	f.Fuzz(func(t *testing.T, s string) {
		if k := ticket.NumberKey(s); k != "" && ticket.NumberKey(k) != k {
			t.Fatalf("%q: %q, again %q", s, k, ticket.NumberKey(k))
		}
	})
}
