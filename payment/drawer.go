package payment

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"fundy/money"
)

// DrawerID and SessionID are opaque ids: of a drawer, and of one clerk's having it from opening to close.
type (
	DrawerID  string
	SessionID string
)

// Drawer is a cash drawer: a thing, at a place. Its name is on its receipts, before their number.
type Drawer struct {
	ID     DrawerID
	Name   string
	Place  string
	MadeAt time.Time
}

// SessionState is where a session is.
type SessionState string

// The states of a session.
const (
	SessionOpen   SessionState = "open"
	SessionClosed SessionState = "closed"
)

// Session is one clerk's having a drawer. The float is the city's own and in no account of the ledger here: what
// is taken is.
type Session struct {
	ID        SessionID
	Drawer    DrawerID
	Name      string // the drawer's
	State     SessionState
	OpenedBy  string
	OpenedAt  time.Time
	Float     money.Amount
	ClosedBy  string
	CheckedBy string
	ClosedAt  time.Time
	Counted   money.Amount // at the close, with the float
	Expected  money.Amount
	OverShort money.Amount // counted less expected: negative is short
	Reason    string
	Closings  int64 // how often it was closed
	Version   int64
}

// DrawerEvent is what happens to a drawer.
type DrawerEvent string

// The events.
const (
	DrawerOpened   DrawerEvent = "opened"
	DrawerDropped  DrawerEvent = "dropped" // cash taken out of it into the safe: it stays in its batch
	DrawerClosed   DrawerEvent = "closed"
	DrawerReopened DrawerEvent = "reopened"
)

// Denominations are Canada's coins and notes, in minor units.
var Denominations = []int64{5, 10, 25, 100, 200, 500, 1000, 2000, 5000, 10000}

// Count is how many of each coin or note were counted: by denomination, in minor units.
type Count map[int64]int64

// countMost bounds how many of one coin or note can be in a drawer.
const countMost = 100_000

// Total is what a count comes to. A denomination that there is not, or a number that can't be, is ErrCount.
func (c Count) Total() (money.Amount, error) {
	total := int64(0)
	for denomination, n := range c {
		if !knownDenomination(denomination) || n < 0 || n > countMost {
			return money.Zero, fmt.Errorf("%d of %s: %w", n, money.FromMinor(denomination), ErrCount)
		}
		total += denomination * n
	}
	return money.FromMinor(total), nil
}

// ErrCount is returned when a text or a count is none of Canada's coins and notes.
var ErrCount = fmt.Errorf("not a count of coins and notes")

// ParseCount reads "20x3 5x10 0.25x8": three twenties, ten fives, eight quarters. Nothing counted is "0".
func ParseCount(s string) (Count, error) {
	c := Count{}
	if strings.TrimSpace(s) == "0" {
		return c, nil
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' })
	if len(words) == 0 {
		return nil, fmt.Errorf("%q: %w", s, ErrCount)
	}
	for _, word := range words {
		what, number, found := strings.Cut(word, "x")
		denomination, err := money.Parse(what)
		n, nErr := strconv.ParseUint(number, 10, 31)
		if _, twice := c[denomination.Minor()]; !found || err != nil || nErr != nil || twice || !knownDenomination(denomination.Minor()) || n > countMost {
			return nil, fmt.Errorf("%q: %w", word, ErrCount)
		}
		if n > 0 {
			c[denomination.Minor()] = int64(n)
		}
	}
	return c, nil
}

// String is a count as ParseCount reads it, the largest first.
func (c Count) String() string {
	all := make([]int64, 0, len(c))
	for d := range c {
		all = append(all, d)
	}
	if len(all) == 0 {
		return "0"
	}
	sort.Slice(all, func(i, j int) bool { return all[i] > all[j] })
	words := make([]string, 0, len(all))
	for _, d := range all {
		words = append(words, fmt.Sprintf("%sx%d", money.FromMinor(d), c[d]))
	}
	return strings.Join(words, " ")
}

func knownDenomination(minor int64) bool {
	for _, d := range Denominations {
		if d == minor {
			return true
		}
	}
	return false
}

// Limits of a drawer's name and place.
const (
	drawerNameMost  = 16
	drawerPlaceMost = 60
)

// NewDrawer decides whether a drawer may be called so: capitals, digits and hyphens, because its name is printed
// before its receipts' numbers.
func NewDrawer(name, place string, now time.Time) (Drawer, *CounterRefusal) {
	switch {
	case !form(name+"0", drawerNameMost+1, false) || name == "" || name == MailSeries:
		return Drawer{}, &CounterRefusal{Reason: DrawerName}
	case !plainText(place) || len(place) > drawerPlaceMost:
		return Drawer{}, &CounterRefusal{Reason: DrawerPlace}
	}
	return Drawer{Name: name, Place: place, MadeAt: now}, nil
}

// MailSeries is the name before the printed numbers of what came by mail.
const MailSeries = "MAIL"

// OpenSession decides whether a clerk may open a drawer with a float that was counted. Whether the drawer is open
// already, or the clerk has another, the store's unique indexes say.
func OpenSession(d Drawer, by string, float Count, now time.Time) (Session, *CounterRefusal) {
	total, err := float.Total()
	switch {
	case !StaffName(by):
		return Session{}, &CounterRefusal{Reason: RefusedWho}
	case err != nil:
		return Session{}, &CounterRefusal{Reason: DrawerCount}
	}
	return Session{Drawer: d.ID, Name: d.Name, State: SessionOpen, OpenedBy: by, OpenedAt: now, Float: total}, nil
}

// DropFrom decides whether cash may be taken out of a drawer, in which there should be expected, into the safe.
// Only the clerk whose drawer it is takes it out; second has seen it.
func DropFrom(s Session, expected money.Amount, out Count, by, second string) (money.Amount, *CounterRefusal) {
	total, err := out.Total()
	switch {
	case !StaffName(by) || !StaffName(second):
		return total, &CounterRefusal{Reason: RefusedWho}
	case s.State != SessionOpen:
		return total, &CounterRefusal{Reason: DrawerNotOpen}
	case by != s.OpenedBy:
		return total, &CounterRefusal{Reason: DrawerNotYours}
	case second == by:
		return total, &CounterRefusal{Reason: RefusedSamePerson}
	case err != nil || total.IsZero():
		return total, &CounterRefusal{Reason: DrawerCount}
	case total.Cmp(expected) > 0:
		return total, &CounterRefusal{Reason: DrawerNotSoMuch, Due: expected, Got: total}
	}
	return total, nil
}

// CloseSession decides whether a drawer may be closed in which there should be expected, and what is over or short.
// Who checks has not closed it, and is not the clerk whose drawer it is.
func CloseSession(s Session, expected money.Amount, there Count, by, checker, reason string, now time.Time) (Session, *CounterRefusal) {
	total, err := there.Total()
	if err != nil {
		return s, &CounterRefusal{Reason: DrawerCount}
	}
	over, err := total.Sub(expected)
	switch {
	case err != nil:
		return s, &CounterRefusal{Reason: DrawerCount}
	case !StaffName(by) || !StaffName(checker):
		return s, &CounterRefusal{Reason: RefusedWho}
	case s.State != SessionOpen:
		return s, &CounterRefusal{Reason: DrawerNotOpen}
	case checker == by || checker == s.OpenedBy:
		return s, &CounterRefusal{Reason: RefusedSamePerson}
	case !over.IsZero() && !plainText(reason):
		return s, &CounterRefusal{Reason: DrawerReason, Due: expected, Got: total}
	case over.IsZero() && reason != "" && !plainText(reason):
		return s, &CounterRefusal{Reason: RefusedReason}
	}
	s.State, s.ClosedBy, s.CheckedBy, s.ClosedAt = SessionClosed, by, checker, now
	s.Counted, s.Expected, s.OverShort, s.Reason = total, expected, over, reason
	s.Closings++
	return s, nil
}

// ReopenSession decides whether a closed drawer may be opened again: by a supervisor who is neither its clerk nor who
// has closed or checked it, with a reason, and before its cash has gone to the bank.
func ReopenSession(s Session, batches []Batch, supervisor bool, by, reason string) (Session, *CounterRefusal) {
	switch {
	case !StaffName(by):
		return s, &CounterRefusal{Reason: RefusedWho}
	case s.State != SessionClosed:
		return s, &CounterRefusal{Reason: DrawerNotClosed}
	case !supervisor:
		return s, &CounterRefusal{Reason: DrawerSupervisor}
	case by == s.OpenedBy || by == s.ClosedBy || by == s.CheckedBy:
		return s, &CounterRefusal{Reason: RefusedSamePerson}
	case !plainText(reason):
		return s, &CounterRefusal{Reason: RefusedReason}
	}
	for _, b := range batches {
		if b.State == BatchDeposited {
			return s, &CounterRefusal{Reason: BatchGone}
		}
	}
	s.State, s.ClosedBy, s.CheckedBy, s.ClosedAt, s.Reason = SessionOpen, "", "", time.Time{}, ""
	s.Counted, s.Expected, s.OverShort = money.Zero, money.Zero, money.Zero
	return s, nil
}
