package payout

import (
	"cmp"
	"slices"
	"strings"

	"fundy/city"
	"fundy/money"
)

// Word is what a person says of something unknown.
type Word struct {
	Class Class
	Why   string
	By    string // "": on the city's own machine, before names were kept
}

// WordClasses are what a person can say that something unknown is. Stray is of a line of the bank's alone.
var WordClasses = []Class{Fee, Refund, Chargeback, Reserve, Stray}

// CouldBe is a deposit that a line of the bank's can be.
type CouldBe struct {
	ID        string       `json:"id"`
	Reference string       `json:"reference"`
	Kind      SlipKind     `json:"kind"`
	By        string       `json:"by"`
	Short     money.Amount `json:"short"` // less in the line than on the slip; negative: more
}

// About are the open deposits of a line's account and kind: while they wait for a line, it is theirs to explain, and who has
// made one of them says nothing of it.
func (r Rules) About(l BankLine, claim Claim, open []Slip) []Slip {
	var all []Slip
	for _, s := range open {
		if s.BankedOn.IsZero() && (claim == Deposit && s.Kind == CashCheque || claim == Terminal && s.Kind == TerminalSlip) && r.AccountName(l.Account) == s.Account {
			all = append(all, s)
		}
	}
	return all
}

// couldBeMost bounds the deposits that are named of one line.
const couldBeMost = 5

// CouldBe are the deposits that a person may accept a line as, what differs least first.
func (r Rules) CouldBe(l BankLine, claim Claim, open []Slip) []CouldBe {
	var all []CouldBe
	for _, s := range r.About(l, claim, open) {
		if short, no := r.Acceptable(s, l, claim); no == nil {
			all = append(all, CouldBe{ID: s.ID, Reference: s.Reference, Kind: s.Kind, By: s.By, Short: short})
		}
	}
	slices.SortStableFunc(all, func(a, b CouldBe) int {
		return cmp.Or(cmp.Compare(max(a.Short.Minor(), -a.Short.Minor()), max(b.Short.Minor(), -b.Short.Minor())), strings.Compare(a.ID, b.ID))
	})
	return all[:min(len(all), couldBeMost)]
}

// WordRefusal says why a person may not say that of something about a deposit.
type WordRefusal struct {
	Reason string
	Slip   string // its reference, or the batch's
}

// The reasons.
const (
	WordNoName   = "no_name"     // nobody is named, and a deposit's maker must not say it
	WordOwnSlip  = "own_deposit" // who speaks has made the deposit
	WordOwnMoney = "own_money"   // who speaks has taken the money
	WordAcceptIt = "accept_it"   // the line can be a deposit: it is accepted on its page, or is none of ours
)

// MaySay decides whether a person may explain what is about deposits: whoever has made one of them may not, and a line that
// can be one of them is not made something else of ours.
func MaySay(about []Slip, could []CouldBe, w Word) *WordRefusal {
	if len(about) == 0 {
		return nil
	}
	if w.By == "" {
		return &WordRefusal{WordNoName, about[0].Reference}
	}
	for _, s := range about {
		if s.By == w.By {
			return &WordRefusal{WordOwnSlip, s.Reference}
		}
	}
	if len(could) > 0 && w.Class != Stray {
		return &WordRefusal{WordAcceptIt, could[0].Reference}
	}
	return nil
}

// MaySayOf decides whether a person may explain why a batch of the counter is in no deposit: whoever had its money in hand
// may not.
func MaySayOf(batch string, takers []string, by string) *WordRefusal {
	switch {
	case by == "":
		return &WordRefusal{WordNoName, batch}
	case slices.Contains(takers, by):
		return &WordRefusal{WordOwnMoney, batch}
	}
	return nil
}

// Overtaken is what a person has said of something that came right afterwards: the word stays on the day.
type Overtaken struct {
	Ref    string       `json:"ref"`
	Amount money.Amount `json:"amount"`
	Class  Class        `json:"class"`
	Why    string       `json:"why"`
	By     string       `json:"by,omitempty"`
	What   string       `json:"what"` // what it is now
}

// Explained is the report with what persons have said of its unknowns. What is of no capture or line of the day (a
// line of the bank's, a payout that is not in the books) is noted and changes no sum. What was said of a thing of this day
// that has come right since stands apart: nothing that a person has said leaves the day.
func (r Report) Explained(words map[string]Word) Report {
	told := map[string]bool{}
	for i, v := range r.Variances {
		w, ok := words[v.Ref]
		if !ok || v.Class != Unknown || v.Ref == "" {
			continue
		}
		told[v.Ref] = true
		r.Variances[i].Class, r.Variances[i].What, r.Variances[i].By, r.Variances[i].Of = w.Class, w.Why, w.By, v.What
		if v.Summed {
			left, _ := r.Classes[Unknown].Sub(v.Amount)
			sum, _ := r.Classes[w.Class].Add(v.Amount)
			r.Classes[Unknown], r.Classes[w.Class] = left, sum
		}
	}
	for _, t := range r.things {
		if w, ok := words[t.ref]; ok && !told[t.ref] {
			told[t.ref] = true
			r.Overtaken = append(r.Overtaken, Overtaken{Ref: t.ref, Amount: t.amount, Class: w.Class, Why: w.Why, By: w.By, What: t.what})
		}
	}
	return r
}

// thing is something of the day that a person may have explained, with what it is if nobody has to.
type thing struct {
	ref    string
	amount money.Amount
	what   string
}

// right is what something is that needs nobody any more.
const right = "it has come right since"

// of remembers a thing of the day.
func (s *sheet) of(ref string, amount money.Amount, day city.Date, what string) {
	if ref != "" && day == s.Day {
		s.report.things = append(s.report.things, thing{ref, amount, what})
	}
}
