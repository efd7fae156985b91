package sandbox_test

import (
	"context"
	"strings"
	"testing"

	"fundy/processor"
)

// A declined card leaves the session open and its payment waiting, with the reason, as Stripe does; another try has another
// id, a good card clears it, and the payment is the same one throughout.
func TestADeclineStandsOnThePaymentUntilAnotherCardPays(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	s := b.open(t)
	if s.Payment != "" {
		t.Fatal("a session has a payment before any card was tried")
	}
	seen := map[string]bool{}
	payment := ""
	for _, c := range []struct{ card, code string }{
		{"4000000000009995", "insufficient_funds"}, {"4000000000000069", "expired_card"}, {"4000000000000002", "generic_decline"}, {"4000000000000002", "generic_decline"},
	} {
		b.control(t, "pay", map[string]string{"session": s.Session, "card": c.card})
		open, err := b.GetSession(ctx, s.Session)
		if err != nil || open.State != processor.SessionOpen || open.PayState != processor.PaymentPending || open.Payment == "" || payment != "" && open.Payment != payment {
			t.Fatalf("after a decline: %+v, %v", open, err)
		}
		payment = open.Payment
		got, declined, err := b.LastDecline(ctx, payment)
		if err != nil || !declined || got.Code != c.code || seen[got.Ref] {
			t.Errorf("%s: %+v %v %v", c.code, got, declined, err)
		}
		seen[got.Ref] = true
	}
	if raw := b.seen.all.String(); !strings.Contains(raw, "exp_month") {
		t.Error("the answer has no expiry date: the strict reading had nothing to drop")
	}
	b.control(t, "pay", map[string]string{"session": s.Session, "card": "4242424242424242"})
	if got, declined, err := b.LastDecline(ctx, payment); err != nil || declined {
		t.Errorf("after a good card: %+v %v %v", got, declined, err)
	}
	paid, err := b.GetSession(ctx, s.Session)
	if err != nil || paid.Payment != payment || paid.PayState != processor.PaymentAuthorized || paid.Charge == "" {
		t.Errorf("%+v, %v", paid, err)
	}
}
