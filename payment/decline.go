package payment

import "time"

// Decline is one try on a card page that took nothing, as a person may be told of it. It is not final while the page
// stands open, and moves no attempt. It says nothing of the card.
type Decline struct {
	Reason string    // a key of words, "declined."
	SeenAt time.Time // when it was read of the processor: while somebody looks, some seconds after the try
}

// DeclinesMost bounds the declines that are kept of one attempt: a page on which somebody tries stolen cards has more.
const DeclinesMost = 20

// The reasons of a decline. A card that is reported lost or stolen, or a payer who is taken for a thief, is told only
// that the bank has refused (docs.stripe.com/declines/codes: "do not report more detailed information").
const (
	DeclinedByBank  = "bank"
	DeclinedExpired = "expired"
	DeclinedFunds   = "funds"
	DeclinedCode    = "code"    // the security code was wrong
	DeclinedNumber  = "number"  // the card's number was wrong
	DeclinedConfirm = "confirm" // the bank asked whether it is the payer, and got no good answer
	DeclinedLater   = "later"   // the bank could not answer: the same card may be tried again
	DeclinedKind    = "kind"    // the card is not good for such a payment
)

// declineReasons are the processor's words that may be told apart. Any other is the bank's refusal.
var declineReasons = map[string]string{
	"expired_card": DeclinedExpired, "invalid_expiry_month": DeclinedExpired, "invalid_expiry_year": DeclinedExpired,
	"insufficient_funds": DeclinedFunds, "card_velocity_exceeded": DeclinedFunds, "withdrawal_count_limit_exceeded": DeclinedFunds,
	"incorrect_cvc": DeclinedCode, "invalid_cvc": DeclinedCode,
	"incorrect_number": DeclinedNumber, "invalid_number": DeclinedNumber,
	"authentication_required": DeclinedConfirm, "authentication_not_handled": DeclinedConfirm, "payment_intent_authentication_failure": DeclinedConfirm,
	"processing_error": DeclinedLater, "issuer_not_available": DeclinedLater, "try_again_later": DeclinedLater, "reenter_transaction": DeclinedLater,
	"card_not_supported": DeclinedKind, "currency_not_supported": DeclinedKind,
}

// DeclineReason is what may be said of a processor's word for a decline.
func DeclineReason(code string) string {
	if reason, ok := declineReasons[code]; ok {
		return reason
	}
	return DeclinedByBank
}
