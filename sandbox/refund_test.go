package sandbox_test

import (
	"context"
	"testing"

	"fundy/money"
	"fundy/processor"
)

// taken is a payment of 40.00 with a card, captured.
func (b *bench) taken(t *testing.T, card string) string {
	t.Helper()
	ctx := context.Background()
	s := b.open(t)
	if got := b.control(t, "pay", map[string]string{"session": s.Session, "card": card})["outcome"]; got != "paid" {
		t.Fatalf("%s: %v", card, got)
	}
	got, err := b.GetSession(ctx, s.Session)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Capture(ctx, got.Payment, money.FromMinor(4000), "fundy/att1/capture/1"); err != nil {
		t.Fatal(err)
	}
	return got.Payment
}

func (b *bench) refund(payment, id string, cents int64) (processor.RefundSnapshot, error) {
	return b.Refund(context.Background(), processor.CreateRefund{
		Refund: id, Payment: payment, Amount: money.FromMinor(cents), Reason: processor.RefundRequested,
	}, processor.Key("fundy/"+id+"/refund/1"))
}

// More than was taken is never given back, and each no says why.
func TestNoMoreIsRefundedThanWasTaken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	pi := b.taken(t, "4242424242424242")
	for _, c := range []struct {
		id    string
		cents int64
		code  string
	}{
		{"r1", 4001, "amount_too_large"}, {"r2", 0, "parameter_invalid_integer"}, {"r3", 1500, ""}, {"r4", 2501, "amount_too_large"},
		{"r3", 1500, ""}, {"r5", 2500, ""}, {"r6", 1, "charge_already_refunded"},
	} {
		got, err := b.refund(pi, c.id, c.cents)
		if processor.CodeOf(err) != c.code || (err != nil && processor.ClassOf(err) != processor.Definite) {
			t.Errorf("%s, %d cents: %+v, %v; want %q", c.id, c.cents, got, err, c.code)
		}
	}
	if _, err := b.refund("pi_none", "r7", 1); processor.CodeOf(err) != "resource_missing" {
		t.Errorf("no such payment: %v", err)
	}
	if _, err := b.refund(pi, "r3", 1600); processor.ClassOf(err) != processor.Config {
		t.Errorf("the same key for another amount: %v", err)
	}
}

func TestWhatIsNotTakenIsNotRefunded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.open(t)
	b.control(t, "pay", map[string]string{"session": s.Session, "card": "4242424242424242"})
	got, err := b.GetSession(context.Background(), s.Session)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.refund(got.Payment, "r1", 4000); processor.ClassOf(err) != processor.Definite || err == nil {
		t.Errorf("an authorisation was refunded: %v", err)
	}
}

// Two cards let a refund turn out otherwise than it was made, after a while; one that fails can be made again.
func TestARefundTurnsOutAsItsCardHasIt(t *testing.T) {
	t.Parallel()
	for card, want := range map[string][3]processor.RefundState{
		"4000000000007726": {processor.RefundPending, processor.RefundPending, processor.RefundSucceeded},
		"4000000000005126": {processor.RefundSucceeded, processor.RefundSucceeded, processor.RefundFailed},
	} {
		b, ctx := setup(t), context.Background()
		pi := b.taken(t, card)
		made, err := b.refund(pi, "r1", 4000)
		if err != nil || made.State != want[0] {
			t.Fatalf("%s: %+v, %v", card, made, err)
		}
		for i, seconds := range []int64{50, 11} {
			b.control(t, "clock", map[string]int64{"advance": seconds})
			got, err := b.GetRefund(ctx, made.Refund)
			if err != nil || got.State != want[i+1] || (got.Failure != "") != (got.State == processor.RefundFailed) {
				t.Errorf("%s: %+v, %v, want %s", card, got, err, want[i+1])
			}
		}
		_, err = b.refund(pi, "r2", 4000)
		if again := want[2] == processor.RefundFailed; again != (err == nil) {
			t.Errorf("%s, a second one: %v", card, err)
		}
	}
}

// One card's money is set aside and never taken: the hold stands meanwhile, and can be let go.
func TestACardWhoseMoneyCanNotBeTaken(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	s := b.open(t)
	b.control(t, "pay", map[string]string{"session": s.Session, "card": "4000000000099020"})
	got, err := b.GetSession(ctx, s.Session)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []processor.Key{"fundy/att1/capture/1", "fundy/att1/capture/1", "fundy/att1/capture/2"} {
		if _, err := b.Capture(ctx, got.Payment, got.Amount, key); processor.ClassOf(err) != processor.Unknown || err == nil {
			t.Errorf("taken: %v", err)
		}
	}
	now, err := b.GetPayment(ctx, got.Payment)
	if err != nil || now.PayState != processor.PaymentAuthorized || now.Capturable != got.Amount {
		t.Errorf("%+v, %v", now, err)
	}
	if let, err := b.Release(ctx, got.Payment, processor.ReleaseRequested, "fundy/att1/release/1"); err != nil || let.PayState != processor.PaymentCanceled {
		t.Errorf("%+v, %v", let, err)
	}
}
