package payment

import (
	"fmt"
	"strings"
	"time"

	"fundy/money"
	"fundy/ticket"
)

// CorrectionKind is what two people decide about money that is here.
type CorrectionKind string

// The kinds of correction. All but the first end an attempt that stopped.
const (
	CorrectTransfer CorrectionKind = "transfer" // the money is put to another ticket
	CorrectRelease  CorrectionKind = "release"  // what is set aside is given back
	CorrectPut      CorrectionKind = "put"      // what was taken pays the tickets that it was for
	CorrectKeep     CorrectionKind = "keep"     // what was taken stays put to no ticket, and is given back by a refund
	CorrectFree     CorrectionKind = "free"     // the processor has nothing: the tickets are owed again
)

// CorrectionState is where a correction is.
type CorrectionState string

// The states of a correction: it is asked for, and then it is done or refused, at once.
const (
	CorrectionAsked   CorrectionState = "asked"
	CorrectionRefused CorrectionState = "refused"
	CorrectionDone    CorrectionState = "done"
)

// Correction is one of them, with who asked and who decided.
type Correction struct {
	ID        string
	Kind      CorrectionKind
	Attempt   AttemptID
	From, To  ticket.ID    // of a transfer
	Amount    money.Amount // that it is about, in minor units
	Rest      money.Amount // of a transfer: what the new ticket costs less
	Why       string
	State     CorrectionState
	AskedBy   string
	AskedAt   time.Time
	DecidedBy string
	DecidedAt time.Time
	Version   int64
}

// CorrectionRefusal says why nothing was asked for, approved or refused. Nothing has been written.
type CorrectionRefusal struct {
	Reason string
	Amount money.Amount // what the reason is about
}

func (r *CorrectionRefusal) Error() string { return fmt.Sprintf("correction refused: %s", r.Reason) }

// The reasons for which a correction goes no further, beside those of refunds.
const (
	RefusedGiven      = "given_back"   // a part of it is given back, or asked for
	RefusedSameTicket = "same_ticket"  // it is there
	RefusedCanUndo    = "can_undo"     // an entry that is not deposited yet is undone, and made anew
	RefusedPaidTarget = "target_paid"  // the payer has paid twice: a refund
	RefusedReview     = "review"       // a review of the target is to be decided first
	RefusedCostsMore  = "costs_more"   // than was paid
	RefusedNothingDue = "nothing_due"  // on the target
	RefusedNotIssued  = "not_issued"   // when the payment was made
	RefusedUnderWay   = "under_way"    // something else is asked for
	RefusedNotStopped = "not_stopped"  // the attempt goes its way by itself
	RefusedWasTaken   = "was_taken"    // it can't be released any more: a refund
	RefusedNotTheSum  = "not_the_sum"  // what was taken is not what the tickets cost
	RefusedNotOwed    = "not_owed"     // one of the tickets has changed since
	RefusedNotHere    = "nothing_here" // no money of it is in the books
)

// correctionWhyMost bounds what a person says, in bytes.
const correctionWhyMost = 300

// againstSaying is the reason against who asks for a correction and what he says of it, or "".
func againstSaying(by, why string) string {
	switch {
	case !StaffName(by):
		return RefusedWho
	case strings.TrimSpace(why) == "" || len(why) > correctionWhyMost || strings.ContainsAny(why, "\r\n"):
		return RefusedNote
	}
	return ""
}

// DecideCorrection says whether a person may approve or refuse a correction, or the reason against it. Who has
// asked can take his own asking back, and never approve it.
func DecideCorrection(c Correction, approve bool, by string) *CorrectionRefusal {
	switch {
	case c.State != CorrectionAsked:
		return &CorrectionRefusal{Reason: RefusedDecided}
	case !StaffName(by):
		return &CorrectionRefusal{Reason: RefusedWho}
	case approve && by == c.AskedBy:
		return &CorrectionRefusal{Reason: RefusedSamePerson}
	}
	return nil
}

// StoppedAsk is what a person asks for about an attempt that stopped.
type StoppedAsk struct {
	Kind CorrectionKind
	Why  string
	By   string
}

// AskStopped decides whether the end of an attempt that stopped may wait for a second person. taken is what the
// books have of it, put to no ticket; has says whether it still has its tickets, and tickets are these as they
// stand: those that it has not must be owed as they were frozen to be paid by it now.
func AskStopped(ask StoppedAsk, a Attempt, taken, given money.Amount, frozen []Frozen, tickets map[ticket.ID]Candidate, has bool, now time.Time) (Correction, *CorrectionRefusal) {
	c := Correction{Kind: ask.Kind, Attempt: a.ID, Amount: taken, Why: ask.Why, AskedBy: ask.By, AskedAt: now}
	if reason := againstSaying(ask.By, ask.Why); reason != "" {
		return c, &CorrectionRefusal{Reason: reason}
	}
	if a.State != Stopped {
		return c, &CorrectionRefusal{Reason: RefusedNotStopped}
	}
	here := taken.Cmp(money.Zero) > 0
	switch ask.Kind {
	case CorrectRelease:
		if here {
			return c, &CorrectionRefusal{Reason: RefusedWasTaken, Amount: taken}
		}
		if a.ProcessorRef == "" {
			return c, &CorrectionRefusal{Reason: RefusedNoPayment}
		}
		c.Amount = a.Amount
	case CorrectKeep:
		if !here {
			return c, &CorrectionRefusal{Reason: RefusedNotHere}
		}
	case CorrectFree:
		if here {
			return c, &CorrectionRefusal{Reason: RefusedWasTaken, Amount: taken}
		}
	case CorrectPut:
		return c, againstPut(a, taken, given, frozen, tickets, has)
	default:
		return c, &CorrectionRefusal{Reason: RefusedReason}
	}
	return c, nil
}

// againstPut is the reason against paying tickets with money that was taken for them by an attempt that stopped.
func againstPut(a Attempt, taken, given money.Amount, frozen []Frozen, tickets map[ticket.ID]Candidate, has bool) *CorrectionRefusal {
	switch {
	case taken.Cmp(money.Zero) <= 0:
		return &CorrectionRefusal{Reason: RefusedNotHere}
	case !given.IsZero():
		return &CorrectionRefusal{Reason: RefusedGiven, Amount: given}
	case taken != a.Amount || len(frozen) == 0:
		return &CorrectionRefusal{Reason: RefusedNotTheSum, Amount: taken}
	}
	if _, reason := Allocate(frozen, tickets); reason != "" && !has {
		return &CorrectionRefusal{Reason: RefusedNotOwed}
	}
	return nil
}
