package payment

import (
	"strings"
	"time"

	"fundy/money"
)

// ExceptionKind says what a person has to look at.
type ExceptionKind string

// The kinds of exception.
const (
	ExceptionUnallocated ExceptionKind = "unallocated" // money that is put to no ticket
	ExceptionOverpaid    ExceptionKind = "overpaid"    // more was received than was due
	ExceptionStopped     ExceptionKind = "stopped"     // what the processor says does not fit its attempt
	ExceptionRefund      ExceptionKind = "refund"      // one that came to nothing, came back, or does not fit
	ExceptionCheque      ExceptionKind = "cheque"      // one of ours that came back or was never cashed
	ExceptionReturned    ExceptionKind = "returned"    // one of a payer's that his bank did not pay
	ExceptionChargeback  ExceptionKind = "chargeback"
	ExceptionItem        ExceptionKind = "item"    // received, and nothing that can be taken
	ExceptionFeed        ExceptionKind = "feed"    // what should have arrived and has not
	ExceptionPayout      ExceptionKind = "payout"  // it can't be entered, or it failed
	ExceptionLine        ExceptionKind = "line"    // of the processor's or the bank's, that nobody can explain
	ExceptionLapsed      ExceptionKind = "lapsed"  // a hold that ended before we took it: its payer is to be told
	ExceptionDrawer      ExceptionKind = "drawer"  // what was counted is not what should be there
	ExceptionDeposit     ExceptionKind = "deposit" // the bank has another amount than the slip
	ExceptionTicket      ExceptionKind = "ticket"  // a ticket's debt stands in an unusual way
	ExceptionMail        ExceptionKind = "mail"    // a message that its reader has not been given
	ExceptionFile        ExceptionKind = "file"    // of tickets, that came by the folder and is not applied by itself
)

// The roles that own a kind of exception until a person takes it.
const (
	RoleFinance    = "finance"
	RoleSupervisor = "supervisor"
	RoleOperator   = "operator"
)

// ExceptionRule is a line of the table of exceptions.
type ExceptionRule struct {
	Kind  ExceptionKind
	Owner string // the role that has it first
	Days  int    // calendar days until it is overdue, where it has no due date of its own
	Next  string // what its owner does
}

// ExceptionTable says of each kind who has it first, how long it may wait, and what is done about it.
var ExceptionTable = []ExceptionRule{
	{ExceptionUnallocated, RoleFinance, 7, "Find out whose it is, and give it back: fundy refund ask."},
	{ExceptionOverpaid, RoleFinance, 7, "Give the difference back: fundy refund ask."},
	{ExceptionStopped, RoleSupervisor, 1, "Compare with the processor's own pages and decide: release it, or keep what was taken."},
	{ExceptionRefund, RoleFinance, 3, "Read why, and give the money back in another way: fundy refund ask."},
	{ExceptionCheque, RoleFinance, 14, "Ask the payer for an address, and have it written anew. The money stays the payer's."},
	{ExceptionReturned, RoleFinance, 14, "Write to the payer: the ticket is owed again, and not by cheque."},
	{ExceptionChargeback, RoleFinance, 7, "Answer it at the processor before its due date, with the receipt and the quote."},
	{ExceptionItem, RoleSupervisor, 5, "Return it with a letter, or resolve it with a payment."},
	{ExceptionFeed, RoleOperator, 1, "Ask for what has not arrived."},
	{ExceptionPayout, RoleFinance, 3, "Read why it can't be entered, and ask the processor."},
	{ExceptionLine, RoleFinance, 3, "Say what it is: fundy settle explain."},
	{ExceptionLapsed, RoleSupervisor, 2, "Tell the payer: nothing was taken, and the price holds."},
	{ExceptionDrawer, RoleSupervisor, 2, "Count again with the clerk, and note what came of it."},
	{ExceptionDeposit, RoleFinance, 3, "Compare slip and statement, and ask the bank."},
	{ExceptionTicket, RoleSupervisor, 7, "Read the ticket's history, and decide."},
	{ExceptionMail, RoleSupervisor, 7, "What it tells of stands. A payer finds the receipt on the portal, by the ticket's number and plate; to the party of a review, post the answer as a letter."},
	{ExceptionFile, RoleFinance, 1, "Look at what it would come to, on the page for files, and apply or refuse it there."},
}

// Rule is a kind's line of the table; one that it does not know is a supervisor's, at once.
func (k ExceptionKind) Rule() ExceptionRule {
	for _, l := range ExceptionTable {
		if l.Kind == k {
			return l
		}
	}
	return ExceptionRule{Kind: k, Owner: RoleSupervisor, Next: "Find out what it is."}
}

// Exception is something that a person has to look at. (Kind, Ref) opens once.
type Exception struct {
	ID       string
	Kind     ExceptionKind
	Ref      string       // what it is about: an opaque id that may stand in a log
	Amount   money.Amount // that is in question; zero where none is
	Owner    string       // a role, or who has taken it
	OpenedAt time.Time
	DueAt    time.Time
	ClosedAt time.Time // zero: it is open
	ClosedBy string    // "" where what it was about has come right by itself
	Outcome  string
	Version  int64
}

// Raise makes an exception at now. One without a due date has its kind's.
func Raise(kind ExceptionKind, ref string, amount money.Amount, due, now time.Time) Exception {
	line := kind.Rule()
	if due.IsZero() {
		due = now.AddDate(0, 0, line.Days)
	}
	return Exception{Kind: kind, Ref: ref, Amount: amount, Owner: line.Owner, OpenedAt: now, DueAt: due}
}

// Overdue says whether it has waited longer than it may.
func (e Exception) Overdue(now time.Time) bool { return e.ClosedAt.IsZero() && now.After(e.DueAt) }

// ExceptionAct is what a person does to an exception.
type ExceptionAct string

// The acts.
const (
	ExceptionOpened ExceptionAct = "opened"
	ExceptionTaken  ExceptionAct = "taken" // its owner is another
	ExceptionNoted  ExceptionAct = "noted"
	ExceptionClosed ExceptionAct = "closed"
)

// ExceptionRefusal says why a person's act was not written.
type ExceptionRefusal struct{ Reason string }

func (r *ExceptionRefusal) Error() string { return "exception refused: " + r.Reason }

// The reasons against an act.
const (
	RefusedClosed = "closed" // it is closed already
	RefusedNote   = "note"   // empty, too long, or of more than one line
	RefusedStands = "stands" // it closes by itself, when what it is about has come right
	// RefusedOwnDrawer: what is over or short in a drawer is closed by another than the clerk who had it.
	RefusedOwnDrawer = "own_drawer"
)

// exceptionNoteMost bounds what a person says, in bytes.
const exceptionNoteMost = 300

// byItself are the kinds that only what they are about can close: a person's word does not move money.
var byItself = map[ExceptionKind]bool{ExceptionUnallocated: true, ExceptionOverpaid: true, ExceptionStopped: true, ExceptionItem: true, ExceptionFile: true}

// ActOnException decides whether a person may do something to an exception.
func ActOnException(e Exception, act ExceptionAct, by, note string) *ExceptionRefusal {
	switch {
	case !e.ClosedAt.IsZero():
		return &ExceptionRefusal{RefusedClosed}
	case !StaffName(by):
		return &ExceptionRefusal{RefusedWho}
	case act != ExceptionTaken && CheckNote(note) != nil, len(note) > exceptionNoteMost, strings.ContainsAny(note, "\r\n"):
		return &ExceptionRefusal{RefusedNote}
	case act == ExceptionClosed && byItself[e.Kind]:
		return &ExceptionRefusal{RefusedStands}
	}
	return nil
}

// CheckNote wants what a person says in one line that is not too long.
func CheckNote(note string) *ExceptionRefusal {
	if strings.TrimSpace(note) == "" || len(note) > exceptionNoteMost || strings.ContainsAny(note, "\r\n") {
		return &ExceptionRefusal{RefusedNote}
	}
	return nil
}
