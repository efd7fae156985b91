package sandbox

import (
	"slices"
	"time"
)

// balanceLine is one line of the balance: what a charge, refund, fee or payout did to it.
type balanceLine struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Category  string `json:"category"`
	Source    string `json:"source"`
	Amount    int64  `json:"amount"`
	Fee       int64  `json:"fee"`
	Currency  string `json:"currency"`
	Created   int64  `json:"created"`
	Available int64  `json:"available"`
	Payout    string `json:"payout"` // that it went out with
}

// payoutObject is one transfer to the bank.
type payoutObject struct {
	ID       string `json:"id"`
	Status   string `json:"status"` // in_transit, paid, failed
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Created  int64  `json:"created"`
	Arrival  int64  `json:"arrival"`
	Balance  string `json:"balance"` // its own line
	Trace    string `json:"trace"`
	Failure  string `json:"failure"`
	FailedBy string `json:"failed_by"` // the line that brought the money back
}

const day = int64(24 * time.Hour / time.Second)

// availableAfter is T+2: money of today's charges goes out with the payout of the day after tomorrow.
const availableAfter = 2

// feeOf is 2.9 % and 30 cents, half a cent up.
func feeOf(amount int64) int64 { return (amount*29+500)/1000 + 30 }

func (s *Server) addLine(kind, category, source, currency string, amount, fee int64) *balanceLine {
	now := s.now().Unix()
	l := &balanceLine{
		ID: newID("txn"), Type: kind, Category: category, Source: source, Amount: amount, Fee: fee, Currency: currency, Created: now,
		Available: (now/day + availableAfter) * day,
	}
	s.state.Balance = append(s.state.Balance, l)
	s.state.dirty = true
	return l
}

// charged enters a payment that has been taken.
func (s *Server) charged(p *payment) {
	s.addLine("charge", "charge", "ch_"+p.ID[3:], p.Currency, p.Received, feeOf(p.Received))
	if p.Behaviour == disputed {
		s.openDispute(p, p.Received, "fraudulent", false)
	}
}

// payOut makes the automatic payouts of every midnight that has passed since it was last called, and lets
// those that are on their way arrive.
func (s *Server) payOut() {
	midnight := s.now().Unix() / day * day
	if s.state.PaidOutAt == 0 {
		s.state.PaidOutAt = midnight
		s.state.dirty = true
	}
	for at := s.state.PaidOutAt + day; at <= midnight; at += day {
		s.arrive(at)
		s.makePayout(at)
		s.state.PaidOutAt = at
		s.state.dirty = true
	}
	s.arrive(s.now().Unix())
}

func (s *Server) makePayout(at int64) {
	p := &payoutObject{ID: newID("po"), Status: "in_transit", Created: at, Arrival: at + day, Trace: newID("trc")[4:20]}
	var lines []*balanceLine
	for _, l := range s.state.Balance {
		if l.Payout == "" && l.Type != "payout" && l.Available <= at {
			lines = append(lines, l)
			p.Amount += l.Amount - l.Fee
			p.Currency = l.Currency
		}
	}
	if p.Amount == 0 {
		return // nothing to move: what cancels out waits for the next
	}
	for _, l := range lines {
		l.Payout = p.ID
	}
	own := s.addLine("payout", "payout", p.ID, p.Currency, -p.Amount, 0)
	own.Created, own.Available, own.Payout = at, at, p.ID
	p.Balance = own.ID
	s.state.Payouts = append(s.state.Payouts, p)
	s.emit("payout.created", p.json())
}

func (s *Server) arrive(at int64) {
	for _, p := range s.state.Payouts {
		if p.Status == "in_transit" && p.Arrival <= at {
			p.Status = "paid"
			s.emit("payout.paid", p.json())
			s.emit("payout.reconciliation_completed", p.json())
		}
	}
}

// failPayout brings a payout's money back: it goes out again with the next one.
func (s *Server) failPayout(id string) *apiError {
	i := slices.IndexFunc(s.state.Payouts, func(p *payoutObject) bool { return p.ID == id })
	if i < 0 {
		return missing("payout")
	}
	p := s.state.Payouts[i]
	if p.Status == "failed" {
		return invalid("", "payout", "the payout has failed already")
	}
	back := s.addLine("payout_failure", "payout_reversal", p.ID, p.Currency, p.Amount, 0)
	back.Available = back.Created
	p.Status, p.Failure, p.FailedBy = "failed", "account_closed", back.ID
	s.emit("payout.failed", p.json())
	return nil
}

func (l *balanceLine) json(now int64) map[string]any {
	details := []map[string]any{}
	if l.Fee != 0 {
		details = append(details, map[string]any{"type": "stripe_fee", "amount": l.Fee, "currency": l.Currency, "application": nil, "description": "Stripe processing fees"})
	}
	status := "pending"
	if l.Available <= now {
		status = "available"
	}
	var source any
	if l.Source != "" {
		source = l.Source
	}
	return map[string]any{
		"id": l.ID, "object": "balance_transaction", "type": l.Type, "reporting_category": l.Category, "source": source, "amount": l.Amount,
		"fee": l.Fee, "net": l.Amount - l.Fee, "fee_details": details, "currency": l.Currency, "created": l.Created, "available_on": l.Available,
		"status": status, "description": nil, "exchange_rate": nil, "balance_type": "payments",
	}
}

func (p *payoutObject) json() map[string]any {
	out := map[string]any{
		"id": p.ID, "object": "payout", "amount": p.Amount, "currency": p.Currency, "arrival_date": p.Arrival, "automatic": true, "status": p.Status,
		"reconciliation_status": "in_progress", "balance_transaction": p.Balance, "statement_descriptor": "STRIPE", "failure_code": nil,
		"failure_message": nil, "failure_balance_transaction": nil, "method": "standard", "type": "bank_account", "source_type": "card", "livemode": false,
		"created": p.Created, "description": "STRIPE PAYOUT", "destination": nil, "metadata": map[string]any{}, "application_fee": nil,
		"application_fee_amount": nil, "original_payout": nil, "reversed_by": nil, "payout_method": nil,
		"trace_id": map[string]any{"status": "pending", "value": nil},
	}
	if p.Status != "in_transit" {
		out["reconciliation_status"] = "completed"
		out["trace_id"] = map[string]any{"status": "supported", "value": p.Trace}
	}
	if p.Status == "failed" {
		out["failure_code"], out["failure_message"], out["failure_balance_transaction"] = p.Failure, "The bank account has been closed.", p.FailedBy
	}
	return out
}
