package payment

import (
	"strings"
	"time"

	"fundy/city"
	"fundy/ledger"
	"fundy/money"
)

// CounterAdapter is the adapter of an attempt whose money came without the card page: over the counter, by
// mail, on a terminal.
const CounterAdapter = "counter"

// The channels of such a payment.
const (
	AtCounter = "counter"
	ByMail    = "mail"
)

// TenderID is a tender's opaque id. It is no secret: it stands in logs.
type TenderID string

// TenderKind is what money was handed over as.
type TenderKind string

// The kinds of tender.
const (
	Cash       TenderKind = "cash"
	Cheque     TenderKind = "cheque"
	MoneyOrder TenderKind = "money_order"
	Terminal   TenderKind = "terminal" // a card, at a terminal that has authorised it itself
)

// Account is where money of a kind stands until it is deposited.
func (k TenderKind) Account() ledger.Account {
	switch k {
	case Cash:
		return ledger.UndepositedCash
	case Terminal:
		return ledger.TerminalClearing
	}
	return ledger.UndepositedCheques
}

// TenderState is where a tender is.
type TenderState string

// The states of a tender.
const (
	TenderStands   TenderState = "taken"
	TenderUndone   TenderState = "reversed" // its entry was undone before its batch was closed
	TenderReturned TenderState = "returned" // the bank did not pay it
)

// TenderEvent is what moves a tender.
type TenderEvent string

// The events.
const (
	TenderEntered  TenderEvent = "entered"
	TenderReversed TenderEvent = "reversed"
	TenderCameBack TenderEvent = "came_back"
)

// TenderLine is one edge of the table of tenders.
type TenderLine struct {
	From  TenderState
	Event TenderEvent
	To    TenderState
}

// TenderTable is every move that a tender can make. What is not here does not happen.
var TenderTable = []TenderLine{
	{From: "", Event: TenderEntered, To: TenderStands},
	{From: TenderStands, Event: TenderReversed, To: TenderUndone},
	{From: TenderStands, Event: TenderCameBack, To: TenderReturned},
}

// NextTender is the line that an event takes; false: there is none.
func NextTender(from TenderState, event TenderEvent) (TenderLine, bool) {
	for _, l := range TenderTable {
		if l.From == from && l.Event == event {
			return l, true
		}
	}
	return TenderLine{}, false
}

// Tender is money as it was handed over. Tendered less Change is what was kept, and that is Amount and Rounding
// and Excess together.
type Tender struct {
	ID         TenderID
	Attempt    AttemptID
	Kind       TenderKind
	State      TenderState
	Amount     money.Amount // what counts towards the payment
	Tendered   money.Amount // what was handed over
	Change     money.Amount // cash that was handed back
	Rounding   money.Amount // what the rounding of cash added (or took: negative)
	Excess     money.Amount // more than was due: it is the payer's
	Reference  string       // of a cheque or money order its number, of a terminal its authorisation's
	Bank       string       // of a cheque its branch: transit and institution, as printed. Never an account
	DrawnOn    city.Date    // the cheque's own date
	Batch      BatchID
	ReceivedOn city.Date
	PostmarkOn city.Date
	Unreadable string    // why the postmark can't be read; "": it can, or it was not looked at
	PricedOn   city.Date // of the mail: the day whose price the payment has
	EnteredAt  time.Time
	Version    int64
}

// Kept is what of a tender is here: what was handed over less what was handed back.
func (t Tender) Kept() (money.Amount, error) { return t.Tendered.Sub(t.Change) }

// Limits of a tender.
const (
	tendersMost   = 10
	ticketsMost   = 10
	referenceMost = 12 // characters: a number with more could be a card's
	bankMost      = 10 // "12345-003"
	chequeMonths  = 6  // a cheque older than this is stale: Bills of Exchange practice of the banks
)

// TenderMost is the most that one tender can be.
var TenderMost = money.FromMinor(100_000_00)

// checkTender is the reason against a tender as it was handed over, or "".
func checkTender(t Tender, channel string) string {
	down, err := t.Tendered.Cash()
	switch {
	case t.Kind != Cash && t.Kind != Cheque && t.Kind != MoneyOrder && t.Kind != Terminal:
		return TakeKind
	case t.Tendered.Cmp(money.Zero) <= 0 || t.Tendered.Cmp(TenderMost) > 0:
		return TakeAmount
	case t.Kind == Cash && (err != nil || down != t.Tendered):
		return TakeCoins
	case t.Kind == Terminal && channel == ByMail:
		return TakeTerminalByMail
	case t.Kind != Cash && !form(t.Reference, referenceMost, false), t.Kind == Cash && t.Reference != "":
		return TakeReference
	case t.Bank != "" && (t.Kind != Cheque || !form(t.Bank, bankMost, true)):
		return TakeBank
	case t.Kind != Cheque && !t.DrawnOn.IsZero():
		return TakeDrawnOn
	case !t.DrawnOn.IsZero() && t.DrawnOn.Compare(t.ReceivedOn) > 0:
		return TakePostDated
	case !t.DrawnOn.IsZero() && t.DrawnOn.Compare(monthsBefore(t.ReceivedOn, chequeMonths)) < 0:
		return TakeStaleCheque
	}
	return ""
}

func monthsBefore(d city.Date, n int) city.Date {
	return city.DateOf(time.Date(d.Year, d.Month-time.Month(n), d.Day, 0, 0, 0, 0, time.UTC), time.UTC)
}

// form says whether a text is a number of somebody's papers: capitals, digits and hyphens; where it is a branch,
// digits and hyphens only.
func form(s string, most int, branch bool) bool {
	of := "0123456789-"
	if !branch {
		of += "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	}
	return s != "" && len(s) <= most && strings.Trim(s, of) == "" && strings.ContainsAny(s, "0123456789")
}

// textMost bounds a reason that a person gives, in bytes.
const textMost = 200

// plainText says whether a text can be a reason: one line that is not empty and has no long number in it.
func plainText(s string) bool {
	digits := 0
	for _, c := range s {
		switch {
		case c < ' ':
			return false
		case c < '0' || c > '9':
			digits = 0
		default:
			if digits++; digits > 8 {
				return false
			}
		}
	}
	return strings.TrimSpace(s) != "" && len(s) <= textMost
}
