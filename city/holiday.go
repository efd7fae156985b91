package city

import "time"

// holidaysFrom is the month from which the next year's holidays have to be there: a ticket of autumn has deadlines in it.
const holidaysFrom = time.October

// HolidaysMissing is a year that has no holiday although deadlines are counted in it: this one, or, from October on, the
// next. ok is false where none is missing.
func (r Rules) HolidaysMissing(today Date) (year int, ok bool) {
	has := map[int]bool{}
	for _, h := range r.Holidays {
		has[h.Day.Year] = true
	}
	if !has[today.Year] {
		return today.Year, true
	}
	if today.Month >= holidaysFrom && !has[today.Year+1] {
		return today.Year + 1, true
	}
	return 0, false
}

// Check finds what is wrong with rules, each fault with its row and its fix.
func (r Rules) Check(c City) []error { return r.check(c) }
