package office

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"fundy/store"
)

// Limits of waiting for a store that is away. A standby takes a primary's place within seconds: who has begun
// to pay is not sent away for that. A visitor's call is given up by the portal after 30 seconds.
const (
	patience      = 12 * time.Second
	patiencePause = 250 * time.Millisecond
)

// patiently does something that may be done again until the store answers: it reads, or it reads by key
// what it has written before. So a commit whose answer was lost is looked for as well.
func (o *Office) patiently(ctx context.Context, do func() error) error {
	var end time.Time
	for {
		err := do()
		if !errors.Is(err, store.ErrBusy) && !errors.Is(err, store.ErrCommitUnknown) {
			return err
		}
		switch now := time.Now(); {
		case end.IsZero(): // the first try may have waited for a machine that stands still
			end = now.Add(patience)
		case now.After(end):
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(patiencePause):
		}
	}
}

// seldom lets a line of log through once a minute, and counts those that it stands for.
type seldom struct {
	count, last atomic.Int64
}

func (s *seldom) now(at time.Time) (count int64, say bool) {
	count = s.count.Add(1)
	last := s.last.Load()
	return count, at.UnixMicro()-last >= time.Minute.Microseconds() && s.last.CompareAndSwap(last, at.UnixMicro())
}
