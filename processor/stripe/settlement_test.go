package stripe_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fundy/processor"
	"fundy/processor/stripe"
)

// heard keeps what gets past the strict reading.
type heard struct {
	next http.RoundTripper
	all  bytes.Buffer
}

func (h *heard) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := h.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(res.Body)
	h.all.Write(b)
	res.Body = io.NopCloser(bytes.NewReader(b))
	return res, err
}

// answering is an adapter to a processor that answers each path with a text.
func answering(t *testing.T, answers map[string]string) (*stripe.Adapter, *heard) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, answers[r.URL.Path])
	}))
	t.Cleanup(server.Close)
	h := &heard{}
	a, err := stripe.New(stripe.Config{Key: "sk_test_1", WebhookSecrets: []string{"whsec_x"}, BaseURL: server.URL, CityKind: "demo", Around: func(next http.RoundTripper) http.RoundTripper {
		h.next = next
		return h
	}})
	if err != nil {
		t.Fatal(err)
	}
	return a, h
}

const (
	cardText   = `{"id":"ch_1","object":"charge","billing_details":{"name":"Avery Payer"},"payment_method_details":{"card":{"exp_month":11,"exp_year":2097}}}`
	lineText   = `{"id":"txn_1","object":"balance_transaction","type":"charge","reporting_category":"charge","amount":3000,"fee":117,"net":2883,"currency":"cad","created":5,"description":"Avery Payer","source":` + cardText + `}`
	payoutText = `{"id":"po_1","object":"payout","status":"paid","amount":2883,"currency":"cad","arrival_date":86400,"automatic":true,"reconciliation_status":"completed",` +
		`"statement_descriptor":"STRIPE","created":5,"livemode":false,"trace_id":{"status":"supported","value":"T1","holder":"Avery Payer"},"destination":{"object":"bank_account","account_holder_name":"Avery Payer"}}`
	paymentText = `{"id":"pi_1","object":"payment_intent","status":"succeeded","amount":3000,"amount_received":3000,"currency":"cad","created":5,"livemode":false,"metadata":{"attempt_id":"a"},"latest_charge":` + cardText + `}`
)

func list(of string) string {
	return `{"object":"list","url":"/x","has_more":false,"data":[` + of + `]}`
}

// Of a charge that comes expanded, though nobody asked for it, the id alone gets past the transport.
func TestOfAnExpandedChargeTheIDAloneIsRead(t *testing.T) {
	t.Parallel()
	a, h := answering(t, map[string]string{"/v1/payouts": list(payoutText), "/v1/balance_transactions": list(lineText), "/v1/payment_intents/pi_1": paymentText})
	ctx := context.Background()
	payouts, err := a.Payouts(ctx, time.Time{})
	if err != nil || len(payouts) != 1 || payouts[0].Trace != "T1" || payouts[0].Amount.Minor() != 2883 || !payouts[0].Complete {
		t.Errorf("%+v, %v", payouts, err)
	}
	lines, err := a.PayoutLines(ctx, "po_1")
	if err != nil || len(lines) != 1 || lines[0].Source != "ch_1" || lines[0].Net.Minor() != 2883 {
		t.Errorf("%+v, %v", lines, err)
	}
	if snap, err := a.GetPayment(ctx, "pi_1"); err != nil || snap.Charge != "ch_1" {
		t.Errorf("%+v, %v", snap, err)
	}
	for _, secret := range []string{"Avery", "exp_", "2097", "holder", "destination", "description"} {
		if strings.Contains(h.all.String(), secret) {
			t.Errorf("%q got past the transport: %s", secret, &h.all)
		}
	}
}

// What can't be understood is an error, never half a list.
func TestAListThatIsNotUnderstoodIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string][2]string{
		"another state": {`"paid"`, `"lost"`}, "the other mode": {`"livemode":false`, `"livemode":true`}, "no arrival": {`"arrival_date":86400,`, ""}, "no currency": {`"currency":"cad",`, ""},
	} {
		a, _ := answering(t, map[string]string{"/v1/payouts": list(strings.Replace(payoutText, c[0], c[1], 1))})
		if got, err := a.Payouts(context.Background(), time.Time{}); processor.ClassOf(err) != processor.Misfit || got != nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, c := range map[string][2]string{"a net that is not": {`"net":2883`, `"net":2884`}, "no id": {`"txn_1"`, `""`}} {
		a, _ := answering(t, map[string]string{"/v1/balance_transactions": list(strings.Replace(lineText, c[0], c[1], 1))})
		if got, err := a.PayoutLines(context.Background(), "po_1"); processor.ClassOf(err) != processor.Misfit || got != nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	a, _ := answering(t, map[string]string{"/v1/balance_transactions": list(strings.Replace(lineText, `"type":"charge"`, `"type":"Avery Payer!"`, 1))})
	if got, err := a.PayoutLines(context.Background(), "po_1"); err != nil || got[0].Kind != processor.LineUnknown || got[0].Word != "unreadable/charge" {
		t.Errorf("a type that is no word: %+v, %v", got, err)
	}
}
