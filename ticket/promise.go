package ticket

import (
	"time"

	"fundy/money"
)

// Promise is a price that holds again for a while: a payment at it came to nothing through the city, and not through
// the payer; or a review was decided so. It lowers a price and never raises one.
type Promise struct {
	Review      bool      // of a review's decision
	From, Until time.Time // it holds in [From, Until)
	Components  []Component
	Total       money.Amount
}

// promised puts the lowest of the promises that hold at the quote's instant in the price's place, where that is
// higher.
func (q *Quote) promised(t Ticket) {
	for _, p := range t.Promises {
		if q.At.Before(p.From) || !q.At.Before(p.Until) {
			continue
		}
		lines, total, err := p.less(t.PartPaid)
		if err != nil || total.IsNegative() || total.Cmp(q.Total) >= 0 {
			continue // the price itself is lower, or what has been paid of it since is more
		}
		why := "A payment came to nothing through the city"
		if p.Review {
			why = "A review was decided so"
		}
		q.trace("%s: until %s the price is %s, as it was then.", why, p.Until.Format(time.RFC3339), total)
		q.Components, q.Total, q.PromisedUntil, q.PromisedByReview = lines, total, p.Until, p.Review
	}
	if q.PromisedUntil.IsZero() {
		return
	}
	for i := range q.Tiers {
		q.Tiers[i].Now = false
	}
}

// less is a promise's lines and what they come to, less what has been paid of the ticket by now.
func (p Promise) less(partPaid money.Amount) ([]Component, money.Amount, error) {
	var lines []Component
	for _, c := range p.Components {
		if c.Kind != PartPayment {
			lines = append(lines, c)
		}
	}
	if !partPaid.IsZero() {
		lines = append(lines, Component{Kind: PartPayment, Amount: partPaid.Neg()})
	}
	total, err := sum(lines)
	return lines, total, err
}
