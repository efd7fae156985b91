package ticket

import (
	"time"

	"fundy/money"
)

// Promise is a price that holds again for a while: a payment at it came to nothing through the city, and not through
// the payer. It lowers a price and never raises one.
type Promise struct {
	From, Until time.Time // it holds in [From, Until)
	Components  []Component
	Total       money.Amount
}

// promised puts the lowest of the promises that hold at the quote's instant in the price's place, where that is
// higher.
func (q *Quote) promised(t Ticket) {
	for _, p := range t.Promises {
		if q.At.Before(p.From) || !q.At.Before(p.Until) || p.Total.Cmp(q.Total) >= 0 {
			continue
		}
		q.trace("A payment came to nothing through the city: until %s the price is %s, as it was then.", p.Until.Format(time.RFC3339), p.Total)
		q.Components, q.Total, q.PromisedUntil = p.Components, p.Total, p.Until
	}
	if q.PromisedUntil.IsZero() {
		return
	}
	for i := range q.Tiers {
		q.Tiers[i].Now = false
	}
}
