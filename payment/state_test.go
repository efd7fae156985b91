package payment_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"fundy/money"
	"fundy/payment"
	"fundy/ticket"
)

// states are all that stand in the table.
func states() map[payment.State]bool {
	all := map[payment.State]bool{}
	for _, l := range payment.Table {
		all[l.From], all[l.To] = true, true
	}
	return all
}

func TestEveryStateIsReachableAndNoneIsATrap(t *testing.T) {
	t.Parallel()
	reached := map[payment.State]bool{payment.New: true}
	for range payment.Table {
		for _, l := range payment.Table {
			if reached[l.From] {
				reached[l.To] = true
			}
		}
	}
	for s := range states() {
		if !reached[s] {
			t.Errorf("%s is never reached", s)
		}
		out := false
		for _, l := range payment.Table {
			out = out || l.From == s
		}
		if !out && !s.Final() {
			t.Errorf("%s has no way out and is not final", s)
		}
	}
}

func TestAnEventMovesAStateOneWayOnly(t *testing.T) {
	t.Parallel()
	seen := map[[2]string]bool{}
	for _, l := range payment.Table {
		key := [2]string{string(l.From), string(l.Event)}
		if seen[key] {
			t.Errorf("%s has two lines for %s", l.From, l.Event)
		}
		seen[key] = true
		if l.From.Final() && !l.Forced {
			t.Errorf("%s is final and %s leaves it unforced", l.From, l.Event)
		}
	}
}

// Money is taken only from Capturing, and at the counter by entering it; whatever else finds it taken is a forced
// line and an alarm.
func TestOnlyCapturingCaptures(t *testing.T) {
	t.Parallel()
	for _, l := range payment.Table {
		if l.To == payment.Captured && l.From != payment.Capturing && (l.From != payment.New || l.Event != payment.TenderTaken) {
			t.Errorf("%s leads to captured", l.From)
		}
		if l.Event == payment.MoneyTaken && l.From != payment.Capturing && !l.Forced {
			t.Errorf("%s finds money taken without an alarm", l.From)
		}
	}
}

func TestAnUnknownEventIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := payment.Next(payment.Captured, payment.PageExpired); err == nil {
		t.Error("a captured attempt expired")
	}
}

func TestTheDiagramIsOfThisTable(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../docs/payment-states.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range payment.Table {
		if !strings.Contains(string(b), "    "+string(l.From)+" --> "+string(l.To)+": "+string(l.Event)) {
			t.Errorf("docs/payment-states.md has no line %s --%s--> %s: make generate", l.From, l.Event, l.To)
		}
	}
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func quote(id ticket.ID, cents int64) payment.Frozen {
	return payment.Frozen{Ticket: id, Version: 1, QuotedAt: start, HoldsUntil: start.Add(30 * time.Minute), Total: money.FromMinor(cents)}
}

func candidate(state ticket.State, payable bool) payment.Candidate {
	return payment.Candidate{Ticket: ticket.Ticket{State: state, Version: 1}, Standing: ticket.Standing{Payable: payable}}
}

func TestBeginRefuses(t *testing.T) {
	t.Parallel()
	limits := payment.Limits{Tickets: 2, Attempts: 5, Minimum: money.FromMinor(50)}
	open := candidate(ticket.Open, true)
	review := candidate(ticket.Review, true)
	review.Standing.Box = true
	changed := candidate(ticket.Open, true)
	changed.Ticket.Version = 2
	busy := candidate(ticket.Open, true)
	busy.Open = 5
	for _, c := range []struct {
		name    string
		quotes  []payment.Frozen
		tickets map[ticket.ID]payment.Candidate
		box     bool
		after   time.Duration
		want    string
	}{
		{name: "a good one", quotes: []payment.Frozen{quote("a", 3000)}, tickets: map[ticket.ID]payment.Candidate{"a": open}},
		{name: "the last moment", quotes: []payment.Frozen{quote("a", 3000)}, tickets: map[ticket.ID]payment.Candidate{"a": open}, after: 30*time.Minute - 1},
		{name: "nothing", want: payment.RefusedEmpty},
		{name: "three", quotes: []payment.Frozen{quote("a", 1), quote("b", 1), quote("c", 1)}, want: payment.RefusedTooMany},
		{name: "the same twice", quotes: []payment.Frozen{quote("a", 3000), quote("a", 3000)}, tickets: map[ticket.ID]payment.Candidate{"a": open}, want: payment.RefusedTooMany},
		{name: "a minute late", quotes: []payment.Frozen{quote("a", 3000)}, tickets: map[ticket.ID]payment.Candidate{"a": open}, after: 30 * time.Minute, want: payment.RefusedStale},
		{name: "from the future", quotes: []payment.Frozen{quote("a", 3000)}, tickets: map[ticket.ID]payment.Candidate{"a": open}, after: -time.Second, want: payment.RefusedStale},
		{name: "absent", quotes: []payment.Frozen{quote("a", 3000)}, want: payment.RefusedNotPayable},
		{name: "court", quotes: []payment.Frozen{quote("a", 3000)}, tickets: map[ticket.ID]payment.Candidate{"a": candidate(ticket.Court, false)}, want: payment.RefusedNotPayable},
		{name: "nothing to pay", quotes: []payment.Frozen{quote("a", 0)}, tickets: map[ticket.ID]payment.Candidate{"a": open}, want: payment.RefusedNotPayable},
		{name: "being confirmed", quotes: []payment.Frozen{quote("a", 3000)}, tickets: map[ticket.ID]payment.Candidate{"a": candidate(ticket.Confirming, false)}, want: payment.RefusedConfirming},
		{name: "decided since", quotes: []payment.Frozen{quote("a", 3000)}, tickets: map[ticket.ID]payment.Candidate{"a": changed}, want: payment.RefusedChanged},
		{name: "review, no box", quotes: []payment.Frozen{quote("a", 3000)}, tickets: map[ticket.ID]payment.Candidate{"a": review}, want: payment.RefusedBox},
		{name: "review, box", quotes: []payment.Frozen{quote("a", 3000)}, tickets: map[ticket.ID]payment.Candidate{"a": review}, box: true},
		{name: "five open", quotes: []payment.Frozen{quote("a", 3000)}, tickets: map[ticket.ID]payment.Candidate{"a": busy}, want: payment.RefusedAttempts},
		{name: "49 cents", quotes: []payment.Frozen{quote("a", 49)}, tickets: map[ticket.ID]payment.Candidate{"a": open}, want: payment.RefusedMinimum},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, no := payment.Begin(payment.Ask{Quotes: c.quotes, ReviewBox: c.box}, c.tickets, limits, start.Add(c.after))
			switch {
			case c.want == "" && no != nil:
				t.Errorf("refused: %s", no.Reason)
			case c.want == "" && p.Total != c.quotes[0].Total:
				t.Errorf("total %s, want %s", p.Total, c.quotes[0].Total)
			case c.want != "" && (no == nil || no.Reason != c.want):
				t.Errorf("got %v, want %s", no, c.want)
			}
		})
	}
}

func TestAllocateTakesAllOrNothing(t *testing.T) {
	t.Parallel()
	frozen := []payment.Frozen{quote("a", 3000), quote("b", 2000)}
	open := candidate(ticket.Open, true)
	changed := candidate(ticket.Open, true)
	changed.Ticket.Version = 2
	for name, c := range map[string]struct {
		b      payment.Candidate
		reason string
	}{
		"still owed": {open, ""}, "paid": {candidate(ticket.Paid, false), payment.ReleasedPaid}, "being confirmed": {candidate(ticket.Confirming, false), payment.ReleasedPaid},
		"court": {candidate(ticket.Court, false), payment.ReleasedGone}, "changed": {changed, payment.ReleasedChanged},
	} {
		blocked, reason := payment.Allocate(frozen, map[ticket.ID]payment.Candidate{"a": open, "b": c.b})
		if reason != c.reason || (reason != "") != (blocked == "b") {
			t.Errorf("%s: blocked by %q for %q, want %q", name, blocked, reason, c.reason)
		}
	}
	if blocked, reason := payment.Allocate(frozen, map[ticket.ID]payment.Candidate{"a": open}); blocked != "b" || reason != payment.ReleasedGone {
		t.Errorf("a ticket that is not there: %q, %q", blocked, reason)
	}
}

func TestAReadingFitsToTheCent(t *testing.T) {
	t.Parallel()
	a := payment.Attempt{ID: "x", Amount: money.FromMinor(3000)}
	good := payment.Reading{Attempt: "x", Amount: money.FromMinor(3000), Held: money.FromMinor(3000), Currency: "cad"}
	if !payment.Fits(a, "cad", false, good) {
		t.Error("a good reading does not fit")
	}
	for name, bend := range map[string]func(*payment.Reading){
		"a cent less": func(r *payment.Reading) { r.Amount = money.FromMinor(2999) }, "a cent less taken": func(r *payment.Reading) { r.Held = money.FromMinor(2999) }, "other currency": func(r *payment.Reading) { r.Currency = "usd" },
		"live": func(r *payment.Reading) { r.Live = true }, "another's": func(r *payment.Reading) { r.Attempt = "y" },
	} {
		r := good
		bend(&r)
		if payment.Fits(a, "cad", false, r) {
			t.Errorf("%s fits", name)
		}
	}
}
