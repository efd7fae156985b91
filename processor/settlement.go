package processor

import (
	"context"
	"time"

	"fundy/money"
)

// PayoutState is the life of a payout: money on its way from the processor to the city's bank.
type PayoutState string

// The states of a payout. One that is paid can still fail within some days: only the bank's own line says
// that the money is there.
const (
	PayoutPending  PayoutState = "pending"
	PayoutOnItsWay PayoutState = "in_transit"
	PayoutPaid     PayoutState = "paid"
	PayoutFailed   PayoutState = "failed"
	PayoutCanceled PayoutState = "canceled"
)

// Payout is one transfer to the bank; a negative one takes money from the bank.
type Payout struct {
	ID         string
	State      PayoutState
	Amount     money.Amount
	Currency   string // lower case
	Arrival    time.Time
	Automatic  bool   // only an automatic payout can be followed line by line
	Complete   bool   // its lines can be listed
	Descriptor string // what the bank's line says
	Trace      string // the banks' own reference, where there is one
	Failure    string // a code
	CreatedAt  time.Time
}

// LineKind says what a line of the processor's balance is of.
type LineKind string

// The kinds of line. What we have no word for is LineUnknown, and is kept: never dropped, never guessed.
const (
	LineCharge     LineKind = "charge"
	LineRefund     LineKind = "refund"     // money given back, and what of it came back again
	LineChargeback LineKind = "chargeback" // taken back by the payer's bank, or returned after it
	LineFee        LineKind = "fee"
	LineReserve    LineKind = "reserve" // held back by the processor, or let go
	LinePayout     LineKind = "payout"  // the payout's own line
	LineReturned   LineKind = "payout_failure"
	LineUnknown    LineKind = "unknown"
)

// BalanceLine is one line of the processor's balance. Net is Amount less Fee.
type BalanceLine struct {
	ID        string
	Kind      LineKind
	Word      string // the processor's own type and category
	Source    string // id of the charge, refund, dispute or payout that it is of
	Amount    money.Amount
	Fee       money.Amount
	Net       money.Amount
	Currency  string // lower case
	CreatedAt time.Time
}

// Settlements is what an adapter says of the way to the bank. It only reads.
type Settlements interface {
	// Payouts lists the payouts made at or after since, oldest first.
	Payouts(ctx context.Context, since time.Time) ([]Payout, error)
	// PayoutLines lists all lines of an automatic payout that is complete, oldest first.
	PayoutLines(ctx context.Context, payout string) ([]BalanceLine, error)
}
