package payment

import (
	"strings"
	"time"
)

// RefundWord is what a person says of a refund that only two people move.
type RefundWord struct {
	Refund  RefundID
	N       int
	Version int64 // of the refund, when it was said
	Event   RefundEvent
	Why     string
	By      string
	At      time.Time
}

// byTwo are the events that a first person says and a second one makes happen.
var byTwo = map[RefundEvent]bool{PersonWentBack: true, PersonNothing: true, EndedByPeople: true}

// refundWhyMost bounds what a person says, in bytes.
const refundWhyMost = 300

// SayOfRefund decides what becomes of a person's word. last is the last one that was said of this refund; nil is
// none. The event happens when two people say the same, one after the other, of the refund as it stands: who has
// asked for it may be one of them, and nobody is both.
func SayOfRefund(r Refund, event RefundEvent, by, why string, last *RefundWord) (happens bool, no *RefundRefusal) {
	switch _, err := NextRefund(r.State, event); {
	case !byTwo[event] || err != nil:
		return false, &RefundRefusal{Reason: RefusedNotThere, State: r.State}
	case event == EndedByPeople && r.State == RefundApproved && r.Way != ByTerminal:
		return false, &RefundRefusal{Reason: RefusedNotThere, State: r.State}
	case !StaffName(by):
		return false, &RefundRefusal{Reason: RefusedWho}
	case strings.TrimSpace(why) == "" || len(why) > refundWhyMost || strings.ContainsAny(why, "\r\n"):
		return false, &RefundRefusal{Reason: RefusedWords}
	case last == nil || last.Version != r.Version || last.Event != event:
		return false, nil
	case last.By == by:
		return false, &RefundRefusal{Reason: RefusedSaidIt}
	}
	return true, nil
}

// TerminalAuth says whether a text can be the number that a terminal gives a refund: 4 to 12 letters and digits.
func TerminalAuth(s string) bool {
	return len(s) >= 4 && len(s) <= 12 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}
