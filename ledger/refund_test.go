package ledger_test

import (
	"testing"

	"pgregory.net/rapid"

	"fundy/ledger"
	"fundy/money"
	"fundy/ticket"
)

// paidTicket is a ticket's postings once it is paid: 65.00 and a discount of 25.00, and a fee of 10.00.
func paidTicket(t testing.TB, frozen []ticket.Component) []ledger.Posting {
	t.Helper()
	issue := ledger.ForIssue("t1", frozen, "parking")
	owed, err := ledger.OwedBy(issue)
	if err != nil {
		t.Fatal(err)
	}
	capture, err := ledger.ForCapture("t1", owed, frozen, "parking", ledger.Clearing)
	if err != nil {
		t.Fatal(err)
	}
	return append(issue, capture...)
}

var withFee = append(penalty(6500, 4000), ticket.Component{Kind: ticket.LateFee, Amount: money.FromMinor(1000)})

// A fee is given back before the penalty, and the ticket is not owed again.
func TestARefundTakesTheLastComponentFirst(t *testing.T) {
	t.Parallel()
	all := paidTicket(t, withFee)
	for _, step := range []struct{ amount, fee, penalty int64 }{{600, 600, 0}, {900, 1000, 500}, {3500, 1000, 4000}} {
		refund, err := ledger.ForRefund("t1", all, withFee, "parking", money.FromMinor(step.amount))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, refund...)
		sums := balances(t, all)
		if fee, pen := sums[ledger.Refunds("parking", ticket.LateFee)], sums[ledger.Refunds("parking", ticket.Penalty)]; fee != step.fee || pen != step.penalty {
			t.Errorf("after %d: fee %d, penalty %d; want %d and %d", step.amount, fee, pen, step.fee, step.penalty)
		}
		for _, c := range withFee {
			if owed := sums[ledger.Receivable(c.Kind)]; owed != 0 {
				t.Errorf("after %d, %s is owed again: %d", step.amount, c.Kind, owed)
			}
		}
	}
	if sums := balances(t, all); sums[ledger.Clearing] != 0 {
		t.Errorf("clearing is %d after the whole was given back", sums[ledger.Clearing])
	}
	if p, err := ledger.ForRefund("t1", all, withFee, "parking", money.FromMinor(1)); err == nil {
		t.Errorf("a cent more than was paid: %v", p)
	}
}

func TestAReopenedTicketIsOwedAsItWasFrozen(t *testing.T) {
	t.Parallel()
	all := paidTicket(t, withFee)
	refund, err := ledger.ForRefund("t1", all, withFee, "parking", money.FromMinor(5000))
	if err != nil {
		t.Fatal(err)
	}
	reopen, err := ledger.ForReopen("t1", withFee, "parking")
	if err != nil {
		t.Fatal(err)
	}
	sums := balances(t, append(append(all, refund...), reopen...))
	for account, want := range map[ledger.Account]int64{
		ledger.Receivable(ticket.Penalty): 6500, ledger.Receivable(ticket.EarlyPayment): -2500, ledger.Receivable(ticket.LateFee): 1000,
		ledger.Refunds("parking", ticket.Penalty): 0, ledger.Refunds("parking", ticket.LateFee): 0, ledger.Clearing: 0, "offset:components": 0,
	} {
		if sums[account] != want {
			t.Errorf("%s is %d, want %d", account, sums[account], want)
		}
	}
}

// Any ticket, given back in any parts, some of which fail later: clearing has what was taken less what is
// given back, no component gives more than it took, and nothing is owed.
func TestEveryRefundMovesClearingByExactlyItsAmount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		frozen := []ticket.Component{{Kind: ticket.Penalty, Amount: money.FromMinor(rapid.Int64Range(1, 150000).Draw(t, "penalty"))}}
		taken := frozen[0].Amount.Minor()
		for _, kind := range []ticket.ComponentKind{ticket.LateFee, ticket.SearchFee} {
			if fee := rapid.Int64Range(0, 5000).Draw(t, string(kind)); fee > 0 {
				frozen, taken = append(frozen, ticket.Component{Kind: kind, Amount: money.FromMinor(fee)}), taken+fee
			}
		}
		if d := rapid.Int64Range(0, taken-1).Draw(t, "discount"); d > 0 {
			frozen, taken = append(frozen, ticket.Component{Kind: ticket.EarlyPayment, Amount: money.FromMinor(-d)}), taken-d
		}
		issue := ledger.ForIssue("t", frozen, "k")
		owed, err := ledger.OwedBy(issue)
		if err != nil {
			t.Fatal(err)
		}
		capture, err := ledger.ForCapture("t", owed, frozen, "k", ledger.Clearing)
		if err != nil {
			t.Fatal(err)
		}
		all, left := append(issue, capture...), taken
		for range rapid.IntRange(1, 6).Draw(t, "refunds") {
			if left == 0 {
				break
			}
			amount := rapid.Int64Range(1, left).Draw(t, "amount")
			refund, err := ledger.ForRefund("t", all, frozen, "k", money.FromMinor(amount))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, refund...)
			if rapid.Bool().Draw(t, "fails later") {
				all = append(all, ledger.Reverse(refund)...)
				continue
			}
			left -= amount
		}
		sums := map[ledger.Account]int64{}
		for _, p := range all {
			if p.Amount.Cmp(money.Zero) <= 0 {
				t.Fatalf("posting of %s", p.Amount)
			}
			sums[p.Debit] += p.Amount.Minor()
			sums[p.Credit] -= p.Amount.Minor()
		}
		if sums[ledger.Clearing] != left {
			t.Fatalf("clearing has %d, want %d", sums[ledger.Clearing], left)
		}
		for _, c := range frozen {
			if sums[ledger.Receivable(c.Kind)] != 0 {
				t.Fatalf("%s is owed: %d", c.Kind, sums[ledger.Receivable(c.Kind)])
			}
			if given := sums[ledger.Refunds("k", c.Kind)]; given < 0 || given > max(c.Amount.Minor(), 0) {
				t.Fatalf("%s gave %d back of %d", c.Kind, given, c.Amount.Minor())
			}
		}
	})
}
