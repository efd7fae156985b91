package settle

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fundy/city"
	"fundy/ident"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
	"fundy/ticket"
)

// capturedIn is the end of a payment, in the transaction that moves it: tickets paid, postings,
// receipt, leaf, mail. Either all of it is written or none.
func (s *Settler) capturedIn(ctx context.Context, tx *store.Tx, a *payment.Attempt, now time.Time) error {
	p, err := tx.Payment(ctx, a.Payment)
	if err != nil {
		return err
	}
	return s.takeIn(ctx, tx, a, p, "payment captured", now)
}

// takenIn is what becomes of money that was taken although we had not asked for it: by a person at the
// processor, say, while the payer was still at the card page. The payer has paid exactly what was frozen:
// where each ticket can still be paid, it is paid by it. Else the money is an unallocated receipt, and a
// person gives it back. Either way the line is a forced one, and alarmed.
func (s *Settler) takenIn(ctx context.Context, tx *store.Tx, a *payment.Attempt, now time.Time) error {
	p, err := tx.Payment(ctx, a.Payment)
	if err != nil {
		return err
	}
	had, err := tx.Allocations(ctx, a.ID)
	if err != nil {
		return err
	}
	if len(had) > 0 { // it had stopped with its tickets, and people wanted it back: it was taken before
		a.Reason, a.Blocked = "", ""
		return s.takeIn(ctx, tx, a, p, "money taken at the processor", now)
	}
	tickets, err := s.candidates(ctx, tx, p, now)
	if err != nil {
		return err
	}
	if !payment.Accept(p.Tickets, tickets) {
		a.Reason = "unallocated"
		if err := s.moveIn(ctx, tx, a, payment.MoneyTaken, "unallocated", now); err != nil {
			return err
		}
		return s.postUnallocated(ctx, tx, a, a.Amount, now)
	}
	a.Reason, a.Blocked = "", "" // it may have been on its way back: it is not any more
	for _, f := range p.Tickets {
		if err := tx.Allocate(ctx, f.Ticket, a.ID, f.Total, tickets[f.Ticket].Ticket.State, now); err != nil {
			return err
		}
	}
	return s.takeIn(ctx, tx, a, p, "money taken at the processor", now)
}

// takeIn puts taken money to the tickets that the attempt has.
func (s *Settler) takeIn(ctx context.Context, tx *store.Tx, a *payment.Attempt, p payment.Payment, why string, now time.Time) error {
	a.CapturedAt, a.Receipt = now, ident.Receipt()
	if err := s.moveIn(ctx, tx, a, payment.MoneyTaken, "", now); err != nil {
		return err
	}
	ids := make([]ticket.ID, 0, len(p.Tickets))
	for _, f := range p.Tickets {
		ids = append(ids, f.Ticket)
	}
	tickets, err := tx.LockTickets(ctx, ids)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		if err := s.moveTicketIn(ctx, tx, t.Ticket, ticket.Paid, why, now); err != nil {
			return err
		}
		if err := chequesPaid(ctx, tx, t.ID, "", now); err != nil {
			return err
		}
	}
	if err := s.postCapture(ctx, tx, a, p, now); err != nil {
		return err
	}
	return s.parkMail(ctx, tx, TaskMail, a, p, now)
}

// givenBackIn is the end of an attempt whose money is back on the card: given back by us, by a person at
// the processor, or because the hold lapsed before it was taken. The tickets that it has are what they were.
func (s *Settler) givenBackIn(ctx context.Context, tx *store.Tx, a *payment.Attempt, now time.Time) error {
	ours, err := ourFault(ctx, tx, *a, now)
	if err != nil {
		return err
	}
	if a.State != payment.Releasing {
		a.Reason = "lapsed" // whatever it was told before: that its page was to be closed, say
	}
	if err := s.moveIn(ctx, tx, a, payment.MoneyGivenBack, a.Reason, now); err != nil {
		return err
	}
	if err := s.freeIn(ctx, tx, a.ID, "money given back", now); err != nil || !ours {
		return err
	}
	return s.lapsedIn(ctx, tx, a, now)
}

// freeIn takes its tickets back from an attempt that does not pay them: they are what they were.
func (s *Settler) freeIn(ctx context.Context, tx *store.Tx, id payment.AttemptID, why string, now time.Time) error {
	had, err := tx.Allocations(ctx, id)
	if err != nil || len(had) == 0 {
		return err
	}
	if err := tx.UndoAllocations(ctx, id, now); err != nil {
		return err
	}
	for _, al := range had {
		found, err := tx.LockTickets(ctx, []ticket.ID{al.Ticket})
		if err != nil {
			return err
		}
		for _, t := range found {
			to, err := freed(ctx, tx, al)
			if err != nil {
				return err
			}
			if err := s.moveTicketIn(ctx, tx, t.Ticket, to, why, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// freed is the state of a ticket that is owed again: what somebody has asked for is still to be decided, unless it has
// been decided meanwhile.
func freed(ctx context.Context, tx *store.Tx, had store.Allocation) (ticket.State, error) {
	if had.Was != ticket.Review {
		return ticket.Reopened, nil
	}
	decided, err := reviewDecided(ctx, tx, had.Ticket)
	if err != nil || decided {
		return ticket.Reopened, err
	}
	return ticket.Review, nil
}

// reviewDecided says whether what was asked of a ticket is decided: nobody could end its review a second time. The
// caller has locked the ticket.
func reviewDecided(ctx context.Context, tx *store.Tx, id ticket.ID) (bool, error) {
	before, err := tx.ReviewsBefore(ctx, id)
	return before.Open == 0 && before.Decided > 0, err
}

// misfitIn stops an attempt whose reading is not of it, or not to the cent: a person decides. What was
// taken in our currency is in the books all the same, as an unallocated receipt.
func (s *Settler) misfitIn(ctx context.Context, tx *store.Tx, a *payment.Attempt, snap processor.Snapshot, now time.Time) error {
	if a.State.Final() || a.State == payment.Stopped {
		kept, err := keptAll(ctx, tx, *a, snap)
		if err != nil {
			return err
		}
		if !kept {
			s.Log.Error("settle: a reading does not fit an attempt that had ended", "alarm", "late_misfit", "attempt", a.ID.Ref(), "state", string(a.State))
		}
		a.NextAt = time.Time{}
		return tx.TouchAttempt(ctx, *a)
	}
	before := a.State
	a.Reason = "does_not_fit"
	ours := payment.AttemptID(snap.OurRef) == a.ID && strings.EqualFold(snap.Currency, s.City.Currency) && snap.Live == (s.City.Kind == city.Live)
	if ours && snap.Payment != "" {
		a.ProcessorRef = snap.Payment // what was taken under it can be given back
	}
	if err := s.moveIn(ctx, tx, a, payment.DoesNotFit, "reading differs from the attempt", now); err != nil {
		return err
	}
	if before == a.State || !ours || snap.Received.Cmp(money.Zero) <= 0 {
		return nil
	}
	return s.postUnallocated(ctx, tx, a, snap.Received, now)
}

// keptAll says whether a reading that does not fit tells nothing new: two people have kept what it says was taken.
func keptAll(ctx context.Context, tx *store.Tx, a payment.Attempt, snap processor.Snapshot) (bool, error) {
	if a.State != payment.CorrectedPaid || a.Receipt != "" || payment.AttemptID(snap.OurRef) != a.ID {
		return false, nil
	}
	taken, err := tx.UnallocatedOf(ctx, a.ID)
	return taken == snap.Received, err
}

func (s *Settler) postCapture(ctx context.Context, tx *store.Tx, a *payment.Attempt, p payment.Payment, now time.Time) error {
	effective, err := tx.OpenInstant(ctx, p.QuotedAt)
	if err != nil {
		return err
	}
	entry := ledger.Entry{
		ID: "capture-" + a.ID.Ref(), Kind: ledger.Captured, Ref: string(a.ID), Entered: now, Effective: effective,
	}
	if entry.Postings, err = captureOf(ctx, tx, p, ledger.Clearing); err != nil {
		return err
	}
	return tx.AddEntry(ctx, entry)
}

// captureOf are the postings that pay a payment's tickets out of an account.
func captureOf(ctx context.Context, tx *store.Tx, p payment.Payment, from ledger.Account) ([]ledger.Posting, error) {
	var all []ledger.Posting
	for _, f := range p.Tickets {
		before, err := tx.PostingsOfTicket(ctx, f.Ticket)
		if err != nil {
			return nil, err
		}
		owed, err := ledger.OwedBy(before)
		if err != nil {
			return nil, fmt.Errorf("add up ticket: %w", err)
		}
		postings, err := ledger.ForCapture(f.Ticket, owed, f.Components, f.Revenue, from)
		if err != nil {
			return nil, fmt.Errorf("post capture: %w", err)
		}
		all = append(all, postings...)
	}
	return all, nil
}

// postUnallocated enters money that is not put to any ticket: it is owed back to its payer.
func (s *Settler) postUnallocated(ctx context.Context, tx *store.Tx, a *payment.Attempt, amount money.Amount, now time.Time) error {
	err := tx.AddEntry(ctx, ledger.Entry{
		ID: "unallocated-" + a.ID.Ref(), Kind: ledger.Unallocated, Ref: string(a.ID), Entered: now, Effective: now,
		Postings: ledger.ForUnallocated(amount),
	})
	if err != nil {
		return err
	}
	return Raise(ctx, tx, payment.ExceptionUnallocated, a.ID.Ref(), amount, a.Reason, now)
}

// parkMail leaves a mail to the payer to be sent, the receipt's say. It opens nothing: the handler that may open the
// address is the office's. No row is due before there is one: what nobody can do stands in nobody's way.
func (s *Settler) parkMail(ctx context.Context, tx *store.Tx, kind string, a *payment.Attempt, p payment.Payment, now time.Time) error {
	if len(p.SealedEmail) == 0 {
		return nil
	}
	t, err := NewTask(kind, a.ID, 1, struct{}{}, now)
	if err != nil {
		return err
	}
	due := time.Time{}
	if _, ok := s.handlers[kind]; ok {
		due = now
	}
	return tx.AddTask(ctx, t, due, time.Time{})
}

// moveTicketIn moves a ticket as its regime allows, where nobody has decided so.
func (s *Settler) moveTicketIn(ctx context.Context, tx *store.Tx, t ticket.Ticket, to ticket.State, why string, now time.Time) error {
	return s.moveTicketBy(ctx, tx, t, to, "", why, now)
}

// moveTicketBy moves a ticket as its regime allows, as by has decided; "" is the office itself, or somebody from outside.
func (s *Settler) moveTicketBy(ctx context.Context, tx *store.Tx, t ticket.Ticket, to ticket.State, by, why string, now time.Time) error {
	regime, ok := ticket.RegimeOf(t.Regime)
	if !ok || !regime.May(t.State, to) {
		return fmt.Errorf("a ticket of regime %q can't go from %s to %s", t.Regime, t.State, to)
	}
	if t.State == ticket.Hold { // its clock goes on, should it ever be owed again
		if err := tx.AddTicketEventBy(ctx, t.ID, ticket.HoldUntil, now, now, by, why); err != nil {
			return err
		}
	}
	return tx.MoveTicketBy(ctx, t.ID, t.Version, to, now, by, why)
}
