package ticket

import (
	"strings"
	"time"

	"fundy/city"
)

// StateEvent is the beginning of the kind of an event that moved a ticket's state; the state follows.
const StateEvent = "state:"

// EnteredEvent is the kind of the event of a ticket that a person has entered by hand.
const EnteredEvent = "entered"

// NoBookEvent is the kind of the event of one whose paper came without a book although the city keeps books of such
// numbers: who has entered it says why.
const NoBookEvent = "no_book"

// The further reasons against a decision.
const (
	DecisionHeld    = "held"    // it is on hold already
	DecisionNotHeld = "unheld"  // it is not on hold
	DecisionEarly   = "early"   // its paying period is not over: nobody can be charged yet
	DecisionSame    = "entered" // who has entered it by hand does not end it
	DecisionMoney   = "money"   // who took a payment of it, undone since or not, neither ends it nor puts it on hold
)

// againstWhy is the refusal of a reason that is empty, too long or of more than one line.
func againstWhy(t Ticket, why string) *DecisionRefusal {
	if strings.TrimSpace(why) == "" || len(why) > decisionWhyMost || strings.ContainsAny(why, "\r\n") {
		return &DecisionRefusal{DecisionWhy, t.State}
	}
	return nil
}

// HoldOf says whether a person may put a ticket on hold: its clock stops then, and nothing is taken of it.
func HoldOf(r Regime, t Ticket, why string) *DecisionRefusal {
	if no := againstWhy(t, why); no != nil {
		return no
	}
	switch {
	case t.State == Hold:
		return &DecisionRefusal{DecisionHeld, t.State}
	case t.State == Confirming:
		return &DecisionRefusal{DecisionConfirming, t.State}
	case !r.Decides(t.State, Hold):
		return &DecisionRefusal{DecisionLaw, t.State}
	}
	return nil
}

// ReleaseOf says which state a ticket has again when its hold ends: a review goes on, all else is open. Its events
// have been read.
func ReleaseOf(r Regime, t Ticket, why string) (State, *DecisionRefusal) {
	if no := againstWhy(t, why); no != nil {
		return "", no
	}
	if t.State != Hold {
		return "", &DecisionRefusal{DecisionNotHeld, t.State}
	}
	to := Open
	if t.heldFrom() == Review {
		to = Review
	}
	if !r.Decides(Hold, to) {
		return "", &DecisionRefusal{DecisionLaw, t.State}
	}
	return to, nil
}

// heldFrom is the state that a ticket on hold had before; "" where it came in on hold.
func (t Ticket) heldFrom() State {
	before, last := State(""), State("")
	for _, e := range t.Events {
		to, moved := strings.CutPrefix(e.Kind, StateEvent)
		if !moved {
			continue
		}
		if State(to) == Hold {
			before = last
		}
		last = State(to)
	}
	return before
}

// ChargeOf says whether it may be kept that a charge has been laid for a ticket, at an instant: from then on nothing is
// taken here. A charge comes after the paying period only (nb-lga 156(2)(c)): while an earlier price than the last holds, there
// is none. A hold ends with it, and its days do not count.
func ChargeOf(r Regime, t Ticket, rules city.Rules, c city.City, why string, now time.Time) (*DecisionRefusal, error) {
	if no := againstWhy(t, why); no != nil {
		return no, nil
	}
	switch {
	case t.State == Confirming:
		return &DecisionRefusal{DecisionConfirming, t.State}, nil
	case !r.Decides(t.State, Court):
		return &DecisionRefusal{DecisionLaw, t.State}, nil
	}
	t.Promises = nil // a price that was promised is no part of the period
	q, err := Price(t, rules, c, now)
	if err != nil {
		return nil, err
	}
	if n := len(q.Tiers); n > 1 && !q.Tiers[n-1].Now {
		return &DecisionRefusal{DecisionEarly, t.State}, nil
	}
	return nil, nil
}

// noteMost bounds a note about a ticket, in bytes.
const noteMost = 500

// NotesMost bounds the notes of one ticket.
const NotesMost = 200

// NoteOf says whether a note may be kept with a ticket: of at most 500 bytes, and not empty.
func NoteOf(t Ticket, note string) *DecisionRefusal {
	if strings.TrimSpace(note) == "" || len(note) > noteMost {
		return &DecisionRefusal{DecisionWhy, t.State}
	}
	return nil
}
