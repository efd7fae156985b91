package citytest_test

import (
	"context"
	"crypto/rand"
	"testing"

	"fundy/citytest"
	"fundy/payment"
)

// Who holds a good quote of a ticket that somebody else has paid meanwhile, or is paying, is refused before anything is
// asked of the processor; so is who comes with a quote of the paid ticket itself.
func TestASecondPaymentIsRefusedBeforeAnythingIsCharged(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.SetNow(c.Now())
		c.Add(citytest.Spec{Number: "G1", Plate: "GGG 111", Offence: "LOADING", Age: 1})
		d := c.Desk()
		early := quote(t, d, "G1", "GGG 111")
		refused := func(token, want string) {
			t.Helper()
			before := len(sessions(t, c))
			res, err := d.StartPayment(context.Background(), ask(rand.Text(), token))
			if err != nil || res.GetRefused().GetReason() != want {
				t.Errorf("%v, %v, want %s", res, err, want)
			}
			if after := len(sessions(t, c)); after != before {
				t.Errorf("%d card pages were made", after-before)
			}
		}
		a := capturing(t, c, "G1", "GGG 111")
		refused(early, payment.RefusedConfirming)
		if a = settle(t, c, a.ID, payment.Capturing); a.State != payment.Captured {
			t.Fatalf("the first payment is %s", a.State)
		}
		refused(early, payment.RefusedNotPayable)
		refused(quote(t, d, "G1", "GGG 111"), payment.RefusedNotPayable)
		if check := c.CheckLedger(); check.Captured != 5000 || check.PaidTickets != 1 {
			t.Errorf("%+v", check)
		}
	})
}
