package payment

import (
	"fundy/money"
	"fundy/ticket"
)

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
