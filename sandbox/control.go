package sandbox

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"sync"
	"time"
)

// fault is something that goes wrong with the nth request that matches, once.
type fault struct {
	Match struct {
		Method string `json:"method"`
		Path   string `json:"path"` // regular expression
		Nth    int    `json:"nth"`  // 1: the next
	} `json:"match"`
	Kind string `json:"kind"`
	path *regexp.Regexp
}

type faults struct {
	mu  sync.Mutex
	all []*fault
}

// take returns the fault that this request meets, or nil.
func (f *faults) take(r *http.Request) *fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, one := range f.all {
		if one.Match.Method != r.Method || !one.path.MatchString(r.URL.Path) {
			continue
		}
		if one.Match.Nth > 1 {
			one.Match.Nth--
			continue
		}
		f.all = append(f.all[:i], f.all[i+1:]...)
		return one
	}
	return nil
}

// withFault answers a request, or lets happen what was asked for.
func (s *Server) withFault(w http.ResponseWriter, r *http.Request, answer func() (int, []byte, bool)) {
	f := s.faults.take(r)
	kind := ""
	if f != nil {
		kind = f.Kind
	}
	switch kind {
	case "drop_before":
		panic(http.ErrAbortHandler)
	case "429":
		s.write(w, r, http.StatusTooManyRequests, (&apiError{kind: "invalid_request_error", code: "rate_limit"}).json())
		return
	case "lock_timeout":
		s.write(w, r, http.StatusTooManyRequests, (&apiError{kind: "invalid_request_error", code: "lock_timeout"}).json())
		return
	case "409":
		s.write(w, r, http.StatusConflict, (&apiError{kind: "idempotency_error", code: "idempotency_key_in_use"}).json())
		return
	case "html_502":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		w.Write([]byte("<html><body>502 Bad Gateway</body></html>"))
		return
	case "500_saved":
		s.saveFailure(r)
		s.write(w, r, http.StatusInternalServerError, (&apiError{kind: "api_error"}).json())
		return
	}
	status, body, replayed := answer()
	switch kind {
	case "drop_after_commit":
		panic(http.ErrAbortHandler)
	case "delay":
		time.Sleep(3 * time.Second)
	case "truncate":
		body = body[:len(body)/2]
	}
	s.reply(w, r, status, body, replayed)
}

// saveFailure keeps a 500 under the request's key: it is replayed for ever, as Stripe does.
func (s *Server) saveFailure(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		return
	}
	s.state.Keys[key] = saved{
		Hash: hashOf(r), Status: http.StatusInternalServerError, Body: string(encode((&apiError{kind: "api_error"}).json())), At: s.now().Unix(),
	}
	s.state.dirty = true
}

func (s *Server) controlRoutes(mux *http.ServeMux) {
	for pattern, do := range map[string]func(*http.Request) (any, error){
		"GET /_sandbox/state":             s.controlState,
		"POST /_sandbox/clock":            s.controlClock,
		"POST /_sandbox/faults":           s.controlFault,
		"POST /_sandbox/webhooks":         s.controlWebhooks,
		"POST /_sandbox/pay":              s.controlPay,
		"POST /_sandbox/adjust":           s.controlAdjust,
		"POST /_sandbox/fail":             s.controlFail,
		"GET /_sandbox/bank":              s.controlBank,
		"POST /_sandbox/dispute":          s.controlDispute,
		"POST /_sandbox/dispute/answer":   s.controlDisputeMove(func(d *dispute, _ disputeAsk) error { return s.answerDispute(d) }),
		"POST /_sandbox/dispute/escalate": s.controlDisputeMove(func(d *dispute, _ disputeAsk) error { return s.escalateDispute(d) }),
		"POST /_sandbox/dispute/close":    s.controlDisputeMove(func(d *dispute, in disputeAsk) error { return s.closeDispute(d, in.Outcome, in.KeepFee) }),
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			token := r.Header.Get("X-Sandbox-Token")
			if s.ControlToken == "" || subtle.ConstantTimeCompare([]byte(token), []byte(s.ControlToken)) != 1 {
				http.NotFound(w, r)
				return
			}
			out, err := do(r)
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				out = map[string]string{"error": err.Error()}
			}
			w.Header().Set("Content-Type", "application/json")
			w.Write(encode(out))
		})
	}
}

func (s *Server) controlState(*http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sessions := []map[string]any{}
	for _, c := range s.state.Sessions {
		o := map[string]any{"id": c.ID, "ref": c.Ref, "status": c.Status, "amount": c.Amount, "payment": c.Payment}
		if p := s.state.Payments[c.Payment]; p != nil {
			o["payment_status"], o["received"], o["refunded"], o["disputed"] = p.Status, p.Received, p.Refunded, s.outOf(p)
		}
		sessions = append(sessions, o)
	}
	refunds := []map[string]any{}
	for _, r := range s.state.Refunds {
		refunds = append(refunds, map[string]any{"id": r.ID, "payment": r.Payment, "status": r.Status, "amount": r.Amount, "ref": r.Metadata["refund_id"], "turns": r.Turns})
	}
	disputes := []map[string]any{}
	for _, d := range s.state.Disputes {
		fee := int64(0)
		for _, l := range s.disputeLines(d) {
			fee += l.Fee
		}
		disputes = append(disputes, map[string]any{"id": d.ID, "payment": d.Payment, "status": d.Status, "amount": d.Amount, "out": s.out(d), "fee": fee, "was": d.Was})
	}
	return map[string]any{"sessions": sessions, "refunds": refunds, "disputes": disputes}, nil
}

func (s *Server) controlClock(r *http.Request) (any, error) {
	var in struct {
		Advance int64 `json:"advance"` // seconds
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.ClockSeconds += in.Advance
	s.state.dirty = true
	s.lapse()
	return map[string]any{"now": s.now().Unix()}, s.save()
}

func (s *Server) controlFault(r *http.Request) (any, error) {
	var f fault
	if err := json.NewDecoder(r.Body).Decode(&f); err != nil {
		return nil, err
	}
	path, err := regexp.Compile(f.Match.Path)
	if err != nil {
		return nil, err
	}
	f.path = path
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.all = append(s.faults.all, &f)
	return map[string]any{"faults": len(s.faults.all)}, nil
}

func (s *Server) controlWebhooks(r *http.Request) (any, error) {
	var in struct {
		Mode string `json:"mode"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	s.hooks.setMode(in.Mode)
	return in, nil
}

func (s *Server) controlPay(r *http.Request) (any, error) {
	var in struct {
		Session string `json:"session"`
		Card    string `json:"card"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	card := cardForm{Number: in.Card, Expiry: "12/34", CVC: "123", Name: "Avery Sandpayer", Email: "payer@example.ca", Postal: "E2L 4L1"}
	return map[string]any{"outcome": s.pay(in.Session, card)}, nil
}

// controlAdjust adds a line to the balance: a fee, a chargeback, a reserve, or a type that nobody knows.
func (s *Server) controlAdjust(r *http.Request) (any, error) {
	var in struct {
		Type     string `json:"type"`
		Category string `json:"category"`
		Source   string `json:"source"`
		Currency string `json:"currency"`
		Amount   int64  `json:"amount"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lapse()
	if in.Currency == "" {
		in.Currency = "cad"
	}
	l := s.addLine(in.Type, in.Category, in.Source, in.Currency, in.Amount, 0)
	return map[string]any{"id": l.ID}, s.save()
}

// controlFail makes a payout fail, also one that is paid.
func (s *Server) controlFail(r *http.Request) (any, error) {
	var in struct {
		Payout string `json:"payout"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lapse()
	if e := s.failPayout(in.Payout); e != nil {
		return nil, errors.New(e.text)
	}
	return in, s.save()
}
