// Package sandbox is a card processor to develop against: Stripe's API as far as Fundy uses it,
// stateful, with its own hosted card page, on an origin of its own. It takes test cards only.
//
// There are sessions, payments with manual capture, refunds, disputes, events with signed webhooks and retries,
// idempotency keys, expanding, paging, a clock that can be moved, and faults on demand; a balance with fees,
// payouts at T+2 that arrive or fail, and the bank's file of them. There are no terminals yet.
//
// Invariants:
//   - an unknown path or parameter is an error, never a friendly default;
//   - a number that is not a test card's is refused, and neither kept nor logged;
//   - what has been answered is on disk first, where a data file is given.
package sandbox

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Config is what a sandbox is made of.
type Config struct {
	PublicURL     string // its own origin: "http://127.0.0.1:8402"
	Key           string // the secret key that callers bring: sk_test_…
	WebhookURL    string // where events go; empty: nowhere
	WebhookSecret string // whsec_…
	ControlToken  string // opens /_sandbox/; empty: it is closed
	DataFile      string // where payments are kept; empty: in memory only
	Now           func() time.Time
	Log           *slog.Logger
}

// Limits of the sandbox.
const (
	bodyMost  = 256 << 10
	answerFor = 10 * time.Second
)

// Server is one sandbox.
type Server struct {
	Config
	mu     sync.Mutex
	state  *state
	faults faults
	hooks  *hooks
}

// New makes a sandbox, reading its data file where there is one.
func New(c Config) (*Server, error) {
	if strings.Contains(c.Key, "_live_") || !strings.HasPrefix(c.Key, "sk_test_") {
		return nil, errors.New("the sandbox takes a test key only (sk_test_…)")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	st, err := readState(c.DataFile)
	if err != nil {
		return nil, fmt.Errorf("read sandbox data: %w", err)
	}
	s := &Server{Config: c, state: st}
	s.hooks = newHooks(c)
	return s, nil
}

// now is the sandbox's clock: the machine's, moved by the control page.
func (s *Server) now() time.Time {
	return s.Now().Add(time.Duration(s.state.ClockSeconds) * time.Second)
}

// Handler serves the API, the card page and the control page.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	s.apiRoutes(mux)
	s.pageRoutes(mux)
	s.controlRoutes(mux)
	return http.MaxBytesHandler(mux, bodyMost)
}

// Run sends events until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.mu.Lock()
			s.lapse()
			err := s.save()
			s.mu.Unlock()
			if err != nil {
				s.Log.Error("sandbox: data not kept", "err", err)
			}
		case e := <-s.hooks.queue:
			s.hooks.send(ctx, e, s.Now, s.Log)
		}
	}
}

// authorized says whether a caller brought the key, as a bearer or as basic user.
func (s *Server) authorized(r *http.Request) bool {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		key, _, _ = r.BasicAuth()
	}
	return subtle.ConstantTimeCompare([]byte(key), []byte(s.Key)) == 1
}
