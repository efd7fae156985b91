package payment_test

import (
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fundy/money"
	"fundy/payment"
	"fundy/ticket"
)

func TestEveryRefundStateIsReachableAndNoneIsATrap(t *testing.T) {
	t.Parallel()
	reached := map[payment.RefundState]bool{payment.RefundNew: true}
	out := map[payment.RefundState]bool{}
	all := map[payment.RefundState]bool{}
	seen := map[[2]string]bool{}
	for _, l := range payment.RefundTable {
		all[l.From], all[l.To], out[l.From] = true, true, true
		key := [2]string{string(l.From), string(l.Event)}
		if seen[key] {
			t.Errorf("%s has two lines for %s", l.From, l.Event)
		}
		seen[key] = true
		if l.From.Final() && !l.Forced {
			t.Errorf("%s is final and %s leaves it unforced", l.From, l.Event)
		}
		if !l.From.Counts() {
			t.Errorf("%s no longer counts, and %s leaves it: its money could be given back twice", l.From, l.Event)
		}
	}
	for range payment.RefundTable {
		for _, l := range payment.RefundTable {
			reached[l.To] = reached[l.To] || reached[l.From]
		}
	}
	for s := range all {
		if !reached[s] {
			t.Errorf("%s is never reached", s)
		}
		if !out[s] && !s.Final() {
			t.Errorf("%s has no way out and is not final", s)
		}
	}
}

func TestTheDiagramHasTheRefunds(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../docs/payment-states.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range payment.RefundTable {
		if !strings.Contains(string(b), "    "+string(l.From)+" --> "+string(l.To)+": "+string(l.Event)) {
			t.Errorf("docs/payment-states.md has no line %s --%s--> %s: make generate", l.From, l.Event, l.To)
		}
	}
}

// Whatever happens to any number of refunds of one payment, in any order: at no moment is more given back
// or under way than was taken, and nothing goes back that two people have not decided.
func TestNoOrderOfEventsGivesBackMoreThanWasTaken(t *testing.T) {
	t.Parallel()
	events := []payment.RefundEvent{}
	for _, l := range payment.RefundTable {
		events = append(events, l.Event)
	}
	who := []string{"anne", "ben", "chloe"}
	rapid.Check(t, func(t *rapid.T) {
		taken := rapid.Int64Range(1, 20000).Draw(t, "taken")
		a := payment.Attempt{State: payment.Captured, ProcessorRef: "pi_1"}
		var refunds []payment.Refund
		given := func() (sum int64) {
			for _, r := range refunds {
				if r.State.Counts() {
					sum += r.Amount.Minor()
				}
			}
			return sum
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			if len(refunds) == 0 || rapid.Bool().Draw(t, "asks") {
				way := rapid.SampledFrom([]payment.Way{payment.ByProcessor, payment.ByCheque}).Draw(t, "way")
				expected := rapid.SampledFrom([]int64{taken - given(), taken}).Draw(t, "expected")
				r, no := payment.AskRefund(payment.RefundAsk{
					Way: way, Amount: money.FromMinor(rapid.Int64Range(-1, taken+1).Draw(t, "amount")), Expected: money.FromMinor(expected),
					Reason: payment.ReasonCityError, By: rapid.SampledFrom(who).Draw(t, "asker"),
				}, a, []payment.Source{{Ticket: "t", Taken: money.FromMinor(taken), Given: money.FromMinor(given())}}, start)
				if no != nil {
					continue
				}
				r.State = payment.RefundAsked
				refunds = append(refunds, r)
			} else {
				r := &refunds[rapid.IntRange(0, len(refunds)-1).Draw(t, "which")]
				event := rapid.SampledFrom(events).Draw(t, "event")
				by := rapid.SampledFrom(who).Draw(t, "by")
				if (event == payment.Approve || event == payment.Refuse) && payment.DecideRefund(*r, event, by) != nil {
					continue
				}
				line, err := payment.NextRefund(r.State, event)
				if err != nil {
					continue
				}
				if r.State = line.To; event == payment.Approve || event == payment.Refuse {
					r.DecidedBy = by
				}
			}
			if g := given(); g > taken {
				t.Fatalf("%d is given back or under way of %d", g, taken)
			}
			for _, r := range refunds {
				if r.State != payment.RefundAsked && r.State != payment.RefundRefused && (r.DecidedBy == "" || r.DecidedBy == r.AskedBy) {
					t.Fatalf("%s, asked for by %q and approved by %q", r.State, r.AskedBy, r.DecidedBy)
				}
			}
		}
	})
}

func cents(n int64) money.Amount { return money.FromMinor(n) }

func TestWhatARefundMayBeAskedFor(t *testing.T) {
	t.Parallel()
	captured := payment.Attempt{State: payment.Captured, ProcessorRef: "pi_1"}
	one := []payment.Source{{Ticket: "a", Taken: cents(5000), State: ticket.Paid, Reopens: true}}
	two := append([]payment.Source{{Ticket: "b", Taken: cents(3000), Given: cents(1000), State: ticket.Paid, Reopens: true}}, one...)
	gone := []payment.Source{{Ticket: "a", Taken: cents(5000), State: ticket.Withdrawn}}
	none := []payment.Source{{Taken: cents(5000)}}
	ask := func(amount, expected int64, change ...func(*payment.RefundAsk)) payment.RefundAsk {
		a := payment.RefundAsk{Way: payment.ByProcessor, Amount: cents(amount), Expected: cents(expected), Reason: payment.ReasonDuplicate, By: "anne"}
		for _, c := range change {
			c(&a)
		}
		return a
	}
	of := func(id ticket.ID) func(*payment.RefundAsk) { return func(a *payment.RefundAsk) { a.Ticket = id } }
	reopen := func(a *payment.RefundAsk) { a.Reopen = true }
	cancelled := func(a *payment.RefundAsk) { a.Reason = payment.ReasonCancelled }
	for _, c := range []struct {
		name    string
		ask     payment.RefundAsk
		attempt payment.Attempt
		sources []payment.Source
		want    string
		parts   int
	}{
		{name: "the whole", ask: ask(5000, 5000), sources: one, parts: 1},
		{name: "a cent", ask: ask(1, 5000), sources: one, parts: 1},
		{name: "nothing", ask: ask(0, 5000), sources: one, want: payment.RefusedAmount},
		{name: "less than nothing", ask: ask(-1, 5000), sources: one, want: payment.RefusedAmount},
		{name: "a cent too much", ask: ask(5001, 5000), sources: one, want: payment.RefusedTooMuch},
		{name: "another was quicker", ask: ask(5000, 6000), sources: one, want: payment.RefusedExpected},
		{name: "two tickets, all", ask: ask(7000, 7000), sources: two, parts: 2},
		{name: "two tickets, part, none named", ask: ask(5000, 7000), sources: two, want: payment.RefusedWhichTicket},
		{name: "two tickets, one named", ask: ask(2000, 7000, of("b")), sources: two, parts: 1},
		{name: "a cent more than its part", ask: ask(2001, 7000, of("b")), sources: two, want: payment.RefusedTooMuch},
		{name: "of another payment", ask: ask(1, 7000, of("c")), sources: two, want: payment.RefusedNotItsOwn},
		{name: "cancelled, in full", ask: ask(5000, 5000, cancelled), sources: one, parts: 1},
		{name: "cancelled, in part", ask: ask(4999, 5000, cancelled), sources: one, want: payment.RefusedInFull},
		{name: "withdrawn, in part", ask: ask(4999, 5000), sources: gone, want: payment.RefusedInFull},
		{name: "reopened", ask: ask(5000, 5000, reopen), sources: one, parts: 1},
		{name: "reopened in part", ask: ask(4999, 5000, reopen), sources: one, want: payment.RefusedReopen},
		{name: "reopened for the rest", ask: ask(2000, 7000, of("b"), reopen), sources: two, want: payment.RefusedReopen},
		{name: "reopened though cancelled", ask: ask(5000, 5000, cancelled, reopen), sources: one, want: payment.RefusedReopen},
		{name: "put to no ticket", ask: ask(4000, 5000), sources: none, parts: 1},
		{name: "put to no ticket, reopened", ask: ask(5000, 5000, reopen), sources: none, want: payment.RefusedReopen},
		{name: "not captured", ask: ask(5000, 5000), attempt: payment.Attempt{State: payment.Authorized, ProcessorRef: "pi_1"}, sources: one, want: payment.RefusedNotTaken},
		{name: "given back before", ask: ask(5000, 5000), attempt: payment.Attempt{State: payment.CorrectedBack, ProcessorRef: "pi_1"}, sources: one, want: payment.RefusedNotTaken},
		{name: "no money", ask: ask(5000, 0), want: payment.RefusedNotTaken},
		{name: "no payment id", ask: ask(5000, 5000), attempt: payment.Attempt{State: payment.Stopped}, sources: none, want: payment.RefusedNoPayment},
		{name: "no payment id, cheque", ask: ask(5000, 5000, func(a *payment.RefundAsk) { a.Way = payment.ByCheque }), attempt: payment.Attempt{State: payment.Stopped}, sources: none, parts: 1},
		{name: "no reason", ask: ask(1, 5000, func(a *payment.RefundAsk) { a.Reason = "because" }), sources: one, want: payment.RefusedReason},
		{name: "nobody", ask: ask(1, 5000, func(a *payment.RefundAsk) { a.By = "" }), sources: one, want: payment.RefusedWho},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.attempt.State == "" {
				c.attempt = captured
			}
			r, no := payment.AskRefund(c.ask, c.attempt, c.sources, start)
			if c.want != "" {
				if no == nil || no.Reason != c.want {
					t.Errorf("got %v, want %s", no, c.want)
				}
				return
			}
			if no != nil {
				t.Fatalf("refused: %s", no.Reason)
			}
			sum := int64(0)
			for _, p := range r.Parts {
				sum += p.Amount.Minor()
			}
			if len(r.Parts) != c.parts || sum != r.Amount.Minor() || r.Amount != c.ask.Amount {
				t.Errorf("%d parts of together %d, want %d of %s", len(r.Parts), sum, c.parts, c.ask.Amount)
			}
		})
	}
}

func TestWhoHasAskedCannotApprove(t *testing.T) {
	t.Parallel()
	asked := payment.Refund{State: payment.RefundAsked, AskedBy: "anne"}
	for _, c := range []struct {
		event payment.RefundEvent
		by    string
		state payment.RefundState
		want  string
	}{
		{payment.Approve, "ben", payment.RefundAsked, ""}, {payment.Refuse, "ben", payment.RefundAsked, ""}, {payment.Refuse, "anne", payment.RefundAsked, ""},
		{payment.Approve, "anne", payment.RefundAsked, payment.RefusedSamePerson}, {payment.Approve, "Anne", payment.RefundAsked, payment.RefusedWho},
		{payment.Approve, "anne ", payment.RefundAsked, payment.RefusedWho}, {payment.Approve, "ben", payment.RefundSending, payment.RefusedDecided},
	} {
		asked.State = c.state
		no := payment.DecideRefund(asked, c.event, c.by)
		if (no == nil) != (c.want == "") || no != nil && no.Reason != c.want {
			t.Errorf("%s by %q in %s: %v, want %q", c.event, c.by, c.state, no, c.want)
		}
	}
	for _, name := range []string{"4242424242424242", "a-4242424242424242", "anne smith", "a@b", strings.Repeat("a", 65), "..."} {
		if payment.StaffName(name) {
			t.Errorf("%q is a name of staff", name)
		}
	}
}

func TestARefundsReadingFitsToTheCent(t *testing.T) {
	t.Parallel()
	r, a := payment.Refund{ID: "rfd_1", Amount: cents(1000), ProcessorRef: "re_1"}, payment.Attempt{ProcessorRef: "pi_1"}
	good := payment.RefundReading{Refund: "rfd_1", Payment: "pi_1", Ref: "re_1", Amount: cents(1000), Currency: "cad"}
	if !payment.RefundFits(r, a, "cad", good) {
		t.Error("a good reading does not fit")
	}
	for name, bend := range map[string]func(*payment.RefundReading){
		"a cent more": func(r *payment.RefundReading) { r.Amount = cents(1001) }, "another's": func(r *payment.RefundReading) { r.Refund = "rfd_2" },
		"of another payment": func(r *payment.RefundReading) { r.Payment = "pi_2" }, "other currency": func(r *payment.RefundReading) { r.Currency = "usd" },
		"a second one": func(r *payment.RefundReading) { r.Ref = "re_2" }, "no id": func(r *payment.RefundReading) { r.Ref = "" },
	} {
		read := good
		bend(&read)
		if payment.RefundFits(r, a, "cad", read) {
			t.Errorf("%s fits", name)
		}
	}
}
