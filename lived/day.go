package lived

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fundy/city"
)

// act is something that happens at a time of a day.
type act struct {
	at time.Duration // from the day's start
	do func(ctx context.Context, t *town) error
}

// on puts something on a day's list.
func (t *town) on(day city.Date, at time.Duration, do func(ctx context.Context, t *town) error) {
	t.acts[day] = append(t.acts[day], act{at, do})
}

// clockTime is a time of day.
func clockTime(hour, minute int) time.Duration {
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute
}

// The city's working day.
const (
	arrives = 6*time.Hour + 30*time.Minute // the file of the day before's tickets
	opens   = 9 * time.Hour
	shuts   = 16*time.Hour + 30*time.Minute
	homes   = 23 * time.Hour // after which hardly anybody pays
	closing = 6              // days after which a day is closed
	watched = 10             // days before the end, from which on somebody is told of what does not come
)

// live lets a day pass. What would come after the end has not happened.
func (t *town) live(ctx context.Context, day city.Date) error {
	t.morning(day)
	if t.works(day) {
		t.workday(day)
	}
	t.on(day, clockTime(23, 30), func(ctx context.Context, t *town) error { return t.office.Settler().Round(ctx) })
	acts := t.acts[day]
	delete(t.acts, day)
	slices.SortStableFunc(acts, func(a, b act) int { return int(a.at - b.at) })
	start := day.Start(t.city.Zone)
	for _, a := range acts {
		at := start.Add(a.at)
		if !at.Before(t.Until) {
			break
		}
		t.clock.set(at)
		if err := a.do(ctx, t); err != nil {
			return fmt.Errorf("at %s: %w", at.In(t.city.Zone).Format("15:04"), err)
		}
	}
	return ctx.Err()
}

// works says whether the city hall is open on a day.
func (t *town) works(day city.Date) bool { return t.rules.WorkingDay(day) }

// next is the first working day after a day.
func (t *town) next(day city.Date) city.Date {
	for day = day.AddDays(1); !t.works(day); day = day.AddDays(1) {
	}
	return day
}

// before is the last working day before a day.
func (t *town) before(day city.Date) city.Date {
	for day = day.AddDays(-1); !t.works(day); day = day.AddDays(-1) {
	}
	return day
}

// morning is what the office and the handhelds do before anybody comes in.
func (t *town) morning(day city.Date) {
	if day == t.sum.ByLaw.AddDays(-20) {
		t.on(day, clockTime(6, 0), func(ctx context.Context, t *town) error {
			if err := t.readRules(ctx, false); err != nil {
				return err
			}
			return t.open(ctx)
		})
	}
	t.on(day, arrives, func(ctx context.Context, t *town) error { return t.bringIn(ctx, day) })
	t.on(day, clockTime(8, 0), func(ctx context.Context, t *town) error { return t.fetch(ctx, day) })
	t.on(day, clockTime(8, 30), func(ctx context.Context, t *town) error { return t.readBank(ctx, day.AddDays(-1)) })
}

// workday is what people at the city hall do, every day that it is open.
func (t *town) workday(day city.Date) {
	t.on(day, opens, func(ctx context.Context, t *town) error { return t.toTheBank(ctx, day) })
	t.on(day, opens, func(ctx context.Context, t *town) error { return t.startDrawer(ctx) })
	if day.Compare(t.last.AddDays(-watched)) >= 0 {
		t.on(day, clockTime(12, 30), func(ctx context.Context, t *town) error { return t.feeds.Watch(ctx) })
	}
	t.on(day, clockTime(10, 30), func(ctx context.Context, t *town) error { return t.openMail(ctx, day) })
	t.on(day, clockTime(16, 45), func(ctx context.Context, t *town) error { return t.endDrawer(ctx, day) })
	t.on(day, clockTime(17, 0), func(ctx context.Context, t *town) error { return t.closeDays(ctx, day) })
}
