package citytest_test

import (
	"context"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/payment"
)

// What a bank takes back, gives back, takes and gives back once more is at no ticket, since its ticket is owed again;
// while the bank has it, it can't be given to the payer, and when it is back, it can.
func TestMoneyThatCameBackTwiceCanBeGivenBack(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "K14", Plate: "KKK 141", Offence: "LOADING", Age: 1})
		a := paid(t, c, "K14", "KKK 141", disputedCard)
		chargeback(t, c, payment.DisputeOpen)
		control(t, c, "dispute/answer", map[string]any{"payment": a.ProcessorRef})
		for range 2 {
			control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "lost"})
			chargeback(t, c, payment.DisputeLost)
			if _, err := c.Office.Settler().AskRefund(context.Background(), a.ID, asks(5000, 5000)); err == nil {
				t.Error("what the bank has can be given back")
			}
			control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "won"})
			chargeback(t, c, payment.DisputeWon)
			owes(t, c, map[string]int64{"unallocated:card": -5000, "chargebacks:card": 0, "chargebacks:lost": 0, "disputes:held": 0})
		}
		if _, open := queued(t, c, payment.ExceptionUnallocated, a.ID.Ref()); !open {
			t.Error("it came back, and is in nobody's queue")
		}
		goesOn(t, c, approved(t, c, a.ID, asks(5000, 5000)), payment.RefundSending)
		owes(t, c, map[string]int64{"unallocated:card": 0})
		right(t, c)
	})
}

// For five days nothing is heard of a payment that the processor has taken and that a bank has taken back, and a newer
// chargeback is told of meanwhile. Once the payment is known, its chargeback is too, though it is the older by far.
func TestAChargebackWaitsForItsPayment(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, office := context.Background(), c.Office.Settler()
		c.Add(citytest.Spec{Number: "K15", Plate: "KKK 151", Offence: "LOADING", Age: 1})
		c.Add(citytest.Spec{Number: "K16", Plate: "KKK 161", Offence: "LOADING", Age: 1})
		control(t, c, "webhooks", map[string]any{"mode": "off"})
		slow := settle(t, c, begin(t, c, "K15", "KKK 151"), payment.Creating)
		silent := func(kind, method, path string) {
			for range 300 {
				control(t, c, "faults", map[string]any{"kind": kind, "match": map[string]any{"method": method, "path": path, "nth": 1}})
			}
		}
		payWithCard(t, c, slow.Session)
		taken := paymentOf(t, c, slow.Session)
		silent("drop_after_commit", "POST", "/"+taken+"/capture$")
		if slow = settle(t, c, slow.ID, payment.Opened, payment.Authorized); slow.State != payment.Capturing {
			t.Fatalf("it is %s", slow.State)
		}
		silent("html_502", "GET", "/("+slow.Session+"|"+taken+")$")
		control(t, c, "dispute", map[string]any{"payment": taken})
		days(t, c, 5)
		newer := paid(t, c, "K16", "KKK 161", disputedCard)
		if cb := chargeback(t, c, payment.DisputeOpen); cb.Attempt != newer.ID || len(chargebacks(t, c)) != 1 {
			t.Fatalf("%+v", chargebacks(t, c))
		}
		known := false
		for n := 0; n < 400 && !known; n++ {
			a, err := office.Refresh(ctx, slow.ID)
			known = err == nil && a.State == payment.Captured
		}
		if !known {
			t.Fatal("the payment is never known")
		}
		for range 60 {
			if len(chargebacks(t, c)) == 2 {
				owes(t, c, map[string]int64{"disputes:held": 10000, "chargebacks:card": -10000})
				right(t, c)
				return
			}
			c.SetNow(c.Now().Add(61 * time.Minute))
			_ = office.Round(ctx)
		}
		t.Error("its chargeback is never known")
	})
}
