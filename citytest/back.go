package citytest

import (
	"fmt"
	"slices"
	"time"
)

// The model of what comes back from payers: it takes the processor's own books and what the office has read of them one
// after the other, and says what the city's books have then. It is written beside the office's rules, not with them.

// returned is a chargeback as the city's books have it, beside the dispute that it is of.
type returned struct {
	ID, Attempt, State, End, Why string
	Amount                       int64
	Reopened                     bool // its tickets are owed again
	Moves                        []returnedMove
	theirs                       theirDispute
}

type returnedMove struct {
	From, To string
	At       time.Time
}

// givenBack is a refund as the city's books have it.
type givenBack struct {
	ID, Attempt, State string
	Amount, Free       int64 // Free: of it, what was put to no ticket
	Reopen, Reopened   bool
	At                 time.Time // asked
	Moves              []returnedMove
}

// counts says whether the refund was, at an instant, given back or on its way.
func (r givenBack) counts(at time.Time) bool {
	state := ""
	for _, m := range r.Moves {
		if !m.At.After(at) {
			state = m.To
		}
	}
	return !slices.Contains([]string{"", "refused", "failed", "canceled", "failed_later", "ended"}, state)
}

// went says whether it was in the ledger, once.
func (r givenBack) went() bool { return r.State == "succeeded" || r.State == "failed_later" }

// ourWords are the states that a dispute's history at the processor can be read as, one for each status.
func ourWords(was []string) (words []string) {
	answered := false
	for _, s := range was {
		answered = answered || s == "under_review" || s == "warning_under_review"
		if s == "lost" && !answered {
			s = "accepted"
		}
		if is, inquiry := map[string]string{"warning_needs_response": "inquiry", "warning_under_review": "inquiry_answered", "warning_closed": "inquiry_closed"}[s]; inquiry {
			s = is
		}
		words = append(words, s)
	}
	return words
}

// within says whether seen comes out of all by leaving some out.
func within(seen, all []string) bool {
	for _, s := range all {
		if len(seen) > 0 && seen[0] == s {
			seen = seen[1:]
		}
	}
	return len(seen) == 0
}

// Where a state has a chargeback's money; "" is where it was taken to.
const (
	atBank = "bank" // the payer's bank has it, and decides
	atCity = "city" // it was at the bank, and came back
	gone   = "gone"
)

func placeOf(state string) string {
	return map[string]string{"needs_response": atBank, "under_review": atBank, "won": atCity, "lost": gone, "accepted": gone}[state]
}

// bookings are how often each kind of entry must have been made of a chargeback, what became of its debt, and what of its
// money is a payer's.
type bookings struct {
	entries  map[string]int
	end, why string
	free     int64
}

// foretell follows a chargeback through the states that the office has read. ends is what a loss makes of the debt, at its
// instant.
func foretell(c returned, ends func(at time.Time) (end, why string)) bookings {
	b := bookings{entries: map[string]int{}}
	where := ""
	for _, m := range c.Moves {
		to := placeOf(m.To)
		if to == where {
			continue
		}
		if where != atBank && (to == atBank || where != gone) {
			b.entries["dispute_held"]++ // also where nobody saw it held
		}
		switch {
		case to == atCity && where == gone:
			b.entries["dispute_regained"]++
			if b.end == "reopened" || b.end == "payers" {
				b.free += c.Amount
			}
		case to == atCity:
			b.entries["dispute_returned"]++
		case to == gone:
			b.entries["dispute_lost"]++
			if b.end != "" {
				b.end, b.why = "person", "lost_again"
			} else if b.end, b.why = ends(m.At); b.end == "reopened" {
				b.entries["dispute_reopen"]++
			}
		}
		where = to
	}
	return b
}

// debt is a payment as the model needs it to say what a loss makes of it.
type debt struct {
	amount   int64
	receipt  bool
	refunds  []givenBack
	disputes []returned
}

// ends is what becomes of a debt of which a bank has kept so many cents, at an instant.
func (d debt) ends(id string, cents int64, at time.Time) (end, why string) {
	given, again := false, false
	for _, r := range d.refunds {
		given = given || r.counts(at)
		again = again || r.Reopened && r.At.Before(at)
	}
	for _, other := range d.disputes {
		again = again || other.ID != id && other.Reopened
	}
	switch {
	case !d.receipt && !given:
		return "payers", ""
	case given || !d.receipt:
		return "person", "refunded_before"
	case cents != d.amount:
		return "person", "part_of_it"
	case again:
		return "person", "ticket_state"
	}
	return "reopened", ""
}

// near is how far two processes may tell an order otherwise than it was: one of the campaign's troubles turns the clock back.
const near = time.Minute

// wrong says how a chargeback in the city's books is not what the processor's books, and what the office read of them,
// make it. made is how often each kind of entry stands in the ledger.
func (c returned) wrong(d debt, made map[string]int) (b bookings, lost, doubled, stuck []string) {
	all := ourWords(c.theirs.Was)
	var seen []string
	for _, m := range c.Moves {
		if seen = append(seen, m.To); m.From == m.To {
			stuck = append(stuck, fmt.Sprintf("chargeback %s does not understand what it reads when it is %s, of %v", c.ID, m.From, all))
		}
	}
	if !within(seen, all) {
		doubled = append(doubled, fmt.Sprintf("chargeback %s went through %v, and at the processor through %v", c.ID, seen, all))
	}
	if last := all[len(all)-1]; c.State != last {
		stuck = append(stuck, fmt.Sprintf("chargeback %s is %s, and at the processor %s", c.ID, c.State, last))
	}
	if c.Amount != c.theirs.Amount {
		lost = append(lost, fmt.Sprintf("chargeback %s is of %d cents, and at the processor of %d", c.ID, c.Amount, c.theirs.Amount))
	}
	b = foretell(c, func(at time.Time) (string, string) { return d.ends(c.ID, c.Amount, at) })
	if c.End != b.end || c.Why != b.why {
		// An order that is too close to call may have been the other one.
		for _, by := range []time.Duration{-near, near} {
			other := foretell(c, func(at time.Time) (string, string) { return d.ends(c.ID, c.Amount, at.Add(by)) })
			if c.End == other.end && c.Why == other.why {
				b = other
			}
		}
	}
	if c.End != b.end || c.Why != b.why || c.Reopened != (b.entries["dispute_reopen"] > 0) {
		lost = append(lost, fmt.Sprintf("chargeback %s (%v) ends %q %q, owed again %v; the model says %q %q", c.ID, seen, c.End, c.Why, c.Reopened, b.end, b.why))
	}
	for _, kind := range []string{"dispute_held", "dispute_returned", "dispute_lost", "dispute_regained", "dispute_reopen"} {
		switch n, want := made[kind], b.entries[kind]; {
		case n > want:
			doubled = append(doubled, fmt.Sprintf("chargeback %s (%v) has %d entries %s, want %d", c.ID, seen, n, kind, want))
		case n < want:
			lost = append(lost, fmt.Sprintf("chargeback %s (%v) has %d entries %s, want %d", c.ID, seen, n, kind, want))
		}
	}
	return b, lost, doubled, stuck
}

// wrong says how a refund in the city's books is not what the processor has of it.
func (r givenBack) wrong(theirs []theirRefund, made map[string]int) (lost, doubled, stuck []string) {
	say := func(into *[]string, format string, args ...any) { *into = append(*into, fmt.Sprintf(format, args...)) }
	status, live := "none", 0
	for _, t := range theirs {
		if status = t.Status; status != "failed" && status != "canceled" {
			live++
		}
		if t.Amount != r.Amount {
			say(&lost, "refund %s is of %d cents, and at the processor of %d", r.ID, r.Amount, t.Amount)
		}
	}
	if len(theirs) > 1 {
		say(&doubled, "refund %s is %d refunds at the processor, %d of which stand", r.ID, len(theirs), live)
	}
	may := map[string][]string{
		"pending": {"pending"}, "succeeded": {"succeeded"}, "failed": {"failed", "none", "canceled"}, "canceled": {"canceled"}, "failed_later": {"failed", "canceled"},
		"asked": {"none"}, "refused": {"none"},
	}
	if !slices.Contains(may[r.State], status) {
		say(&stuck, "refund %s is %s, and at the processor %s", r.ID, r.State, status)
	}
	want := map[string]int{}
	if r.went() {
		want["refund"] = 1
		if r.Reopen {
			want["reopen"] = 1
		}
	}
	if r.State == "failed_later" {
		want["refund_failed"] = 1
	}
	for _, kind := range []string{"refund", "reopen", "refund_failed"} {
		switch n := made[kind]; {
		case n > want[kind]:
			say(&doubled, "refund %s (%s) has %d entries %s, want %d", r.ID, r.State, n, kind, want[kind])
		case n < want[kind]:
			say(&lost, "refund %s (%s) has %d entries %s, want %d", r.ID, r.State, n, kind, want[kind])
		}
	}
	if r.Reopened != (want["reopen"] == 1) {
		say(&lost, "refund %s (%s): its tickets are owed again: %v", r.ID, r.State, r.Reopened)
	}
	return lost, doubled, stuck
}
