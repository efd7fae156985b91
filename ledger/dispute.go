package ledger

import (
	"fundy/money"
	"fundy/ticket"
)

// The accounts of chargebacks. The lines of the processor's balance alone move clearing, out of Chargebacks; a
// chargeback moves Chargebacks on to where its money is. So Chargebacks is zero when lines and chargebacks agree:
// less than zero while a line is in no payout yet, more while nobody knows what a line is of.
const (
	// DisputesHeld is what payers' banks hold until they have decided.
	DisputesHeld Account = "disputes:held"
	// ChargebacksLost is what they have kept, and nobody owes.
	ChargebacksLost Account = "chargebacks:lost"
)

// ForDisputeHeld posts that a payer's bank has taken money back until it decides.
func ForDisputeHeld(amount money.Amount) []Posting {
	return appendMove(nil, "", "", DisputesHeld, Chargebacks, amount)
}

// ForDisputeReturned posts that it has given the money back to us.
func ForDisputeReturned(amount money.Amount) []Posting {
	return appendMove(nil, "", "", Chargebacks, DisputesHeld, amount)
}

// ForDisputeLost posts that it keeps the money: a loss, or, where it had been put to no ticket, what was owed to the
// payer.
func ForDisputeLost(to Account, amount money.Amount) []Posting {
	return appendMove(nil, "", "", to, DisputesHeld, amount)
}

// ForDisputeRegained posts that what was lost has come back: less of a loss, or, where its tickets are owed again
// since, the payer's.
func ForDisputeRegained(from Account, amount money.Amount) []Posting {
	return appendMove(nil, "", "", Chargebacks, from, amount)
}

// ForReopenLost makes a ticket owed again whose whole payment was lost: what is owed is what was frozen, component
// by component, and it is no loss any more.
func ForReopenLost(t ticket.ID, frozen []ticket.Component) ([]Posting, error) {
	paid, err := settle(t, frozen, func(ticket.ComponentKind) Account { return ChargebacksLost })
	if err != nil {
		return nil, err
	}
	return Reverse(paid), nil
}
