package ledger

import "fundy/money"

// The accounts between the counter and the bank.
const (
	// InTransitDeposit is what went to the bank on a slip, InTransitTerminal what the terminals' acquirer is to pay:
	// the bank has not shown it yet. A cheque that came back stands here, against us, until the bank takes it.
	InTransitDeposit  Account = "in_transit:deposit"
	InTransitTerminal Account = "in_transit:terminal"
	// TerminalFees is what the acquirer kept for its work.
	TerminalFees Account = "fees:terminal"
	// TerminalSuspense is by how much a terminal's own report and our entries differ.
	TerminalSuspense Account = "suspense:terminal"
	// NSFOwed is what is owed for cheques that came back, NSFRevenue what that earned: under a by-law of its own, and
	// no component of any ticket.
	NSFOwed    Account = "receivable:nsf_fee"
	NSFRevenue Account = "revenue:fees:nsf_fee"
)

// The kinds of entry between the counter and the bank.
const (
	Deposited      Kind = "deposit"
	ChequeReturned Kind = "returned_cheque"
	Charged        Kind = "charge" // its payment is a capture, as a ticket's is
	ChargeWaived   Kind = "charge_waived"
	// UnallocatedKept is what is left of a payment of which a cheque came back: it is the payer's.
	UnallocatedKept Kind = "unallocated_kept"
)

// nsfFee names the postings of a charge in the books: no ticket has such a component.
const nsfFee = "nsf_fee"

// ForDeposit posts that money goes to the bank on a slip, out of the account in which it stood.
func ForDeposit(from Account, amount money.Amount) []Posting {
	return appendMove(nil, "", "", InTransitDeposit, from, amount)
}

// ForTerminalBatch posts that an acquirer owes what its terminal's report says. What our entries have more, or
// less, is in suspense until somebody says why.
func ForTerminalBatch(entered, reported money.Amount) ([]Posting, error) {
	difference, err := entered.Sub(reported)
	if err != nil {
		return nil, err
	}
	postings := appendMove(nil, "", "", InTransitTerminal, TerminalClearing, reported)
	return appendMove(postings, "", "", TerminalSuspense, TerminalClearing, difference), nil
}

// ForDeposited posts the bank's line of a deposit that was in transit: what the line has, what the acquirer kept, and
// what a person accepted as short.
func ForDeposited(bank, transit Account, line, fee, short money.Amount) []Posting {
	postings := appendMove(nil, "", "", bank, transit, line)
	postings = appendMove(postings, "", "", TerminalFees, transit, fee)
	return appendMove(postings, "", "", CashOverShort, transit, short)
}

// ForExplainedDifference moves a terminal's difference out of suspense to what its class is posted to.
func ForExplainedDifference(into Account, difference money.Amount) []Posting {
	return appendMove(nil, "", "", into, TerminalSuspense, difference)
}

// ForTerminalFee posts a line with which the acquirer took its fee from the bank's account: the line is negative.
func ForTerminalFee(bank Account, line money.Amount) []Posting {
	return appendMove(nil, "", "", bank, TerminalFees, line)
}

// Handed is money of a payment by where it stood when it was taken and where it is now.
type Handed struct {
	Was, Is Account
	Amount  money.Amount
}

// ForReturnedCheque takes a payment back of which a cheque came back: what its capture posted is posted the other
// way round, so that each ticket is owed as before it. The cheque is owed to the bank, or, where it never went
// there, it is here no more. What was handed over beside it is here still, and has to be posted anew.
func ForReturnedCheque(capture []Posting, cheque Handed) []Posting {
	postings := Reverse(capture)
	if cheque.Was != cheque.Is {
		postings = appendMove(postings, "", "", cheque.Was, cheque.Is, cheque.Amount)
	}
	return postings
}

// ForReturnedAtBank posts the bank's own line of a cheque that came back: the line is negative.
func ForReturnedAtBank(bank Account, line money.Amount) []Posting {
	return appendMove(nil, "", "", bank, InTransitDeposit, line)
}

// ForCharge posts a debt beside a ticket.
func ForCharge(amount money.Amount) []Posting {
	return appendMove(nil, "", nsfFee, NSFOwed, NSFRevenue, amount)
}

// ForChargePaid posts its payment, kept in an account, with what the rounding of cash added or took.
func ForChargePaid(into Account, amount, rounding money.Amount) []Posting {
	return append(appendMove(nil, "", nsfFee, into, NSFOwed, amount), appendMove(nil, "", "", into, CashRounding, rounding)...)
}

// ForChargeWaived posts that a charge is not asked for any more.
func ForChargeWaived(amount money.Amount) []Posting {
	return appendMove(nil, "", nsfFee, NSFRevenue, NSFOwed, amount)
}
