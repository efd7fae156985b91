package payment

import (
	"strings"
	"time"

	"fundy/ticket"
)

// Limits of one-time codes.
const (
	CodeLife   = 20 * time.Minute // from the making until it is typed, and until a payment is begun with it
	CodeDigits = 9
	CodesOpen  = 30 // of one person within CodeLife: nobody has so many callers
)

// Code is a one-time code: who has it opens the tickets that a clerk has picked, and no others. Its digits are kept
// nowhere: the office makes them again of the id and its key, and finds them by their HMAC.
type Code struct {
	ID       string // opaque: 128 random bits in text
	MAC      []byte
	Language string // that the caller speaks
	MadeAt   time.Time
	MadeBy   string // staff name
	Until    time.Time
	OpenedAt time.Time // first; zero: not yet
	UsedAt   time.Time // when a payment was begun with it; zero: none was
	Payment  ID        // that was begun
	EndedAt  time.Time // by its clerk, or because another was made instead
	Tickets  []ticket.ID
	MailedAt time.Time // when its sending by e-mail was last asked for
}

// CodeState is how a code stands: a key of words.
type CodeState string

// The states of a code.
const (
	CodeWaiting CodeState = "waiting" // nobody has typed it
	CodeOpened  CodeState = "opened"
	CodeUsed    CodeState = "used" // a payment was begun: its attempt says how that stands
	CodeOver    CodeState = "over" // its time is up
	CodeEnded   CodeState = "ended"
)

// State is how a code stands at now. One that is used stays so.
func (c Code) State(now time.Time) CodeState {
	switch {
	case !c.UsedAt.IsZero():
		return CodeUsed
	case !c.EndedAt.IsZero():
		return CodeEnded
	case !now.Before(c.Until):
		return CodeOver
	case !c.OpenedAt.IsZero():
		return CodeOpened
	}
	return CodeWaiting
}

// Good says whether a code opens its tickets at now, and may begin a payment.
func (c Code) Good(now time.Time) bool {
	s := c.State(now)
	return s == CodeWaiting || s == CodeOpened
}

// Fits says whether any of a payment's tickets is of the code: a payment of others leaves the code as it is.
func (c Code) Fits(paid []Frozen) bool {
	for _, f := range paid {
		for _, id := range c.Tickets {
			if f.Ticket == id {
				return true
			}
		}
	}
	return false
}

// The reasons for which a code does not begin a payment.
const (
	RefusedCodeUsed = "code_used" // it has begun one: one payment per code
	RefusedCodeOver = "code_over" // its time is up, or its clerk has ended it
)

// Against is the reason for which a payment of these tickets can't be begun with the code at now, or "".
func (c Code) Against(now time.Time) string {
	switch {
	case c.Good(now):
		return ""
	case !c.UsedAt.IsZero():
		return RefusedCodeUsed
	}
	return RefusedCodeOver
}

// betweenDigits takes out what stands between the groups of a code.
var betweenDigits = strings.NewReplacer(" ", "", "-", "", ".", "", "\u00a0", "", "\u202f", "", "–", "")

// ReadCode takes a code as it is typed or heard, with what stands between its groups, and says whether it can be one.
func ReadCode(typed string) (digits string, ok bool) {
	digits = betweenDigits.Replace(typed)
	if len(digits) != CodeDigits {
		return "", false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return "", false
		}
	}
	return digits, true
}

// ShowCode writes a code as it is read aloud: in three groups.
func ShowCode(digits string) string {
	if len(digits) != CodeDigits {
		return ""
	}
	return digits[:3] + " " + digits[3:6] + " " + digits[6:]
}

// The reasons for which no code is made.
const (
	CodeNoTicket   = "no_ticket"   // none was picked
	CodeTooMany    = "too_many"    // more tickets than one payment takes
	CodeNotPayable = "not_payable" // one of them can't be paid here now
	CodeBusy       = "busy"        // its clerk has made CodesOpen of them within CodeLife
)

// CodeRefusal says why no code was made.
type CodeRefusal struct{ Reason string }

func (r *CodeRefusal) Error() string { return "no code is made: " + r.Reason }
