// Package processor holds the words that all adapters to card processors share.
//
// Invariants:
//   - a Snapshot carries no name, e-mail, postal address, card number, expiry date or security code:
//     an adapter reduces what it reads to these fields before anything else sees it;
//   - every call that changes something at the processor carries the caller's own idempotency key,
//     stored before the call is made;
//   - an error is Definite (the processor said no and nothing happened), Config (nothing will work
//     until a person acts), Misfit (what it says can't be of this city, or is not understood: the
//     attempt stops) or Unknown (anything may have happened: read before concluding).
//
// An adapter implements only the interfaces that its processor can do; absence is the signal.
package processor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/money"
)

// Key is an idempotency key, "fundy/<attempt or refund>/<operation>/<n>".
type Key string

// SessionState is the life of a hosted card page.
type SessionState string

// The states of a session.
const (
	SessionOpen     SessionState = "open"
	SessionComplete SessionState = "complete"
	SessionExpired  SessionState = "expired"
)

// PaymentState is the life of the money behind a session.
type PaymentState string

// The states of a payment at the processor. PaymentNone: no payment exists yet.
const (
	PaymentNone       PaymentState = ""
	PaymentPending    PaymentState = "pending"    // waits for the payer on the card page
	PaymentProcessing PaymentState = "processing" // a method that answers later
	PaymentAuthorized PaymentState = "authorized" // set aside on the card, not taken
	PaymentSucceeded  PaymentState = "succeeded"  // taken
	PaymentCanceled   PaymentState = "canceled"   // given back, or the hold lapsed
)

// CreateSession is everything that a new session is made of. All of it is frozen and stored
// before the first call, so that a retry sends the same bytes.
type CreateSession struct {
	Attempt     string       // our reference, 128 random bits in text; comes back as Snapshot.OurRef
	City        string       // the city's id, metadata
	Amount      money.Amount // what the card page asks for, in minor units
	Currency    string       // ISO 4217, lower case: "cad"
	Locale      string       // "en" or "fr-CA"
	ItemName    string       // shown on the card page
	Description string       // shown in the processor's own records; nothing personal
	Tickets     []TicketLine // metadata: opaque id and amount
	ExpiresAt   time.Time    // when the card page closes
	SuccessURL  string
	CancelURL   string
}

// TicketLine is what the processor's metadata says of one ticket.
type TicketLine struct {
	ID     string       // opaque
	Amount money.Amount // minor units
}

// Snapshot is how a session stands at the processor at one reading.
type Snapshot struct {
	Session    string // the processor's session id
	State      SessionState
	URL        string // the card page's address; only while open
	Payment    string // the processor's payment id, "" until there is one
	Charge     string // the id by which the processor's balance knows the payment, "" until there is one
	PayState   PaymentState
	Amount     money.Amount // what was asked
	Capturable money.Amount // what is set aside and not taken
	Received   money.Amount // what was taken
	Currency   string
	OurRef     string // CreateSession.Attempt
	Live       bool
	CreatedAt  time.Time
	ExpiresAt  time.Time
}

// Sessions is the least that an adapter can do: hosted card pages. When CreateSession returns
// nil, the session exists at the processor; when it returns an error, see Class.
type Sessions interface {
	CreateSession(ctx context.Context, p CreateSession, key Key) (Snapshot, error)
	GetSession(ctx context.Context, session string) (Snapshot, error)
	// ExpireSession closes an open page. A session that can't be expired any more is Definite.
	ExpireSession(ctx context.Context, session string, key Key) (Snapshot, error)
	// FindSession looks for the session of an attempt among those created in [from, to].
	FindSession(ctx context.Context, attempt string, from, to time.Time) (Snapshot, bool, error)
}

// Listed is a session of a list: what was kept with it when it was made, and how its page stands. How its
// money stands is not in a list; Sessions.GetSession reads it.
type Listed struct {
	Session   string
	State     SessionState
	OurRef    string // CreateSession.Attempt
	City      string // CreateSession.City; another's, or empty, where the account serves more than this city
	Tickets   []TicketLine
	Readable  bool // false: what was kept of the tickets is not what we write
	CreatedAt time.Time
}

// Lister lists all sessions made in [from, to], whoever made them, in no order. It ends at the first error
// of each.
type Lister interface {
	ListSessions(ctx context.Context, from, to time.Time, each func(Listed) error) error
}

// Capturer takes or gives back what has been set aside. The snapshots carry the payment's fields only.
type Capturer interface {
	GetPayment(ctx context.Context, payment string) (Snapshot, error)
	Capture(ctx context.Context, payment string, amount money.Amount, key Key) (Snapshot, error)
	Release(ctx context.Context, payment string, reason ReleaseReason, key Key) (Snapshot, error)
}

// Decline is the last try on a card page that took nothing. It says nothing of the card.
type Decline struct {
	Ref  string // the processor's id of the try: another try has another
	Code string // the processor's word for the reason, such as "insufficient_funds"
}

// Decliner tells of a try that was declined while its card page stands open. The processor's answer to this has the
// card's expiry date in it, which an adapter drops before anything is decoded: ask only while a person looks.
type Decliner interface {
	// LastDecline is the last try of a payment that has not gone through; false: the last try was not declined.
	LastDecline(ctx context.Context, payment string) (Decline, bool, error)
}

// ReleaseReason says why an authorisation is given back.
type ReleaseReason string

// The reasons.
const (
	ReleaseDuplicate ReleaseReason = "duplicate"
	ReleaseAbandoned ReleaseReason = "abandoned"
	ReleaseRequested ReleaseReason = "requested_by_customer"
)

// Hint is what is kept of a processor's event: never an amount, never the body.
type Hint struct {
	EventID  string
	Kind     string // the processor's name for it
	ObjectID string
	Attempt  string // our reference, when the object carries it in its metadata
	Refund   string // our refund's id, when the object is a refund that carries it
	At       time.Time
}

// Events verifies and reads what the processor sends by itself.
type Events interface {
	// ReadEvent checks the signature over body and returns the hint. now bounds the signature's age.
	ReadEvent(signature string, body []byte, now time.Time) (Hint, error)
}

// Class says what an error leaves behind.
type Class int

// The classes.
const (
	Unknown  Class = iota // anything may have happened: same key again, or read
	Definite              // the processor refused and nothing happened
	Config                // wrong key or account: nothing works until a person acts
	Misfit                // a state that we do not know, the other mode: the attempt stops, a person decides
)

func (c Class) String() string { return [...]string{"unknown", "definite", "config", "misfit"}[c] }

// Error is what adapters return. It never carries the processor's message or body: those can
// hold a card's expiry date.
type Error struct {
	Class       Class
	Op          string // what was tried: "create session"
	Status      int    // HTTP status, 0 if none
	Type        string // processor's type
	Code        string // processor's code
	DeclineCode string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s (status %d, type %q, code %q, decline %q)", e.Op, e.Class, e.Status, e.Type, e.Code, e.DeclineCode)
}

// ErrEvent is returned for an event that is not the processor's: bad signature, too old, unreadable.
var ErrEvent = errors.New("event refused")

// ClassOf tells the class of err; an error that is not an *Error is Unknown.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return Unknown
}

// CodeOf is the processor's code of err, or "".
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
