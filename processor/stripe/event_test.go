package stripe_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fundy/processor"
	"fundy/processor/stripe"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func adapter(t testing.TB) *stripe.Adapter {
	t.Helper()
	a, err := stripe.New(stripe.Config{Key: "sk_test_1", WebhookSecrets: []string{"whsec_new", "whsec_old"}, CityKind: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func sign(secret string, at time.Time, body string) string {
	m := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(m, "%d.%s", at.Unix(), body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(m.Sum(nil)))
}

const body = `{"id":"evt_1","object":"event","api_version":"2026-03-25.dahlia","created":5,"type":"payment_intent.succeeded","livemode":false,` +
	`"data":{"object":{"id":"pi_1","amount":9,"metadata":{"attempt_id":"att1"}}}}`

func TestEventsAreTakenOnlyFromTheProcessor(t *testing.T) {
	t.Parallel()
	a := adapter(t)
	for _, secret := range []string{"whsec_new", "whsec_old"} {
		h, err := a.ReadEvent(sign(secret, now, body), []byte(body), now)
		if err != nil || h.EventID != "evt_1" || h.ObjectID != "pi_1" || h.Attempt != "att1" || h.Kind != "payment_intent.succeeded" {
			t.Errorf("%s: %+v, %v", secret, h, err)
		}
	}
	for name, c := range map[string]struct{ signature, body string }{
		"no signature":    {"", body},
		"other secret":    {sign("whsec_x", now, body), body},
		"other body":      {sign("whsec_new", now, body), strings.Replace(body, "att1", "att2", 1)},
		"too old":         {sign("whsec_new", now.Add(-301*time.Second), body), body},
		"from the future": {sign("whsec_new", now.Add(301*time.Second), body), body},
		"live":            {sign("whsec_new", now, strings.Replace(body, "false", "true", 1)), strings.Replace(body, "false", "true", 1)},
		"other train":     {sign("whsec_new", now, strings.Replace(body, "dahlia", "basil", 1)), strings.Replace(body, "dahlia", "basil", 1)},
		"not an event":    {sign("whsec_new", now, "{}"), "{}"},
		"not JSON":        {sign("whsec_new", now, "x"), "x"},
	} {
		if _, err := a.ReadEvent(c.signature, []byte(c.body), now); !errors.Is(err, processor.ErrEvent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A refund's event names our refund, and no attempt; another kind's names no refund.
func TestARefundsEventNamesOurRefund(t *testing.T) {
	t.Parallel()
	a := adapter(t)
	both := strings.Replace(body, `"attempt_id":"att1"`, `"attempt_id":"att1","refund_id":"rfd_1"`, 1)
	refund := strings.Replace(both, "payment_intent.succeeded", "refund.updated", 1)
	if h, err := a.ReadEvent(sign("whsec_new", now, refund), []byte(refund), now); err != nil || h.Refund != "rfd_1" || h.Attempt != "" {
		t.Errorf("refund.updated: %+v, %v", h, err)
	}
	if h, err := a.ReadEvent(sign("whsec_new", now, both), []byte(both), now); err != nil || h.Refund != "" || h.Attempt != "att1" {
		t.Errorf("payment_intent.succeeded: %+v, %v", h, err)
	}
	for _, id := range []string{strings.Repeat("r", 65), "Avery Sandpayer", "a@b"} {
		other := strings.Replace(refund, "rfd_1", id, 1)
		if h, err := a.ReadEvent(sign("whsec_new", now, other), []byte(other), now); err != nil || h.Refund != "" {
			t.Errorf("an id that can't be ours: %+v, %v", h, err)
		}
	}
}

func TestDangerousConfigurationsAreRefusedWithTheFix(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]stripe.Config{
		"copy it from Stripe":       {Key: "pk_1", WebhookSecrets: []string{"whsec_s"}, CityKind: "test"},
		"a live city needs":         {Key: "sk_test_1", WebhookSecrets: []string{"whsec_s"}, CityKind: "live"},
		"must not have a live key":  {Key: "sk_live_1", WebhookSecrets: []string{"whsec_s"}, CityKind: "demo"},
		"webhook secret":            {Key: "sk_test_1", CityKind: "test"},
		"does not begin with":       {Key: "sk_test_1", WebhookSecrets: []string{"whsec_s", "put"}, CityKind: "test"},
		"only a demo city may have": {Key: "sk_test_1", WebhookSecrets: []string{"whsec_s"}, CityKind: "test", BaseURL: "http://127.0.0.1:1"},
		"and only on this machine":  {Key: "sk_test_1", WebhookSecrets: []string{"whsec_s"}, CityKind: "demo", BaseURL: "http://card.example"},
	} {
		if _, err := stripe.New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// The endpoint is registered for nothing whose body carries a person.
func TestNoEventThatCarriesAPersonIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, kind := range stripe.EventKinds {
		if strings.HasPrefix(kind, "checkout.") || strings.HasPrefix(kind, "charge.") || kind == "payment_intent.payment_failed" {
			t.Errorf("%s is registered", kind)
		}
	}
}

func FuzzReadEvent(f *testing.F) {
	f.Add(sign("whsec_new", now, body), body)
	a := adapter(f)
	f.Fuzz(func(t *testing.T, signature, body string) {
		h, err := a.ReadEvent(signature, []byte(body), now)
		if err == nil && h.EventID == "" {
			t.Fatal("an event without an id")
		}
	})
}
