package city

import (
	"fmt"
	"math"
	"strconv"

	"fundy/money"
)

// penaltyMost is the highest administrative penalty of New Brunswick's Local Governance Act (s. 156).
var penaltyMost = money.FromMinor(150_000)

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
		f.add("holiday", fmt.Sprintf("there are %d: at most %d", len(r.Holidays), maxHolidays))
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
			f.add(at+".from", fmt.Sprintf("another schedule is from %s too: a day has one schedule", s.From))
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
		f.add(at+".colour", err.Error())
	} else if ratio < contrastLeast {
		f.add(at+".colour", fmt.Sprintf("%s has a contrast of %.1f with white: at least %.1f, take a darker one", p.Colour, ratio, contrastLeast))
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
		f.add(at, fmt.Sprintf("has %d offences: between 1 and %d", len(s.Offences), maxOffences))
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
		if len(o.Tiers) > 0 {
			f.add(at, "is a warning and has prices: take one or the other away")
		}
		return
	}
	if len(o.Tiers) == 0 || len(o.Tiers) > maxTiers {
		f.add(at, fmt.Sprintf("has %d prices: between 1 and %d", len(o.Tiers), maxTiers))
		return
	}
	o.checkTiers(f, at, c)
}

func (o Offence) checkTiers(f *faultList, at string, c City) {
	lastDays := -1
	for i, t := range o.Tiers {
		at := fmt.Sprintf("%s, tier %d", at, i+1)
		last := i == len(o.Tiers)-1
		switch {
		case t.Kind != Absolute && t.Kind != Discount && t.Kind != Fee:
			f.add(at+".kind", fmt.Sprintf("%q is none of absolute, discount, fee", t.Kind))
		case t.Kind == Fee && c.Regime == "nb-lga":
			f.add(at+".kind", "a fee can't be added to a penalty under nb-lga (Local Governance Act, s. 156): use absolute prices or discounts")
		case t.Kind == Fee && t.Component == "":
			f.add(at+".component", "is missing: a fee is a line of its own (late_fee, search_fee, other_fee)")
		case t.Kind == Discount && last:
			f.add(at+".kind", "the last price can't be a discount: it is what discounts are taken from")
		}
		if c.Regime == "nb-lga" && t.Amount.Cmp(penaltyMost) > 0 {
			f.add(at+".amount", fmt.Sprintf("%s is more than the most that a penalty may be, 1500.00 (Local Governance Act, s. 156)", t.Amount))
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

// text wants the words in each of the city's languages: English and French are equal.
func (f *faultList) text(at string, t Text, c City) {
	for _, l := range c.Languages {
		if t[l] == "" {
			f.add(at, fmt.Sprintf("has no words in %q", l))
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
