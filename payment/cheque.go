package payment

import (
	"fmt"
	"strings"
	"time"

	"fundy/city"
	"fundy/money"
)

// ChequeEnd is how a cheque ended; "" is one that is outstanding.
type ChequeEnd string

// The ends.
const (
	ChequeOutstanding  ChequeEnd = ""
	ChequeWasCleared   ChequeEnd = "cleared"
	ChequeWasReturned  ChequeEnd = "returned"
	ChequeWentStale    ChequeEnd = "stale"
	ChequeClearedStale ChequeEnd = "cleared_stale" // the bank has paid it after its six months
)

// RefundCheque is one that the city wrote for a refund.
type RefundCheque struct {
	Refund   RefundID
	N        int    // of its payee: 1, and one more each time that he was asked again
	Number   string // as RefundChequeNumber gives it
	Day      city.Date
	Amount   money.Amount
	IssuedBy string
	IssuedAt time.Time // when it was entered
	StaleAt  time.Time
	Ended    ChequeEnd
	BankLine string // by which it cleared, "" where a person says so
}

// ChequeRef names a refund's payee and its cheque in the ledger.
func ChequeRef(id RefundID, n int) string { return fmt.Sprintf("%s-%d", id, n) }

// chequeDigits bounds a cheque's number.
const chequeDigits = 12

// RefundChequeNumber is a cheque's number without leading zeros; false for what is no such number.
func RefundChequeNumber(s string) (string, bool) {
	s = strings.TrimLeft(strings.TrimSpace(s), "0")
	return s, s != "" && len(s) <= chequeDigits && strings.Trim(s, "0123456789") == ""
}

// staleMonths is after how many months a bank need not pay a cheque (Payments Canada, Rule A4).
const staleMonths = 6

// ChequeStaleAt is the instant at which a cheque of a day is stale: six months after it, at the end of that day. A
// day that the month does not have is its last.
func ChequeStaleAt(day city.Date, zone *time.Location) time.Time {
	at := day.Start(zone)
	year, month, d := at.Date()
	last := time.Date(year, month+staleMonths+1, 0, 0, 0, 0, 0, zone)
	if d < last.Day() {
		last = time.Date(year, month+staleMonths, d, 0, 0, 0, 0, zone)
	}
	return last.AddDate(0, 0, 1)
}

// ToPay is a refund whose cheque is to be asked for.
type ToPay struct {
	Refund  RefundID
	N       int // of its payee
	Receipt string
	Amount  money.Amount
	PayeeBy string // who has given the payee's address
	Sealed  []byte
	Erased  bool
}

// Requisition is what accounts payable is asked to write.
type Requisition struct {
	ID     string
	Number int64
	By     string
	At     time.Time
	Digest string // keyed, of its file
	Count  int
	Sum    money.Amount
}

// AgainstRequisition is the refund whose payee the maker of a requisition has given himself: who says where money
// goes does not send it there. "" where there is none.
func AgainstRequisition(all []ToPay, by string) RefundID {
	for _, one := range all {
		if one.PayeeBy == by {
			return one.Refund
		}
	}
	return ""
}
