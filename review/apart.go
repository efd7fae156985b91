package review

import "slices"

// Ban keeps two acts on one review apart: who has done the one does not do the others. It is what a regime adds to the bans of
// every review (Part): those are about the ticket, these about the review itself.
type Ban struct {
	Regime string
	From   State // the act was done from here
	Did    Event
	Not    []Event
	Reason string // of the refusal
}

// Bans are those of the regimes. Under generic, who has screened a request and sent it to a hearing does not decide the hearing;
// to put it on another day decides nothing, and anybody may.
var Bans = []Ban{
	{Regime: "generic", From: Asked, Did: Send, Not: []Event{Keep, Withdraw, Reduce, Extend, Absent}, Reason: RefusedScreened},
}

// More reasons against a decision.
const (
	RefusedScreened = "screened" // who decides has sent it to its hearing
	RefusedAlone    = "alone"    // nobody but who sends it to a hearing could decide it then
)

// Act is what somebody has done to a review.
type Act struct {
	From  State
	Event Event
	By    string
}

// Banned is the reason for which somebody does not do something to a review after what has been done to it, or "".
func Banned(regime string, done []Act, e Event, by string) string {
	for _, b := range Bans {
		if b.Regime != regime || !slices.Contains(b.Not, e) {
			continue
		}
		if slices.ContainsFunc(done, func(a Act) bool { return a.From == b.From && a.Event == b.Did && a.By == by }) {
			return b.Reason
		}
	}
	return ""
}

// Screeners are who may not decide a review any more, because of what they have done to it.
func Screeners(regime string, done []Act) []string {
	var all []string
	for _, a := range done {
		if Banned(regime, done, Keep, a.By) != "" && !slices.Contains(all, a.By) {
			all = append(all, a.By)
		}
	}
	return all
}
