package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// A dispute: the payer asked his bank for the money back. The bank takes it at once, with a fee, and decides
// later. An inquiry is the bank's question, and moves nothing.

// dispute is one dispute, or inquiry.
type dispute struct {
	ID       string `json:"id"`
	Payment  string `json:"payment"` // "" for a payment that was not made here
	Charge   string `json:"charge"`
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Reason   string `json:"reason"`
	Status   string `json:"status"`
	Inquiry  bool   `json:"inquiry"`
	Created  int64  `json:"created"`
	DueBy    int64  `json:"due_by"`
	Answers  int    `json:"answers"`
	// Was is every status that it has had, the first one first: what the bank has decided, whoever has read it when.
	Was []string `json:"was"`
}

// becomes gives it another status.
func (d *dispute) becomes(status string) {
	d.Status = status
	d.Was = append(d.Was, status)
}

const (
	// disputeFee is 15.00. What a won dispute gives back of it differs by contract: here it is given back, unless
	// the control page asks to keep it.
	disputeFee = 1500
	// disputeDays is how long a dispute can be answered.
	disputeDays = 9
	// disputed is how a card behaves whose payments are disputed as soon as they are taken.
	disputed = "disputed"
)

// openDispute opens a dispute or an inquiry about a payment, or, where p is nil, about one that was not made here.
func (s *Server) openDispute(p *payment, amount int64, reason string, inquiry bool) *dispute {
	now := s.now().Unix()
	d := &dispute{
		ID: newID("dp"), Charge: newID("ch"), Amount: amount, Currency: "cad", Reason: reason, Inquiry: inquiry,
		Created: now, DueBy: (now/day+disputeDays)*day + day - 1,
	}
	if p != nil {
		d.Payment, d.Charge, d.Currency = p.ID, "ch_"+p.ID[3:], p.Currency
	}
	s.state.Disputes = append(s.state.Disputes, d)
	if inquiry {
		d.becomes("warning_needs_response")
	} else {
		d.becomes("needs_response")
		s.withdraw(d)
	}
	s.emit("charge.dispute.created", s.disputeJSON(d))
	return d
}

// withdraw takes the money and the fee off the balance, in one line, at once.
func (s *Server) withdraw(d *dispute) {
	l := s.addLine("adjustment", "dispute", d.ID, d.Currency, -d.Amount, disputeFee)
	l.Available = l.Created
	s.emit("charge.dispute.funds_withdrawn", s.disputeJSON(d))
}

// disputeLines are the lines of the balance that a dispute made.
func (s *Server) disputeLines(d *dispute) (lines []*balanceLine) {
	for _, l := range s.state.Balance {
		if l.Source == d.ID && l.Type == "adjustment" {
			lines = append(lines, l)
		}
	}
	return lines
}

// out is what a dispute has taken off the balance and not put back.
func (s *Server) out(d *dispute) (cents int64) {
	for _, l := range s.disputeLines(d) {
		cents -= l.Amount
	}
	return cents
}

// closeDispute lets the bank decide; a later decision can be another one.
func (s *Server) closeDispute(d *dispute, outcome string, keepFee bool) error {
	switch {
	case d.Inquiry && outcome == "warning_closed":
	case !d.Inquiry && outcome == "won" && d.Status != "won":
		fee := int64(-disputeFee)
		if keepFee {
			fee = 0
		}
		l := s.addLine("adjustment", "dispute_reversal", d.ID, d.Currency, d.Amount, fee)
		l.Available = l.Created
		defer func() { s.emit("charge.dispute.funds_reinstated", s.disputeJSON(d)) }()
	case !d.Inquiry && outcome == "lost" && d.Status != "lost":
		if d.Status == "won" {
			s.withdraw(d)
		}
	default:
		return fmt.Errorf("a dispute that is %s does not become %q", d.Status, outcome)
	}
	d.becomes(outcome)
	s.emit("charge.dispute.closed", s.disputeJSON(d))
	return nil
}

// answerDispute is what a person does at the processor's own pages.
func (s *Server) answerDispute(d *dispute) error {
	to, ok := map[string]string{"needs_response": "under_review", "warning_needs_response": "warning_under_review"}[d.Status]
	if !ok {
		return fmt.Errorf("a dispute that is %s can't be answered", d.Status)
	}
	d.becomes(to)
	d.Answers++
	s.emit("charge.dispute.updated", s.disputeJSON(d))
	return nil
}

// escalateDispute turns an inquiry into a dispute.
func (s *Server) escalateDispute(d *dispute) error {
	if !d.Inquiry {
		return errors.New("it is no inquiry")
	}
	d.Inquiry = false
	d.becomes("needs_response")
	s.withdraw(d)
	s.emit("charge.dispute.updated", s.disputeJSON(d))
	return nil
}

// outOf is what all disputes of a payment have taken off the balance and not put back: then it can't be refunded.
func (s *Server) outOf(p *payment) (cents int64) {
	for _, d := range s.state.Disputes {
		if d.Payment == p.ID {
			cents += s.out(d)
		}
	}
	return cents
}

// disputeJSON is a dispute as Stripe shows it. Its evidence names the payer, as he wrote himself on the card page.
func (s *Server) disputeJSON(d *dispute) map[string]any {
	lines := []map[string]any{}
	for _, l := range s.disputeLines(d) {
		lines = append(lines, l.json(s.now().Unix()))
	}
	name, email, postal := "Avery Sandpayer", "payer@example.ca", "E2L 4L1"
	var paid any
	for _, c := range s.state.Sessions {
		if d.Payment != "" && c.Payment == d.Payment {
			name, email, postal = c.Name, c.Email, c.PostalCode
		}
	}
	if d.Payment != "" {
		paid = d.Payment
	}
	kind := "chargeback"
	if d.Inquiry {
		kind = "inquiry"
	}
	return map[string]any{
		"id": d.ID, "object": "dispute", "amount": d.Amount, "currency": d.Currency, "charge": d.Charge, "payment_intent": paid, "status": d.Status,
		"reason": d.Reason, "created": d.Created, "livemode": false, "metadata": map[string]any{}, "balance_transactions": lines,
		"is_charge_refundable": d.Inquiry, "enhanced_eligibility_types": []any{},
		"evidence": map[string]any{
			"customer_name": name, "customer_email_address": email, "billing_address": name + "\n" + postal, "customer_purchase_ip": "203.0.113.7",
			"uncategorized_text": nil, "enhanced_evidence": map[string]any{},
		},
		"evidence_details": map[string]any{
			"due_by": d.DueBy, "has_evidence": d.Answers > 0, "past_due": false, "submission_count": d.Answers, "enhanced_eligibility": map[string]any{},
		},
		"payment_method_details": map[string]any{"type": "card", "card": map[string]any{
			"brand": "visa", "case_type": kind, "network": "visa", "network_reason_code": "10.4",
		}},
	}
}

func (s *Server) getDispute(c *call) (map[string]any, *apiError) {
	for _, d := range s.state.Disputes {
		if d.ID == c.id {
			return s.disputeJSON(d), nil
		}
	}
	return nil, missing("dispute")
}

func (s *Server) listDisputes(c *call) (map[string]any, *apiError) {
	from, to, e := c.created("created")
	if e != nil {
		return nil, e
	}
	var all []map[string]any
	for _, d := range slices.Backward(s.state.Disputes) {
		fits := d.Created >= from && d.Created <= to
		for field, value := range map[string]string{"payment_intent": d.Payment, "charge": d.Charge} {
			if asked := c.form.Get(field); asked != "" && asked != value {
				fits = false
			}
		}
		if fits {
			all = append(all, s.disputeJSON(d))
		}
	}
	return c.page(all)
}

// disputeAsk is what the control page is asked about a dispute: by its own id, or that of its payment or charge.
type disputeAsk struct {
	Dispute  string `json:"dispute"`
	Payment  string `json:"payment"`
	Charge   string `json:"charge"`
	Amount   int64  `json:"amount"` // 0: all that was taken
	Reason   string `json:"reason"`
	Inquiry  bool   `json:"inquiry"`
	Stranger bool   `json:"stranger"` // of a payment that was not made here
	Outcome  string `json:"outcome"`  // won, lost, warning_closed
	KeepFee  bool   `json:"keep_fee"`
}

// controlDispute opens a dispute.
func (s *Server) controlDispute(r *http.Request) (any, error) {
	var in disputeAsk
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lapse()
	if in.Reason == "" {
		in.Reason = "fraudulent"
	}
	if in.Payment == "" && len(in.Charge) > 3 {
		in.Payment = "pi_" + in.Charge[3:]
	}
	p := s.state.Payments[in.Payment]
	switch {
	case in.Stranger && in.Amount > 0:
		p = nil
	case p == nil || p.Status != "succeeded":
		return nil, errors.New("no such payment, or none that was taken")
	case in.Amount == 0:
		in.Amount = p.Received
	}
	d := s.openDispute(p, in.Amount, in.Reason, in.Inquiry)
	return map[string]any{"dispute": d.ID}, s.save()
}

// controlDisputeMove makes the answer to what is asked about a dispute that is there.
func (s *Server) controlDisputeMove(move func(*dispute, disputeAsk) error) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		var in disputeAsk
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.lapse()
		for _, d := range slices.Backward(s.state.Disputes) {
			if d.ID == in.Dispute || in.Dispute == "" && (in.Payment != "" && d.Payment == in.Payment || in.Charge != "" && d.Charge == in.Charge) {
				if err := move(d, in); err != nil {
					return nil, err
				}
				s.state.dirty = true
				return map[string]any{"dispute": d.ID, "status": d.Status}, s.save()
			}
		}
		return nil, errors.New("no such dispute")
	}
}
