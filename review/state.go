package review

// State is how a review stands.
type State string

// The states.
const (
	New       State = ""
	Asked     State = "asked"
	Hearing   State = "hearing"   // generic: an officer has sent it on
	Missed    State = "missed"    // generic: the party did not come to the hearing, and the ticket stands
	Kept      State = "kept"      // the ticket stands
	Withdrawn State = "withdrawn" // the ticket is gone
	Reduced   State = "reduced"   // generic
	Extended  State = "extended"  // generic: more time to pay at the price of the day it was asked for
	Closed    State = "closed"    // without a decision: a stranger's, sent twice, or taken back
	Ended     State = "ended"     // overtaken: the ticket was paid, charged, or ended in another way
)

// Event is what happens to a review.
type Event string

// The events.
const (
	Ask      Event = "ask"
	Take     Event = "take"
	Keep     Event = "keep"
	Withdraw Event = "withdraw"
	Reduce   Event = "reduce"
	Extend   Event = "extend"
	Send     Event = "send"   // to a hearing
	Absent   Event = "absent" // the party did not come to the hearing
	Again    Event = "again"  // another hearing, after one that the party did not come to
	Close    Event = "close"
	Overtake Event = "overtake"
	Resume   Event = "resume" // what had overtaken it was undone: a payment that came back
)

// Line is one line of the table.
type Line struct {
	From    State
	Event   Event
	To      State
	Generic bool // of the regime generic only: nb-lga has no hearing, no reduction and no extension
}

// Table is how a review moves. An event without a line does not happen.
var Table = []Line{
	{From: New, Event: Ask, To: Asked},
	{From: Asked, Event: Take, To: Asked},
	{From: Asked, Event: Keep, To: Kept},
	{From: Asked, Event: Withdraw, To: Withdrawn},
	{From: Asked, Event: Reduce, To: Reduced, Generic: true},
	{From: Asked, Event: Extend, To: Extended, Generic: true},
	{From: Asked, Event: Send, To: Hearing, Generic: true},
	{From: Asked, Event: Close, To: Closed},
	{From: Asked, Event: Overtake, To: Ended},
	{From: Hearing, Event: Take, To: Hearing, Generic: true},
	{From: Hearing, Event: Send, To: Hearing, Generic: true}, // on another day: the party is told anew
	{From: Hearing, Event: Keep, To: Kept, Generic: true},
	{From: Hearing, Event: Withdraw, To: Withdrawn, Generic: true},
	{From: Hearing, Event: Reduce, To: Reduced, Generic: true},
	{From: Hearing, Event: Extend, To: Extended, Generic: true},
	{From: Hearing, Event: Absent, To: Missed, Generic: true},
	{From: Hearing, Event: Overtake, To: Ended, Generic: true},
	// Once, where the city gives days for asking (MayHearAgain).
	{From: Missed, Event: Again, To: Hearing, Generic: true},
	// A paid ticket can be withdrawn all the same, and its payment given back.
	{From: Ended, Event: Withdraw, To: Withdrawn},
	{From: Ended, Event: Resume, To: Asked},
}

// Next is the line of a regime for an event.
func Next(regime string, from State, e Event) (Line, bool) {
	for _, l := range Table {
		if l.From == from && l.Event == e && (regime == "generic" || !l.Generic) {
			return l, true
		}
	}
	return Line{}, false
}

// Decisions are what an officer may decide of a review, in the table's order.
func Decisions(regime string, s State) []Event {
	var all []Event
	for _, l := range Table {
		if l.From == s && l.Event.Told() && (regime == "generic" || !l.Generic) {
			all = append(all, l.Event)
		}
	}
	return all
}

// Told says whether the party is told of a decision: with the officer's words.
func (e Event) Told() bool {
	return e == Keep || e == Withdraw || e == Reduce || e == Extend || e.Sets() || e == Absent
}

// Answered says whether the party is told of an event: of a decision, or that there is none.
func (e Event) Answered() bool { return e.Told() || e == Close }

// Sets says whether an event sets a hearing: it has a day, an hour and a place.
func (e Event) Sets() bool { return e == Send || e == Again }

// Stands says whether an event leaves the ticket as it was.
func (e Event) Stands() bool { return e == Keep || e == Absent }

// Final says whether nothing is to be done about a review any more.
func (s State) Final() bool {
	return s != New && s != Asked && s != Hearing
}

// Decided says whether an officer has decided in s. A ticket has one decision.
func (s State) Decided() bool {
	return s == Kept || s == Missed || s == Withdrawn || s == Reduced || s == Extended
}
