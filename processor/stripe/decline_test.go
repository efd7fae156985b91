package stripe_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"fundy/processor"
	"fundy/processor/stripe"
)

// answers is a processor that answers every request with one body, and keeps what gets past the strict reading.
type answers struct{ body string }

func (a answers) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

type overheard struct {
	next http.RoundTripper
	all  *strings.Builder
}

func (h overheard) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := h.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(res.Body)
	h.all.Write(b)
	res.Body = io.NopCloser(strings.NewReader(string(b)))
	return res, err
}

const declinedIntent = `{"id":"pi_1","object":"payment_intent","status":"STATUS","amount":5000,"currency":"cad","livemode":false,
"created":1700000000,"latest_charge":"ch_1","metadata":{"attempt_id":"att"},"last_payment_error":ERROR}`

const declinedCard = `{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds","charge":"ch_1",
"message":"Your card ending in 9995 has insufficient funds.","payment_method":{"id":"pm_1","object":"payment_method",
"billing_details":{"name":"Marie Doiron","email":"m@example.com"},"card":{"brand":"visa","last4":"9995","exp_month":11,"exp_year":2097}}}`

// A decline is read of an open payment: its word and the try's id, and nothing of the card gets past the strict reading.
func TestADeclineIsReadWithoutItsCard(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, status, err string
		want              processor.Decline
		declined          bool
	}{
		{"declined", "requires_payment_method", declinedCard, processor.Decline{Ref: "ch_1 insufficient_funds", Code: "insufficient_funds"}, true},
		{"expired", "requires_payment_method", `{"type":"card_error","code":"expired_card"}`, processor.Decline{Ref: "ch_1 expired_card", Code: "expired_card"}, true},
		{"no word", "requires_payment_method", `{"type":"card_error","code":"Card 4242 declined"}`, processor.Decline{Ref: "ch_1 unreadable", Code: "unreadable"}, true},
		{"nothing tried", "requires_payment_method", "null", processor.Decline{}, false},
		{"another card is being tried", "requires_action", declinedCard, processor.Decline{}, false},
		{"paid", "requires_capture", "null", processor.Decline{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var past strings.Builder
			a, err := stripe.New(stripe.Config{
				Key: "sk_test_1", WebhookSecrets: []string{"whsec_1"}, CityKind: "test",
				Transport: answers{strings.NewReplacer("STATUS", c.status, "ERROR", c.err).Replace(declinedIntent)},
				Around:    func(next http.RoundTripper) http.RoundTripper { return overheard{next, &past} },
			})
			if err != nil {
				t.Fatal(err)
			}
			got, declined, err := a.LastDecline(context.Background(), "pi_1")
			if err != nil || got != c.want || declined != c.declined {
				t.Errorf("%+v %v %v, want %+v %v", got, declined, err, c.want, c.declined)
			}
			for _, secret := range []string{"2097", "9995", "exp_month", "Doiron", "example.com", "visa", "message"} {
				if strings.Contains(past.String(), secret) {
					t.Errorf("%q gets past the strict reading: %s", secret, past.String())
				}
			}
		})
	}
}
