package sandbox

import "fmt"

// What the API answers, field by field as Stripe's own answers have them, the personal ones included:
// a tripwire that looks for them must have something to find.

func (s *Server) sessionJSON(c *session, expand bool) map[string]any {
	out := map[string]any{
		"id": c.ID, "object": "checkout.session", "mode": "payment", "status": c.Status, "payment_status": "unpaid",
		"url": nil, "client_reference_id": c.Ref, "amount_subtotal": c.Amount, "amount_total": c.Amount, "currency": c.Currency,
		"created": c.Created, "expires_at": c.ExpiresAt, "livemode": false, "locale": c.Locale, "metadata": c.Metadata,
		"payment_intent": nil, "payment_method_types": []string{"card"}, "success_url": c.Success, "cancel_url": c.Cancel,
		"automatic_tax": map[string]any{"enabled": false, "liability": nil, "provider": nil, "status": nil}, "custom_fields": []any{},
		"custom_text":      map[string]any{"after_submit": nil, "shipping_address": nil, "submit": nil, "terms_of_service_acceptance": nil},
		"shipping_options": []any{}, "customer_details": nil, "payment_method_options": map[string]any{},
	}
	if c.Status == "open" {
		out["url"] = s.PublicURL + "/c/pay/" + c.ID
	}
	p := s.state.Payments[c.Payment]
	if p == nil {
		return out
	}
	out["payment_intent"] = p.ID
	if expand {
		out["payment_intent"] = p.json()
	}
	if p.Status == "succeeded" {
		out["payment_status"] = "paid"
	}
	if c.Status == "complete" {
		out["customer_details"] = map[string]any{
			"email": c.Email, "name": c.Name, "phone": nil, "tax_exempt": "none", "tax_ids": []any{}, "business_name": nil, "individual_name": nil,
			"address": map[string]any{"city": nil, "country": "CA", "line1": nil, "line2": nil, "postal_code": c.PostalCode, "state": nil},
		}
	}
	return out
}

func (p *payment) json() map[string]any {
	out := map[string]any{
		"id": p.ID, "object": "payment_intent", "status": p.Status, "amount": p.Amount, "amount_capturable": int64(0), "amount_received": p.Received,
		"capture_method": "automatic", "confirmation_method": "automatic", "currency": p.Currency, "description": p.Describe,
		"latest_charge": nil, "metadata": p.Metadata, "canceled_at": nil, "cancellation_reason": nil, "last_payment_error": nil,
		"created": p.Created, "livemode": false, "payment_method_types": []string{"card"},
	}
	if p.Manual {
		out["capture_method"] = "manual"
	}
	if p.Status == "requires_capture" {
		out["amount_capturable"] = p.Amount
	}
	switch {
	case p.Held != 0:
		out["latest_charge"] = "ch_" + p.ID[3:]
	case p.Declined != "" && p.Declined != authFailed:
		out["latest_charge"] = fmt.Sprintf("ch_%s_%d", p.ID[3:], p.Tries) // each try that a bank has refused is a charge that failed
	}
	if p.Declined != "" && p.Status == "requires_payment_method" {
		out["last_payment_error"] = p.errorJSON()
	}
	if p.Canceled != 0 {
		out["canceled_at"], out["cancellation_reason"] = p.Canceled, p.Reason
	}
	return out
}

// errorJSON is a payment's last error, with the card in it as Stripe has it.
func (p *payment) errorJSON() map[string]any {
	out := map[string]any{
		"type": "card_error", "message": "Your card was declined.",
		"payment_method": map[string]any{
			"id": "pm_" + p.ID[3:], "object": "payment_method", "type": "card", "created": p.Created, "customer": nil, "livemode": false, "metadata": map[string]any{},
			"billing_details": map[string]any{"address": nil, "email": nil, "name": nil, "phone": nil, "tax_id": nil},
			"card":            map[string]any{"brand": "visa", "last4": p.Last4, "exp_month": p.ExpMonth, "exp_year": p.ExpYear},
		},
	}
	switch p.Declined {
	case authFailed:
		out["type"], out["code"] = "invalid_request_error", "payment_intent_authentication_failure"
	case "expired_card", "incorrect_cvc", "processing_error":
		out["code"] = p.Declined
	default:
		out["code"], out["decline_code"] = "card_declined", p.Declined
	}
	if p.Declined != authFailed {
		out["charge"] = fmt.Sprintf("ch_%s_%d", p.ID[3:], p.Tries)
	}
	return out
}

func (s *Server) chargeJSON(p *payment) map[string]any {
	return map[string]any{
		"id": "ch_" + p.ID[3:], "object": "charge", "amount": p.Amount, "amount_captured": p.Received, "amount_refunded": p.Refunded,
		"captured": p.Status == "succeeded", "currency": p.Currency, "payment_intent": p.ID, "paid": true, "status": "succeeded",
		"created": p.Held, "livemode": false, "metadata": p.Metadata, "disputed": s.outOf(p) > 0, "refunded": p.Refunded > 0 && p.Refunded == p.Received,
		"billing_details": map[string]any{"address": nil, "email": nil, "name": nil, "phone": nil, "tax_id": nil},
		"payment_method_details": map[string]any{"type": "card", "card": map[string]any{
			"brand": "visa", "last4": p.Last4, "exp_month": p.ExpMonth, "exp_year": p.ExpYear,
		}},
	}
}

func (r *refund) json() map[string]any {
	out := map[string]any{
		"id": r.ID, "object": "refund", "amount": r.Amount, "status": r.Status, "payment_intent": r.Payment, "charge": "ch_" + r.Payment[3:],
		"created": r.Created, "currency": r.Currency, "metadata": r.Metadata, "reason": nil, "balance_transaction": nil, "receipt_number": nil,
		"destination_details": map[string]any{"type": "card", "card": map[string]any{"type": "refund", "reference_status": "pending", "reference_type": "acquirer_reference_number"}},
	}
	if r.Reason != "" {
		out["reason"] = r.Reason
	}
	if r.Balance != "" {
		out["balance_transaction"] = r.Balance
	}
	if r.Failure != "" {
		out["failure_reason"] = r.Failure
	}
	return out
}

func listJSON(path string, data []map[string]any, more bool) map[string]any {
	if data == nil {
		data = []map[string]any{}
	}
	return map[string]any{"object": "list", "url": path, "has_more": more, "data": data}
}
