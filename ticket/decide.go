package ticket

import (
	"fmt"
	"strings"
)

// DecisionRefusal says why a person's decision about a ticket was not written.
type DecisionRefusal struct {
	Reason string
	State  State // that the ticket is in
}

func (r *DecisionRefusal) Error() string {
	return fmt.Sprintf("decision refused: %s, of a ticket that is %s", r.Reason, r.State)
}

// The reasons against a decision.
const (
	DecisionConfirming = "confirming" // a payment is being taken: its end is awaited
	DecisionLaw        = "law"        // its regime has no such line
	DecisionWhy        = "why"        // empty, too long, or of more than one line
	DecisionElsewhere  = "elsewhere"  // it was paid before it came to us: nothing of that is here to give back
)

// decisionWhyMost bounds what a person says of a decision, in bytes.
const decisionWhyMost = 300

// Gone says whether nothing is owed of a ticket in s, and what was paid is to be given back.
func (s State) Gone() bool { return s == Withdrawn || s == Cancelled || s == Void }

// Decide says whether a person may end a ticket: withdraw it, cancel it, or say that it was never valid. A paid one
// can be ended too, where its regime has the line. paidHere: its payment is in our books.
func Decide(r Regime, t Ticket, to State, why string, paidHere bool) *DecisionRefusal {
	switch {
	case strings.TrimSpace(why) == "" || len(why) > decisionWhyMost || strings.ContainsAny(why, "\r\n"):
		return &DecisionRefusal{DecisionWhy, t.State}
	case t.State == Confirming:
		return &DecisionRefusal{DecisionConfirming, t.State}
	case !to.Gone() || !r.Decides(t.State, to):
		return &DecisionRefusal{DecisionLaw, t.State}
	case t.State == Paid && !paidHere:
		return &DecisionRefusal{DecisionElsewhere, t.State}
	}
	return nil
}
