package payout

import (
	"fmt"
	"strings"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
)

// SlipAsk is what a person says of a deposit.
type SlipAsk struct {
	Account   string // by its name in the ledger
	Day       city.Date
	Reference string // of the slip, or the number of the terminal's batch
	Batches   []payment.BatchID
	Total     money.Amount // of a terminal's batch, as its own report says
	By        string
}

// SlipRefusal says why a deposit was not made. Nothing has been written.
type SlipRefusal struct {
	Reason string
	Batch  payment.BatchID
	Amount money.Amount
}

func (r *SlipRefusal) Error() string { return "deposit refused: " + r.Reason }

// The reasons.
const (
	RefusedWho       = "who"
	RefusedAccount   = "account" // none of the city's
	RefusedDay       = "day"     // to come, or long ago
	RefusedReference = "reference"
	RefusedBatches   = "batches"     // none, too many, or one twice
	RefusedNotClosed = "not_closed"  // a batch that is open, or in a deposit already
	RefusedKind      = "batch_kind"  // a terminal's batch on a slip, or the other way round
	RefusedNothing   = "nothing"     // it comes to nothing
	RefusedState     = "slip_state"  // the bank has shown it already
	RefusedLine      = "line"        // not a line of this account for such a deposit, or one that is something already
	RefusedWhy       = "why"         // nothing says why it is accepted
	RefusedSame      = "same_person" // who has made the slip does not accept what the bank has
	RefusedMuch      = "too_different"
)

// Limits of a deposit.
const (
	batchesMost = 200
	slipOldest  = 60 // days
)

// acceptMost is how much a slip and its line may differ by for a person to accept it.
var acceptMost = money.FromMinor(200_00)

// CheckSlip decides whether a deposit of a kind may be made as it is described, before its batches are looked at.
func (r Rules) CheckSlip(kind SlipKind, ask SlipAsk, today city.Date) *SlipRefusal {
	seen := map[payment.BatchID]bool{}
	for _, b := range ask.Batches {
		if seen[b] {
			return &SlipRefusal{Reason: RefusedBatches, Batch: b}
		}
		seen[b] = true
	}
	switch {
	case !payment.StaffName(ask.By):
		return &SlipRefusal{Reason: RefusedWho}
	case !r.Named(ask.Account):
		return &SlipRefusal{Reason: RefusedAccount}
	case ask.Day.Compare(today) > 0 || ask.Day.Compare(today.AddDays(-slipOldest)) < 0:
		return &SlipRefusal{Reason: RefusedDay}
	case !SlipReference(ask.Reference):
		return &SlipRefusal{Reason: RefusedReference}
	case len(ask.Batches) == 0 || len(ask.Batches) > batchesMost || kind == TerminalSlip && len(ask.Batches) != 1:
		return &SlipRefusal{Reason: RefusedBatches}
	case kind == TerminalSlip && ask.Total.Cmp(money.Zero) <= 0:
		return &SlipRefusal{Reason: RefusedNothing}
	}
	return nil
}

// FitsSlip decides whether a batch may go into a deposit of a kind.
func FitsSlip(kind SlipKind, b payment.Batch) *SlipRefusal {
	switch {
	case b.State != payment.BatchClosed:
		return &SlipRefusal{Reason: RefusedNotClosed, Batch: b.ID}
	case (b.Kind == payment.TerminalBatch) != (kind == TerminalSlip):
		return &SlipRefusal{Reason: RefusedKind, Batch: b.ID}
	}
	return nil
}

// AcceptSlip decides whether a person may say that a line of the bank is a deposit although they differ, and by how
// much it is short.
func (r Rules) AcceptSlip(s Slip, l BankLine, claim Claim, by, why string) (short money.Amount, no *SlipRefusal) {
	switch {
	case !payment.StaffName(by):
		return short, &SlipRefusal{Reason: RefusedWho}
	case by == s.By:
		return short, &SlipRefusal{Reason: RefusedSame}
	}
	if short, no = r.Acceptable(s, l, claim); no != nil {
		return short, no
	}
	if strings.TrimSpace(why) == "" || len(why) > 300 || strings.ContainsAny(why, "\r\n") {
		return short, &SlipRefusal{Reason: RefusedWhy}
	}
	return short, nil
}

// Acceptable says whether a line of the bank can be a deposit although they differ, whoever says so, and by how much it is
// short.
func (r Rules) Acceptable(s Slip, l BankLine, claim Claim) (short money.Amount, no *SlipRefusal) {
	short, err := s.Amount.Sub(l.Amount)
	switch {
	case s.State == SlipBanked:
		return short, &SlipRefusal{Reason: RefusedState}
	case r.AccountName(l.Account) != s.Account, (claim == Terminal) != (s.Kind == TerminalSlip), claim != Terminal && claim != Deposit:
		return short, &SlipRefusal{Reason: RefusedLine}
	case err != nil || short.Cmp(acceptMost) > 0 || short.Cmp(acceptMost.Neg()) < 0:
		return short, &SlipRefusal{Reason: RefusedMuch, Amount: short}
	}
	return short, nil
}

// String names a deposit for a message.
func (s Slip) String() string { return fmt.Sprintf("%s of %s", s.name(), s.Amount) }
