package stripe

import (
	"context"

	stripego "github.com/stripe/stripe-go/v85"

	"fundy/processor"
)

// LastDecline reads a payment whose card page is open still, for its last error. A payment_intent that was declined
// waits for another card (requires_payment_method) and says why; the next try clears it. The error has the card in it:
// of that, the strict reading lets type, code and decline_code past, and nothing else. The event of the same
// (payment_intent.payment_failed) is not asked for: its body would pass through the portal.
func (a *Adapter) LastDecline(ctx context.Context, payment string) (processor.Decline, bool, error) {
	pi, err := a.client.V1PaymentIntents.Retrieve(ctx, payment, &stripego.PaymentIntentRetrieveParams{})
	if err != nil {
		return processor.Decline{}, false, classify("get decline", err)
	}
	if _, err := a.ofPayment("get decline", pi); err != nil {
		return processor.Decline{}, false, err
	}
	if pi.Status != stripego.PaymentIntentStatusRequiresPaymentMethod || pi.LastPaymentError == nil {
		return processor.Decline{}, false, nil
	}
	out := processor.Decline{Code: word(string(pi.LastPaymentError.Code))}
	if code := word(string(pi.LastPaymentError.DeclineCode)); code != "" {
		out.Code = code
	}
	// A try that the payer's bank has not got to makes no charge, and leaves the one before named: the word tells them apart.
	out.Ref = out.Code
	if pi.LatestCharge != nil {
		out.Ref = pi.LatestCharge.ID + " " + out.Code
	}
	return out, true, nil
}
