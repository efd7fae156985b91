package ledger_test

import (
	"testing"

	"pgregory.net/rapid"

	"fundy/ledger"
	"fundy/money"
	"fundy/ticket"
)

// read is what postings come to on a basis, by account: debit less credit, in cents.
func read(t testing.TB, basis ledger.Basis, kind ledger.Kind, postings []ledger.Posting) map[ledger.Account]int64 {
	t.Helper()
	var moves []ledger.Move
	for _, p := range postings {
		moves = append(moves, ledger.Move{Kind: kind, Debit: p.Debit, Credit: p.Credit, Component: p.Component, Revenue: "revenue:parking:penalty", Amount: p.Amount})
	}
	sides, err := basis.Sum(moves)
	if err != nil {
		t.Fatal(err)
	}
	sums := map[ledger.Account]int64{}
	for _, s := range sides {
		sums[s.Account] += s.Debit.Minor() - s.Credit.Minor()
	}
	return sums
}

// Under cash an issue moves nothing and a payment is revenue by component, discount and all; what is given up and
// what is owed again after a refund are no revenue and no loss.
func TestUnderCashRevenueIsWhatCame(t *testing.T) {
	t.Parallel()
	issue := ledger.ForIssue("t1", withFee, "parking")
	if sums := read(t, ledger.Cash, ledger.Issued, issue); len(sums) != 0 {
		t.Errorf("an issue: %v", sums)
	}
	owed, err := ledger.OwedBy(issue)
	if err != nil {
		t.Fatal(err)
	}
	if sums := read(t, ledger.Cash, ledger.WrittenOff, ledger.ForWriteOff("t1", owed)); len(sums) != 0 {
		t.Errorf("a write-off: %v", sums)
	}
	capture, err := ledger.ForCapture("t1", owed, withFee, "parking", ledger.Clearing)
	if err != nil {
		t.Fatal(err)
	}
	sums := read(t, ledger.Cash, ledger.Captured, capture)
	for account, want := range map[ledger.Account]int64{
		ledger.Clearing: 5000, ledger.Revenue("parking", ticket.Penalty): -6500, ledger.Revenue("parking", ticket.EarlyPayment): 2500, ledger.Revenue("parking", ticket.LateFee): -1000,
	} {
		if sums[account] != want {
			t.Errorf("%s is %d, want %d", account, sums[account], want)
		}
	}
	if len(sums) != 4 {
		t.Errorf("more moves: %v", sums)
	}
	reopen, err := ledger.ForReopen("t1", withFee, "parking")
	if err != nil {
		t.Fatal(err)
	}
	refund, err := ledger.ForRefund("t1", append(issue, capture...), withFee, "parking", money.FromMinor(5000))
	if err != nil {
		t.Fatal(err)
	}
	for account, sum := range read(t, ledger.Cash, "", append(append(append(append([]ledger.Posting{}, issue...), capture...), refund...), reopen...)) {
		if sum != 0 {
			t.Errorf("after all was given back and is owed again, %s is %d", account, sum)
		}
	}
	if sums := read(t, ledger.Cash, ledger.Imported, capture); len(sums) != 0 {
		t.Errorf("what another system took: %v", sums)
	}
}

// On receivables the ledger is read as it is.
func TestUnderReceivableTheIssueIsRevenue(t *testing.T) {
	t.Parallel()
	sums := read(t, ledger.Accrual, ledger.Issued, ledger.ForIssue("t1", withFee, "parking"))
	if sums[ledger.Receivable(ticket.Penalty)] != 6500 || sums[ledger.Revenue("parking", ticket.Penalty)] != -6500 || sums[ledger.Receivable(ticket.EarlyPayment)] != -2500 {
		t.Errorf("%v", sums)
	}
	owed, err := ledger.OwedBy(ledger.ForIssue("t1", withFee, "parking"))
	if err != nil {
		t.Fatal(err)
	}
	off := ledger.ForWriteOff("t1", owed)
	sums = read(t, ledger.Accrual, ledger.WrittenOff, off)
	if given, err := ledger.GivenUp(off); err != nil || given.Minor() != 5000 || sums[ledger.BadDebt] != 5000 || sums[ledger.Receivable(ticket.Penalty)] != -6500 {
		t.Errorf("%v, %v, %v", given, sums, err)
	}
}

// A receivable whose ledger key nobody knows is said, not guessed.
func TestAReceivableWithoutALedgerKeyIsRefused(t *testing.T) {
	t.Parallel()
	m := ledger.Move{Debit: ledger.Clearing, Credit: "receivable:penalty", Component: "penalty", Amount: money.FromMinor(1)}
	if _, err := ledger.Cash.Sides(m); err == nil {
		t.Error("it is taken")
	}
	if sides, err := ledger.Accrual.Sides(m); err != nil || len(sides) != 2 {
		t.Errorf("%v, %v", sides, err)
	}
}

func TestTheTaxCodeIsOfWhatWasEarned(t *testing.T) {
	t.Parallel()
	codes := map[string]string{"late_fee": "HST"}
	for account, want := range map[ledger.Account]string{"revenue:parking:late_fee": "HST", "refunds:parking:late_fee": "HST", "clearing:card": "", "receivable:late_fee": ""} {
		if got := (ledger.Side{Account: account, Component: "late_fee"}).Tax(codes); got != want {
			t.Errorf("%s: %q", account, got)
		}
	}
}

// Any ticket that is paid: on both bases the accounts come to nothing together, and the same revenue is earned.
func TestBothBasesEarnTheSameOfAPaidTicket(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Int64Range(100, 100_000).Draw(t, "penalty")
		early := append(penalty(at, at-rapid.Int64Range(0, 99).Draw(t, "discount")), ticket.Component{Kind: ticket.LateFee, Amount: money.FromMinor(rapid.Int64Range(0, 99).Draw(t, "fee"))})
		issue := ledger.ForIssue("t1", penalty(at, at), "parking")
		owed, err := ledger.OwedBy(issue)
		if err != nil {
			t.Fatal(err)
		}
		capture, err := ledger.ForCapture("t1", owed, early, "parking", ledger.Clearing)
		if err != nil {
			t.Fatal(err)
		}
		all := append(issue, capture...)
		sums := map[ledger.Basis]map[ledger.Account]int64{}
		for _, basis := range []ledger.Basis{ledger.Cash, ledger.Accrual} {
			var moves []ledger.Move
			for _, p := range all {
				moves = append(moves, ledger.Move{Debit: p.Debit, Credit: p.Credit, Component: p.Component, Revenue: "revenue:parking:penalty", Amount: p.Amount})
			}
			sides, err := basis.Sum(moves)
			if err != nil {
				t.Fatal(err)
			}
			of, whole := map[ledger.Account]int64{}, int64(0)
			for _, s := range sides {
				of[s.Account] += s.Debit.Minor() - s.Credit.Minor()
				whole += s.Debit.Minor() - s.Credit.Minor()
			}
			if whole != 0 {
				t.Fatalf("%s comes to %d", basis, whole)
			}
			sums[basis] = of
		}
		for account, sum := range sums[ledger.Accrual] {
			if sum != sums[ledger.Cash][account] {
				t.Fatalf("%s is %d on receivables and %d on cash", account, sum, sums[ledger.Cash][account])
			}
		}
	})
}
