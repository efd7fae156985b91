package ledger_test

import (
	"testing"

	"fundy/ledger"
	"fundy/money"
	"fundy/ticket"
)

// The lines move clearing, the chargeback moves on what they left: where both have come, chargebacks:card is zero, and
// the money is held, back, lost, or a debt again.
func TestLinesAndChargebackMeetInOneAccount(t *testing.T) {
	t.Parallel()
	five := money.FromMinor(5000)
	taken := append(paidTicket(t, withFee), ledger.ForLine("po", ledger.Clearing, five, money.FromMinor(175))...)
	taken = append(taken, ledger.ForLine("po", ledger.Chargebacks, five.Neg(), money.FromMinor(1500))...)
	back := ledger.ForLine("po", ledger.Chargebacks, five, money.FromMinor(-1500))
	held := ledger.ForDisputeHeld(five)
	lost := append(append([]ledger.Posting{}, held...), ledger.ForDisputeLost(ledger.ChargebacksLost, five)...)
	reopen, err := ledger.ForReopenLost("t1", withFee)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		postings []ledger.Posting
		want     map[ledger.Account]int64
	}{
		"line alone": {nil, map[ledger.Account]int64{ledger.Chargebacks: 5000, ledger.DisputesHeld: 0}},
		"held":       {held, map[ledger.Account]int64{ledger.Chargebacks: 0, ledger.DisputesHeld: 5000}},
		"won": {append(append(append([]ledger.Posting{}, held...), ledger.ForDisputeReturned(five)...), back...),
			map[ledger.Account]int64{ledger.Chargebacks: 0, ledger.DisputesHeld: 0, ledger.Fees: 175}},
		"lost": {lost, map[ledger.Account]int64{ledger.Chargebacks: 0, ledger.DisputesHeld: 0, ledger.ChargebacksLost: 5000, ledger.Fees: 1675}},
		"owed again": {append(append([]ledger.Posting{}, lost...), reopen...), map[ledger.Account]int64{
			ledger.ChargebacksLost: 0, ledger.Receivable(ticket.Penalty): 6500, ledger.Receivable(ticket.EarlyPayment): -2500, ledger.Receivable(ticket.LateFee): 1000,
			"offset:components": 0,
		}},
		"won after it was owed again": {append(append(append(append([]ledger.Posting{}, lost...), reopen...), ledger.ForDisputeRegained(ledger.OwedToPayers, five)...), back...),
			map[ledger.Account]int64{ledger.Chargebacks: 0, ledger.ChargebacksLost: 0, ledger.OwedToPayers: -5000}},
		"of no ticket": {append(append(append([]ledger.Posting{}, ledger.ForUnallocated(five)...), held...), ledger.ForDisputeLost(ledger.OwedToPayers, five)...),
			map[ledger.Account]int64{ledger.OwedToPayers: 0, ledger.DisputesHeld: 0}},
	} {
		sums := balances(t, append(append([]ledger.Posting{}, taken...), c.postings...))
		for account, want := range c.want {
			if sums[account] != want {
				t.Errorf("%s: %s is %d, want %d", name, account, sums[account], want)
			}
		}
	}
}
