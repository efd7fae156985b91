package payout_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fundy/bank"
	"fundy/city"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/processor"
)

// weekdays is a calendar without holidays.
type weekdays struct{}

func (weekdays) WorkingDay(d city.Date) bool {
	return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
}

func day(text string) city.Date {
	d, err := city.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func cents(n int64) money.Amount { return money.FromMinor(n) }

const rulesText = `
[[account]]
number = "111"
name = "operating"
[[rule]]
as = "processor"
account = "111"
types = ["165", "455"]
contains = "Stripe"
[[rule]]
as = "not_ours"
payer = "PROPTAX"
[[rule]]
as = "deposit"
pattern = "^BAG [0-9]+$"
`

func rules(t testing.TB) payout.Rules {
	t.Helper()
	r, faults := payout.ParseRules([]byte(rulesText), "CAD")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return r
}

func charge(id, source string, amount, fee int64) processor.BalanceLine {
	return processor.BalanceLine{ID: id, Kind: processor.LineCharge, Word: "charge/charge", Source: source, Amount: cents(amount), Fee: cents(fee), Net: cents(amount - fee), Currency: "cad"}
}

func TestAPayoutIsEnteredOnlyWhenItAddsUp(t *testing.T) {
	t.Parallel()
	captures := map[string]payout.Capture{"ch_1": {Attempt: "a1", Amount: cents(4000)}, "ch_2": {Attempt: "a2", Amount: cents(3000)}, "ch_old": {Attempt: "a3", Amount: cents(3000), Line: "before"}}
	good := func() (processor.Payout, []processor.BalanceLine) {
		return processor.Payout{ID: "po", Amount: cents(6737), Currency: "cad", Automatic: true}, []processor.BalanceLine{
			charge("t1", "ch_1", 4000, 146), charge("t2", "ch_2", 3000, 117),
			{ID: "t3", Kind: processor.LinePayout, Source: "po", Amount: cents(-6737), Net: cents(-6737), Currency: "cad"},
		}
	}
	p, lines := good()
	r := payout.Read(p, lines, payout.Known{Charges: captures}, "CAD")
	if r.Fault != "" || len(r.Lines) != 2 || r.Lines[0].Attempt != "a1" || r.Lines[0].Class != payout.None {
		t.Fatalf("%+v", r)
	}
	sums := map[ledger.Account]int64{}
	as := func(at time.Time) time.Time { return at }
	for _, e := range append(payout.LineEntries(r.Lines, time.Time{}, as), r.PaidOut(time.Time{}, as)...) {
		for _, posting := range e.Postings {
			sums[posting.Debit] += posting.Amount.Minor()
			sums[posting.Credit] -= posting.Amount.Minor()
		}
	}
	if sums[ledger.Clearing] != -7000 || sums[ledger.Fees] != 263 || sums[ledger.InTransit] != 6737 || sums[ledger.PayoutClearing("po")] != 0 {
		t.Errorf("%v", sums)
	}
	for name, c := range map[string]struct {
		bend func(*processor.Payout, *[]processor.BalanceLine)
		want string
	}{
		"a cent":         {func(p *processor.Payout, _ *[]processor.BalanceLine) { p.Amount = cents(6738) }, "its 2 lines come to 67.37 and the payout is 67.38: 0.01 is not explained"},
		"a line missing": {func(_ *processor.Payout, l *[]processor.BalanceLine) { *l = (*l)[1:] }, "is not explained"},
		"a line twice":   {func(_ *processor.Payout, l *[]processor.BalanceLine) { *l = append(*l, (*l)[0]) }, "lists the line t1 twice"},
		"currency":       {func(p *processor.Payout, _ *[]processor.BalanceLine) { p.Currency = "usd" }, "it is in USD"},
		"line's money":   {func(_ *processor.Payout, l *[]processor.BalanceLine) { (*l)[0].Currency = "usd" }, "its line t1 is in USD"},
		"by hand":        {func(p *processor.Payout, _ *[]processor.BalanceLine) { p.Automatic = false }, "made by hand"},
	} {
		p, lines := good()
		c.bend(&p, &lines)
		if r := payout.Read(p, lines, payout.Known{Charges: captures}, "CAD"); !strings.Contains(r.Fault, c.want) {
			t.Errorf("%s: %q", name, r.Fault)
		}
	}
	for name, c := range map[string]struct {
		line processor.BalanceLine
		want string
	}{
		"not ours":     {charge("t4", "ch_9", 4000, 146), "none of our captures"},
		"a cent more":  {charge("t4", "ch_2", 3001, 146), "the charge is 30.01, and we captured 30.00"},
		"come before":  {charge("t4", "ch_old", 3000, 146), "a second charge for the payment"},
		"twice in one": {charge("t4", "ch_1", 4000, 146), "a second charge for the payment"},
		"no word":      {processor.BalanceLine{ID: "t4", Kind: processor.LineUnknown, Word: "x/y", Amount: cents(5), Net: cents(5), Currency: "cad"}, `calls it "x/y"`},
	} {
		p, _ := good()
		lines := []processor.BalanceLine{charge("t1", "ch_1", 4000, 146), c.line}
		p.Amount, _ = lines[0].Net.Add(c.line.Net)
		r := payout.Read(p, lines, payout.Known{Charges: captures}, "CAD")
		if r.Fault != "" || r.Lines[1].Class != payout.Unknown || !strings.Contains(r.Lines[1].Why, c.want) || r.Lines[1].Attempt != "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// A chargeback is known by its dispute; where the processor tells of none, it is taken at its word.
func TestAChargebackIsKnownByItsDispute(t *testing.T) {
	t.Parallel()
	l := processor.BalanceLine{ID: "t5", Kind: processor.LineChargeback, Word: "adjustment/dispute", Source: "dp_1", Amount: cents(-500), Net: cents(-500), Currency: "cad"}
	p := processor.Payout{ID: "po", Amount: cents(-500), Currency: "cad", Automatic: true}
	for name, c := range map[string]struct {
		known map[string]bool
		want  payout.Class
	}{
		"tells of none": {nil, payout.Chargeback}, "ours": {map[string]bool{"dp_1": true}, payout.Chargeback},
		"not ours": {map[string]bool{"dp_1": false}, payout.Unknown}, "another's": {map[string]bool{"dp_2": true}, payout.Unknown},
	} {
		r := payout.Read(p, []processor.BalanceLine{l}, payout.Known{Disputes: c.known}, "CAD")
		if r.Fault != "" || r.Lines[0].Class != c.want || (r.Lines[0].Why != "") != (c.want == payout.Unknown) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestAPayoutIsOneLineOfTheBank(t *testing.T) {
	t.Parallel()
	r := rules(t)
	sent := func(id string, n int64, on, trace string) payout.Sent {
		return payout.Sent{ID: id, Amount: cents(n), Day: day(on), Trace: trace}
	}
	line := func(id string, n int64, on, reference string) payout.BankLine {
		return payout.BankLine{ID: id, Amount: cents(n), Value: day(on), Reference: reference}
	}
	for _, c := range []struct {
		name  string
		sent  []payout.Sent
		lines []payout.BankLine
		want  string
	}{
		{"on its day", []payout.Sent{sent("p", 100, "2027-03-05", "")}, []payout.BankLine{line("l", 100, "2027-03-05", "")}, "p=l"},
		{"the business day before", []payout.Sent{sent("p", 100, "2027-03-08", "")}, []payout.BankLine{line("l", 100, "2027-03-05", "")}, "p=l"},
		{"two days before", []payout.Sent{sent("p", 100, "2027-03-08", "")}, []payout.BankLine{line("l", 100, "2027-03-04", "")}, ""},
		{"three business days after", []payout.Sent{sent("p", 100, "2027-03-05", "")}, []payout.BankLine{line("l", 100, "2027-03-10", "")}, "p=l"},
		{"four", []payout.Sent{sent("p", 100, "2027-03-05", "")}, []payout.BankLine{line("l", 100, "2027-03-11", "")}, ""},
		{"a cent less", []payout.Sent{sent("p", 100, "2027-03-05", "")}, []payout.BankLine{line("l", 99, "2027-03-05", "")}, ""},
		{"the other way", []payout.Sent{sent("p", 100, "2027-03-05", "")}, []payout.BankLine{line("l", -100, "2027-03-05", "")}, ""},
		{"taken from the bank", []payout.Sent{sent("p", -100, "2027-03-05", "")}, []payout.BankLine{line("l", -100, "2027-03-05", "")}, "p=l"},
		{"one line for two", []payout.Sent{sent("p", 100, "2027-03-05", ""), sent("q", 100, "2027-03-05", "")}, []payout.BankLine{line("l", 100, "2027-03-05", "")}, "p=l"},
		{"two lines for one", []payout.Sent{sent("p", 100, "2027-03-05", "")}, []payout.BankLine{line("m", 100, "2027-03-08", ""), line("l", 100, "2027-03-05", "")}, "p=l"},
		{"named", []payout.Sent{sent("p", 100, "2027-03-04", "T1"), sent("q", 100, "2027-03-05", "T2")},
			[]payout.BankLine{line("l", 100, "2027-03-05", "B T2"), line("m", 100, "2027-03-05", "B T1")}, "p=m q=l"},
		{"one named", []payout.Sent{sent("p", 100, "2027-03-04", ""), sent("q", 100, "2027-03-05", "T2")},
			[]payout.BankLine{line("l", 100, "2027-03-05", "B T2"), line("m", 100, "2027-03-05", "B")}, "q=l p=m"},
	} {
		var got []string
		for _, p := range r.Match(c.sent, c.lines, weekdays{}) {
			got = append(got, p.Sent.ID+"="+p.Line.ID)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %q", c.name, got, c.want)
		}
	}
}

func TestLinesAreClaimedByTheFirstRuleThatFits(t *testing.T) {
	t.Parallel()
	r := rules(t)
	for _, c := range []struct {
		line bank.Line
		want payout.Claim
	}{
		{bank.Line{Account: "111", Type: "165", Text: "STRIPE TRANSFER"}, payout.Processor},
		{bank.Line{Account: "222", Type: "165", Text: "STRIPE TRANSFER"}, payout.Undecided},
		{bank.Line{Account: "111", Type: "142", Text: "STRIPE TRANSFER"}, payout.Undecided},
		{bank.Line{Account: "111", Type: "142", Reference: "BK1 PROPTAX 8"}, payout.NotOurs},
		{bank.Line{Account: "111", Type: "301", Text: "BAG 12"}, payout.Deposit},
		{bank.Line{Account: "111", Type: "301", Text: "BAG 12 AND MORE"}, payout.Undecided},
	} {
		if got, _ := r.Claim(c.line); got != c.want {
			t.Errorf("%+v: %s, want %s", c.line, got, c.want)
		}
	}
}

func TestDangerousRulesAreRefusedWithTheFix(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{`contains = "Stripe"`, "", "rule 1: claims every line for processor"}, {`as = "not_ours"`, `as = "ours"`, "rule 2: as = "},
		{`account = "111"`, `account = "112"`, "rule 1: the account 112 is none"}, {"^BAG [0-9]+$", "(", "rule 3: pattern"},
		{`name = "operating"`, `name = "Operating Account"`, "account 1: give it"}, {`number = "111"`, "number = \"111\"\ncurrency = \"USD\"", "is in USD"},
		{"[[account]]", "late_after = 99\n[[account]]", "late_after: 99"}, {"payer", "payor", "read it"},
	} {
		_, faults := payout.ParseRules([]byte(strings.Replace(rulesText, c[0], c[1], 1)), "CAD")
		if len(faults) == 0 || !strings.Contains(fmt.Sprint(faults), c[2]) {
			t.Errorf("%q: %v", c[1], faults)
		}
	}
}

// The rules that docs/deposits.md shows can be taken as they are.
func TestTheDocumentsRulesAreRules(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../docs/deposits.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(b), "```toml\n")
	text, _, _ := strings.Cut(parts[len(parts)-1], "```")
	if r, faults := payout.ParseRules([]byte(text), "CAD"); len(faults) > 0 || r.AccountName("000104762233") != "operating" {
		t.Errorf("%+v, %v", r, faults)
	}
}

func TestAgeCountsBusinessDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		want     int
	}{{"2027-03-03", "2027-03-03", 0}, {"2027-03-03", "2027-03-04", 1}, {"2027-03-05", "2027-03-07", 0}, {"2027-03-05", "2027-03-08", 1}, {"2027-03-05", "2027-03-15", 6}, {"2027-03-08", "2027-03-05", 0}} {
		if got := payout.Age(weekdays{}, day(c.from), day(c.to)); got != c.want {
			t.Errorf("%s to %s: %d, want %d", c.from, c.to, got, c.want)
		}
	}
}

// Whatever has happened to a day's money, every cent of it is at the bank or has a class, and what is late is unknown.
func TestEveryCentHasAPlace(t *testing.T) {
	t.Parallel()
	r := rules(t)
	today, of := day("2027-03-31"), day("2027-03-10")
	at := of.Start(time.UTC).Add(12 * time.Hour)
	rapid.Check(t, func(t *rapid.T) {
		b := payout.Book{Day: of, Today: today.AddDays(-rapid.IntRange(0, 21).Draw(t, "today")), Zone: time.UTC, Calendar: weekdays{}, Payouts: map[string]payout.Where{}}
		var ids []string
		for i := range rapid.IntRange(1, 5).Draw(t, "payouts") {
			w := payout.Where{ID: fmt.Sprintf("po%d", i), Amount: cents(rapid.Int64Range(-9999, 9999).Draw(t, "amount")), Arrival: of.AddDays(rapid.IntRange(0, 9).Draw(t, "arrival")), Made: of}
			switch rapid.IntRange(0, 3).Draw(t, "fate") {
			case 0:
				w.BankedOn = w.Arrival
			case 1:
				w.Failed = w.Arrival
			case 2:
				w.Failed = w.Arrival
				w.AgainIn = fmt.Sprintf("po%d", rapid.IntRange(0, 4).Draw(t, "again")) // also itself, or one that is not there
			}
			b.Payouts[w.ID], ids = w, append(ids, w.ID)
		}
		var gross int64
		for i := range rapid.IntRange(0, 20).Draw(t, "captures") {
			taken := payout.Taken{Attempt: payment.AttemptID(fmt.Sprint("a", i)), At: at, Amount: cents(rapid.Int64Range(50, 50000).Draw(t, "gross"))}
			gross += taken.Amount.Minor()
			if rapid.Bool().Draw(t, "seen") {
				taken.Line, taken.Payout, taken.Fee = "t", rapid.SampledFrom(ids).Draw(t, "payout"), cents(rapid.Int64Range(0, 500).Draw(t, "fee"))
			}
			b.Taken = append(b.Taken, taken)
		}
		kinds := map[processor.LineKind]payout.Class{
			processor.LineRefund: payout.Refund, processor.LineChargeback: payout.Chargeback, processor.LineFee: payout.Fee, processor.LineReserve: payout.Reserve,
			processor.LineUnknown: payout.Unknown, processor.LineReturned: payout.None,
		}
		for i := range rapid.IntRange(0, 9).Draw(t, "lines") {
			kind := rapid.SampledFrom([]processor.LineKind{processor.LineRefund, processor.LineChargeback, processor.LineFee, processor.LineReserve, processor.LineUnknown, processor.LineReturned}).Draw(t, "kind")
			amount, fee := rapid.Int64Range(-9000, 9000).Draw(t, "amount"), rapid.Int64Range(0, 1500).Draw(t, "fee")
			b.Lines = append(b.Lines, payout.Line{
				BalanceLine: processor.BalanceLine{ID: fmt.Sprint("l", i), Kind: kind, Amount: cents(amount), Fee: cents(fee), Net: cents(amount - fee), CreatedAt: at},
				Payout:      rapid.SampledFrom(ids).Draw(t, "payout"), Class: kinds[kind],
			})
		}
		report, err := r.Report(b)
		if err != nil {
			t.Fatal(err)
		}
		sum := report.Bank.Minor()
		for _, a := range report.Classes {
			sum += a.Minor()
		}
		if report.Gross.Minor() != gross || sum != gross {
			t.Fatalf("taken %d, in the report %s, with a place %d", gross, report.Gross, sum)
		}
		var varied int64
		for _, v := range report.Variances {
			if v.Summed {
				varied += v.Amount.Minor()
			}
			if v.Class == payout.Timing && v.Age > 15 {
				t.Fatalf("a matter of time after %d business days: %s", v.Age, v.What)
			}
		}
		if varied+report.Bank.Minor() != gross {
			t.Fatalf("the variances come to %d, and %d is missing at the bank", varied, gross-report.Bank.Minor())
		}
	})
}

// What nobody has explained is explained by a person, once, and moves to the class that he gives it.
func TestAPersonsWordMovesTheSum(t *testing.T) {
	t.Parallel()
	r := payout.Report{Classes: map[payout.Class]money.Amount{payout.Unknown: cents(100)}, Variances: []payout.Variance{
		{Class: payout.Unknown, Amount: cents(60), Count: 1, Ref: "x", Summed: true}, {Class: payout.Unknown, Amount: cents(40), Count: 1, Ref: "y", Summed: true},
		{Class: payout.Unknown, Amount: cents(7), Count: 1, Ref: "bank"},
	}}
	r = r.Explained(map[string]payout.Word{"x": {Class: payout.Refund, Why: "given back by hand"}, "bank": {Class: payout.Fee, Why: "a levy"}, "": {Class: payout.Fee}})
	if r.Unknown() != 1 || r.Classes[payout.Unknown] != cents(40) || r.Classes[payout.Refund] != cents(60) || !r.Classes[payout.Fee].IsZero() {
		t.Errorf("%+v", r)
	}
}
