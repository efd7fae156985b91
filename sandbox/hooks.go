package sandbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// apiVersion is what events say that they are of.
const apiVersion = "2026-03-25.dahlia"

type event struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Created int64           `json:"created"`
	Object  json.RawMessage `json:"object"`
}

func (e event) json() map[string]any {
	return map[string]any{
		"id": e.ID, "object": "event", "api_version": apiVersion, "created": e.Created, "type": e.Type, "livemode": false,
		"pending_webhooks": 1, "request": map[string]any{"id": nil, "idempotency_key": nil}, "data": map[string]any{"object": e.Object},
	}
}

// emit records an event and sends it, where it is of a kind that the endpoint is registered for.
func (s *Server) emit(kind string, object map[string]any) {
	e := event{ID: newID("evt"), Type: kind, Created: s.now().Unix(), Object: encode(object)}
	s.state.Events = append(s.state.Events, e)
	s.state.dirty = true
	registered := strings.HasPrefix(kind, "refund.") || strings.HasPrefix(kind, "payout.") ||
		kind == "payment_intent.amount_capturable_updated" || kind == "payment_intent.succeeded" || kind == "payment_intent.canceled"
	if s.WebhookURL == "" || !registered {
		return
	}
	s.hooks.add(delivery{event: e})
}

// delivery is one event on its way. Events come at least once and in any order.
type delivery struct {
	event event
	tries int
}

type hooks struct {
	url, secret string
	client      *http.Client
	queue       chan delivery
	mu          sync.Mutex
	mode        string // normal, off, duplicate, reorder, delay, bad_signature, old_timestamp, other_api_version
}

// Limits of sending.
const (
	hooksQueued = 4096
	hookTries   = 12
)

func newHooks(c Config) *hooks {
	return &hooks{url: c.WebhookURL, secret: c.WebhookSecret, client: &http.Client{Timeout: answerFor}, queue: make(chan delivery, hooksQueued), mode: "normal"}
}

func (h *hooks) setMode(mode string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mode = mode
}

func (h *hooks) add(d delivery) {
	h.mu.Lock()
	mode := h.mode
	h.mu.Unlock()
	switch mode {
	case "off":
		return
	case "duplicate":
		h.put(d)
	case "delay", "reorder":
		wait := 3 * time.Second
		if mode == "reorder" && d.event.Type == "payment_intent.succeeded" {
			wait = 0
		}
		time.AfterFunc(wait, func() { h.put(d) })
		return
	}
	h.put(d)
}

func (h *hooks) put(d delivery) {
	select {
	case h.queue <- d:
	default: // full: an event that is lost, as happens in life
	}
}

// send posts one event; one that is not taken comes again later, at longer and longer steps.
func (h *hooks) send(ctx context.Context, d delivery, now func() time.Time, log *slog.Logger) {
	h.mu.Lock()
	mode := h.mode
	h.mu.Unlock()
	go func() {
		body := encode(d.event.json())
		if mode == "other_api_version" {
			body = bytes.Replace(body, []byte(apiVersion), []byte("2025-03-31.basil"), 1)
		}
		err := h.post(ctx, body, h.sign(body, now(), mode))
		if err == nil || ctx.Err() != nil || d.tries >= hookTries {
			return
		}
		log.Info("sandbox: event not taken", "kind", d.event.Type, "tries", d.tries, "err", err)
		d.tries++
		time.AfterFunc(time.Second<<min(d.tries, 8), func() { h.put(d) })
	}()
}

func (h *hooks) sign(body []byte, at time.Time, mode string) string {
	secret := h.secret
	if mode == "bad_signature" {
		secret += "x"
	}
	if mode == "old_timestamp" {
		at = at.Add(-time.Hour)
	}
	stamp := fmt.Sprint(at.Unix())
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(stamp + "."))
	m.Write(body)
	return "t=" + stamp + ",v1=" + hex.EncodeToString(m.Sum(nil))
}

func (h *hooks) post(ctx context.Context, body []byte, signature string) error {
	ctx, cancel := context.WithTimeout(ctx, answerFor)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Stripe-Signature", signature)
	res, err := h.client.Do(r)
	if err != nil {
		return err
	}
	res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("answered %d", res.StatusCode)
	}
	return nil
}
