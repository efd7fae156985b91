// Package ledger holds accounts and postings, and the rules that say which event posts what.
// It does no I/O and takes the time as an argument.
//
// Invariants:
//   - a posting is one movement of a positive amount between two accounts, so every transaction
//     sums to zero by its form;
//   - issue posts what is due on the day of issue, component by component; nothing is posted
//     because a day has passed; a capture first posts the difference up to the frozen quote;
//   - a paid ticket's receivable is zero, by component;
//   - a refund does not make its ticket owed again: only an entry of its own does.
package ledger

import (
	"time"

	"fundy/money"
	"fundy/ticket"
)

// Account is the name of an account: "receivable:penalty", "revenue:parking:penalty".
type Account string

// Posting is one movement between two accounts. Amount is in minor units and greater than zero.
type Posting struct {
	Debit     Account
	Credit    Account
	Amount    money.Amount
	Ticket    ticket.ID
	Component ticket.ComponentKind
}

// Kind is the event that an entry is of.
type Kind string

// The kinds of entry.
const (
	Issued   Kind = "issue"
	Captured Kind = "capture"
	Released Kind = "release"
	Voided   Kind = "void"
	Imported Kind = "import_paid" // paid before it came to us
	// Unallocated is money that was taken and is put to no ticket.
	Unallocated Kind = "unallocated"
	// Refunded is money that was given back; a refund that fails later is posted back by RefundFailed.
	Refunded     Kind = "refund"
	RefundFailed Kind = "refund_failed"
	// DebtReopened makes a ticket owed again, whose payment was given back.
	DebtReopened Kind = "reopen"
	// What becomes of a chargeback's money, by where it was and is.
	DisputeHeld     Kind = "dispute_held"
	DisputeReturned Kind = "dispute_returned"
	DisputeLost     Kind = "dispute_lost"
	DisputeRegained Kind = "dispute_regained"
	DisputeReopened Kind = "dispute_reopen"
	// InPayout is a line of a payout, PaidOut the payout itself, PayoutFailed its end; AtBank the bank's line.
	InPayout     Kind = "processor_line"
	PaidOut      Kind = "payout"
	PayoutFailed Kind = "payout_failed"
	AtBank       Kind = "bank_line"
	Explained    Kind = "explained"
	// RefundKnown moves a line of a payout that was taken for somebody else's refund to where ours are.
	RefundKnown Kind = "refund_known"
	// RefundChequeIssued is a cheque of the city's for a refund; the other three are how it ends.
	RefundChequeIssued   Kind = "refund_cheque_issued"
	RefundChequeCleared  Kind = "refund_cheque_cleared"
	RefundChequeReturned Kind = "refund_cheque_returned"
	RefundChequeStale    Kind = "refund_cheque_stale"
)

// Entry is a transaction of the ledger: what one event posts. (Kind, Ref) is its key: an event
// posts once, whoever replays it.
type Entry struct {
	ID        string
	Kind      Kind
	Ref       string    // the ticket's id for an issue or void, the attempt's for a capture, the refund's for what became of one
	Entered   time.Time // when it was written
	Effective time.Time // when it counts as made: a capture's is the quote's instant
	Postings  []Posting
}
