package ledger_test

import (
	"testing"

	"fundy/ledger"
	"fundy/money"
	"fundy/ticket"
)

func cents(n int64) money.Amount { return money.FromMinor(n) }

// Parts leave the receivable below what is due, whatever the price does meanwhile; the last payment sets them off, and
// every component is zero.
func TestPartsAreSetOffByTheLastPayment(t *testing.T) {
	t.Parallel()
	issued := []ticket.Component{{Kind: ticket.Penalty, Amount: cents(6500)}, {Kind: ticket.EarlyPayment, Amount: cents(-3500)}}
	all := ledger.ForIssue("t", issued, "parking")
	for _, part := range []int64{500, 700} {
		purse := &ledger.Purse{}
		purse.Put(ledger.UndepositedCash, cents(part))
		postings, err := ledger.ForPart("t", cents(part), purse)
		if err != nil || !purse.Empty() {
			t.Fatal(err)
		}
		all = append(all, postings...)
	}
	owed, err := ledger.OwedBy(all)
	if err != nil {
		t.Fatal(err)
	}
	if total, err := owed.Total(); err != nil || total.Minor() != 1800 || owed[ticket.PartPayment].Minor() != -1200 {
		t.Errorf("%s are owed: %v, %v", total, owed, err)
	}
	// The discount is gone by now: 65.00 less the parts, of a cheque and cash that was rounded down by two cents.
	now := []ticket.Component{{Kind: ticket.Penalty, Amount: cents(6500)}, {Kind: ticket.PartPayment, Amount: cents(-1200)}}
	purse := &ledger.Purse{}
	purse.Put(ledger.UndepositedCheques, cents(5000))
	purse.Put(ledger.UndepositedCash, cents(298))
	purse.Put(ledger.CashRounding, cents(2))
	last, err := ledger.ForTender("t", owed, now, "parking", purse)
	if err != nil || !purse.Empty() {
		t.Fatalf("%v, empty %v", err, purse.Empty())
	}
	sums := balances(t, append(all, last...))
	for account, want := range map[ledger.Account]int64{
		ledger.Receivable(ticket.Penalty): 0, ledger.Receivable(ticket.EarlyPayment): 0, ledger.Receivable(ticket.PartPayment): 0, "offset:components": 0,
		ledger.UndepositedCash: 1498, ledger.UndepositedCheques: 5000, ledger.CashRounding: 2, ledger.Revenue("parking", ticket.Penalty): -6500,
		ledger.Revenue("parking", ticket.EarlyPayment): 0, ledger.Revenue("parking", ticket.PartPayment): 0,
	} {
		if sums[account] != want {
			t.Errorf("%s is %d, want %d", account, sums[account], want)
		}
	}
}

// A purse that has less than its tickets cost posts nothing.
func TestAPurseGivesNoMoreThanItHas(t *testing.T) {
	t.Parallel()
	frozen := []ticket.Component{{Kind: ticket.Penalty, Amount: cents(3000)}}
	owed := ledger.Owed{ticket.Penalty: cents(3000)}
	purse := &ledger.Purse{}
	purse.Put(ledger.UndepositedCash, cents(2999))
	purse.Put(ledger.CashRounding, cents(0))
	purse.Put(ledger.CashRounding, cents(-1))
	if postings, err := ledger.ForTender("t", owed, frozen, "parking", purse); err == nil {
		t.Errorf("%v", postings)
	}
	purse = &ledger.Purse{}
	purse.Put(ledger.UndepositedCash, cents(3001))
	if _, err := ledger.ForTender("t", owed, frozen, "parking", purse); err != nil || purse.Empty() {
		t.Errorf("a cent too much is not seen: %v", err)
	}
}

// Each part of a ticket is given back by itself, to the cent and not a cent more.
func TestEachPartIsGivenBackByItself(t *testing.T) {
	t.Parallel()
	part := func(n int64) []ticket.Component {
		return []ticket.Component{{Kind: ticket.PartPayment, Amount: cents(n)}}
	}
	first, err := ledger.ForRefund("t", nil, part(1000), "parking", cents(1000))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.ForRefund("t", first, part(700), "parking", cents(700)); err != nil {
		t.Errorf("the second part: %v", err)
	}
	if _, err := ledger.ForRefund("t", first, part(700), "parking", cents(701)); err == nil {
		t.Error("a cent too much is given back")
	}
}
