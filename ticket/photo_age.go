package ticket

import "time"

// ended says whether a ticket has come to its end: nothing is owed on it, and nobody is to be charged for it.
func (s State) ended() bool {
	switch s {
	case Paid, Withdrawn, Cancelled, Void, WrittenOff:
		return true
	}
	return false
}

// PhotoAge says whether a photograph of a ticket is erased by its age: days after the ticket has ended, or after the
// photograph was added, where that was later. needed: a review or a chargeback is under way that it may have to show. Where
// it is not erased, from is when those days began at the earliest: it is looked at again when they have passed.
func PhotoAge(p Photo, t Ticket, needed bool, days int, now time.Time) (erase bool, from time.Time) {
	if p.State == PhotoErased {
		return false, p.AddedAt
	}
	if !t.State.ended() {
		return false, now
	}
	if from = t.StateSince; p.AddedAt.After(from) {
		from = p.AddedAt
	}
	switch {
	case now.Before(from.AddDate(0, 0, days)):
		return false, from
	case needed:
		return false, now.AddDate(0, 0, 1-days) // tomorrow
	}
	return true, from
}
