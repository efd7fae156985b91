package ledger

import (
	"time"

	"fundy/money"
	"fundy/ticket"
)

// BadDebt is what was owed and is given up.
const BadDebt Account = "write_off:bad_debt"

// The kinds of entry of a debt that is given up, and of one that is owed again after it.
const (
	WrittenOff Kind = "write_off"
	Recovered  Kind = "write_off_recovered"
)

// ForWriteOff posts that what is owed on a ticket is given up, component by component: afterwards its receivable is
// zero. What is owed is what is posted: the price of the issue until somebody pays.
func ForWriteOff(t ticket.ID, owed Owed) []Posting {
	var postings []Posting
	for _, kind := range kinds(owed, nil) {
		postings = appendMove(postings, t, kind, BadDebt, Receivable(kind), owed[kind])
	}
	return postings
}

// GivenUp is what the postings of a write-off come to.
func GivenUp(postings []Posting) (money.Amount, error) { return balance(postings, BadDebt) }

// WriteOffEntry is the entry of a write-off, or of a recovery. ref names the ticket and its version: a ticket can be
// written off, recovered, and written off again.
func WriteOffEntry(kind Kind, ref string, postings []Posting, entered, effective time.Time) Entry {
	return Entry{ID: string(kind) + "-" + ref, Kind: kind, Ref: ref, Entered: entered, Effective: effective, Postings: postings}
}
