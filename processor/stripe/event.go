package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	stripego "github.com/stripe/stripe-go/v85"

	"fundy/processor"
)

// EventKinds are the kinds of event to register the endpoint for, and no others: the bodies of
// checkout.session.* and charge.* carry the payer's name, e-mail and address, and would pass through
// the portal. The sweeper finds what they would have told.
var EventKinds = []string{
	"payment_intent.amount_capturable_updated", "payment_intent.succeeded", "payment_intent.canceled",
	"refund.created", "refund.updated", "refund.failed",
	"payout.created", "payout.paid", "payout.failed", "payout.canceled", "payout.updated", "payout.reconciliation_completed",
}

// APIVersion is the version that the endpoint is to be registered with: an event of another release
// train is refused.
const APIVersion = stripego.APIVersion

// tolerance is how old a signature may be, as Stripe's own libraries have it.
const tolerance = 300 * time.Second

// event is all that is read of an event's body.
type event struct {
	ID         string `json:"id"`
	Object     string `json:"object"`
	APIVersion string `json:"api_version"`
	Created    int64  `json:"created"`
	Type       string `json:"type"`
	Livemode   bool   `json:"livemode"`
	Data       struct {
		Object struct {
			ID       string `json:"id"`
			Metadata struct {
				Attempt string `json:"attempt_id"`
				Refund  string `json:"refund_id"`
			} `json:"metadata"`
		} `json:"object"`
	} `json:"data"`
}

// ReadEvent checks the signature (t=…,v1=…: HMAC-SHA-256 over "t.body") at now and returns what is
// kept of the event. Whatever is wrong with it, the error says only that it is not the processor's.
func (a *Adapter) ReadEvent(signature string, body []byte, now time.Time) (processor.Hint, error) {
	if !a.signed(signature, body, now) {
		return processor.Hint{}, fmt.Errorf("signature: %w", processor.ErrEvent)
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil || e.Object != "event" || e.ID == "" || len(e.ID) > 255 || len(e.Data.Object.ID) > 255 {
		return processor.Hint{}, fmt.Errorf("body: %w", processor.ErrEvent)
	}
	if e.Livemode != a.live {
		return processor.Hint{}, fmt.Errorf("mode: %w", processor.ErrEvent)
	}
	if train(e.APIVersion) != train(APIVersion) {
		return processor.Hint{}, fmt.Errorf("version: %w", processor.ErrEvent)
	}
	attempt := e.Data.Object.Metadata.Attempt
	if len(attempt) > 64 || !strings.HasPrefix(e.Type, "payment_intent.") {
		attempt = ""
	}
	refund := e.Data.Object.Metadata.Refund
	if word(refund) != refund || !strings.HasPrefix(e.Type, "refund.") {
		refund = ""
	}
	return processor.Hint{EventID: e.ID, Kind: e.Type, ObjectID: e.Data.Object.ID, Attempt: attempt, Refund: refund, At: time.Unix(e.Created, 0).UTC()}, nil
}

// train is the release train of a version: "dahlia" of "2026-03-25.dahlia".
func train(version string) string {
	_, name, _ := strings.Cut(version, ".")
	return name
}

func (a *Adapter) signed(header string, body []byte, now time.Time) bool {
	if len(header) > 1024 {
		return false
	}
	var stamp string
	var macs []string
	for part := range strings.SplitSeq(header, ",") {
		switch name, value, _ := strings.Cut(part, "="); name {
		case "t":
			stamp = value
		case "v1":
			macs = append(macs, value)
		}
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return false
	}
	for _, secret := range a.secrets {
		h := hmac.New(sha256.New, []byte(secret))
		h.Write([]byte(stamp + "."))
		h.Write(body)
		want := h.Sum(nil)
		for _, m := range macs {
			if got, err := hex.DecodeString(m); err == nil && hmac.Equal(got, want) {
				return true
			}
		}
	}
	return false
}
