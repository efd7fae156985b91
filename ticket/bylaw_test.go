package ticket_test

import (
	"fmt"
	"strings"
	"testing"

	"fundy/city"
	"fundy/ticket"
)

func newBrunswick() city.City {
	return city.City{ID: "sj", Zone: moncton, Languages: []city.Language{city.English, city.French}, Regime: "nb-lga", Currency: "CAD", Province: "NB"}
}

func elsewhere(languages ...city.Language) city.City {
	return city.City{ID: "other", Zone: moncton, Languages: languages, Regime: "generic", Currency: "CAD", Province: "ON"}
}

// issuedOn is a ticket that came in on a day and keeps the schedule of that day.
func issuedOn(t testing.TB, rules city.Rules, on, offence string) ticket.Ticket {
	t.Helper()
	s, ok := rules.ScheduleFor(day(t, on))
	if !ok {
		t.Fatalf("%s has no schedule", on)
	}
	issued := at(t, on+" 12:00:00")
	return ticket.Ticket{ID: "t", Schedule: s.ID, Offence: offence, IssuedAt: issued.UTC(), IssuedOn: day(t, on), TimeKnown: true, Delivery: ticket.Windshield}
}

// said is a quote's lines in one text: what each is, its amount, its clause.
func said(q ticket.Quote) string {
	var lines []string
	for _, c := range q.Components {
		lines = append(lines, fmt.Sprintf("%s %s (%s)", c.Kind, c.Amount, c.Clause))
	}
	return strings.Join(lines, ", ") + " = " + q.Total.String()
}

// Saint John's pages: to the 15th day, to the 30th, after it. A ticket of the day before the rise of
// 2026-01-14 keeps its amounts for ever.
func TestSaintJohnsPrices(t *testing.T) {
	t.Parallel()
	rules, faults := rulesOf(t, "saint-john.toml", newBrunswick())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for _, c := range []struct {
		issued, offence string
		want            [3]int64
	}{
		{"2019-06-03", "NOPARK", [3]int64{3000, 4000, 6500}},
		{"2019-06-03", "LOADING", [3]int64{5000, 7500, 10000}},
		{"2019-06-03", "METER", [3]int64{2000, 2500, 5000}},
		{"2019-06-03", "ACCESSIBLE", [3]int64{12500, 12500, 12500}},
		{"2021-06-01", "NOPARK", [3]int64{3000, 4500, 6000}}, // 30, +15, +15
		{"2026-01-13", "NOPARK", [3]int64{3000, 4500, 6000}},
		{"2026-01-14", "NOPARK", [3]int64{4000, 5500, 7500}},
	} {
		tk := issuedOn(t, rules, c.issued, c.offence)
		for days, want := range map[int]int64{0: c.want[0], 15: c.want[0], 16: c.want[1], 30: c.want[1], 31: c.want[2], 36500: c.want[2]} {
			when := tk.IssuedOn.AddDays(days).Start(moncton).Add(20 * 3600e9)
			q, err := ticket.Price(tk, rules, newBrunswick(), when)
			if err != nil || q.Total.Minor() != want {
				t.Errorf("%s of %s, %d days on: %s, %v, want %d", c.offence, c.issued, days, q.Total, err, want)
			}
		}
	}
	q, err := ticket.Price(issuedOn(t, rules, "2019-06-03", "NOPARK"), rules, newBrunswick(), at(t, "2019-06-03 12:00:00"))
	if want := "penalty 65.00 (3), discount -35.00 (1) = 30.00"; err != nil || said(q) != want {
		t.Errorf("the first price is %s, %v, want %s", said(q), err, want)
	}
}

// Toronto's fees: search on the 16th day, late on the 31st, plate denial 60 days after the 15th, when
// the penalty was due. Each stands on its own line with its own clause.
func TestTorontosFees(t *testing.T) {
	t.Parallel()
	toronto := elsewhere(city.English)
	rules, faults := rulesOf(t, "toronto.toml", toronto)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	tk := issuedOn(t, rules, "2026-03-02", "NOPARK")
	const penalty, search, late = "penalty 30.00 (610-1.1)", ", search_fee 14.87 (610-2.1)", ", late_fee 31.01 (610-2.2)"
	for when, want := range map[string]string{
		"2026-03-17 23:59:59": penalty + " = 30.00",
		"2026-03-18 00:00:00": penalty + search + " = 44.87",
		"2026-04-01 23:59:59": penalty + search + " = 44.87",
		"2026-04-02 00:00:00": penalty + search + late + " = 75.88",
		"2026-05-16 23:59:59": penalty + search + late + " = 75.88",
		"2026-05-17 00:00:00": penalty + search + late + ", denial_fee 31.01 (610-2.3) = 106.89",
	} {
		q, err := ticket.Price(tk, rules, toronto, at(t, when))
		if err != nil || said(q) != want {
			t.Errorf("at %s: %s, %v, want %s", when, said(q), err, want)
		}
	}
	offence, _ := rules.Schedules[0].Offence("NOPARK")
	for name, want := range map[string]bool{"nb-lga": false, "generic": true} {
		if r, _ := ticket.RegimeOf(name); r.Allows(offence) != want {
			t.Errorf("%s allows it: %v", name, !want)
		}
	}
	lga := newBrunswick()
	lga.Languages = toronto.Languages
	_, faults = rulesOf(t, "toronto.toml", lga)
	if len(faults) != 3 {
		t.Errorf("nb-lga has %d faults to find with three fees: %v", len(faults), faults)
	}
	for _, f := range faults {
		if !strings.Contains(f.Error(), "a fee can't be added") {
			t.Errorf("nb-lga: %v", f)
		}
	}
}

// Québec's three parts: fine and contribution from the first day, costs after the 30th. A fine from
// the file takes the fine's place and leaves the other two.
func TestQuebecsParts(t *testing.T) {
	t.Parallel()
	ville := elsewhere(city.English, city.French)
	rules, faults := rulesOf(t, "quebec.toml", ville)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	tk := issuedOn(t, rules, "2026-06-01", "INTERDIT")
	for when, want := range map[string]string{
		"2026-07-01 23:59:59": "penalty 60.00 (509), contribution 14.00 (8.1) = 74.00",
		"2026-07-02 00:00:00": "penalty 60.00 (509), costs 37.50 (261), contribution 14.00 (8.1) = 111.50",
	} {
		q, err := ticket.Price(tk, rules, ville, at(t, when))
		if err != nil || said(q) != want {
			t.Errorf("at %s: %s, %v, want %s", when, said(q), err, want)
		}
		for _, row := range q.Tiers {
			if row.Now && row.Total != q.Total {
				t.Errorf("at %s the table says %s, the lines %s", when, row.Total, q.Total)
			}
		}
		if last := q.Components[len(q.Components)-1]; !last.Until.IsZero() || last.Tier != 0 {
			t.Errorf("at %s the contribution is said to change: %+v", when, last)
		}
	}
	if _, faults := rulesOf(t, "quebec.toml", newBrunswick()); len(faults) != 2 {
		t.Errorf("nb-lga takes a charge or a fee: %v", faults)
	}
}
