// Package review is a person's request that the city look at a ticket again: what may be asked, what may be decided,
// and how it moves. It does no I/O and takes the time as an argument.
//
// Invariants:
//   - a review moves by its table (state.go) only, and a regime has the lines of its law and no other: nb-lga keeps or
//     withdraws, in one decision (nothing in ss. 156-159 of the Local Governance Act lets the city reduce, or hear);
//   - a ticket has one review under way, and one decision;
//   - whoever took or gave back the ticket's money, or has entered the ticket by hand, does not decide its review;
//   - a review that somebody has read is closed without a decision by another than its first reader;
//   - what is personal of it is sealed bytes here: this room can't read it.
package review

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/ticket"
)

// ID is a review's opaque id. It may stand on the log.
type ID string

// Way is how the party is answered.
type Way string

// The ways.
const (
	ByEmail Way = "email"
	ByPost  Way = "post"
)

// The channels by which a review comes in.
const (
	OnPortal = "portal"
	AtOffice = "office" // a letter, or somebody at the counter: entered by staff
)

// Review is a request about one ticket. What the party has written of himself is sealed to the office's key.
type Review struct {
	ID         ID
	Reference  string // read aloud and typed; with the ticket's plate it shows how the review stands
	Ticket     ticket.ID
	Regime     string
	State      State
	Way        Way
	Language   city.Language // of the party: the decision is written in it
	Channel    string
	RequestID  string    // the page's: the same twice is one review; the sealed things' associated data
	ReceivedOn city.Date // the day that counts: of a letter, the day on which it came
	AskedAt    time.Time
	DueOn      city.Date // the last working day for a decision
	Held       bool      // the ticket's clock stands still meanwhile
	EnteredBy  string    // of staff; "" on the portal
	Owner      string    // who has taken it; "" nobody
	HearingOn  city.Date
	HearingAt  string    // "14:30", on the city's clock
	Place      string    // of the hearing: a room, a telephone number, a meeting's address
	AgainOn    city.Date // the day on which another hearing was asked for, after one that the party did not come to
	DecidedBy  string
	DecidedAt  time.Time
	Amount     money.Amount // reduced: what the penalty is now
	Until      city.Date    // extended, or kept with days to pay: the last day of that price
	Was        money.Amount // reduced: what the penalty was before; zero: it was not kept
	Why        Why          // closed: the reason; "": it was not asked for
	Refund     bool         // withdrawn after it was paid: the payment is given back
	EraseAt    time.Time    // when what is sealed is erased; zero: not before it ends
	ErasedAt   time.Time
	Version    int64
	Contact    []byte // sealed
	Statement  []byte // sealed
	Words      []byte // sealed: what the officer says to the party
	FilesCount int
}

// Open says whether the review is under way.
func (r Review) Open() bool { return !r.State.Final() }

// Refusal says why something about a review was not done. Reason is a key of words.
type Refusal struct{ Reason string }

func (r *Refusal) Error() string { return "review refused: " + r.Reason }

// The reasons against asking.
const (
	RefusedState   = "state"   // paid, before a court, ended: there is nothing to be reviewed
	RefusedOpen    = "open"    // one is under way
	RefusedDecided = "decided" // there is one decision
	RefusedLate    = "late"    // the city's days for asking have passed
	RefusedOff     = "off"     // the city takes no reviews here
	RefusedForm    = "form"    // what the desk brought is not of the form of a request
	RefusedDay     = "day"     // received on a day to come, or before the ticket was issued
)

// Settings are what a city says of its reviews.
type Settings struct {
	AskDays    int  // after the day of issue; 0: as long as it is owed
	DecideDays int  // working days for the decision; 0: the city takes no reviews
	Hold       bool // the ticket's clock stands still while a review is under way
	AfterDays  int  // days, after a review that was kept, in which the price of the day it was asked for holds again
	AgainDays  int  // after a hearing that nobody came to, in which another can be asked for, once; 0: none can
	KeepDays   int  // after which what is sealed is erased
	FilesMost  int
}

// SettingsOf are a city's settings, as this room needs them.
func SettingsOf(s city.ReviewSettings) Settings {
	if !s.Offered {
		return Settings{KeepDays: s.KeepDays}
	}
	return Settings{AskDays: s.AskDays, DecideDays: s.DecideDays, Hold: s.Hold, AfterDays: s.AfterDays, AgainDays: s.AgainDays, KeepDays: s.KeepDays, FilesMost: s.FilesMost}
}

// Before is what a ticket's earlier reviews come to.
type Before struct{ Open, Decided int }

// MayAsk says whether a review of a ticket may be asked for on a day. A letter is asked for on the day on which it came.
func MayAsk(s Settings, t ticket.Ticket, before Before, received, today city.Date) *Refusal {
	switch {
	case s.DecideDays == 0:
		return &Refusal{RefusedOff}
	case before.Open > 0:
		return &Refusal{RefusedOpen}
	case before.Decided > 0:
		return &Refusal{RefusedDecided}
	case t.State != ticket.Open && t.State != ticket.Reopened && t.State != ticket.Review:
		return &Refusal{RefusedState}
	case received.Compare(today) > 0, received.Compare(t.IssuedOn) < 0:
		return &Refusal{RefusedDay}
	case s.AskDays > 0 && received.Compare(LastDay(s, t)) > 0:
		return &Refusal{RefusedLate}
	}
	return nil
}

// LastDay is the last day on which a review of a ticket can be asked for; the zero day where there is none.
func LastDay(s Settings, t ticket.Ticket) city.Date {
	if s.AskDays == 0 {
		return city.Date{}
	}
	base := t.IssuedOn
	if !t.ServedOn.IsZero() {
		base = t.ServedOn
	}
	return base.AddDays(s.AskDays)
}

// MayAskUntil says whether another review of a ticket can be asked for after one that was closed without a decision, and until
// which day: the zero day where it can be as long as the ticket is owed.
func MayAskUntil(s Settings, t ticket.Ticket, today city.Date) (last city.Date, may bool) {
	return LastDay(s, t), MayAsk(s, t, Before{}, today, today) == nil
}

// dueMost bounds the search for a working day, in calendar days.
const dueMost = 1_000

// DueOn is the last of n working days of the city's calendar after a day.
func DueOn(rules city.Rules, day city.Date, n int) city.Date {
	for i := 0; n > 0 && i < dueMost; i++ {
		day = day.AddDays(1)
		if rules.WorkingDay(day) {
			n--
		}
	}
	return day
}

// Overdue says whether a review should have been decided before a day.
func (r Review) Overdue(today city.Date) bool { return r.Open() && today.Compare(r.DueOn) > 0 }

// Decision is what an officer says of a review.
type Decision struct {
	Event   Event
	Why     Why          // with Close
	Words   string       // to the party, in the party's language; with Close there may be none
	Amount  money.Amount // with Reduce: what the penalty is from now on
	Until   city.Date    // with Extend: the last day on which the price of the day of the request holds
	Hearing city.Date    // with Send and Again: the day of the hearing
	At      string       // with them: its hour, "14:30"
	Place   string       // with them: where, in a line; the party is told it as it stands
	Asked   city.Date    // with Again: the day on which the party asked for it
	Clock   string       // what the city's clock shows: "14:30"
	Version int64        // of the review, as the page that was decided on has shown it
	By      string
}

// Why is the reason for which a review is closed without a decision. The party is told it.
type Why string

// The reasons.
const (
	Stranger   Why = "stranger"   // who asks is not whom the ticket is about
	Twice      Why = "twice"      // sent twice
	TakenBack  Why = "taken_back" // the party took it back
	Unreadable Why = "unreadable" // it does not open, or is no request of a page of ours
)

// Whys are the reasons, in the order in which pages show them.
var Whys = []Why{Stranger, Twice, TakenBack, Unreadable}

// The reasons against a decision.
const (
	RefusedMoved   = "moved"   // somebody has decided it, or it has ended, since the page was shown
	RefusedLaw     = "law"     // the ticket's regime has no such decision
	RefusedMoney   = "money"   // who decides took or gave back the ticket's money
	RefusedEntered = "entered" // who decides has entered the ticket by hand
	RefusedWords   = "words"   // the party is told why: none, or more than a page
	RefusedAmount  = "amount"  // not less than the penalty is, or not more than nothing
	RefusedUntil   = "until"   // not a day to come within a year
	RefusedHearing = "hearing" // the same, of a hearing
	RefusedHour    = "hour"    // no hour of a day
	RefusedPlace   = "place"   // none, or more than a line
	RefusedEarly   = "early"   // the hearing has not begun: nobody can have missed it
	RefusedAgain   = "again"   // the city sets no hearing anew, or has done so
	RefusedAsked   = "asked"   // another hearing was asked for before the missed one, too late, or on a day to come
	RefusedWhy     = "why"     // no reason for closing it is given
	RefusedFirst   = "first"   // who closes it was the first to read it
	RefusedPaying  = "paying"  // a payment is being taken just now: its end is awaited
)

// Limits of a decision.
const (
	WordsMost  = 3_000 // bytes that an officer writes to the party
	PlaceMost  = 200   // bytes of a hearing's place
	dayMost    = 366   // days ahead that something can be put off to
	amountLeft = 1     // the least that a penalty can be reduced to, in cents: less is to withdraw it
)

// Part is what who looks at a review has had to do with its ticket.
type Part struct {
	Money   bool // took a payment of it, or asked for or decided about a refund
	Entered bool // brought it in by hand
	First   bool // was the first to read what was written: opened it, or entered the letter
}

// FirstReader is who of staff was the first to read what was written with a review, or "": who has entered it, or else who
// has opened it first. He alone does not close it: two people know of every one that is closed after it was read.
func FirstReader(r Review, opened string) string {
	if r.EnteredBy != "" {
		return r.EnteredBy
	}
	return opened
}

// Against is the reason for which somebody else decides, or "".
func (p Part) Against() string {
	switch {
	case p.Money:
		return RefusedMoney
	case p.Entered:
		return RefusedEntered
	}
	return ""
}

// Decide says whether a decision may be written. penalty is the ticket's before it; part is that of who decides.
func Decide(r Review, t ticket.Ticket, d Decision, penalty money.Amount, part Part, today city.Date) *Refusal {
	if r.Version != d.Version {
		return &Refusal{RefusedMoved}
	}
	if _, ok := Next(r.Regime, r.State, d.Event); !ok {
		if r.State.Final() {
			return &Refusal{RefusedMoved}
		}
		return &Refusal{RefusedLaw}
	}
	switch {
	case part.Against() != "":
		return &Refusal{part.Against()}
	case t.State == ticket.Confirming:
		return &Refusal{RefusedPaying}
	case d.Event == Close && part.First:
		return &Refusal{RefusedFirst}
	case d.Event == Close && !slices.Contains(Whys, d.Why):
		return &Refusal{RefusedWhy}
	case d.Event.Told() && strings.TrimSpace(d.Words) == "", len(d.Words) > WordsMost:
		return &Refusal{RefusedWords}
	case d.Event == Reduce && (d.Amount.Cmp(money.FromMinor(amountLeft)) < 0 || d.Amount.Cmp(penalty) >= 0):
		return &Refusal{RefusedAmount}
	case d.Event == Extend && !ahead(d.Until, today):
		return &Refusal{RefusedUntil}
	case d.Event == Absent && !Begun(r, today, d.Clock):
		return &Refusal{RefusedEarly}
	case d.Event.Sets() && !ahead(d.Hearing, today):
		return &Refusal{RefusedHearing}
	case d.Event.Sets() && !isHour(d.At):
		return &Refusal{RefusedHour}
	case d.Event.Sets() && (strings.TrimSpace(d.Place) == "" || len(d.Place) > PlaceMost || strings.ContainsAny(d.Place, "\r\n")):
		return &Refusal{RefusedPlace}
	case t.State == ticket.Paid && d.Event != Withdraw && d.Event != Keep:
		return &Refusal{RefusedMoved} // there is nothing left to reduce, or to give time for
	}
	return nil
}

func isHour(text string) bool {
	_, err := time.Parse("15:04", text)
	return err == nil
}

// Begun says whether a review's hearing has begun on a day, when the city's clock shows clock. One that has no hour begins
// with its day.
func Begun(r Review, today city.Date, clock string) bool {
	if r.HearingOn.IsZero() || today.Compare(r.HearingOn) != 0 {
		return !r.HearingOn.IsZero() && today.Compare(r.HearingOn) > 0
	}
	at, noHour := time.Parse("15:04", r.HearingAt)
	now, err := time.Parse("15:04", clock)
	return noHour != nil || err == nil && !now.Before(at)
}

// AgainUntil is the last day on which another hearing can be asked for, after one that the party did not come to; the zero
// day where there is none. Its days count from when that was decided, for the party is told of it then.
func AgainUntil(s Settings, r Review, zone *time.Location) city.Date {
	if r.State != Missed || s.AgainDays == 0 || !r.AgainOn.IsZero() || !r.ErasedAt.IsZero() {
		return city.Date{}
	}
	return city.DateOf(r.DecidedAt, zone).AddDays(s.AgainDays)
}

// MayHearAgain says whether another hearing may be set after one that the party did not come to, as was asked on a day: once,
// within the city's days, and while the ticket is owed. until is AgainUntil.
func MayHearAgain(r Review, t ticket.Ticket, asked, until, today city.Date) *Refusal {
	switch {
	case until.IsZero():
		return &Refusal{RefusedAgain}
	case t.State != ticket.Open && t.State != ticket.Reopened:
		return &Refusal{RefusedState}
	case asked.Compare(r.HearingOn) < 0, asked.Compare(until) > 0, asked.Compare(today) > 0:
		return &Refusal{RefusedAsked}
	}
	return nil
}

func ahead(day, today city.Date) bool {
	return day.Compare(today) > 0 && day.Compare(today.AddDays(dayMost)) <= 0
}

// Ends is the state that a decision for the party gives a ticket: under nb-lga the notice is withdrawn (s. 157),
// elsewhere a decision cancels it.
func Ends(regime string) ticket.State {
	if regime == "nb-lga" {
		return ticket.Withdrawn
	}
	return ticket.Cancelled
}

// Overtaken says whether something else has ended the matter: the ticket was paid, charged, or ended by another way.
func Overtaken(s ticket.State) bool {
	switch s {
	case ticket.Paid, ticket.Court, ticket.Withdrawn, ticket.Cancelled, ticket.Void, ticket.WrittenOff:
		return true
	}
	return false
}

// String names a review for a message of ours.
func (r Review) String() string { return fmt.Sprintf("review %s, %s", r.Reference, r.State) }
