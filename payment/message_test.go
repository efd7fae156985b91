package payment_test

import (
	"testing"

	"fundy/payment"
)

// A message goes from ready to sent or refused, and only one that was sent comes back.
func TestAMessageMovesByItsTable(t *testing.T) {
	t.Parallel()
	states := []payment.MessageState{payment.MessageReady, payment.MessageSent, payment.MessageRefused, payment.MessageBounced}
	events := []payment.MessageEvent{payment.MessageTaken, payment.MessageTurned, payment.MessageTooOld, payment.MessageCameBack}
	may := map[payment.MessageState]map[payment.MessageEvent]payment.MessageState{
		"ready": {"taken": "sent", "turned": "refused", "too_old": "refused"},
		"sent":  {"came_back": "bounced"},
	}
	for _, s := range states {
		for _, e := range events {
			to, err := payment.Message{State: s}.After(e)
			if to != may[s][e] || (err == nil) != (to != "") {
				t.Errorf("%s, %s: %q, %v", s, e, to, err)
			}
		}
	}
	for s, ours := range map[payment.MessageState]bool{"": false, "ready": true, "sent": true, "refused": false, "bounced": true} {
		if (payment.Message{State: s}).Ours() != ours {
			t.Errorf("%q: ours is not %v", s, ours)
		}
	}
}
