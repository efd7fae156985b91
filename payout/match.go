package payout

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fundy/city"
	"fundy/money"
)

// Sent is a payout that is entered and has no line of the bank yet; Back is one that failed after it had one.
type Sent struct {
	ID     string
	Amount money.Amount // Back: what the bank's line should say, the other way round
	Day    city.Date    // on which it should arrive, or on which it failed
	Trace  string
	Back   bool
}

// BankLine is a line of the bank that is the processor's by the city's rules and is no payout yet.
type BankLine struct {
	ID        string
	Account   string
	Value     city.Date
	Amount    money.Amount
	Reference string
	Text      string
	File      string
	At        int // line of the file
}

// Pair is a payout and its line.
type Pair struct {
	Sent Sent
	Line BankLine
}

// Calendar says which days are business days.
type Calendar interface{ WorkingDay(d city.Date) bool }

// BusinessDays is the day n business days after d, or before it for a negative n.
func BusinessDays(c Calendar, d city.Date, n int) city.Date {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for tries := 0; n > 0 && tries < 400; tries++ {
		d = d.AddDays(step)
		if c.WorkingDay(d) {
			n--
		}
	}
	return d
}

// Age is how many business days lie between from and to.
func Age(c Calendar, from, to city.Date) int {
	n := 0
	for d := from; d.Compare(to) < 0 && n < 400; n++ {
		d = BusinessDays(c, d, 1)
		if d.Compare(to) > 0 {
			break
		}
	}
	return n
}

// Match finds the line of each payout, one to one: the same amount to the cent, a value date within the window
// around its arrival, and of several the one that names the banks' reference, then the earliest.
func (r Rules) Match(sent []Sent, lines []BankLine, c Calendar) []Pair {
	sent, lines = slices.Clone(sent), slices.Clone(lines)
	slices.SortFunc(sent, func(a, b Sent) int {
		if d := a.Day.Compare(b.Day); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	slices.SortFunc(lines, func(a, b BankLine) int {
		if d := a.Value.Compare(b.Value); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	var pairs []Pair
	used := make([]bool, len(lines))
	find := func(s Sent, named bool) bool {
		for i, l := range lines {
			if used[i] || l.Amount != s.Amount || !r.within(s, l.Value, c) || named && !l.names(s.Trace) {
				continue
			}
			used[i] = true
			pairs = append(pairs, Pair{s, l})
			return true
		}
		return false
	}
	// Those that are named come first: another payout of the same amount can't take their line.
	var rest []Sent
	for _, s := range sent {
		if !find(s, true) {
			rest = append(rest, s)
		}
	}
	for _, s := range rest {
		find(s, false)
	}
	return pairs
}

func (l BankLine) names(trace string) bool {
	return trace != "" && (strings.Contains(l.Reference, trace) || strings.Contains(l.Text, trace))
}

func (r Rules) within(s Sent, day city.Date, c Calendar) bool {
	after := r.After
	if s.Back {
		after += r.Late // a bank sends back when it gets to it
	}
	return day.Compare(BusinessDays(c, s.Day, -r.Before)) >= 0 && day.Compare(BusinessDays(c, s.Day, after)) <= 0
}

// LastDay is the last day on which a payout's line may stand.
func (r Rules) LastDay(arrival city.Date, c Calendar) city.Date {
	return BusinessDays(c, arrival, r.After)
}

// Explain says of a line that is no payout's what a person might make of it.
func (r Rules) Explain(l BankLine, sent []Sent, twins int, c Calendar) string {
	if twins > 0 {
		return fmt.Sprintf("the bank has %s on %s, and the payout of that amount has its line already: did the bank enter it twice?", l.Amount, l.Value)
	}
	for _, s := range sent {
		difference, err := l.Amount.Sub(s.Amount)
		if err != nil {
			continue
		}
		if difference.IsZero() {
			return fmt.Sprintf("the bank has %s on %s; the payout %s of that amount was to arrive on %s: ask the bank about the day", l.Amount, l.Value, s.ID, s.Day)
		}
		if r.within(s, l.Value, c) && small(difference) {
			return fmt.Sprintf("the bank has %s on %s, and the payout %s is %s: they differ by %s. Ask the processor which is right", l.Amount, l.Value, s.ID, s.Amount, difference)
		}
	}
	return fmt.Sprintf("the bank has %s on %s from the processor, and no payout of ours is that: is it another account's at the processor? Fetch the payouts first", l.Amount, l.Value)
}

// small is a difference that is more likely a slip than another payment.
func small(a money.Amount) bool {
	n := a.Minor()
	return n > -100 && n < 100
}

// DayOf is the day of an instant that processors write as midnight in UTC.
func DayOf(t time.Time) city.Date { return city.DateOf(t, time.UTC) }
