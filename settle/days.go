package settle

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fundy/city"
	"fundy/payout"
	"fundy/store"
)

// MostDays bounds a list of days: each open one is added up anew.
const MostDays = 31

// Span is which days are a city's own to close.
type Span struct {
	First  city.Date // on which its store was made, or its first money came
	Closed city.Date // the last day that is closed; zero: none
}

// Span reads the city's first day and its last closed one.
func (d *Deposits) Span(ctx context.Context) (s Span, err error) {
	err = d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if s.First, err = tx.Began(ctx, d.City.Zone); err != nil {
			return err
		}
		until, err := tx.ClosedUntil(ctx)
		if s.Closed = (city.Date{}); !until.IsZero() {
			s.Closed = city.DateOf(until.Add(-time.Second), d.City.Zone)
		}
		return err
	})
	return s, err
}

// DayState is how a day stands, for a list.
type DayState string

// The states. A day without anything is closed by the next one that is: it needs no closing of its own.
const (
	DayClosed DayState = "closed"
	DayPassed DayState = "passed" // nothing was in it, and a later one is closed
	DayEmpty  DayState = "empty"  // nothing is in it yet
	DayOpen   DayState = "open"
)

// State says how a day stands.
func (s Span) State(r payout.Report) DayState {
	switch {
	case r.Closed:
		return DayClosed
	case !s.Closed.IsZero() && r.Day.Compare(s.Closed) < 0:
		return DayPassed
	case r.Empty():
		return DayEmpty
	}
	return DayOpen
}

// Days are what the days of a range came to, the newest first, both ends in it. Closed ones are as they were closed.
func (d *Deposits) Days(ctx context.Context, from, until city.Date) ([]payout.Report, error) {
	if n := int(until.Start(time.UTC).Sub(from.Start(time.UTC))/(24*time.Hour)) + 1; n < 1 || n > MostDays {
		return nil, fmt.Errorf("%s to %s are %d days: at most %d are shown together", from, until, n, MostDays)
	}
	var all []payout.Report
	err := d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		all = nil
		closed, err := tx.ClosedDays(ctx, from, until)
		if err != nil {
			return err
		}
		for day := until; day.Compare(from) >= 0; day = day.AddDays(-1) {
			var r payout.Report
			body, ok := closed[day]
			if ok {
				err = json.Unmarshal([]byte(body), &r)
			} else {
				r, err = d.reportIn(ctx, tx, day)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", day, err)
			}
			all = append(all, r)
		}
		return nil
	})
	return all, err
}
