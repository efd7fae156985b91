package payment_test

import (
	"testing"

	"fundy/payment"
)

// What a caller is told of a decline: what helps to pay, and nothing by which a thief would learn that a card is known
// as stolen.
func TestDeclineReason(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"expired_card": "expired", "insufficient_funds": "funds", "incorrect_cvc": "code", "incorrect_number": "number",
		"payment_intent_authentication_failure": "confirm", "processing_error": "later", "card_not_supported": "kind",
		"generic_decline": "bank", "do_not_honor": "bank", "lost_card": "bank", "stolen_card": "bank", "fraudulent": "bank",
		"pickup_card": "bank", "merchant_blacklist": "bank", "card_declined": "bank", "": "bank", "unreadable": "bank",
	} {
		if got := payment.DeclineReason(code); got != want {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
}
