// Package payment holds a payment and its attempts: the table that moves an attempt, and the
// decisions to begin, allocate and capture. It does no I/O and takes the time as an argument.
//
// Invariants:
//   - an attempt moves only along a line of Table; an event with no line is unexpected and alarmed;
//   - what was frozen when the payment began is what is captured, never more, never less;
//   - a ticket is allocated to at most one attempt at a time;
//   - a payment of several tickets is captured whole or released whole.
package payment

import "fmt"

//go:generate go run fundy/payment/diagram -out ../docs/payment-states.md

// State is where an attempt is.
type State string

// The states of an attempt.
const (
	New           State = "new"
	Creating      State = "creating"       // the session is being asked for
	Opened        State = "open"           // the payer may be at the card page
	Expiring      State = "expiring"       // we have asked the processor to close the page
	Expired       State = "expired"        // the processor says that the page is closed, unpaid
	Processing    State = "processing"     // a method that answers later
	Authorized    State = "authorized"     // the money is set aside on the card
	Capturing     State = "capturing"      // the tickets are allocated; we are taking the money
	Captured      State = "captured"       // the money is taken and in the ledger
	Settled       State = "settled"        // seen in the processor's balance
	Banked        State = "banked"         // seen at the bank
	Releasing     State = "releasing"      // we are giving the money back
	Released      State = "released"       // given back: nobody was charged
	CaptureFailed State = "capture_failed" // the hold lapsed before it was taken
	Failed        State = "failed"         // the processor refused to make a session
	Abandoned     State = "abandoned"      // no session was ever seen: nobody can have paid
	Stopped       State = "stopped"        // what the processor says does not fit: a person decides
	CorrectedAuth State = "corrected_authorized"
	CorrectedPaid State = "corrected_captured"
	CorrectedBack State = "corrected_released"
	Reversed      State = "reversed" // a counter entry that was undone while its batch was open
	Returned      State = "returned" // a cheque that the bank did not pay
)

// Event is what moves an attempt.
type Event string

// The events.
const (
	Begun          Event = "begun"
	SessionMade    Event = "session_made"
	SessionRefused Event = "session_refused"
	SessionNone    Event = "session_none"
	CloseAsked     Event = "close_asked"
	PageExpired    Event = "page_expired"
	LaterMethod    Event = "later_method"
	LaterFailed    Event = "later_failed"
	MoneySetAside  Event = "money_set_aside"
	StillOwed      Event = "still_owed"
	NotOwed        Event = "not_owed"
	MoneyTaken     Event = "money_taken"
	MoneyGivenBack Event = "money_given_back"
	InBalance      Event = "in_balance"
	AtBank         Event = "at_bank"
	DoesNotFit     Event = "does_not_fit"
	PersonReleases Event = "person_releases"
	PersonPuts     Event = "person_puts"
	PersonKeeps    Event = "person_keeps"
	PersonFrees    Event = "person_frees"
	TenderTaken    Event = "tender_taken"
	EntryReversed  Event = "entry_reversed"
	ItemReturned   Event = "item_returned"
	Deposited      Event = "deposited"
)

// Line is one edge of the table.
type Line struct {
	From  State
	Event Event
	To    State
	// Forced edges follow the processor against what we had concluded; each raises an alarm.
	Forced bool
}

// Table is every move that an attempt can make. What is not here does not happen.
var Table = []Line{
	{From: New, Event: Begun, To: Creating},

	{From: Creating, Event: SessionMade, To: Opened},
	{From: Creating, Event: SessionRefused, To: Failed},
	{From: Creating, Event: SessionNone, To: Abandoned},
	{From: Creating, Event: DoesNotFit, To: Stopped},

	{From: Opened, Event: MoneySetAside, To: Authorized},
	{From: Opened, Event: LaterMethod, To: Processing},
	{From: Opened, Event: PageExpired, To: Expired},
	{From: Opened, Event: CloseAsked, To: Expiring},
	{From: Opened, Event: MoneyGivenBack, To: Released}, // given back at the processor before we looked
	{From: Opened, Event: DoesNotFit, To: Stopped},

	{From: Expiring, Event: PageExpired, To: Expired},
	{From: Expiring, Event: MoneySetAside, To: Authorized}, // the payer was quicker
	{From: Expiring, Event: LaterMethod, To: Processing},
	{From: Expiring, Event: MoneyGivenBack, To: Released},
	{From: Expiring, Event: DoesNotFit, To: Stopped},

	{From: Processing, Event: MoneySetAside, To: Authorized},
	{From: Processing, Event: LaterFailed, To: Failed},
	{From: Processing, Event: DoesNotFit, To: Stopped},

	{From: Authorized, Event: StillOwed, To: Capturing},
	{From: Authorized, Event: NotOwed, To: Releasing},
	{From: Authorized, Event: DoesNotFit, To: Stopped},

	{From: Capturing, Event: MoneyTaken, To: Captured},
	{From: Capturing, Event: MoneyGivenBack, To: CaptureFailed}, // the hold lapsed
	{From: Capturing, Event: DoesNotFit, To: Stopped},

	{From: Releasing, Event: MoneyGivenBack, To: Released},
	{From: Releasing, Event: DoesNotFit, To: Stopped},

	{From: Captured, Event: InBalance, To: Settled},
	{From: Settled, Event: AtBank, To: Banked},

	// How one that stopped ends is what two people decide (AskStopped): what is set aside is given back; what was
	// taken pays its tickets, or stays put to none; or the processor has nothing of it.
	{From: Stopped, Event: PersonReleases, To: Releasing},
	{From: Stopped, Event: PersonPuts, To: CorrectedPaid},
	{From: Stopped, Event: PersonKeeps, To: CorrectedPaid},
	{From: Stopped, Event: PersonFrees, To: Released},

	// Money without the card page: it is here when it is entered, and each of its batches is deposited.
	{From: New, Event: TenderTaken, To: Captured},
	{From: Captured, Event: EntryReversed, To: Reversed},
	{From: Captured, Event: Deposited, To: Settled},
	{From: Captured, Event: ItemReturned, To: Returned},
	{From: Settled, Event: ItemReturned, To: Returned},
	{From: Banked, Event: ItemReturned, To: Returned, Forced: true}, // the bank had shown it, and has taken it back

	// What we had concluded was wrong: the processor is right, and a person is told.
	{From: Expired, Event: MoneySetAside, To: CorrectedAuth, Forced: true},
	{From: Abandoned, Event: MoneySetAside, To: CorrectedAuth, Forced: true},
	{From: Failed, Event: MoneySetAside, To: CorrectedAuth, Forced: true},
	{From: CorrectedAuth, Event: StillOwed, To: Capturing},
	{From: CorrectedAuth, Event: NotOwed, To: Releasing},
	{From: CorrectedAuth, Event: DoesNotFit, To: Stopped},

	// Money that was taken, and not by us: it is put to its tickets where they are still owed, and else
	// kept as an unallocated receipt.
	{From: Opened, Event: MoneyTaken, To: CorrectedPaid, Forced: true},
	{From: Expiring, Event: MoneyTaken, To: CorrectedPaid, Forced: true},
	{From: Processing, Event: MoneyTaken, To: CorrectedPaid, Forced: true},
	{From: Expired, Event: MoneyTaken, To: CorrectedPaid, Forced: true},
	{From: Abandoned, Event: MoneyTaken, To: CorrectedPaid, Forced: true},
	{From: Failed, Event: MoneyTaken, To: CorrectedPaid, Forced: true},
	{From: Releasing, Event: MoneyTaken, To: CorrectedPaid, Forced: true},
	{From: Released, Event: MoneyTaken, To: CorrectedPaid, Forced: true},
	{From: CaptureFailed, Event: MoneyTaken, To: CorrectedPaid, Forced: true},
	{From: Captured, Event: MoneyGivenBack, To: CorrectedBack, Forced: true},
}

// finals are the states in which nothing more is expected. A forced edge may still leave one.
var finals = map[State]bool{
	Expired: true, Failed: true, Abandoned: true, Released: true, CaptureFailed: true,
	Banked: true, CorrectedPaid: true, CorrectedBack: true, Reversed: true, Returned: true,
}

// Final says whether nothing more is expected of s.
func (s State) Final() bool { return finals[s] }

// Waiting says whether the payer's outcome is not yet known in s.
func (s State) Waiting() bool {
	switch s {
	case New, Creating, Processing, Authorized, CorrectedAuth, Capturing, Releasing, Expiring:
		return true
	}
	return false
}

// Live says whether an attempt in s may still lead to money being set aside: it counts against the
// attempts that a ticket may have open.
func (s State) Live() bool {
	switch s {
	case New, Creating, Opened, Expiring, Processing:
		return true
	}
	return false
}

// ErrUnexpected is an event that has no line in the table. It is recorded and alarmed, and the
// attempt stays where it is.
type ErrUnexpected struct {
	From  State
	Event Event
}

func (e ErrUnexpected) Error() string {
	return fmt.Sprintf("attempt in state %s does not know the event %s", e.From, e.Event)
}

// Next is the line that an event takes, or ErrUnexpected.
func Next(from State, event Event) (Line, error) {
	for _, l := range Table {
		if l.From == from && l.Event == event {
			return l, nil
		}
	}
	return Line{}, ErrUnexpected{From: from, Event: event}
}
