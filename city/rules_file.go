package city

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"fundy/money"
)

// rulesFile is a rules file as it is written. docs/rules.md teaches it.
type rulesFile struct {
	Profile  []profileFile  `toml:"profile"`
	Schedule []scheduleFile `toml:"schedule"`
	Holiday  []holidayFile  `toml:"holiday"`
}

type profileFile struct {
	From    string `toml:"from"`
	Name    Text   `toml:"name"`
	Address Text   `toml:"address"`
	Phone   string `toml:"phone"`
	Email   string `toml:"email"`
	Hours   Text   `toml:"hours"`
	Counter Text   `toml:"counter"`
	Mail    Text   `toml:"mail"`
	Court   Text   `toml:"court"`
	Colour  string `toml:"colour"`
	NewDays int    `toml:"new_days"`
	Logo    string `toml:"logo"` // a file, relative to the rules file
}

type holidayFile struct {
	Day  string `toml:"day"`
	Name Text   `toml:"name"`
}

type scheduleFile struct {
	ID       string        `toml:"id"`
	From     string        `toml:"from"`
	ByLaw    Text          `toml:"by_law"`
	Clock    clockFile     `toml:"clock"`
	Offences []offenceFile `toml:"offence"`
}

type clockFile struct {
	FirstDay    string `toml:"first_day"`
	CutOff      string `toml:"cut_off"`
	RollForward bool   `toml:"roll_forward"`
	MailDays    int    `toml:"mail_days"`
}

type offenceFile struct {
	Code    string     `toml:"code"`
	ByLaw   Text       `toml:"by_law"`
	Section string     `toml:"section"`
	Title   Text       `toml:"title"`
	Ledger  string     `toml:"ledger"`
	Warning bool       `toml:"warning"`
	Tiers   []tierFile `toml:"tier"`

	Charges    []chargeFile `toml:"charge"`
	RepeatDays int          `toml:"repeat_days"`
	Repeats    []repeatFile `toml:"repeat"`
}

type chargeFile struct {
	Component string `toml:"component"`
	Amount    string `toml:"amount"`
	Clause    string `toml:"clause"`
}

type repeatFile struct {
	Priors int        `toml:"priors"`
	Tiers  []tierFile `toml:"tier"`
}

type tierFile struct {
	Kind      string        `toml:"kind"`
	Amount    string        `toml:"amount"`
	Percent   string        `toml:"percent"`
	Component string        `toml:"component"`
	Clause    string        `toml:"clause"`
	Until     *deadlineFile `toml:"until"`
}

type deadlineFile struct {
	Days        *int   `toml:"days"`         // N days after the base date
	DayBefore   string `toml:"day_before"`   // end of the day before this event
	WorkingDays *int   `toml:"working_days"` // on the Nth working day before …
	Event       string `toml:"event"`        // … this event
	At          string `toml:"at"`           // … at HH:MM
}

// rules turns what is written into Rules, naming each fault.
func (f rulesFile) rules(beside fs.FS) (Rules, []error) {
	var r Rules
	var faults faultList
	for i, p := range f.Profile {
		at := fmt.Sprintf("profile %d", i+1)
		r.Profiles = append(r.Profiles, Profile{
			From: faults.date(at+".from", p.From), Name: p.Name, Address: p.Address, Phone: p.Phone, Email: p.Email,
			Hours: p.Hours, Counter: p.Counter, Mail: p.Mail, Court: p.Court, Colour: p.Colour, NewDays: p.NewDays,
			Logo: faults.logo(at+".logo", beside, p.Logo),
		})
	}
	for i, h := range f.Holiday {
		r.Holidays = append(r.Holidays, Holiday{Day: faults.date(fmt.Sprintf("holiday %d.day", i+1), h.Day), Name: h.Name})
	}
	for _, s := range f.Schedule {
		at := fmt.Sprintf("schedule %q", s.ID)
		schedule := Schedule{
			ID: s.ID, From: faults.date(at+".from", s.From), ByLaw: s.ByLaw,
			Clock: Clock{
				FirstDay: FirstDay(s.Clock.FirstDay), CutOff: faults.clock(at+".clock.cut_off", s.Clock.CutOff),
				RollForward: s.Clock.RollForward, MailDays: s.Clock.MailDays,
			},
		}
		for _, o := range s.Offences {
			schedule.Offences = append(schedule.Offences, o.offence(&faults, at, s.ByLaw))
		}
		r.Schedules = append(r.Schedules, schedule)
	}
	return r, faults
}

func (o offenceFile) offence(faults *faultList, at string, byLaw Text) Offence {
	at = fmt.Sprintf("%s, offence %q", at, o.Code)
	if len(o.ByLaw) > 0 {
		byLaw = o.ByLaw
	}
	out := Offence{
		Code: o.Code, ByLaw: byLaw, Section: o.Section, Title: o.Title, Ledger: o.Ledger, Warning: o.Warning,
		Tiers: tiers(faults, at, o.Tiers), RepeatDays: o.RepeatDays,
	}
	for i, c := range o.Charges {
		amount := faults.amount(fmt.Sprintf("%s, charge %d.amount", at, i+1), c.Amount)
		out.Charges = append(out.Charges, Charge{Component: c.Component, Amount: amount, Clause: c.Clause})
	}
	for i, r := range o.Repeats {
		out.Repeats = append(out.Repeats, Repeat{Priors: r.Priors, Tiers: tiers(faults, fmt.Sprintf("%s, repeat %d", at, i+1), r.Tiers)})
	}
	return out
}

func tiers(faults *faultList, at string, file []tierFile) []Tier {
	var out []Tier
	for i, t := range file {
		out = append(out, t.tier(faults, fmt.Sprintf("%s, tier %d", at, i+1)))
	}
	return out
}

func (t tierFile) tier(faults *faultList, at string) Tier {
	out := Tier{Kind: TierKind(t.Kind), Component: t.Component, Clause: t.Clause}
	if out.Kind == "" {
		out.Kind = Absolute
	}
	switch {
	case t.Amount != "" && t.Percent != "":
		faults.add(at, "has both amount and percent: keep one")
	case t.Amount != "":
		out.Amount = faults.amount(at+".amount", t.Amount)
	case t.Percent != "":
		out.BasisPoints = faults.percent(at+".percent", t.Percent)
	default:
		faults.add(at, "has neither amount nor percent")
	}
	if t.Until != nil {
		out.Until = t.Until.deadline(faults, at+".until")
	}
	return out
}

func (d deadlineFile) deadline(faults *faultList, at string) *Deadline {
	switch {
	case d.Days != nil && d.DayBefore == "" && d.WorkingDays == nil:
		return &Deadline{Form: DaysAfterBase, Days: *d.Days}
	case d.DayBefore != "" && d.Days == nil && d.WorkingDays == nil:
		return &Deadline{Form: DayBeforeEvent, Event: d.DayBefore}
	case d.WorkingDays != nil && d.Event != "" && d.Days == nil && d.DayBefore == "":
		return &Deadline{Form: WorkingDaysBefore, Days: *d.WorkingDays, Event: d.Event, At: faults.clock(at+".at", d.At)}
	}
	faults.add(at, "is none of the three forms: days = N; day_before = \"event\"; working_days = N with event and at")
	return nil
}

// faultList collects what is wrong, each with its place.
type faultList []error

func (f *faultList) add(at, form string, args ...any) {
	*f = append(*f, &Fault{At: at, What: Said{form, args}})
}

func (f *faultList) date(at, s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		f.add(at, "%q is not a day (write it as 2026-03-01)", s)
	}
	return d
}

func (f *faultList) amount(at, s string) money.Amount {
	a, err := money.Parse(s)
	if err != nil {
		f.add(at, "%q is not an amount: write it as \"30.00\"", s)
	}
	return a
}

// logo reads a logo's file; "" is none.
func (f *faultList) logo(at string, beside fs.FS, name string) []byte {
	if name == "" {
		return nil
	}
	b, err := readLogo(beside, name)
	if err == nil {
		_, err = ReadLogo(b)
	}
	if err != nil {
		f.add(at, "the logo %q can't be used: it %v", name, err)
		return nil
	}
	return b
}

// clock reads HH:MM as the time since midnight; "" is zero.
func (f *faultList) clock(at, s string) time.Duration {
	if s == "" {
		return 0
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		f.add(at, "%q is not a time of day: write it as \"16:30\"", s)
		return 0
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}

// percent reads "50" or "12.5" as basis points.
func (f *faultList) percent(at, s string) int64 {
	whole, frac, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole+(frac + "00")[:2], 10, 64)
	if err != nil || len(frac) > 2 || n < 0 || n > 100_000 {
		f.add(at, "%q is not a percentage: write it as \"50\" or \"12.5\"", s)
		return 0
	}
	return n
}
