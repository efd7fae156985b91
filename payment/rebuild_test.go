package payment_test

import (
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/ticket"
)

// A ticket whose payment was lost is frozen again by what was asked for: the lines of the tier that costs so
// much, whichever is in force, or one line where none does.
func TestALostPaymentIsFrozenAgainByItsAmount(t *testing.T) {
	t.Parallel()
	day, err := city.ParseDate("2026-03-02")
	if err != nil {
		t.Fatal(err)
	}
	rules := city.Rules{Schedules: []city.Schedule{{
		ID: "s", From: day, Offences: []city.Offence{{
			Code: "X", Ledger: "parking", Tiers: []city.Tier{
				{Kind: city.Absolute, Amount: money.FromMinor(4000), Clause: "1", Until: &city.Deadline{Form: city.DaysAfterBase, Days: 15}},
				{Kind: city.Absolute, Amount: money.FromMinor(6500), Clause: "2"},
			},
		}},
	}}}
	c := city.City{ID: "x", Zone: time.UTC}
	tk := ticket.Ticket{ID: "t", Version: 3, Schedule: "s", Offence: "X", IssuedOn: day, IssuedAt: day.Start(time.UTC).Add(time.Hour), TimeKnown: true, Delivery: ticket.Windshield}
	early, late := tk.IssuedAt.AddDate(0, 0, 2), tk.IssuedAt.AddDate(0, 0, 60)
	for name, want := range map[string]struct {
		at    time.Time
		cents int64
		lines int
	}{
		"in its time":           {early, 4000, 2},
		"quoted before it rose": {late, 4000, 2},
		"the last price":        {late, 6500, 1},
		"no price of any tier":  {late, 5000, 1},
	} {
		f, err := payment.Rebuild(tk, rules, c, money.FromMinor(want.cents), want.at)
		if err != nil {
			t.Fatal(err)
		}
		sum := money.Zero
		for _, l := range f.Components {
			if sum, err = sum.Add(l.Amount); err != nil {
				t.Fatal(err)
			}
		}
		if sum != f.Total || f.Total.Minor() != want.cents || len(f.Components) != want.lines || f.Version != 3 || f.Revenue != "parking" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	tk.Schedule = "another"
	if _, err := payment.Rebuild(tk, rules, c, money.FromMinor(4000), early); err == nil {
		t.Error("a ticket of an unknown schedule is frozen")
	}
	if id, why := payment.Allocate(nil, nil); id != "" || why != payment.ReleasedGone {
		t.Errorf("a payment without tickets is %q, and not released", why)
	}
}
