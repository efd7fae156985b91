package stripe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// The strict reading: of what the processor answers, only the fields named here get past the
// transport. A card's expiry date, the payer's name, e-mail and address are dropped before anything
// is decoded, logged or stored.

// maxAnswer bounds an answer, in bytes: a list of 100 sessions is some 400 KB.
const maxAnswer = 4 << 20

// fields are what is read of each kind of object.
var fields = map[string]map[string]bool{
	"checkout.session": set("id", "object", "status", "payment_status", "url", "client_reference_id", "amount_total",
		"currency", "created", "expires_at", "livemode", "metadata", "payment_intent"),
	"payment_intent": set("id", "object", "status", "amount", "amount_capturable", "amount_received", "capture_method",
		"currency", "metadata", "canceled_at", "cancellation_reason", "created", "livemode", "latest_charge", "last_payment_error"),
	"refund": set("id", "object", "status", "amount", "payment_intent", "currency", "created", "failure_reason", "metadata"),
	"payout": set("id", "object", "status", "amount", "currency", "arrival_date", "automatic", "reconciliation_status",
		"statement_descriptor", "trace_id", "failure_code", "created", "livemode"),
	"dispute": set("id", "object", "status", "amount", "balance_transactions", "charge", "payment_intent", "currency", "reason",
		"evidence_details", "created", "livemode"),
	"balance_transaction": set("id", "object", "type", "reporting_category", "source", "amount", "fee", "net", "currency",
		"created"),
	"list": set("object", "url", "has_more", "data"),
}

// ids are fields that name another object. A charge or a dispute carries the payer and his card, so of one
// that is expanded, though nobody asked for it, the id alone is kept.
var ids = []string{"latest_charge", "source", "charge"}

// disputeFields are what is read of how a dispute can be answered: never the evidence itself, which names the payer.
var disputeFields = set("due_by", "submission_count")

// traceFields are what is read of a payout's trace: it has no kind of its own.
var traceFields = set("status", "value")

// errorFields are what is read of an error: never its message or the objects in it.
var errorFields = set("type", "code", "decline_code")

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// keyPrefix begins every idempotency key of ours.
const keyPrefix = "fundy/"

var errKey = errors.New("a POST without an idempotency key of ours")

// strict is the transport between Stripe's library and the network.
type strict struct{ next http.RoundTripper }

// RoundTrip refuses a POST whose idempotency key is not ours (the library would make one up, worthless
// after a crash), and reduces the answer.
func (s strict) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && !strings.HasPrefix(r.Header.Get("Idempotency-Key"), keyPrefix) {
		return nil, errKey
	}
	res, err := s.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	closeErr := res.Body.Close()
	if err = errors.Join(err, closeErr); err != nil {
		return nil, err
	}
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("answer larger than %d bytes", maxAnswer)
	}
	reduced, err := reduce(body)
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(reduced))
	res.ContentLength = int64(len(reduced))
	res.Header.Del("Content-Length")
	return res, nil
}

// errNotJSON is an answer that is not the processor's own: a proxy's page, a cut body.
var errNotJSON = errors.New("answer is not JSON")

func reduce(body []byte) ([]byte, error) {
	var v map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, errNotJSON
	}
	if e, ok := v["error"].(map[string]any); ok {
		return json.Marshal(map[string]any{"error": keep(e, errorFields)})
	}
	return json.Marshal(reduceValue(v))
}

// reduceValue reduces an object by its kind, and what is expanded or listed in it. An object of
// another kind keeps nothing.
func reduceValue(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			out = append(out, reduceValue(e))
		}
		return out
	case map[string]any:
		kind, _ := v["object"].(string)
		out := keep(v, fields[kind])
		for _, inner := range []string{"payment_intent", "data", "balance_transactions"} {
			if e, ok := out[inner]; ok {
				out[inner] = reduceValue(e)
			}
		}
		for _, name := range ids {
			if e, ok := out[name].(map[string]any); ok {
				out[name] = e["id"]
			}
		}
		if details, ok := out["evidence_details"].(map[string]any); ok {
			out["evidence_details"] = keep(details, disputeFields)
		}
		if e, ok := out["last_payment_error"].(map[string]any); ok {
			out["last_payment_error"] = keep(e, errorFields) // it has the card in it, with its expiry date
		}
		if trace, ok := out["trace_id"].(map[string]any); ok {
			out["trace_id"] = keep(trace, traceFields)
		}
		return out
	}
	return v
}

func keep(v map[string]any, names map[string]bool) map[string]any {
	out := map[string]any{}
	for name, e := range v {
		if names[name] {
			out[name] = e
		}
	}
	return out
}
