package ledger

import (
	"fmt"
	"sort"
	"time"

	"fundy/money"
	"fundy/ticket"
)

// The accounts. A ticket's receivable and its revenue are kept by component; what the processor
// has taken and not yet paid out is clearing.
const (
	Clearing   Account = "clearing:card"
	PaidBefore Account = "clearing:before_import"
	// OwedToPayers is what was received and is put to no ticket: it is the payer's, until a person decides.
	OwedToPayers Account = "unallocated:card"

	// InTransit is what the processor has sent and the bank has not yet shown.
	InTransit Account = "in_transit:card"
	// Fees is what the processor kept for its work.
	Fees Account = "fees:card"
	// RefundsElsewhere is what went back to payers without our asking; Chargebacks what their banks took back.
	RefundsElsewhere Account = "refunds:card"
	Chargebacks      Account = "chargebacks:card"
	// Reserve is what the processor holds back, and owes.
	Reserve Account = "reserve:card"
	// Suspense is what nobody has an explanation for yet.
	Suspense Account = "suspense:card"
)

// PayoutClearing is what is in one payout. It is zero once the payout is entered, or the payout does not add up.
func PayoutClearing(payout string) Account { return Account("clearing:payout:" + payout) }

// Bank is the city's account, by the name that the city has for it.
func Bank(name string) Account { return Account("bank:" + name) }

// Receivable is what is owed on a component.
func Receivable(c ticket.ComponentKind) Account { return Account("receivable:" + string(c)) }

// Revenue is what a component earned, by the offence's ledger key.
func Revenue(key string, c ticket.ComponentKind) Account {
	return Account("revenue:" + key + ":" + string(c))
}

// Owed is a ticket's receivable by component: what its postings come to. A discount's is negative.
type Owed map[ticket.ComponentKind]money.Amount

// OwedBy adds a ticket's postings up to its receivable, by component.
func OwedBy(postings []Posting) (Owed, error) {
	owed := Owed{}
	for _, p := range postings {
		move := money.Zero
		if p.Debit == Receivable(p.Component) {
			move = p.Amount
		}
		if p.Credit == Receivable(p.Component) {
			var err error
			if move, err = move.Sub(p.Amount); err != nil {
				return nil, err
			}
		}
		sum, err := owed[p.Component].Add(move)
		if err != nil {
			return nil, err
		}
		owed[p.Component] = sum
	}
	return owed, nil
}

// Total is the sum of all components.
func (o Owed) Total() (money.Amount, error) {
	amounts := make([]money.Amount, 0, len(o))
	for _, a := range o {
		amounts = append(amounts, a)
	}
	return money.Sum(amounts...)
}

// ForIssue posts what is due on the day of issue, by component. Under nb-lga that is the penalty and,
// against it, the early-payment discount. A warning posts nothing.
func ForIssue(t ticket.ID, components []ticket.Component, revenueKey string) []Posting {
	var postings []Posting
	for _, c := range components {
		postings = appendMove(postings, t, c.Kind, Receivable(c.Kind), Revenue(revenueKey, c.Kind), c.Amount)
	}
	return postings
}

// ForCapture posts the payment of one ticket: first the difference from what is posted up to the
// frozen components, then the payment out of from. Afterwards the ticket's receivable is zero, by
// component. Components that go against each other (a discount against the penalty) are settled
// between themselves, so that from moves by exactly what was taken.
func ForCapture(t ticket.ID, owed Owed, frozen []ticket.Component, revenueKey string, from Account) ([]Posting, error) {
	postings, err := adjust(t, owed, frozen, revenueKey)
	if err != nil {
		return nil, err
	}
	paid, err := settle(t, frozen, func(ticket.ComponentKind) Account { return from })
	if err != nil {
		return nil, err
	}
	return append(postings, paid...), nil
}

// ForVoid takes back what is still posted of a ticket that was never valid.
func ForVoid(t ticket.ID, owed Owed, revenueKey string) ([]Posting, error) {
	return adjust(t, owed, nil, revenueKey)
}

// ForUnallocated posts a receipt that is put to no ticket. (A release posts nothing: an authorisation is
// money set aside on the payer's card, and no cent of it has been ours.)
func ForUnallocated(amount money.Amount) []Posting {
	return []Posting{{Debit: Clearing, Credit: OwedToPayers, Amount: amount}}
}

// ForLine posts a line of the processor's balance that is in a payout: its amount comes out of from (for a charge
// or a refund of ours the clearing account, for another refund that of refunds) and its fee goes to fees.
func ForLine(payout string, from Account, amount, fee money.Amount) []Posting {
	postings := appendMove(nil, "", "", PayoutClearing(payout), from, amount)
	return appendMove(postings, "", "", Fees, PayoutClearing(payout), fee)
}

// ForPayout posts that a payout is on its way. A negative one takes money from the bank.
func ForPayout(payout string, amount money.Amount) []Posting {
	return appendMove(nil, "", "", InTransit, PayoutClearing(payout), amount)
}

// ForPayoutFailed posts that a payout's money is back with the processor. It goes out again with a later one.
func ForPayoutFailed(amount money.Amount) []Posting {
	return appendMove(nil, "", "", Clearing, InTransit, amount)
}

// ForBankLine posts the bank's own line of a payout, or of one that it sent back.
func ForBankLine(bank Account, amount money.Amount) []Posting {
	return appendMove(nil, "", "", bank, InTransit, amount)
}

// ForExplained moves a line's amount out of suspense, once a person has said what it is: to what its class is
// posted out of.
func ForExplained(from Account, amount money.Amount) []Posting {
	return appendMove(nil, "", "", Suspense, from, amount)
}

// adjust moves each component from what is posted to what is frozen.
func adjust(t ticket.ID, owed Owed, frozen []ticket.Component, revenueKey string) ([]Posting, error) {
	target := Owed{}
	for _, c := range frozen {
		sum, err := target[c.Kind].Add(c.Amount)
		if err != nil {
			return nil, err
		}
		target[c.Kind] = sum
	}
	var postings []Posting
	for _, kind := range kinds(owed, target) {
		difference, err := target[kind].Sub(owed[kind])
		if err != nil {
			return nil, err
		}
		postings = appendMove(postings, t, kind, Receivable(kind), Revenue(revenueKey, kind), difference)
	}
	return postings, nil
}

// settle brings each component's receivable to zero. Negative components are first set against the
// positive ones in order; what is left of each comes out of from.
func settle(t ticket.ID, frozen []ticket.Component, from func(ticket.ComponentKind) Account) ([]Posting, error) {
	left, postings, err := setOff(t, frozen)
	if err != nil {
		return nil, err
	}
	for i, c := range frozen {
		postings = appendMove(postings, t, c.Kind, from(c.Kind), Receivable(c.Kind), left[i])
	}
	return postings, nil
}

// setOff sets negative components against the positive ones in order, and says what is left of each: it adds
// up to what is paid.
func setOff(t ticket.ID, frozen []ticket.Component) ([]money.Amount, []Posting, error) {
	left := make([]money.Amount, len(frozen))
	for i, c := range frozen {
		left[i] = c.Amount
	}
	var postings []Posting
	for i, c := range frozen {
		for j := range frozen {
			if !left[i].IsNegative() || left[j].Cmp(money.Zero) <= 0 {
				continue
			}
			move := left[i].Neg()
			if move.Cmp(left[j]) > 0 {
				move = left[j]
			}
			postings = append(postings,
				// Two lines, one on each component: each component's account is closed by a line of its own.
				Posting{Debit: Receivable(c.Kind), Credit: offset, Amount: move, Ticket: t, Component: c.Kind},
				Posting{Debit: offset, Credit: Receivable(frozen[j].Kind), Amount: move, Ticket: t, Component: frozen[j].Kind})
			left[i], _ = left[i].Add(move)
			left[j], _ = left[j].Sub(move)
		}
		if left[i].IsNegative() {
			return nil, nil, fmt.Errorf("ticket %s: components come to less than nothing", t)
		}
	}
	return left, postings, nil
}

// offset is passed through within one entry and is zero after it.
const offset Account = "offset:components"

// appendMove adds a posting of a signed amount: a negative one goes the other way, zero is none.
func appendMove(postings []Posting, t ticket.ID, c ticket.ComponentKind, debit, credit Account, a money.Amount) []Posting {
	if a.IsZero() {
		return postings
	}
	if a.IsNegative() {
		debit, credit, a = credit, debit, a.Neg()
	}
	return append(postings, Posting{Debit: debit, Credit: credit, Amount: a, Ticket: t, Component: c})
}

func kinds(a, b Owed) []ticket.ComponentKind {
	seen := map[ticket.ComponentKind]bool{}
	var all []ticket.ComponentKind
	for _, o := range []Owed{a, b} {
		for k := range o {
			if !seen[k] {
				seen[k] = true
				all = append(all, k)
			}
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	return all
}

// IssueEntry is the entry of a ticket's issue.
func IssueEntry(t ticket.ID, components []ticket.Component, revenueKey string, issuedAt, entered time.Time) Entry {
	return Entry{
		ID: "issue-" + string(t), Kind: Issued, Ref: string(t), Entered: entered, Effective: issuedAt,
		Postings: ForIssue(t, components, revenueKey),
	}
}
