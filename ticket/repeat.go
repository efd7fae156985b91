package ticket

import (
	"time"

	"fundy/city"
)

// Prior is a ticket that may count as one before another: of the same vehicle (the exact plate, its
// jurisdiction and type, never a look-alike) and for the same offence.
type Prior struct {
	ID        ID
	IssuedOn  city.Date
	IssuedAt  time.Time
	TimeKnown bool
	State     State
}

// CountPriors is how many of others were issued before a ticket, in so many days before its day of issue.
// What was cancelled, void or withdrawn does not count. Of the same day only that counts whose time is
// known to be earlier: a doubt is for the owner.
//
// The count is taken once, when the ticket comes in, and kept on it (Ticket.Priors): a ticket that is
// cancelled later re-prices none.
func CountPriors(t Ticket, days int, others []Prior) int {
	first, n := t.IssuedOn.AddDays(-days), 0
	for _, o := range others {
		earlier := o.IssuedOn.Compare(t.IssuedOn) < 0 ||
			o.IssuedOn == t.IssuedOn && o.TimeKnown && t.TimeKnown && o.IssuedAt.Before(t.IssuedAt)
		if o.ID != t.ID && earlier && o.IssuedOn.Compare(first) >= 0 && o.State.counts() {
			n++
		}
	}
	return n
}

// counts says whether a ticket in this state is an offence that the vehicle had.
func (s State) counts() bool {
	switch s {
	case Cancelled, Void, Withdrawn:
		return false
	}
	return true
}
