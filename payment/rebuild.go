package payment

import (
	"fmt"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/ticket"
)

// Rebuild freezes a ticket again at an amount that is known, of which the lines are not: those of a payment
// that the store has lost, and that the processor still knows. at is when its card page was made. The
// lines are those of the tier that costs so much: the one in force then, or else an earlier or a later
// one (a quote holds for a while, a slip may have counted). Where no tier costs so much, the whole is one
// line of the penalty: the cents are right, and how they are made up is not known any more.
func Rebuild(t ticket.Ticket, rules city.Rules, c city.City, amount money.Amount, at time.Time) (Frozen, error) {
	f := Frozen{Ticket: t.ID, Version: t.Version, QuotedAt: at, HoldsUntil: at, Total: amount}
	schedule, ok := rules.ScheduleByID(t.Schedule)
	if !ok {
		return f, fmt.Errorf("ticket keeps the schedule %q, which the city does not have", t.Schedule)
	}
	offence, ok := schedule.Offence(t.Offence)
	if !ok {
		return f, fmt.Errorf("schedule %q has no offence %q", t.Schedule, t.Offence)
	}
	f.Revenue = offence.Ledger
	q, err := ticket.Price(t, rules, c, at)
	if err != nil {
		return f, fmt.Errorf("price ticket: %w", err)
	}
	tiers := append([]ticket.TierRow(nil), q.Tiers...)
	for i := 0; q.Total != amount && i < len(tiers); i++ {
		if tiers[i].Total != amount {
			continue
		}
		if q, err = ticket.Price(t, rules, c, tiers[i].From); err != nil {
			return f, fmt.Errorf("price ticket: %w", err)
		}
	}
	f.Components = q.Components
	if q.Total != amount {
		f.Components = []ticket.Component{{Kind: ticket.Penalty, Amount: amount}}
	}
	return f, nil
}
