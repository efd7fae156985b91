package ledger

import (
	"fmt"

	"fundy/money"
	"fundy/ticket"
)

// Refunds is what was given back of a component, by the offence's ledger key. The revenue stands: that a
// city has earned and given back are two things in its books.
func Refunds(key string, c ticket.ComponentKind) Account {
	return Account("refunds:" + key + ":" + string(c))
}

// ForRefund posts what is given back of one ticket, at the moment at which the processor has done it. before
// are the ticket's postings so far. What was added to the price last is given back first: a fee before the
// penalty. Of a component, no more is given back than was paid.
func ForRefund(t ticket.ID, before []Posting, frozen []ticket.Component, key string, amount money.Amount) ([]Posting, error) {
	left, err := paidBy(t, frozen)
	if err != nil {
		return nil, err
	}
	var postings []Posting
	for i := len(frozen) - 1; i >= 0; i-- {
		kind := frozen[i].Kind
		given, err := givenBefore(before, key, kind)
		if err != nil {
			return nil, err
		}
		move, err := left[kind].Sub(given)
		if err != nil {
			return nil, err
		}
		delete(left, kind) // a price may have two lines of one kind
		if move.Cmp(amount) > 0 {
			move = amount
		}
		if move.Cmp(money.Zero) <= 0 {
			continue
		}
		postings = appendMove(postings, t, kind, Refunds(key, kind), Clearing, move)
		if amount, err = amount.Sub(move); err != nil {
			return nil, err
		}
	}
	if !amount.IsZero() {
		return nil, fmt.Errorf("ticket %s: %s more is given back than was paid", t, amount)
	}
	return postings, nil
}

// paidBy is what was paid of each component, once the discounts are set against the rest.
func paidBy(t ticket.ID, frozen []ticket.Component) (Owed, error) {
	left, _, err := setOff(t, frozen)
	if err != nil {
		return nil, err
	}
	paid := Owed{}
	for i, c := range frozen {
		if paid[c.Kind], err = paid[c.Kind].Add(left[i]); err != nil {
			return nil, err
		}
	}
	return paid, nil
}

// ForUnallocatedRefund posts what is given back of money that was put to no ticket.
func ForUnallocatedRefund(amount money.Amount) []Posting {
	return []Posting{{Debit: OwedToPayers, Credit: Clearing, Amount: amount}}
}

// ForReopen makes a ticket owed again whose whole payment was given back: what is owed is what was frozen,
// component by component, and the refunds account is as before.
func ForReopen(t ticket.ID, frozen []ticket.Component, key string) ([]Posting, error) {
	paid, err := settle(t, frozen, func(c ticket.ComponentKind) Account { return Refunds(key, c) })
	if err != nil {
		return nil, err
	}
	return Reverse(paid), nil
}

// Reverse posts the other way round: of a refund that the processor has failed later, its own postings.
func Reverse(postings []Posting) []Posting {
	back := make([]Posting, 0, len(postings))
	for _, p := range postings {
		p.Debit, p.Credit = p.Credit, p.Debit
		back = append(back, p)
	}
	return back
}

// balance is what an account's postings come to.
func balance(postings []Posting, of Account) (money.Amount, error) {
	sum := money.Zero
	var err error
	for _, p := range postings {
		if p.Debit == of {
			if sum, err = sum.Add(p.Amount); err != nil {
				return sum, err
			}
		}
		if p.Credit == of {
			if sum, err = sum.Sub(p.Amount); err != nil {
				return sum, err
			}
		}
	}
	return sum, nil
}
