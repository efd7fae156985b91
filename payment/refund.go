package payment

import (
	"fmt"
	"time"

	"fundy/money"
	"fundy/ticket"
)

// RefundID is a refund's opaque id. It is no secret: it stands in logs and at the processor.
type RefundID string

// Way is how money is given back.
type Way string

// The ways. A cheque is for cash, and for a card that has been closed; its payee is not here.
const (
	ByProcessor Way = "processor"
	ByCheque    Way = "cheque"
	ByTerminal  Way = "terminal" // on the city's own terminal, with the payer's card in it
)

// RefundWays are the ways in which an attempt's money can be given back. What was taken at the counter goes back on
// the terminal or by cheque, and cash by cheque only; what the processor took goes back to the card or by cheque.
func RefundWays(a Attempt) []Way {
	if a.Adapter == CounterAdapter {
		return []Way{ByTerminal, ByCheque}
	}
	return []Way{ByProcessor, ByCheque}
}

// PossibleWays are the RefundWays that an attempt's money can go back by now, the one first that can take all that is left:
// on the terminal what was paid there, to the card what the processor knows of.
func PossibleWays(a Attempt, left, onTerminal money.Amount) []Way {
	switch {
	case a.Adapter != CounterAdapter && a.ProcessorRef != "":
		return []Way{ByProcessor, ByCheque}
	case a.Adapter != CounterAdapter, onTerminal.Cmp(money.Zero) <= 0:
		return []Way{ByCheque}
	case onTerminal.Cmp(left) < 0:
		return []Way{ByCheque, ByTerminal}
	}
	return []Way{ByTerminal, ByCheque}
}

// RefundState is where a refund is.
type RefundState string

// The states of a refund.
const (
	RefundNew         RefundState = "new"
	RefundAsked       RefundState = "asked"
	RefundRefused     RefundState = "refused" // by a person
	RefundApproved    RefundState = "approved"
	RefundSending     RefundState = "sending"      // the processor is being asked for it
	RefundPending     RefundState = "pending"      // the processor has it and has not done it yet
	RefundSucceeded   RefundState = "succeeded"    // given back, and in the ledger
	RefundFailed      RefundState = "failed"       // the processor has said no: nothing was given back
	RefundCanceled    RefundState = "canceled"     // ended at the processor before it was given back
	RefundFailedLater RefundState = "failed_later" // given back, and came back: the money is here again
	RefundStopped     RefundState = "stopped"      // what the processor says does not fit: a person decides
	RefundToIssue     RefundState = "to_issue"     // a cheque is to be written
	RefundIssued      RefundState = "issued"
	RefundCleared     RefundState = "cleared"
	RefundReturned    RefundState = "returned" // by the post: still the payer's
	RefundStale       RefundState = "stale"    // never cashed: still the payer's
	RefundEnded       RefundState = "ended"    // by two people, before anything was given back
)

// RefundEvent is what moves a refund.
type RefundEvent string

// The events.
const (
	AskedFor       RefundEvent = "asked_for"
	Approve        RefundEvent = "approve"
	Refuse         RefundEvent = "refuse"
	SendAsked      RefundEvent = "send_asked"
	ChequeAsked    RefundEvent = "cheque_asked"
	GoesBack       RefundEvent = "goes_back" // the processor has taken it on
	WentBack       RefundEvent = "went_back" // the payer has it
	CameToNothing  RefundEvent = "came_to_nothing"
	EndedBefore    RefundEvent = "ended_before"
	RefundMisfit   RefundEvent = "does_not_fit"
	PersonWentBack RefundEvent = "person_says_went_back"
	PersonNothing  RefundEvent = "person_says_nothing"
	ChequeIssued   RefundEvent = "cheque_issued"
	ChequeCleared  RefundEvent = "cheque_cleared"
	ChequeReturned RefundEvent = "cheque_returned"
	ChequeStale    RefundEvent = "cheque_stale"
	AskedAgain     RefundEvent = "asked_again" // the payer has said where it goes to
	TerminalDone   RefundEvent = "terminal_done"
	EndedByPeople  RefundEvent = "ended_by_two"
)

// RefundLine is one edge of the table of refunds.
type RefundLine struct {
	From  RefundState
	Event RefundEvent
	To    RefundState
	// Forced edges follow the processor against what we had concluded; each raises an alarm.
	Forced bool
}

// RefundTable is every move that a refund can make. What is not here does not happen.
var RefundTable = []RefundLine{
	{From: RefundNew, Event: AskedFor, To: RefundAsked},
	{From: RefundAsked, Event: Approve, To: RefundApproved},
	{From: RefundAsked, Event: Refuse, To: RefundRefused},

	{From: RefundApproved, Event: SendAsked, To: RefundSending},
	{From: RefundSending, Event: GoesBack, To: RefundPending},
	{From: RefundSending, Event: WentBack, To: RefundSucceeded},
	{From: RefundSending, Event: CameToNothing, To: RefundFailed},
	{From: RefundSending, Event: EndedBefore, To: RefundCanceled},
	{From: RefundSending, Event: RefundMisfit, To: RefundStopped},
	{From: RefundPending, Event: WentBack, To: RefundSucceeded},
	{From: RefundPending, Event: CameToNothing, To: RefundFailed},
	{From: RefundPending, Event: EndedBefore, To: RefundCanceled},
	{From: RefundPending, Event: RefundMisfit, To: RefundStopped},
	{From: RefundStopped, Event: PersonWentBack, To: RefundSucceeded},
	{From: RefundStopped, Event: PersonNothing, To: RefundFailed},

	// The card was closed since, say: the processor has the money again, and so have we.
	{From: RefundSucceeded, Event: CameToNothing, To: RefundFailedLater, Forced: true},
	{From: RefundSucceeded, Event: EndedBefore, To: RefundFailedLater, Forced: true},

	{From: RefundApproved, Event: ChequeAsked, To: RefundToIssue},
	{From: RefundToIssue, Event: ChequeIssued, To: RefundIssued},
	{From: RefundIssued, Event: ChequeCleared, To: RefundCleared},
	{From: RefundIssued, Event: ChequeReturned, To: RefundReturned},
	{From: RefundIssued, Event: ChequeStale, To: RefundStale},
	// What came back or was never cashed is written anew, to where the payer says.
	{From: RefundReturned, Event: AskedAgain, To: RefundToIssue},
	{From: RefundStale, Event: AskedAgain, To: RefundToIssue},
	// A bank may pay a cheque after its six months.
	{From: RefundStale, Event: ChequeCleared, To: RefundCleared, Forced: true},

	{From: RefundApproved, Event: TerminalDone, To: RefundSucceeded},

	// Only so is money that is owed by cheque, or on the terminal, free to go back in another way.
	{From: RefundApproved, Event: EndedByPeople, To: RefundEnded},
	{From: RefundToIssue, Event: EndedByPeople, To: RefundEnded},
	{From: RefundReturned, Event: EndedByPeople, To: RefundEnded},
	{From: RefundStale, Event: EndedByPeople, To: RefundEnded},
}

// Final says whether nothing more is expected of s. A forced edge may still leave one.
func (s RefundState) Final() bool {
	switch s {
	case RefundRefused, RefundSucceeded, RefundFailed, RefundCanceled, RefundFailedLater, RefundCleared, RefundEnded:
		return true
	}
	return false
}

// Counts says whether a refund in s has given money back, still may, or owes it by cheque: it is taken off what can
// be refunded. A cheque that came back or was never cashed is owed to its payer, and no second refund of it can be
// asked for until two people have ended this one.
func (s RefundState) Counts() bool {
	switch s {
	case RefundRefused, RefundFailed, RefundCanceled, RefundFailedLater, RefundEnded:
		return false
	}
	return true
}

// Given says whether a refund in s is in the ledger: given back, or owed to its payer by cheque.
func (s RefundState) Given() bool {
	switch s {
	case RefundSucceeded, RefundToIssue, RefundIssued, RefundCleared, RefundReturned, RefundStale:
		return true
	}
	return false
}

// ErrRefundUnexpected is an event that has no line in the table of refunds. It is recorded and alarmed, and
// the refund stays where it is.
type ErrRefundUnexpected struct {
	From  RefundState
	Event RefundEvent
}

func (e ErrRefundUnexpected) Error() string {
	return fmt.Sprintf("refund in state %s does not know the event %s", e.From, e.Event)
}

// NextRefund is the line that an event takes, or ErrRefundUnexpected.
func NextRefund(from RefundState, event RefundEvent) (RefundLine, error) {
	for _, l := range RefundTable {
		if l.From == from && l.Event == event {
			return l, nil
		}
	}
	return RefundLine{}, ErrRefundUnexpected{From: from, Event: event}
}

// Refund is money of one attempt that is to be given back.
type Refund struct {
	ID           RefundID
	Attempt      AttemptID
	Way          Way
	State        RefundState
	Amount       money.Amount
	Reason       RefundReason
	Reopen       bool         // the tickets are to be owed again
	Parts        []RefundPart // ascending by ticket; they add up to Amount
	AskedBy      string       // a member of staff, by the name that he signs in with
	AskedAt      time.Time
	DecidedBy    string
	DecidedAt    time.Time
	ProcessorRef string // the processor's refund id
	Failure      string // why it came to nothing: a code of the processor's
	ReopenedAt   time.Time
	RefreshedAt  time.Time // when the processor was last asked
	NextAt       time.Time // when the sweeper looks again; zero: never
	Version      int64
}

// RefundPart is what is given back of one ticket, or, where Ticket is "", of money that was put to none.
type RefundPart struct {
	Ticket ticket.ID
	Amount money.Amount
}
