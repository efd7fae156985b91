package ledger

import (
	"fmt"
	"strings"

	"fundy/money"
	"fundy/ticket"
)

// Transferred is money that was put to another ticket than the one it had paid; PutLater money that was put to no
// ticket, and pays those that it was taken for after all.
const (
	Transferred Kind = "transfer"
	PutLater    Kind = "put"
)

// ForTransfer posts that money moves from one ticket to another. put are the postings by which it was put to the
// first: they are taken back, all of them, so that the ticket is owed as it was before. The second is paid as by
// any capture, of what is owed of it and was frozen for it. The money itself stays where it is, in clearing or at the
// bank: it passes through within the entry. What the second ticket costs less goes to rest, where it is the payer's.
func ForTransfer(from ticket.ID, put []Posting, to ticket.ID, owed Owed, frozen []ticket.Component, key string, rest Account) ([]Posting, error) {
	var postings []Posting
	for _, p := range Reverse(put) {
		if p.Ticket != from {
			return nil, fmt.Errorf("ticket %s: a posting of another one is to be taken back", from)
		}
		// Taken back, a payment's line has the money on its credit side.
		if p.Debit == Receivable(p.Component) && !ofTicket(p.Credit) {
			p.Credit = offset
		}
		postings = append(postings, p)
	}
	paid, err := ForCapture(to, owed, frozen, key, offset)
	if err != nil {
		return nil, err
	}
	postings = append(postings, paid...)
	through, err := balance(postings, offset)
	if err != nil {
		return nil, err
	}
	// What went in has a credit of all of it and a debit of what was paid with it: what is left is a credit.
	if through.Cmp(money.Zero) > 0 {
		return nil, fmt.Errorf("ticket %s costs %s more than was paid", to, through)
	}
	return appendMove(postings, "", "", offset, rest, through.Neg()), nil
}

// ofTicket says whether an account is one of those that a ticket's own price moves between.
func ofTicket(a Account) bool {
	return a == offset || strings.HasPrefix(string(a), "receivable:") || strings.HasPrefix(string(a), "revenue:")
}
