package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fundy/money"
	"fundy/processor"
	"fundy/processor/stripe"
	"fundy/sandbox"
)

const token = "control-token"

// bench is a sandbox and an adapter that speaks to it over the network.
type bench struct {
	*stripe.Adapter
	url  string
	data string
	seen *tap
}

// tap keeps every byte that the adapter's transport lets through.
type tap struct {
	next http.RoundTripper
	mu   sync.Mutex
	all  bytes.Buffer
}

func (t *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(res.Body)
	res.Body.Close()
	t.mu.Lock()
	t.all.Write(b)
	t.mu.Unlock()
	res.Body = io.NopCloser(bytes.NewReader(b))
	return res, err
}

func setup(t *testing.T) *bench {
	t.Helper()
	data := filepath.Join(t.TempDir(), "sandbox.json")
	s, err := sandbox.New(sandbox.Config{Key: "sk_test_1", ControlToken: token, DataFile: data, Log: slog.New(slog.DiscardHandler), PublicURL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	// No kept connections: the standard library sends a request with an idempotency key again by itself
	// when a kept one breaks, and the fault would not be seen.
	seen := &tap{next: &http.Transport{DisableKeepAlives: true}}
	a, err := stripe.New(stripe.Config{Key: "sk_test_1", WebhookSecrets: []string{"whsec_1"}, BaseURL: srv.URL, CityKind: "demo", Transport: seen})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{Adapter: a, url: srv.URL, data: data, seen: seen}
}

func (b *bench) control(t *testing.T, path string, in any) map[string]any {
	t.Helper()
	body, _ := json.Marshal(in)
	r, _ := http.NewRequest(http.MethodPost, b.url+"/_sandbox/"+path, bytes.NewReader(body))
	r.Header.Set("X-Sandbox-Token", token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	out := map[string]any{}
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v %v", path, res.StatusCode, out, err)
	}
	return out
}

func ask() processor.CreateSession {
	return processor.CreateSession{
		Attempt: "att1", City: "demo", Amount: money.FromMinor(4000), Currency: "cad", Locale: "fr-CA", ItemName: "Contravention FH-1", Description: "d",
		Tickets: []processor.TicketLine{{ID: "t1", Amount: money.FromMinor(4000)}}, ExpiresAt: time.Now().Add(time.Hour).Truncate(time.Second),
		SuccessURL: "http://localhost:1/r/att1", CancelURL: "http://localhost:1/r/att1?c=1",
	}
}

func (b *bench) open(t *testing.T) processor.Snapshot {
	t.Helper()
	s, err := b.CreateSession(context.Background(), ask(), "fundy/att1/create/1")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAuthoriseThenCapture(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	s := b.open(t)
	if s.State != processor.SessionOpen || s.URL == "" || s.OurRef != "att1" || s.Amount.Minor() != 4000 {
		t.Fatalf("new session: %+v", s)
	}
	if got := b.control(t, "pay", map[string]string{"session": s.Session, "card": "4000 0000 0000 0002"})["outcome"]; got != "generic_decline" {
		t.Fatalf("declined card: %v", got)
	}
	if got, err := b.GetSession(ctx, s.Session); err != nil || got.State != processor.SessionOpen {
		t.Fatalf("after a decline: %+v, %v", got, err)
	}
	b.control(t, "pay", map[string]string{"session": s.Session, "card": "4242424242424242"})
	got, err := b.GetSession(ctx, s.Session)
	if err != nil || got.PayState != processor.PaymentAuthorized || got.Capturable.Minor() != 4000 || got.Received.Minor() != 0 {
		t.Fatalf("after paying: %+v, %v", got, err)
	}
	if _, err := b.ExpireSession(ctx, s.Session, "fundy/att1/expire/1"); processor.ClassOf(err) != processor.Definite {
		t.Errorf("expire of a complete session: %v", err)
	}
	done, err := b.Capture(ctx, got.Payment, money.FromMinor(4000), "fundy/att1/capture/1")
	if err != nil || done.PayState != processor.PaymentSucceeded || done.Received.Minor() != 4000 || done.OurRef != "att1" {
		t.Fatalf("capture: %+v, %v", done, err)
	}
	if _, err := b.Release(ctx, got.Payment, processor.ReleaseDuplicate, "fundy/att1/release/1"); processor.CodeOf(err) != "payment_intent_unexpected_state" {
		t.Errorf("release of what is taken: %v", err)
	}
	if _, found, err := b.FindSession(ctx, "att1", time.Now().Add(-time.Minute), time.Now().Add(time.Minute)); err != nil || !found {
		t.Errorf("find: %v %v", found, err)
	}
}

// What must never reach a city is in the sandbox's answers, and nothing of it gets past the transport.
func TestNothingPersonalGetsPastTheTransport(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	s := b.open(t)
	b.control(t, "pay", map[string]string{"session": s.Session, "card": "4242424242424242"})
	if _, err := b.GetSession(ctx, s.Session); err != nil {
		t.Fatal(err)
	}
	if raw := b.seen.all.String(); !strings.Contains(raw, "payer@example.ca") || !strings.Contains(raw, "Avery Sandpayer") {
		t.Fatal("the sandbox's answers hold nothing personal: the tripwire would find nothing")
	}
	if raw := b.seen.all.String(); strings.Contains(raw, "exp_month") {
		t.Error("an object with an expiry date was asked for")
	}
	got, err := b.GetSession(ctx, s.Session)
	if err != nil {
		t.Fatal(err)
	}
	flat, _ := json.Marshal(got)
	for _, secret := range []string{"payer@example.ca", "Avery Sandpayer", "E2L", "exp_", "4242"} {
		if bytes.Contains(flat, []byte(secret)) {
			t.Errorf("%q got through: %s", secret, flat)
		}
	}
	kept, err := os.ReadFile(b.data)
	if err != nil || bytes.Contains(kept, []byte("4242424242424242")) {
		t.Errorf("the card's number is in the sandbox's data (%v)", err)
	}
}

func TestFaultsAreClassed(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	for kind, want := range map[string]processor.Class{
		"drop_before": processor.Unknown, "429": processor.Unknown, "lock_timeout": processor.Unknown, "409": processor.Unknown,
		"html_502": processor.Unknown, "truncate": processor.Unknown, "drop_after_commit": processor.Unknown, "500_saved": processor.Unknown,
	} {
		b.control(t, "faults", map[string]any{"kind": kind, "match": map[string]any{"method": "POST", "path": "^/v1/checkout/sessions$", "nth": 1}})
		key, asked := processor.Key("fundy/att1/create/"+kind), ask() // once: it holds the time
		if _, err := b.CreateSession(ctx, asked, key); processor.ClassOf(err) != want || err == nil {
			t.Errorf("%s: %v", kind, err)
		}
		_, err := b.CreateSession(ctx, asked, key)
		if saved := kind == "500_saved"; saved != (err != nil) {
			t.Errorf("%s, again with the same key: %v", kind, err)
		}
	}
	other := ask()
	other.Amount = money.FromMinor(9900)
	if _, err := b.CreateSession(ctx, other, "fundy/att1/create/429"); processor.ClassOf(err) != processor.Config {
		t.Errorf("same key, other amount: %v", err)
	}
	if _, err := b.CreateSession(ctx, ask(), "made up by a library"); processor.ClassOf(err) != processor.Config {
		t.Errorf("a key that is not ours: %v", err)
	}
	other.ExpiresAt = time.Now().Add(time.Minute)
	if _, err := b.CreateSession(ctx, other, "fundy/att1/create/late"); processor.ClassOf(err) != processor.Definite {
		t.Errorf("a session that closes at once: %v", err)
	}
}

func TestUnknownPathsAndParametersAreErrors(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, want := range map[string]int{"/v1/customers": 404, "/v1/checkout/sessions?colour=red": 400, "/v1/payment_intents/pi_none": 404} {
		r, _ := http.NewRequest(http.MethodGet, b.url+path, nil)
		r.Header.Set("Authorization", "Bearer sk_test_1")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
}

func TestThePageRefusesWhatIsNoTestCardAndForgetsIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.open(t)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	post := func(number string) (*http.Response, string) {
		res, err := client.PostForm(b.url+"/c/pay/"+s.Session, url.Values{"number": {number}, "expiry": {"12/34"}, "cvc": {"123"}})
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res, string(body)
	}
	res, body := post("4539 1488 0343 6467")
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "cartes d’essai") || strings.Contains(body, "6467") {
		t.Errorf("a real-looking card: %d\n%s", res.StatusCode, body)
	}
	if res, body = post("4000002500003155"); res.StatusCode != http.StatusOK || !strings.Contains(body, `value="pass"`) {
		t.Errorf("3-D Secure card: %d", res.StatusCode)
	}
	if res, _ = post("4242424242424242"); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "http://localhost:1/r/att1" {
		t.Errorf("test card: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
}
