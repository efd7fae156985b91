// Package stripe speaks to Stripe: hosted card pages with manual capture, refunds, disputes, and the lists of payouts
// and of what is in each.
//
// Invariants:
//   - of an answer, only the fields named in filter.go get past the transport (the strict reading):
//     no charge is ever asked for, and a payment only once its session is complete, when its last
//     error has been cleared, with one exception: LastDecline, while a person looks at an open card page;
//   - every POST carries an idempotency key of ours; the library's own retries are off: our outbox
//     owns them;
//   - a live city takes live keys and Stripe's own address only; what is read must be of the same mode.
package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	stripego "github.com/stripe/stripe-go/v85"

	"fundy/money"
	"fundy/processor"
)

// Config is what an adapter is made of.
type Config struct {
	Key            string   // sk_… or rk_…
	WebhookSecrets []string // whsec_…; two while one replaces the other
	BaseURL        string   // empty: Stripe's own; a demo city's sandbox on this machine
	CityKind       string   // live, test or demo
	Transport      http.RoundTripper
	// Around may stand between the strict reading and the rest of the adapter: tests hear there what
	// gets past it. Nil for nothing.
	Around func(http.RoundTripper) http.RoundTripper
}

// Adapter is processor.Sessions, processor.Capturer, processor.Refunder, processor.Events, processor.Settlements,
// processor.Disputes and processor.Decliner.
type Adapter struct {
	client  *stripego.Client
	secrets []string
	live    bool
}

// New makes an adapter, or says what is dangerous in its configuration and how to mend it.
func New(c Config) (*Adapter, error) {
	live := strings.HasPrefix(c.Key, "sk_live_") || strings.HasPrefix(c.Key, "rk_live_")
	test := strings.HasPrefix(c.Key, "sk_test_") || strings.HasPrefix(c.Key, "rk_test_")
	switch {
	case !live && !test:
		return nil, errors.New("processor key: begins with none of sk_live_, rk_live_, sk_test_, rk_test_: copy it from Stripe's dashboard")
	case c.CityKind == "live" && !live:
		return nil, errors.New("processor key: a live city needs a live key (sk_live_… or rk_live_…)")
	case c.CityKind != "live" && live:
		return nil, errors.New("processor key: a test or demo city must not have a live key: take a test key (sk_test_…)")
	case len(c.WebhookSecrets) == 0:
		return nil, errors.New("webhook secret: is missing: copy it from the endpoint in Stripe's dashboard (whsec_…)")
	}
	for _, secret := range c.WebhookSecrets {
		// Each word of a text that stands where the secret belongs would be a secret that anybody can sign with.
		if !strings.HasPrefix(secret, "whsec_") {
			return nil, errors.New("webhook secret: one does not begin with whsec_: copy it from the endpoint in Stripe's dashboard, one a line and nothing else")
		}
	}
	if err := checkBase(c); err != nil {
		return nil, err
	}
	next := c.Transport
	if next == nil {
		next = &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 32, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second}
	}
	var reading http.RoundTripper = strict{next}
	if c.Around != nil {
		reading = c.Around(reading)
	}
	backend := &stripego.BackendConfig{
		HTTPClient:        &http.Client{Transport: reading, Timeout: 25 * time.Second},
		MaxNetworkRetries: stripego.Int64(0),
		EnableTelemetry:   stripego.Bool(false),
		LeveledLogger:     silent{},
	}
	if c.BaseURL != "" {
		backend.URL = stripego.String(c.BaseURL)
	}
	return &Adapter{
		client: stripego.NewClient(c.Key, stripego.WithBackends(stripego.NewBackendsWithConfig(backend))), secrets: c.WebhookSecrets, live: live,
	}, nil
}

func checkBase(c Config) error {
	if c.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil {
		return fmt.Errorf("processor address: %w", err)
	}
	host := u.Hostname()
	if c.CityKind != "demo" || (host != "127.0.0.1" && host != "localhost" && host != "::1") {
		return errors.New("processor address: only a demo city may have one of its own, and only on this machine: leave it empty")
	}
	return nil
}

// CreateSession makes a hosted card page that sets the money aside (manual capture).
func (a *Adapter) CreateSession(ctx context.Context, p processor.CreateSession, key processor.Key) (processor.Snapshot, error) {
	s, err := a.client.V1CheckoutSessions.Create(ctx, createParams(p, key))
	if err != nil {
		return processor.Snapshot{}, classify("create session", err)
	}
	return a.snapshot("create session", s)
}

// GetSession reads a session; once it is complete, its payment too.
func (a *Adapter) GetSession(ctx context.Context, session string) (processor.Snapshot, error) {
	s, err := a.client.V1CheckoutSessions.Retrieve(ctx, session, &stripego.CheckoutSessionRetrieveParams{})
	if err != nil {
		return processor.Snapshot{}, classify("get session", err)
	}
	if s.Status != stripego.CheckoutSessionStatusComplete {
		return a.snapshot("get session", s)
	}
	p := &stripego.CheckoutSessionRetrieveParams{}
	p.AddExpand("payment_intent")
	if s, err = a.client.V1CheckoutSessions.Retrieve(ctx, session, p); err != nil {
		return processor.Snapshot{}, classify("get session", err)
	}
	return a.snapshot("get session", s)
}

// ExpireSession closes an open card page.
func (a *Adapter) ExpireSession(ctx context.Context, session string, key processor.Key) (processor.Snapshot, error) {
	p := &stripego.CheckoutSessionExpireParams{}
	p.SetIdempotencyKey(string(key))
	s, err := a.client.V1CheckoutSessions.Expire(ctx, session, p)
	if err != nil {
		return processor.Snapshot{}, classify("expire session", err)
	}
	return a.snapshot("expire session", s)
}

// findPages bounds a search: 5,000 sessions.
const findPages = 50

// FindSession looks for an attempt's session among those made in [from, to]. Stripe has no filter on
// our reference, so the list is read.
func (a *Adapter) FindSession(ctx context.Context, attempt string, from, to time.Time) (processor.Snapshot, bool, error) {
	p := &stripego.CheckoutSessionListParams{
		CreatedRange: &stripego.RangeQueryParams{GreaterThanOrEqual: from.Unix(), LesserThanOrEqual: to.Unix()},
	}
	p.Limit = stripego.Int64(100)
	read := 0
	for s, err := range a.client.V1CheckoutSessions.List(ctx, p).All(ctx) {
		if err != nil {
			return processor.Snapshot{}, false, classify("find session", err)
		}
		if s.ClientReferenceID == attempt {
			snap, err := a.GetSession(ctx, s.ID)
			return snap, err == nil, err
		}
		if read++; read > findPages*100 {
			return processor.Snapshot{}, false, &processor.Error{Class: processor.Unknown, Op: "find session", Code: "too_many_sessions"}
		}
	}
	return processor.Snapshot{}, false, nil
}

// GetPayment reads a payment.
func (a *Adapter) GetPayment(ctx context.Context, payment string) (processor.Snapshot, error) {
	pi, err := a.client.V1PaymentIntents.Retrieve(ctx, payment, &stripego.PaymentIntentRetrieveParams{})
	if err != nil {
		return processor.Snapshot{}, classify("get payment", err)
	}
	return a.ofPayment("get payment", pi)
}

// Capture takes what is set aside.
func (a *Adapter) Capture(ctx context.Context, payment string, amount money.Amount, key processor.Key) (processor.Snapshot, error) {
	p := &stripego.PaymentIntentCaptureParams{AmountToCapture: stripego.Int64(amount.Minor())}
	p.SetIdempotencyKey(string(key))
	pi, err := a.client.V1PaymentIntents.Capture(ctx, payment, p)
	if err != nil {
		return processor.Snapshot{}, classify("capture", err)
	}
	return a.ofPayment("capture", pi)
}

// Release gives it back.
func (a *Adapter) Release(ctx context.Context, payment string, reason processor.ReleaseReason, key processor.Key) (processor.Snapshot, error) {
	p := &stripego.PaymentIntentCancelParams{CancellationReason: stripego.String(string(reason))}
	p.SetIdempotencyKey(string(key))
	pi, err := a.client.V1PaymentIntents.Cancel(ctx, payment, p)
	if err != nil {
		return processor.Snapshot{}, classify("release", err)
	}
	return a.ofPayment("release", pi)
}

// silent keeps the library from logging: its messages can hold what the processor said.
type silent struct{}

func (silent) Debugf(string, ...any) {}
func (silent) Errorf(string, ...any) {}
func (silent) Infof(string, ...any)  {}
func (silent) Warnf(string, ...any)  {}
