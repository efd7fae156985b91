package ledger

import (
	"fmt"

	"fundy/money"
	"fundy/ticket"
)

// The accounts of money that comes without the card page.
const (
	UndepositedCash    Account = "undeposited:cash"
	UndepositedCheques Account = "undeposited:cheque" // cheques and money orders
	TerminalClearing   Account = "clearing:terminal"
	// CashRounding is what the rounding of cash to five cents has added (a credit) or taken.
	CashRounding Account = "rounding:cash"
	// CashOverShort is what drawers had more (a credit) or less than they should.
	CashOverShort Account = "over_short:cash"
	// WrittenOffShort is what was short within the city's tolerance.
	WrittenOffShort Account = "write_off:short"
	// OwedAtCounter is what was received there and is put to no ticket: it is the payer's.
	OwedAtCounter Account = "unallocated:counter"
)

// The kinds of entry of the counter. What is taken is a capture, as a card's is.
const (
	EntryUndone   Kind = "reverse"    // what one entry has posted, the other way round
	OverShort     Kind = "over_short" // of a drawer, at its close
	OverShortBack Kind = "over_short_back"
)

// Purse is what a payment came as: how much of each account, in the order in which it is put to tickets. It is used
// up by ForTender.
type Purse struct{ left []fund }

type fund struct {
	account Account
	amount  money.Amount
}

// Put adds an amount to the purse, zero and less none.
func (p *Purse) Put(account Account, amount money.Amount) {
	if amount.Cmp(money.Zero) > 0 {
		p.left = append(p.left, fund{account, amount})
	}
}

// Empty says whether everything in it has been used.
func (p *Purse) Empty() bool { return len(p.left) == 0 }

// take posts an amount out of the purse to a component of a ticket.
func (p *Purse) take(t ticket.ID, c ticket.ComponentKind, amount money.Amount) ([]Posting, error) {
	var postings []Posting
	for !amount.IsZero() {
		if p.Empty() || amount.IsNegative() {
			return nil, fmt.Errorf("ticket %s: %s more is put to it than was received", t, amount)
		}
		f := &p.left[0]
		move := amount
		if move.Cmp(f.amount) > 0 {
			move = f.amount
		}
		postings = append(postings, Posting{Debit: f.account, Credit: Receivable(c), Amount: move, Ticket: t, Component: c})
		amount, _ = amount.Sub(move) // move is the smaller of the two
		if f.amount, _ = f.amount.Sub(move); f.amount.IsZero() {
			p.left = p.left[1:]
		}
	}
	return postings, nil
}

// ForTender posts the payment of one ticket out of a purse: as ForCapture, but what is left of each component comes
// out of as many accounts as the money came in.
func ForTender(t ticket.ID, owed Owed, frozen []ticket.Component, revenueKey string, purse *Purse) ([]Posting, error) {
	postings, err := adjust(t, owed, frozen, revenueKey)
	if err != nil {
		return nil, err
	}
	left, between, err := setOff(t, frozen)
	if err != nil {
		return nil, err
	}
	postings = append(postings, between...)
	for i, c := range frozen {
		paid, err := purse.take(t, c.Kind, left[i])
		if err != nil {
			return nil, err
		}
		postings = append(postings, paid...)
	}
	return postings, nil
}

// ForPart posts a part payment of a ticket out of a purse. Its receivable stays below what is due by so much until
// the last payment sets it off; what is due is not touched, because its price may still change.
func ForPart(t ticket.ID, amount money.Amount, purse *Purse) ([]Posting, error) {
	return purse.take(t, ticket.PartPayment, amount)
}

// ForRounding posts what the rounding of cash has added to what counts. (What it took is in the purse.)
func ForRounding(added money.Amount) []Posting {
	if added.Cmp(money.Zero) <= 0 {
		return nil
	}
	return appendMove(nil, "", "", UndepositedCash, CashRounding, added)
}

// ForExcess posts what was received beyond what was due: it is the payer's.
func ForExcess(in Account, amount money.Amount) []Posting {
	return appendMove(nil, "", "", in, OwedAtCounter, amount)
}

// ForOverShort posts what a drawer had more than it should, or less: negative.
func ForOverShort(over money.Amount) []Posting {
	return appendMove(nil, "", "", UndepositedCash, CashOverShort, over)
}

// givenBefore is what has been given back of a component of a ticket before. A ticket can have been paid in several
// parts, each of which is given back by itself: no other bounds it.
func givenBefore(before []Posting, key string, c ticket.ComponentKind) (money.Amount, error) {
	if c == ticket.PartPayment {
		return money.Zero, nil
	}
	return balance(before, Refunds(key, c))
}
