package payment

import (
	"fmt"
	"sort"
	"time"

	"fundy/money"
	"fundy/ticket"
)

// Refusal says why nothing was begun. Nothing has been asked of the processor.
type Refusal struct {
	Reason  string      // key of words
	Tickets []ticket.ID // that it is about
}

func (r *Refusal) Error() string { return fmt.Sprintf("payment refused: %s", r.Reason) }

// The reasons for which nothing is begun.
const (
	RefusedEmpty        = "empty"
	RefusedTooMany      = "too_many"
	RefusedStale        = "stale_quote"   // the quote no longer holds, or was not ours
	RefusedChanged      = "changed"       // the ticket was decided about, paid or held since
	RefusedNotPayable   = "not_payable"   // not here
	RefusedConfirming   = "confirming"    // another payment is being confirmed
	RefusedBox          = "box"           // a review is under way and the box was not ticked
	RefusedAttempts     = "attempts"      // too many open attempts on one ticket
	RefusedMinimum      = "below_minimum" // less than the processor takes
	RefusedOtherContent = "other_content" // the request id came with other content before
	RefusedRestoring    = "restoring"     // the store was restored, and what came since its copy is still asked for
)

// Ask is what a payer wants to pay.
type Ask struct {
	RequestID   string
	RequestHash []byte
	Channel     string
	Language    string
	Currency    string
	SealedEmail []byte
	ReviewBox   bool
	Quotes      []Frozen // from quotes that the office itself signed
}

// Begin decides whether a payment of the asked quotes may begin at now, and with what. now is
// matched against each quote's instant: while a quote holds, exactly its amount is frozen; after
// that nothing starts. tickets are the same tickets as they stand now. An open card page locks no
// ticket: a stranger could hold it.
func Begin(ask Ask, tickets map[ticket.ID]Candidate, limits Limits, now time.Time) (Payment, *Refusal) {
	if len(ask.Quotes) == 0 {
		return Payment{}, &Refusal{Reason: RefusedEmpty}
	}
	if len(ask.Quotes) > limits.Tickets {
		return Payment{}, &Refusal{Reason: RefusedTooMany}
	}
	p := Payment{
		RequestID: ask.RequestID, RequestHash: ask.RequestHash, Channel: ask.Channel, Language: ask.Language,
		Currency: ask.Currency, SealedEmail: ask.SealedEmail, CreatedAt: now, QuotedAt: ask.Quotes[0].QuotedAt,
	}
	seen := map[ticket.ID]bool{}
	for _, q := range ask.Quotes {
		if seen[q.Ticket] {
			return Payment{}, &Refusal{Reason: RefusedTooMany, Tickets: []ticket.ID{q.Ticket}}
		}
		seen[q.Ticket] = true
		if reason := mayBegin(q, tickets, limits, ask.ReviewBox, now); reason != "" {
			return Payment{}, &Refusal{Reason: reason, Tickets: []ticket.ID{q.Ticket}}
		}
		total, err := p.Total.Add(q.Total)
		if err != nil {
			return Payment{}, &Refusal{Reason: RefusedTooMany}
		}
		p.Total = total
		p.Tickets = append(p.Tickets, q)
		if q.QuotedAt.Before(p.QuotedAt) {
			p.QuotedAt = q.QuotedAt
		}
	}
	if p.Total.Cmp(limits.Minimum) < 0 {
		return Payment{}, &Refusal{Reason: RefusedMinimum}
	}
	sort.Slice(p.Tickets, func(i, j int) bool { return p.Tickets[i].Ticket < p.Tickets[j].Ticket })
	return p, nil
}

// mayBegin is the reason against one quote, or "".
func mayBegin(q Frozen, tickets map[ticket.ID]Candidate, limits Limits, box bool, now time.Time) string {
	c, ok := tickets[q.Ticket]
	switch {
	case !ok:
		return RefusedNotPayable
	case c.Ticket.State == ticket.Confirming:
		return RefusedConfirming
	case !c.Standing.Payable || q.Total.Cmp(money.Zero) <= 0:
		return RefusedNotPayable
	case now.Before(q.QuotedAt) || !now.Before(q.HoldsUntil):
		return RefusedStale
	case c.Ticket.Version != q.Version:
		return RefusedChanged
	case c.Standing.Box && !box:
		return RefusedBox
	case c.Open >= limits.Attempts:
		return RefusedAttempts
	}
	return ""
}
