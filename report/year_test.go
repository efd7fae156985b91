package report

import (
	"testing"

	"fundy/ledger"
	"fundy/money"
)

// A page has the accounts of payouts that have come to nothing in one line; the sums stay, and what has a balance stands
// by itself.
func TestPayoutsAtTheBankAreOneLine(t *testing.T) {
	t.Parallel()
	cents := money.FromMinor
	all := []ledger.Balance{
		{Account: "bank:operating", Debit: cents(500), Balance: cents(500)},
		{Account: "clearing:payout:po_a", Debit: cents(300), Credit: cents(300)},
		{Account: "clearing:payout:po_b", Debit: cents(70), Balance: cents(70)},
		{Account: "clearing:payout:po_c", Debit: cents(20), Credit: cents(20)},
		{Account: "clearing:card", Debit: cents(9), Credit: cents(9)},
	}
	got, err := Folded("fr", all)
	if err != nil {
		t.Fatal(err)
	}
	want := []ledger.Balance{all[0], all[2], all[4], {Account: "2 versements qui sont à la banque (clearing:payout)", Debit: cents(320), Credit: cents(320)}}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%v, not %v", got[i], want[i])
		}
	}
	if none, err := Folded("en", all[:1]); err != nil || len(none) != 1 {
		t.Error(none, err)
	}
}
