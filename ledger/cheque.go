package ledger

import "fundy/money"

// The accounts of money that goes back beside the card processor.
const (
	// RefundsPayable is what is owed to payers by cheque, and not written, or written and come back.
	RefundsPayable Account = "refunds_payable"
	// ChequesOutstanding is what was written and not cashed.
	ChequesOutstanding Account = "cheques:outstanding"
)

// ForChequeIssued posts a cheque that was written.
func ForChequeIssued(amount money.Amount) []Posting {
	return []Posting{{Debit: RefundsPayable, Credit: ChequesOutstanding, Amount: amount}}
}

// ForChequeCleared posts a cheque that the bank has paid.
func ForChequeCleared(bank Account, amount money.Amount) []Posting {
	return []Posting{{Debit: ChequesOutstanding, Credit: bank, Amount: amount}}
}

// ForChequeBack posts a cheque that came back by the post, or that nobody has cashed in its time: the money is owed
// to its payer, and is never income by itself.
func ForChequeBack(amount money.Amount) []Posting {
	return []Posting{{Debit: ChequesOutstanding, Credit: RefundsPayable, Amount: amount}}
}

// ForStaleCleared posts a cheque that the bank has paid after its time.
func ForStaleCleared(bank Account, amount money.Amount) []Posting {
	return []Posting{{Debit: RefundsPayable, Credit: bank, Amount: amount}}
}

// ForRefundKnown moves a refund that a payout had before we knew it: it goes out of clearing, as what we have asked
// for does. amount is as the refunds account has it.
func ForRefundKnown(amount money.Amount) []Posting {
	return appendMove(nil, "", "", Clearing, RefundsElsewhere, amount)
}
