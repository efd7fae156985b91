package payout

import (
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
)

// Taken is a capture that counts for a day.
type Taken struct {
	Attempt payment.AttemptID
	At      time.Time
	Amount  money.Amount
	Fee     money.Amount
	Line    string // of the payout, "" while in none
	Payout  string
}

// Where is how a payout stands.
type Where struct {
	ID       string
	Amount   money.Amount
	Arrival  city.Date
	Made     city.Date
	Fault    string    // it could not be entered
	Failed   city.Date // zero: it has not
	AgainIn  string    // the payout with which a failed one's money went out again
	BankedOn city.Date // zero: the bank has not shown it
}

// Shown is a line of the bank on a day.
type Shown struct {
	BankLine
	Type   string
	Claim  Claim
	Rule   string
	Payout string // that it is
	Twins  int    // lines of the same day and amount that are payouts
}

// AccountLine is what an account moved by on a day, by offence and component.
type AccountLine struct {
	Account   string       `json:"account"`
	Offence   string       `json:"offence,omitempty"`
	Component string       `json:"component,omitempty"`
	Debit     money.Amount `json:"debit"`
	Credit    money.Amount `json:"credit"`
}

// Book is everything that a day's report is made of.
type Book struct {
	Day, Today city.Date
	Zone       *time.Location
	Calendar   Calendar
	Taken      []Taken
	Lines      []Line // of the day, that are of no capture
	Before     []Taken
	LinesAfore []Line // of the days before, as far back as money can still be on its way
	Payouts    map[string]Where
	Bank       []Shown
	Accounts   []AccountLine
	Counter    []CounterLine
}

// CounterLine is what was taken without the card page, by where it stands.
type CounterLine struct {
	Account string       `json:"account"`
	Amount  money.Amount `json:"amount"`
}

// Variance is a difference, or several of one kind, with its class and its age in business days.
type Variance struct {
	Class  Class        `json:"class"`
	Amount money.Amount `json:"amount"`
	Count  int          `json:"count"`
	Age    int          `json:"age_business_days"`
	Ref    string       `json:"ref,omitempty"`
	What   string       `json:"what"`
	Summed bool         `json:"in_the_sums"` // it is part of the day's gross; else it is noted beside it
}

// OnPayout is a payout with what of the day's money is in it.
type OnPayout struct {
	ID       string       `json:"id"`
	Amount   money.Amount `json:"amount"`
	OfDay    money.Amount `json:"of_this_day"`
	Arrival  city.Date    `json:"arrival"`
	BankedOn city.Date    `json:"banked_on"`
	Failed   city.Date    `json:"failed_on"`
}

// ClaimTotal is the bank's lines of a day by whose they are.
type ClaimTotal struct {
	Account string       `json:"account"`
	Claim   Claim        `json:"claim"`
	Count   int          `json:"count"`
	Sum     money.Amount `json:"sum"`
}

// Report is what a day came to: Gross is Bank and the classes together, to the cent.
type Report struct {
	Day       city.Date              `json:"day"`
	AsOf      city.Date              `json:"as_of"`
	Closed    bool                   `json:"closed"`
	Captures  int                    `json:"captures"`
	Gross     money.Amount           `json:"gross"`
	Net       money.Amount           `json:"net"` // what the processor pays out of it
	PaidOut   money.Amount           `json:"paid_out"`
	Bank      money.Amount           `json:"bank"`
	Classes   map[Class]money.Amount `json:"classes"`
	Variances []Variance             `json:"variances"`
	Payouts   []OnPayout             `json:"payouts"`
	BankLines []ClaimTotal           `json:"bank_lines"`
	Accounts  []AccountLine          `json:"ledger"`
	Counter   []CounterLine          `json:"counter,omitempty"` // beside Gross, which is of cards
}

// Unknown counts what a person has to look at before the day can close.
func (r Report) Unknown() int {
	n := 0
	for _, v := range r.Variances {
		if v.Class == Unknown {
			n += v.Count
		}
	}
	return n
}

// Report adds a day up.
func (r Rules) Report(b Book) (Report, error) {
	s := r.sheet(b)
	for _, t := range b.Taken {
		s.taken(t)
	}
	for _, l := range b.Lines {
		s.line(l)
	}
	if s.err != nil {
		return Report{}, s.err
	}
	if err := s.adds(); err != nil {
		return Report{}, err
	}
	s.payouts()
	s.carried(r)
	s.bank()
	for _, key := range s.order {
		s.report.Variances = append(s.report.Variances, *s.sums[key])
	}
	s.report.Accounts, s.report.Counter = b.Accounts, b.Counter
	return s.report, s.err
}

// Word is what a person says of something unknown.
type Word struct {
	Class Class
	Why   string
}

// Explained is the report with what persons have said of its unknowns. What is of no capture or line of the day (a
// line of the bank's, a payout that is not in the books) is noted and changes no sum.
func (r Report) Explained(words map[string]Word) Report {
	for i, v := range r.Variances {
		w, ok := words[v.Ref]
		if !ok || v.Class != Unknown || v.Ref == "" {
			continue
		}
		r.Variances[i].Class, r.Variances[i].What = w.Class, w.Why
		if v.Summed {
			left, _ := r.Classes[Unknown].Sub(v.Amount)
			sum, _ := r.Classes[w.Class].Add(v.Amount)
			r.Classes[Unknown], r.Classes[w.Class] = left, sum
		}
	}
	return r
}
