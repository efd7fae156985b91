package citytest_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"

	"fundy/citytest"
	"fundy/money"
	"fundy/payment"
	settling "fundy/settle"
	"fundy/ticket"
	"fundy/visitor"
)

// drawer has a clerk open a drawer of his own, with nothing in it.
func drawer(t *testing.T, c *citytest.City, name, clerk string) {
	t.Helper()
	_, err := c.Office.Settler().MakeDrawer(context.Background(), name, "City Hall", "dora")
	do(t, err)
	_, err = c.Office.Settler().OpenDrawer(context.Background(), name, clerk, payment.Count{})
	do(t, err)
}

// cash has a clerk take so many cents for tickets.
func cash(c *citytest.City, clerk string, cents int64, tickets ...ticket.ID) error {
	_, err := c.Office.Settler().TakeTender(context.Background(), settling.TenderRequest{
		RequestID: rand.Text(), Tickets: tickets, By: clerk, ReviewBox: true, Tenders: []payment.Tender{{Kind: payment.Cash, Tendered: money.FromMinor(cents)}},
	})
	return err
}

// atCounter is why the counter refused; "" where it did not.
func atCounter(err error) string {
	var no *payment.CounterRefusal
	if errors.As(err, &no) {
		return no.Reason
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// The card is first: while its money is being taken the counter takes none, whatever box is ticked, and afterwards
// the ticket is paid.
func TestTheCounterTakesNothingForATicketThatACardHas(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		quiet(t, c)
		drawer(t, c, "A", "anne")
		tk := c.Add(citytest.Spec{Number: "C1", Plate: "CAS 111", Offence: "LOADING", Age: 1, State: ticket.Review})
		id := begin(t, c, "C1", "CAS 111")
		for range 2 {
			control(t, c, "faults", map[string]any{"kind": "html_502", "match": map[string]any{"method": "POST", "path": "/capture$", "nth": 1}})
		}
		payWithCard(t, c, settle(t, c, id, payment.Creating).Session)
		settle(t, c, id, payment.Opened, payment.Authorized)
		if a, s := attemptOf(t, c, id), ticketOf(t, c, tk).State; a.State == payment.Capturing && s == ticket.Confirming {
			if no := atCounter(cash(c, "anne", 5000, tk)); no != payment.RefusedConfirming {
				t.Errorf("while the card is being taken: %s", no)
			}
		} else {
			t.Errorf("the attempt is %s and the ticket %s", a.State, s)
		}
		do(t, c.Rest(context.Background()))
		if no := atCounter(cash(c, "anne", 5000, tk)); no != payment.TakePaid {
			t.Errorf("afterwards: %s", no)
		}
		if b := right(t, c); b.Ledger.PaidTickets != 1 || b.Ledger.Clearing != 5000 || b.Ledger.Counter != 0 {
			t.Errorf("%+v", b.Ledger)
		}
	})
}

// A part is paid at the counter while somebody is at the card page with the whole: that page's price is not held to,
// nobody is charged, and what the pages ask for next is the rest, which a card pays.
func TestAPartAtTheCounterAndTheRestByCard(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		drawer(t, c, "A", "anne")
		tk := c.Add(citytest.Spec{Number: "C2", Plate: "CAS 222", Offence: "LOADING", Age: 1, Regime: "generic"})
		v := toCardPage(c, "en", "", [2]string{"C2", "CAS 222"})
		do(t, cash(c, "anne", 2000, tk))
		typeCard(v, good)
		want(t, text(t, v), "You were not charged")
		fresh := &visitor.Visitor{}
		fresh.Open(context.Background(), c.Portal.URL+"/pay")
		fresh.Send(context.Background(), "find", "/pay/find", map[string]string{"number": "C2", "plate": "CAS 222"})
		want(t, text(t, fresh), "$30.00", "Part payment", "-$20.00")
		v = toCardPage(c, "en", "", [2]string{"C2", "CAS 222"})
		typeCard(v, good)
		want(t, text(t, v), "Paid in full: $30.00", "Part payment")
		if b := right(t, c); b.Ledger.PaidTickets != 1 || b.Ledger.Clearing != 3000 || b.Ledger.PartPaid != 2000 || b.Ledger.Captured != 5000 || b.Ledger.ByAccount["receivable:part_payment"] != 0 {
			t.Errorf("%+v", b.Ledger)
		}
	})
}

// A ticket that was paid at the counter shows its receipt to who finds it, and one whose entry was reversed does not.
func TestTheReceiptOfTheCounterIsShown(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		drawer(t, c, "A", "anne")
		tk := c.Add(citytest.Spec{Number: "C3", Plate: "CAS 333", Offence: "LOADING", Age: 1})
		e, err := c.Office.Settler().TakeTender(context.Background(), settling.TenderRequest{
			RequestID: rand.Text(), Tickets: []ticket.ID{tk}, By: "anne", Tenders: []payment.Tender{{Kind: payment.Cheque, Tendered: money.FromMinor(5000), Reference: "12"}},
		})
		do(t, err)
		found := &visitor.Visitor{}
		found.Open(context.Background(), c.Portal.URL+"/pay")
		found.Send(context.Background(), "find", "/pay/find", map[string]string{"number": "C3", "plate": "CAS 333"})
		want(t, text(t, found), "This ticket is paid")
		found.Open(context.Background(), c.Portal.URL+"/pay/receipt?n=0")
		want(t, text(t, found), e.Attempt.Receipt, "Cheque", "$50.00")
		_, err = c.Office.Settler().ReverseEntry(context.Background(), e.Attempt.ID, "anne", "the wrong ticket")
		do(t, err)
		v := toCardPage(c, "fr", "", [2]string{"C3", "CAS 333"})
		typeCard(v, good)
		want(t, text(t, v), "Payé en entier : 50,00 $")
		if b := right(t, c); b.Ledger.PaidTickets != 1 || b.Ledger.Clearing != 5000 || b.Ledger.Counter != 0 {
			t.Errorf("%+v", b.Ledger)
		}
	})
}
