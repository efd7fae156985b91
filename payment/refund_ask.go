package payment

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"fundy/money"
	"fundy/ticket"
)

// RefundReason says why money is given back.
type RefundReason string

// The reasons.
const (
	ReasonDuplicate   RefundReason = "duplicate"        // paid twice
	ReasonWrongTicket RefundReason = "wrong_ticket"     // the payer meant another one
	ReasonCancelled   RefundReason = "ticket_cancelled" // after it was paid: the whole of its part
	ReasonReduced     RefundReason = "reduced"          // a decision lowered what was owed
	ReasonNotOwed     RefundReason = "not_owed"         // money that is put to no ticket
	ReasonCityError   RefundReason = "city_error"
)

// RefundReasons are all of them.
var RefundReasons = []RefundReason{ReasonDuplicate, ReasonWrongTicket, ReasonCancelled, ReasonReduced, ReasonNotOwed, ReasonCityError}

// Source is where money of an attempt is that can be given back: at a ticket, or at none.
type Source struct {
	Ticket ticket.ID    // "" for money that was put to no ticket
	Taken  money.Amount // what is there by the payment
	Given  money.Amount // what of it is given back or under way
	State  ticket.State
	// Reopens: the ticket may go from where it is to being owed again.
	Reopens bool
}

// Left is what can still be given back of a source.
func (s Source) Left() (money.Amount, error) { return s.Taken.Sub(s.Given) }

// Left is what can still be given back of all sources together.
func Left(sources []Source) (money.Amount, error) {
	sum := money.Zero
	for _, s := range sources {
		left, err := s.Left()
		if err != nil {
			return sum, err
		}
		if sum, err = sum.Add(left); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// RefundAsk is what a person asks for.
type RefundAsk struct {
	Way      Way
	Ticket   ticket.ID // of a payment of several; "": all of them, or the only one
	Free     bool      // only of what is put to no ticket
	Amount   money.Amount
	Expected money.Amount // what the asker thinks can still be given back of the attempt
	Reason   RefundReason
	Reopen   bool
	By       string
}

// RefundRefusal says why a refund was not asked for, approved or refused. Nothing has been written.
type RefundRefusal struct {
	Reason string
	Left   money.Amount // what can still be given back of the attempt, or of the ticket that was named
	State  RefundState  // in which the refund is, where that is in the way
}

func (r *RefundRefusal) Error() string { return fmt.Sprintf("refund refused: %s", r.Reason) }

// The reasons for which a refund goes no further.
const (
	RefusedNotTaken    = "not_taken"      // no money of this attempt is here
	RefusedNoPayment   = "no_payment"     // the processor's payment is not known: by cheque only
	RefusedAmount      = "amount"         // nothing, or less
	RefusedTooMuch     = "too_much"       // more than can be given back
	RefusedExpected    = "expected"       // the asker expected another remainder: somebody was quicker
	RefusedReason      = "reason"         // not of the list
	RefusedWho         = "who"            // not a name that staff can have
	RefusedWhichTicket = "which_ticket"   // several tickets, a part of the money, and none named
	RefusedNotItsOwn   = "not_its_ticket" // the ticket is not of this payment
	RefusedInFull      = "in_full"        // a cancelled ticket's part is given back in full
	RefusedReopen      = "reopen"         // a part only, or its regime does not let it be owed again
	RefusedSamePerson  = "same_person"    // who has asked can't approve
	RefusedLastHand    = "last_hand"      // nobody would be left to decide the ticket's review: another does it
	RefusedDecided     = "decided"        // it is not waiting for a decision any more
	RefusedDisputed    = "disputed"       // the payer's bank has taken the money, or some of it
	RefusedWay         = "way"            // money of this attempt can't go back in this way
	RefusedPayee       = "payee"          // a cheque without a payee, or a payee without a cheque
	RefusedNotThere    = "state"          // where it stands, this does not happen
	RefusedWords       = "why"            // empty, too long, or of more than one line
	RefusedSaidIt      = "said_it"        // the same person has said it before: a second one has to
	RefusedAuth        = "auth"           // not a number that a terminal gives
)

// AskRefund decides whether what is asked for may wait for a second person, and from where it is taken.
// sources are where the attempt's money is now. What the asker expects to be left must be what is left: he
// may not have seen what somebody else has just done.
func AskRefund(ask RefundAsk, a Attempt, sources []Source, now time.Time) (Refund, *RefundRefusal) {
	left, err := Left(sources)
	switch {
	case err != nil || !refundable(a, sources):
		return Refund{}, &RefundRefusal{Reason: RefusedNotTaken}
	case !slices.Contains(RefundWays(a), ask.Way):
		return Refund{}, &RefundRefusal{Reason: RefusedWay}
	case ask.Way == ByProcessor && a.ProcessorRef == "":
		return Refund{}, &RefundRefusal{Reason: RefusedNoPayment}
	case !StaffName(ask.By):
		return Refund{}, &RefundRefusal{Reason: RefusedWho}
	case !reasonKnown(ask.Reason):
		return Refund{}, &RefundRefusal{Reason: RefusedReason}
	case ask.Amount.Cmp(money.Zero) <= 0:
		return Refund{}, &RefundRefusal{Reason: RefusedAmount, Left: left}
	case ask.Expected != left:
		return Refund{}, &RefundRefusal{Reason: RefusedExpected, Left: left}
	case ask.Amount.Cmp(left) > 0:
		return Refund{}, &RefundRefusal{Reason: RefusedTooMuch, Left: left}
	}
	parts, no := refundParts(ask, sources, left)
	if no != nil {
		return Refund{}, no
	}
	return Refund{
		Attempt: a.ID, Way: ask.Way, Amount: ask.Amount, Reason: ask.Reason, Reopen: ask.Reopen, Parts: parts, AskedBy: ask.By, AskedAt: now,
	}, nil
}

// refundable says whether money of an attempt is here: taken for its tickets, with a receipt, or put to none.
func refundable(a Attempt, sources []Source) bool {
	switch a.State {
	case Captured, Settled, Banked, CorrectedPaid, Stopped, Returned:
		return len(sources) > 0
	}
	return false
}

// refundParts shares an amount out: to the ticket that is named, to the only source that has something left,
// or, where the whole is given back, to each.
func refundParts(ask RefundAsk, sources []Source, left money.Amount) ([]RefundPart, *RefundRefusal) {
	var from []Source
	for _, s := range sources {
		if ask.Free && s.Ticket != "" {
			continue
		}
		if ask.Ticket != "" && s.Ticket == ask.Ticket || ask.Ticket == "" && s.Taken.Cmp(s.Given) > 0 {
			from = append(from, s)
		}
	}
	switch {
	case len(from) == 0:
		return nil, &RefundRefusal{Reason: RefusedNotItsOwn, Left: left}
	case len(from) > 1 && ask.Amount != left:
		return nil, &RefundRefusal{Reason: RefusedWhichTicket, Left: left}
	}
	var parts []RefundPart
	for _, s := range from {
		most, err := s.Left()
		amount := most
		if len(from) == 1 {
			amount = ask.Amount
		}
		if err != nil || amount.Cmp(most) > 0 {
			return nil, &RefundRefusal{Reason: RefusedTooMuch, Left: most}
		}
		if reason := againstPart(ask, s, amount, most); reason != "" {
			return nil, &RefundRefusal{Reason: reason, Left: most}
		}
		parts = append(parts, RefundPart{Ticket: s.Ticket, Amount: amount})
	}
	sort.Slice(parts, func(i, j int) bool { return parts[i].Ticket < parts[j].Ticket })
	return parts, nil
}

// againstPart is the reason against giving an amount back of a source, of which most is left, or "".
func againstPart(ask RefundAsk, s Source, amount, most money.Amount) string {
	gone := s.State == ticket.Cancelled || s.State == ticket.Withdrawn || s.State == ticket.Void || ask.Reason == ReasonCancelled
	switch {
	case gone && s.Ticket != "" && amount != most:
		return RefusedInFull
	case ask.Reopen && (gone || s.Ticket == "" || !s.Reopens || amount != s.Taken):
		return RefusedReopen
	}
	return ""
}

// DecideRefund says whether a person may approve or refuse a refund, or the reason against it. Who has asked
// can take his own asking back, and never approve it.
func DecideRefund(r Refund, event RefundEvent, by string) *RefundRefusal {
	switch {
	case r.State != RefundAsked:
		return &RefundRefusal{Reason: RefusedDecided}
	case !StaffName(by):
		return &RefundRefusal{Reason: RefusedWho}
	case event == Approve && by == r.AskedBy:
		return &RefundRefusal{Reason: RefusedSamePerson}
	}
	return nil
}

// staffNameMost bounds a name of staff.
const staffNameMost = 64

// StaffName says whether a text can be what a member of staff signs in with: lower-case letters, digits and
// . _ -, so that one person has one way of writing it. Nine digits in a row are none: that could be a number
// of somebody's.
func StaffName(s string) bool {
	digits := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			digits = 0
		} else if digits++; digits > 8 {
			return false
		}
	}
	return s != "" && len(s) <= staffNameMost && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") == "" && strings.ContainsAny(s, "abcdefghijklmnopqrstuvwxyz")
}

func reasonKnown(r RefundReason) bool {
	for _, one := range RefundReasons {
		if one == r {
			return true
		}
	}
	return false
}

// RefundReading is what the office compares of a processor's answer about a refund before it believes it.
type RefundReading struct {
	Refund   RefundID
	Payment  string // the processor's payment id
	Ref      string // the processor's refund id
	Amount   money.Amount
	Currency string // lower case
}

// RefundFits says whether a reading is of this refund, to the cent. A second refund at the processor for one
// of ours does not fit.
func RefundFits(r Refund, a Attempt, currencyLower string, read RefundReading) bool {
	return read.Refund == r.ID && read.Payment == a.ProcessorRef && read.Amount == r.Amount && read.Currency == currencyLower &&
		read.Ref != "" && (r.ProcessorRef == "" || r.ProcessorRef == read.Ref)
}
