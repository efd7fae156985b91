// Package payout follows the money from what we captured through the processor's payouts to the bank's lines,
// and says of every cent where it is or why it is not there.
//
// Invariants:
//   - a payout is entered only when the nets of its lines come to its amount, to the cent;
//   - each charge in it is exactly one captured attempt of ours, with the same gross; what is not is kept as
//     unknown, never dropped and never made to fit;
//   - a payout is at most one line of the bank, and a line at most one payout;
//   - every difference has a class and an age. Unknown is what a person has to look at: a day closes only
//     without any.
//
// It does no I/O and takes the time as an argument.
package payout

import (
	"fmt"
	"strings"
	"time"

	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/processor"
)

// Class says why money that was captured is not, or not yet, at the bank.
type Class string

// The classes.
const (
	None       Class = "" // a charge that is ours
	Timing     Class = "timing"
	Fee        Class = "fee"
	Refund     Class = "refund"
	Chargeback Class = "chargeback"
	Reserve    Class = "reserve"
	Unknown    Class = "unknown"
	Stray      Class = "not_ours" // a line of the bank's that is nothing of ours: a person's word alone
)

// Classes are all of them, in the order of a report.
var Classes = []Class{Timing, Fee, Refund, Chargeback, Reserve, Unknown}

// Line is a line of a payout, judged.
type Line struct {
	processor.BalanceLine
	Payout  string
	Attempt payment.AttemptID // of a charge that is ours
	Asked   bool              // a refund that we asked for: the ledger has it already
	Class   Class
	Why     string // of an unknown one, for a person
}

// Capture is money of ours that the processor's balance should know.
type Capture struct {
	Attempt payment.AttemptID
	Amount  money.Amount
	Line    string // of a payout, in which it has been seen
}

// Reading is a payout with its lines, compared with what we captured.
type Reading struct {
	Payout processor.Payout
	Lines  []Line
	Fault  string // why the payout can't be entered; "" when it adds up
}

// Known is what we know of the processor's ids: our captures by their charge, what we asked to be given back by its
// refund, and which disputes are of payments of ours. Without Disputes the processor tells of none, and each
// chargeback is taken at its word.
type Known struct {
	Charges  map[string]Capture
	Refunds  map[string]money.Amount
	Disputes map[string]bool
}

// Read judges a payout's lines by what is known.
func Read(p processor.Payout, lines []processor.BalanceLine, known Known, currency string) Reading {
	r := Reading{Payout: p}
	if !p.Automatic {
		r.Fault = "it was made by hand at the processor, which does not say what is in it: set payouts to automatic, and enter this one by hand"
		return r
	}
	if !strings.EqualFold(p.Currency, currency) {
		r.Fault = fmt.Sprintf("it is in %s, and the city's money is %s", strings.ToUpper(p.Currency), currency)
		return r
	}
	sum, seen, taken := money.Zero, map[string]bool{}, map[payment.AttemptID]bool{}
	for _, l := range lines {
		if seen[l.ID] {
			r.Fault = "the processor lists the line " + l.ID + " twice"
			return r
		}
		seen[l.ID] = true
		if l.Kind == processor.LinePayout && l.Source == p.ID {
			continue
		}
		if !strings.EqualFold(l.Currency, p.Currency) {
			r.Fault = fmt.Sprintf("its line %s is in %s", l.ID, strings.ToUpper(l.Currency))
			return r
		}
		var err error
		if sum, err = sum.Add(l.Net); err != nil {
			r.Fault = "its lines are too large"
			return r
		}
		r.Lines = append(r.Lines, judge(l, p.ID, known, taken))
	}
	if sum != p.Amount {
		difference, _ := p.Amount.Sub(sum)
		r.Fault = fmt.Sprintf("its %d lines come to %s and the payout is %s: %s is not explained. Fetch again; if it stays, ask the processor", len(r.Lines), sum, p.Amount, difference)
	}
	return r
}

// kinds is the class of each kind of line that says by itself what it is.
var kinds = map[processor.LineKind]Class{
	processor.LineRefund: Refund, processor.LineChargeback: Chargeback, processor.LineFee: Fee, processor.LineReserve: Reserve, processor.LineReturned: None,
}

func judge(l processor.BalanceLine, payout string, known Known, taken map[payment.AttemptID]bool) Line {
	out := Line{BalanceLine: l, Payout: payout}
	if class, ok := kinds[l.Kind]; ok {
		out.Class = class
		back, ok := known.Refunds[l.Source]
		out.Asked = ok && class == Refund && (l.Amount == back || l.Amount == back.Neg())
		if class == Chargeback && known.Disputes != nil && !known.Disputes[l.Source] {
			out.Class, out.Why = Unknown, "a chargeback of none of our payments, or of one that does not fit: look among the chargebacks, and ask the processor"
		}
		return out
	}
	out.Class = Unknown
	if l.Kind != processor.LineCharge {
		out.Why = fmt.Sprintf("the processor calls it %q, which is none of the types we know", l.Word)
		return out
	}
	c, ok := known.Charges[l.Source]
	switch {
	case !ok:
		out.Why = "a charge that is none of our captures: somebody else takes money on this account, or it was taken by hand"
	case c.Line != "" && c.Line != l.ID || taken[c.Attempt]:
		out.Why = fmt.Sprintf("a second charge for the payment %s, which has come already", c.Attempt.Ref())
	case c.Amount != l.Amount:
		out.Why = fmt.Sprintf("the charge is %s, and we captured %s (payment %s)", l.Amount, c.Amount, c.Attempt.Ref())
	default:
		out.Class, out.Attempt = None, c.Attempt
		taken[c.Attempt] = true
	}
	return out
}

// from is the account that a line's amount comes out of. A refund of ours was put to its tickets when the
// processor had done it, out of clearing: there its line finds it.
func (l Line) from() ledger.Account {
	if l.Asked {
		return ledger.Clearing
	}
	return AccountOf(l.Class)
}

// AccountOf is the account of a class: what a line of it is posted out of.
func AccountOf(c Class) ledger.Account {
	switch c {
	case None:
		return ledger.Clearing
	case Refund:
		return ledger.RefundsElsewhere
	case Chargeback:
		return ledger.Chargebacks
	case Reserve:
		return ledger.Reserve
	case Fee:
		return ledger.Fees
	}
	return ledger.Suspense
}

// LineEntries is what the ledger enters of lines of a payout. open moves an instant that lies in a closed day to
// the first open one.
func LineEntries(lines []Line, now time.Time, open func(time.Time) time.Time) []ledger.Entry {
	all := make([]ledger.Entry, 0, len(lines))
	for _, l := range lines {
		all = appendEntry(all, ledger.InPayout, l.ID, now, open(l.CreatedAt), ledger.ForLine(l.Payout, l.from(), l.Amount, l.Fee))
	}
	return all
}

// PaidOut is what the ledger enters of the payout itself: none for one of nothing.
func (r Reading) PaidOut(now time.Time, open func(time.Time) time.Time) []ledger.Entry {
	return appendEntry(nil, ledger.PaidOut, r.Payout.ID, now, open(r.Payout.CreatedAt), ledger.ForPayout(r.Payout.ID, r.Payout.Amount))
}

func appendEntry(all []ledger.Entry, kind ledger.Kind, ref string, now, effective time.Time, postings []ledger.Posting) []ledger.Entry {
	if len(postings) == 0 {
		return all
	}
	return append(all, ledger.Entry{ID: string(kind) + "-" + ref, Kind: kind, Ref: ref, Entered: now, Effective: effective, Postings: postings})
}
