package citytest_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
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
		want(t, text(t, fresh), "$30.00", "Part payment", "−$20.00")
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

// Books of a counter that were right are made wrong in one place after the other, and the ledger's check says so.
func TestTheCheckFindsWhatIsWrongAtTheCounter(t *testing.T) {
	t.Parallel()
	for want, statement := range map[string]string{
		"the cash of drawers and batches": "update tender set tendered_minor = tendered_minor + 5, rounding_minor = rounding_minor + 5 where kind = 'cash'",
		"the cheques of batches":          "update tender set tendered_minor = tendered_minor + 5, excess_minor = excess_minor + 5 where kind = 'cheque' and state = 'taken'",
		"entry whose tenders do not come": "update tender set amount_minor = amount_minor - 1, rounding_minor = rounding_minor + 1 where kind = 'cash'",
		"do not come to what the ticket":  "update ticket set part_paid_minor = part_paid_minor + 1 where part_paid_minor > 0",
		"are not what is posted":          "update ticket set part_paid_minor = part_paid_minor + 1 where part_paid_minor > 0; update part_payment set amount_minor = amount_minor + 1",
		"have a gap":                      "update receipt_series set last_number = last_number + 1",
		"still holds something":           "update allocation set undone_at = null",
		"captured and allocated differ":   "update part_payment set undone_at = 1",
		"unallocated receipt that nobody": "update exception set kind = 'drawer'",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			c := citytest.SQLite(t)
			quiet(t, c)
			drawer(t, c, "A", "anne")
			part := c.Add(citytest.Spec{Number: "C4", Plate: "CAS 444", Offence: "LOADING", Age: 1, Regime: "generic"})
			back := c.Add(citytest.Spec{Number: "C5", Plate: "CAS 555", Offence: "LOADING", Age: 1})
			over := c.Add(citytest.Spec{Number: "C6", Plate: "CAS 666", Offence: "LOADING", Age: 1})
			do(t, cash(c, "anne", 2000, part))
			for _, id := range []ticket.ID{back, over} {
				e, err := c.Office.Settler().TakeTender(context.Background(), settling.TenderRequest{
					RequestID: rand.Text(), Tickets: []ticket.ID{id}, By: "anne", Tenders: []payment.Tender{{Kind: payment.Cheque, Tendered: money.FromMinor(5500), Reference: "12"}},
				})
				do(t, err)
				if id == back {
					_, err = c.Office.Settler().ReverseEntry(context.Background(), e.Attempt.ID, "anne", "the wrong ticket")
					do(t, err)
				}
			}
			right(t, c)
			do(t, c.Tamper(statement))
			b, err := c.Check(context.Background())
			do(t, err)
			if all := strings.Join(b.Wrong(), "\n"); !strings.Contains(all, want) {
				t.Errorf("the books do not show %q:\n%s", want, all)
			}
		})
	}
}
