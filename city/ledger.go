package city

import (
	"fmt"
	"regexp"
	"slices"
)

// The bases on which a city keeps its books.
const (
	CashBasis       = "cash"       // revenue when the money comes
	ReceivableBasis = "receivable" // revenue when the ticket is issued, less an allowance
)

// Ledger is how the city's own general ledger wants our figures.
type Ledger struct {
	Basis     string            `toml:"basis" comment:"cash: revenue when the money comes. receivable: revenue when the ticket is issued, less the allowance."`
	Allowance []Allowance       `toml:"allowance,omitempty" comment:"Under receivable: what part of a debt is doubtful by its age, as after_days = 90, percent = 50."`
	Tax       map[string]string `toml:"tax,omitempty" comment:"The tax code of a component, as late_fee = \"HST\". None where it is left out."`
}

// Allowance says which part of a receivable is doubtful once it is older than AfterDays, in whole percents.
type Allowance struct {
	AfterDays int `toml:"after_days"`
	Percent   int `toml:"percent"`
}

// PercentAt is what part of a receivable of an age is doubtful.
func (l Ledger) PercentAt(days int) int {
	percent := 0
	for _, a := range l.Allowance {
		if days > a.AfterDays {
			percent = a.Percent
		}
	}
	return percent
}

// taxed are the components that a tax code can be given for.
var taxed = append([]string{"penalty", "discount", "part_payment", "nsf_fee"}, FeeComponents...)

var taxCode = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,15}$`)

// mostAllowances is more lines than any policy has.
const mostAllowances = 20

func (s *Settings) checkLedger(f *faultList) {
	l := s.Ledger
	if l.Basis != CashBasis && l.Basis != ReceivableBasis {
		f.add("ledger.basis", fmt.Sprintf("%q is neither cash nor receivable", l.Basis))
	}
	if l.Basis == CashBasis && len(l.Allowance) > 0 {
		f.add("ledger.allowance", `goes with basis = "receivable": under cash nothing is owed in the books`)
	}
	if len(l.Allowance) > mostAllowances {
		f.add("ledger.allowance", fmt.Sprintf("has more than %d lines", mostAllowances))
	}
	days, percent := -1, 0
	for _, a := range l.Allowance {
		if a.AfterDays <= days || a.AfterDays > 36500 {
			f.add("ledger.allowance", fmt.Sprintf("after_days = %d: write them in ascending order, from 0", a.AfterDays))
		}
		if a.Percent < percent || a.Percent > 100 {
			f.add("ledger.allowance", fmt.Sprintf("percent = %d: an older debt is not less doubtful, and 100 is all of it", a.Percent))
		}
		days, percent = a.AfterDays, a.Percent
	}
	for component, code := range l.Tax {
		if !slices.Contains(taxed, component) {
			f.add("ledger.tax", fmt.Sprintf("%q is no component: one of %v", component, taxed))
		}
		if !taxCode.MatchString(code) {
			f.add("ledger.tax", fmt.Sprintf("%q is no tax code: 1 to 16 letters, digits and . _ -", code))
		}
	}
}
