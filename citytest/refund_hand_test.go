package citytest_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fundy/citytest"
	"fundy/money"
	"fundy/payment"
	settling "fundy/settle"
	"fundy/ticket"
	"fundy/visitor"
)

// What was taken at the counter goes back on the terminal, by the number that it gives, or by cheque; what the
// processor took does not.
func TestARefundGoesBackOnTheTerminal(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		ctx, s := context.Background(), c.Office.Settler()
		onTerminal := func(ask *payment.RefundAsk) { ask.Way = payment.ByTerminal }
		c.Add(citytest.Spec{Number: "T1", Plate: "TTT 111", Offence: "LOADING", Age: 1})
		online := paid(t, c, "T1", "TTT 111", good)
		if _, err := s.AskRefund(ctx, online.ID, asks(2000, 5000, onTerminal)); refusal(err) != payment.RefusedWay {
			t.Errorf("what the processor took, on the terminal: %v", err)
		}
		a := atTheCounter(t, c, c.Add(citytest.Spec{Number: "T0", Plate: "TTT 000", Offence: "LOADING", Age: 1}))
		if _, err := s.AskRefund(ctx, a.ID, asks(2000, 5000)); refusal(err) != payment.RefusedWay {
			t.Errorf("what the counter took, by the processor: %v", err)
		}
		if _, err := s.AskRefund(ctx, a.ID, asks(3001, 5000, onTerminal)); refusal(err) != payment.RefusedWay {
			t.Errorf("cash, on the terminal: %v", err)
		}
		id := approved(t, c, a.ID, asks(2000, 5000, onTerminal))
		if r := refundOf(t, c, id); r.State != payment.RefundApproved {
			t.Errorf("approved, and %s", r.State)
		}
		if check := c.CheckLedger(); check.Refunded != 0 {
			t.Errorf("before it was done: %+v", check)
		}
		for _, auth := range []string{"", "12", "1234567890123", "12 34", "4242424242424242"} {
			if _, err := s.TerminalRefund(ctx, id, auth, "carol", true); refusal(err) != payment.RefusedAuth {
				t.Errorf("%q: %v", auth, err)
			}
		}
		if r, err := s.TerminalRefund(ctx, id, "004512", "carol", false); err != nil || r.State != payment.RefundSucceeded || refundOf(t, c, id).State != payment.RefundApproved {
			t.Errorf("a dry run: %s, %v", r.State, err)
		}
		if _, err := s.TerminalRefund(ctx, id, "004512", "carol", true); err != nil {
			t.Fatal(err)
		}
		if _, err := s.TerminalRefund(ctx, id, "004512", "carol", true); refusal(err) != payment.RefusedNotThere {
			t.Errorf("twice: %v", err)
		}
		if r := refundOf(t, c, id); r.State != payment.RefundSucceeded || !r.NextAt.IsZero() {
			t.Errorf("%s, and the processor is asked about it at %s", r.State, r.NextAt)
		}
		check := c.CheckLedger()
		if check.Refunded != 2000 || check.ByAccount["clearing:terminal"] != 1000 || check.ByAccount["refunds:parking:penalty"] != 2000 {
			t.Errorf("%+v", check)
		}
		if _, err := s.AskRefund(ctx, a.ID, asks(1001, 3000, onTerminal)); refusal(err) != payment.RefusedWay {
			t.Errorf("a cent more than the terminal has left: %v", err)
		}
		// One that the terminal won't take is ended by two, and goes by cheque.
		id = approved(t, c, a.ID, asks(1000, 3000, onTerminal))
		for _, by := range []string{"carol", "ben"} {
			if _, _, err := s.SayOfRefund(ctx, id, payment.EndedByPeople, by, "the card has expired", "", true); err != nil {
				t.Fatal(err)
			}
		}
		owed(t, c, a, "Wanda Example\n1 Main Street", asks(3000, 3000))
		if check := c.CheckLedger(); check.Refunded != 5000 || check.Payable != 3000 {
			t.Errorf("%+v", check)
		}
	})
}

// atTheCounter is the payment of a ticket of 50.00: 30.00 on the terminal and 20.00 in cash.
func atTheCounter(t *testing.T, c *citytest.City, id ticket.ID) payment.Attempt {
	t.Helper()
	ctx, s := context.Background(), c.Office.Settler()
	if _, err := s.MakeDrawer(ctx, "A", "City Hall", "dora"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenDrawer(ctx, "A", "anne", payment.Count{}); err != nil {
		t.Fatal(err)
	}
	e, err := s.TakeTender(ctx, settling.TenderRequest{RequestID: "req_" + c.Control, By: "anne", Tickets: []ticket.ID{id}, Tenders: []payment.Tender{
		{Kind: payment.Terminal, Tendered: money.FromMinor(3000), Reference: "000123"}, {Kind: payment.Cash, Tendered: money.FromMinor(2000)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return e.Attempt
}

// stoppedRefund is a refund of 1,000 cents that has stopped, because two at the processor say that they are it, and
// what the processor calls the first of them.
func stoppedRefund(t *testing.T, c *citytest.City, a payment.Attempt) (payment.RefundID, string) {
	t.Helper()
	r, err := c.Office.Settler().AskRefund(context.Background(), a.ID, asks(1000, 5000))
	if err != nil {
		t.Fatal(err)
	}
	first := ""
	for range 2 {
		made := dashboard(t, c, http.MethodPost, "/v1/refunds", url.Values{"payment_intent": {a.ProcessorRef}, "amount": {"1000"}, "metadata[refund_id]": {string(r.ID)}})
		if first == "" {
			first, _ = made["id"].(string)
		}
	}
	control(t, c, "faults", map[string]any{"kind": "500_saved", "match": map[string]any{"method": "POST", "path": "^/v1/refunds$", "nth": 1}})
	if _, err := c.Office.Settler().ApproveRefund(context.Background(), r.ID, "ben"); err != nil {
		t.Fatal(err)
	}
	if r := goesOn(t, c, r.ID, payment.RefundSending); r.State != payment.RefundStopped || r.ProcessorRef != "" || first == "" {
		t.Fatalf("ends %s, %q", r.State, r.ProcessorRef)
	}
	return r.ID, first
}

// Two people say that a refund which had stopped went back: it is in the books like any other, and its line in a
// payout that was read before is ours from then on.
func TestTwoPeopleSayThatAStoppedRefundWentBack(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, s, d := context.Background(), c.Office.Settler(), c.Deposits()
		c.Add(citytest.Spec{Number: "T2", Plate: "TTT 222", Offence: "LOADING", Age: 1})
		a := paid(t, c, "T2", "TTT 222", good)
		id, ref := stoppedRefund(t, c, a)
		if q := openQueue(t, c); q != "refund of "+string(id) {
			t.Errorf("the queue: %s", q)
		}
		days(t, c, 4)
		if f := fetch(t, d); f.Payouts != 1 || f.Lines != 3 {
			t.Fatalf("%+v", f)
		}
		if check := c.CheckLedger(); check.Clearing != 0 || check.ByAccount["refunds:card"] != 2000 || check.Refunded != 0 {
			t.Errorf("taken for somebody else's: %+v", check)
		}
		say := func(by string, event payment.RefundEvent, why string) (bool, error) {
			_, happened, err := s.SayOfRefund(ctx, id, event, by, why, ref, true)
			return happened, err
		}
		for why, want := range map[string]string{"": payment.RefusedWords, "two\nlines": payment.RefusedWords, strings.Repeat("x", 301): payment.RefusedWords} {
			if _, err := say("anne", payment.PersonWentBack, why); refusal(err) != want {
				t.Errorf("%q: %v", why, err)
			}
		}
		if _, err := say("anne", payment.EndedByPeople, "seen"); refusal(err) != payment.RefusedNotThere {
			t.Errorf("one that has stopped is ended: %v", err)
		}
		for _, step := range []struct {
			by      string
			event   payment.RefundEvent
			happens bool
			refused string
		}{
			{"anne", payment.PersonWentBack, false, ""},
			{"anne", payment.PersonWentBack, false, payment.RefusedSaidIt},
			{"carol", payment.PersonNothing, false, ""}, // she disagrees: both look again
			{"anne", payment.PersonWentBack, false, ""},
			{"carol", payment.PersonWentBack, true, ""},
			{"ben", payment.PersonWentBack, false, payment.RefusedNotThere},
		} {
			if happened, err := say(step.by, step.event, "seen at the processor"); happened != step.happens || refusal(err) != step.refused {
				t.Errorf("%s says %s: %v, %v", step.by, step.event, happened, err)
			}
		}
		if r := refundOf(t, c, id); r.State != payment.RefundSucceeded || r.ProcessorRef != ref {
			t.Errorf("%s, %q", r.State, r.ProcessorRef)
		}
		check := c.CheckLedger()
		if check.Refunded != 1000 || check.Clearing != 0 || check.ByAccount["refunds:card"] != 1000 || openQueue(t, c) != "" {
			t.Errorf("%+v\n%s", check, openQueue(t, c))
		}
		if f := fetch(t, d); f.Payouts != 0 || c.CheckLedger().ByAccount["refunds:card"] != 1000 {
			t.Errorf("moved twice: %+v", f)
		}
	})
}

// Two people say that nothing went back: the money is free to go back in another way, and the queue has it until it
// has done so.
func TestTwoPeopleSayThatAStoppedRefundCameToNothing(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, s := context.Background(), c.Office.Settler()
		c.Add(citytest.Spec{Number: "T3", Plate: "TTT 333", Offence: "LOADING", Age: 1})
		a := paid(t, c, "T3", "TTT 333", good)
		id, _ := stoppedRefund(t, c, a)
		for _, by := range []string{"anne", "carol"} {
			if _, _, err := s.SayOfRefund(ctx, id, payment.PersonNothing, by, "none of ours there", "", true); err != nil {
				t.Fatal(err)
			}
		}
		if r, q := refundOf(t, c, id), openQueue(t, c); r.State != payment.RefundFailed || q != "refund of "+string(id) || c.CheckLedger().Refunded != 0 {
			t.Errorf("%s, %s", r.State, q)
		}
		// A part of it given back is not all of it.
		part := owed(t, c, a, "Wanda Example\n1 Main Street", asks(400, 5000))
		rest := owed(t, c, a, "Wanda Example\n1 Main Street", asks(600, 4600))
		requisition(t, c, "carol")
		today := c.Now().Format("2006-01-02")
		issued(t, c, part, "1", today)
		// The rest is owed already, and counts as given back: the ledger has it.
		if q := openQueue(t, c); q != "" {
			t.Errorf("owed by cheque: %s", q)
		}
		issued(t, c, rest, "2", today)
		if check := c.CheckLedger(); check.Refunded != 1000 || check.Outstanding != 1000 || openQueue(t, c) != "" {
			t.Errorf("%+v\n%s", check, openQueue(t, c))
		}
	})
}

// A payout was read before the processor's id of a refund was known: once it is, the refund leaves the account of what
// nobody here had asked for. What slipped through is found by the next fetch.
func TestARefundThatAPayoutHadFirst(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, s, d := context.Background(), c.Office.Settler(), c.Deposits()
		c.Add(citytest.Spec{Number: "T4", Plate: "TTT 444", Offence: "LOADING", Age: 1})
		a := paid(t, c, "T4", "TTT 444", good)
		var ids [2]payment.RefundID
		for i, left := range []int64{5000, 3000} {
			r, err := s.AskRefund(ctx, a.ID, asks(2000, left))
			if err != nil {
				t.Fatal(err)
			}
			ids[i] = r.ID
			dashboard(t, c, http.MethodPost, "/v1/refunds", url.Values{"payment_intent": {a.ProcessorRef}, "amount": {"2000"}, "metadata[refund_id]": {string(r.ID)}})
		}
		days(t, c, 4)
		if f := fetch(t, d); f.Payouts != 1 || f.Lines != 3 || len(f.Problems) != 0 {
			t.Fatalf("%+v", f)
		}
		if check := c.CheckLedger(); check.Clearing != 0 || check.ByAccount["refunds:card"] != 4000 {
			t.Errorf("before: %+v", check)
		}
		for i, id := range ids {
			control(t, c, "faults", map[string]any{"kind": "500_saved", "match": map[string]any{"method": "POST", "path": "^/v1/refunds$", "nth": 1}})
			if _, err := s.ApproveRefund(ctx, id, "ben"); err != nil {
				t.Fatal(err)
			}
			if r := goesOn(t, c, id, payment.RefundSending); r.State != payment.RefundSucceeded {
				t.Fatalf("ends %s, %s", r.State, r.Failure)
			}
			given := int64(i+1) * 2000
			if check := c.CheckLedger(); check.Refunded != given || check.Clearing != 0 || check.ByAccount["refunds:card"] != 4000-given {
				t.Errorf("known: %+v", check)
			}
		}
		if leaves(t, c, "refund_known") != 2 {
			t.Errorf("%d leaves", leaves(t, c, "refund_known"))
		}
		// One of which the office learned while the payout was being entered: the step of neither could see the other.
		c.Add(citytest.Spec{Number: "T5", Plate: "TTT 555", Offence: "LOADING", Age: 1})
		b := paid(t, c, "T5", "TTT 555", good)
		late, ref := stoppedRefund(t, c, b)
		days(t, c, 4)
		fetch(t, d)
		for _, by := range []string{"anne", "carol"} {
			if _, _, err := s.SayOfRefund(ctx, late, payment.PersonWentBack, by, "seen", "", true); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Tamper("update refund set processor_ref = '" + ref + "' where id = '" + string(late) + "'"); err != nil {
			t.Fatal(err)
		}
		if check := c.CheckLedger(); check.Clearing != -1000 || check.ByAccount["refunds:card"] != 2000 {
			t.Errorf("slipped through: %+v", check)
		}
		fetch(t, d)
		if check := c.CheckLedger(); check.Clearing != 0 || check.ByAccount["refunds:card"] != 1000 {
			t.Errorf("found: %+v", check)
		}
	})
}

// A receipt says what was given back of it since, when and of which ticket, in both languages. To one who found it by
// a ticket it says so of that ticket alone.
func TestAReceiptSaysWhatWasGivenBack(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx := context.Background()
		one := c.Add(citytest.Spec{Number: "T6", Plate: "TTT 666", Offence: "LOADING", Age: 1})
		two := c.Add(citytest.Spec{Number: "T7", Plate: "TTT 666", Offence: "ACCESSIBLE", Age: 3})
		v := toCardPage(c, "en", "", [2]string{"T6", "TTT 666"}, [2]string{"T7", "TTT 666"})
		typeCard(v, good)
		want(t, text(t, v), "Paid in full: $175.00")
		a := capturedFor(t, c, one)
		receipt := func(lang string) string {
			t.Helper()
			v := &visitor.Visitor{}
			v.Open(ctx, c.Portal.URL+"/r/"+string(a.ID)+"/receipt?lang="+lang)
			return text(t, v)
		}
		of := func(id ticket.ID) func(*payment.RefundAsk) { return func(ask *payment.RefundAsk) { ask.Ticket = id } }
		goesOn(t, c, approved(t, c, a.ID, asks(2000, 17500, of(one))), payment.RefundSending)
		goesOn(t, c, approved(t, c, a.ID, asks(12500, 15500, of(two))), payment.RefundSending)
		page := receipt("en")
		want(t, page, "Paid: $175.00", "Given back: $145.00", "$20.00 of ticket T6, on March 3, 2027. To the card it was paid with.", "$125.00 of ticket T7, on March 3, 2027.", "can’t be charged for it")
		page = page + receipt("fr")
		want(t, page, "Payé : 175,00 $", "Remboursé : 145,00 $", "20,00 $ pour la contravention T6, le 3 mars 2027. Sur la carte qui a servi au paiement.")
		for _, no := range []string{"Paid in full", "Payé en entier"} {
			if strings.Contains(page, no) {
				t.Errorf("the receipts still say %q:\n%s", no, page)
			}
		}
		found := &visitor.Visitor{}
		found.Open(ctx, c.Portal.URL+"/pay")
		found.Send(ctx, "find", "/pay/find", map[string]string{"number": "T7", "plate": "TTT666"})
		found.Open(ctx, c.Portal.URL+"/pay/receipt?n=0")
		page = text(t, found)
		want(t, page, "Given back: $125.00", "All that was paid has been given back.")
		if strings.Contains(page, "ticket T6") || strings.Contains(page, "can’t be charged for it") {
			t.Errorf("the receipt of one ticket:\n%s", page)
		}

		id := owed(t, c, a, "Wanda Example\n1 Main Street", asks(3000, 3000))
		want(t, receipt("en"), "Given back: $175.00", "$30.00 of ticket T6, on March 3, 2027. By a cheque that is still to be sent.", "All that was paid has been given back.")
		requisition(t, c, "carol")
		days(t, c, 2)
		issued(t, c, id, "1", "2027-03-05")
		want(t, receipt("en"), "By cheque of March 5, 2027.")
		page = receipt("fr")
		want(t, page, "Par chèque du 5 mars 2027.", "Tout ce qui a été payé a été remboursé.")
		if strings.Contains(page, "Wanda") {
			t.Error("the receipt names the payee")
		}
		c.CheckLedger()
	})
}

// The processor's id of another refund is refused, and nothing of what two people said is half done.
func TestAReferenceOfAnotherRefundIsRefused(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, s := context.Background(), c.Office.Settler()
		c.Add(citytest.Spec{Number: "T8", Plate: "TTT 888", Offence: "LOADING", Age: 1})
		other := paid(t, c, "T8", "TTT 888", good)
		taken := goesOn(t, c, approved(t, c, other.ID, asks(1000, 5000)), payment.RefundSending)
		c.Add(citytest.Spec{Number: "T9", Plate: "TTT 999", Offence: "LOADING", Age: 1})
		id, _ := stoppedRefund(t, c, paid(t, c, "T9", "TTT 999", good))
		var err error
		for _, by := range []string{"anne", "carol"} {
			_, _, err = s.SayOfRefund(ctx, id, payment.PersonWentBack, by, "seen", taken.ProcessorRef, true)
		}
		if no := new(settling.ChequeRefusal); !errors.As(err, &no) || !strings.Contains(no.What, "is another refund's at the processor") {
			t.Errorf("%v", err)
		}
		if r := refundOf(t, c, id); r.State != payment.RefundStopped || c.CheckLedger().Refunded != 1000 {
			t.Errorf("%s", r.State)
		}
	})
}
