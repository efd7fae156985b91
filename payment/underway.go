package payment

import "time"

// UnderWay is an attempt whose end is awaited, with the instant since which it has stood as it does.
type UnderWay struct {
	Attempt
	Since time.Time
}

// How long an attempt may stand in a state before a person is to look: a multiple of what the state itself explains.
const (
	madeWithin  = 30 * time.Minute   // a card page is asked for at once; a try that fails is made again within minutes
	closedAfter = 30 * time.Minute   // a page that has closed is seen at the next look, two minutes later
	laterWithin = 7 * 24 * time.Hour // a method that answers later takes up to five working days
	putWithin   = 30 * time.Minute   // money that is set aside is put to its tickets at once, or ten seconds later
	movedWithin = time.Hour          // taken or given back at once; the processor's bad hours are short
	LeastLate   = min(madeWithin, putWithin)
)

// LateAt is the instant from which on an attempt has been under way for longer than its state explains; zero for one of
// which nothing is awaited now, that stopped, or whose money is on its way to the bank: other lists have these.
func (u UnderWay) LateAt() time.Time {
	switch u.State {
	case New, Creating:
		return u.Since.Add(madeWithin)
	case Opened, Expiring:
		from := u.ExpiresAt
		if u.Since.After(from) {
			from = u.Since
		}
		return from.Add(closedAfter)
	case Processing:
		return u.Since.Add(laterWithin)
	case Authorized, CorrectedAuth:
		return u.Since.Add(putWithin)
	case Capturing, Releasing:
		return u.Since.Add(movedWithin)
	}
	return time.Time{}
}

// Late says whether it is.
func (u UnderWay) Late(now time.Time) bool {
	at := u.LateAt()
	return !at.IsZero() && now.After(at)
}
