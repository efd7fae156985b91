package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// refundTurns is how long a refund stays as it was made, where its card lets it turn out otherwise.
const refundTurns = time.Minute

func (s *Server) createRefund(c *call) (map[string]any, *apiError) {
	p := s.state.Payments[c.form.Get("payment_intent")]
	if p == nil {
		return nil, missing("payment_intent")
	}
	left := p.Received - p.Refunded
	amount, e := c.number("amount", left)
	if e != nil {
		return nil, e
	}
	switch reason := c.form.Get("reason"); {
	case !slices.Contains([]string{"", "duplicate", "fraudulent", "requested_by_customer"}, reason):
		return nil, invalid("parameter_invalid", "reason", "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer")
	case p.Status != "succeeded":
		return nil, invalid("", "", "This PaymentIntent ("+p.ID+") does not have a successful charge to refund.")
	case s.outOf(p) > 0:
		return nil, invalid("charge_disputed", "", "Charge ch_"+p.ID[3:]+" has been charged back; cannot issue a refund.")
	case left == 0:
		return nil, invalid("charge_already_refunded", "", "Charge ch_"+p.ID[3:]+" has already been refunded.")
	case amount < 1:
		return nil, invalid("parameter_invalid_integer", "amount", "Invalid positive integer")
	case amount > left:
		return nil, invalid("amount_too_large", "amount", fmt.Sprintf("Refund amount (%d) is greater than unrefunded amount on charge (%d)", amount, left))
	}
	p.Refunded += amount
	r := &refund{
		ID: newID("re"), Payment: p.ID, Amount: amount, Currency: p.Currency, Status: "succeeded", Created: s.now().Unix(), Metadata: c.metadata("metadata"),
		Reason: c.form.Get("reason"), Turns: p.Behaviour,
	}
	if p.Behaviour == refundPending {
		r.Status = "pending"
	} else {
		s.refunded(r)
	}
	s.state.Refunds = append(s.state.Refunds, r)
	s.emit("refund.created", r.json())
	return r.json(), nil
}

// refunded takes a refund that has succeeded out of the balance.
func (s *Server) refunded(r *refund) {
	r.Balance = s.addLine("refund", "refund", r.ID, r.Currency, -r.Amount, 0).ID
}

// turnRefunds lets a refund turn out as its card has it. What fails is the merchant's again.
func (s *Server) turnRefunds() {
	for _, r := range s.state.Refunds {
		if r.Turns == "" || s.now().Unix() < r.Created+int64(refundTurns/time.Second) {
			continue
		}
		switch r.Turns {
		case refundPending:
			r.Status = "succeeded"
			s.refunded(r)
			s.emit("refund.updated", r.json())
		case refundFails:
			r.Status, r.Failure = "failed", "expired_or_canceled_card"
			s.state.Payments[r.Payment].Refunded -= r.Amount
			s.addLine("refund_failure", "refund_failure", r.ID, r.Currency, r.Amount, 0)
			s.emit("refund.updated", r.json())
			s.emit("refund.failed", r.json())
		}
		r.Turns = ""
	}
}

func (s *Server) getRefund(c *call) (map[string]any, *apiError) {
	for _, r := range s.state.Refunds {
		if r.ID == c.id {
			return r.json(), nil
		}
	}
	return nil, missing("refund")
}

func (s *Server) listRefunds(c *call) (map[string]any, *apiError) {
	var all []map[string]any
	for _, r := range slices.Backward(s.state.Refunds) {
		if pi := c.form.Get("payment_intent"); pi == "" || pi == r.Payment {
			all = append(all, r.json())
		}
	}
	return c.page(all)
}
