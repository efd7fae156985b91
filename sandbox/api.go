package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// apiError is Stripe's error, as its callers see it.
type apiError struct {
	status int
	kind   string
	code   string
	text   string
	param  string
}

func (e *apiError) json() map[string]any {
	return map[string]any{"error": map[string]any{"type": e.kind, "code": e.code, "message": e.text, "param": e.param}}
}

func invalid(code, param, text string) *apiError {
	return &apiError{status: http.StatusBadRequest, kind: "invalid_request_error", code: code, param: param, text: text}
}

func missing(what string) *apiError {
	return &apiError{status: http.StatusNotFound, kind: "invalid_request_error", code: "resource_missing", param: "id", text: "No such " + what}
}

// call is one request to the API: its parameters, its path's id.
type call struct {
	form url.Values
	id   string
	path string
}

type answer func(*call) (map[string]any, *apiError)

func (s *Server) apiRoutes(mux *http.ServeMux) {
	for pattern, a := range map[string]struct {
		answer answer
		known  []string // parameters, as patterns
	}{
		"POST /v1/checkout/sessions":             {s.createSession, sessionParams},
		"GET /v1/checkout/sessions":              {s.listSessions, []string{"limit", "starting_after", "ending_before", `created\[(gte|gt|lte|lt)\]`, "status", "payment_intent", "expand.*"}},
		"GET /v1/checkout/sessions/{id}":         {s.getSession, []string{`expand\[\d*\]`}},
		"POST /v1/checkout/sessions/{id}/expire": {s.expireSession, nil},
		"GET /v1/payment_intents/{id}":           {s.getPayment, []string{`expand\[\d*\]`}},
		"POST /v1/payment_intents/{id}/capture":  {s.capturePayment, []string{"amount_to_capture"}},
		"POST /v1/payment_intents/{id}/cancel":   {s.cancelPayment, []string{"cancellation_reason"}},
		"GET /v1/charges/{id}":                   {s.getCharge, nil},
		"POST /v1/refunds":                       {s.createRefund, []string{"payment_intent", "amount", "reason", `metadata\[\w+\]`}},
		"GET /v1/refunds/{id}":                   {s.getRefund, nil},
		"GET /v1/refunds":                        {s.listRefunds, []string{"limit", "starting_after", "payment_intent"}},
		"GET /v1/balance_transactions":           {s.listBalance, []string{"limit", "starting_after", "payout", "type", "source", `created\[(gte|lte)\]`}},
		"GET /v1/balance_transactions/{id}":      {s.getBalance, nil},
		"GET /v1/payouts":                        {s.listPayouts, []string{"limit", "starting_after", "status", `(created|arrival_date)\[(gte|lte)\]`}},
		"GET /v1/payouts/{id}":                   {s.getPayout, nil},
		"GET /v1/disputes":                       {s.listDisputes, []string{"limit", "starting_after", "payment_intent", "charge", `created\[(gte|lte)\]`}},
		"GET /v1/disputes/{id}":                  {s.getDispute, nil},
		"GET /v1/events":                         {s.listEvents, []string{"limit", "starting_after", `types\[\d*\]`, "type", `created\[(gte|gt|lte|lt)\]`, "delivery_success"}},
	} {
		mux.HandleFunc(pattern, s.api(a.answer, regexp.MustCompile(`^(`+strings.Join(append(a.known, "-"), "|")+`)$`)))
	}
	mux.HandleFunc("/v1/", func(w http.ResponseWriter, r *http.Request) {
		s.write(w, r, http.StatusNotFound, invalid("", "", "Unrecognized request URL ("+r.Method+": "+r.URL.Path+")").json())
	})
}

// api wraps an answer: key, parameters, faults, idempotency, and the state on disk before the reply.
func (s *Server) api(a answer, known *regexp.Regexp) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.authorized(r) {
			s.write(w, r, http.StatusUnauthorized, (&apiError{kind: "invalid_request_error", text: "Invalid API key"}).json())
			return
		}
		if err := r.ParseForm(); err != nil {
			s.write(w, r, http.StatusBadRequest, invalid("parameter_invalid", "", "unreadable body").json())
			return
		}
		for name := range r.Form {
			if !known.MatchString(name) {
				s.write(w, r, http.StatusBadRequest, invalid("parameter_unknown", name, "Received unknown parameter: "+name).json())
				return
			}
		}
		s.withFault(w, r, func() (int, []byte, bool) { return s.once(a, r) })
	}
}

// once answers a request, replaying what its idempotency key did before.
func (s *Server) once(a answer, r *http.Request) (status int, body []byte, replayed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lapse()
	key := r.Header.Get("Idempotency-Key")
	hash := hashOf(r)
	if old, ok := s.state.Keys[key]; ok && key != "" && r.Method == http.MethodPost {
		if old.Hash != hash {
			e := &apiError{kind: "idempotency_error", text: "Keys for idempotent requests can only be used with the same parameters they were first used with."}
			return http.StatusBadRequest, encode(e.json()), false
		}
		return old.Status, []byte(old.Body), true
	}
	out, e := a(&call{form: r.Form, id: r.PathValue("id"), path: r.URL.Path})
	status = http.StatusOK
	if e != nil {
		status, out = e.status, e.json()
	}
	body = encode(out)
	if r.Method == http.MethodPost {
		s.state.dirty = true
		if key != "" && (e == nil || slices.Contains(decided, e.code)) {
			s.state.Keys[key] = saved{Hash: hash, Status: status, Body: string(body), At: s.now().Unix()}
		}
		if err := s.save(); err != nil {
			s.Log.Error("sandbox: data not kept", "err", err)
			return http.StatusInternalServerError, encode((&apiError{kind: "api_error", text: "data not kept"}).json()), false
		}
	}
	return status, body, false
}

// decided are the errors that come of doing what was asked, and not of reading it: their key keeps them.
var decided = []string{"payment_intent_unexpected_state", "charge_already_refunded", "charge_disputed", "amount_too_large"}

// hashOf is what must be the same for a key to be replayed.
func hashOf(r *http.Request) string {
	sum := sha256.Sum256([]byte(r.Method + " " + r.URL.Path + "\n" + r.Form.Encode()))
	return hex.EncodeToString(sum[:])
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of plain values
	}
	return b
}

func (s *Server) write(w http.ResponseWriter, r *http.Request, status int, v any) {
	s.reply(w, r, status, encode(v), false)
}

func (s *Server) reply(w http.ResponseWriter, r *http.Request, status int, body []byte, replayed bool) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Request-Id", newID("req"))
	if v := r.Header.Get("Stripe-Version"); v != "" {
		h.Set("Stripe-Version", v)
	}
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		h.Set("Idempotency-Key", key)
	}
	if replayed {
		h.Set("Idempotent-Replayed", "true")
	}
	w.WriteHeader(status)
	w.Write(body)
}

// expands says whether a call asked for a field to be expanded.
func (c *call) expands(field string) bool {
	for name, values := range c.form {
		if strings.HasPrefix(name, "expand[") && len(values) > 0 && (values[0] == field || values[0] == "data."+field) {
			return true
		}
	}
	return false
}

func (c *call) number(name string, fallback int64) (int64, *apiError) {
	text := c.form.Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, invalid("parameter_invalid_integer", name, "Invalid integer: "+name)
	}
	return n, nil
}

// metadata reads prefix[key]=value parameters.
func (c *call) metadata(prefix string) map[string]string {
	out := map[string]string{}
	for name, values := range c.form {
		if key, ok := strings.CutPrefix(name, prefix+"["); ok && strings.HasSuffix(key, "]") {
			out[strings.TrimSuffix(key, "]")] = values[0]
		}
	}
	return out
}

// page cuts a list, newest first, by limit and starting_after.
func (c *call) page(all []map[string]any) (map[string]any, *apiError) {
	limit, e := c.number("limit", 10)
	if e != nil || limit < 1 || limit > 100 {
		return nil, invalid("parameter_invalid_integer", "limit", "limit is 1 to 100")
	}
	if after := c.form.Get("starting_after"); after != "" {
		for i, o := range all {
			if o["id"] == after {
				all = all[i+1:]
				break
			}
		}
	}
	more := int64(len(all)) > limit
	return listJSON(c.path, all[:min(int64(len(all)), limit)], more), nil
}
