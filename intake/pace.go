package intake

import (
	"context"
	"time"

	"fundy/store"
)

// Batches are short, so that look-ups and payments go on between them. None is to keep others from writing for
// more than 50 ms. They aim at half of it: a disk is now and then twice as slow as the batch before said.
const (
	maxBatch   = 1000
	minBatch   = 25
	firstBatch = 100
	batchTime  = 25 * time.Millisecond
)

// On SQLite the office waits for the one writer's lock by asking again and again, after 1, 2, 5, 10, 15, 20, 25 ms
// and so on: an import that takes the lock again at once is most often there first. A pause of 6 tenths of the
// batch's own time is longer than the office's rest when it has waited for such a batch, so that it asks at least
// once while the lock is free. Nobody is waited for unless another process has written in the last politeTime.
const (
	politeTenths = 6
	politeTime   = 10 * time.Second
	politeMost   = 200 * time.Millisecond // a pause; a disk that hangs must not make the import hang as long again
)

// pace says how many rows the next batch should have, and how long to leave the lock to others before it.
type pace struct {
	size   int
	others time.Time // when another process was last seen to have written
}

func newPace() pace { return pace{size: firstBatch} }

// after is told of each batch and returns the pause that follows it.
func (p *pace) after(rows int, o store.ImportOutcome, now time.Time) time.Duration {
	per := max(o.Took/time.Duration(rows), time.Microsecond)
	// One fast batch says little of the next, which may meet other pages: the size at most doubles.
	p.size = min(max(int(batchTime/per), minBatch), 2*p.size, maxBatch)
	if o.Others {
		p.others = now
	}
	if p.others.IsZero() || now.Sub(p.others) > politeTime {
		return 0
	}
	return min(o.Took*politeTenths/10, politeMost)
}

// sleep waits, or returns early with the context's error.
func sleep(ctx context.Context, pause time.Duration) error {
	if pause <= 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pause):
		return nil
	}
}
