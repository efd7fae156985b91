package payment

import (
	"slices"
	"strings"
	"time"

	"fundy/city"
	"fundy/money"
)

// ReturnedID is the opaque id of a cheque that came back; ChargeID of a debt beside a ticket. They are no secrets.
type (
	ReturnedID string
	ChargeID   string
)

// ReturnedCheque is a tender that its payer's bank did not pay.
type ReturnedCheque struct {
	ID         ReturnedID
	Tender     TenderID
	Attempt    AttemptID
	Amount     money.Amount
	Reason     string    // "nsf", "stopped", … of ReturnReasons
	ReceivedOn city.Date // when the city had it from its payer
	ReturnedOn city.Date
	InHand     bool   // it was in no deposit: the bank never had it
	By         string // "": the bank's own line told of it first
	At         time.Time
	BankLine   string // "" while the bank has not shown it
	Version    int64
}

// ReturnReasons are why a cheque comes back.
var ReturnReasons = []string{"nsf", "stopped", "closed_account", "signature", "stale", "refused"}

// ReturnRefusal says why a cheque was not entered as returned. Nothing has been written.
type ReturnRefusal struct{ Reason string }

func (r *ReturnRefusal) Error() string { return "returned cheque refused: " + r.Reason }

// The reasons.
const (
	RefusedReturnReason   = "return_reason"   // not of the list
	RefusedReturnTender   = "return_tender"   // no cheque of that number is on this receipt
	RefusedReturnState    = "return_state"    // nothing of this payment is here any more, or it came back already
	RefusedReturnRefunded = "return_refunded" // some of it was given back, or is on its way
	RefusedReturnPart     = "return_part"     // a part payment of a ticket whose rest was paid or written off since
	RefusedReturnDay      = "return_day"      // before it came, or in the future
	RefusedReturnOpen     = "return_open"     // its batch is open: the entry is reversed
	RefusedReturnMoved    = "return_moved"    // its money was put to another ticket since
)

// ReturnCheque decides whether a cheque of an entry came back. number is as it stands on it; day when it came back.
func ReturnCheque(e EntryStanding, number, reason string, day, today city.Date) (Tender, *ReturnRefusal) {
	var found Tender
	for _, t := range e.Tenders {
		if t.Kind == Cheque && SameCheque(t.Reference, number) {
			found = t
		}
	}
	a := e.Attempt
	switch {
	case !slices.Contains(ReturnReasons, reason):
		return found, &ReturnRefusal{RefusedReturnReason}
	case found.ID == "":
		return found, &ReturnRefusal{RefusedReturnTender}
	case found.State != TenderStands || a.State != Captured && a.State != Settled && a.State != Banked:
		return found, &ReturnRefusal{RefusedReturnState}
	case day.Compare(found.ReceivedOn) < 0 || day.Compare(today) > 0:
		return found, &ReturnRefusal{RefusedReturnDay}
	case len(e.PaidSince) > 0:
		return found, &ReturnRefusal{RefusedReturnPart}
	}
	for _, r := range e.Refunds {
		if r.State.Counts() || !r.ReopenedAt.IsZero() {
			return found, &ReturnRefusal{RefusedReturnRefunded}
		}
	}
	for _, b := range e.Batches {
		if b.State == BatchOpen {
			return found, &ReturnRefusal{RefusedReturnOpen}
		}
	}
	return found, nil
}

// ChequeNumber is a cheque's number as it is compared: its digits, without leading zeros.
func ChequeNumber(written string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, written)
	return strings.TrimLeft(digits, "0")
}

// ReferenceForms are the forms in which a tender's reference may have been entered of which somebody asks: in capitals,
// and where it is a cheque's number, with any zeros before it.
func ReferenceForms(asked string) []string {
	number, ok := RefundChequeNumber(asked)
	if !ok {
		return []string{strings.ToUpper(asked)}
	}
	forms := make([]string, 0, chequeDigits)
	for ; len(number) <= chequeDigits; number = "0" + number {
		forms = append(forms, number)
	}
	return forms
}

// SameCheque says whether two numbers can be of one cheque.
func SameCheque(a, b string) bool {
	a, b = ChequeNumber(a), ChequeNumber(b)
	return a != "" && a == b
}

// ChargeState is where a charge is.
type ChargeState string

// The states of a charge.
const (
	ChargeNew    ChargeState = "new"
	ChargeOwed   ChargeState = "owed"
	ChargePaid   ChargeState = "paid"
	ChargeWaived ChargeState = "waived" // by a person, with a reason
)

// ChargeEvent is what moves a charge.
type ChargeEvent string

// The events.
const (
	ChargeMade  ChargeEvent = "made"
	ChargeTaken ChargeEvent = "taken"
	ChargeLetGo ChargeEvent = "let_go"
	ChargeAgain ChargeEvent = "owed_again" // the entry that paid it was reversed
)

// NSFFee is the kind of a charge for a cheque that came back.
const NSFFee = "nsf_fee"

// ChargeLine is one edge of the table of charges.
type ChargeLine struct {
	From  ChargeState
	Event ChargeEvent
	To    ChargeState
}

// ChargeTable is every move that a charge can make. What is not here does not happen.
var ChargeTable = []ChargeLine{
	{ChargeNew, ChargeMade, ChargeOwed},
	{ChargeOwed, ChargeTaken, ChargePaid},
	{ChargeOwed, ChargeLetGo, ChargeWaived},
	{ChargePaid, ChargeAgain, ChargeOwed},
}

// NextCharge is the line that an event takes; false: it does not happen.
func NextCharge(from ChargeState, event ChargeEvent) (ChargeLine, bool) {
	for _, l := range ChargeTable {
		if l.From == from && l.Event == event {
			return l, true
		}
	}
	return ChargeLine{}, false
}

// Charge is a debt beside a ticket, under a clause of its own. It is never a part of a penalty.
type Charge struct {
	ID       ChargeID
	Kind     string
	Returned ReturnedID // the cheque for which it is made
	Amount   money.Amount
	Clause   string
	State    ChargeState
	MadeAt   time.Time
	Attempt  AttemptID // that paid it
	Version  int64
}

// The reasons against paying a charge, beside those of the counter.
const (
	TakeChequeRefused = "cheque_refused" // one for it came back: no further cheque is taken
	ChargeNotOwed     = "charge_not_owed"
)

// PayCharge decides whether a charge may be paid with a tender, and what of it is kept. One that is for a cheque that
// came back is not paid by cheque.
func PayCharge(c Charge, t Tender, by string) (Tender, *CounterRefusal) {
	switch reason := checkTender(t, AtCounter); {
	case !StaffName(by):
		return t, &CounterRefusal{Reason: RefusedWho}
	case c.State != ChargeOwed:
		return t, &CounterRefusal{Reason: ChargeNotOwed, Due: c.Amount}
	case reason != "":
		return t, &CounterRefusal{Reason: reason, Got: t.Tendered}
	case t.Kind == Cheque:
		return t, &CounterRefusal{Reason: TakeChequeRefused}
	}
	r, no := reckon(c.Amount, []Tender{t}, money.Zero, false)
	switch {
	case no != nil:
		return t, no
	case !r.missing.IsZero() || !r.short.IsZero():
		return t, &CounterRefusal{Reason: TakeShort, Due: c.Amount, Got: t.Tendered}
	case !r.excess.IsZero():
		return t, &CounterRefusal{Reason: TakeAmount, Due: c.Amount, Got: t.Tendered}
	}
	return r.tenders[0], nil
}

// WaiveCharge decides whether a person may let a charge go.
func WaiveCharge(c Charge, by, why string) *CounterRefusal {
	switch {
	case !StaffName(by):
		return &CounterRefusal{Reason: RefusedWho}
	case c.State != ChargeOwed:
		return &CounterRefusal{Reason: ChargeNotOwed, Due: c.Amount}
	case !plainText(why):
		return &CounterRefusal{Reason: RefusedReason}
	}
	return nil
}
