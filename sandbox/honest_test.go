package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"

	"fundy/money"
	"fundy/processor"
	"fundy/processor/stripe"
	"fundy/sandbox"
)

// honest sends every request of the adapter to stripe-mock too, which knows the shape of Stripe's
// requests, and checks every answer of the sandbox against Stripe's own description of its objects.
type honest struct {
	t      *testing.T
	next   http.RoundTripper
	mock   *server.StubServer
	schema map[string]schema
	mu     sync.Mutex
	seen   map[string]int
}

// schema is what is checked of Stripe's OpenAPI description.
type schema struct {
	Type       string            `json:"type"`
	Enum       []any             `json:"enum"`
	Nullable   bool              `json:"nullable"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
	AnyOf      []json.RawMessage `json:"anyOf"`
	Ref        string            `json:"$ref"`
}

func newHonest(t *testing.T) *honest {
	t.Helper()
	spec, err := server.LoadSpec(embedded.OpenAPISpec, "")
	if err != nil {
		t.Fatal(err)
	}
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	if err != nil {
		t.Fatal(err)
	}
	mock, err := server.NewStubServer(fixtures, spec, false, false)
	if err != nil {
		t.Fatal(err)
	}
	var described struct {
		Components struct {
			Schemas map[string]schema `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(embedded.OpenAPISpec, &described); err != nil {
		t.Fatal(err)
	}
	return &honest{t: t, next: &http.Transport{DisableKeepAlives: true}, mock: mock, schema: described.Components.Schemas, seen: map[string]int{}}
}

func (h *honest) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	copied := httptest.NewRequest(r.Method, r.URL.String(), bytes.NewReader(body))
	copied.Header = r.Header.Clone()
	answer := httptest.NewRecorder()
	h.mock.HandleRequest(answer, copied)
	if answer.Code != http.StatusOK {
		h.t.Errorf("stripe-mock refuses %s %s: %d %s", r.Method, r.URL.Path, answer.Code, answer.Body)
	}
	res, err := h.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(res.Body)
	res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(b))
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		h.t.Errorf("%s: %v", r.URL.Path, err)
	} else if v["error"] == nil {
		h.object(v, r.Method+" "+r.URL.Path)
	}
	return res, err
}

// object checks an object by its kind, and those within it.
func (h *honest) object(v map[string]any, at string) {
	kind, _ := v["object"].(string)
	if kind == "list" {
		for i, e := range v["data"].([]any) {
			h.object(e.(map[string]any), fmt.Sprintf("%s data[%d]", at, i))
		}
		return
	}
	h.mu.Lock()
	h.seen[kind]++
	h.mu.Unlock()
	s, ok := h.schema[kind]
	if !ok {
		h.t.Errorf("%s: Stripe has no object %q", at, kind)
		return
	}
	h.fits(v, s, at+" "+kind)
}

func (h *honest) fits(v map[string]any, s schema, at string) {
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			h.t.Errorf("%s: %s is required and missing", at, name)
		}
	}
	for name, value := range v {
		p, ok := s.Properties[name]
		if !ok {
			h.t.Errorf("%s: Stripe has no field %s", at, name)
			continue
		}
		h.value(value, p, at+"."+name)
	}
}

func (h *honest) value(value any, p schema, at string) {
	if value == nil {
		if !p.Nullable {
			h.t.Errorf("%s: is null and must not be", at)
		}
		return
	}
	if len(p.Enum) > 0 && !slices.Contains(p.Enum, value) {
		h.t.Errorf("%s: %v is none of %v", at, value, p.Enum)
	}
	types := map[string]string{"string": "string", "integer": "float64", "boolean": "bool", "array": "[]interface {}", "object": "map[string]interface {}"}
	if want, ok := types[p.Type]; ok && fmt.Sprintf("%T", value) != want {
		h.t.Errorf("%s: is a %T, want %s", at, value, p.Type)
	}
	inner, ok := value.(map[string]any)
	if !ok {
		return
	}
	if _, ok := inner["object"].(string); ok {
		h.object(inner, at)
		return
	}
	if len(p.AnyOf) == 1 {
		var one schema
		if json.Unmarshal(p.AnyOf[0], &one) == nil && one.Ref != "" {
			p.Ref = one.Ref
		}
	}
	if s, ok := h.schema[strings.TrimPrefix(p.Ref, "#/components/schemas/")]; ok && p.Ref != "" {
		h.fits(inner, s, at)
	}
}

func TestRequestsAndAnswersAreStripes(t *testing.T) {
	t.Parallel()
	h := newHonest(t)
	s, err := sandbox.New(sandbox.Config{Key: "sk_test_1", ControlToken: token, Log: slog.New(slog.DiscardHandler), PublicURL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	a, err := stripe.New(stripe.Config{Key: "sk_test_1", WebhookSecrets: []string{"whsec_x"}, BaseURL: srv.URL, CityKind: "demo", Transport: h})
	if err != nil {
		t.Fatal(err)
	}
	b, ctx := &bench{Adapter: a, url: srv.URL}, context.Background()
	var payments []string
	for _, attempt := range []string{"att1", "att2", "att3"} {
		p := ask()
		p.Attempt = attempt
		snap, err := b.CreateSession(ctx, p, processor.Key("fundy/"+attempt+"/create/1"))
		if err != nil {
			t.Fatal(err)
		}
		if attempt == "att3" {
			if _, err := b.ExpireSession(ctx, snap.Session, "fundy/att3/expire/1"); err != nil {
				t.Error(err)
			}
			continue
		}
		b.control(t, "pay", map[string]string{"session": snap.Session, "card": "4242424242424242"})
		if snap, err = b.GetSession(ctx, snap.Session); err != nil {
			t.Fatal(err)
		}
		payments = append(payments, snap.Payment)
	}
	if _, err := b.Capture(ctx, payments[0], money.FromMinor(4000), "fundy/att1/capture/1"); err != nil {
		t.Error(err)
	}
	if _, err := b.Release(ctx, payments[1], processor.ReleaseDuplicate, "fundy/att2/release/1"); err != nil {
		t.Error(err)
	}
	if _, err := b.GetPayment(ctx, payments[0]); err != nil {
		t.Error(err)
	}
	if _, found, err := b.FindSession(ctx, "att2", ask().ExpiresAt.Add(-2*time.Hour), ask().ExpiresAt); err != nil || !found {
		t.Errorf("find: %v, %v", found, err)
	}
	refund, err := b.Refund(ctx, processor.CreateRefund{Refund: "rfd_1", Payment: payments[0], Amount: money.FromMinor(1000), Reason: processor.RefundDuplicate}, "fundy/rfd_1/refund/1")
	if err != nil || refund.State != processor.RefundSucceeded || refund.Amount.Minor() != 1000 || refund.OurRef != "rfd_1" || refund.Payment != payments[0] {
		t.Errorf("refund: %+v, %v", refund, err)
	}
	if got, err := b.GetRefund(ctx, refund.Refund); err != nil || got != refund {
		t.Errorf("get refund: %+v, %v", got, err)
	}
	if got, found, err := b.FindRefund(ctx, payments[0], "rfd_1"); err != nil || !found || got != refund {
		t.Errorf("find refund: %+v, %v, %v", got, found, err)
	}
	if _, found, err := b.FindRefund(ctx, payments[0], "rfd_2"); err != nil || found {
		t.Errorf("find a refund that is not there: %v, %v", found, err)
	}
	b.control(t, "adjust", map[string]any{"type": "adjustment", "category": "dispute", "amount": -100})
	b.control(t, "clock", map[string]any{"advance": 4 * 86400})
	payouts, err := b.Payouts(ctx, time.Time{})
	if err != nil || len(payouts) != 1 || payouts[0].Amount.Minor() != 4000-146-1000-100 || payouts[0].State != processor.PayoutPaid || !payouts[0].Complete {
		t.Fatalf("payouts: %+v, %v", payouts, err)
	}
	if later, err := b.Payouts(ctx, payouts[0].CreatedAt.Add(time.Second)); err != nil || len(later) != 0 {
		t.Errorf("payouts since the only one: %+v, %v", later, err)
	}
	lines, err := b.PayoutLines(ctx, payouts[0].ID)
	if err != nil || len(lines) != 4 || lines[0].Kind != processor.LineCharge || lines[0].Net.Minor() != 3854 || lines[1].Kind != processor.LineRefund || lines[1].Source != refund.Refund || lines[2].Kind != processor.LineChargeback || lines[3].Kind != processor.LinePayout {
		t.Errorf("lines: %+v, %v", lines, err)
	}
	if snap, err := b.GetPayment(ctx, payments[0]); err != nil || snap.Charge == "" || snap.Charge != lines[0].Source {
		t.Errorf("the payment's charge is %q, the line's %q (%v)", snap.Charge, lines[0].Source, err)
	}
	b.control(t, "fail", map[string]any{"payout": payouts[0].ID})
	if payouts, err = b.Payouts(ctx, time.Time{}); err != nil || payouts[0].State != processor.PayoutFailed || payouts[0].Failure != "account_closed" {
		t.Errorf("after it failed: %+v, %v", payouts, err)
	}
	b.control(t, "clock", map[string]any{"advance": 2 * 86400})
	if payouts, err = b.Payouts(ctx, time.Time{}); err != nil || len(payouts) != 2 || payouts[1].Amount != payouts[0].Amount {
		t.Errorf("the money goes out again: %+v, %v", payouts, err)
	}
	b.control(t, "dispute", map[string]any{"payment": payments[0], "amount": 500, "inquiry": true})
	b.control(t, "dispute", map[string]any{"payment": payments[0], "amount": 500})
	b.control(t, "dispute", map[string]any{"stranger": true, "amount": 500})
	disputes, err := b.Disputes(ctx, time.Unix(1, 0))
	if err != nil || len(disputes) != 3 || disputes[0].State != processor.DisputeInquiry || disputes[1].State != processor.DisputeOpen {
		t.Fatalf("disputes: %+v, %v", disputes, err)
	}
	b.control(t, "dispute/close", map[string]any{"dispute": disputes[1].Dispute, "outcome": "won"})
	if got, err := b.GetDispute(ctx, disputes[1].Dispute); err != nil || got.State != processor.DisputeWon || got.Returned.Minor() != 500 {
		t.Errorf("a dispute that was won: %+v, %v", got, err)
	}
	for _, path := range []string{"/v1/charges/ch_" + payments[0][3:], "/v1/payouts/" + payouts[0].ID, "/v1/balance_transactions/" + lines[0].ID} {
		r, _ := http.NewRequest(http.MethodGet, srv.URL+path, nil)
		r.Header.Set("Authorization", "Bearer sk_test_1")
		if _, err := h.RoundTrip(r); err != nil {
			t.Error(err)
		}
	}
	if h.seen["checkout.session"] < 6 || h.seen["payment_intent"] < 4 || h.seen["charge"] != 1 || h.seen["refund"] != 4 || h.seen["payout"] < 5 || h.seen["balance_transaction"] < 5 || h.seen["dispute"] != 4 {
		t.Errorf("objects that were checked: %v", h.seen)
	}
}
