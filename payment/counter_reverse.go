package payment

import "fundy/ticket"

// EntryStanding is how an entry stands when somebody wants it undone.
type EntryStanding struct {
	Attempt   Attempt
	Tenders   []Tender
	Batches   []Batch     // of its tenders
	Refunds   []Refund    // that were ever asked for
	PaidSince []ticket.ID // tickets of which it paid a part, and whose rest was paid or written off since
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
