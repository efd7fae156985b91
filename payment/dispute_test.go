package payment_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
)

func TestEveryStateOfAChargebackIsReachableAndNoneIsATrap(t *testing.T) {
	t.Parallel()
	reached := map[payment.DisputeState]bool{payment.DisputeNew: true}
	out := map[payment.DisputeState]bool{}
	seen := map[[2]string]bool{}
	for _, l := range payment.DisputeTable {
		out[l.From] = true
		key := [2]string{string(l.From), string(l.Event)}
		if seen[key] {
			t.Errorf("%s has two lines for %s", l.From, l.Event)
		}
		seen[key] = true
		if l.From.Final() != l.Forced {
			t.Errorf("%s --%s--> is final: %v, forced: %v", l.From, l.Event, l.From.Final(), l.Forced)
		}
		if from := l.From.Money(); l.To == payment.DisputeStopped && from != payment.MoneyUntouched {
			t.Errorf("%s stops, and its money is left where it was", l.From)
		}
	}
	for range payment.DisputeTable {
		for _, l := range payment.DisputeTable {
			reached[l.To] = reached[l.To] || reached[l.From]
		}
	}
	for _, l := range payment.DisputeTable {
		if !reached[l.To] || !reached[l.From] {
			t.Errorf("%s --> %s is never reached", l.From, l.To)
		}
		if !out[l.To] && !l.To.Final() {
			t.Errorf("%s has no way out and is not final", l.To)
		}
	}
}

func TestTheDiagramHasTheChargebacks(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../docs/payment-states.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range payment.DisputeTable {
		if !strings.Contains(string(b), "    "+string(l.From)+" --> "+string(l.To)+": "+string(l.Event)) {
			t.Errorf("docs/payment-states.md has no line %s --%s--> %s: make generate", l.From, l.Event, l.To)
		}
	}
}

// Whatever a bank decides and decides anew, in any order: the movements lead to where the state says that the money
// is, and nothing is returned that was not held, nor lost twice.
func TestTheMovementsOfAChargebackLeadToItsState(t *testing.T) {
	t.Parallel()
	var events []payment.DisputeEvent
	for _, l := range payment.DisputeTable {
		events = append(events, l.Event)
	}
	rapid.Check(t, func(t *rapid.T) {
		state := payment.DisputeNew
		held, lost := 0, 0
		for range rapid.IntRange(1, 12).Draw(t, "events") {
			line, err := payment.NextDispute(state, rapid.SampledFrom(events).Draw(t, "event"))
			if err != nil {
				continue
			}
			for _, m := range payment.DisputeMoves(state, line.To) {
				switch m {
				case payment.MoveHold:
					held++
				case payment.MoveReturn:
					held--
				case payment.MoveLose:
					held, lost = held-1, lost+1
				case payment.MoveRegain:
					lost--
				}
				if held < 0 || lost < 0 || held+lost > 1 {
					t.Fatalf("%s --> %s by %s: held %d, lost %d", state, line.To, m, held, lost)
				}
			}
			state = line.To
			wantHeld, wantLost := 0, 0
			switch state.Money() {
			case payment.MoneyHeld:
				wantHeld = 1
			case payment.MoneyLost:
				wantLost = 1
			}
			if held != wantHeld || lost != wantLost {
				t.Fatalf("%s: held %d, lost %d", state, held, lost)
			}
		}
	})
}

func TestALostChargebackEndsAsTheCityHasSet(t *testing.T) {
	t.Parallel()
	whole := payment.Disputed{Taken: money.FromMinor(5000), Tickets: 2, Reopened: 2, Receipt: true}
	with := func(change func(*payment.Disputed)) payment.Disputed {
		p := whole
		change(&p)
		return p
	}
	for name, c := range map[string]struct {
		rule city.Reopen
		d    payment.Dispute
		p    payment.Disputed
		end  payment.DisputeEnd
		why  string
	}{
		"original":    {city.ReopenOriginal, payment.Dispute{Amount: money.FromMinor(5000)}, whole, payment.EndReopened, ""},
		"dispute day": {city.ReopenDisputeDay, payment.Dispute{Amount: money.FromMinor(5000)}, whole, payment.EndReopened, ""},
		"never":       {city.ReopenNever, payment.Dispute{Amount: money.FromMinor(5000)}, whole, payment.EndWrittenOff, ""},
		"never, part": {city.ReopenNever, payment.Dispute{Amount: money.FromMinor(100)}, whole, payment.EndWrittenOff, ""},
		"part":        {city.ReopenOriginal, payment.Dispute{Amount: money.FromMinor(4999)}, whole, payment.EndPerson, payment.WhyPart},
		"refunded": {city.ReopenOriginal, payment.Dispute{Amount: money.FromMinor(5000)}, with(func(p *payment.Disputed) { p.Given = money.FromMinor(1) }),
			payment.EndPerson, payment.WhyRefunded},
		"a ticket": {city.ReopenOriginal, payment.Dispute{Amount: money.FromMinor(5000)}, with(func(p *payment.Disputed) { p.Reopened = 1 }),
			payment.EndPerson, payment.WhyTicket},
		"no ticket": {city.ReopenOriginal, payment.Dispute{Amount: money.FromMinor(5000)}, with(func(p *payment.Disputed) { p.Receipt = false }),
			payment.EndPayers, ""},
		"no ticket, refunded": {city.ReopenOriginal, payment.Dispute{Amount: money.FromMinor(5000)}, payment.Disputed{Taken: money.FromMinor(5000), Given: money.FromMinor(1)},
			payment.EndPerson, payment.WhyRefunded},
		"again": {city.ReopenOriginal, payment.Dispute{Amount: money.FromMinor(5000), End: payment.EndReopened}, whole, payment.EndPerson, payment.WhyAgain},
	} {
		if end, why := payment.EndDispute(c.rule, c.d, c.p); end != c.end || why != c.why {
			t.Errorf("%s: %s %s, want %s %s", name, end, why, c.end, c.why)
		}
	}
	d, p := payment.Dispute{OpenedAt: time.Unix(900, 0)}, payment.Payment{QuotedAt: time.Unix(100, 0)}
	if d.ClockFrom(city.ReopenOriginal, p) != p.QuotedAt || d.ClockFrom(city.ReopenDisputeDay, p) != d.OpenedAt {
		t.Error("the clock stands from another day than the city has set")
	}
}

func TestAReadingOfADisputeFitsToTheCent(t *testing.T) {
	t.Parallel()
	cents := money.FromMinor
	for name, c := range map[string]struct {
		r    payment.DisputeReading
		fits bool
	}{
		"open":             {payment.DisputeReading{Amount: cents(5000), Taken: cents(5000), Currency: "cad"}, true},
		"inquiry":          {payment.DisputeReading{Amount: cents(5000), Currency: "cad"}, true},
		"won":              {payment.DisputeReading{Amount: cents(5000), Taken: cents(5000), Returned: cents(5000), Currency: "cad"}, true},
		"won, lost anew":   {payment.DisputeReading{Amount: cents(5000), Taken: cents(10000), Returned: cents(5000), Currency: "cad"}, true},
		"part":             {payment.DisputeReading{Amount: cents(1), Taken: cents(1), Currency: "cad"}, true},
		"a cent more":      {payment.DisputeReading{Amount: cents(5001), Taken: cents(5001), Currency: "cad"}, false},
		"other cents":      {payment.DisputeReading{Amount: cents(5000), Taken: cents(4999), Currency: "cad"}, false},
		"a part came back": {payment.DisputeReading{Amount: cents(5000), Taken: cents(5000), Returned: cents(1), Currency: "cad"}, false},
		"dollars":          {payment.DisputeReading{Amount: cents(5000), Taken: cents(5000), Currency: "usd"}, false},
		"nothing":          {payment.DisputeReading{Currency: "cad"}, false},
	} {
		if got := payment.DisputeFits(cents(5000), "cad", c.r); got != c.fits {
			t.Errorf("%s: %v, want %v", name, got, c.fits)
		}
	}
}
