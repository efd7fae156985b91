package ticket

import (
	"fmt"
	"slices"
	"time"

	"fundy/city"
)

// The kinds of event that stop a ticket's clock. Between a "from" and its "until" no day counts.
const (
	HoldFrom  = "hold_from"
	HoldUntil = "hold_until"
	// The same, of a review that is under way.
	ReviewFrom  = "review_from"
	ReviewUntil = "review_until"
	SlipFrom    = "slip_from"
	SlipUntil   = "slip_until"
	// The days between the receipt of a cheque and its return, where the city gives them back.
	ChequeFrom  = "cheque_from"
	ChequeUntil = "cheque_until"
)

// calendar is what deadlines are counted on.
type calendar struct {
	rules   city.Rules
	clock   city.Clock
	zone    *time.Location
	now     time.Time // of the price: a clock that stands still has stood until then
	explain bool
}

// say is how a deadline was found, where that is asked for.
func (c calendar) say(format string, args ...any) string {
	if !c.explain {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// base is the day that a ticket's days are counted from: the day of issue on a windshield; for a
// mailed one the day of mailing and the days of deemed service.
func (c calendar) base(t Ticket) city.Date {
	day := t.IssuedOn
	if !t.ServedOn.IsZero() {
		day = t.ServedOn
	}
	if t.Delivery == Mailed {
		day = day.AddDays(c.clock.MailDays)
	}
	return day
}

// until is the first instant at which a deadline has passed, and how it was found. ok is false when
// the deadline counts from an event that the ticket does not have: then it never passes.
func (c calendar) until(t Ticket, d city.Deadline) (at time.Time, how string, ok bool) {
	switch d.Form {
	case city.DaysAfterBase:
		at, how, ok := c.afterBase(t, d)
		if !ok {
			return at, how, false
		}
		return c.moved(at, how, time.Time{})
	case city.DayBeforeEvent:
		event, ok := t.event(d.Event)
		if !ok {
			return time.Time{}, c.say("no %s is set, so the deadline before it has not begun", d.Event), false
		}
		day := city.DateOf(event, c.zone)
		return day.Start(c.zone), c.say("to the end of the day before the %s of %s", d.Event, day), true
	case city.WorkingDaysBefore:
		event, ok := t.event(d.Event)
		if !ok {
			return time.Time{}, c.say("no %s is set, so the deadline before it has not begun", d.Event), false
		}
		day := c.workingDaysBefore(city.DateOf(event, c.zone), d.Days)
		how := c.say("to %s on %s, %d working days before the %s of %s", hhmm(d.At), day, d.Days, d.Event, city.DateOf(event, c.zone))
		return c.moved(c.at(day, d.At), how, city.DateOf(event, c.zone).Start(c.zone))
	}
	return time.Time{}, "unknown form of deadline", false
}

// moved is a deadline that falls in a time in which nobody could pay: it moves to the end of the first whole working day
// after it, and no later than most (zero: no matter how late). One that falls in another such time then moves again.
func (c calendar) moved(at time.Time, how string, most time.Time) (time.Time, string, bool) {
	for range mostMoves {
		day, of, falls := c.rules.After(at, c.zone)
		if !falls {
			break
		}
		next := day.AddDays(1).Start(c.zone)
		if c.clock.CutOff != 0 {
			next = c.at(day, c.clock.CutOff)
		}
		if !most.IsZero() && next.After(most) {
			next = most
		}
		if !next.After(at) {
			break
		}
		at = next
		how += c.say("; nobody could pay from %s to %s: moved to the end of %s", of.From.In(c.zone).Format(minute), of.Until.In(c.zone).Format(minute), day)
	}
	return at, how, true
}

// mostMoves bounds how many outages move one deadline, one after the other.
const mostMoves = 50

// minute is an instant in a trace.
const minute = "2006-01-02 15:04"

// afterBase counts calendar days in the city's zone, never blocks of 24 hours.
func (c calendar) afterBase(t Ticket, d city.Deadline) (time.Time, string, bool) {
	base := c.base(t)
	last := base.AddDays(d.Days)
	counted := "the day after it is day 1"
	if c.clock.FirstDay == city.Inclusive {
		last = base.AddDays(d.Days - 1)
		counted = "it is day 1"
	}
	how := c.say("%d days from %s, %s", d.Days, base, counted)
	if stopped := c.stopped(t, base, last); stopped > 0 {
		last = last.AddDays(stopped)
		how += c.say("; %d days did not count", stopped)
	}
	if c.clock.RollForward {
		for i := 0; !c.rules.WorkingDay(last) && i < 31; i++ {
			last = last.AddDays(1)
		}
		how += "; moved to a working day where it was none"
	}
	if c.clock.CutOff == 0 {
		return last.AddDays(1).Start(c.zone), how + c.say(": to the end of %s", last), true
	}
	return c.at(last, c.clock.CutOff), how + c.say(": to %s on %s", hhmm(c.clock.CutOff), last), true
}

// stopped counts the days on which the clock stood still before the deadline: each day from the event that stops it up
// to, not including, the one that starts it again, and once, however many things have stopped it on that day. What
// stopped it after the deadline had passed, which the days before it have moved, counts for nothing.
func (c calendar) stopped(t Ticket, base, last city.Date) int {
	spans := c.spans(t)
	slices.SortStableFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	days := 0
	next := base // the first day that has not been counted
	for _, s := range spans {
		if s.from.Compare(next) < 0 {
			s.from = next
		}
		if s.from.Compare(last.AddDays(days)) > 0 || s.until.Compare(s.from) <= 0 {
			continue
		}
		days += int(s.until.Start(time.UTC).Sub(s.from.Start(time.UTC)) / (24 * time.Hour))
		next = s.until
	}
	return days
}

// span is days on which a clock stood still: the first of them, and the first one after them.
type span struct{ from, until city.Date }

// spans are the days that the events of a ticket have stopped its clock on. A review that has not ended, and a hold that a
// ticket is on, have stopped it until the instant of the price: the deadline goes on before it, day by day.
func (c calendar) spans(t Ticket) (all []span) {
	for _, pair := range [][2]string{{HoldFrom, HoldUntil}, {ReviewFrom, ReviewUntil}, {SlipFrom, SlipUntil}, {ChequeFrom, ChequeUntil}} {
		var from time.Time
		for _, e := range t.Events {
			switch {
			case e.Kind == pair[0]:
				from = e.At
			case e.Kind == pair[1] && !from.IsZero():
				all = append(all, span{city.DateOf(from, c.zone), city.DateOf(e.At, c.zone)})
				from = time.Time{}
			}
		}
		goesOn := pair[0] == ReviewFrom || pair[0] == HoldFrom && t.State == Hold
		if goesOn && !from.IsZero() && c.now.After(from) {
			all = append(all, span{city.DateOf(from, c.zone), city.DateOf(c.now, c.zone)})
		}
	}
	return all
}

func (c calendar) workingDaysBefore(day city.Date, n int) city.Date {
	for i := 0; n > 0 && i < 400; i++ {
		day = day.AddDays(-1)
		if c.rules.WorkingDay(day) {
			n--
		}
	}
	return day
}

func (c calendar) at(day city.Date, clock time.Duration) time.Time {
	return time.Date(day.Year, day.Month, day.Day, int(clock.Hours()), int(clock.Minutes())%60, 0, 0, c.zone)
}

func (t Ticket) event(kind string) (time.Time, bool) {
	for i := len(t.Events) - 1; i >= 0; i-- {
		if t.Events[i].Kind == kind {
			return t.Events[i].At, true
		}
	}
	return time.Time{}, false
}

func hhmm(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}
