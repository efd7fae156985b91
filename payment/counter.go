package payment

import (
	"fmt"
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
	TakeReceived       = "received_on" // missing, or after today
	TakePostmark       = "postmark_on" // missing where it sets the price, or after the day of receipt
	TakePaid           = "paid"
	TakeShort          = "short"        // less than is due, and its law takes the whole only
	TakeNothingLeft    = "nothing_left" // the money does not reach this ticket
	TakeNotNeeded      = "not_needed"   // the others are enough: it is handed back
	TakeNoDrawer       = "no_drawer"
	TakeNoBatch        = "no_batch" // of the mail
	TakeText           = "text"     // a card's number, or what is no reason
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
	ReversePaidSince  = "paid_since" // a part of what a later payment has made whole
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
		if reason := mayTake(q, tickets, ask.ReviewBox); reason != "" {
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

// mayTake is the reason against taking money for one ticket, or "". An open card page is none: whoever is there
// loses the race before anything is taken. One that is being confirmed is, whatever box is ticked.
func mayTake(q Frozen, tickets map[ticket.ID]Candidate, box bool) string {
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

// reckoned is what tenders come to against what is due.
type reckoned struct {
	tenders []Tender
	short   money.Amount // let go
	missing money.Amount // still due
	excess  money.Amount
}

// reckon says what each tender counts. Every amount is at most TenderMost and there are ten, so that no sum
// overflows; the checked arithmetic says so again.
func reckon(due money.Amount, tenders []Tender, tolerance money.Amount, mail bool) (reckoned, *CounterRefusal) {
	r := reckoned{tenders: append([]Tender(nil), tenders...)}
	rest, cash := due, -1
	var err error
	for i := range r.tenders {
		t := &r.tenders[i]
		if t.Kind == Cash {
			cash = i
			continue
		}
		t.Amount = t.Tendered
		if rest, err = rest.Sub(t.Tendered); err != nil {
			return r, &CounterRefusal{Reason: TakeAmount}
		}
	}
	switch {
	case cash >= 0:
		return r.withCash(cash, rest, tolerance, mail)
	case rest.IsNegative():
		return r.over(rest.Neg())
	case rest.Cmp(tolerance) <= 0:
		r.short = rest
	default:
		r.missing = rest
	}
	return r, nil
}

// over puts what is more than due on the largest of the tenders. One without which there would still be enough is
// handed back.
func (r reckoned) over(excess money.Amount) (reckoned, *CounterRefusal) {
	largest := 0
	for i, t := range r.tenders {
		if t.Tendered.Cmp(excess) <= 0 {
			return r, &CounterRefusal{Reason: TakeNotNeeded, Got: t.Tendered}
		}
		if t.Tendered.Cmp(r.tenders[largest].Tendered) > 0 {
			largest = i
		}
	}
	t := &r.tenders[largest]
	var err error
	if t.Amount, err = t.Tendered.Sub(excess); err != nil {
		return r, &CounterRefusal{Reason: TakeAmount}
	}
	t.Excess, r.excess = excess, excess
	return r, nil
}

// withCash says what the cash counts for the rest, which is what is left for it of the whole.
func (r reckoned) withCash(at int, rest, tolerance money.Amount, mail bool) (reckoned, *CounterRefusal) {
	t := &r.tenders[at]
	if rest.Cmp(money.Zero) <= 0 {
		return r, &CounterRefusal{Reason: TakeNotNeeded, Got: t.Tendered}
	}
	asked, err := rest.Cash()
	if err != nil {
		return r, &CounterRefusal{Reason: TakeAmount}
	}
	// Each of these is between amounts that are known to be small.
	rounding, _ := asked.Sub(rest)
	over, _ := t.Tendered.Sub(asked)
	switch {
	case !over.IsNegative():
		t.Amount, t.Rounding = rest, rounding
		if mail {
			t.Excess, r.excess = over, over
		} else {
			t.Change = over
		}
	case over.Neg().Cmp(tolerance) <= 0:
		t.Rounding, r.short = rounding, over.Neg()
		t.Amount, _ = t.Tendered.Sub(rounding)
	default:
		t.Amount = t.Tendered
		r.missing, _ = rest.Sub(t.Tendered)
	}
	return r, nil
}

// share puts what there is to the tickets in their order: each is paid, but the last that it reaches may be paid in
// part where its law takes parts.
func share(quotes []Frozen, tickets map[ticket.ID]Candidate, due money.Amount, r reckoned) ([]Frozen, ticket.ID, *CounterRefusal) {
	left, err := due.Sub(r.missing)
	if err != nil {
		return nil, "", &CounterRefusal{Reason: TakeAmount}
	}
	got := left
	var frozen []Frozen
	for _, q := range quotes {
		one := []ticket.ID{q.Ticket}
		if left.IsZero() {
			return nil, "", &CounterRefusal{Reason: TakeNothingLeft, Tickets: one, Due: due, Got: got}
		}
		if left.Cmp(q.Total) >= 0 {
			frozen = append(frozen, q)
			if left, err = left.Sub(q.Total); err != nil {
				return nil, "", &CounterRefusal{Reason: TakeAmount}
			}
			continue
		}
		regime, ok := ticket.RegimeOf(tickets[q.Ticket].Ticket.Regime)
		if !ok || !regime.PartPayments {
			return nil, "", &CounterRefusal{Reason: TakeShort, Tickets: one, Due: due, Got: got}
		}
		q.Total, q.Components = left, []ticket.Component{{Kind: ticket.PartPayment, Amount: left}}
		if len(frozen)+1 < len(quotes) {
			next := quotes[len(frozen)+1]
			return nil, "", &CounterRefusal{Reason: TakeNothingLeft, Tickets: []ticket.ID{next.Ticket}, Due: due, Got: got}
		}
		return append(frozen, q), q.Ticket, nil
	}
	return frozen, "", nil
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

// EntryStanding is how an entry stands when somebody wants it undone.
type EntryStanding struct {
	Attempt   Attempt
	Tenders   []Tender
	Batches   []Batch     // of its tenders
	Refunds   []Refund    // that were ever asked for
	PaidSince []ticket.ID // tickets of which it paid a part, and that somebody has paid whole since
}

// ReverseEntry decides whether an entry may be undone: while all of its money is still in open batches. The clerk
// hands the money back; what was taken on a terminal is voided there.
func ReverseEntry(e EntryStanding, by, reason string) *CounterRefusal {
	switch {
	case !StaffName(by):
		return &CounterRefusal{Reason: RefusedWho}
	case !plainText(reason):
		return &CounterRefusal{Reason: RefusedReason}
	case e.Attempt.Adapter != CounterAdapter:
		return &CounterRefusal{Reason: ReverseNotCounter}
	case e.Attempt.State != Captured:
		return &CounterRefusal{Reason: ReverseState}
	case len(e.PaidSince) > 0:
		return &CounterRefusal{Reason: ReversePaidSince, Tickets: e.PaidSince}
	}
	for _, b := range e.Batches {
		if b.State != BatchOpen {
			return &CounterRefusal{Reason: ReverseClosed}
		}
	}
	for _, t := range e.Tenders {
		if t.State != TenderStands {
			return &CounterRefusal{Reason: ReverseState}
		}
	}
	for _, r := range e.Refunds {
		if r.State.Counts() || !r.ReopenedAt.IsZero() {
			return &CounterRefusal{Reason: ReverseRefunded}
		}
	}
	return nil
}

// PriceDay is the day whose price a payment by mail has: of its postmark, where the city's by-law names that, and
// else the day on which it was received. today is the city's.
func PriceDay(byPostmark bool, received, postmark, today city.Date) (city.Date, *CounterRefusal) {
	switch {
	case received.IsZero() || received.Compare(today) > 0:
		return received, &CounterRefusal{Reason: TakeReceived}
	case !postmark.IsZero() && postmark.Compare(received) > 0, byPostmark && postmark.IsZero():
		return received, &CounterRefusal{Reason: TakePostmark}
	case byPostmark:
		return postmark, nil
	}
	return received, nil
}
