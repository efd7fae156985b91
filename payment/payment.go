package payment

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"fundy/money"
	"fundy/ticket"
)

// ID is a payment's opaque id; AttemptID an attempt's: 128 random bits in text. An attempt's id is
// also the payer's only proof that it is theirs, so it is never written to a log in full.
type (
	ID        string
	AttemptID string
)

// Ref stands for an attempt in logs and leaves: the first 64 bits of its id's digest.
func (id AttemptID) Ref() string {
	sum := sha256.Sum256([]byte("fundy attempt ref\x00" + id))
	return hex.EncodeToString(sum[:8])
}

// Frozen is a ticket of a payment and what it cost when it was quoted. Nothing changes it.
type Frozen struct {
	Ticket     ticket.ID
	Version    int64 // the ticket's, when it was quoted: a later one means that something was decided
	QuotedAt   time.Time
	HoldsUntil time.Time          // how long the quote may begin a payment; not stored: it matters only then
	Components []ticket.Component // amounts in minor units
	Total      money.Amount
	Revenue    string    // ledger key of the offence
	MovedAt    time.Time // when the money was moved to it from another ticket; zero: it was paid
}

// Payment is a payer's purpose: tickets, frozen amounts, channel.
type Payment struct {
	ID          ID
	RequestID   string // of the confirm page; the idempotency key of the whole
	RequestHash []byte // of the content that came with it: the same id with other content is refused
	Channel     string // "web"
	Language    string
	Currency    string
	Total       money.Amount
	QuotedAt    time.Time // the payment counts as made at this instant
	SealedEmail []byte    // sealed by the portal; empty when none was given
	Tickets     []Frozen  // ascending by id
	CreatedAt   time.Time
}

// Attempt is one try at one processor session for a payment.
type Attempt struct {
	ID           AttemptID
	Payment      ID
	Adapter      string
	State        State
	Session      string // the processor's session id
	SessionURL   string // the card page, while it is open
	ProcessorRef string // the processor's payment id
	Amount       money.Amount
	Reason       string    // why it was released, failed or stopped: a key of words
	Blocked      ticket.ID // the ticket for which all was released
	Receipt      string    // receipt number, once captured
	CreatedAt    time.Time
	ExpiresAt    time.Time // when the card page closes
	CapturedAt   time.Time
	RefreshedAt  time.Time // when the processor was last asked
	NextAt       time.Time // when the sweeper looks again; zero: never
	ShownAt      time.Time // when the receipt was first shown
	Version      int64
}

// Limits of paying.
type Limits struct {
	Tickets  int           // in one payment
	Attempts int           // that a ticket may have open at once
	Session  time.Duration // how long the card page stays open
	Minimum  money.Amount  // the least that the processor takes
}

// Candidate is a ticket as it stands at the moment of beginning or allocating.
type Candidate struct {
	Ticket   ticket.Ticket
	Standing ticket.Standing
	Open     int // attempts on it that are still live
}
