package ledger_test

import (
	"testing"

	"pgregory.net/rapid"

	"fundy/ledger"
	"fundy/money"
	"fundy/ticket"
)

// However often money is moved from ticket to ticket: the one that it left is owed as it was issued, the one that has
// it is closed by component, the money itself has not moved, and what a ticket cost less is the payer's.
func TestATransferMovesNoMoney(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		frozen := func(label string, due int64) []ticket.Component {
			full := due + rapid.Int64Range(0, 5000).Draw(t, label+" discount")
			c := penalty(full, due)
			if fee := rapid.Int64Range(0, due-1).Draw(t, label+" fee"); fee > 0 {
				c[0].Amount = money.FromMinor(full - fee)
				c = append(c, ticket.Component{Kind: ticket.LateFee, Amount: money.FromMinor(fee)})
			}
			return c
		}
		due := rapid.Int64Range(1, 20000).Draw(t, "paid")
		first, issue := frozen("a", due), penalty(rapid.Int64Range(1, 30000).Draw(t, "issued"), 0)[:1]
		all := ledger.ForIssue("a", issue, "k")
		issued := balances(t, all)
		owed, _ := ledger.OwedBy(all)
		put, err := ledger.ForCapture("a", owed, first, "k", ledger.Clearing)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, put...)
		from, rests := ticket.ID("a"), int64(0)
		for i := range rapid.IntRange(1, 4).Draw(t, "transfers") {
			to := []ticket.ID{"b", "a"}[i%2]
			price := frozen("to", rapid.Int64Range(1, due).Draw(t, "price"))
			paid := int64(0)
			for _, c := range price {
				paid += c.Amount.Minor()
			}
			var before []ledger.Posting
			for _, p := range all {
				if p.Ticket == to {
					before = append(before, p)
				}
			}
			owed, err := ledger.OwedBy(before)
			if err != nil {
				t.Fatal(err)
			}
			moved, err := ledger.ForTransfer(from, put, to, owed, price, "k", ledger.OwedToPayers)
			if err != nil {
				t.Fatal(err)
			}
			all, put = append(all, moved...), nil
			for _, p := range moved {
				if p.Debit == ledger.Clearing || p.Credit == ledger.Clearing {
					t.Fatalf("%+v moves the money", p)
				}
				if p.Ticket == to {
					put = append(put, p)
				}
			}
			rests += due - paid
			from, due = to, paid
			sums := balances(t, all)
			if sums["offset:components"] != 0 || sums[ledger.OwedToPayers] != -rests {
				t.Fatalf("passed through %d, owed to the payer %d, want 0 and %d", sums["offset:components"], -sums[ledger.OwedToPayers], rests)
			}
			left := map[ledger.Account]int64{}
			for _, p := range all {
				if p.Ticket == "a" {
					left[p.Debit] += p.Amount.Minor()
					left[p.Credit] -= p.Amount.Minor()
				}
			}
			for account, amount := range issued {
				if from == "b" && left[account] != amount {
					t.Fatalf("the ticket that the money left: %s is %d, was issued with %d", account, left[account], amount)
				}
			}
			if from == "a" && left[ledger.Receivable(ticket.Penalty)] != 0 {
				t.Fatalf("the ticket that has the money again is owed %d", left[ledger.Receivable(ticket.Penalty)])
			}
		}
		if sums := balances(t, all); sums[ledger.Clearing] != due+rests {
			t.Fatalf("in clearing is %d, was paid %d", sums[ledger.Clearing], due+rests)
		}
	})
}

// What costs more than was paid is no transfer, and another ticket's postings are not taken back.
func TestWhatIsNoTransferIsNotPosted(t *testing.T) {
	t.Parallel()
	put, err := ledger.ForCapture("a", ledger.Owed{}, penalty(3000, 3000), "k", ledger.Clearing)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := ledger.ForTransfer("a", put, "b", ledger.Owed{}, penalty(3001, 3001), "k", ledger.OwedToPayers); err == nil {
		t.Errorf("a cent more than was paid: %v", p)
	}
	if p, err := ledger.ForTransfer("c", put, "b", ledger.Owed{}, penalty(3000, 3000), "k", ledger.OwedToPayers); err == nil {
		t.Errorf("of another ticket: %v", p)
	}
}
