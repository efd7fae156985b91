package ticket

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"fundy/city"
	"fundy/money"
)

// Price is what a ticket costs at an instant, line by line, each line with the clause that it comes
// from, under the schedule that the ticket keeps.
//
// The penalty is the last absolute price; an earlier and lower one is shown as the penalty less a
// discount, which is what it is in law under nb-lga (s. 156). A fine from the file (t.Fine) takes
// the penalty's place, and absolute amounts of the schedule then do not hold; percentages do.
func Price(t Ticket, rules city.Rules, c city.City, at time.Time) (Quote, error) {
	return price(t, rules, c, at, false)
}

// Explain is Price, with how the price was found in Quote.Trace. Putting that in words costs as much as
// the price itself.
func Explain(t Ticket, rules city.Rules, c city.City, at time.Time) (Quote, error) {
	return price(t, rules, c, at, true)
}

// ErrPartPaid is returned for an instant at which a ticket cost less than has been paid of it since.
var ErrPartPaid = errors.New("more has been paid of the ticket than it cost then")

func price(t Ticket, rules city.Rules, c city.City, at time.Time, explain bool) (Quote, error) {
	schedule, ok := rules.ScheduleByID(t.Schedule)
	if !ok {
		return Quote{}, fmt.Errorf("ticket keeps the schedule %q, which the city does not have", t.Schedule)
	}
	offence, ok := schedule.Offence(t.Offence)
	if !ok {
		return Quote{}, fmt.Errorf("schedule %q has no offence %q", t.Schedule, t.Offence)
	}
	q := Quote{Ticket: t.ID, At: at}
	if explain {
		q.Trace = []string{}
	}
	q.trace("Issued on %s: schedule %q, in force from %s.", t.IssuedOn, schedule.ID, schedule.From)
	if offence.Warning {
		q.trace("Offence %s is a warning: nothing is due.", offence.Code)
		q.Tiers = []TierRow{{Tier: 1, From: t.IssuedAt, Now: true}}
		return q, nil
	}
	if len(offence.Repeats) > 0 {
		q.trace("The vehicle had %d tickets for this offence in the %d days before, when this one came in.", t.Priors, offence.RepeatDays)
		offence.Tiers = offence.TiersFor(t.Priors)
	}
	p := pricing{ticket: t, offence: offence, calendar: calendar{rules: rules, clock: schedule.Clock, zone: c.Zone, now: at, explain: explain}}
	if err := p.rows(&q, at); err != nil {
		return Quote{}, err
	}
	if err := p.total(&q); err != nil {
		return Quote{}, err
	}
	q.promised(t)
	return q, nil
}

// trace adds a sentence, where the trace is asked for.
func (q *Quote) trace(format string, args ...any) {
	if q.Trace != nil {
		q.Trace = append(q.Trace, fmt.Sprintf(format, args...))
	}
}

type pricing struct {
	ticket   Ticket
	offence  city.Offence
	calendar calendar
}

// rows makes the table of prices, finds today's, and takes its components.
func (p pricing) rows(q *Quote, at time.Time) error {
	from := p.ticket.IssuedAt
	found := false
	for i, tier := range p.offence.Tiers {
		components, err := p.components(i)
		if err != nil {
			return err
		}
		charges := p.charges()
		row := TierRow{Tier: i + 1, From: from, Clause: tier.Clause}
		if row.Total, err = sum(append(components, charges...)); err != nil {
			return err
		}
		if row.Total.IsNegative() && !p.ticket.PartPaid.IsZero() {
			row.Total = money.Zero // an earlier price, of which a part of a later one was more
		}
		forever := tier.Until == nil
		if !forever {
			until, how, ok := p.calendar.until(p.ticket, *tier.Until)
			forever = !ok
			if ok && until.Before(from) {
				until = from // an event that came early leaves the tier no time
			}
			row.Until = until
			q.trace("Price %d, %s (%s): %s.", i+1, row.Total, tier.Clause, how)
		} else {
			q.trace("Price %d, %s (%s): from then on.", i+1, row.Total, tier.Clause)
		}
		if !found && (forever || at.Before(row.Until)) {
			found, row.Now = true, true
			q.Components = append(stamp(components, row), charges...)
			q.trace("At %s the price is price %d.", at.In(p.calendar.zone).Format("2006-01-02 15:04:05 MST"), i+1)
		}
		q.Tiers = append(q.Tiers, row)
		if forever {
			return nil
		}
		from = row.Until
	}
	return fmt.Errorf("offence %s has no price that holds for ever", p.offence.Code)
}

// charges are the lines that stand beside every price; no tier sets them and they never change. What has been paid
// of the ticket before is the last of them.
func (p pricing) charges() []Component {
	var lines []Component
	for _, c := range p.offence.Charges {
		lines = append(lines, Component{Kind: feeKind(c.Component), Amount: c.Amount, Clause: c.Clause})
	}
	if !p.ticket.PartPaid.IsZero() {
		lines = append(lines, Component{Kind: PartPayment, Amount: p.ticket.PartPaid.Neg()})
	}
	return lines
}

// components are the lines of the price while tier i holds, without the charges.
func (p pricing) components(i int) ([]Component, error) {
	full, clause, err := p.penalty()
	if err != nil {
		return nil, err
	}
	penalty := Component{Kind: Penalty, Amount: full, Clause: clause}
	tier := p.offence.Tiers[i]
	switch tier.Kind {
	case city.Discount:
		off, err := p.amount(tier, full)
		if err != nil {
			return nil, err
		}
		return []Component{penalty, {Kind: EarlyPayment, Amount: off.Neg(), Clause: tier.Clause}}, nil
	case city.Fee:
		return p.withFees(penalty, i, full)
	}
	price, err := p.amount(tier, full)
	if err != nil {
		return nil, err
	}
	if p.ticket.Fine != nil && tier.BasisPoints == 0 {
		price = full
	}
	off, err := price.Sub(full)
	if err != nil || off.IsZero() {
		return []Component{penalty}, err
	}
	if !off.IsNegative() {
		return []Component{{Kind: Penalty, Amount: price, Clause: tier.Clause}}, nil
	}
	return []Component{penalty, {Kind: EarlyPayment, Amount: off, Clause: tier.Clause}}, nil
}

// withFees is the penalty and every fee that has been added up to tier i.
func (p pricing) withFees(penalty Component, i int, full money.Amount) ([]Component, error) {
	lines := []Component{penalty}
	for n := 0; n <= i; n++ {
		tier := p.offence.Tiers[n]
		if tier.Kind != city.Fee {
			continue
		}
		fee, err := p.amount(tier, full)
		if err != nil {
			return nil, err
		}
		lines = append(lines, Component{Kind: feeKind(tier.Component), Amount: fee, Clause: tier.Clause, Tier: n + 1})
	}
	return lines, nil
}

func feeKind(component string) ComponentKind {
	if slices.Contains(city.FeeComponents, component) {
		return ComponentKind(component)
	}
	return OtherFee
}

// penalty is the last absolute price, or the fine that came with the file.
func (p pricing) penalty() (money.Amount, string, error) {
	for i := len(p.offence.Tiers) - 1; i >= 0; i-- {
		tier := p.offence.Tiers[i]
		if tier.Kind != city.Absolute {
			continue
		}
		if p.ticket.Fine != nil {
			return *p.ticket.Fine, tier.Clause, nil
		}
		if tier.BasisPoints != 0 {
			return money.Zero, "", fmt.Errorf("offence %s: its last price is a percentage of nothing", p.offence.Code)
		}
		return tier.Amount, tier.Clause, nil
	}
	if p.ticket.Fine != nil {
		return *p.ticket.Fine, "", nil
	}
	return money.Zero, "", fmt.Errorf("offence %s has no absolute price", p.offence.Code)
}

func (p pricing) amount(tier city.Tier, full money.Amount) (money.Amount, error) {
	if tier.BasisPoints != 0 {
		return full.Percent(tier.BasisPoints)
	}
	return tier.Amount, nil
}

// stamp says of each line which tier it is of and until when it holds. The penalty itself holds for ever.
func stamp(lines []Component, row TierRow) []Component {
	for i := range lines {
		if lines[i].Tier == 0 {
			lines[i].Tier = row.Tier
		}
		if lines[i].Kind != Penalty {
			lines[i].Until = row.Until
		}
	}
	return lines
}

func (p pricing) total(q *Quote) error {
	total, err := sum(q.Components)
	if err != nil {
		return err
	}
	if total.IsNegative() && !p.ticket.PartPaid.IsZero() {
		return ErrPartPaid
	}
	if total.IsNegative() {
		return fmt.Errorf("offence %s: discounts come to more than the penalty", p.offence.Code)
	}
	q.Total = total
	return nil
}

func sum(lines []Component) (money.Amount, error) {
	amounts := make([]money.Amount, 0, len(lines))
	for _, l := range lines {
		amounts = append(amounts, l.Amount)
	}
	return money.Sum(amounts...)
}
