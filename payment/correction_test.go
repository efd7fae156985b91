package payment_test

import (
	"strings"
	"testing"
	"time"

	"fundy/money"
	"fundy/payment"
	"fundy/ticket"
)

func TestTransfersThatAreRefused(t *testing.T) {
	t.Parallel()
	cents := money.FromMinor
	type given struct {
		ask    payment.TransferAsk
		a      payment.Attempt
		source payment.Source
		target payment.Candidate
		price  payment.Frozen
		again  bool
	}
	for name, c := range map[string]struct {
		bend func(*given)
		want string
		rest int64
	}{
		"a good one":          {func(*given) {}, "", 0},
		"costs less":          {func(g *given) { g.price.Total = cents(2000) }, "", 1000},
		"costs a cent more":   {func(g *given) { g.price.Total = cents(3001) }, payment.RefusedCostsMore, 0},
		"nothing due":         {func(g *given) { g.price.Total = money.Zero }, payment.RefusedNothingDue, 0},
		"the same ticket":     {func(g *given) { g.ask.To = "from" }, payment.RefusedSameTicket, 0},
		"no name":             {func(g *given) { g.ask.By = "Anne Smith" }, payment.RefusedWho, 0},
		"no reason":           {func(g *given) { g.ask.Why = " " }, payment.RefusedNote, 0},
		"a long reason":       {func(g *given) { g.ask.Why = strings.Repeat("x", 301) }, payment.RefusedNote, 0},
		"not captured":        {func(g *given) { g.a.State = payment.Capturing }, payment.RefusedNotTaken, 0},
		"not deposited yet":   {func(g *given) { g.a.Adapter = payment.CounterAdapter }, payment.RefusedCanUndo, 0},
		"stopped":             {func(g *given) { g.a.State = payment.Stopped }, payment.RefusedNotTaken, 0},
		"put to no ticket":    {func(g *given) { g.source.Ticket = "" }, payment.RefusedNotTaken, 0},
		"withdrawn since":     {func(g *given) { g.source.State = ticket.Withdrawn }, payment.RefusedNotTaken, 0},
		"a part given back":   {func(g *given) { g.source.Given = cents(1) }, payment.RefusedGiven, 0},
		"given back before":   {func(g *given) { g.again = true }, payment.RefusedGiven, 0},
		"target paid":         {func(g *given) { g.target = candidate(ticket.Paid, false) }, payment.RefusedPaidTarget, 0},
		"target is confirmed": {func(g *given) { g.target = candidate(ticket.Confirming, false) }, payment.RefusedConfirming, 0},
		"target at court":     {func(g *given) { g.target = candidate(ticket.Court, false) }, payment.RefusedNotPayable, 0},
		"target under review": {func(g *given) { g.target = candidate(ticket.Review, true); g.target.Standing.Box = true }, payment.RefusedReview, 0},
		"issued afterwards":   {func(g *given) { g.target.Ticket.IssuedAt = start.Add(time.Second) }, payment.RefusedNotIssued, 0},
	} {
		g := given{
			ask: payment.TransferAsk{From: "from", To: "to", Why: "the payer misread a number", By: "anne"}, a: payment.Attempt{State: payment.Captured, Receipt: "r"},
			source: payment.Source{Ticket: "from", Taken: cents(3000), State: ticket.Paid}, target: candidate(ticket.Open, true),
			price: payment.Frozen{Ticket: "to", QuotedAt: start, Total: cents(3000)},
		}
		c.bend(&g)
		done, no := payment.AskTransfer(g.ask, g.a, g.source, g.target, g.price, g.again, start)
		switch {
		case c.want == "" && no != nil:
			t.Errorf("%s: refused: %s", name, no.Reason)
		case c.want == "" && (done.Rest.Minor() != c.rest || done.Amount != g.source.Taken || done.AskedBy != "anne"):
			t.Errorf("%s: %+v", name, done)
		case c.want != "" && (no == nil || no.Reason != c.want):
			t.Errorf("%s: %v, want %s", name, no, c.want)
		}
	}
}

func TestHowAStoppedPaymentMayEnd(t *testing.T) {
	t.Parallel()
	frozen := []payment.Frozen{quote("a", 3000)}
	owed, gone := map[ticket.ID]payment.Candidate{"a": candidate(ticket.Open, true)}, map[ticket.ID]payment.Candidate{"a": candidate(ticket.Paid, false)}
	for _, c := range []struct {
		name    string
		kind    payment.CorrectionKind
		state   payment.State
		taken   int64
		given   int64
		ref     string
		tickets map[ticket.ID]payment.Candidate
		has     bool
		want    string
	}{
		{name: "release", kind: payment.CorrectRelease, ref: "pi", tickets: owed},
		{name: "release of nothing known", kind: payment.CorrectRelease, tickets: owed, want: payment.RefusedNoPayment},
		{name: "release of what was taken", kind: payment.CorrectRelease, ref: "pi", taken: 1, tickets: owed, want: payment.RefusedWasTaken},
		{name: "keep", kind: payment.CorrectKeep, taken: 1000, tickets: owed},
		{name: "keep nothing", kind: payment.CorrectKeep, tickets: owed, want: payment.RefusedNotHere},
		{name: "free", kind: payment.CorrectFree, tickets: owed},
		{name: "free of what was taken", kind: payment.CorrectFree, taken: 1000, tickets: owed, want: payment.RefusedWasTaken},
		{name: "put", kind: payment.CorrectPut, taken: 3000, tickets: owed},
		{name: "put what it still has", kind: payment.CorrectPut, taken: 3000, tickets: map[ticket.ID]payment.Candidate{"a": candidate(ticket.Confirming, false)}, has: true},
		{name: "put to what is paid", kind: payment.CorrectPut, taken: 3000, tickets: gone, want: payment.RefusedNotOwed},
		{name: "put a part", kind: payment.CorrectPut, taken: 2999, tickets: owed, want: payment.RefusedNotTheSum},
		{name: "put what is given back", kind: payment.CorrectPut, taken: 3000, given: 1, tickets: owed, want: payment.RefusedGiven},
		{name: "put nothing", kind: payment.CorrectPut, tickets: owed, want: payment.RefusedNotHere},
		{name: "one that goes on", kind: payment.CorrectKeep, state: payment.Capturing, taken: 1000, tickets: owed, want: payment.RefusedNotStopped},
		{name: "a transfer", kind: payment.CorrectTransfer, taken: 1000, tickets: owed, want: payment.RefusedReason},
	} {
		a := payment.Attempt{ID: "x", State: payment.Stopped, Amount: money.FromMinor(3000), ProcessorRef: c.ref}
		if c.state != "" {
			a.State = c.state
		}
		_, no := payment.AskStopped(payment.StoppedAsk{Kind: c.kind, Why: "compared", By: "anne"}, a, money.FromMinor(c.taken), money.FromMinor(c.given), frozen, c.tickets, c.has, start)
		if reason := reasonOf(no); reason != c.want {
			t.Errorf("%s: %q, want %q", c.name, reason, c.want)
		}
	}
}

func reasonOf(no *payment.CorrectionRefusal) string {
	if no == nil {
		return ""
	}
	return no.Reason
}

func TestTwoPeopleCorrect(t *testing.T) {
	t.Parallel()
	asked := payment.Correction{State: payment.CorrectionAsked, AskedBy: "anne"}
	done := payment.Correction{State: payment.CorrectionDone, AskedBy: "anne"}
	for _, c := range []struct {
		c       payment.Correction
		approve bool
		by      string
		want    string
	}{
		{asked, true, "ben", ""}, {asked, false, "ben", ""}, {asked, false, "anne", ""}, {asked, true, "anne", payment.RefusedSamePerson},
		{asked, true, "", payment.RefusedWho}, {done, true, "ben", payment.RefusedDecided}, {done, false, "anne", payment.RefusedDecided},
	} {
		if got := reasonOf(payment.DecideCorrection(c.c, c.approve, c.by)); got != c.want {
			t.Errorf("%s by %q, approve %t: %q, want %q", c.c.State, c.by, c.approve, got, c.want)
		}
	}
}
