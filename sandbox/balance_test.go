package sandbox_test

import (
	"context"
	"testing"
	"time"

	"fundy/money"
	"fundy/processor"
)

// A payout's lines come in pages, each line once; one that nobody has a word for comes too.
func TestALongPayoutIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	s := b.open(t)
	b.control(t, "pay", map[string]string{"session": s.Session, "card": "4242424242424242"})
	s, err := b.GetSession(ctx, s.Session)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Capture(ctx, s.Payment, money.FromMinor(4000), "fundy/att1/capture/1"); err != nil {
		t.Fatal(err)
	}
	for range 230 {
		b.control(t, "adjust", map[string]any{"type": "moon_dust", "category": "moon", "amount": 7})
	}
	b.control(t, "clock", map[string]any{"advance": 4 * 86400})
	payouts, err := b.Payouts(ctx, time.Time{})
	if err != nil || len(payouts) != 1 {
		t.Fatalf("%+v, %v", payouts, err)
	}
	lines, err := b.PayoutLines(ctx, payouts[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	ids, net, unknown := map[string]bool{}, money.Zero, 0
	for _, l := range lines {
		ids[l.ID] = true
		if l.Kind != processor.LinePayout {
			net, _ = net.Add(l.Net)
		}
		if l.Kind == processor.LineUnknown && l.Word == "moon_dust/moon" {
			unknown++
		}
	}
	if len(ids) != 232 || unknown != 230 || net != payouts[0].Amount {
		t.Errorf("%d lines, %d of them unknown, that come to %s of %s", len(ids), unknown, net, payouts[0].Amount)
	}
}

// More refunds than charges make a payout that takes money from the bank.
func TestANegativePayout(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.control(t, "adjust", map[string]any{"type": "adjustment", "category": "dispute", "amount": -2500})
	b.control(t, "clock", map[string]any{"advance": 4 * 86400})
	payouts, err := b.Payouts(context.Background(), time.Time{})
	if err != nil || len(payouts) != 1 || payouts[0].Amount.Minor() != -2500 {
		t.Fatalf("%+v, %v", payouts, err)
	}
}
