package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

// sessionParams are the parameters of a new session that the sandbox knows.
var sessionParams = []string{
	"mode", "submit_type", "locale", "client_reference_id", `line_items\[0\]\[quantity\]`,
	`line_items\[0\]\[price_data\]\[(currency|unit_amount)\]`, `line_items\[0\]\[price_data\]\[product_data\]\[name\]`,
	`payment_method_types\[0\]`, `adaptive_pricing\[enabled\]`, `wallet_options\[link\]\[display\]`,
	`payment_intent_data\[(capture_method|description|statement_descriptor_suffix)\]`, `payment_intent_data\[metadata\]\[\w+\]`,
	`metadata\[\w+\]`, "expires_at", "success_url", "cancel_url",
}

func (s *Server) createSession(c *call) (map[string]any, *apiError) {
	now := s.now()
	amount, e := c.number("line_items[0][price_data][unit_amount]", 0)
	if e != nil {
		return nil, e
	}
	expires, e := c.number("expires_at", now.Add(24*time.Hour).Unix())
	if e != nil {
		return nil, e
	}
	switch life := time.Unix(expires, 0).Sub(now); {
	case c.form.Get("mode") != "payment":
		return nil, invalid("parameter_invalid", "mode", "mode is payment")
	case amount < 50:
		return nil, invalid("amount_too_small", "line_items[0][price_data][unit_amount]", "the amount is too small")
	case c.form.Get("line_items[0][quantity]") != "1" || c.form.Get("payment_method_types[0]") != "card":
		return nil, invalid("parameter_invalid", "line_items", "one line, one card")
	case !slices.Contains([]string{"", "en", "en-GB", "fr", "fr-CA"}, c.form.Get("locale")):
		return nil, invalid("parameter_invalid", "locale", "unknown locale")
	case life < 30*time.Minute || life > 24*time.Hour+5*time.Second:
		return nil, invalid("parameter_invalid", "expires_at", "The expires_at timestamp must be between 30 minutes and 24 hours from Checkout Session creation.")
	}
	for _, name := range []string{"success_url", "cancel_url"} {
		if u, err := url.Parse(c.form.Get(name)); err != nil || u.Host == "" {
			return nil, invalid("url_invalid", name, "Not a valid URL")
		}
	}
	n := &session{
		ID: newID("cs_test"), Created: now.Unix(), ExpiresAt: expires, Status: "open", Amount: amount,
		Currency: c.form.Get("line_items[0][price_data][currency]"), Ref: c.form.Get("client_reference_id"), Locale: c.form.Get("locale"),
		Item: c.form.Get("line_items[0][price_data][product_data][name]"), Metadata: c.metadata("metadata"),
		PayMeta: c.metadata("payment_intent_data[metadata]"), Describe: c.form.Get("payment_intent_data[description]"),
		Success: c.form.Get("success_url"), Cancel: c.form.Get("cancel_url"), Manual: c.form.Get("payment_intent_data[capture_method]") == "manual",
	}
	s.state.Sessions = append(s.state.Sessions, n)
	return s.sessionJSON(n, false), nil
}

func (s *Server) getSession(c *call) (map[string]any, *apiError) {
	n := s.session(c.id)
	if n == nil {
		return nil, missing("checkout.session")
	}
	return s.sessionJSON(n, c.expands("payment_intent")), nil
}

func (s *Server) expireSession(c *call) (map[string]any, *apiError) {
	n := s.session(c.id)
	if n == nil {
		return nil, missing("checkout.session")
	}
	if n.Status != "open" {
		return nil, invalid("", "", "Only Checkout Sessions with a status in [\"open\"] can be expired.")
	}
	s.expire(n)
	return s.sessionJSON(n, false), nil
}

func (s *Server) listSessions(c *call) (map[string]any, *apiError) {
	from, e := c.number("created[gte]", 0)
	if e != nil {
		return nil, e
	}
	to, e := c.number("created[lte]", 1<<60)
	if e != nil {
		return nil, e
	}
	var all []map[string]any
	for _, n := range slices.Backward(s.state.Sessions) {
		if n.Created >= from && n.Created <= to {
			all = append(all, s.sessionJSON(n, c.expands("payment_intent")))
		}
	}
	return c.page(all)
}

func (s *Server) getPayment(c *call) (map[string]any, *apiError) {
	p := s.state.Payments[c.id]
	if p == nil {
		return nil, missing("payment_intent")
	}
	return p.json(), nil
}

func (s *Server) capturePayment(c *call) (map[string]any, *apiError) {
	p := s.state.Payments[c.id]
	if p == nil {
		return nil, missing("payment_intent")
	}
	if p.Status != "requires_capture" {
		return nil, invalid("payment_intent_unexpected_state", "", "This PaymentIntent could not be captured because it has a status of "+p.Status+".")
	}
	amount, e := c.number("amount_to_capture", p.Amount)
	if e != nil {
		return nil, e
	}
	if amount < 1 || amount > p.Amount {
		return nil, invalid("amount_too_large", "amount_to_capture", "The amount is greater than what is capturable.")
	}
	if p.Behaviour == captureFails {
		return nil, &apiError{status: http.StatusInternalServerError, kind: "api_error", text: "An error occurred with our connection to the bank."}
	}
	p.Status, p.Received = "succeeded", amount
	s.charged(p)
	s.emit("payment_intent.succeeded", p.json())
	return p.json(), nil
}

func (s *Server) cancelPayment(c *call) (map[string]any, *apiError) {
	p := s.state.Payments[c.id]
	if p == nil {
		return nil, missing("payment_intent")
	}
	reason := c.form.Get("cancellation_reason")
	if !slices.Contains([]string{"", "duplicate", "fraudulent", "requested_by_customer", "abandoned"}, reason) {
		return nil, invalid("parameter_invalid", "cancellation_reason", "unknown reason")
	}
	if p.Status == "succeeded" || p.Status == "canceled" {
		return nil, invalid("payment_intent_unexpected_state", "", "You cannot cancel this PaymentIntent because it has a status of "+p.Status+".")
	}
	s.cancel(p, reason)
	return p.json(), nil
}

func (s *Server) getCharge(c *call) (map[string]any, *apiError) {
	for _, p := range s.state.Payments {
		if "ch_"+p.ID[3:] == c.id && p.Held != 0 {
			return s.chargeJSON(p), nil
		}
	}
	return nil, missing("charge")
}

func (s *Server) listEvents(c *call) (map[string]any, *apiError) {
	var all []map[string]any
	for _, e := range slices.Backward(s.state.Events) {
		all = append(all, e.json())
	}
	return c.page(all)
}
