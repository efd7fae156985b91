package payout

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fundy/city"
	"fundy/money"
)

// SlipKind says what a deposit is of.
type SlipKind string

// The kinds of deposit: what is carried to the bank, and what the acquirer of the card terminals pays.
const (
	CashCheque   SlipKind = "cash_cheque"
	TerminalSlip SlipKind = "terminal"
)

// SlipState is where a deposit is.
type SlipState string

// The states of a deposit.
const (
	SlipNew    SlipState = "new"
	SlipMade   SlipState = "made"   // written, and in the safe
	SlipSent   SlipState = "sent"   // out of the house
	SlipBanked SlipState = "banked" // seen at the bank
)

// SlipEvent is what moves a deposit.
type SlipEvent string

// The events. A bank can show a deposit of which nobody said that it went out.
const (
	SlipWritten SlipEvent = "written"
	SlipGone    SlipEvent = "gone"
	SlipShown   SlipEvent = "shown"
)

// SlipLine is one edge of the table of deposits.
type SlipLine struct {
	From  SlipState
	Event SlipEvent
	To    SlipState
}

// SlipTable is every move that a deposit can make. What is not here does not happen.
var SlipTable = []SlipLine{
	{SlipNew, SlipWritten, SlipMade},
	{SlipMade, SlipGone, SlipSent},
	{SlipMade, SlipShown, SlipBanked},
	{SlipSent, SlipShown, SlipBanked},
}

// NextSlip is the line that an event takes.
func NextSlip(from SlipState, event SlipEvent) (SlipLine, error) {
	for _, l := range SlipTable {
		if l.From == from && l.Event == event {
			return l, nil
		}
	}
	return SlipLine{}, fmt.Errorf("a deposit that is %s can't be %s", from, event)
}

// Slip is a deposit: closed batches of one account and day, with the reference that stands on the slip.
type Slip struct {
	ID        string
	Kind      SlipKind
	Account   string // the bank account's name in the ledger
	Day       city.Date
	Reference string
	State     SlipState
	Amount    money.Amount // that the bank should show, before fees
	Entered   money.Amount // what our batches come to: of a terminal it can be another amount than its report's
	Back      money.Amount // given back on the terminal since its last report: its report has so much less
	By        string
	MadeAt    time.Time
	Version   int64
	BankedOn  city.Date    // the value date of the bank's line; none yet: zero
	Fee       money.Amount // that the acquirer kept of it
	Short     money.Amount // less at the bank than on the slip, as a person has accepted; negative: more
}

// Difference is by how much our entries, less what was given back there, are more than a terminal's report says; of a
// slip nothing.
func (s Slip) Difference() (money.Amount, error) {
	net, err := s.Net()
	if err != nil {
		return net, err
	}
	return net.Sub(s.Amount)
}

// Net is what our entries come to, less what was given back on the terminal.
func (s Slip) Net() (money.Amount, error) { return s.Entered.Sub(s.Back) }

// DifferenceRef is what a terminal's difference is called in a report, so that a person can explain it.
func (s Slip) DifferenceRef() string { return s.ID + differenceMark }

const differenceMark = ".difference"

// DifferenceOf is the deposit whose difference a reference is; false for another reference.
func DifferenceOf(ref string) (string, bool) { return strings.CutSuffix(ref, differenceMark) }

// slipReferenceMost bounds what stands on a slip, in bytes.
const slipReferenceMost = 40

// SlipReference says whether a text can be a slip's reference: letters, digits and hyphens, with a digit in it.
func SlipReference(s string) bool {
	letters := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
	return len(s) <= slipReferenceMost && strings.Trim(s, letters) == "" && strings.ContainsAny(s, "0123456789")
}

// SlipPair is a deposit and the bank's line of it, with what the acquirer kept.
type SlipPair struct {
	Slip Slip
	Line BankLine
	Fee  money.Amount
}

// MatchSlips finds the line of each deposit, one to one: in the slip's account, on a day within the window, with
// the same amount to the cent; of a terminal's batch less by no more than the fee that the city allows. The pair
// whose line names the slip comes first, then one without a fee, then the one whose days are nearest. A line that
// names another slip (known are the references of all) is not this one's, whatever its amount.
func (r Rules) MatchSlips(slips []Slip, lines []BankLine, known []string, c Calendar) []SlipPair {
	type candidate struct {
		SlipPair
		rank [3]int
	}
	var all []candidate
	for _, s := range slips {
		for _, l := range lines {
			fee, ok := r.fitsSlip(s, l, c)
			named := l.namesSlip(s.Reference)
			if !ok || !named && slices.ContainsFunc(known, l.namesSlip) {
				continue
			}
			rank := [3]int{0, 0, distance(s.Day, l.Value)}
			if !named {
				rank[0] = 1
			}
			if !fee.IsZero() {
				rank[1] = 1
			}
			all = append(all, candidate{SlipPair{s, l, fee}, rank})
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		if d := slices.Compare(a.rank[:], b.rank[:]); d != 0 {
			return d
		}
		return strings.Compare(a.Slip.Day.String()+a.Slip.ID+a.Line.ID, b.Slip.Day.String()+b.Slip.ID+b.Line.ID)
	})
	var pairs []SlipPair
	used := map[string]bool{}
	for _, one := range all {
		if used[one.Slip.ID] || used[one.Line.ID] {
			continue
		}
		used[one.Slip.ID], used[one.Line.ID] = true, true
		pairs = append(pairs, one.SlipPair)
	}
	return pairs
}

// fitsSlip says whether a line can be a deposit's, and what its acquirer then kept.
func (r Rules) fitsSlip(s Slip, l BankLine, c Calendar) (fee money.Amount, ok bool) {
	if r.AccountName(l.Account) != s.Account || !r.within(Sent{Day: s.Day}, l.Value, c) {
		return fee, false
	}
	if l.Amount == s.Amount {
		return fee, true
	}
	fee, err := s.Amount.Sub(l.Amount)
	if err != nil || s.Kind != TerminalSlip || s.Amount.IsNegative() || fee.IsNegative() {
		return money.Zero, false
	}
	most, err := s.Amount.Percent(r.feeMost)
	return fee, err == nil && fee.Cmp(most) <= 0
}

// namesSlip says whether a line has a slip's reference in it, as a word of its own: slip 12 is not slip 3125.
func (l BankLine) namesSlip(reference string) bool {
	if reference == "" {
		return false
	}
	for _, text := range []string{l.Reference, l.Text} {
		words := strings.FieldsFunc(text, func(r rune) bool {
			return !(r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
		})
		for _, w := range words {
			if strings.EqualFold(strings.TrimLeft(w, "0"), strings.TrimLeft(reference, "0")) {
				return true
			}
		}
	}
	return false
}

// distance is how many calendar days lie between two days, either way.
func distance(a, b city.Date) int {
	n := int(b.Start(time.UTC).Sub(a.Start(time.UTC)) / (24 * time.Hour))
	return max(n, -n)
}

// ExplainSlip says of a line that no deposit is what a person might make of it. open are the deposits that wait
// for a line.
func (r Rules) ExplainSlip(l BankLine, claim Claim, open []Slip, twins int, c Calendar) string {
	if twins > 0 {
		return fmt.Sprintf("the bank has %s on %s, and the deposit of that amount has its line already: did the bank enter it twice?", l.Amount, l.Value)
	}
	for _, s := range open {
		difference, err := l.Amount.Sub(s.Amount)
		if err != nil || claim == Deposit != (s.Kind == CashCheque) || r.AccountName(l.Account) != s.Account {
			continue
		}
		named := l.namesSlip(s.Reference)
		switch {
		case named && difference.IsZero(), !named && difference.IsZero() && !slipsName(open, l):
			return fmt.Sprintf("the bank has %s on %s; %s of that amount is of %s: ask the bank about the day", l.Amount, l.Value, s.name(), s.Day)
		case named, r.within(Sent{Day: s.Day}, l.Value, c) && small(difference):
			return fmt.Sprintf("the bank has %s on %s, and %s is %s: they differ by %s. Count the copies again and ask the bank; then another person accepts the bank's count",
				l.Amount, l.Value, s.name(), s.Amount, difference)
		}
	}
	if claim == Terminal {
		return fmt.Sprintf("the bank has %s on %s from the terminals' acquirer, and no batch's total is that: enter the terminal's report", l.Amount, l.Value)
	}
	return fmt.Sprintf("the bank has %s on %s as a deposit of ours, and no slip is that: make the slip, or ask who else deposits", l.Amount, l.Value)
}

func slipsName(slips []Slip, l BankLine) bool {
	return slices.ContainsFunc(slips, func(s Slip) bool { return l.namesSlip(s.Reference) })
}

// name is a deposit for a sentence.
func (s Slip) name() string {
	if s.Kind == TerminalSlip {
		return "the terminal batch " + s.Reference
	}
	return "the deposit slip " + s.Reference
}
