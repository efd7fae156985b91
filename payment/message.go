package payment

import (
	"fmt"
	"strings"
	"time"
)

// MessageState is how a message to a payer stands.
type MessageState string

// The states of a message.
const (
	MessageReady   MessageState = "ready"   // made; the mail server may have it, and has not been heard to say so
	MessageSent    MessageState = "sent"    // the mail server has taken it
	MessageRefused MessageState = "refused" // the mail server will not take it, or it was never given to one
	MessageBounced MessageState = "bounced" // taken, and come back
)

// MessageEvent is what happens to a message.
type MessageEvent string

// The events.
const (
	MessageTaken    MessageEvent = "taken"     // by the mail server
	MessageTurned   MessageEvent = "turned"    // away, for good
	MessageTooOld   MessageEvent = "too_old"   // nobody took it in time
	MessageCameBack MessageEvent = "came_back" // a person has read so
)

// messageMoves is the table of a message: what has no line does not happen.
var messageMoves = map[MessageState]map[MessageEvent]MessageState{
	MessageReady: {MessageTaken: MessageSent, MessageTurned: MessageRefused, MessageTooOld: MessageRefused},
	MessageSent:  {MessageCameBack: MessageBounced},
}

// Message is a message to a payer, as its reader can ask after it. It holds no address.
type Message struct {
	Reference string // printed in it; it gives no right
	Task      string // the key of the task that sends it: one task, one message
	Kind      string // the task's kind
	Ref       string // what it is about: the attempt's Ref(), the id of a review or of a one-time code, or ""
	Language  string
	MadeAt    time.Time
	SentAt    time.Time // zero: the mail server has not been heard to take it
	State     MessageState
	Version   int64
}

// After is the state that an event moves a message to, or an error where the table has no line.
func (m Message) After(e MessageEvent) (MessageState, error) {
	to, ok := messageMoves[m.State][e]
	if m.OnPaper() && m.State == MessageReady && e == MessageCameBack {
		to, ok = MessageBounced, true // who has posted it says so to nobody
	}
	if !ok {
		return "", fmt.Errorf("a message that is %s can't be %s", m.State, e)
	}
	return to, nil
}

// PaperKinds begin the kind of a message that is a letter.
const PaperKinds = "letter_"

// OnPaper says whether a message is a letter: printed, and given to the post by hand.
func (m Message) OnPaper() bool { return strings.HasPrefix(m.Kind, PaperKinds) }

// Ours says whether somebody can have this message in his hands: one that was refused reached nobody.
func (m Message) Ours() bool { return m.State != "" && m.State != MessageRefused }
