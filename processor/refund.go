package processor

import (
	"context"

	"fundy/money"
)

// RefundState is the life of a refund at the processor.
type RefundState string

// The states of a refund.
const (
	RefundPending   RefundState = "pending" // taken on; the payer does not have it yet
	RefundSucceeded RefundState = "succeeded"
	RefundFailed    RefundState = "failed" // also after it had succeeded: the money is at the processor again
	RefundCanceled  RefundState = "canceled"
)

// RefundReason is what the processor is told of why.
type RefundReason string

// The reasons.
const (
	RefundDuplicate RefundReason = "duplicate"
	RefundRequested RefundReason = "requested_by_customer"
)

// CreateRefund is everything that a new refund is made of, frozen and stored before the first call.
type CreateRefund struct {
	Refund  string       // our refund's id; comes back as RefundSnapshot.OurRef
	Payment string       // the processor's payment id
	Amount  money.Amount // minor units
	Reason  RefundReason
}

// RefundSnapshot is how a refund stands at the processor at one reading.
type RefundSnapshot struct {
	Refund   string // the processor's refund id
	Payment  string // the processor's payment id
	State    RefundState
	Amount   money.Amount
	Currency string
	OurRef   string // CreateRefund.Refund
	Failure  string // a code: why it failed
}

// Refunder gives back what was taken. When Refund returns nil, the refund exists at the processor; when it
// returns an error, see Class.
type Refunder interface {
	Refund(ctx context.Context, p CreateRefund, key Key) (RefundSnapshot, error)
	GetRefund(ctx context.Context, refund string) (RefundSnapshot, error)
	// FindRefund looks for our refund among those of a payment. Two that are both ours are a Misfit.
	FindRefund(ctx context.Context, payment, ourRefund string) (RefundSnapshot, bool, error)
}
