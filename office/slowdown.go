package office

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	pb "fundy/desk/deskpb"
)

// Limits of looking up. Wrong plates slow the answers for that number down and never lock it: the
// person with the paper in hand is let through, later.
const (
	wrongFree    = 5                // wrong plates for one number before its answers slow down
	shownFree    = 20               // showings of one receipt or photograph before they slow down in the same way
	wrongForget  = 20 * time.Minute // after so long without a wrong one, a number is as new
	wrongStep    = 2 * time.Second  // each further wrong plate makes the wait so much longer
	wrongLongest = 30 * time.Second
	wrongNumbers = 100_000 // numbers remembered; beyond it the oldest is forgotten
)

// slowdown remembers wrong plates by number. In memory only: what a restart forgets, an attacker
// gains five guesses by.
type slowdown struct {
	mu    sync.Mutex
	wrong map[string]*wrongPlates
	free  int
	city  *rate.Limiter
}

type wrongPlates struct {
	count int
	last  time.Time
}

// newSlowdown bounds the whole city to so many look-ups a second, and slows a number down after so many that were wrong.
func newSlowdown(perSecond, free int) *slowdown {
	return &slowdown{wrong: map[string]*wrongPlates{}, free: free, city: rate.NewLimiter(rate.Limit(perSecond), 2*perSecond)}
}

// wait is how long the visitor is asked to wait before this number is looked up; zero: go on, and the
// look-up is counted as a wrong one until found says that it was not.
func (s *slowdown) wait(numberKey string, now time.Time) time.Duration {
	if !s.city.AllowN(now, 1) {
		return time.Second
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.wrong[numberKey]
	if w != nil && now.Sub(w.last) > wrongForget {
		w = nil
	}
	if w != nil && w.count >= s.free {
		need := min(time.Duration(w.count-s.free+1)*wrongStep, wrongLongest)
		if left := w.last.Add(need).Sub(now); left > 0 {
			return left
		}
	}
	s.count(w, numberKey, now)
	return 0
}

// slowDown is how long to wait, as the desk says it.
func slowDown(wait time.Duration) *pb.SlowDown {
	return &pb.SlowDown{Seconds: int32((wait + time.Second - 1) / time.Second)}
}

// count counts a look-up as wrong before it is made, so that many at once count one after the other;
// found takes it back.
func (s *slowdown) count(w *wrongPlates, numberKey string, now time.Time) {
	if w == nil {
		if len(s.wrong) >= wrongNumbers {
			s.forgetOldest()
		}
		w = &wrongPlates{}
		s.wrong[numberKey] = w
	}
	w.count++
	w.last = now
}

// found forgets a number's wrong plates: its owner has been let in.
func (s *slowdown) found(numberKey string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.wrong, numberKey)
}

// forgetOldest makes room. It looks at a handful of numbers only: the map's order is random, so
// that is a fair sample and takes bounded time.
func (s *slowdown) forgetOldest() {
	var oldest string
	var at time.Time
	looked := 0
	for number, w := range s.wrong {
		if looked == 0 || w.last.Before(at) {
			oldest, at = number, w.last
		}
		if looked++; looked == 16 {
			break
		}
	}
	delete(s.wrong, oldest)
}
