package payment

import (
	"fmt"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/ticket"
)

// TransferAsk is what a person asks for whose payer has paid the wrong ticket.
type TransferAsk struct {
	From, To ticket.ID
	Why      string
	By       string
}

// AskTransfer decides whether the money that a ticket has of an attempt may be put to another one. source is where
// it is, had as it was frozen; target the other ticket as it stands, and price what that cost at the instant of the
// quote that was paid: timeliness goes with the money. again says that money of this attempt was at the target before
// and was given back: then another payment is the clear way.
//
// All of the source's money goes, or none. What the target costs less is put to no ticket, and given back.
func AskTransfer(ask TransferAsk, a Attempt, source Source, target Candidate, price Frozen, again bool, now time.Time) (Correction, *CorrectionRefusal) {
	c := Correction{
		Kind: CorrectTransfer, Attempt: a.ID, From: ask.From, To: ask.To, Amount: source.Taken, Why: ask.Why, AskedBy: ask.By, AskedAt: now,
	}
	if reason := againstSaying(ask.By, ask.Why); reason != "" {
		return c, &CorrectionRefusal{Reason: reason}
	}
	switch {
	case ask.From == ask.To:
		return c, &CorrectionRefusal{Reason: RefusedSameTicket}
	case !refundable(a, []Source{source}) || a.State == Stopped || source.Ticket != ask.From || ask.From == "" || source.State != ticket.Paid:
		return c, &CorrectionRefusal{Reason: RefusedNotTaken}
	case a.Adapter == CounterAdapter && a.State == Captured:
		return c, &CorrectionRefusal{Reason: RefusedCanUndo}
	case !source.Given.IsZero() || again:
		return c, &CorrectionRefusal{Reason: RefusedGiven, Amount: source.Given}
	case target.Ticket.State == ticket.Paid:
		return c, &CorrectionRefusal{Reason: RefusedPaidTarget}
	case target.Ticket.State == ticket.Confirming:
		return c, &CorrectionRefusal{Reason: RefusedConfirming}
	case !target.Standing.Payable:
		return c, &CorrectionRefusal{Reason: RefusedNotPayable}
	case target.Standing.Box:
		return c, &CorrectionRefusal{Reason: RefusedReview}
	case target.Ticket.IssuedAt.After(price.QuotedAt):
		return c, &CorrectionRefusal{Reason: RefusedNotIssued}
	case price.Total.Cmp(money.Zero) <= 0:
		return c, &CorrectionRefusal{Reason: RefusedNothingDue}
	case price.Total.Cmp(source.Taken) > 0:
		return c, &CorrectionRefusal{Reason: RefusedCostsMore, Amount: price.Total}
	}
	rest, err := source.Taken.Sub(price.Total)
	if err != nil {
		return c, &CorrectionRefusal{Reason: RefusedAmount}
	}
	c.Rest = rest
	return c, nil
}

// PriceAt freezes a ticket, which was read with its events, at what it cost at an instant.
func PriceAt(t ticket.Ticket, rules city.Rules, c city.City, at time.Time) (Frozen, error) {
	f := Frozen{Ticket: t.ID, Version: t.Version, QuotedAt: at, HoldsUntil: at}
	q, err := ticket.Price(t, rules, c, at)
	if err != nil {
		return f, fmt.Errorf("price ticket: %w", err)
	}
	f.Components, f.Total = q.Components, q.Total
	f.Revenue, err = RevenueOf(t, rules)
	return f, err
}

// RevenueOf is the ledger key of a ticket's offence.
func RevenueOf(t ticket.Ticket, rules city.Rules) (string, error) {
	schedule, ok := rules.ScheduleByID(t.Schedule)
	if !ok {
		return "", fmt.Errorf("ticket keeps the schedule %q, which the city does not have", t.Schedule)
	}
	offence, ok := schedule.Offence(t.Offence)
	if !ok {
		return "", fmt.Errorf("schedule %q has no offence %q", t.Schedule, t.Offence)
	}
	return offence.Ledger, nil
}
