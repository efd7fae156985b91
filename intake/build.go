package intake

import (
	"strconv"
	"strings"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
)

// ticketBuilder makes tickets of drafts: it asks the city's rules, makes the keyed indexes and seals.
type ticketBuilder struct {
	city   city.City
	rules  city.Rules
	zone   *time.Location
	regime ticket.Regime
	index  seal.IndexKey
	sealer *seal.Sealer // nil in a dry run
	now    time.Time
	last   city.Date // the last day that an issue can be of
	days   map[city.Date]*dayRules
}

// dayRules are the offences of the schedule that holds on a day.
type dayRules struct {
	schedule string
	offences map[string]*city.Offence
}

// built is a draft that can go in.
type built struct {
	row     store.ImportRow
	plate   ticket.Plate
	penalty money.Amount // as issued, before any discount
	draft   *draft
}

// maxDays bounds the memory of day rules: a century has fewer days.
const maxDays = 40_000

func (b *ticketBuilder) rulesOf(day city.Date) *dayRules {
	if r, ok := b.days[day]; ok {
		return r
	}
	if len(b.days) > maxDays {
		clear(b.days)
	}
	var r *dayRules
	if s, ok := b.rules.ScheduleFor(day); ok {
		r = &dayRules{schedule: s.ID, offences: make(map[string]*city.Offence, len(s.Offences))}
		for i := range s.Offences {
			r.offences[s.Offences[i].Code] = &s.Offences[i]
		}
	}
	b.days[day] = r
	return r
}

// build makes a ticket of a draft, or says why not.
func (b *ticketBuilder) build(d *draft) (*built, *Reject) {
	offence, schedule, reject := b.offence(d)
	if reject != nil {
		return nil, reject
	}
	out := &built{draft: d}
	key := ticket.NumberKey(d.number)
	if key == "" || len(key) > ticket.MaxNumber {
		return nil, d.reject("number", "not a ticket's number (1 to 40 letters and digits)")
	}
	if !d.noPlate {
		plate, err := ticket.ParsePlate(d.plate)
		if err != nil {
			return nil, d.reject("plate", "not a plate (1 to 12 letters and digits)")
		}
		out.plate = plate
	}
	if before(b.last, d.day) {
		return nil, d.reject("issued_on", "a day that has not come yet")
	}
	t, reject := b.ticket(d, offence, schedule, key)
	if reject != nil {
		return nil, reject
	}
	out.row = store.ImportRow{Ticket: t, NumberKey: key, Line: d.line}
	if reject := b.entries(d, out, offence); reject != nil {
		return nil, reject
	}
	b.indexes(out)
	return out, nil
}

// reject is about one of our fields; it names the column where the mapping has one.
func (d *draft) reject(field, form string, args ...any) *Reject {
	return rejected(d.line, d.columns.columnOf(field), field, form, args...)
}

// offence is the row's offence in the schedule of its day, with a title in each of the city's languages; or, where
// there is none, the offence that the mapping sends such rows to.
func (b *ticketBuilder) offence(d *draft) (*city.Offence, string, *Reject) {
	rules := b.rulesOf(d.day)
	if rules == nil {
		return nil, "", d.reject("issued_on", "the city has no schedule for that day")
	}
	offence, why := b.entitled(rules, d.offence)
	if offence == nil && d.missing != "" {
		offence, why = b.entitled(rules, d.missing)
	}
	if offence == nil {
		r := d.reject("offence", why.Form, why.Args...)
		r.code = d.code
		return nil, "", r
	}
	return offence, rules.schedule, nil
}

// entitled is a schedule's offence of that code, or why it can't be used.
func (b *ticketBuilder) entitled(rules *dayRules, code string) (offence *city.Offence, why city.Said) {
	if code == "" {
		return nil, city.Said{Form: "the code has no offence in the mapping's table"}
	}
	offence = rules.offences[code]
	if offence == nil {
		return nil, city.Said{Form: "the schedule of its day does not have the offence: map the code to one that it has"}
	}
	if !b.regime.Allows(*offence) {
		return nil, city.Said{Form: "the offence has a fee or charge, which can't be added under %s", Args: []any{b.regime.Name}}
	}
	for _, language := range b.city.Languages {
		if offence.Title[language] == "" {
			return nil, city.Said{Form: "the offence has no title in %q", Args: []any{language}}
		}
	}
	return offence, city.Said{}
}

func (b *ticketBuilder) ticket(d *draft, offence *city.Offence, schedule, key string) (ticket.Ticket, *Reject) {
	t := ticket.Ticket{
		ID:     ticket.ID(b.index.TicketID(b.city.ID, d.series, key, d.day.String())),
		Regime: b.regime.Name, Series: d.series, Number: d.number,
		IssuedOn: d.day, IssuedAt: instant(d.day, d.clock, b.zone), TimeKnown: d.timeKnown,
		Offence: offence.Code, Schedule: schedule, Fine: d.fine, Place: d.place, Make: d.make,
		NoPlate: d.noPlate, Jurisdiction: d.jurisdiction, PlateType: d.plateType,
		Delivery: ticket.Windshield, ServedOn: d.served, State: ticket.Open, ArrivedAt: b.now, Version: 1,
	}
	switch d.delivery {
	case "", string(ticket.Windshield):
	case string(ticket.Mailed):
		t.Delivery = ticket.Mailed
	default:
		return t, d.reject("delivery", "neither \"windshield\" nor \"mail\": use values")
	}
	if offence.Warning {
		t.State = ticket.Warned
	}
	if d.state != "" {
		t.State = ticket.State(d.state)
	}
	if line, known := b.regime.Line(t.State); !known || line.State == ticket.Confirming {
		return t, d.reject("state", "not a state of the regime %s (%s): use values", b.regime.Name, b.states())
	}
	if b.regime.Owed(t.State) && b.regime.NoticeTooLate(t.IssuedOn, t.ServedOn) {
		return t, d.reject("served_on", noticeLate, b.regime.NoticeMonths)
	}
	return b.dates(d, t)
}

// noticeLate is of a ticket that is still owed by the file: s. 157(6) of the Act. One that is dealt with is history, and
// comes in as it was.
const noticeLate = "more than %d months after the contravention: such a notice cannot be given, and the ticket is not owed"

// states names what a ticket may be brought in as.
func (b *ticketBuilder) states() string {
	var names []string
	for _, line := range b.regime.States {
		if line.State != ticket.Confirming && line.State != ticket.Reopened {
			names = append(names, string(line.State))
		}
	}
	return strings.Join(names, ", ")
}

// dates puts a ticket's dated events in.
func (b *ticketBuilder) dates(d *draft, t ticket.Ticket) (ticket.Ticket, *Reject) {
	t.StateSince = t.IssuedAt
	since, field := d.since, "state_since"
	if t.State == ticket.Paid {
		since, field = d.paidOn, "paid_on"
		if since.IsZero() {
			return t, d.reject("paid_on", "empty, and the state is paid")
		}
	} else if !d.paidOn.IsZero() {
		return t, d.reject("state", "not paid, and paid_on is given: a part payment can't be taken over")
	}
	if !since.IsZero() {
		if before(since, d.day) || before(b.last, since) {
			return t, d.reject(field, "before the issue, or a day that has not come yet")
		}
		if at := since.Start(b.zone); at.After(t.StateSince) {
			t.StateSince = at
		}
	}
	if t.State == ticket.Hold {
		t.Events = append(t.Events, ticket.Event{Kind: ticket.HoldFrom, At: t.StateSince})
	}
	if d.stage != "" {
		t.Events = append(t.Events, ticket.Event{Kind: "stage:" + d.stage, At: t.StateSince})
	}
	for _, e := range d.events {
		t.Events = append(t.Events, ticket.Event{Kind: e.kind, At: instant(e.day, e.at, b.zone)})
	}
	return t, nil
}

// instant is a day and a time of day on a clock. A time that the clocks jump over is the one after the jump.
func instant(day city.Date, clock time.Duration, zone *time.Location) time.Time {
	return time.Date(day.Year, day.Month, day.Day, 0, 0, int(clock/time.Second), 0, zone).UTC()
}

// indexes makes the look-up's index, the plate's indexes and the row's digest.
func (b *ticketBuilder) indexes(out *built) {
	r, id := &out.row, b.city.ID
	if r.Ticket.NoPlate {
		r.Lookup = b.index.LookupDay(id, r.NumberKey, r.Ticket.IssuedOn.String())
	} else {
		r.Lookup = b.index.Lookup(id, r.NumberKey, out.plate.Skeleton)
		r.PlateIndex = b.index.Plate(id, out.plate.Canonical, r.Ticket.Jurisdiction)
		r.SkeletonIndex = b.index.Skeleton(id, out.plate.Skeleton)
	}
	r.Digest = b.index.Digest(id, out.content()...)
}

// content is the row's content in its normal form: what says whether it is the same again.
func (out *built) content() []string {
	t, d := out.row.Ticket, out.draft
	fields := []string{
		t.Regime, t.Series, out.row.NumberKey, t.IssuedAt.Format(time.RFC3339), strconv.FormatBool(t.TimeKnown), t.Offence,
		amountText(t.Fine), t.Place, t.Make, out.plate.Canonical, strconv.FormatBool(t.NoPlate), t.Jurisdiction, t.PlateType,
		string(t.Delivery), t.ServedOn.String(), string(t.State), t.StateSince.Format(time.RFC3339), amountText(d.paidAmount),
	}
	for _, e := range t.Events {
		fields = append(fields, e.Kind, e.At.Format(time.RFC3339))
	}
	return fields
}

func amountText(a *money.Amount) string {
	if a == nil {
		return ""
	}
	return a.String()
}
