// Package ticket holds the parking ticket: its key, its plate, what it costs at any instant and why,
// and where it can be paid in each state of each regime. It does no I/O and takes the time as an argument.
//
// Invariants:
//   - a ticket's key is series + number as text + day of issue: numbers come again;
//   - a ticket keeps the schedule of its day of issue for ever;
//   - every instant has exactly one price;
//   - look-ups forgive look-alike characters, liability never does.
package ticket

import (
	"time"

	"fundy/city"
	"fundy/money"
)

// ID is a ticket's opaque id: 128 random bits in text. It stands in logs and at the processor.
type ID string

// State is where a ticket is in its life. Which states a regime knows stands in its table.
type State string

// The states, of all regimes together.
const (
	Open       State = "open"
	Warned     State = "warning"
	Review     State = "review"     // somebody asked that it be withdrawn
	Hold       State = "hold"       // its clock is stopped
	Confirming State = "confirming" // a payment has been authorised and is being taken
	Paid       State = "paid"
	Court      State = "court" // a charge has been laid
	Withdrawn  State = "withdrawn"
	Cancelled  State = "cancelled"
	Void       State = "void"
	WrittenOff State = "written_off"
	Reopened   State = "reopened"
)

// Delivery is how the ticket reached the vehicle's owner.
type Delivery string

// The ways of delivery.
const (
	Windshield Delivery = "windshield"
	Mailed     Delivery = "mail"
)

// Ticket is a parking ticket without its plate: the plate stands sealed in the store and in clear
// only where it was typed or opened.
type Ticket struct {
	ID           ID
	Regime       string
	Series       string
	Number       string // as written
	IssuedOn     city.Date
	IssuedAt     time.Time // the instant, UTC; start of the day when TimeKnown is false
	TimeKnown    bool
	Offence      string        // code in the schedule
	Schedule     string        // id of the schedule of the day of issue
	Fine         *money.Amount // from the file, where the schedule's price does not rule
	Priors       int           // see CountPriors: counted once, when the ticket came in, and kept
	Place        string
	Make         string
	NoPlate      bool
	Jurisdiction string // of the plate: "NB", "ON", …
	PlateType    string
	Delivery     Delivery
	ServedOn     city.Date // day of mailing or service; zero: the day of issue
	State        State
	StateSince   time.Time
	Events       []Event // dated events that deadlines count from
	Promises     []Promise
	ArrivedAt    time.Time
	PartPaid     money.Amount // what has been paid of it, and was not the whole that was due
	Version      int64
}

// Event is something dated that happened to a ticket or will: an appearance in court, a decision.
type Event struct {
	Kind string // "appearance", "hold_from", "hold_until", …
	At   time.Time
}

// Component is one line of a price.
type Component struct {
	Kind   ComponentKind
	Amount money.Amount // minor units; negative for a discount
	Clause string
	Tier   int       // 1-based; 0 when no tier sets it
	Until  time.Time // when this line changes; zero: never
}

// ComponentKind names a line of a price; the ledger keeps an account for each.
type ComponentKind string

// The components.
const (
	Penalty      ComponentKind = "penalty"
	EarlyPayment ComponentKind = "discount"
	LateFee      ComponentKind = "late_fee"
	SearchFee    ComponentKind = "search_fee"
	DenialFee    ComponentKind = "denial_fee"   // for refusing to renew a plate
	Costs        ComponentKind = "costs"        // of the proceedings: Québec's "frais"
	Contribution ComponentKind = "contribution" // to a fund
	OtherFee     ComponentKind = "other_fee"
	PartPayment  ComponentKind = "part_payment" // what has been paid of it before: negative
)

// TierRow is one line of the table of prices that a person is shown.
type TierRow struct {
	Tier   int // 1-based
	Total  money.Amount
	From   time.Time // first instant
	Until  time.Time // first instant at which it no longer holds; zero: for ever
	Now    bool
	Clause string
}

// Quote is what a ticket costs at one instant, line by line.
type Quote struct {
	Ticket     ID
	At         time.Time
	Components []Component
	Total      money.Amount
	Tiers      []TierRow
	Trace      []string // how the price was found, a sentence a step; of Explain only
	// PromisedUntil is until when a promise holds that is the price, and no tier; zero where none is.
	PromisedUntil    time.Time
	PromisedByReview bool // that promise is of a review's decision
}

// Standing is whether a ticket can be paid here, and if not, where and why.
type Standing struct {
	Payable bool
	Box     bool   // payable only with a box ticked: a review is under way
	Reason  string // key of the words: "paid", "court", "hold", …
	Section string // section of the law that says so
	Where   string // "here", "court", "counter", "nowhere"
}
