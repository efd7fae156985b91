package ticket_test

import (
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/ticket"
)

// A promise is the price while it holds and is lower; it never raises one, and its end is an end.
func TestAPromiseOnlyLowersThePriceWhileItHolds(t *testing.T) {
	t.Parallel()
	day, err := city.ParseDate("2026-03-02")
	if err != nil {
		t.Fatal(err)
	}
	rules := city.Rules{Schedules: []city.Schedule{{ID: "s", From: day, Offences: []city.Offence{{Code: "X", Ledger: "k", Tiers: []city.Tier{
		{Kind: city.Absolute, Amount: money.FromMinor(4000), Clause: "1", Until: &city.Deadline{Form: city.DaysAfterBase, Days: 15}},
		{Kind: city.Absolute, Amount: money.FromMinor(6500), Clause: "2"},
	}}}}}}
	c := city.City{ID: "x", Zone: time.UTC}
	late := day.Start(time.UTC).AddDate(0, 0, 40)
	frozen := []ticket.Component{{Kind: ticket.Penalty, Amount: money.FromMinor(6500)}, {Kind: ticket.EarlyPayment, Amount: money.FromMinor(-2500)}}
	tk := ticket.Ticket{
		ID: "t", Schedule: "s", Offence: "X", IssuedOn: day, IssuedAt: day.Start(time.UTC), TimeKnown: true, Delivery: ticket.Windshield,
		Promises: []ticket.Promise{
			{From: late, Until: late.AddDate(0, 0, 15), Components: frozen, Total: money.FromMinor(4000)},
			{From: late, Until: late.AddDate(0, 0, 30), Components: frozen[:1], Total: money.FromMinor(6500)},
		},
	}
	for name, want := range map[string]struct {
		at    time.Time
		cents int64
		held  bool
	}{
		"before it was made": {late.Add(-time.Microsecond), 6500, false}, "from its instant": {late, 4000, true},
		"its last moment": {late.AddDate(0, 0, 15).Add(-time.Microsecond), 4000, true}, "its end": {late.AddDate(0, 0, 15), 6500, false},
	} {
		q, err := ticket.Price(tk, rules, c, want.at)
		if err != nil || q.Total.Minor() != want.cents || !q.PromisedUntil.IsZero() != want.held {
			t.Errorf("%s: %s, promised until %s, %v", name, q.Total, q.PromisedUntil, err)
		}
		for _, row := range q.Tiers {
			if row.Now && want.held {
				t.Errorf("%s: a tier is said to be today's price", name)
			}
		}
	}
	tk.PartPaid = money.FromMinor(1000)
	if q, err := ticket.Price(tk, rules, c, late); err != nil || q.Total.Minor() != 3000 {
		t.Errorf("with a part paid since: %s, %v", q.Total, err)
	}
	tk.PartPaid = money.Zero
	early := day.Start(time.UTC).AddDate(0, 0, 3)
	tk.Promises[1].From = early
	if q, err := ticket.Price(tk, rules, c, early); err != nil || q.Total.Minor() != 4000 || !q.PromisedUntil.IsZero() {
		t.Errorf("a promise of more than the price: %s, %v", q.Total, err)
	}
}

// What is being paid is nobody's to decide; a paid ticket can be ended, and nothing else.
func TestWhatAPersonMayDecide(t *testing.T) {
	t.Parallel()
	all := []ticket.State{ticket.Open, ticket.Warned, ticket.Review, ticket.Hold, ticket.Confirming, ticket.Paid, ticket.Court, ticket.Withdrawn, ticket.Cancelled, ticket.Void, ticket.WrittenOff, ticket.Reopened}
	for _, name := range []string{"nb-lga", "generic"} {
		r, _ := ticket.RegimeOf(name)
		for _, to := range all {
			if r.Decides(ticket.Confirming, to) {
				t.Errorf("%s: a person moves a ticket that is being paid to %s", name, to)
			}
			if r.Decides(ticket.Paid, to) && !to.Gone() {
				t.Errorf("%s: a person moves a paid ticket to %s", name, to)
			}
			for _, from := range all {
				if r.Decides(from, to) && (to == ticket.Paid || to == ticket.Confirming) {
					t.Errorf("%s: a person pays a ticket that is %s", name, from)
				}
			}
		}
		if !r.May(ticket.Confirming, ticket.Review) || !r.May(ticket.Paid, ticket.Reopened) || !r.May(ticket.Paid, ticket.Review) {
			t.Errorf("%s: what is given back", name)
		}
	}
	lga, _ := ticket.RegimeOf("nb-lga")
	generic, _ := ticket.RegimeOf("generic")
	for _, c := range []struct {
		regime   ticket.Regime
		from, to ticket.State
		why      string
		paidHere bool
		want     string
	}{
		{lga, ticket.Open, ticket.Withdrawn, "a wrong plate", false, ""}, {lga, ticket.Paid, ticket.Withdrawn, "a wrong plate", true, ""},
		{lga, ticket.Paid, ticket.Void, "a wrong plate", false, ticket.DecisionElsewhere}, {lga, ticket.Open, ticket.Cancelled, "a wrong plate", false, ticket.DecisionLaw},
		{generic, ticket.Paid, ticket.Cancelled, "a wrong plate", true, ""}, {lga, ticket.Confirming, ticket.Void, "a wrong plate", true, ticket.DecisionConfirming},
		{lga, ticket.Open, ticket.Withdrawn, "", false, ticket.DecisionWhy}, {lga, ticket.Open, ticket.Withdrawn, "a\nb", false, ticket.DecisionWhy},
		{lga, ticket.Open, ticket.Hold, "a wrong plate", false, ticket.DecisionLaw}, {lga, ticket.Withdrawn, ticket.Void, "a wrong plate", false, ticket.DecisionLaw},
	} {
		got := ""
		if no := ticket.Decide(c.regime, ticket.Ticket{State: c.from}, c.to, c.why, c.paidHere); no != nil {
			got = no.Reason
		}
		if got != c.want {
			t.Errorf("%s: %s to %s: %q, want %q", c.regime.Name, c.from, c.to, got, c.want)
		}
	}
}
