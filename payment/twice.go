package payment

import (
	"time"

	"fundy/money"
)

// Share is what a payment is to one of its tickets: what whoever says "I paid twice" is told.
type Share string

// The shares.
const (
	SharePays      Share = "pays"       // it counts for the ticket
	ShareOver      Share = "over"       // it counts, and more was received than was due
	ShareSecond    Share = "second"     // taken, and put to no ticket: the payer's
	ShareAsked     Share = "asked"      // its refund waits for another person
	ShareGoing     Share = "going"      // its refund is on its way
	ShareBack      Share = "back"       // given back
	ShareOpen      Share = "open"       // its payer may still be at the card page: nothing is set aside
	SharePending   Share = "pending"    // it is decided within minutes
	ShareFallsAway Share = "falls_away" // set aside, never taken, and let go: an authorisation that falls away
	ShareNothing   Share = "nothing"    // nothing was set aside or taken
	ShareUndone    Share = "undone"     // undone at the counter: it was handed back
	ShareReturned  Share = "returned"   // a cheque that its bank did not pay
	ShareMoved     Share = "moved"      // its money was put to another ticket
	ShareDisputed  Share = "disputed"   // the payer's bank has the money, or had the last word
	ShareStopped   Share = "stopped"    // two people decide what becomes of it
)

// ToTicket is a payment as it stands to one of its tickets.
type ToTicket struct {
	State    State
	Moved    bool         // its money was put to another ticket
	Here     money.Amount // what of it is at the ticket and not given back
	Free     money.Amount // what of it is put to no ticket and not given back
	Refunds  []Refund
	Disputes []Dispute
}

// ShareOf says what a payment is to a ticket.
func ShareOf(p ToTicket) Share {
	if p.Moved {
		return ShareMoved
	}
	for _, d := range p.Disputes {
		if d.TakesBack() {
			return ShareDisputed
		}
	}
	switch p.State {
	case New, Creating, Opened, Expiring:
		return ShareOpen
	case Processing, Authorized, CorrectedAuth, Capturing, Releasing:
		return SharePending
	case Released, CaptureFailed, CorrectedBack:
		return ShareFallsAway
	case Expired, Failed, Abandoned:
		return ShareNothing
	case Stopped:
		return ShareStopped
	case Reversed:
		return ShareUndone
	}
	return shareOfTaken(p)
}

// shareOfTaken is ShareOf of money that was taken.
func shareOfTaken(p ToTicket) Share {
	switch {
	case !p.Free.IsZero() && !p.Here.IsZero():
		return ShareOver
	case !p.Free.IsZero():
		return ShareSecond
	case p.State == Returned:
		return ShareReturned
	case !p.Here.IsZero():
		return SharePays
	}
	share := SharePays // a part of a ticket that is still owed: it stays where it is
	for _, r := range p.Refunds {
		switch {
		case r.State == RefundAsked:
			return ShareAsked
		case r.State.Counts() && !r.State.Final():
			share = ShareGoing
		case r.State.Counts() && share != ShareGoing:
			share = ShareBack
		}
	}
	return share
}

// Twice is the answer to "I paid twice", by all payments of the ticket.
type Twice string

// The answers.
const (
	TwiceOwed     Twice = "owed"      // more was taken than the ticket costs, and waits here
	TwiceDisputed Twice = "disputed"  // the payer's bank decides, and nothing is given back beside it
	TwiceStopped  Twice = "stopped"   // people decide what becomes of one
	TwiceGoing    Twice = "going"     // what is too much is on its way back
	TwiceWait     Twice = "wait"      // one of them is not decided yet
	TwiceBack     Twice = "back"      // what was too much was given back
	TwiceParts    Twice = "parts"     // several count, and together they are what the ticket cost
	TwiceOneHeld  Twice = "one_held"  // one was taken; another was an authorisation, which falls away
	TwiceOne      Twice = "one"       // one was taken, and no other
	TwiceNoneHeld Twice = "none_held" // none was taken; an authorisation falls away
	TwiceNone     Twice = "none"
)

// TwiceOf is the answer by what each payment of a ticket is to it.
func TwiceOf(shares []Share) Twice {
	n := map[Share]int{}
	for _, s := range shares {
		n[s]++
	}
	pays, held := n[SharePays], n[ShareFallsAway] > 0
	switch {
	case n[ShareSecond]+n[ShareOver] > 0:
		return TwiceOwed
	case n[ShareDisputed] > 0:
		return TwiceDisputed
	case n[ShareStopped] > 0:
		return TwiceStopped
	case n[ShareAsked]+n[ShareGoing] > 0:
		return TwiceGoing
	case n[SharePending] > 0, n[ShareOpen] > 0 && pays > 0:
		return TwiceWait
	case n[ShareBack] > 0:
		return TwiceBack
	case pays > 1:
		return TwiceParts
	case pays == 1 && held:
		return TwiceOneHeld
	case pays == 1:
		return TwiceOne
	case held:
		return TwiceNoneHeld
	}
	return TwiceNone
}

// holdDays is how long money that was set aside on a card that is not present can stay so, in days: Stripe's "place a
// hold on a payment method", and the longest of what it lists.
const holdDays = 7

// HoldGone is when, at the latest, what an attempt has set aside and never taken is free again: a card could be typed
// until its page closed.
func (a Attempt) HoldGone() time.Time { return a.ExpiresAt.AddDate(0, 0, holdDays) }
