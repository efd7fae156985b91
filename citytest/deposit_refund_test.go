package citytest_test

import (
	"testing"
	"time"

	"fundy/citytest"
	"fundy/payment"
	"fundy/payout"
)

// A refund of ours is in the payout with its charge: it comes out of clearing, where it was entered when it was
// given back, and what is kept by the processor is its fee alone.
func TestARefundOfOursGoesOutOfClearing(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		d := c.Deposits()
		c.Add(citytest.Spec{Number: "R1", Plate: "RRR 111", Offence: "LOADING", Age: 1})
		a := paid(t, c, "R1", "RRR 111", good)
		id := approved(t, c, a.ID, asks(2000, 5000))
		if r := goesOn(t, c, id, payment.RefundSending); r.State != payment.RefundSucceeded {
			t.Fatal(r.State)
		}
		days(t, c, 4)
		if f := fetch(t, d); f.Payouts != 1 || f.Lines != 2 || len(f.Problems) != 0 {
			t.Fatalf("%+v", f)
		}
		check := c.CheckLedger()
		if check.Clearing != 0 || check.ByAccount["refunds:card"] != 0 || check.Kept != check.ByAccount["fees:card"] || check.OnItsWay != 3000-check.Kept {
			t.Errorf("%+v", check)
		}
		takeBank(t, d, "a.bai", c.BankFile("2027-03-03", "2027-03-07", 2, ""))
		if r := report(t, d, "2027-03-03"); r.Unknown() != 0 || r.Classes[payout.Refund].Minor() != 2000 || r.Bank != r.Net {
			t.Errorf("%+v\n%s", r, unknowns(r))
		}
		// What has come to the bank can still be given back.
		id = approved(t, c, a.ID, asks(3000, 3000))
		if r := goesOn(t, c, id, payment.RefundSending); r.State != payment.RefundSucceeded || states(t, c)[payment.Banked] != 1 {
			t.Fatal(r.State, states(t, c))
		}
		if check := c.CheckLedger(); check.Clearing != -3000 || check.Refunded != 5000 {
			t.Errorf("owed to the processor: %+v", check)
		}
		days(t, c, 4)
		if f := fetch(t, d); f.Payouts != 1 || len(f.Problems) != 0 {
			t.Fatalf("%+v", f)
		}
		if check := c.CheckLedger(); check.Clearing != 0 || check.OnItsWay != -3000 {
			t.Errorf("taken from the bank: %+v", check)
		}
	})
}

// One that fails later comes back through a payout, and clearing is as if it had not been.
func TestARefundThatFailsLaterComesBackInAPayout(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		d := c.Deposits()
		c.Add(citytest.Spec{Number: "R2", Plate: "RRR 222", Offence: "LOADING", Age: 1})
		a := paid(t, c, "R2", "RRR 222", failingCard)
		id := approved(t, c, a.ID, asks(2000, 5000))
		if r := goesOn(t, c, id, payment.RefundSending); r.State != payment.RefundSucceeded {
			t.Fatal(r.State)
		}
		c.SetNow(c.Now().Add(24 * time.Hour))
		if r := goesOn(t, c, id, payment.RefundSucceeded); r.State != payment.RefundFailedLater {
			t.Fatal(r.State)
		}
		days(t, c, 5)
		if f := fetch(t, d); f.Unknown != 0 || f.Lines != 3 || len(f.Problems) != 0 {
			t.Fatalf("%+v", f)
		}
		check := c.CheckLedger()
		if check.Clearing != 0 || check.ByAccount["refunds:card"] != 0 || check.OnItsWay != 5000-check.Kept {
			t.Errorf("%+v", check)
		}
	})
}
