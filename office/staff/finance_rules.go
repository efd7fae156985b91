package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/settle"
	"fundy/store"
)

// Limits of the lists.
const (
	changesShown = 100
	movedShown   = 200
)

// rulesPage is what stands, what was asked for, and the forms to ask with.
type rulesPage struct {
	Schedules []city.Schedule // the newest first
	Current   city.Schedule   // whose prices stand in the form
	Rows      []priceRow
	Holidays  []city.Holiday // of this year and the next
	Missing   int            // a year without holidays; 0: none
	Outages   []city.Outage  // the newest first
	Changes   []store.RuleChange
	Which     string // the form with the problem
	Typed     map[string]string
	Faults    []string    // what is wrong with prices
	Look      *pricesLook // of new prices, before they are asked for
}

// priceRow is one price of the form.
type priceRow struct {
	Key     string // the offence's code and the price's number
	Offence city.Text
	Tier    int
	Until   int    // days; 0: not after a number of days
	Amount  string // as typed
	Fixed   bool   // a percentage: it stays
}

func (p *Pages) showRules(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.rulesPage(w, r, v, &rulesPage{})
}

func (p *Pages) rulesPage(w http.ResponseWriter, r *http.Request, v *view, page *rulesPage) error {
	rules, today := p.Rules(), city.DateOf(p.Now(), p.city.Zone)
	page.Schedules = slices.Clone(rules.Schedules)
	slices.SortFunc(page.Schedules, func(a, b city.Schedule) int { return b.From.Compare(a.From) })
	page.Outages = slices.Clone(rules.Outages)
	slices.SortFunc(page.Outages, func(a, b city.Outage) int { return b.From.Compare(a.From) })
	for _, h := range rules.Holidays {
		if h.Day.Year >= today.Year {
			page.Holidays = append(page.Holidays, h)
		}
	}
	slices.SortFunc(page.Holidays, func(a, b city.Holiday) int { return a.Day.Compare(b.Day) })
	page.Missing, _ = rules.HolidaysMissing(today)
	page.Current, _ = rules.ScheduleFor(today.AddDays(3660))
	typed := r.PostForm["amount"]
	keys := r.PostForm["row"]
	for _, row := range pricesOf(page.Current) {
		row.Amount = v.shownAmount(row.Amount)
		if at := slices.Index(keys, row.Key); at >= 0 && at < len(typed) && page.Which == "schedule" {
			row.Amount = cut(typed[at], typedMost)
		}
		page.Rows = append(page.Rows, row)
	}
	page.Typed = map[string]string{}
	for _, name := range []string{"day", "name_en", "name_fr", "resolution", "from", "from_time", "until", "until_time", "why_en", "why_fr", "id", "kind"} {
		page.Typed[name] = typedLine(r, name)
	}
	err := p.Store.ReadOne(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		page.Changes, err = tx.RuleChanges(ctx, changesShown)
		page.Changes = slices.DeleteFunc(page.Changes, func(c store.RuleChange) bool { return !v.seesRule(c) })
		return err
	})
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/finance/rules"
	return p.answer(w, v, "finance_rules")
}

// seesRule says whether who is signed in may see a change of rules. Who approves alone sees what waits, and what has come of the
// own decisions.
func (v *view) seesRule(c store.RuleChange) bool {
	return v.May(string(ReadRules)) || c.State == store.RuleAsked || c.DecidedBy == v.Name()
}

// pricesOf are a schedule's prices as a form has them.
func pricesOf(s city.Schedule) []priceRow {
	var all []priceRow
	for _, o := range s.Offences {
		for i, t := range o.Tiers {
			row := priceRow{Key: o.Code + "/" + string(rune('1'+i)), Offence: o.Title, Tier: i + 1, Amount: t.Amount.String(), Fixed: t.BasisPoints != 0}
			if t.Until != nil && t.Until.Form == city.DaysAfterBase {
				row.Until = t.Until.Days
			}
			all = append(all, row)
		}
	}
	return all
}

// Is says whether a form is the one with the problem: what was typed stands in it.
func (page *rulesPage) Is(form, field string) string {
	if page.Which != form {
		return ""
	}
	return page.Typed[field]
}

// askHoliday puts a day on which the city does not work before a second person.
func (p *Pages) askHoliday(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &rulesPage{Which: "holiday"}
	day, err := city.ParseDate(bounded(r, "day"))
	name := city.Text{city.English: typedLine(r, "name_en"), city.French: typedLine(r, "name_fr")}
	if err != nil || name[city.English] == "" || name[city.French] == "" {
		v.Problem = &problem{Field: "holiday-day", Key: "finance.rules.holiday.wrong"}
		return p.rulesPage(w, r, v, page)
	}
	rows, err := city.Rules{Holidays: []city.Holiday{{Day: day, Name: name}}}.Rows()
	if err != nil {
		return err
	}
	return p.askRules(w, r, v, page, settle.RulesAsk{Kind: store.RuleHoliday, Resolution: bounded(r, "resolution"), Rows: rows})
}

// askOutage puts a time in which nobody could pay before a second person, or a day on which the city was closed.
func (p *Pages) askOutage(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &rulesPage{Which: "outage"}
	o := city.Outage{Why: city.Text{city.English: typedLine(r, "why_en"), city.French: typedLine(r, "why_fr")}, Closed: bounded(r, "kind") == "closure"}
	kind := store.RuleOutage
	var ok bool
	if o.Closed {
		kind = store.RuleClosure
		o.From, o.Until, ok = p.wholeDays(bounded(r, "from"), bounded(r, "until"))
	} else {
		o.From, ok = p.instant(bounded(r, "from"), bounded(r, "from_time"))
		if ok {
			o.Until, ok = p.instant(bounded(r, "until"), bounded(r, "until_time"))
		}
	}
	if !ok {
		v.Problem = &problem{Field: "outage-from", Key: "finance.rules.outage.when"}
		return p.rulesPage(w, r, v, page)
	}
	if err := o.Check(p.city); err != nil {
		v.Problem = &problem{Field: "outage-from", Key: outageWords(err)}
		return p.rulesPage(w, r, v, page)
	}
	row, err := o.Row(p.city.Zone)
	if err != nil {
		return err
	}
	return p.askRules(w, r, v, page, settle.RulesAsk{Kind: kind, Why: o.Why[city.Language(v.Lang)], Rows: []city.RuleRow{row}})
}

func outageWords(err error) string {
	switch {
	case errors.Is(err, city.ErrOutageOrder):
		return "finance.rules.outage.order"
	case errors.Is(err, city.ErrOutageLong):
		return "finance.rules.outage.long"
	}
	return "finance.rules.outage.why"
}

// instant is a day and a time on the city's clock.
func (p *Pages) instant(day, clock string) (time.Time, bool) {
	d, err := city.ParseDate(day)
	t, err2 := time.Parse("15:04", clock)
	if err != nil || err2 != nil {
		return time.Time{}, false
	}
	return time.Date(d.Year, d.Month, d.Day, t.Hour(), t.Minute(), 0, 0, p.city.Zone), true
}

// wholeDays is from the first instant of a day to the end of another; without one it is the same.
func (p *Pages) wholeDays(from, until string) (time.Time, time.Time, bool) {
	first, err := city.ParseDate(from)
	last := first
	if err == nil && until != "" {
		last, err = city.ParseDate(until)
	}
	return first.Start(p.city.Zone), last.AddDays(1).Start(p.city.Zone), err == nil
}

// askSchedule puts new prices before a second person: those that stand, with other amounts, from a day on.
func (p *Pages) askSchedule(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &rulesPage{Which: "schedule"}
	from, err := city.ParseDate(bounded(r, "from"))
	id := bounded(r, "id")
	if err != nil || id == "" {
		v.Problem = &problem{Field: "schedule-id", Key: "finance.rules.schedule.from"}
		return p.rulesPage(w, r, v, page)
	}
	current, ok := p.Rules().ScheduleFor(from.AddDays(3660))
	if !ok {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	next, ok := v.withAmounts(current, r.PostForm["row"], r.PostForm["amount"])
	if !ok {
		v.Problem = &problem{Field: "schedule-id", Key: "finance.rules.schedule.amount"}
		return p.rulesPage(w, r, v, page)
	}
	next.ID, next.From = id, from
	rows, err := city.Rules{Schedules: []city.Schedule{next}}.Rows()
	if err != nil {
		return err
	}
	return p.lookSchedule(w, r, v, page, settle.RulesAsk{Kind: store.RuleSchedule, Resolution: bounded(r, "resolution"), Rows: rows}, from)
}

// withAmounts is a schedule with the amounts that were typed: each of its prices has to be there.
func (v *view) withAmounts(s city.Schedule, keys, typed []string) (city.Schedule, bool) {
	s.Offences = slices.Clone(s.Offences)
	for i, o := range s.Offences {
		tiers := slices.Clone(o.Tiers)
		for n := range tiers {
			at := slices.Index(keys, o.Code+"/"+string(rune('1'+n)))
			if tiers[n].BasisPoints != 0 {
				continue
			}
			if at < 0 || at >= len(typed) {
				return s, false
			}
			amount, err := money.Parse(v.typedAmount(strings.TrimSpace(typed[at])))
			if err != nil || amount.IsNegative() {
				return s, false
			}
			tiers[n].Amount = amount
		}
		s.Offences[i].Tiers = tiers
	}
	return s, true
}

func (p *Pages) askRules(w http.ResponseWriter, r *http.Request, v *view, page *rulesPage, ask settle.RulesAsk) error {
	ask.By = v.Name()
	id, err := p.books().AskRules(r.Context(), ask)
	var no *settle.RulesRefusal
	if errors.As(err, &no) {
		return p.rulesRefused(w, r, v, page, no)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/finance/rules/"+id, "finance_rules_asked")
}

// rulesRefused says why rules are not asked for, with what was typed.
func (p *Pages) rulesRefused(w http.ResponseWriter, r *http.Request, v *view, page *rulesPage, no *settle.RulesRefusal) error {
	for _, fault := range no.Faults {
		page.Faults = append(page.Faults, v.faultText(fault))
	}
	v.Problem = &problem{Field: page.Which, Key: "finance.refused." + no.Reason}
	return p.rulesPage(w, r, v, page)
}

// faultText is what is wrong with rules, with its place, in the page's language.
func (v *view) faultText(err error) string {
	var f *city.Fault
	if !errors.As(err, &f) {
		return err.Error()
	}
	return v.T("pair", "what", f.At, "more", f.In(city.Language(v.Lang)))
}
