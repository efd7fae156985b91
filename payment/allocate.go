package payment

import (
	"fundy/money"
	"fundy/ticket"
)

// The reasons for which an authorisation is released.
const (
	ReleasedPaid    = "paid_elsewhere" // another payment was first
	ReleasedChanged = "changed"        // a decision, a void, a hold
	ReleasedGone    = "gone"           // the ticket can't be paid here any more
	ReleasedStopped = "stopped"        // something did not fit, and people decided
)

// Allocate decides what becomes of an authorised payment: every ticket is still owed as it was
// frozen, and all is captured; or one is not, and the whole is released: nobody is charged and
// there is nothing to refund. "Still owed as frozen" means that no decision, void, hold or other
// payment has changed the ticket since the quote; the passing of time is no change.
//
// It returns the first ticket in the way and why, or "".
//
// A payment without tickets is one that was found at the processor and can't be put to any: it is released.
func Allocate(frozen []Frozen, tickets map[ticket.ID]Candidate) (ticket.ID, string) {
	if len(frozen) == 0 {
		return "", ReleasedGone
	}
	for _, f := range frozen {
		c, ok := tickets[f.Ticket]
		switch {
		case !ok:
			return f.Ticket, ReleasedGone
		case c.Ticket.State == ticket.Paid || c.Ticket.State == ticket.Confirming:
			return f.Ticket, ReleasedPaid
		case !c.Standing.Payable:
			return f.Ticket, ReleasedGone
		case c.Ticket.Version != f.Version:
			return f.Ticket, ReleasedChanged
		}
	}
	return "", ""
}

// Accept decides where money goes that was taken although we had not asked for it: to its tickets, if
// each of them can still be paid here and no part of it was paid meanwhile, or else nowhere yet: it is an
// unallocated receipt.
func Accept(frozen []Frozen, tickets map[ticket.ID]Candidate) bool {
	for _, f := range frozen {
		if c, ok := tickets[f.Ticket]; !ok || !c.Standing.Payable || partOf(f.Components) != c.Ticket.PartPaid {
			return false
		}
	}
	return len(frozen) > 0
}

// partOf is what a price says to have been paid of its ticket before.
func partOf(components []ticket.Component) money.Amount {
	for _, c := range components {
		if c.Kind == ticket.PartPayment {
			return c.Amount.Neg()
		}
	}
	return money.Zero
}

// Reading is what the office compares of a processor's answer before it believes it.
type Reading struct {
	Attempt  AttemptID
	Amount   money.Amount // what was asked for
	Held     money.Amount // what is set aside or was taken, where something is; else what was asked for
	Currency string       // lower case, as processors write it
	Live     bool
}

// Fits says whether a reading is of this attempt, to the cent. A reading that does not fit stops
// the attempt: nobody guesses with money.
func Fits(a Attempt, currencyLower string, live bool, r Reading) bool {
	return r.Attempt == a.ID && r.Amount == a.Amount && r.Held == a.Amount && r.Currency == currencyLower && r.Live == live
}
