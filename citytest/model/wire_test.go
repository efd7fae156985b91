package model_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"
)

// inMemory is a client of a handler in the same process.
type inMemory struct{ handler http.Handler }

// Do answers a request.
func (m inMemory) Do(r *http.Request) (*http.Response, error) { return answer(m.handler, r) }

// answer lets a handler answer. One that hangs up leaves the caller with half an answer.
func answer(h http.Handler, r *http.Request) (res *http.Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				panic(p)
			}
			res, err = nil, io.ErrUnexpectedEOF
		}
	}()
	w := httptest.NewRecorder()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

// keyLife is how long the processor keeps what a key did.
const keyLife = 24 * time.Hour

// errCrash is what goes through a caller whose process dies.
var errCrash = errors.New("the process dies here")

// aside is what happens in the middle of the office's next call of the processor, before or after its answer
// is made: somebody else is quicker, or the process dies.
type aside struct {
	before bool
	do     func()
}

// wire is the office's way to the processor. It sees every call.
type wire struct {
	c      *town
	keys   map[string]keyUse
	asked  []capture
	asides []*aside // one for each call to come: one within another, when the first makes a call
	wrong  []string
	alone  bool // the caller is in a round, which has goroutines: a death in there would be the test's own
	calls  int
	failed int // calls whose answer was no answer
}

type keyUse struct {
	request string
	first   time.Time
}

// capture is what the office asked to take.
type capture struct {
	attempt, payment string
	amount           string
}

func newWire(c *town) *wire { return &wire{c: c, keys: map[string]keyUse{}} }

// RoundTrip carries a call to the sandbox.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.calls++
	w.c.sandbox.changed = true
	body := []byte{}
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	if r.Method == http.MethodPost {
		w.look(r, string(body))
	}
	var now *aside
	if len(w.asides) > 0 {
		now, w.asides = w.asides[0], w.asides[1:]
	}
	if now != nil && now.before {
		now.do()
	}
	to := r.Clone(r.Context())
	to.Body = io.NopCloser(bytes.NewReader(body))
	res, err := answer(w.c.sandbox.handler, to)
	if err != nil || !understood(res) {
		w.failed++
	}
	if now != nil && !now.before {
		now.do()
	}
	return res, err
}

// understood says whether the processor has answered at all: yes or no, and whole.
func understood(res *http.Response) bool {
	body, err := io.ReadAll(res.Body)
	res.Body = io.NopCloser(bytes.NewReader(body))
	return err == nil && json.Valid(body) && res.StatusCode < 500 && res.StatusCode != http.StatusConflict && res.StatusCode != http.StatusTooManyRequests
}

// look keeps what must hold of a call that changes something.
func (w *wire) look(r *http.Request, body string) {
	k, request := r.Header.Get("Idempotency-Key"), r.URL.Path+"\n"+body
	use, known := w.keys[k]
	switch {
	case !known:
		w.keys[k] = keyUse{request, w.c.clock.at}
	case use.request != request:
		w.wrong = append(w.wrong, fmt.Sprintf("8: key %s stands for two requests: %q, %q", k, use.request, request))
	case w.c.clock.at.Sub(use.first) >= keyLife:
		w.wrong = append(w.wrong, fmt.Sprintf("8: key %s is used again after %s", k, w.c.clock.at.Sub(use.first)))
	}
	if payment, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/v1/payment_intents/"), "/capture"); ok {
		form, _ := url.ParseQuery(body)
		w.asked = append(w.asked, capture{strings.Split(k, "/")[1], payment, form.Get("amount_to_capture")})
	}
}

// party is the processor, as others than the office meet it: payers, and people at its dashboard.
type party struct {
	handler http.Handler
	hands   int
	changed bool // since its books were read
	books   []taken
}

func (p *party) call(method, path, body string, form bool, into any) (int, error) {
	p.changed = p.changed || path != "/_sandbox/state"
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("X-Sandbox-Token", control)
	r.Header.Set("Authorization", "Bearer "+key)
	if form {
		p.hands++
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Idempotency-Key", fmt.Sprint("by-hand-", p.hands))
	}
	res, err := answer(p.handler, r)
	if err != nil {
		return 0, err
	}
	if into == nil {
		return res.StatusCode, nil
	}
	return res.StatusCode, json.NewDecoder(res.Body).Decode(into)
}

// pay types a card on the card page.
func (p *party) pay(session, card string) string {
	var out struct{ Outcome string }
	_, _ = p.call(http.MethodPost, "/_sandbox/pay", fmt.Sprintf(`{"session":%q,"card":%q}`, session, card), false, &out)
	return out.Outcome
}

// hand is a person at the dashboard. What it is told is not looked at: the books are.
func (p *party) hand(path, form string) { _, _ = p.call(http.MethodPost, path, form, true, nil) }

// fault makes the next call that matches go wrong.
func (p *party) fault(kind, method, path string) {
	_, _ = p.call(http.MethodPost, "/_sandbox/faults", fmt.Sprintf(`{"kind":%q,"match":{"method":%q,"path":%q,"nth":1}}`, kind, method, path), false, nil)
}

// taken is a session in the sandbox's books.
type taken struct {
	ID, Ref, Status, Payment string
	Amount, Received         int64
	PaymentStatus            string `json:"payment_status"`
}

// sessions reads the sandbox's books, where anybody has called it since: nothing moves in them by itself.
func (p *party) sessions() ([]taken, error) {
	if !p.changed {
		return p.books, nil
	}
	var out struct{ Sessions []taken }
	_, err := p.call(http.MethodGet, "/_sandbox/state", "", false, &out)
	p.books, p.changed = out.Sessions, false
	return p.books, err
}

// alarms hears what the office raises.
type alarms struct{ raised []string }

// Enabled is slog's.
func (a *alarms) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }

// Handle keeps an alarm.
func (a *alarms) Handle(_ context.Context, r slog.Record) error {
	line, alarm := r.Message, ""
	r.Attrs(func(at slog.Attr) bool {
		if at.Key == "alarm" {
			alarm = at.Value.String()
		}
		line += fmt.Sprintf(" %s=%v", at.Key, at.Value)
		return true
	})
	a.raised = append(a.raised, alarm+": "+line)
	return nil
}

// WithAttrs is slog's.
func (a *alarms) WithAttrs([]slog.Attr) slog.Handler { return a }

// WithGroup is slog's.
func (a *alarms) WithGroup(string) slog.Handler { return a }
