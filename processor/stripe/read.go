package stripe

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	stripego "github.com/stripe/stripe-go/v85"

	"fundy/money"
	"fundy/processor"
)

// createParams is the one request that makes a session. The receipt is ours to mail: no
// receipt_email goes out, and no name or address either.
func createParams(p processor.CreateSession, key processor.Key) *stripego.CheckoutSessionCreateParams {
	meta := map[string]string{"attempt_id": p.Attempt, "city": p.City}
	for i, t := range p.Tickets {
		meta["ticket_"+strconv.Itoa(i+1)] = t.ID + " " + strconv.FormatInt(t.Amount.Minor(), 10)
	}
	out := &stripego.CheckoutSessionCreateParams{
		Mode:               stripego.String("payment"),
		SubmitType:         stripego.String("pay"),
		Locale:             stripego.String(p.Locale),
		ClientReferenceID:  stripego.String(p.Attempt),
		PaymentMethodTypes: stripego.StringSlice([]string{"card"}),
		AdaptivePricing:    &stripego.CheckoutSessionCreateAdaptivePricingParams{Enabled: stripego.Bool(false)},
		WalletOptions: &stripego.CheckoutSessionCreateWalletOptionsParams{
			Link: &stripego.CheckoutSessionCreateWalletOptionsLinkParams{Display: stripego.String("never")},
		},
		LineItems: []*stripego.CheckoutSessionCreateLineItemParams{{
			Quantity: stripego.Int64(1),
			PriceData: &stripego.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: stripego.String(p.Currency), UnitAmount: stripego.Int64(p.Amount.Minor()),
				ProductData: &stripego.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: stripego.String(p.ItemName)},
			},
		}},
		PaymentIntentData: &stripego.CheckoutSessionCreatePaymentIntentDataParams{
			CaptureMethod: stripego.String("manual"), Description: stripego.String(p.Description), Metadata: meta,
		},
		Metadata:   meta,
		ExpiresAt:  stripego.Int64(p.ExpiresAt.Unix()),
		SuccessURL: stripego.String(p.SuccessURL),
		CancelURL:  stripego.String(p.CancelURL),
	}
	out.SetIdempotencyKey(string(key))
	return out
}

func (a *Adapter) snapshot(op string, s *stripego.CheckoutSession) (processor.Snapshot, error) {
	if s.Livemode != a.live {
		return processor.Snapshot{}, &processor.Error{Class: processor.Misfit, Op: op, Code: "wrong_mode"}
	}
	out := processor.Snapshot{
		Session: s.ID, State: processor.SessionState(s.Status), URL: s.URL, Amount: money.FromMinor(s.AmountTotal),
		Currency: string(s.Currency), OurRef: s.ClientReferenceID, Live: s.Livemode,
		CreatedAt: time.Unix(s.Created, 0).UTC(), ExpiresAt: time.Unix(s.ExpiresAt, 0).UTC(),
	}
	if s.PaymentIntent == nil {
		return out, nil
	}
	out.Payment = s.PaymentIntent.ID
	if s.PaymentIntent.Status == "" {
		out.PayState = processor.PaymentPending // named, not read
		return out, nil
	}
	pi, err := a.ofPayment(op, s.PaymentIntent)
	if err != nil {
		return processor.Snapshot{}, err
	}
	out.PayState, out.Capturable, out.Received, out.Charge = pi.PayState, pi.Capturable, pi.Received, pi.Charge
	if pi.Amount != out.Amount || pi.OurRef != out.OurRef {
		return processor.Snapshot{}, &processor.Error{Class: processor.Misfit, Op: op, Code: "session_and_payment_differ"}
	}
	return out, nil
}

// payStates is what each of Stripe's states means to us.
var payStates = map[stripego.PaymentIntentStatus]processor.PaymentState{
	stripego.PaymentIntentStatusRequiresPaymentMethod: processor.PaymentPending,
	stripego.PaymentIntentStatusRequiresConfirmation:  processor.PaymentPending,
	stripego.PaymentIntentStatusRequiresAction:        processor.PaymentPending,
	stripego.PaymentIntentStatusProcessing:            processor.PaymentProcessing,
	stripego.PaymentIntentStatusRequiresCapture:       processor.PaymentAuthorized,
	stripego.PaymentIntentStatusSucceeded:             processor.PaymentSucceeded,
	stripego.PaymentIntentStatusCanceled:              processor.PaymentCanceled,
}

func (a *Adapter) ofPayment(op string, pi *stripego.PaymentIntent) (processor.Snapshot, error) {
	state, known := payStates[pi.Status]
	switch {
	case pi.Livemode != a.live:
		return processor.Snapshot{}, &processor.Error{Class: processor.Misfit, Op: op, Code: "wrong_mode"}
	case !known:
		return processor.Snapshot{}, &processor.Error{Class: processor.Misfit, Op: op, Code: "unknown_state"}
	}
	charge := ""
	if pi.LatestCharge != nil {
		charge = pi.LatestCharge.ID
	}
	return processor.Snapshot{
		Payment: pi.ID, Charge: charge, PayState: state, Amount: money.FromMinor(pi.Amount), Capturable: money.FromMinor(pi.AmountCapturable),
		Received: money.FromMinor(pi.AmountReceived), Currency: string(pi.Currency), OurRef: pi.Metadata["attempt_id"], Live: pi.Livemode,
		CreatedAt: time.Unix(pi.Created, 0).UTC(),
	}, nil
}

// classify says what an error leaves behind. Anything that is not a definite no is unknown.
func classify(op string, err error) error {
	out := &processor.Error{Class: processor.Unknown, Op: op}
	if errors.Is(err, errKey) {
		out.Class, out.Code = processor.Config, "no_key"
		return out
	}
	var e *stripego.Error
	if !errors.As(err, &e) {
		return out
	}
	out.Status, out.Type, out.Code, out.DeclineCode = e.HTTPStatusCode, word(string(e.Type)), word(string(e.Code)), word(string(e.DeclineCode))
	switch {
	case e.HTTPStatusCode == http.StatusUnauthorized || e.HTTPStatusCode == http.StatusForbidden:
		out.Class = processor.Config
	case e.Type == "idempotency_error" && e.HTTPStatusCode == http.StatusBadRequest:
		out.Class = processor.Config // the same key with other parameters: a fault of ours, never to be tried blindly
	case e.HTTPStatusCode == http.StatusBadRequest, e.HTTPStatusCode == http.StatusPaymentRequired, e.HTTPStatusCode == http.StatusNotFound:
		out.Class = processor.Definite
	}
	return out
}

// word keeps only what can be a code: an error of ours never carries free text of the processor's.
func word(s string) string {
	if len(s) > 64 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return "unreadable"
	}
	return s
}
