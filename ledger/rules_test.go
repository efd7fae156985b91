package ledger_test

import (
	"testing"

	"pgregory.net/rapid"

	"fundy/ledger"
	"fundy/money"
	"fundy/ticket"
)

func penalty(full, due int64) []ticket.Component {
	c := []ticket.Component{{Kind: ticket.Penalty, Amount: money.FromMinor(full)}}
	if due != full {
		c = append(c, ticket.Component{Kind: ticket.EarlyPayment, Amount: money.FromMinor(due - full)})
	}
	return c
}

// balances adds every account up; their sum is zero whatever was posted.
func balances(t interface{ Fatalf(string, ...any) }, postings []ledger.Posting) map[ledger.Account]int64 {
	sums := map[ledger.Account]int64{}
	var all int64
	for _, p := range postings {
		if p.Amount.Cmp(money.Zero) <= 0 {
			t.Fatalf("posting of %s from %s to %s is not greater than zero", p.Amount, p.Credit, p.Debit)
		}
		sums[p.Debit] += p.Amount.Minor()
		sums[p.Credit] -= p.Amount.Minor()
	}
	for _, v := range sums {
		all += v
	}
	if all != 0 {
		t.Fatalf("postings sum to %d, want 0", all)
	}
	return sums
}

func TestCaptureInTheSecondTierClosesTheTicketByComponent(t *testing.T) {
	t.Parallel()
	issue := ledger.ForIssue("t1", penalty(6500, 3000), "parking")
	owed, err := ledger.OwedBy(issue)
	if err != nil {
		t.Fatal(err)
	}
	if owed[ticket.Penalty].Minor() != 6500 || owed[ticket.EarlyPayment].Minor() != -3500 {
		t.Fatalf("issue posts %v, want penalty 65.00 and discount -35.00", owed)
	}
	capture, err := ledger.ForCapture("t1", owed, penalty(6500, 4000), "parking", ledger.Clearing)
	if err != nil {
		t.Fatal(err)
	}
	sums := balances(t, append(issue, capture...))
	want := map[ledger.Account]int64{
		ledger.Clearing:                                4000,
		ledger.Receivable(ticket.Penalty):              0,
		ledger.Receivable(ticket.EarlyPayment):         0,
		ledger.Revenue("parking", ticket.Penalty):      -6500,
		ledger.Revenue("parking", ticket.EarlyPayment): 2500,
		ledger.Account("offset:components"):            0,
	}
	for account, amount := range want {
		if sums[account] != amount {
			t.Errorf("%s is %d, want %d", account, sums[account], amount)
		}
	}
}

func TestVoidTakesEverythingBack(t *testing.T) {
	t.Parallel()
	issue := ledger.ForIssue("t1", penalty(6500, 3000), "parking")
	owed, _ := ledger.OwedBy(issue)
	void, err := ledger.ForVoid("t1", owed, "parking")
	if err != nil {
		t.Fatal(err)
	}
	for account, sum := range balances(t, append(issue, void...)) {
		if sum != 0 {
			t.Errorf("%s is %d after a void, want 0", account, sum)
		}
	}
}

func TestWarningPostsNothing(t *testing.T) {
	t.Parallel()
	if p := ledger.ForIssue("t1", penalty(0, 0), "parking"); len(p) != 0 {
		t.Fatalf("a warning posts %v, want nothing", p)
	}
}

// Any ticket of any price, captured at any frozen quote, ends with each receivable at zero and the
// clearing account moved by exactly what was taken.
func TestEveryCaptureClosesEveryComponent(t *testing.T) {
	t.Parallel()
	kindsOf := []ticket.ComponentKind{ticket.Penalty, ticket.LateFee, ticket.SearchFee}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) []ticket.Component {
			var total int64
			var c []ticket.Component
			for i, k := range kindsOf[:rapid.IntRange(1, len(kindsOf)).Draw(t, label+" lines")] {
				a := rapid.Int64Range(0, 150000).Draw(t, label)
				if i == 0 {
					a++
				}
				total += a
				c = append(c, ticket.Component{Kind: k, Amount: money.FromMinor(a)})
			}
			if d := rapid.Int64Range(0, total-1).Draw(t, label+" discount"); d > 0 {
				c = append(c, ticket.Component{Kind: ticket.EarlyPayment, Amount: money.FromMinor(-d)})
			}
			return c
		}
		atIssue, frozen := draw("issue"), draw("frozen")
		postings := ledger.ForIssue("t", atIssue, "k")
		owed, err := ledger.OwedBy(postings)
		if err != nil {
			t.Fatal(err)
		}
		capture, err := ledger.ForCapture("t", owed, frozen, "k", ledger.Clearing)
		if err != nil {
			t.Fatal(err)
		}
		postings = append(postings, capture...)
		after, err := ledger.OwedBy(postings)
		if err != nil {
			t.Fatal(err)
		}
		for kind, amount := range after {
			if !amount.IsZero() {
				t.Fatalf("receivable of %s is %s after capture, want 0", kind, amount)
			}
		}
		var taken, clearing int64
		for _, c := range frozen {
			taken += c.Amount.Minor()
		}
		for _, p := range postings {
			if p.Debit == ledger.Clearing {
				clearing += p.Amount.Minor()
			}
			if p.Credit == ledger.Clearing {
				clearing -= p.Amount.Minor()
			}
		}
		if taken != clearing {
			t.Fatalf("clearing moved by %d, want %d", clearing, taken)
		}
	})
}
