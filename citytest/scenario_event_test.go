package citytest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/payment"
	"fundy/visitor"
)

const takenEvents = "select count(*) from inbox"

// The payer closes his browser on the card page: the event alone has the money taken, and his page shows the
// receipt when he comes back.
func TestTheEventComesBeforeThePayer(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "E1", Plate: "EVE 111", Offence: "LOADING", Age: 1})
		id, session := begun(t, c, "E1", "EVE 111")
		payWithCard(t, c, session)
		until(t, "captured", func() bool { return attemptOf(t, c, id).State == payment.Captured })
		if counted(t, c, takenEvents) == 0 {
			t.Error("no event was taken")
		}
		v := &visitor.Visitor{}
		v.Open(context.Background(), c.Portal.URL+"/r/"+string(id))
		want(t, text(t, v), "Paid in full: $50.00")
		right(t, c)
	})
}

// The payer is back before any event has come: his page shows the receipt, and the events that come later
// change nothing.
func TestThePayerComesBeforeTheEvent(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		control(t, c, "webhooks", map[string]any{"mode": "delay"})
		c.Add(citytest.Spec{Number: "E2", Plate: "EVE 222", Offence: "LOADING", Age: 1})
		v := toCardPage(c, "en", "", [2]string{"E2", "EVE 222"})
		typeCard(v, good)
		want(t, text(t, v), "Paid in full: $50.00")
		if n := counted(t, c, takenEvents); n != 0 {
			t.Errorf("%d events had come before him", n)
		}
		until(t, "both events are taken", func() bool { return counted(t, c, takenEvents) == 2 })
		if b := right(t, c); b.Ledger.Captured != 5000 || b.Ledger.Entries != 2 {
			t.Errorf("captured %d in %d entries", b.Ledger.Captured, b.Ledger.Entries)
		}
	})
}

// For a day no event comes, and no payer comes back: the sweeper alone is enough.
func TestADayWithoutEventsLosesNothing(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		quiet(t, c)
		var paid, left [3]payment.AttemptID
		for i := range paid {
			number := "E3" + strings.Repeat("1", i+1)
			c.Add(citytest.Spec{Number: number, Plate: "EVE 333", Offence: "LOADING", Age: 1})
			left[i] = begin(t, c, number, "EVE 333")
			paid[i] = begin(t, c, number, "EVE 333")
			payWithCard(t, c, settle(t, c, paid[i], payment.Creating).Session)
		}
		c.SetNow(c.Now().Add(24 * time.Hour))
		do(t, c.Rest(context.Background()))
		for i := range paid {
			if a, b := attemptOf(t, c, paid[i]).State, attemptOf(t, c, left[i]).State; a != payment.Captured || b != payment.Expired {
				t.Errorf("who paid is %s, who left is %s", a, b)
			}
		}
		if n := counted(t, c, takenEvents); n != 0 {
			t.Errorf("%d events came", n)
		}
		if b := right(t, c); b.Ledger.PaidTickets != 3 {
			t.Errorf("%d tickets are paid", b.Ledger.PaidTickets)
		}
	})
}

// Events come twice, and the last one first: each is taken once, and the ticket is paid once.
func TestEventsTwiceAndInAnotherOrderPayOnce(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"duplicate", "reorder"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			citytest.Both(t, func(t *testing.T, c *citytest.City) {
				control(t, c, "webhooks", map[string]any{"mode": mode})
				c.Add(citytest.Spec{Number: "E4", Plate: "EVE 444", Offence: "LOADING", Age: 1})
				id, session := begun(t, c, "E4", "EVE 444")
				payWithCard(t, c, session)
				if mode == "reorder" { // the first event is late: the payer comes back, and the second one overtakes it
					v := &visitor.Visitor{}
					v.Open(context.Background(), c.Portal.URL+"/r/"+string(id))
				}
				until(t, "both events are taken", func() bool { return counted(t, c, takenEvents) == 2 })
				until(t, "captured", func() bool { return attemptOf(t, c, id).State == payment.Captured })
				if b := right(t, c); b.Ledger.Captured != 5000 || b.Ledger.Entries != 2 {
					t.Errorf("captured %d in %d entries", b.Ledger.Captured, b.Ledger.Entries)
				}
			})
		})
	}
}
