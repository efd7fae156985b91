// Package journal turns our ledger into the file that a city's own general ledger imports: accounts and layout are
// set by a mapping file alone.
//
// Invariants:
//   - an account without a line of the mapping refuses the whole file, and all of them are named;
//   - what is written has as much debit as credit, on each day and in all, or nothing is written;
//   - the same lines through the same mapping are the same bytes: no clock and no chance has a part in it;
//   - a value that does not fit its column refuses the file: nothing is cut off.
//
// It does no I/O and takes no time.
package journal

import (
	"fmt"
	"sort"
	"strings"

	"fundy/city"
	"fundy/ledger"
	"fundy/money"
)

// Limits of an export. A file of so many lines is more than an import of a general ledger takes at once.
const (
	MostDays  = 400
	mostLines = 500_000
	mostBytes = 256 << 20
)

// Side is a side of one of our entries on a day.
type Side struct {
	Day   city.Date
	Entry string // "" where a day is summed
	ledger.Side
}

// Line is a line of the file: a side with what the mapping says of it.
type Line struct {
	Day        city.Date
	Account    string // the city's
	CostCentre string
	Tax        string
	Text       string
	Ours       string // our account
	Key        string
	Offence    string
	Component  string
	Entry      string
	Debit      money.Amount
	Credit     money.Amount
}

// Journal collects the sides of a range of days, and writes them.
type Journal struct {
	mapping Mapping
	span    Range
	tax     map[string]string
	missing map[string]int
	order   []Line         // by posting
	sums    map[Line]*Line // by account and day: the key has no amounts
	debit   money.Amount
	credit  money.Amount
	sides   int
}

// Range is what a file is of.
type Range struct {
	From, Until city.Date // both days are in it
	Provisional bool      // a day of it is not closed yet
}

// Check wants a range that a file can be of.
func (r Range) Check() error {
	if r.Until.Compare(r.From) < 0 {
		return fmt.Errorf("%s lies before %s", r.Until, r.From)
	}
	if r.From.AddDays(MostDays).Compare(r.Until) <= 0 {
		return fmt.Errorf("from %s to %s is more than %d days: export a year at most at once", r.From, r.Until, MostDays)
	}
	return nil
}

// New begins a file. tax is the city's tax code of each component, for accounts whose line of the mapping has none.
func New(m Mapping, r Range, tax map[string]string) *Journal {
	return &Journal{mapping: m, span: r, tax: tax, missing: map[string]int{}, sums: map[Line]*Line{}}
}

// ByPosting says whether the file wants each posting, or the sums of a day.
func (j *Journal) ByPosting() bool { return j.mapping.Layout.Lines == linesPosting }

// Add takes a side.
func (j *Journal) Add(s Side) error {
	j.sides++
	row, ok := j.mapping.find(s.Side)
	if !ok {
		j.missing[describe(s.Side)]++
		return nil
	}
	var err error
	if j.debit, err = j.debit.Add(s.Debit); err != nil {
		return err
	}
	if j.credit, err = j.credit.Add(s.Credit); err != nil {
		return err
	}
	l := Line{
		Day: s.Day, Account: row.Account, CostCentre: row.CostCentre, Tax: row.Tax, Text: row.Text,
		Ours: string(s.Account), Key: s.Key, Offence: s.Offence, Component: string(s.Component), Entry: s.Entry,
	}
	if l.Tax == "" {
		l.Tax = s.Tax(j.tax)
	}
	if j.ByPosting() {
		l.Debit, l.Credit = s.Debit, s.Credit
		j.order = append(j.order, l)
		return j.bounded(len(j.order))
	}
	return j.sum(j.mapping.only(l), s)
}

// sum adds a side to the line of its day that is the same in all columns of the file.
func (j *Journal) sum(key Line, s Side) error {
	line := j.sums[key]
	if line == nil {
		l := key
		line = &l
		j.sums[key] = line
	}
	var err error
	if line.Debit, err = line.Debit.Add(s.Debit); err != nil {
		return err
	}
	if line.Credit, err = line.Credit.Add(s.Credit); err != nil {
		return err
	}
	return j.bounded(len(j.sums))
}

func (j *Journal) bounded(n int) error {
	if n > mostLines {
		return fmt.Errorf("the range has more than %d lines: export fewer days at once, or lines = \"day\" in the mapping", mostLines)
	}
	return nil
}

// describe names a side whose account has no line in the mapping.
func describe(s ledger.Side) string {
	name := string(s.Account)
	for _, more := range []struct{ what, is string }{{"ledger key", s.Key}, {"component", string(s.Component)}} {
		if more.is != "" {
			name += ", " + more.what + " " + more.is
		}
	}
	return name
}

// Missing are the accounts that the mapping has no line for.
func (j *Journal) Missing() []string {
	all := make([]string, 0, len(j.missing))
	for name := range j.missing {
		all = append(all, name)
	}
	sort.Strings(all)
	return all
}

// ErrMissing names every account that the mapping has no line for.
type ErrMissing struct{ Accounts []string }

func (e ErrMissing) Error() string {
	return fmt.Sprintf("%d accounts have no line in the mapping, so nothing is exported:\n  %s\nAdd an [[account]] for each, with ours = \"…\" and the city's account",
		len(e.Accounts), strings.Join(e.Accounts, "\n  "))
}

// lines are what the file has, in its order, each with one side.
func (j *Journal) lines() ([]Line, error) {
	if missing := j.Missing(); len(missing) > 0 {
		return nil, ErrMissing{missing}
	}
	all := j.order
	if !j.ByPosting() {
		for _, l := range j.sums {
			parts, err := j.mapping.Layout.split(*l)
			if err != nil {
				return nil, err
			}
			all = append(all, parts...)
		}
		sort.Slice(all, func(a, b int) bool { return all[a].before(all[b]) })
	}
	return all, balanced(all)
}

// split makes one line of a sum where its two sides are netted, else one for each side that has something.
func (l Layout) split(sum Line) ([]Line, error) {
	if !l.Net {
		var all []Line
		debit, credit := sum, sum
		debit.Credit, credit.Debit = money.Zero, money.Zero
		for _, one := range []Line{debit, credit} {
			if !one.Debit.IsZero() || !one.Credit.IsZero() {
				all = append(all, one)
			}
		}
		return all, nil
	}
	net, err := sum.Debit.Sub(sum.Credit)
	if err != nil || net.IsZero() {
		return nil, err
	}
	sum.Debit, sum.Credit = net, money.Zero
	if net.IsNegative() {
		sum.Debit, sum.Credit = money.Zero, net.Neg()
	}
	return []Line{sum}, nil
}

// before is the order of summed lines: by day, then by what stands in them, the debit first.
func (l Line) before(o Line) bool {
	for _, pair := range [][2]string{
		{l.Day.String(), o.Day.String()}, {l.Account, o.Account}, {l.CostCentre, o.CostCentre}, {l.Tax, o.Tax}, {l.Text, o.Text},
		{l.Ours, o.Ours}, {l.Key, o.Key}, {l.Offence, o.Offence}, {l.Component, o.Component},
	} {
		if pair[0] != pair[1] {
			return pair[0] < pair[1]
		}
	}
	return l.Debit.Cmp(o.Debit) > 0
}

// balanced refuses lines that have more debit than credit, or less, on any day.
func balanced(lines []Line) error {
	days := map[city.Date]money.Amount{}
	for _, l := range lines {
		sum, err := days[l.Day].Add(l.Debit)
		if err != nil {
			return err
		}
		if days[l.Day], err = sum.Sub(l.Credit); err != nil {
			return err
		}
	}
	for day, sum := range days {
		if !sum.IsZero() {
			return fmt.Errorf("the lines of %s do not balance: debit less credit is %s, so nothing is exported; run fundy ledger check", day, sum)
		}
	}
	return nil
}
