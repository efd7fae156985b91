package city

import (
	"errors"
	"fmt"
	"time"
)

// Outage is a time in which nobody could pay: the pages were away, or the city was closed for a storm. A deadline that
// falls in it moves to the end of the first whole working day after it; no other deadline moves. It is a row of the
// rules, so what it says stays true for ever.
type Outage struct {
	From   time.Time
	Until  time.Time // the first instant at which one could pay again
	Closed bool      // the city was closed, whole days; else its pages were away
	Why    Text
}

// Limits of an outage.
const (
	MaxOutage  = 31 * 24 * time.Hour
	maxOutages = 2000
)

// The faults of an outage, for a page.
var (
	ErrOutageOrder = errors.New("an outage ends after it has begun")
	ErrOutageLong  = errors.New("an outage is at most 31 days long")
	ErrOutageWords = errors.New("say in each of the city's languages why")
)

// Check says what is wrong with an outage.
func (o Outage) Check(c City) error {
	switch {
	case !o.Until.After(o.From):
		return ErrOutageOrder
	case o.Until.Sub(o.From) > MaxOutage:
		return ErrOutageLong
	}
	for _, l := range c.Languages {
		if o.Why[l] == "" {
			return ErrOutageWords
		}
	}
	return nil
}

// Row is the outage as the store keeps it: one that begins at the same instant is the same outage.
func (o Outage) Row(zone *time.Location) (RuleRow, error) {
	o.From, o.Until = o.From.UTC(), o.Until.UTC()
	rows, err := Rules{Outages: []Outage{o}}.Rows()
	if err != nil {
		return RuleRow{}, fmt.Errorf("write outage: %w", err)
	}
	rows[0].From = DateOf(o.From, zone)
	return rows[0], nil
}

// holds says whether a deadline falls in the outage: it ran out while nobody could pay. One that ran out at the very
// instant at which it began could be met.
func (o Outage) holds(deadline time.Time) bool {
	return deadline.After(o.From) && !deadline.After(o.Until)
}

// After is the first whole working day after an outage in which a deadline falls, with that outage; ok is false where
// it falls in none. Of two that overlap the later end counts.
func (r Rules) After(deadline time.Time, zone *time.Location) (day Date, of Outage, ok bool) {
	for _, o := range r.Outages {
		if o.holds(deadline) && (!ok || o.Until.After(of.Until)) {
			of, ok = o, true
		}
	}
	if !ok {
		return day, of, false
	}
	day = DateOf(of.Until, zone)
	if day.Start(zone).Before(of.Until) {
		day = day.AddDays(1) // of the day on which it ended, a part only
	}
	for i := 0; !r.WorkingDay(day) && i < 31; i++ {
		day = day.AddDays(1)
	}
	return day, of, true
}
