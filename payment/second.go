package payment

import (
	"time"

	"fundy/money"
)

// SecondID is the opaque id of what waits for a second person.
type SecondID string

// SecondKind says what two people do together.
type SecondKind string

// What takes two people at the counter and with the mail.
const (
	SecondClose SecondKind = "close" // a drawer, counted with its float
	SecondDrop  SecondKind = "drop"  // cash out of a drawer into the safe
	SecondMail  SecondKind = "mail"  // the letters, opened and added up before anything is entered
)

// SecondState is where it is.
type SecondState string

// The states.
const (
	SecondAsked     SecondState = "asked"
	SecondConfirmed SecondState = "confirmed" // another person has counted the same, and it was done
	SecondWithdrawn SecondState = "withdrawn"
)

// Second is what one person has counted, and another is to count again before it happens. Nothing has moved until
// then.
type Second struct {
	ID       SecondID
	Kind     SecondKind
	Session  SessionID    // of the drawer; "" for the mail
	Drawer   string       // its name
	Amount   money.Amount // what the first has counted, in all
	Count    Count        // by coin and note; nil for the mail
	Expected money.Amount // what should have been in the drawer then
	Reason   string       // why a drawer is over or short
	AskedBy  string
	AskedAt  time.Time
	State    SecondState
	EndedBy  string
	EndedAt  time.Time
	Batch    BatchID // of the mail, once it is confirmed
}

// The reasons against it, beside those of drawers and batches.
const (
	SecondOpen    = "second_open"    // this drawer waits for a second person already
	SecondDone    = "second_done"    // it does not wait any more
	SecondDiffers = "second_differs" // the second person has counted something else
	SecondMoved   = "second_moved"   // money was taken or undone since it was counted
)

// AskSecond decides whether one person may ask another to count again. of is the drawer's newest session, in which
// there should be expected; both are zero for the mail.
func AskSecond(a Second, of Session, expected money.Amount, now time.Time) (Second, *CounterRefusal) {
	if !StaffName(a.AskedBy) {
		return a, &CounterRefusal{Reason: RefusedWho}
	}
	a.State, a.AskedAt = SecondAsked, now
	if a.Kind == SecondMail {
		if a.Amount.Cmp(money.Zero) <= 0 || a.Amount.Cmp(MailTotalMost) > 0 {
			return a, &CounterRefusal{Reason: TakeAmount, Got: a.Amount}
		}
		return a, nil
	}
	total, err := a.Count.Total()
	switch {
	case err != nil:
		return a, &CounterRefusal{Reason: DrawerCount}
	case of.State != SessionOpen:
		return a, &CounterRefusal{Reason: DrawerNotOpen}
	}
	a.Session, a.Drawer, a.Amount, a.Expected = of.ID, of.Name, total, expected
	if a.Kind == SecondDrop {
		return a, mayDrop(a, of)
	}
	switch {
	case total != expected && !plainText(a.Reason):
		return a, &CounterRefusal{Reason: DrawerReason, Due: expected, Got: total}
	case a.Reason != "" && !plainText(a.Reason):
		return a, &CounterRefusal{Reason: RefusedReason}
	}
	return a, nil
}

func mayDrop(a Second, of Session) *CounterRefusal {
	switch {
	case a.AskedBy != of.OpenedBy:
		return &CounterRefusal{Reason: DrawerNotYours}
	case a.Amount.IsZero():
		return &CounterRefusal{Reason: DrawerCount}
	case a.Amount.Cmp(a.Expected) > 0:
		return &CounterRefusal{Reason: DrawerNotSoMuch, Due: a.Expected, Got: a.Amount}
	}
	return nil
}

// ConfirmSecond decides whether a second person, who has counted, makes it happen. expected is what should be in the
// drawer now, zero for the mail. What the first has counted is not told: who counts blind counts.
func ConfirmSecond(a Second, expected, counted money.Amount, by string) *CounterRefusal {
	switch {
	case !StaffName(by):
		return &CounterRefusal{Reason: RefusedWho}
	case a.State != SecondAsked:
		return &CounterRefusal{Reason: SecondDone}
	case by == a.AskedBy:
		return &CounterRefusal{Reason: RefusedSamePerson}
	case a.Kind != SecondMail && expected != a.Expected:
		return &CounterRefusal{Reason: SecondMoved}
	case counted != a.Amount:
		return &CounterRefusal{Reason: SecondDiffers, Got: counted}
	}
	return nil
}
