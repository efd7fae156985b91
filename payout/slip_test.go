package payout_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fundy/bank"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
)

const counterRules = rulesText + `
[[rule]]
as = "terminal"
contains = "acquirer"
[[rule]]
as = "returned_item"
contains = "returned item"
cheque = "CHQ ([0-9]+)"
`

func counterRulesOf(t testing.TB, head string) payout.Rules {
	t.Helper()
	r, faults := payout.ParseRules([]byte(head+counterRules), "CAD")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return r
}

func TestASlipIsOneLineOfTheBank(t *testing.T) {
	t.Parallel()
	r := counterRulesOf(t, "terminal_fee_most = \"2.75\"\n")
	slip := func(id string, n int64, on, reference string) payout.Slip {
		return payout.Slip{ID: id, Kind: payout.CashCheque, Account: "operating", Amount: cents(n), Day: day(on), Reference: reference}
	}
	terminal := func(id string, n int64, on, reference string) payout.Slip {
		s := slip(id, n, on, reference)
		s.Kind = payout.TerminalSlip
		return s
	}
	line := func(id string, n int64, on, reference string) payout.BankLine {
		return payout.BankLine{ID: id, Account: "111", Amount: cents(n), Value: day(on), Reference: reference}
	}
	other := line("o", 100, "2027-03-05", "")
	other.Account = "222"
	for _, c := range []struct {
		name  string
		slips []payout.Slip
		lines []payout.BankLine
		known []string
		want  string
	}{
		{"on its day", []payout.Slip{slip("s", 100, "2027-03-05", "12")}, []payout.BankLine{line("l", 100, "2027-03-05", "")}, nil, "s=l"},
		{"three business days after", []payout.Slip{slip("s", 100, "2027-03-05", "12")}, []payout.BankLine{line("l", 100, "2027-03-10", "12")}, nil, "s=l"},
		{"four", []payout.Slip{slip("s", 100, "2027-03-05", "12")}, []payout.BankLine{line("l", 100, "2027-03-11", "12")}, nil, ""},
		{"another account", []payout.Slip{slip("s", 100, "2027-03-05", "12")}, []payout.BankLine{other}, nil, ""},
		{"a cent", []payout.Slip{slip("s", 100, "2027-03-05", "12")}, []payout.BankLine{line("l", 99, "2027-03-05", "12")}, nil, ""},
		{"named, and not nearest", []payout.Slip{slip("s", 100, "2027-03-04", "12"), slip("u", 100, "2027-03-05", "13")},
			[]payout.BankLine{line("l", 100, "2027-03-05", "SLIP 12"), line("m", 100, "2027-03-05", "")}, nil, "s=l u=m"},
		{"of two days the nearest", []payout.Slip{slip("s", 100, "2027-03-03", "12"), slip("u", 100, "2027-03-05", "13")},
			[]payout.BankLine{line("l", 100, "2027-03-05", "")}, nil, "u=l"},
		{"it names another", []payout.Slip{slip("s", 100, "2027-03-05", "12")}, []payout.BankLine{line("l", 100, "2027-03-05", "13")}, []string{"12", "13"}, ""},
		{"a number in a number", []payout.Slip{slip("s", 100, "2027-03-05", "12")}, []payout.BankLine{line("l", 100, "2027-03-05", "3125")}, []string{"12"}, "s=l"},
		{"zeros before it", []payout.Slip{slip("s", 100, "2027-03-01", "0012"), slip("u", 100, "2027-03-02", "13")}, []payout.BankLine{line("l", 100, "2027-03-02", "ref:12")}, nil, "s=l"},
		{"one line for two", []payout.Slip{slip("s", 100, "2027-03-05", "12"), slip("u", 100, "2027-03-05", "13")}, []payout.BankLine{line("l", 100, "2027-03-05", "")}, nil, "s=l"},
		{"net of the fee", []payout.Slip{terminal("s", 10000, "2027-03-05", "12")}, []payout.BankLine{line("l", 9725, "2027-03-05", "")}, nil, "s=l-2.75"},
		{"more than the fee", []payout.Slip{terminal("s", 10000, "2027-03-05", "12")}, []payout.BankLine{line("l", 9724, "2027-03-05", "12")}, nil, ""},
		{"more than the batch", []payout.Slip{terminal("s", 10000, "2027-03-05", "12")}, []payout.BankLine{line("l", 10001, "2027-03-05", "12")}, nil, ""},
		{"the whole before the net", []payout.Slip{terminal("s", 10000, "2027-03-05", "12")}, []payout.BankLine{line("l", 9800, "2027-03-05", ""), line("m", 10000, "2027-03-05", "")}, nil, "s=m"},
		{"a slip has no fee", []payout.Slip{slip("s", 10000, "2027-03-05", "12")}, []payout.BankLine{line("l", 9800, "2027-03-05", "12")}, nil, ""},
	} {
		var got []string
		for _, p := range r.MatchSlips(c.slips, c.lines, c.known, weekdays{}) {
			one := p.Slip.ID + "=" + p.Line.ID
			if !p.Fee.IsZero() {
				one += "-" + p.Fee.String()
			}
			got = append(got, one)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %q", c.name, got, c.want)
		}
	}
	whole := counterRulesOf(t, "")
	if got := whole.MatchSlips([]payout.Slip{terminal("s", 10000, "2027-03-05", "12")}, []payout.BankLine{line("l", 9999, "2027-03-05", "12")}, nil, weekdays{}); len(got) != 0 {
		t.Errorf("without a setting: %v", got)
	}
}

// What is kept of a line's text: all of it where it is our own money's, of a returned cheque its number, else nothing.
func TestOnlyOurOwnMoneysTextIsKept(t *testing.T) {
	t.Parallel()
	r := counterRulesOf(t, "")
	for _, c := range []struct {
		line  bank.Line
		claim payout.Claim
		want  string
	}{
		{bank.Line{Account: "111", Type: "165", Text: "STRIPE 7"}, payout.Processor, "STRIPE 7"},
		{bank.Line{Text: "BAG 12"}, payout.Deposit, "BAG 12"},
		{bank.Line{Text: "ACQUIRER 041"}, payout.Terminal, "ACQUIRER 041"},
		{bank.Line{Text: "RETURNED ITEM CHQ 000451 J DOE"}, payout.ReturnedItem, "451"},
		{bank.Line{Text: "RETURNED ITEM J DOE 451", Reference: "CHQ 77"}, payout.ReturnedItem, "77"},
		{bank.Line{Text: "RETURNED ITEM J DOE"}, payout.ReturnedItem, ""},
		{bank.Line{Text: "J DOE TAXES", Reference: "PROPTAX"}, payout.NotOurs, ""},
		{bank.Line{Text: "J DOE"}, payout.Undecided, ""},
	} {
		claim, _ := r.Claim(c.line)
		if got := r.Text(c.line); claim != c.claim || got != c.want {
			t.Errorf("%+v: %s %q, want %s %q", c.line, claim, got, c.claim, c.want)
		}
	}
}

func TestDangerousRulesOfTheCounterAreRefused(t *testing.T) {
	t.Parallel()
	for head, want := range map[string]string{
		"terminal_fee_most = \"6\"\n": "is not a percentage from 0 to 5.00", "terminal_fee_most = \"2.755\"\n": "is not a percentage",
		"terminal_fee_most = \"-1\"\n": "is not a percentage", "terminal_fee_most = \"two\"\n": "is not a percentage",
	} {
		if _, faults := payout.ParseRules([]byte(head+counterRules), "CAD"); !strings.Contains(fmt.Sprint(faults), want) {
			t.Errorf("%q: %v", head, faults)
		}
	}
	for old, bent := range map[string][2]string{
		`"CHQ ([0-9]+)"`: {`"CHQ [0-9]+"`, "put the number in one group"}, `as = "returned_item"`: {`as = "deposit"`, "only a rule for returned_item"},
	} {
		if _, faults := payout.ParseRules([]byte(strings.Replace(counterRules, old, bent[0], 1)), "CAD"); !strings.Contains(fmt.Sprint(faults), bent[1]) {
			t.Errorf("%q: %v", bent[0], faults)
		}
	}
}

// Every cent of the counter has a place, wherever it is: what was taken is at the bank or has a class.
func TestEveryCentOfTheCounterHasAPlace(t *testing.T) {
	t.Parallel()
	r := counterRulesOf(t, "")
	rapid.Check(t, func(t *rapid.T) {
		today := day("2027-03-03").AddDays(rapid.IntRange(0, 30).Draw(t, "today"))
		b := payout.Book{Day: day("2027-03-03"), Today: today, Zone: time.UTC, Calendar: weekdays{}, Payouts: map[string]payout.Where{}, Slips: map[string]payout.Slip{}}
		at := func() time.Time {
			return day("2027-03-03").Start(time.UTC).Add(time.Duration(rapid.IntRange(0, 86399).Draw(t, "second")) * time.Second)
		}
		taken := int64(0)
		for n := range rapid.IntRange(0, 4).Draw(t, "slips") {
			s := payout.Slip{ID: fmt.Sprint("dep_", n), Kind: payout.CashCheque, Account: "operating", Reference: fmt.Sprint(n), Day: day("2027-03-03").AddDays(rapid.IntRange(0, 3).Draw(t, "day"))}
			if rapid.Bool().Draw(t, "terminal") {
				s.Kind = payout.TerminalSlip
				s.Entered = cents(rapid.Int64Range(0, 99).Draw(t, "more"))
				s.Fee = cents(rapid.Int64Range(0, 99).Draw(t, "fee"))
			}
			if rapid.Bool().Draw(t, "banked") {
				s.BankedOn = s.Day.AddDays(1)
				s.Short = cents(rapid.Int64Range(-5, 5).Draw(t, "short"))
			}
			if s.Day == b.Day {
				taken -= s.Short.Minor()
			}
			b.Slips[s.ID] = s
		}
		for range rapid.IntRange(0, 12).Draw(t, "tenders") {
			amount := rapid.Int64Range(1, 50000).Draw(t, "amount")
			taken += amount
			b.Counter = append(b.Counter, payout.Counted{
				Kind: rapid.SampledFrom([]string{"cash", "cheque", "money_order", "terminal", payout.OverShort}).Draw(t, "kind"), Batch: "bat", At: at(), Amount: cents(amount),
				Slip: rapid.SampledFrom([]string{"", "dep_0", "dep_1", "dep_3"}).Draw(t, "slip"), Back: rapid.IntRange(0, 9).Draw(t, "back") == 0,
			})
		}
		for n := range rapid.IntRange(0, 3).Draw(t, "came back") {
			c := payout.CameBack{ID: fmt.Sprint("ret_", n), At: at(), Amount: cents(rapid.Int64Range(1, 5000).Draw(t, "cheque"))}
			if rapid.Bool().Draw(t, "shown") {
				c.ShownOn = b.Day
			}
			b.Back = append(b.Back, c)
		}
		got, err := r.Report(b)
		if err != nil {
			t.Fatal(err) // it adds up, or says that it does not
		}
		sum := got.Bank.Minor()
		for _, a := range got.Classes {
			sum += a.Minor()
		}
		kinds := int64(0)
		for _, k := range got.Counter {
			kinds += k.Amount.Minor()
		}
		if got.Gross.Minor() != taken || sum != taken || kinds != taken {
			t.Fatalf("taken %d, gross %s, places %d, kinds %d: %+v", taken, got.Gross, sum, kinds, got)
		}
	})
}

func TestADepositMovesByItsTable(t *testing.T) {
	t.Parallel()
	states := []payout.SlipState{payout.SlipNew, payout.SlipMade, payout.SlipSent, payout.SlipBanked}
	reached := map[payout.SlipState]bool{payout.SlipNew: true}
	for range states {
		for _, l := range payout.SlipTable {
			if reached[l.From] {
				reached[l.To] = true
			}
		}
	}
	for _, s := range states {
		out := false
		for _, l := range payout.SlipTable {
			out = out || l.From == s
		}
		if !reached[s] || out == (s == payout.SlipBanked) {
			t.Errorf("%s: reached %t, has a way out %t", s, reached[s], out)
		}
	}
	if _, err := payout.NextSlip(payout.SlipBanked, payout.SlipGone); err == nil {
		t.Error("what is at the bank goes out of the house")
	}
}

func TestASlipIsCheckedBeforeItIsMade(t *testing.T) {
	t.Parallel()
	r := counterRulesOf(t, "")
	today := day("2027-03-05")
	good := payout.SlipAsk{Account: "operating", Day: today, Reference: "A-12", Batches: []payment.BatchID{"b"}, By: "carl", Total: cents(1)}
	for _, c := range []struct {
		bend func(*payout.SlipAsk)
		kind payout.SlipKind
		want string
	}{
		{func(*payout.SlipAsk) {}, payout.CashCheque, ""},
		{func(*payout.SlipAsk) {}, payout.TerminalSlip, ""},
		{func(a *payout.SlipAsk) { a.By = "Carl" }, payout.CashCheque, payout.RefusedWho},
		{func(a *payout.SlipAsk) { a.Account = "petty" }, payout.CashCheque, payout.RefusedAccount},
		{func(a *payout.SlipAsk) { a.Day = today.AddDays(1) }, payout.CashCheque, payout.RefusedDay},
		{func(a *payout.SlipAsk) { a.Day = today.AddDays(-61) }, payout.CashCheque, payout.RefusedDay},
		{func(a *payout.SlipAsk) { a.Reference = "none" }, payout.CashCheque, payout.RefusedReference},
		{func(a *payout.SlipAsk) { a.Reference = "1 2" }, payout.CashCheque, payout.RefusedReference},
		{func(a *payout.SlipAsk) { a.Batches = nil }, payout.CashCheque, payout.RefusedBatches},
		{func(a *payout.SlipAsk) { a.Batches = []payment.BatchID{"b", "b"} }, payout.CashCheque, payout.RefusedBatches},
		{func(a *payout.SlipAsk) { a.Batches = []payment.BatchID{"b", "c"} }, payout.TerminalSlip, payout.RefusedBatches},
		{func(a *payout.SlipAsk) { a.Total = money.Zero }, payout.TerminalSlip, payout.RefusedNothing},
	} {
		ask := good
		c.bend(&ask)
		no := r.CheckSlip(c.kind, ask, today)
		if got := reasonOf(no); got != c.want {
			t.Errorf("%+v: %q, want %q", ask, got, c.want)
		}
	}
}

func reasonOf(no *payout.SlipRefusal) string {
	if no == nil {
		return ""
	}
	return no.Reason
}
