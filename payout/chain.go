package payout

import (
	"slices"

	"fundy/bank"
	"fundy/city"
	"fundy/money"
)

// Ended is a statement of an account that was taken before.
type Ended struct {
	Day     city.Date
	Opening *money.Amount // nil: the bank did not say
	Closing *money.Amount
}

// Gap is a statement that does not begin where the last one ended.
type Gap struct {
	*bank.Fault
	Account    string // its name in the ledger
	Day, Last  city.Date
	Opening    money.Amount
	Closing    money.Amount // of the last one
	Difference money.Amount
}

// Unwrap lets a gap be found as a fault of the file.
func (g *Gap) Unwrap() error { return g.Fault }

// Follows wants a statement to begin where the account's statements before it ended. taken are those of the newest
// day before its own, and those of its own day. One that reaches back over days that were taken already has to agree
// with them on the way; one that does not say what it begins with, or follows one that does not say how it ends, can't
// be checked.
func (r Rules) Follows(s bank.Statement, taken []Ended) *Gap {
	if s.Opening == nil {
		return nil
	}
	var before []Ended
	var last Ended
	for _, t := range taken {
		switch {
		case t.Closing == nil || t.Opening == nil:
			return nil
		case t.Day == s.Day && (*t.Opening == *s.Opening || *t.Closing == *s.Opening || s.Closing != nil && *t.Closing == *s.Closing):
			return nil // the same statement again, a fuller one, or what comes after it on the same day
		case t.Day == s.Day:
			last = t
		default:
			before = append(before, t)
		}
	}
	for _, t := range before {
		if passes(s, t) {
			return nil
		}
		if last.Closing == nil {
			last = t
		}
	}
	if last.Closing == nil {
		return nil // the first of the account
	}
	return r.gap(s, last)
}

// passes says whether a statement comes by what another one ended with: at its beginning, or among its entries up to
// that one's day. (That one may have been written before the day was over.)
func passes(s bank.Statement, t Ended) bool {
	sum := *s.Opening
	if sum == *t.Closing {
		return true
	}
	lines := s.Lines
	if n := len(lines); n > 1 && lines[0].Booked.Compare(lines[n-1].Booked) > 0 { // the newest first
		lines = slices.Clone(lines)
		slices.Reverse(lines)
	}
	for _, l := range lines {
		var err error
		if sum, err = sum.Add(l.Amount); err != nil || l.Booked.Compare(t.Day) > 0 {
			return false
		}
		if sum == *t.Closing {
			return true
		}
	}
	return false
}

func (r Rules) gap(s bank.Statement, last Ended) *Gap {
	name := r.AccountName(s.Account)
	difference, _ := s.Opening.Sub(*last.Closing)
	const fix = "Nothing of the file was taken. Take the missing statement first. If the bank has none to give, a person takes this one all the same: fundy settle bank FILE --gap WHY --as NAME"
	fault := bank.Wrong(s.At, "opening balance", fix,
		"the statement of %s of the account %s starts with %s, the last (of %s) ended with %s: a statement is missing", s.Day, name, *s.Opening, last.Day, *last.Closing)
	if last.Day == s.Day {
		fault = bank.Wrong(s.At, "opening balance", fix,
			"the statement of %s of the account %s starts with %s and another one of that day, which has been taken, with %s: they are not of one account, or one is not final", s.Day, name, *s.Opening, *last.Opening)
	}
	return &Gap{
		Fault:   fault,
		Account: name, Day: s.Day, Last: last.Day, Opening: *s.Opening, Closing: *last.Closing, Difference: difference,
	}
}
