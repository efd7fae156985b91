package lived_test

import (
	"testing"
	"time"
)

// A life can end on any day and at any hour: on a Sunday, in the holidays, just after the prices have changed, at night.
func TestALifeEndsWhenever(t *testing.T) {
	t.Parallel()
	for i, until := range []time.Time{
		time.Date(2026, time.August, 9, 15, 0, 0, 0, time.UTC), time.Date(2027, time.January, 4, 4, 30, 0, 0, time.UTC), time.Date(2028, time.March, 9, 20, 0, 0, 0, time.UTC),
	} {
		t.Run(until.Format(time.DateTime), func(t *testing.T) {
			t.Parallel()
			c, sum := made(t, 600, uint64(i), until)
			everythingWaits(t, c, 1)
			days(t, c, sum)
			if check := ledgerOf(t, c); len(check.Faults) > 0 {
				t.Error(check.Faults)
			}
		})
	}
}
