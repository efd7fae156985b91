package citytest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// storyOf is a ticket's story, a line each.
func storyOf(t *testing.T, c *citytest.City, id ticket.ID) string {
	t.Helper()
	var lines []string
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		all, more, err := tx.TicketStory(ctx, id)
		for _, l := range all {
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", l.Kind, l.What, l.Amount, l.Who)))
		}
		if more {
			lines = append(lines, "more")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// linesInOrder wants lines in a text, one after the other.
func linesInOrder(t *testing.T, text string, lines ...string) {
	t.Helper()
	rest := text
	for _, l := range lines {
		i := strings.Index(rest, l)
		if i < 0 {
			t.Fatalf("not there, or not in order: %q in\n%s", l, text)
		}
		rest = rest[i+len(l):]
	}
}

// A ticket's story has its money: the payment, a refund with each of its steps and who took it, a transfer on both its
// tickets, and a chargeback.
func TestATicketsStoryHasItsMoney(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		tick := func() { c.SetNow(c.Now().Add(time.Minute)) }
		from := c.Add(citytest.Spec{Number: "T1", Plate: "TTT 111", Offence: "LOADING", Age: 1})
		to := c.Add(citytest.Spec{Number: "T2", Plate: "TTT 111", Offence: "LOADING", Age: 1})
		a := paid(t, c, "T1", "TTT 111", good)
		tick()
		transferred(t, c, a.ID, from, to)
		linesInOrder(t, storyOf(t, c, from), "event state:confirming", "event state:paid", "correction transfer:asked 50.00 anne", "event state:reopened", "undone captured 50.00")
		tick()
		id := approved(t, c, a.ID, asks(5000, 5000, func(ask *payment.RefundAsk) { ask.Reopen = true }))
		goesOn(t, c, id, payment.RefundApproved, payment.RefundSending)
		got := storyOf(t, c, to)
		linesInOrder(t, got, "correction transfer:asked 50.00 anne", "correction transfer:done 50.00 ben", "event state:paid", "payment web 50.00")
		linesInOrder(t, got, "refund asked 50.00 anne", "refund succeeded 50.00")
		for _, line := range []string{"refund approved 50.00 ben", "refund sending 50.00"} {
			if !strings.Contains(got, line) {
				t.Errorf("no %q in\n%s", line, got)
			}
		}
		tick()
		other := c.Add(citytest.Spec{Number: "T3", Plate: "TTT 333", Offence: "LOADING", Age: 1})
		b := paid(t, c, "T3", "TTT 333", good)
		control(t, c, "dispute", map[string]any{"payment": b.ProcessorRef})
		chargeback(t, c, payment.DisputeOpen)
		linesInOrder(t, storyOf(t, c, other), "payment web 50.00", "chargeback needs_response 50.00")
	})
}

// A ticket that is put on hold while its payer is at the card page is not paid: nobody is charged, and the hold stands.
func TestAHoldMeetsAPayment(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		control(t, c, "webhooks", map[string]any{"mode": "off"})
		id := c.Add(citytest.Spec{Number: "T4", Plate: "TTT 444", Offence: "LOADING", Age: 1})
		a := settle(t, c, begin(t, c, "T4", "TTT 444"), payment.Creating)
		if err := c.Office.Settler().HoldTicket(context.Background(), id, "the meter", "anne"); err != nil {
			t.Fatal(err)
		}
		payWithCard(t, c, a.Session)
		a = settle(t, c, a.ID, payment.Opened, payment.Authorized, payment.Capturing, payment.Releasing)
		if a.State != payment.Released || statesOf(t, c, id) != "hold" {
			t.Errorf("the payment ends %s, the ticket is %s", a.State, statesOf(t, c, id))
		}
		if check := c.CheckLedger(); check.Captured != 0 || check.Clearing != 0 {
			t.Errorf("%+v", check)
		}
	})
}
