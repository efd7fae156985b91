package stripe

import (
	"context"

	stripego "github.com/stripe/stripe-go/v85"

	"fundy/money"
	"fundy/processor"
)

// Refund gives back a part of what was taken, or all of it.
func (a *Adapter) Refund(ctx context.Context, c processor.CreateRefund, key processor.Key) (processor.RefundSnapshot, error) {
	p := &stripego.RefundCreateParams{
		PaymentIntent: stripego.String(c.Payment), Amount: stripego.Int64(c.Amount.Minor()), Reason: stripego.String(string(c.Reason)),
		Metadata: map[string]string{"refund_id": c.Refund},
	}
	p.SetIdempotencyKey(string(key))
	r, err := a.client.V1Refunds.Create(ctx, p)
	if err != nil {
		return processor.RefundSnapshot{}, classify("refund", err)
	}
	return ofRefund("refund", r)
}

// GetRefund reads a refund.
func (a *Adapter) GetRefund(ctx context.Context, refund string) (processor.RefundSnapshot, error) {
	r, err := a.client.V1Refunds.Retrieve(ctx, refund, &stripego.RefundRetrieveParams{})
	if err != nil {
		return processor.RefundSnapshot{}, classify("get refund", err)
	}
	return ofRefund("get refund", r)
}

// refundsMost bounds the refunds of one payment that are read.
const refundsMost = 1000

// FindRefund looks for our refund among those of a payment: Stripe has no filter on metadata, so the list is
// read to its end. A second one that is ours means that money may have been given back twice.
func (a *Adapter) FindRefund(ctx context.Context, payment, ourRefund string) (processor.RefundSnapshot, bool, error) {
	p := &stripego.RefundListParams{PaymentIntent: stripego.String(payment)}
	p.Limit = stripego.Int64(100)
	var found *stripego.Refund
	read := 0
	for r, err := range a.client.V1Refunds.List(ctx, p).All(ctx) {
		if err != nil {
			return processor.RefundSnapshot{}, false, classify("find refund", err)
		}
		if r.Metadata["refund_id"] == ourRefund {
			if found != nil {
				return processor.RefundSnapshot{}, false, &processor.Error{Class: processor.Misfit, Op: "find refund", Code: "two_refunds"}
			}
			found = r
		}
		if read++; read > refundsMost {
			return processor.RefundSnapshot{}, false, &processor.Error{Class: processor.Unknown, Op: "find refund", Code: "too_many_refunds"}
		}
	}
	if found == nil {
		return processor.RefundSnapshot{}, false, nil
	}
	snap, err := ofRefund("find refund", found)
	return snap, err == nil, err
}

// refundStates is what each of Stripe's states means to us. One that waits for the payer is not done yet.
var refundStates = map[stripego.RefundStatus]processor.RefundState{
	stripego.RefundStatusPending:        processor.RefundPending,
	stripego.RefundStatusRequiresAction: processor.RefundPending,
	stripego.RefundStatusSucceeded:      processor.RefundSucceeded,
	stripego.RefundStatusFailed:         processor.RefundFailed,
	stripego.RefundStatusCanceled:       processor.RefundCanceled,
}

// ofRefund reads a refund. Unlike a payment it does not say whether it is live: the key's mode is all there is.
func ofRefund(op string, r *stripego.Refund) (processor.RefundSnapshot, error) {
	state, known := refundStates[r.Status]
	if !known {
		return processor.RefundSnapshot{}, &processor.Error{Class: processor.Misfit, Op: op, Code: "unknown_state"}
	}
	out := processor.RefundSnapshot{
		Refund: r.ID, State: state, Amount: money.FromMinor(r.Amount), Currency: string(r.Currency), OurRef: r.Metadata["refund_id"],
		Failure: word(string(r.FailureReason)),
	}
	if r.PaymentIntent != nil {
		out.Payment = r.PaymentIntent.ID
	}
	return out, nil
}
