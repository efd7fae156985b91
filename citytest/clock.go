package citytest

import (
	"context"
	"encoding/binary"
	"os"
	"sync"
	"time"
)

// Clock is the one clock of a city of processes: a file that each of them reads (FUNDY_CLOCK).
type Clock struct {
	path  string
	mu    sync.Mutex
	ahead time.Duration // of the machine's
}

// Now is the city's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// Add moves the time on.
func (c *Clock) Add(d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.set(c.ahead + d)
}

// Hurry moves the time on by step, again and again, until ctx ends: people wait for less of ours than of theirs.
func (c *Clock) Hurry(ctx context.Context, step time.Duration) {
	for ctx.Err() == nil {
		if err := c.Add(step); err != nil {
			return // the city has ended
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// set writes the file beside its place and renames it: no process reads a half of it.
func (c *Clock) set(ahead time.Duration) error {
	c.ahead = ahead
	err := os.WriteFile(c.path+".new", binary.LittleEndian.AppendUint64(nil, uint64(ahead)), 0o600)
	if err != nil {
		return err
	}
	return os.Rename(c.path+".new", c.path)
}
