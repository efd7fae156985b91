package staff

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/settle"
	"fundy/sheet"
	"fundy/ticket"
)

// rulesPreview is what rules would change: what the city says of itself, its prices, its holidays, and what one ticket of
// each contravention costs before and after.
type rulesPreview struct {
	Action   string // of the form that picks days
	Issued   city.Date
	Seen     city.Date
	Settings table       // of the city, of a schedule, and of contraventions
	Prices   []pricePair // those that change first
	Falls    []priceFall
	Costs    table
	Holidays []city.Holiday
	More     int // holidays that are left out
}

// daysOf reads the days of a preview: on which the ticket is issued, and on which somebody looks what it costs. Where none is asked
// for they are the first and the last that are given.
func daysOf(r *http.Request, first, last city.Date) (issued, seen city.Date) {
	issued, err := city.ParseDate(r.URL.Query().Get("issued"))
	if err != nil || issued.Year < 2000 || issued.Year > 2200 {
		issued = first
	}
	seen, err = city.ParseDate(r.URL.Query().Get("on"))
	if err != nil {
		seen = last
	}
	if seen.Compare(issued) < 0 || seen.Compare(issued.AddDays(3660)) > 0 {
		seen = issued
	}
	return issued, seen
}

func (p *Pages) preview(r *http.Request, v *view, before, after city.Rules, rows []city.RuleRow, first city.Date) rulesPreview {
	if first.IsZero() {
		first = city.DateOf(p.Now(), p.city.Zone)
	}
	var out rulesPreview
	out.Issued, out.Seen = daysOf(r, first, first)
	asked, err := city.RulesFromRows(rows)
	if err != nil {
		return out // they were read from these
	}
	slices.SortFunc(asked.Holidays, func(a, b city.Holiday) int { return a.Day.Compare(b.Day) })
	out.More = max(0, len(asked.Holidays)-holidayShown)
	out.Holidays = asked.Holidays[:min(len(asked.Holidays), holidayShown)]
	settings := sheet.Sheet{Name: v.T("decide.rules.settings"), Head: []string{v.T("decide.rules.setting"), v.T("finance.before"), v.T("finance.after")}}
	for _, profile := range asked.Profiles {
		old, _ := before.ProfileOn(profile.From)
		v.profileChanges(&settings, old, profile)
	}
	for _, s := range asked.Schedules {
		old, _ := before.ScheduleFor(s.From)
		v.scheduleChanges(&settings, old, s)
	}
	if len(settings.Rows) > 0 {
		out.Settings = v.tables(settings)[0]
	}
	p.oneOfEach(v, &out, before, after)
	return out
}

// oneOfEach compares one ticket of each contravention, on the preview's days.
func (p *Pages) oneOfEach(v *view, out *rulesPreview, before, after city.Rules) {
	out.Prices = p.comparePrices(before, after, out.Issued)
	out.Falls = fallsIn(out.Prices)
	out.Prices = changedFirst(out.Prices)
	out.Costs = p.costs(v, before, after, out.Issued, out.Seen)
}

// moverMost is how long before a day on which nobody can pay a ticket can be issued for which a preview looks: longer than any
// usual price holds.
const moverMost = 60

// previewMoves is what days on which nobody pays, a holiday or an outage, change for one ticket of each contravention. Unless other
// days are asked for, it is issued on the last day before them for which a deadline moves, and looked at on the day after them.
func (p *Pages) previewMoves(r *http.Request, v *view, before, after city.Rules, from, over city.Date) rulesPreview {
	first := from
	for n := range moverMost {
		issued := from.AddDays(-n)
		if slices.ContainsFunc(p.comparePrices(before, after, issued), func(pair pricePair) bool { return !pair.Same() }) {
			first = issued
			break
		}
	}
	var out rulesPreview
	out.Issued, out.Seen = daysOf(r, first, over)
	p.oneOfEach(v, &out, before, after)
	return out
}

// change adds a row where two texts differ.
func change(s *sheet.Sheet, what, before, after string) {
	if before != after {
		s.Add(sheet.Text(what), sheet.Text(cmp.Or(before, "–")), sheet.Text(cmp.Or(after, "–")))
	}
}

func (v *view) textChange(s *sheet.Sheet, what string, before, after city.Text) {
	for _, l := range v.pages.city.Languages {
		change(s, v.T("pair", "what", what, "more", v.Maybe("letter.language.", l)), before[l], after[l])
	}
}

func (v *view) profileChanges(s *sheet.Sheet, old, next city.Profile) {
	v.textChange(s, v.T("finance.name"), old.Name, next.Name)
	v.textChange(s, v.T("decide.rules.address"), old.Address, next.Address)
	change(s, v.T("decide.rules.phone"), old.Phone, next.Phone)
	change(s, v.T("decide.rules.email"), old.Email, next.Email)
	v.textChange(s, v.T("decide.rules.hours"), old.Hours, next.Hours)
	v.textChange(s, v.T("decide.rules.counter"), old.Counter, next.Counter)
	v.textChange(s, v.T("decide.rules.mail"), old.Mail, next.Mail)
	v.textChange(s, v.T("decide.rules.court"), old.Court, next.Court)
	change(s, v.T("decide.rules.colour"), old.Colour, next.Colour)
	change(s, v.T("decide.rules.new_days"), numberText(old.NewDays), numberText(next.NewDays))
	change(s, v.T("decide.rules.logo"), yesNo(v, len(old.Logo) > 0), yesNo(v, len(next.Logo) > 0))
}

func (v *view) scheduleChanges(s *sheet.Sheet, old, next city.Schedule) {
	change(s, v.T("finance.schedule.id"), old.ID, next.ID)
	change(s, v.T("finance.schedule.from"), v.On(old.From), v.On(next.From))
	v.textChange(s, v.T("decide.rules.by_law"), old.ByLaw, next.ByLaw)
	change(s, v.T("decide.rules.first_day"), cmp.Or(string(old.Clock.FirstDay), string(city.Exclusive)), cmp.Or(string(next.Clock.FirstDay), string(city.Exclusive)))
	change(s, v.T("decide.rules.cut_off"), clockText(old.Clock.CutOff), clockText(next.Clock.CutOff))
	change(s, v.T("decide.rules.roll"), yesNo(v, old.Clock.RollForward), yesNo(v, next.Clock.RollForward))
	change(s, v.T("decide.rules.mail_days"), numberText(old.Clock.MailDays), numberText(next.Clock.MailDays))
	for _, code := range codesOf(old, next) {
		a, _ := old.Offence(code)
		b, _ := next.Offence(code)
		v.textChange(s, v.T("pair", "what", code, "more", v.T("decide.rules.title")), a.Title, b.Title)
		change(s, v.T("pair", "what", code, "more", v.T("decide.rules.section")), a.Section, b.Section)
		change(s, v.T("pair", "what", code, "more", v.T("decide.rules.ledger")), a.Ledger, b.Ledger)
	}
}

// codesOf are the codes of both schedules, the new one's first.
func codesOf(old, next city.Schedule) []string {
	var all []string
	for _, o := range append(slices.Clone(next.Offences), old.Offences...) {
		if !slices.Contains(all, o.Code) {
			all = append(all, o.Code)
		}
	}
	return all
}

// quoteOf prices one ticket of an offence, issued at noon of a day, at an instant of another. ok is false where it has no
// price under these rules.
func (p *Pages) quoteOf(rules city.Rules, code string, issued city.Date, at time.Time) (ticket.Quote, bool) {
	s, ok := rules.ScheduleFor(issued)
	if !ok {
		return ticket.Quote{}, false
	}
	t := ticket.Ticket{
		ID: "preview", Regime: p.city.Regime, IssuedOn: issued, IssuedAt: issued.Start(p.city.Zone).Add(12 * time.Hour),
		Offence: code, Schedule: s.ID, Delivery: ticket.Windshield, State: ticket.Open,
	}
	if at.Before(t.IssuedAt) {
		at = t.IssuedAt
	}
	q, err := ticket.Price(t, rules, p.city, at)
	return q, err == nil
}

// comparePrices prices one ticket of each offence, issued on a day, before and after.
func (p *Pages) comparePrices(before, after city.Rules, issued city.Date) []pricePair {
	old, _ := before.ScheduleFor(issued)
	next, _ := after.ScheduleFor(issued)
	noon := issued.Start(p.city.Zone).Add(12 * time.Hour)
	var all []pricePair
	for _, code := range codesOf(old, next) {
		o, ok := next.Offence(code)
		if !ok {
			o, _ = old.Offence(code)
		}
		one, _ := p.quoteOf(before, code, issued, noon)
		two, _ := p.quoteOf(after, code, issued, noon)
		for i := range max(len(one.Tiers), len(two.Tiers)) {
			pair := pricePair{Offence: o.Title, Tier: i + 1}
			if i < len(one.Tiers) {
				pair.Before = &one.Tiers[i]
			}
			if i < len(two.Tiers) {
				pair.After = &two.Tiers[i]
			}
			all = append(all, pair)
		}
	}
	return all
}

// costs is what one ticket of each offence, issued on a day, costs on another, before and after.
func (p *Pages) costs(v *view, before, after city.Rules, issued, seen city.Date) table {
	old, _ := before.ScheduleFor(issued)
	next, _ := after.ScheduleFor(issued)
	noon := seen.Start(p.city.Zone).Add(12 * time.Hour)
	s := sheet.Sheet{Name: v.T("decide.rules.costs", "issued", v.On(issued), "day", v.On(seen)), Head: []string{v.T("finance.offence"), v.T("finance.before"), v.T("finance.after"), v.T("finance.differs")}}
	for _, code := range codesOf(old, next) {
		o, ok := next.Offence(code)
		if !ok {
			o, _ = old.Offence(code)
		}
		one, was := p.quoteOf(before, code, issued, noon)
		two, is := p.quoteOf(after, code, issued, noon)
		s.Add(sheet.Text(v.InLang(o.Title)), sheet.Text(v.costText(one.Total, was)), sheet.Text(v.costText(two.Total, is)), sheet.Text(yesNo(v, was != is || one.Total != two.Total)))
	}
	if len(s.Rows) == 0 {
		return table{}
	}
	return v.tables(s)[0]
}

func (v *view) costText(a money.Amount, priced bool) string {
	if !priced {
		return "–"
	}
	return v.cell(sheet.Amount(a))
}

// lookedRows are the rows of a file that are not as they stand: what each is, and what it would do.
func (v *view) lookedRows(l settle.RulesLook) table {
	s := sheet.Sheet{Name: v.T("decide.rules.rows"), Head: []string{v.T("finance.change"), v.T("finance.name"), v.T("finance.from"), v.T("finance.change_state")}}
	for _, c := range l.Changes {
		what := c.What
		if c.Past {
			what = "past"
		}
		s.Add(sheet.Text(v.T("decide.rules.kind."+c.Row.Kind)), sheet.Text(c.Row.Key), sheet.Day(c.Row.From), sheet.Text(v.T("decide.rules.row."+what)))
	}
	if len(s.Rows) == 0 {
		return table{}
	}
	return v.tables(s)[0]
}
