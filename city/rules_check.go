package city

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"fundy/money"
)

// PenaltyMost is the highest administrative penalty of New Brunswick's Local Governance Act (s. 156).
var PenaltyMost = money.FromMinor(150_000)

// contrastLeast is WCAG 2.2's contrast for text (1.4.3): the header's name is white on the city's colour.
const contrastLeast = 4.5

// check finds what is wrong with rules that could be read.
func (r Rules) check(c City) []error {
	var f faultList
	if len(r.Profiles) == 0 {
		f.add("profile", "is missing: the city needs a name, an address and a telephone number")
	}
	if len(r.Schedules) == 0 {
		f.add("schedule", "is missing: nothing could be priced")
	}
	if len(r.Holidays) > maxHolidays {
		f.add("holiday", "there are %d: at most %d", len(r.Holidays), maxHolidays)
	}
	for i, p := range r.Profiles {
		p.check(&f, fmt.Sprintf("profile %d", i+1), c)
	}
	for i, h := range r.Holidays {
		f.text(fmt.Sprintf("holiday %d.name", i+1), h.Name, c)
	}
	ids, days := map[string]bool{}, map[Date]bool{}
	for _, s := range r.Schedules {
		at := fmt.Sprintf("schedule %q", s.ID)
		if s.ID == "" || ids[s.ID] {
			f.add(at, "needs an id of its own")
		}
		if days[s.From] {
			f.add(at+".from", "another schedule is from %s too: a day has one schedule", s.From)
		}
		ids[s.ID], days[s.From] = true, true
		s.check(&f, at, c)
	}
	return f
}

func (p Profile) check(f *faultList, at string, c City) {
	f.text(at+".name", p.Name, c)
	f.text(at+".address", p.Address, c)
	f.text(at+".hours", p.Hours, c)
	f.text(at+".counter", p.Counter, c)
	f.text(at+".mail", p.Mail, c)
	if p.Phone == "" {
		f.add(at+".phone", "is missing: a page that says no must say whom to call")
	}
	if ratio, err := contrastWithWhite(p.Colour); err != nil {
		f.add(at+".colour", "%q is not a colour: write it as \"#1a2b3c\"", p.Colour)
	} else if ratio < contrastLeast {
		f.add(at+".colour", "%s has a contrast of %.1f with white: at least %.1f, take a darker one", p.Colour, ratio, contrastLeast)
	}
}

func (s Schedule) check(f *faultList, at string, c City) {
	if s.Clock.FirstDay != "" && s.Clock.FirstDay != Exclusive && s.Clock.FirstDay != Inclusive {
		f.add(at+".clock.first_day", `is neither "exclusive" nor "inclusive"`)
	}
	if s.Clock.MailDays < 0 || s.Clock.MailDays > 60 {
		f.add(at+".clock.mail_days", "is not between 0 and 60")
	}
	if len(s.Offences) == 0 || len(s.Offences) > maxOffences {
		f.add(at, "has %d offences: between 1 and %d", len(s.Offences), maxOffences)
	}
	codes := map[string]bool{}
	for _, o := range s.Offences {
		at := fmt.Sprintf("%s, offence %q", at, o.Code)
		if o.Code == "" || codes[o.Code] {
			f.add(at, "needs a code of its own within the schedule")
		}
		codes[o.Code] = true
		o.check(f, at, c)
	}
}

func (o Offence) check(f *faultList, at string, c City) {
	f.text(at+".title", o.Title, c)
	f.text(at+".by_law", o.ByLaw, c)
	if o.Section == "" {
		f.add(at+".section", "is missing: a receipt names the section of the by-law")
	}
	if o.Ledger == "" {
		f.add(at+".ledger", "is missing: its revenue needs an account")
	}
	if o.Warning {
		if len(o.Tiers)+len(o.Charges)+len(o.Repeats) > 0 {
			f.add(at, "is a warning and has prices: take one or the other away")
		}
		return
	}
	checkTiers(f, at, o.Tiers, c)
	o.checkCharges(f, at, c)
	o.checkRepeats(f, at, c)
}

func (o Offence) checkCharges(f *faultList, at string, c City) {
	if len(o.Charges) > maxCharges {
		f.add(at+".charge", "there are %d: at most %d", len(o.Charges), maxCharges)
	}
	for i, charge := range o.Charges {
		at := fmt.Sprintf("%s, charge %d", at, i+1)
		if c.Regime == "nb-lga" {
			f.add(at, "a charge can't be added to a penalty under nb-lga (Local Governance Act, s. 156): put it into the prices")
		}
		f.component(at+".component", charge.Component)
		if charge.Clause == "" {
			f.add(at+".clause", "is missing: every charge names the clause that it comes from")
		}
	}
}

// checkRepeats wants one window, and prices in ascending order of the tickets that came before.
func (o Offence) checkRepeats(f *faultList, at string, c City) {
	switch {
	case len(o.Repeats) == 0 && o.RepeatDays != 0:
		f.add(at+".repeat_days", "is set and there is no repeat: add one, or take it away")
	case len(o.Repeats) > maxRepeats:
		f.add(at+".repeat", "there are %d: at most %d", len(o.Repeats), maxRepeats)
	case len(o.Repeats) > 0 && (o.RepeatDays < 1 || o.RepeatDays > maxRepeatDays):
		f.add(at+".repeat_days", "is %d: between 1 and %d days before the day of issue", o.RepeatDays, maxRepeatDays)
	}
	last := 0
	for i, r := range o.Repeats {
		at := fmt.Sprintf("%s, repeat %d", at, i+1)
		if r.Priors <= last {
			f.add(at+".priors", "is not more than the one before it; the first is at least 1")
		}
		last = r.Priors
		checkTiers(f, at, r.Tiers, c)
	}
}

func checkTiers(f *faultList, at string, tiers []Tier, c City) {
	if len(tiers) == 0 || len(tiers) > maxTiers {
		f.add(at, "has %d prices: between 1 and %d", len(tiers), maxTiers)
		return
	}
	if n := fees(tiers); n > maxFees {
		f.add(at, "has %d fees: at most %d, so that a price can be shown line by line", n, maxFees)
	}
	lastDays := -1
	for i, t := range tiers {
		at := fmt.Sprintf("%s, tier %d", at, i+1)
		last := i == len(tiers)-1
		switch {
		case t.Kind != Absolute && t.Kind != Discount && t.Kind != Fee:
			f.add(at+".kind", "%q is none of absolute, discount, fee", t.Kind)
		case t.Kind == Fee && c.Regime == "nb-lga":
			f.add(at+".kind", "a fee can't be added to a penalty under nb-lga (Local Governance Act, s. 156): use absolute prices or discounts")
		case t.Kind == Fee:
			f.component(at+".component", t.Component)
		case t.Kind == Discount && last:
			f.add(at+".kind", "the last price can't be a discount: it is what discounts are taken from")
		}
		if c.Regime == "nb-lga" && t.Amount.Cmp(PenaltyMost) > 0 {
			f.add(at+".amount", "%s is more than the most that a penalty may be, 1500.00 (Local Governance Act, s. 156)", t.Amount)
		}
		if (c.Regime == "nb-lga" || t.Kind == Discount) && t.BasisPoints > 10_000 {
			f.add(at+".percent", "is more than 100: a discount is at most the penalty, and under nb-lga no price is above it")
		}
		if t.Kind == Discount && t.Amount.Cmp(lastAbsolute(tiers)) > 0 {
			f.add(at+".amount", "%s is more than the penalty, %s", t.Amount, lastAbsolute(tiers))
		}
		if t.Clause == "" {
			f.add(at+".clause", "is missing: every price names the clause that it comes from")
		}
		if last != (t.Until == nil) {
			f.add(at+".until", "every price but the last holds until a deadline, and the last for ever")
		}
		if t.Until != nil && t.Until.Form == DaysAfterBase {
			if t.Until.Days <= lastDays {
				f.add(at+".until", "comes before the deadline of the price before it")
			}
			lastDays = t.Until.Days
		}
	}
}

func fees(tiers []Tier) int {
	n := 0
	for _, t := range tiers {
		if t.Kind == Fee {
			n++
		}
	}
	return n
}

// lastAbsolute is what discounts are taken off.
func lastAbsolute(tiers []Tier) money.Amount {
	for i := len(tiers) - 1; i >= 0; i-- {
		if tiers[i].Kind == Absolute {
			return tiers[i].Amount
		}
	}
	return money.Zero
}

// component wants one of the names that have an account and words in both languages.
func (f *faultList) component(at, name string) {
	if cardFee(name) {
		f.add(at, "%q: "+noCardFee, name)
		return
	}
	if !slices.Contains(FeeComponents, name) {
		f.add(at, "%q is none of %s: a fee is a line of its own", name, strings.Join(FeeComponents, ", "))
	}
}

// text wants the words in each of the city's languages: English and French are equal.
func (f *faultList) text(at string, t Text, c City) {
	for _, l := range c.Languages {
		if t[l] == "" {
			f.add(at, "has no words in %q", l)
		}
	}
}

// contrastWithWhite is WCAG's contrast ratio of a colour "#rrggbb" with white.
func contrastWithWhite(colour string) (float64, error) {
	if len(colour) != 7 || colour[0] != '#' {
		return 0, fmt.Errorf("%q is not a colour: write it as \"#1a2b3c\"", colour)
	}
	n, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is not a colour: write it as \"#1a2b3c\"", colour)
	}
	linear := func(c uint64) float64 {
		v := float64(c&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	luminance := 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
	return 1.05 / (luminance + 0.05), nil
}
