package ledger

import (
	"cmp"
	"slices"
	"strings"

	"fundy/city"
	"fundy/money"
)

// Income is what came in for tickets in a range of days, went back, and was moved between them, seen from four sides.
// Each side comes to the same sums.
type Income struct {
	From, Until city.Date
	Closed      bool // every day of it is: the figures stay so for ever
	Days        []IncomeLine
	Channels    []IncomeLine
	Offences    []IncomeLine
	Tiers       []IncomeLine
	Takings                  // moved is less than zero by what the tickets cost less that money was moved to
	NoTicketIn  money.Amount // what was received and put to no ticket: it is the payers', and in none of the sums
	NoTicket    money.Amount // by how much what is put to no ticket has grown: received, or left over, less what was given back or put to a ticket
}

// Period is what a range of days came to: money in and back, refunds, what was collected of the tickets issued in it,
// and what is owed at its end.
type Period struct {
	Income
	Refunds    []RefundLine
	Collection []Collection
	Aging      []AgeLine
	Owed       money.Amount
}

// GivenBack is what refunds gave back in every way, less those that came back.
func GivenBack(all []RefundLine) (sum money.Amount, err error) {
	for _, r := range all {
		if sum, err = sum.Add(r.Amount); err != nil {
			return sum, err
		}
		if sum, err = sum.Sub(r.FailedSum); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// RefundLine is the refunds of one reason and way.
type RefundLine struct {
	Reason, Way string
	Count       int
	Amount      money.Amount
	Failed      int // that came back later
	FailedSum   money.Amount
}

// IncomeLine is one of a side: a day, a channel, an offence, a price.
type IncomeLine struct {
	Key     string
	Entries int // payments, or tickets of one
	Takings
}

// Takings is money of tickets: what came in, what went back, and what was moved to them from others; moved away is less
// than zero.
type Takings struct {
	Received money.Amount
	Back     money.Amount
	Moved    money.Amount
}

// Net is what was received less what went back, with what was moved.
func (c Takings) Net() (money.Amount, error) {
	net, err := c.Received.Sub(c.Back)
	if err != nil {
		return net, err
	}
	return net.Add(c.Moved)
}

// Add is the sum of both.
func (c Takings) Add(more Takings) (Takings, error) {
	received, err := c.Received.Add(more.Received)
	if err != nil {
		return c, err
	}
	back, err := c.Back.Add(more.Back)
	if err != nil {
		return c, err
	}
	moved, err := c.Moved.Add(more.Moved)
	return Takings{received, back, moved}, err
}

// Cashed says what a posting of a ticket moved of money: the rest of a ticket's postings say what is owed, and move
// none. A transfer passes its money through within its entry: it takes it from one ticket and puts it to the other,
// and nothing has come in or gone back.
func Cashed(kind Kind, debit, credit Account, amount money.Amount) Takings {
	switch {
	case kind == Transferred && debit == offset:
		return Takings{Moved: amount}
	case kind == Transferred && credit == offset:
		return Takings{Moved: amount.Neg()}
	case isMoney(debit) && byTicket(credit):
		return Takings{Received: amount}
	case byTicket(debit) && isMoney(credit):
		return Takings{Back: amount}
	}
	return Takings{}
}

// byTicket says whether an account is of what tickets owe, or of what was given back of them.
func byTicket(a Account) bool {
	return strings.HasPrefix(string(a), "receivable:") || strings.HasPrefix(string(a), "refunds:")
}

// isMoney says whether an account is of neither what is owed nor what was earned: cash, a card, the payer's own.
func isMoney(a Account) bool {
	for _, no := range []string{"receivable:", "refunds:", "revenue:", "write_off:", "offset:"} {
		if strings.HasPrefix(string(a), no) {
			return false
		}
	}
	return true
}

// IncomeSums adds a side of revenue up by key.
type IncomeSums struct{ lines map[string]*IncomeLine }

// Add adds money to a key. first says that it is the first of its entry: entries are counted once.
func (s *IncomeSums) Add(key string, moved Takings, first bool) (err error) {
	if s.lines == nil {
		s.lines = map[string]*IncomeLine{}
	}
	l := s.lines[key]
	if l == nil {
		l = &IncomeLine{Key: key}
		s.lines[key] = l
	}
	if first {
		l.Entries++
	}
	l.Takings, err = l.Takings.Add(moved)
	return err
}

// Lines are the sums in the order of their keys.
func (s *IncomeSums) Lines() []IncomeLine {
	all := make([]IncomeLine, 0, len(s.lines))
	for _, l := range s.lines {
		all = append(all, *l)
	}
	slices.SortFunc(all, func(a, b IncomeLine) int { return cmp.Compare(a.Key, b.Key) })
	return all
}

// CollectedWithin are the ages in days by which a collection is measured.
var CollectedWithin = []int{15, 30, 90, 365}

// Collection is what became of the tickets issued in a month: how many were paid within so many days, and how many are
// not paid.
type Collection struct {
	Month   string // 2027-03
	Tickets int
	Within  [4]int // as CollectedWithin; each holds the one before
	Paid    int
}

// Add counts a ticket that was paid so many days after its issue; less than none: it is not paid.
func (c *Collection) Add(days int) {
	c.Tickets++
	if days < 0 {
		return
	}
	c.Paid++
	for i, within := range CollectedWithin {
		if days <= within {
			c.Within[i]++
		}
	}
}
