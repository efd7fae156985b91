package payment_test

import (
	"testing"
	"time"

	"fundy/payment"
)

// Each state in which something is awaited has its own limit; the others are on no such list.
func TestWhatIsUnderWayForTooLong(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 6, 3, 14, 0, 0, 0, time.UTC)
	for state, want := range map[payment.State]time.Duration{
		payment.Creating: 30 * time.Minute, payment.Opened: 90 * time.Minute, payment.Expiring: 90 * time.Minute, payment.Processing: 7 * 24 * time.Hour,
		payment.Authorized: 30 * time.Minute, payment.CorrectedAuth: 30 * time.Minute, payment.Capturing: time.Hour, payment.Releasing: time.Hour,
	} {
		u := payment.UnderWay{Attempt: payment.Attempt{State: state, CreatedAt: began, ExpiresAt: began.Add(time.Hour)}, Since: began}
		if got := u.LateAt().Sub(began); got != want {
			t.Errorf("%s is late after %s, want %s", state, got, want)
		}
		if u.Late(began.Add(want)) || !u.Late(began.Add(want+1)) {
			t.Errorf("%s is late at the wrong moment", state)
		}
	}
	for _, l := range payment.Table { // whatever can still move by itself has a limit, and nothing else
		u := payment.UnderWay{Attempt: payment.Attempt{State: l.To, CreatedAt: began, ExpiresAt: began}, Since: began}
		rests := l.To.Final() || l.To == payment.Stopped || l.To == payment.Captured || l.To == payment.Settled
		if u.Late(began.AddDate(1, 0, 0)) == rests {
			t.Errorf("%s after a year: late %v", l.To, !rests)
		}
	}
	// One that is asked to close after its page should have is late from then on.
	u := payment.UnderWay{Attempt: payment.Attempt{State: payment.Expiring, ExpiresAt: began}, Since: began.Add(5 * time.Hour)}
	if got := u.LateAt(); got != began.Add(5*time.Hour+30*time.Minute) {
		t.Errorf("late at %s", got)
	}
}
