package intake

import (
	"testing"
	"time"

	"fundy/store"
)

// Batches follow the time that they keep others from writing, and are polite for a while after others wrote.
func TestBatchesKeepToTheirTimeAndMakeRoom(t *testing.T) {
	t.Parallel()
	at := time.Unix(1000, 0)
	p := newPace()
	for _, c := range []struct {
		name  string
		later time.Duration
		rows  int
		took  time.Duration
		wrote bool
		size  int
		pause time.Duration
	}{
		{"fast and alone", 0, 100, 5 * time.Millisecond, false, 200, 0},
		{"fast again", 0, 200, 5 * time.Millisecond, false, 400, 0},
		{"faster", 0, 400, time.Millisecond, false, 800, 0},
		{"so fast that the most is reached", 0, 800, time.Millisecond, false, maxBatch, 0},
		{"too long", time.Second, 1000, 100 * time.Millisecond, false, 250, 0},
		{"others write", time.Second, 250, 25 * time.Millisecond, true, 250, 15 * time.Millisecond},
		{"others wrote just now", 9 * time.Second, 250, 50 * time.Millisecond, false, 125, 30 * time.Millisecond},
		{"others are gone", 2 * time.Second, 125, 25 * time.Millisecond, false, 125, 0},
		{"the disk hangs", 0, 125, 5 * time.Second, true, minBatch, politeMost},
		{"no time at all", 11 * time.Second, 1, 0, false, 2 * minBatch, 0},
	} {
		at = at.Add(c.later)
		pause := p.after(c.rows, store.ImportOutcome{Took: c.took, Others: c.wrote}, at)
		if p.size != c.size || pause != c.pause {
			t.Errorf("%s: next %d rows after %v, want %d after %v", c.name, p.size, pause, c.size, c.pause)
		}
	}
}
