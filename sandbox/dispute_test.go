package sandbox_test

import (
	"context"
	"testing"
	"time"

	"fundy/processor"
)

// A card whose payments are disputed: the money and the fee are off the balance at once, the payment can't be
// refunded, and the bank decides; also anew.
func TestADisputeTakesTheMoneyAndItsFee(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	pi := b.taken(t, "4000000000000259")
	all, err := b.Disputes(ctx, time.Time{})
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	stands := func(want processor.DisputeState, taken, returned, fee int64) {
		t.Helper()
		d, err := b.GetDispute(ctx, all[0].Dispute)
		if err != nil || d.State != want || d.Payment != pi || d.Charge != "ch_"+pi[3:] || d.Amount.Minor() != 4000 || d.Taken.Minor() != taken || d.Returned.Minor() != returned || d.Fee.Minor() != fee {
			t.Errorf("%+v, %v; want %s, %d, %d, %d", d, err, want, taken, returned, fee)
		}
	}
	stands(processor.DisputeOpen, 4000, 0, 1500)
	if _, err := b.refund(pi, "r1", 4000); processor.CodeOf(err) != "charge_disputed" || processor.ClassOf(err) != processor.Definite {
		t.Errorf("a refund of what the bank has: %v", err)
	}
	b.control(t, "dispute/answer", map[string]any{"payment": pi})
	stands(processor.DisputeAnswered, 4000, 0, 1500)
	b.control(t, "dispute/close", map[string]any{"payment": pi, "outcome": "lost"})
	stands(processor.DisputeLost, 4000, 0, 1500)
	b.control(t, "dispute/close", map[string]any{"charge": "ch_" + pi[3:], "outcome": "won"})
	stands(processor.DisputeWon, 4000, 4000, 0)
	b.control(t, "dispute/close", map[string]any{"payment": pi, "outcome": "lost"})
	stands(processor.DisputeLost, 8000, 4000, 1500)
	b.control(t, "dispute/close", map[string]any{"payment": pi, "outcome": "won", "keep_fee": true})
	stands(processor.DisputeWon, 8000, 8000, 1500)
	if _, err := b.refund(pi, "r2", 4000); err != nil {
		t.Errorf("a refund of what came back: %v", err)
	}
	if later, err := b.Disputes(ctx, time.Now().Add(time.Hour)); err != nil || len(later) != 0 {
		t.Errorf("disputes of a later time: %+v, %v", later, err)
	}
	if _, err := b.GetDispute(ctx, "dp_none"); processor.ClassOf(err) != processor.Definite || processor.CodeOf(err) != "resource_missing" {
		t.Errorf("no such dispute: %v", err)
	}
}

// An inquiry moves nothing until it grows into a dispute; a list comes in pages, oldest first.
func TestAnInquiryMovesNothing(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	pi := b.taken(t, "4242424242424242")
	b.control(t, "dispute", map[string]any{"payment": pi, "inquiry": true, "reason": "unrecognized"})
	all, err := b.Disputes(ctx, time.Time{})
	if err != nil || len(all) != 1 || all[0].State != processor.DisputeInquiry || !all[0].Taken.IsZero() || !all[0].Fee.IsZero() || all[0].Reason != "unrecognized" || all[0].DueBy.IsZero() {
		t.Fatalf("%+v, %v", all, err)
	}
	if _, err := b.refund(pi, "r1", 1000); err != nil {
		t.Errorf("a refund under an inquiry: %v", err)
	}
	b.control(t, "dispute/escalate", map[string]any{"payment": pi})
	if d, err := b.GetDispute(ctx, all[0].Dispute); err != nil || d.State != processor.DisputeOpen || d.Taken.Minor() != 4000 {
		t.Errorf("%+v, %v", d, err)
	}
	for range 204 {
		b.control(t, "dispute", map[string]any{"stranger": true, "amount": 7})
	}
	if all, err = b.Disputes(ctx, time.Time{}); err != nil || len(all) != 205 || all[0].Payment != pi || all[204].Payment != "" {
		t.Errorf("%d disputes, %v", len(all), err)
	}
}
