package payout

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fundy/city"
	"fundy/money"
)

// OverShort stands among the kinds of tender for what was counted more, or less, than was taken.
const OverShort = "over_short"

// Counted is a tender that counts for a day, or what was over or short of a drawer.
type Counted struct {
	Kind   string // of the tender, or OverShort
	Batch  string
	At     time.Time
	Amount money.Amount
	Slip   string   // the deposit that it is in, "" while in none
	Back   bool     // it came back before it was deposited
	Takers []string // who had it in hand: of a batch, who opened it, alone or as one of two
}

// CameBack is a cheque that was deposited and came back.
type CameBack struct {
	ID      string
	At      time.Time
	Amount  money.Amount
	ShownOn city.Date // by the bank; zero: not yet
}

// TenderTotal is what came of one kind, and what of it is at the bank.
type TenderTotal struct {
	Kind   string       `json:"kind"`
	Count  int          `json:"count"`
	Amount money.Amount `json:"amount"`
	Bank   money.Amount `json:"bank"`
}

// OnSlip is a deposit with what of the day's money is in it.
type OnSlip struct {
	ID        string       `json:"id"`
	Kind      SlipKind     `json:"kind"`
	Reference string       `json:"reference"`
	Amount    money.Amount `json:"amount"`
	OfDay     money.Amount `json:"of_this_day"`
	Day       city.Date    `json:"day"`
	BankedOn  city.Date    `json:"banked_on"`
}

// counters adds up what came without the card page.
func (s *sheet) counters() {
	for _, c := range s.Counter {
		s.counted(c)
	}
	for _, c := range s.Back {
		s.cameBack(c)
	}
	for _, id := range slices.Sorted(maps.Keys(s.Slips)) {
		if slip := s.Slips[id]; slip.Day == s.Day {
			s.beside(slip)
		}
	}
}

// kind is the total of a kind of tender.
func (s *sheet) kind(name string) *TenderTotal {
	if s.kinds[name] == nil {
		s.kinds[name] = &TenderTotal{Kind: name}
	}
	return s.kinds[name]
}

func (s *sheet) counted(c Counted) {
	day := city.DateOf(c.At, s.Zone)
	k := s.kind(c.Kind)
	k.Count++
	s.plus(&k.Amount, c.Amount)
	s.plus(&s.report.Gross, c.Amount)
	if c.Back {
		s.vary(Chargeback, c.Amount, day, c.Batch, "a cheque that came back before it was deposited")
		return
	}
	s.carry(c, day)
}

// carry says where money of the counter is.
func (s *sheet) carry(c Counted, day city.Date) {
	slip, on := s.Slips[c.Slip]
	s.of(c.Batch, c.Amount, day, right)
	if !on {
		class, what := s.undeposited(c, day)
		ref := ""
		if class == Unknown {
			ref = c.Batch
		}
		s.vary(class, c.Amount, day, ref, what)
		if class == Unknown {
			s.made(ref, what, c.Takers)
		}
		return
	}
	if s.onSlip[slip.ID] == nil {
		s.onSlip[slip.ID] = &OnSlip{ID: slip.ID, Kind: slip.Kind, Reference: slip.Reference, Amount: slip.Amount, Day: slip.Day, BankedOn: slip.BankedOn}
	}
	s.plus(&s.onSlip[slip.ID].OfDay, c.Amount)
	s.of(slip.ID, slip.Amount, slip.Day, right)
	last := s.rules.LastDay(slip.Day, s.Calendar)
	switch {
	case !slip.BankedOn.IsZero():
		s.plus(&s.report.Bank, c.Amount)
		s.plus(&s.kind(c.Kind).Bank, c.Amount)
	case s.Today.Compare(last) <= 0:
		s.vary(Timing, c.Amount, slip.Day, slip.ID, fmt.Sprintf("%s is on its way to the bank", slip.name()))
	default:
		s.unknownOf(slip, c.Amount, slip.ID, fmt.Sprintf("%s of %s is of %s: it was to be at the bank by %s, and no line of the bank is it. Is a file of the bank missing? Else ask the bank", slip.name(), slip.Amount, slip.Day, last))
	}
}

// unknownOf is what a person who has not made the deposit has to look at.
func (s *sheet) unknownOf(slip Slip, amount money.Amount, ref, what string) {
	s.vary(Unknown, amount, slip.Day, ref, what)
	s.made(ref, what, []string{slip.By})
}

// made notes of something unknown who has made it: they don't explain it.
func (s *sheet) made(ref, what string, by []string) {
	s.sums[string(Unknown)+"\x00"+ref+"\x00"+what].Makers = by
}

// undeposited is what it means that money of the counter is in no deposit yet.
func (s *sheet) undeposited(c Counted, day city.Date) (Class, string) {
	where, how := "on no deposit slip", "make one"
	if c.Kind == string(TerminalSlip) {
		where, how = "in no batch of its terminal", "enter its report"
	}
	if age := Age(s.Calendar, day, s.Today); age > s.rules.Late {
		return Unknown, fmt.Sprintf("taken at the counter, and after %d business days %s: %s", age, where, how)
	}
	return Timing, "taken at the counter, " + where + " yet"
}

// beside notes, on the day of a deposit, by what the bank has other than what was taken: what the acquirer kept, what
// a person accepted as short, and what its terminal's own report says otherwise.
func (s *sheet) beside(slip Slip) {
	difference, err := slip.Difference()
	if err != nil {
		s.err = err
		return
	}
	less := func(amount money.Amount) {
		s.carry(Counted{Kind: string(slip.Kind), Slip: slip.ID, Amount: amount.Neg()}, slip.Day)
	}
	if !slip.Fee.IsZero() {
		s.vary(Fee, slip.Fee, slip.Day, "", "what the terminals' acquirer kept")
		less(slip.Fee)
	}
	if !slip.Back.IsZero() {
		s.vary(Refund, slip.Back, slip.Day, "", "given back on the terminal")
		less(slip.Back)
	}
	if !difference.IsZero() {
		s.unknownOf(slip, difference, slip.DifferenceRef(), fmt.Sprintf("%s: its report says %s, and our entries come to %s. Compare them one by one", slip.name(), slip.Amount, slip.Entered))
		less(difference)
	}
	if !slip.Short.IsZero() {
		s.counted(Counted{Kind: OverShort, At: slip.Day.Start(s.Zone), Slip: slip.ID, Amount: slip.Short.Neg()})
	}
}

// cameBack takes a cheque off again that the bank had been given: it is at the bank no more, or will not be.
func (s *sheet) cameBack(c CameBack) {
	day := city.DateOf(c.At, s.Zone)
	s.of(c.ID, c.Amount.Neg(), day, right)
	s.vary(Chargeback, c.Amount, day, c.ID, "a cheque that its payer's bank did not pay")
	switch {
	case !c.ShownOn.IsZero():
		s.plus(&s.report.Bank, c.Amount.Neg())
	case Age(s.Calendar, day, s.Today) > s.rules.Late:
		s.vary(Unknown, c.Amount.Neg(), day, c.ID, fmt.Sprintf("a cheque of %s came back on %s, and no line of the bank takes it: is a file of the bank missing? Else ask the bank", c.Amount, day))
	default:
		s.vary(Timing, c.Amount.Neg(), day, c.ID, "a cheque came back: the bank has not taken its money yet")
	}
}

// slips ends the report's lists of the counter.
func (s *sheet) slips() {
	for _, k := range s.kinds {
		s.report.Counter = append(s.report.Counter, *k)
	}
	slices.SortFunc(s.report.Counter, func(a, b TenderTotal) int { return strings.Compare(a.Kind, b.Kind) })
	for _, on := range s.onSlip {
		s.report.Deposits = append(s.report.Deposits, *on)
	}
	slices.SortFunc(s.report.Deposits, func(a, b OnSlip) int { return strings.Compare(a.Day.String()+a.ID, b.Day.String()+b.ID) })
}

// waiting are the deposits that the bank has not shown, the oldest first.
func (s *sheet) waiting() []Slip {
	var open []Slip
	for _, slip := range s.Slips {
		if slip.BankedOn.IsZero() {
			open = append(open, slip)
		}
	}
	slices.SortFunc(open, func(a, b Slip) int { return strings.Compare(a.Day.String()+a.ID, b.Day.String()+b.ID) })
	return open
}
