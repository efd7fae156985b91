package payout

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"fundy/bank"
	"fundy/city"
)

// Claim says whose a line of the bank is.
type Claim string

// The claims.
const (
	Processor Claim = "processor" // a payout of the card processor
	Deposit   Claim = "deposit"   // cash or cheques of ours
	Terminal  Claim = "terminal"  // what the acquirer of the card terminals pays
	// TerminalFee is what the acquirer takes for its work on a line of its own.
	TerminalFee Claim = "terminal_fee"
	// ReturnedItem is a cheque that was in a deposit of ours and that its payer's bank did not pay.
	ReturnedItem Claim = "returned_item"
	Cheque       Claim = "cheque"   // one that the city wrote: ours, where a refund's cheque has its number
	NotOurs      Claim = "not_ours" // of another department: counted and summed, and no more
	Undecided    Claim = "unknown"  // until a person says
)

// Limits of the rules.
const (
	maxRules = 64 << 10 // bytes
	maxRule  = 500
)

// Rules are a city's deposits.toml: its accounts, and whose each line of the bank is.
type Rules struct {
	// Late is after how many business days money that has not come is a question and not a matter of time.
	Late int `toml:"late_after"`
	// Before and After are the business days around a payout's arrival in which the bank's line may stand.
	Before int `toml:"window_before"`
	After  int `toml:"window_after"`
	// FeeMost is how much of a terminal's batch its acquirer may keep before it pays, in percent: "2.75". Left out:
	// it pays the whole, and what is missing is a question.
	FeeMost  string    `toml:"terminal_fee_most"`
	Accounts []Account `toml:"account"`
	Rules    []Rule    `toml:"rule"`

	feeMost int64 // hundredths of a percent
}

// Account is an account of the city's.
type Account struct {
	Number   string `toml:"number"`
	Name     string `toml:"name"` // its name in the ledger
	Currency string `toml:"currency"`
	// ExpectedBy is when, on each working day, the statement of the working day before is here at the latest: "11:00",
	// on the city's clock. Without one nobody is told when it is not.
	ExpectedBy string `toml:"expected_by"`

	by time.Duration
}

// By is the time of day of ExpectedBy; ok is false where there is none.
func (a Account) By() (by time.Duration, ok bool) { return a.by, a.ExpectedBy != "" }

// Rule claims lines: the first that fits decides. What is left out fits every line.
type Rule struct {
	As        Claim    `toml:"as"`
	Account   string   `toml:"account"`
	Types     []string `toml:"types"`     // the bank's codes
	Reference string   `toml:"reference"` // the whole reference
	Payer     string   `toml:"payer"`     // part of the reference: the payer's id with the bank
	Contains  string   `toml:"contains"`  // part of the text, in capitals or not
	Pattern   string   `toml:"pattern"`   // a regular expression over the text
	// Cheque finds the number of a returned cheque in reference and text: a regular expression with one group.
	Cheque string `toml:"cheque"`

	pattern, cheque *regexp.Regexp
}

// NoRules are those of a city that has no deposits.toml: its payouts are read, and none of the bank's lines is.
func NoRules() Rules { return Rules{Late: 5, Before: 1, After: 3} }

// ParseRules reads deposits.toml, or says each thing that is wrong with it and how to mend it.
func ParseRules(b []byte, currency string) (Rules, []error) {
	r := NoRules()
	if len(b) > maxRules {
		return r, []error{fmt.Errorf("it is larger than %d bytes", maxRules)}
	}
	if err := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields().Decode(&r); err != nil {
		return r, []error{fmt.Errorf("read it: %w", err)}
	}
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	for name, days := range map[string]int{"late_after": r.Late, "window_before": r.Before, "window_after": r.After} {
		if days < 0 || days > 30 {
			fault("%s: %d is not between 0 and 30 business days", name, days)
		}
	}
	if len(r.Accounts) == 0 || len(r.Rules) == 0 || len(r.Rules) > maxRule {
		fault("it needs at least one [[account]] and one [[rule]], and has %d rules at most", maxRule)
	}
	for i, a := range r.Accounts {
		if a.Number == "" || !accountName.MatchString(a.Name) {
			fault("account %d: give it a number, as the bank's file has it, and a name of a to z, 0 to 9 and hyphens", i+1)
		}
		if r.Accounts[i].Currency == "" {
			r.Accounts[i].Currency = currency
		}
		if r.Accounts[i].Currency != currency {
			fault("account %d: is in %s, and the city's money is %s", i+1, a.Currency, currency)
		}
		if a.ExpectedBy != "" {
			at, err := time.Parse("15:04", a.ExpectedBy)
			if err != nil {
				fault("account %d: expected_by = %q is not a time of day: write it as \"11:00\"", i+1, a.ExpectedBy)
			}
			r.Accounts[i].by = time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
		}
	}
	for i := range r.Rules {
		rule := &r.Rules[i]
		if !slices.Contains(claims, rule.As) {
			fault("rule %d: as = %q is none of %s", i+1, rule.As, claims)
		}
		if _, ok := r.account(rule.Account); rule.Account != "" && !ok {
			fault("rule %d: the account %s is none of the accounts above", i+1, rule.Account)
		}
		byType := rule.As == Cheque && len(rule.Types) > 0
		if rule.As != NotOurs && !byType && rule.Reference == "" && rule.Payer == "" && rule.Contains == "" && rule.Pattern == "" {
			fault("rule %d: claims every line for %s: say by which payer, reference or text it is known", i+1, rule.As)
		}
		var err error
		if rule.pattern, err = regexp.Compile(rule.Pattern); err != nil {
			fault("rule %d: pattern: %w", i+1, err)
		}
		if err := rule.readCheque(); err != nil {
			fault("rule %d: cheque: %w", i+1, err)
		}
	}
	var err error
	if r.feeMost, err = basisPoints(r.FeeMost); err != nil {
		fault("terminal_fee_most: %w", err)
	}
	if len(faults) > 0 {
		return Rules{}, faults
	}
	return r, nil
}

// claims are what a rule may say.
var claims = []Claim{Processor, Deposit, Terminal, TerminalFee, ReturnedItem, Cheque, NotOurs}

var accountName = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

func (r Rules) account(number string) (Account, bool) {
	for _, a := range r.Accounts {
		if a.Number == number {
			return a, true
		}
	}
	return Account{}, false
}

// AccountName is the name of an account in the ledger.
func (r Rules) AccountName(number string) string {
	a, _ := r.account(number)
	return a.Name
}

// Named says whether the city has an account of a name.
func (r Rules) Named(name string) bool {
	return slices.ContainsFunc(r.Accounts, func(a Account) bool { return a.Name == name })
}

// Claim says whose a line is, and by which rule.
func (r Rules) Claim(l bank.Line) (Claim, string) {
	i, ok := r.rule(l)
	if !ok {
		return Undecided, ""
	}
	return r.Rules[i].As, fmt.Sprintf("rule %d", i+1)
}

// rule is the place of the rule that claims a line.
func (r Rules) rule(l bank.Line) (int, bool) {
	i := slices.IndexFunc(r.Rules, func(one Rule) bool { return one.fits(l) })
	return i, i >= 0
}

// Text is what is kept of a line's text: all of it where it is a payment of money that is ours, of a returned
// cheque its number, and of any other nothing, because it can name a person.
func (r Rules) Text(l bank.Line) string {
	i, ok := r.rule(l)
	if !ok {
		return ""
	}
	switch r.Rules[i].As {
	case Processor, Deposit, Terminal, TerminalFee:
		return l.Text
	case ReturnedItem:
		return r.Rules[i].number(l)
	}
	return ""
}

func (r Rule) fits(l bank.Line) bool {
	switch {
	case r.Account != "" && r.Account != l.Account,
		len(r.Types) > 0 && !slices.Contains(r.Types, l.Type),
		r.Reference != "" && r.Reference != l.Reference,
		r.Payer != "" && !strings.Contains(l.Reference, r.Payer),
		r.Contains != "" && !strings.Contains(strings.ToUpper(l.Text), strings.ToUpper(r.Contains)),
		r.Pattern != "" && !r.pattern.MatchString(l.Text):
		return false
	}
	return true
}

// How old a statement may be, in days, and an entry of one: an older one has the wrong year.
const (
	oldest      = 300
	oldestEntry = 400
)

// Check refuses a file that is not of this city's accounts or not of this time.
func (r Rules) Check(f bank.File, today city.Date) error {
	for _, s := range f.Statements {
		a, ok := r.account(s.Account)
		switch {
		case !ok:
			return bank.Wrong(s.At, "account", "Nothing of the file was taken. Is it another city's file? If the account is new, add it to deposits.toml as an [[account]]",
				"the account %s is not one of the city's", s.Account)
		case a.Currency != s.Currency:
			return bank.Wrong(s.At, "currency", "Nothing of the file was taken. Ask the bank which is right",
				"the account %s is in %s here, and in %s in deposits.toml", s.Account, s.Currency, a.Currency)
		case s.Day.Compare(today) > 0:
			return bank.Wrong(s.At, "day", "Nothing of the file was taken. Is the year right? Get the file again from the bank",
				"the statement is of %s, and today is %s", s.Day, today)
		case s.Day.Compare(today.AddDays(-oldest)) < 0:
			return bank.Wrong(s.At, "day", "Nothing of the file was taken. Is the year right? Get the file again from the bank",
				"the statement is of %s, more than %d days ago", s.Day, oldest)
		}
		for _, l := range s.Lines {
			if l.Booked.Compare(today.AddDays(-oldestEntry)) < 0 || l.Booked.Compare(today) > 0 {
				return bank.Wrong(l.At, "day", "Nothing of the file was taken. Is the year right? Get the file again from the bank",
					"the entry is of %s, and today is %s", l.Booked, today)
			}
		}
	}
	return nil
}
