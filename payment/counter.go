package payment

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/ticket"
)

// CounterRefusal says why nothing was written at the counter.
type CounterRefusal struct {
	Reason   string
	Tickets  []ticket.ID     // that it is about
	Standing ticket.Standing // of the first of them, where it can't be paid here
	Due      money.Amount    // what should be, where it is about an amount
	Got      money.Amount    // what is
}

func (r *CounterRefusal) Error() string { return fmt.Sprintf("counter refused: %s", r.Reason) }

// Item says whether what was handed over goes into the queue of items: it is here, and can't be taken as a payment.
func (r *CounterRefusal) Item() bool {
	switch r.Reason {
	case TakeShort, TakePostDated, TakeStaleCheque, TakePostmark, TakePaid, RefusedNotPayable:
		return true
	}
	return false
}

// The reasons against taking money. RefusedEmpty, RefusedTooMany, RefusedNotPayable, RefusedConfirming, RefusedBox,
// RefusedChanged, RefusedOtherContent, RefusedRestoring, RefusedExpected and RefusedWho can be, too.
const (
	TakeKind           = "tender_kind"
	TakeTenders        = "tenders" // none, or more than ten
	TakeAmount         = "tender_amount"
	TakeCoins          = "coins"     // no coins make such an amount
	TakeTwoCash        = "two_cash"  // cash is one tender
	TakeReference      = "reference" // no number, or none of its form
	TakeBank           = "bank"
	TakeDrawnOn        = "drawn_on"
	TakePostDated      = "post_dated"
	TakeStaleCheque    = "stale_cheque"
	TakeTerminalByMail = "terminal_by_mail"
	TakeReceived       = "received_on" // missing, after today, or before its ticket
	TakePostmark       = "postmark_on" // missing where it sets the price, after the day of receipt, or before its ticket
	TakeUnreadable     = "unreadable"  // a postmark that is typed and can't be read, or for no reason that there is
	TakePaid           = "paid"
	TakeShort          = "short"        // less than is due, and its law takes the whole only
	TakeNothingLeft    = "nothing_left" // the money does not reach this ticket
	TakeNotNeeded      = "not_needed"   // the others are enough: it is handed back
	TakeNoDrawer       = "no_drawer"
	TakeNoBatch        = "no_batch"  // of the mail
	TakeText           = "text"      // a card's number, or what is no reason
	TakeLastHand       = "last_hand" // nobody would be left to decide the ticket's review: another takes it
)

// The reasons against what is done with drawers and batches.
const (
	DrawerName       = "drawer_name"
	DrawerPlace      = "drawer_place"
	DrawerCount      = "drawer_count"
	DrawerTaken      = "drawer_taken" // it is open, or the clerk has another
	DrawerNotOpen    = "drawer_not_open"
	DrawerNotClosed  = "drawer_not_closed"
	DrawerNotYours   = "drawer_not_yours"
	DrawerNotSoMuch  = "drawer_not_so_much"
	DrawerReason     = "drawer_reason" // it is over or short, and nothing says why
	DrawerSupervisor = "drawer_supervisor"
	BatchNotOpen     = "batch_not_open"
	BatchOfDrawer    = "batch_of_drawer" // its cash is closed with it
	BatchDiffers     = "batch_differs"
	BatchGone        = "batch_deposited"
)

// The reasons against undoing an entry.
const (
	ReverseNotCounter = "not_counter" // a card payment is refunded
	ReverseState      = "not_standing"
	ReverseClosed     = "batch_closed" // a refund, by cheque or on the terminal
	ReverseRefunded   = "refunded"
	ReversePaidSince  = "paid_since" // a part of a ticket whose rest was paid or written off since
)

// TakeAsk is what a clerk enters.
type TakeAsk struct {
	RequestID   string
	RequestHash []byte
	Channel     string // AtCounter or ByMail
	Language    string
	Currency    string
	ReviewBox   bool
	Quotes      []Frozen // in the order in which money is put to them
	Tenders     []Tender // as handed over
	ReceivedOn  city.Date
	Expected    money.Amount // what the clerk has seen to be due; zero: he does not say
	MadeAt      time.Time    // when it counts as made
	By          string
}

// Taken is what is written.
type Taken struct {
	Payment Payment
	Tenders []Tender     // with what each counts
	Short   money.Amount // within the city's tolerance, and let go
	Excess  money.Amount // more than was due: it is the payer's
	Part    ticket.ID    // the ticket of which only a part is paid; "" for none
}

// Take decides whether money may be taken for tickets as they stand, and what each tender counts. Cash is rounded
// to five cents on what is left for it of the whole, never by ticket. What is short up to tolerance is let go; more
// is a part payment of the last ticket that it reaches, where its law takes parts, and else refused: an item, not a
// payment. What is over is change where it is cash, and else the payer's, put to no ticket.
func Take(ask TakeAsk, tickets map[ticket.ID]Candidate, tolerance money.Amount, now time.Time) (Taken, *CounterRefusal) {
	if no := checkAsk(ask); no != nil {
		return Taken{}, no
	}
	due := money.Zero
	seen := map[ticket.ID]bool{}
	for _, q := range ask.Quotes {
		if seen[q.Ticket] {
			return Taken{}, &CounterRefusal{Reason: RefusedTooMany, Tickets: []ticket.ID{q.Ticket}}
		}
		seen[q.Ticket] = true
		if reason := MayTake(q, tickets, ask.ReviewBox); reason != "" {
			return Taken{}, &CounterRefusal{Reason: reason, Tickets: []ticket.ID{q.Ticket}, Standing: tickets[q.Ticket].Standing}
		}
		sum, err := due.Add(q.Total)
		if err != nil {
			return Taken{}, &CounterRefusal{Reason: RefusedTooMany}
		}
		due = sum
	}
	if !ask.Expected.IsZero() && ask.Expected != due {
		return Taken{}, &CounterRefusal{Reason: RefusedExpected, Due: due, Got: ask.Expected}
	}
	r, no := reckon(due, ask.Tenders, tolerance, ask.Channel == ByMail)
	if no != nil {
		return Taken{}, no
	}
	frozen, part, no := share(ask.Quotes, tickets, due, r)
	if no != nil {
		return Taken{}, no
	}
	return Taken{Tenders: r.tenders, Short: r.short, Excess: r.excess, Part: part, Payment: counterPayment(ask, frozen, now)}, nil
}

// Lengths of a request's id, as the public pages' have.
const requestLeast, requestMost = 16, 64

// CheckSizes is the reason against an entry of so many tickets and tenders, before any of them is looked at.
func CheckSizes(requestID string, tickets, tenders int) *CounterRefusal {
	switch {
	case len(requestID) < requestLeast || len(requestID) > requestMost:
		return &CounterRefusal{Reason: RefusedOtherContent}
	case tickets == 0:
		return &CounterRefusal{Reason: RefusedEmpty}
	case tickets > ticketsMost:
		return &CounterRefusal{Reason: RefusedTooMany}
	case tenders == 0 || tenders > tendersMost:
		return &CounterRefusal{Reason: TakeTenders}
	}
	return nil
}

// checkAsk looks at what does not need the tickets.
func checkAsk(ask TakeAsk) *CounterRefusal {
	if !StaffName(ask.By) {
		return &CounterRefusal{Reason: RefusedWho}
	}
	if no := CheckSizes(ask.RequestID, len(ask.Quotes), len(ask.Tenders)); no != nil {
		return no
	}
	cash := 0
	for _, t := range ask.Tenders {
		if reason := checkTender(t, ask.Channel); reason != "" {
			return &CounterRefusal{Reason: reason, Got: t.Tendered}
		}
		if t.Kind == Cash {
			cash++
		}
	}
	if cash > 1 {
		return &CounterRefusal{Reason: TakeTwoCash}
	}
	return nil
}

// MayTake is the reason against taking money for one ticket, or "". An open card page is none: whoever is there
// loses the race before anything is taken. One that is being confirmed is, whatever box is ticked.
func MayTake(q Frozen, tickets map[ticket.ID]Candidate, box bool) string {
	c, ok := tickets[q.Ticket]
	switch {
	case !ok:
		return RefusedNotPayable
	case c.Ticket.State == ticket.Confirming:
		return RefusedConfirming
	case c.Ticket.State == ticket.Paid:
		return TakePaid
	case !c.Standing.Payable || q.Total.Cmp(money.Zero) <= 0:
		return RefusedNotPayable
	case c.Ticket.Version != q.Version:
		return RefusedChanged
	case c.Standing.Box && !box:
		return RefusedBox
	}
	return ""
}

func counterPayment(ask TakeAsk, frozen []Frozen, now time.Time) Payment {
	p := Payment{
		RequestID: ask.RequestID, RequestHash: ask.RequestHash, Channel: ask.Channel, Language: ask.Language, Currency: ask.Currency,
		QuotedAt: ask.MadeAt, CreatedAt: now, Tickets: append([]Frozen(nil), frozen...),
	}
	for _, f := range p.Tickets {
		p.Total, _ = p.Total.Add(f.Total) // Take has added up no less
	}
	sort.Slice(p.Tickets, func(i, j int) bool { return p.Tickets[i].Ticket < p.Tickets[j].Ticket })
	return p
}

// Letter is what an envelope says of when a payment by mail was sent.
type Letter struct {
	ReceivedOn city.Date
	PostmarkOn city.Date
	Unreadable string // why the postmark can't be read, one of Unreadable; "": it can, or nobody has looked
}

// Unreadable are the reasons for which a postmark can't be read: keys of words.
var Unreadable = []string{"faint", "none", "torn"}

// MailRule is what a city's by-law says of the price of a payment by mail.
type MailRule struct {
	ByPostmark     bool // the price is that of the day of the postmark, and not of the receipt
	UnreadableDays int  // before its receipt, a letter whose postmark can't be read counts as sent; 0: the day of receipt counts
}

// PriceDay is the day whose price a payment by mail has: of its postmark, where the city's by-law names that, and
// else the day on which it was received. Where the postmark counts and can't be read, it is so many days before the
// receipt as the city gives its payers. today is the city's.
func PriceDay(rule MailRule, l Letter, today city.Date) (city.Date, *CounterRefusal) {
	known := l.Unreadable == "" || slices.Contains(Unreadable, l.Unreadable)
	switch {
	case l.ReceivedOn.IsZero() || l.ReceivedOn.Compare(today) > 0:
		return l.ReceivedOn, &CounterRefusal{Reason: TakeReceived}
	case !known, l.Unreadable != "" && !l.PostmarkOn.IsZero():
		return l.ReceivedOn, &CounterRefusal{Reason: TakeUnreadable}
	case !l.PostmarkOn.IsZero() && l.PostmarkOn.Compare(l.ReceivedOn) > 0, rule.ByPostmark && l.PostmarkOn.IsZero() && l.Unreadable == "":
		return l.ReceivedOn, &CounterRefusal{Reason: TakePostmark}
	case rule.ByPostmark && l.Unreadable != "":
		return l.ReceivedOn.AddDays(-rule.UnreadableDays), nil
	case rule.ByPostmark:
		return l.PostmarkOn, nil
	}
	return l.ReceivedOn, nil
}
