package processor

import (
	"context"
	"time"

	"fundy/money"
)

// DisputeState is the life of a dispute at the processor: a payer has asked his bank for the money of a payment.
type DisputeState string

// The states of a dispute. An inquiry is the bank's question: no money has moved.
const (
	DisputeInquiry         DisputeState = "inquiry"
	DisputeInquiryAnswered DisputeState = "inquiry_answered"
	DisputeInquiryClosed   DisputeState = "inquiry_closed"
	DisputeOpen            DisputeState = "open"     // the bank has the money, and waits for an answer
	DisputeAnswered        DisputeState = "answered" // the bank decides
	DisputeWon             DisputeState = "won"      // the money comes back
	DisputeLost            DisputeState = "lost"
	DisputePrevented       DisputeState = "prevented" // ended before it was one
	DisputeUnknown         DisputeState = "unknown"   // a word that we do not know
)

// Dispute is how a dispute stands at the processor at one reading. What the payer or anybody else has said in it
// is not read.
type Dispute struct {
	Dispute  string // the processor's id
	Payment  string // the processor's payment id, "" where it names none
	Charge   string // the id by which the processor's balance knows the payment
	State    DisputeState
	Amount   money.Amount // in dispute
	Taken    money.Amount // what the processor has taken off its balance for it so far, without fees
	Returned money.Amount // what of that it has put back
	Fee      money.Amount // what it has kept for its work, less what it has given back of that
	Currency string       // lower case
	Reason   string       // a code
	Answers  int          // how often it was answered
	DueBy    time.Time    // until when it can be answered; zero: it can't, or there is no such day
	OpenedAt time.Time
}

// Disputes is what an adapter says of disputes. It only reads: they are answered at the processor's own pages.
type Disputes interface {
	// Disputes lists the disputes opened at or after since, oldest first.
	Disputes(ctx context.Context, since time.Time) ([]Dispute, error)
	GetDispute(ctx context.Context, dispute string) (Dispute, error)
}
