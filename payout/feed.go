package payout

import (
	"time"

	"fundy/city"
)

// The feeds that the city expects of others. An account's statements are StatementFeed and its name.
const (
	PayoutFeed    = "payouts" // the card processor's list of payouts
	BackupFeed    = "backup"  // a backup that was opened again and found whole
	TicketFeed    = "tickets" // the files of tickets, from whoever writes them
	StatementFeed = "bank:"   // the bank's statement of an account
)

// Feed is something that the city expects of another, again and again.
type Feed struct {
	Name     string
	Expected string    // by when, for a person: "11:00" of a working day; "" where it is a matter of age
	Since    time.Time // from when it is expected
	LastAt   time.Time // when it came last; zero: it has not
	LastDay  city.Date // a statement's: the day up to which it has come
	Raised   city.Date // the newest day that has been put before a person
	NextAt   time.Time // when we look for it again
	Trouble  string    // why it could not be had the last time; "" when it could
}

// Ref is what an exception about a day of a feed is about.
func (f Feed) Ref(day city.Date) string { return f.Name + "/" + day.String() }

// Deadline is when the statement of a working day is here at the latest: at by on the first working day after it, on
// the city's clock.
func Deadline(day city.Date, by time.Duration, c Calendar, zone *time.Location) time.Time {
	return DueOn(BusinessDays(c, day, 1), by, zone)
}

// missingMost is how many days back a statement is asked for.
const missingMost = 40

// Missing lists the working days whose statement should be here by now, is not, and has not been put before a person
// yet; oldest first. What was due before the feed was expected at all is not asked for.
func (f Feed) Missing(by time.Duration, now time.Time, c Calendar, zone *time.Location) []city.Date {
	return f.missing(func(day city.Date) time.Time { return Deadline(day, by, c, zone) }, now, c, zone)
}

// DueOn is when what has to come on each working day is here at the latest: at by on the day itself, on the city's clock.
func DueOn(day city.Date, by time.Duration, zone *time.Location) time.Time {
	minutes := int(by / time.Minute)
	return time.Date(day.Year, day.Month, day.Day, minutes/60, minutes%60, 0, 0, zone) // by the clock on the wall, whatever it did at night
}

// MissingOn is Missing of what has to come on each working day by an hour of that day.
func (f Feed) MissingOn(by time.Duration, now time.Time, c Calendar, zone *time.Location) []city.Date {
	return f.missing(func(day city.Date) time.Time { return DueOn(day, by, zone) }, now, c, zone)
}

func (f Feed) missing(dueOf func(city.Date) time.Time, now time.Time, c Calendar, zone *time.Location) []city.Date {
	today := city.DateOf(now, zone)
	day := today.AddDays(-missingMost)
	for _, last := range []city.Date{f.LastDay, f.Raised} {
		if !last.IsZero() && day.Compare(last) <= 0 {
			day = last.AddDays(1)
		}
	}
	var all []city.Date
	for ; day.Compare(today) <= 0; day = day.AddDays(1) {
		if !c.WorkingDay(day) {
			continue
		}
		due := dueOf(day)
		if due.After(now) {
			break
		}
		if due.After(f.Since) {
			all = append(all, day)
		}
	}
	return all
}

// cameMost is how many days a statement that comes at last can be late.
const cameMost = 400

// Came lists the days whose exceptions end, now that statements up to day have come.
func (f Feed) Came(day city.Date) []city.Date {
	from := day.AddDays(-cameMost)
	if !f.LastDay.IsZero() && from.Compare(f.LastDay) < 0 {
		from = f.LastDay.AddDays(1)
	}
	var all []city.Date
	for d := from; d.Compare(day) <= 0 && d.Compare(f.Raised) <= 0; d = d.AddDays(1) {
		all = append(all, d)
	}
	return all
}

// Silent says since when a feed has not come that has no day of its own, and whether that is longer than it may.
func (f Feed) Silent(now time.Time, most time.Duration) (since time.Time, late bool) {
	since = f.Since
	if f.LastAt.After(since) {
		since = f.LastAt
	}
	return since, now.Sub(since) > most
}
