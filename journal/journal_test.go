package journal_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"fundy/city"
	"fundy/journal"
	"fundy/ledger"
	"fundy/money"
	"fundy/ticket"
)

var update = flag.Bool("update", false, "write testdata anew")

var (
	third  = city.Date{Year: 2027, Month: 3, Day: 3}
	fourth = third.AddDays(1)
)

// example is a mapping of examples/ledger.
func example(t testing.TB, name string) journal.Mapping {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "examples", "ledger", name))
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, string(b))
}

func parsed(t testing.TB, text string) journal.Mapping {
	t.Helper()
	m, faults := journal.ParseMapping([]byte(text))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return m
}

// days are two days of a city: a ticket is issued and paid early, another is paid late with a fee, the processor pays
// out and keeps its fee, and the bank has it.
func days(t testing.TB) map[city.Date][]ledger.Move {
	t.Helper()
	early := []ticket.Component{{Kind: ticket.Penalty, Amount: money.FromMinor(6500)}, {Kind: ticket.EarlyPayment, Amount: money.FromMinor(-2500)}}
	late := []ticket.Component{{Kind: ticket.Penalty, Amount: money.FromMinor(6500)}, {Kind: ticket.LateFee, Amount: money.FromMinor(1000)}}
	all := map[city.Date][]ledger.Move{}
	add := func(day city.Date, entry string, kind ledger.Kind, offence, key string, postings []ledger.Posting) {
		for _, p := range postings {
			m := ledger.Move{Entry: entry, Kind: kind, Debit: p.Debit, Credit: p.Credit, Component: p.Component, Amount: p.Amount}
			if p.Ticket != "" {
				m.Offence, m.Revenue = offence, ledger.Revenue(key, ticket.Penalty)
			}
			all[day] = append(all[day], m)
		}
	}
	issue := ledger.ForIssue("t1", early, "parking")
	owed, err := ledger.OwedBy(issue)
	if err != nil {
		t.Fatal(err)
	}
	first, err := ledger.ForCapture("t1", owed, early, "parking", ledger.Clearing)
	if err != nil {
		t.Fatal(err)
	}
	second, err := ledger.ForCapture("t2", ledger.Owed{ticket.Penalty: money.FromMinor(6500), ticket.EarlyPayment: money.FromMinor(-2500)}, late, "bus", ledger.Clearing)
	if err != nil {
		t.Fatal(err)
	}
	add(third, "issue-t1", ledger.Issued, "NOPARK", "parking", issue)
	add(third, "capture-1", ledger.Captured, "NOPARK", "parking", first)
	add(third, "capture-2", ledger.Captured, "BUS", "bus", second)
	add(fourth, "processor_line-1", ledger.InPayout, "", "", ledger.ForLine("po_1", ledger.Clearing, money.FromMinor(11500), money.FromMinor(364)))
	add(fourth, "payout-po_1", ledger.PaidOut, "", "", ledger.ForPayout("po_1", money.FromMinor(11136)))
	add(fourth, "bank_line-1", ledger.AtBank, "", "", ledger.ForBankLine(ledger.Bank("operating"), money.FromMinor(11136)))
	return all
}

// written is the file of some days through a mapping, on a basis.
func written(m journal.Mapping, basis ledger.Basis, provisional bool, moves map[city.Date][]ledger.Move) (journal.File, error) {
	j := journal.New(m, journal.Range{From: third, Until: fourth, Provisional: provisional}, map[string]string{"late_fee": "HST"})
	for day := third; day.Compare(fourth) <= 0; day = day.AddDays(1) {
		sums, err := basis.Sum(moves[day])
		if err != nil {
			return journal.File{}, err
		}
		if !j.ByPosting() {
			for _, s := range sums {
				if err := j.Add(journal.Side{Day: day, Side: s}); err != nil {
					return journal.File{}, err
				}
			}
			continue
		}
		for _, m := range moves[day] {
			sides, err := basis.Sides(m)
			if err != nil {
				return journal.File{}, err
			}
			for _, s := range sides {
				if err := j.Add(journal.Side{Day: day, Entry: m.Entry, Side: s}); err != nil {
					return journal.File{}, err
				}
			}
		}
	}
	return j.Write()
}

// The two example layouts, on both bases, byte for byte.
func TestTheExampleLayoutsMakeTheseFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"journal", "batch"} {
		for _, basis := range []ledger.Basis{ledger.Cash, ledger.Accrual} {
			f, err := written(example(t, name+".toml"), basis, false, days(t))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, fmt.Sprintf("%s-%s.txt", name, basis), f.Content)
			again, err := written(example(t, name+".toml"), basis, false, days(t))
			if err != nil || !bytes.Equal(again.Content, f.Content) {
				t.Errorf("%s again: %v, other bytes", name, err)
			}
		}
	}
}

func golden(t *testing.T, name string, content []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content, want) {
		t.Errorf("%s is not what was checked in:\n%s", name, content)
	}
}

// An account without a mapping refuses the file, and every one of them is named.
func TestAnAccountWithoutAMappingRefusesTheFile(t *testing.T) {
	t.Parallel()
	m := parsed(t, strings.ReplaceAll(small, "ours = \"*\"", "ours = \"revenue:parking:*\"")) // and nothing else
	f, err := written(m, ledger.Cash, false, days(t))
	if err == nil || len(f.Content) != 0 {
		t.Fatalf("%q, %v", f.Content, err)
	}
	for _, name := range []string{"clearing:card", "clearing:payout:po_1", "fees:card", "in_transit:card", "bank:operating", "revenue:bus:late_fee, ledger key bus, component late_fee"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
	if strings.Contains(err.Error(), "revenue:parking") {
		t.Errorf("one that has a mapping is named: %v", err)
	}
}

const small = `
[layout]
[[layout.column]]
field = "day"
[[layout.column]]
field = "account"
[[layout.column]]
field = "amount"
[[account]]
ours = "*"
account = "1"
`

// Sides that do not balance make no file.
func TestWhatDoesNotBalanceIsNotWritten(t *testing.T) {
	t.Parallel()
	j := journal.New(parsed(t, small), journal.Range{From: third, Until: fourth}, nil)
	for day, side := range map[city.Date]ledger.Side{
		third: {Account: "a", Debit: money.FromMinor(100)}, fourth: {Account: "b", Credit: money.FromMinor(100)}, // in all they do
	} {
		if err := j.Add(journal.Side{Day: day, Side: side}); err != nil {
			t.Fatal(err)
		}
	}
	if f, err := j.Write(); err == nil || !strings.Contains(err.Error(), "do not balance") {
		t.Errorf("%q, %v", f.Content, err)
	}
}

func TestTheFirstRowThatFitsDecides(t *testing.T) {
	t.Parallel()
	m := parsed(t, strings.Replace(small, "[[account]]", `
[[account]]
ours = "revenue:*:penalty"
key = "bus"
account = "bus"
[[account]]
ours = "revenue:*"
offence = "NOPARK"
component = "penalty"
account = "nopark"
tax = "X"
[[account]]
ours = "revenue:p*k*g:*"
account = "parking"
[[account]]`, 1))
	for want, side := range map[string]ledger.Side{
		"bus":     {Account: "revenue:bus:penalty", Key: "bus", Component: "penalty"},
		"nopark":  {Account: "revenue:parking:penalty", Key: "parking", Offence: "NOPARK", Component: "penalty"},
		"parking": {Account: "revenue:parking:late_fee", Key: "parking", Offence: "NOPARK", Component: "late_fee"},
		"1":       {Account: "revenue:bus:late_fee", Key: "bus", Component: "late_fee"},
	} {
		side.Debit = money.FromMinor(1)
		j := journal.New(m, journal.Range{From: third, Until: third}, nil)
		back := ledger.Side{Account: "other", Credit: money.FromMinor(1)}
		for _, s := range []ledger.Side{side, back} {
			if err := j.Add(journal.Side{Day: third, Side: s}); err != nil {
				t.Fatal(err)
			}
		}
		f, err := j.Write()
		if err != nil || !strings.Contains(string(f.Content), "2027-03-03,"+want+",0.01\n") {
			t.Errorf("%s: %q, %v", want, f.Content, err)
		}
	}
}

// Signs, sides, notations and quotes as the layout says.
func TestTheLayoutDecidesWhatAnAmountLooksLike(t *testing.T) {
	t.Parallel()
	base := strings.Replace(small, "[layout]\n", "[layout]\nLAYOUT\n", 1)
	for layout, want := range map[string]string{
		`days = "DD/MM/YYYY"`:                    "03/03/2027,1,65.00",
		"decimal = \",\"\ndelimiter = \";\"":     "2027-03-03;1;65,00",
		`decimal = ","`:                          `2027-03-03,1,"65,00"`,
		`positive = "credit"`:                    "2027-03-03,1,-65.00",
		`quote = "always"`:                       `"2027-03-03","1","65.00"`,
		"decimal = \"none\"\nnewline = \"crlf\"": "2027-03-03,1,6500\r\n",
		"net = true":                             "2027-03-04,1,0.00",
	} {
		moves := map[city.Date][]ledger.Move{third: {{Debit: "a", Credit: "b", Amount: money.FromMinor(6500)}}}
		f, err := written(parsed(t, strings.Replace(base, "LAYOUT", layout, 1)), ledger.Cash, false, moves)
		if layout == "net = true" { // both sides are of one account of the city's: nothing is left of them
			if err != nil || f.Lines != 0 || len(f.Content) != 0 {
				t.Errorf("netted: %q, %v", f.Content, err)
			}
			continue
		}
		if err != nil || !strings.HasPrefix(string(f.Content), want) {
			t.Errorf("%s: %q, %v; want %q", layout, f.Content, err, want)
		}
	}
}

// What is wider than its column refuses the file: a cut account is another account.
func TestNothingIsCutToFit(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("[layout]", "[layout]\nformat = \"fixed\"", "field = \"day\"", "field = \"day\"\nwidth = 10",
		"field = \"account\"", "field = \"account\"\nwidth = 4", "field = \"amount\"", "field = \"amount\"\nwidth = 8\nalign = \"right\"\npad = \"0\"").Replace(small)
	moves := map[city.Date][]ledger.Move{third: {{Debit: "a", Credit: "b", Amount: money.FromMinor(6500)}}}
	f, err := written(parsed(t, text), ledger.Cash, false, moves)
	if err != nil || string(f.Content) != "2027-03-031   00065.00\n2027-03-031   -0065.00\n" {
		t.Errorf("%q, %v", f.Content, err)
	}
	f, err = written(parsed(t, strings.Replace(text, `account = "1"`, `account = "12345"`, 1)), ledger.Cash, false, moves)
	if err == nil || !strings.Contains(err.Error(), `"12345" has 5 letters`) {
		t.Errorf("%q, %v", f.Content, err)
	}
}

// A provisional file says so in each line that has a column for it.
func TestAProvisionalFileSaysSo(t *testing.T) {
	t.Parallel()
	f, err := written(example(t, "journal.toml"), ledger.Cash, true, days(t))
	if err != nil || strings.Count(string(f.Content), ";PROVISIONAL\r\n") != f.Lines || f.Lines == 0 {
		t.Errorf("%v\n%s", err, f.Content)
	}
}

func TestAWrongMappingIsRefusedWithTheFix(t *testing.T) {
	t.Parallel()
	for want, text := range map[string]string{
		"unknown setting layout.colour":         strings.Replace(small, "[layout]", "[layout]\ncolour = 1", 1),
		`"XML" is none of delimited, fixed`:     strings.Replace(small, "[layout]", "[layout]\nformat = \"XML\"", 1),
		"is not a notation that we know":        strings.Replace(small, "[layout]", "[layout]\ndays = \"D\"", 1),
		"its side can't be told":                strings.Replace(small, "\"amount\"", "\"absolute\"", 1),
		"a line needs the account and the day":  strings.Replace(small, "\"day\"", "\"from\"", 1),
		`field "colour" is none of`:             strings.Replace(small, "\"day\"", "\"colour\"", 1),
		"entry goes with lines":                 strings.Replace(small, "[[account]]", "[[layout.column]]\nfield = \"entry\"\n[[account]]", 1),
		"has both a field and a text":           strings.Replace(small, "field = \"day\"", "field = \"day\"\ntext = \"x\"", 1),
		"account 1: give it ours":               strings.Replace(small, "account = \"1\"", "", 1),
		"width 0 is not between":                strings.Replace(small, "[layout]", "[layout]\nformat = \"fixed\"", 1),
		"net: goes with lines = \"day\"":        strings.Replace(small, "[layout]", "[layout]\nnet = true\nlines = \"posting\"", 1),
		"it needs one [[account]]":              small[:strings.Index(small, "[[account]]")],
		"line 2, column 7":                      "\n[layout",
		"it is larger than":                     small + strings.Repeat("#", 300<<10),
		"account 1: \"a\\nb\" is longer than 2": strings.Replace(small, "account = \"1\"", "account = \"a\\nb\"", 1),
	} {
		if _, faults := journal.ParseMapping([]byte(text)); !strings.Contains(fmt.Sprint(faults), want) {
			t.Errorf("want %q: %v", want, faults)
		}
	}
	for _, r := range []journal.Range{{From: fourth, Until: third}, {From: third, Until: third.AddDays(400)}} {
		if r.Check() == nil {
			t.Errorf("%v is taken", r)
		}
	}
	if err := (journal.Range{From: third, Until: third.AddDays(399)}).Check(); err != nil {
		t.Error(err)
	}
}

// The mapping that docs/reports.md shows can be taken as it is.
func TestTheMappingOfTheDocsIsOne(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../docs/reports.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "## The export")
	_, rest, _ = strings.Cut(rest, "```toml\n")
	text, _, ok := strings.Cut(rest, "```")
	if m := parsed(t, text); !ok || len(m.Accounts) != 1 || m.Layout.Decimal != "," {
		t.Errorf("%+v", m)
	}
}

// Any moves, in any layout: what is written has as much debit as credit, and summed by day it is what it is by posting.
func TestEveryFileBalancesAndSumsToTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := []ledger.Account{"bank:a", "clearing:card", "fees:card", "revenue:parking:penalty", "receivable:penalty", "offset:components"}
		moves := map[city.Date][]ledger.Move{}
		for range rapid.IntRange(0, 20).Draw(t, "moves") {
			day := rapid.SampledFrom([]city.Date{third, fourth}).Draw(t, "day")
			m := ledger.Move{
				Debit: rapid.SampledFrom(names[:5]).Draw(t, "debit"), Credit: rapid.SampledFrom(names[:5]).Draw(t, "credit"),
				Amount: money.FromMinor(rapid.Int64Range(1, 1_000_000).Draw(t, "amount")), Component: "penalty", Revenue: "revenue:parking:penalty",
			}
			moves[day] = append(moves[day], m)
		}
		basis := rapid.SampledFrom([]ledger.Basis{ledger.Cash, ledger.Accrual}).Draw(t, "basis")
		totals := map[string]money.Amount{}
		for _, lines := range []string{"day", "posting"} {
			text := strings.Replace(small, "[layout]", "[layout]\nlines = \""+lines+"\"", 1)
			m, faults := journal.ParseMapping([]byte(text))
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			f, err := written(m, basis, false, moves)
			if err != nil || !utf8.Valid(f.Content) {
				t.Fatal(err)
			}
			sum := int64(0)
			for line := range strings.Lines(string(f.Content)) {
				var a money.Amount
				if err := a.UnmarshalText([]byte(strings.TrimSpace(line[strings.LastIndex(line, ",")+1:]))); err != nil {
					t.Fatal(err)
				}
				sum += a.Minor()
			}
			if sum != 0 {
				t.Fatalf("by %s the lines come to %d", lines, sum)
			}
			totals[lines] = f.Debit
		}
		if totals["day"] != totals["posting"] {
			t.Fatalf("%v", totals)
		}
	})
}
