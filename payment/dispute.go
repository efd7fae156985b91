package payment

import (
	"fmt"
	"time"

	"fundy/city"
	"fundy/money"
)

// DisputeID is the processor's id of a dispute. It is no secret.
type DisputeID string

// DisputeState is where a chargeback is: a payer has asked his bank for the money of a payment.
type DisputeState string

// The states of a chargeback. An inquiry is the bank's question, and moves no money.
const (
	DisputeNew         DisputeState = "new"
	DisputeInquiry     DisputeState = "inquiry"
	DisputeInquired    DisputeState = "inquiry_answered"
	DisputeInquiryOver DisputeState = "inquiry_closed"
	DisputeOpen        DisputeState = "needs_response" // the bank has the money, and waits for the city's answer
	DisputeAnswered    DisputeState = "under_review"   // the bank decides
	DisputeWon         DisputeState = "won"            // the money is the city's again
	DisputeLost        DisputeState = "lost"
	DisputeAccepted    DisputeState = "accepted"  // lost, and nobody had answered
	DisputePrevented   DisputeState = "prevented" // ended at the processor before it was one
	DisputeStopped     DisputeState = "stopped"   // of no payment of ours, or it does not fit: a person explains its money
)

// DisputeEvent is what moves a chargeback.
type DisputeEvent string

// The events.
const (
	BankAsks        DisputeEvent = "bank_asks"
	InquiryAnswered DisputeEvent = "inquiry_answered"
	InquiryEnded    DisputeEvent = "inquiry_ended"
	BankTakes       DisputeEvent = "bank_takes"
	CityAnswers     DisputeEvent = "city_answers"
	BankReturns     DisputeEvent = "bank_returns"
	BankKeeps       DisputeEvent = "bank_keeps"
	NobodyAnswered  DisputeEvent = "nobody_answered"
	DisputeDropped  DisputeEvent = "dropped"
	DisputeMisfit   DisputeEvent = "does_not_fit"
)

// DisputeLine is one edge of the table of chargebacks.
type DisputeLine struct {
	From  DisputeState
	Event DisputeEvent
	To    DisputeState
	// Forced edges follow a bank that has decided anew; each raises an alarm.
	Forced bool
}

// DisputeTable is every move that a chargeback can make. What is not here does not happen. We may see one for
// the first time when it has long been decided.
var DisputeTable = []DisputeLine{
	{DisputeNew, BankAsks, DisputeInquiry, false},
	{DisputeNew, InquiryAnswered, DisputeInquired, false},
	{DisputeNew, InquiryEnded, DisputeInquiryOver, false},
	{DisputeNew, BankTakes, DisputeOpen, false},
	{DisputeNew, CityAnswers, DisputeAnswered, false},
	{DisputeNew, BankReturns, DisputeWon, false},
	{DisputeNew, BankKeeps, DisputeLost, false},
	{DisputeNew, NobodyAnswered, DisputeAccepted, false},
	{DisputeNew, DisputeDropped, DisputePrevented, false},
	{DisputeNew, DisputeMisfit, DisputeStopped, false},

	{DisputeInquiry, InquiryAnswered, DisputeInquired, false},
	{DisputeInquiry, InquiryEnded, DisputeInquiryOver, false},
	{DisputeInquiry, BankTakes, DisputeOpen, false},
	{DisputeInquiry, CityAnswers, DisputeAnswered, false},
	{DisputeInquiry, BankReturns, DisputeWon, false},
	{DisputeInquiry, BankKeeps, DisputeLost, false},
	{DisputeInquiry, NobodyAnswered, DisputeAccepted, false},
	{DisputeInquiry, DisputeDropped, DisputePrevented, false},
	{DisputeInquiry, DisputeMisfit, DisputeStopped, false},

	{DisputeInquired, BankAsks, DisputeInquiry, false},
	{DisputeInquired, InquiryEnded, DisputeInquiryOver, false},
	{DisputeInquired, BankTakes, DisputeOpen, false},
	{DisputeInquired, CityAnswers, DisputeAnswered, false},
	{DisputeInquired, BankReturns, DisputeWon, false},
	{DisputeInquired, BankKeeps, DisputeLost, false},
	{DisputeInquired, NobodyAnswered, DisputeAccepted, false},
	{DisputeInquired, DisputeDropped, DisputePrevented, false},
	{DisputeInquired, DisputeMisfit, DisputeStopped, false},

	{DisputeOpen, CityAnswers, DisputeAnswered, false},
	{DisputeOpen, BankReturns, DisputeWon, false},
	{DisputeOpen, BankKeeps, DisputeLost, false},
	{DisputeOpen, NobodyAnswered, DisputeAccepted, false},
	{DisputeAnswered, BankTakes, DisputeOpen, false}, // it wants to know more
	{DisputeAnswered, BankReturns, DisputeWon, false},
	{DisputeAnswered, BankKeeps, DisputeLost, false},
	{DisputeAnswered, NobodyAnswered, DisputeAccepted, false},

	// The bank begins anew, or decides otherwise than it had.
	// What came between may have been read by nobody.
	{DisputeInquiryOver, BankTakes, DisputeOpen, true},
	{DisputeInquiryOver, CityAnswers, DisputeAnswered, true},
	{DisputeInquiryOver, BankReturns, DisputeWon, true},
	{DisputeInquiryOver, BankKeeps, DisputeLost, true},
	{DisputeInquiryOver, NobodyAnswered, DisputeAccepted, true},
	{DisputeWon, BankTakes, DisputeOpen, true},
	{DisputeWon, CityAnswers, DisputeAnswered, true},
	{DisputeWon, BankKeeps, DisputeLost, true},
	{DisputeWon, NobodyAnswered, DisputeAccepted, true},
	{DisputeLost, BankReturns, DisputeWon, true},
	{DisputeAccepted, BankReturns, DisputeWon, true},
}

// Final says whether nothing more is expected of s. A forced edge may still leave one.
func (s DisputeState) Final() bool {
	switch s {
	case DisputeInquiryOver, DisputeWon, DisputeLost, DisputeAccepted, DisputePrevented, DisputeStopped:
		return true
	}
	return false
}

// DisputeMoney is where a state has the money of its chargeback.
type DisputeMoney int

// The places.
const (
	MoneyUntouched DisputeMoney = iota // nothing has moved, or it is explained by hand
	MoneyHeld                          // the payer's bank has it until it has decided
	MoneyBack                          // it was held, and came back
	MoneyLost
)

// Money is where a state has the money.
func (s DisputeState) Money() DisputeMoney {
	switch s {
	case DisputeOpen, DisputeAnswered:
		return MoneyHeld
	case DisputeWon:
		return MoneyBack
	case DisputeLost, DisputeAccepted:
		return MoneyLost
	}
	return MoneyUntouched
}

// DisputeMove is a movement of a chargeback's money.
type DisputeMove string

// The movements.
const (
	MoveHold   DisputeMove = "hold"
	MoveReturn DisputeMove = "return"
	MoveLose   DisputeMove = "lose"
	MoveRegain DisputeMove = "regain" // what was lost comes back after all
)

// DisputeMoves are the movements that lead from one state's money to another's. What was never seen held was
// held all the same: the processor's balance has a line for each way.
func DisputeMoves(from, to DisputeState) []DisputeMove {
	switch a, b := from.Money(), to.Money(); {
	case a == b:
		return nil
	case a == MoneyHeld && b == MoneyBack:
		return []DisputeMove{MoveReturn}
	case a == MoneyHeld && b == MoneyLost:
		return []DisputeMove{MoveLose}
	case a == MoneyLost && b == MoneyBack:
		return []DisputeMove{MoveRegain}
	case b == MoneyHeld:
		return []DisputeMove{MoveHold}
	case b == MoneyBack:
		return []DisputeMove{MoveHold, MoveReturn}
	case b == MoneyLost:
		return []DisputeMove{MoveHold, MoveLose}
	}
	return nil
}

// ErrDisputeUnexpected is an event that has no line in the table of chargebacks. It is recorded and alarmed, and
// the chargeback stays where it is.
type ErrDisputeUnexpected struct {
	From  DisputeState
	Event DisputeEvent
}

func (e ErrDisputeUnexpected) Error() string {
	return fmt.Sprintf("chargeback in state %s does not know the event %s", e.From, e.Event)
}

// NextDispute is the line that an event takes, or ErrDisputeUnexpected.
func NextDispute(from DisputeState, event DisputeEvent) (DisputeLine, error) {
	for _, l := range DisputeTable {
		if l.From == from && l.Event == event {
			return l, nil
		}
	}
	return DisputeLine{}, ErrDisputeUnexpected{From: from, Event: event}
}

// Dispute is a chargeback.
type Dispute struct {
	ID          DisputeID
	Attempt     AttemptID // "" where it is of no payment of ours
	State       DisputeState
	Seen        DisputeEvent // what the last reading meant: the same again is no news
	Amount      money.Amount
	Fee         money.Amount // that the processor has kept for it so far
	Reason      string       // a code of the processor's
	End         DisputeEnd   // once it was lost
	Why         string       // of one that stopped, or that a person has to end
	OpenedAt    time.Time    // by the payer's bank
	DueAt       time.Time    // until when it can be answered; zero: it can't be
	ClosedAt    time.Time
	ReopenedAt  time.Time // when its tickets became owed again
	RefreshedAt time.Time // when the processor was last asked
	NextAt      time.Time // when the sweeper looks again; zero: never
	Version     int64
}

// TakesBack says whether the payer's bank has the money of d, or has had the last word about it, so that it can't be
// given back to the payer once more.
func (d Dispute) TakesBack() bool {
	return d.State.Money() == MoneyHeld || d.State.Money() == MoneyLost
}

// Owed says whether the tickets of d are owed again in place of its money, which is then at none of them.
func (d Dispute) Owed() bool {
	return d.End == EndReopened && d.State.Money() == MoneyLost
}

// DisputeReading is what the office compares of a processor's answer about a dispute before it believes it.
type DisputeReading struct {
	Amount, Taken, Returned money.Amount
	Currency                string // lower case
}

// DisputeFits says whether a reading can be of a payment of which taken is in the ledger, to the cent: what the
// bank has taken and not returned is the amount in dispute, or nothing.
func DisputeFits(taken money.Amount, currencyLower string, r DisputeReading) bool {
	out, err := r.Taken.Sub(r.Returned)
	return err == nil && r.Currency == currencyLower && r.Amount.Cmp(money.Zero) > 0 && r.Amount.Cmp(taken) <= 0 && (out.IsZero() || out == r.Amount)
}

// DisputeEnd is what becomes of the debt once a chargeback is lost.
type DisputeEnd string

// The ends.
const (
	EndReopened   DisputeEnd = "reopened"    // the tickets are owed again
	EndWrittenOff DisputeEnd = "written_off" // the city has said that they never are
	EndPayers     DisputeEnd = "payers"      // the money was put to no ticket: it was the payer's, and he has it
	EndPerson     DisputeEnd = "person"      // written off, until a person has decided
)

// The reasons for which a person decides.
const (
	WhyRefunded = "refunded_before" // some of it had been given back: the payer may have it twice
	WhyPart     = "part_of_it"      // not the whole payment, which alone is a debt again
	WhyTicket   = "ticket_state"    // a ticket's law does not let it be owed again from where it is
	WhyAgain    = "lost_again"      // it had been lost before, and had come back
)

// Disputed is how the payment of a chargeback stands when it is lost.
type Disputed struct {
	Taken    money.Amount // by the ledger
	Given    money.Amount // what of it is given back, or under way
	Tickets  int          // that it was for
	Reopened int          // of them, those that it has and that may be owed again
	Receipt  bool         // it was put to tickets
}

// EndDispute decides what becomes of the debt, by the city's setting. Only a whole payment that is the city's is a
// debt again: the fee is never the owner's.
func EndDispute(rule city.Reopen, d Dispute, p Disputed) (end DisputeEnd, why string) {
	switch {
	case d.End != "":
		return EndPerson, WhyAgain
	case !p.Receipt && p.Given.IsZero():
		return EndPayers, ""
	case !p.Receipt:
		return EndPerson, WhyRefunded
	case rule == city.ReopenNever:
		return EndWrittenOff, ""
	case !p.Given.IsZero():
		return EndPerson, WhyRefunded
	case d.Amount != p.Taken:
		return EndPerson, WhyPart
	case p.Reopened != p.Tickets || p.Tickets == 0:
		return EndPerson, WhyTicket
	}
	return EndReopened, ""
}

// ClockFrom is the instant from which a reopened ticket's clock is said to have stood still: it goes on with
// as many days as were left then.
func (d Dispute) ClockFrom(rule city.Reopen, p Payment) time.Time {
	if rule == city.ReopenOriginal {
		return p.QuotedAt
	}
	return d.OpenedAt
}
