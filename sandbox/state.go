package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// state is everything that the sandbox knows. It is written whole after each change: a test
// processor has hundreds of payments, not millions.
type state struct {
	ClockSeconds int64               `json:"clock_seconds"`
	Sessions     []*session          `json:"sessions"` // oldest first
	Payments     map[string]*payment `json:"payments"`
	Refunds      []*refund           `json:"refunds"`
	Disputes     []*dispute          `json:"disputes"` // oldest first
	Balance      []*balanceLine      `json:"balance"`  // oldest first
	Payouts      []*payoutObject     `json:"payouts"`  // oldest first
	PaidOutAt    int64               `json:"paid_out_at"`
	Events       []event             `json:"events"`
	Keys         map[string]saved    `json:"keys"`
	dirty        bool
	path         string
}

type session struct {
	ID         string            `json:"id"`
	Created    int64             `json:"created"`
	ExpiresAt  int64             `json:"expires_at"`
	Status     string            `json:"status"` // open, complete, expired
	Amount     int64             `json:"amount"`
	Currency   string            `json:"currency"`
	Ref        string            `json:"ref"`
	Locale     string            `json:"locale"`
	Item       string            `json:"item"`
	Metadata   map[string]string `json:"metadata"`
	PayMeta    map[string]string `json:"pay_meta"`
	Describe   string            `json:"describe"`
	Success    string            `json:"success"`
	Cancel     string            `json:"cancel"`
	Payment    string            `json:"payment"`
	Manual     bool              `json:"manual"`
	Email      string            `json:"email"` // as a real processor keeps them: what must never reach a city
	Name       string            `json:"name"`
	PostalCode string            `json:"postal_code"`
}

type payment struct {
	ID        string            `json:"id"`
	Created   int64             `json:"created"`
	Status    string            `json:"status"`
	Amount    int64             `json:"amount"`
	Received  int64             `json:"received"`
	Refunded  int64             `json:"refunded"`
	Currency  string            `json:"currency"`
	Metadata  map[string]string `json:"metadata"`
	Describe  string            `json:"describe"`
	Manual    bool              `json:"manual"`
	Held      int64             `json:"held"` // when it was authorised
	Canceled  int64             `json:"canceled"`
	Reason    string            `json:"reason"`
	Last4     string            `json:"last4"`
	Behaviour string            `json:"behaviour"`
	ExpMonth  int               `json:"exp_month"`
	ExpYear   int               `json:"exp_year"`
	Declined  string            `json:"declined"` // why the last try took nothing; "": it did not fail
	Tries     int               `json:"tries"`    // that took nothing
}

type refund struct {
	ID       string            `json:"id"`
	Payment  string            `json:"payment"`
	Amount   int64             `json:"amount"`
	Currency string            `json:"currency"`
	Status   string            `json:"status"`
	Created  int64             `json:"created"`
	Metadata map[string]string `json:"metadata"`
	Reason   string            `json:"reason"`
	Failure  string            `json:"failure"`
	Turns    string            `json:"turns"` // how it turns out yet; "": it has
	Balance  string            `json:"balance"`
}

// saved is what an idempotency key did: replayed for the same request, an error for another.
type saved struct {
	Hash   string `json:"hash"`
	Status int    `json:"status"`
	Body   string `json:"body"`
	At     int64  `json:"at"`
}

func readState(path string) (*state, error) {
	st := &state{Payments: map[string]*payment{}, Keys: map[string]saved{}, path: path}
	if path == "" {
		return st, nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return st, nil
	}
	if err != nil {
		return nil, err
	}
	return st, json.Unmarshal(b, st)
}

// save writes the state beside its file and renames it: a crash leaves the old one or the new one.
func (s *Server) save() error {
	st := s.state
	if !st.dirty || st.path == "" {
		st.dirty = false
		return nil
	}
	b, err := json.Marshal(st)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(st.path), ".sandbox-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), st.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	st.dirty = false
	return nil
}

// Keep writes what the sandbox knows to a data file, from which another goes on. Events that nobody waits for and keys
// are left out.
func (s *Server) Keep(path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lapse()
	s.state.Events, s.state.Keys = nil, map[string]saved{}
	s.state.path, s.state.dirty = path, true
	return s.save()
}

func (s *Server) session(id string) *session {
	for _, c := range s.state.Sessions {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// holdLife is how long an authorisation can be captured (7 days for cards not present).
const holdLife = 7 * 24 * time.Hour

// lapse lets time do its work: pages expire, holds lapse, refunds turn out, payouts go out and arrive, keys are
// forgotten.
func (s *Server) lapse() {
	now := s.now().Unix()
	for _, c := range s.state.Sessions {
		if c.Status == "open" && now >= c.ExpiresAt {
			s.expire(c)
		}
	}
	for _, p := range s.state.Payments {
		if p.Status == "requires_capture" && now >= p.Held+int64(holdLife/time.Second) {
			s.cancel(p, "automatic")
		}
	}
	s.turnRefunds()
	s.payOut()
	for k, v := range s.state.Keys {
		if now >= v.At+24*3600 {
			delete(s.state.Keys, k)
			s.state.dirty = true
		}
	}
}

func (s *Server) expire(c *session) {
	c.Status = "expired"
	if p := s.state.Payments[c.Payment]; p != nil {
		s.cancel(p, "automatic")
	}
	s.emit("checkout.session.expired", s.sessionJSON(c, false))
}

func (s *Server) cancel(p *payment, reason string) {
	p.Status, p.Canceled, p.Reason = "canceled", s.now().Unix(), reason
	s.emit("payment_intent.canceled", p.json())
}

func newID(prefix string) string { return prefix + "_" + strings.ToLower(rand.Text()) }
