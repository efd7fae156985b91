package settle

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// TicketLeaf is what the log is told of a person's decision about a ticket. Why stays here.
type TicketLeaf struct {
	Ticket string `json:"ticket"`
	From   string `json:"from"`
	To     string `json:"to"`
	Who    string `json:"who"`
	Second string `json:"approved_by,omitempty"` // where it takes two
	Refund string `json:"refund"`                // that was asked for with it
}

// Decided is what a decision about a ticket came to.
type Decided struct {
	From   ticket.State
	Refund *payment.Refund // of a paid ticket: it waits for a second person
	Owed   money.Amount    // that was paid and that a person has to give back in another way: no refund was asked for
}

// DecideTicket ends a ticket, because a person says so: it is withdrawn, cancelled or void, as its regime allows. What
// was still owed is posted back. Of a paid one, the refund of all that is left of its payment is asked for in the same
// transaction and the same name; a second person approves it. A ticket.DecisionRefusal says why not.
func (s *Settler) DecideTicket(ctx context.Context, id ticket.ID, to ticket.State, why, by string, apply bool) (Decided, error) {
	if !payment.StaffName(by) {
		return Decided{}, &payment.CorrectionRefusal{Reason: payment.RefusedWho}
	}
	var d Decided
	err := s.tryWrite(ctx, fault.DecideTicket, apply, func(ctx context.Context, tx *store.Tx) error {
		a, t, err := lockMayEnd(ctx, tx, id, to, why, by)
		if err != nil {
			return err
		}
		d = Decided{From: t.State}
		return s.endTicketIn(ctx, tx, t, to, why, by, "", a, &d)
	})
	if err != nil {
		return Decided{}, fmt.Errorf("decide about ticket: %w", err)
	}
	return d, nil
}

// notByTaker refuses a person who took a payment of a ticket: one that was kept could be hidden behind the ticket's end, or
// behind a clock that stands.
func notByTaker(ctx context.Context, tx *store.Tx, t ticket.Ticket, by string) error {
	took, err := tx.TookMoney(ctx, t.ID, by)
	if err == nil && took {
		return &ticket.DecisionRefusal{Reason: ticket.DecisionMoney, State: t.State}
	}
	return err
}

// lockMayEnd locks a ticket, its payment first, and says why somebody may not end it.
func lockMayEnd(ctx context.Context, tx *store.Tx, id ticket.ID, to ticket.State, why, by string) (payment.Attempt, ticket.Ticket, error) {
	a, found, err := lockToEnd(ctx, tx, id)
	if err != nil {
		return a, ticket.Ticket{}, err
	}
	t := found.Ticket
	regime, ok := ticket.RegimeOf(t.Regime)
	if !ok {
		return a, t, fmt.Errorf("ticket of unknown regime %q", t.Regime)
	}
	if no := ticket.Decide(regime, t, to, why, a.Receipt != ""); no != nil {
		return a, t, no
	}
	return a, t, notConcerned(ctx, tx, t, by)
}

// notConcerned is the refusal of who has entered a ticket by hand, or has taken a payment of it.
func notConcerned(ctx context.Context, tx *store.Tx, t ticket.Ticket, by string) error {
	if err := notEntered(ctx, tx, t, by); err != nil {
		return err
	}
	return notByTaker(ctx, tx, t, by)
}

// notEntered is the refusal of who has entered a ticket by hand: somebody else ends it.
func notEntered(ctx context.Context, tx *store.Tx, t ticket.Ticket, by string) error {
	entered, err := tx.EnteredBy(ctx, t.ID)
	if err == nil && entered == by {
		return &ticket.DecisionRefusal{Reason: ticket.DecisionSame, State: t.State}
	}
	return err
}

func (s *Settler) endTicketIn(ctx context.Context, tx *store.Tx, t ticket.Ticket, to ticket.State, why, by, second string, a payment.Attempt, d *Decided) error {
	now := s.Now()
	if t.State == ticket.Hold {
		if err := tx.AddTicketEventBy(ctx, t.ID, ticket.HoldUntil, now, now, by, why); err != nil {
			return err
		}
	}
	if err := tx.MoveTicketBy(ctx, t.ID, t.Version, to, now, by, why); err != nil {
		return err
	}
	if t.State != ticket.Paid {
		if err := s.voidIn(ctx, tx, t, string(t.ID), now); err != nil {
			return err
		}
	}
	if err := s.giveTicketBackIn(ctx, tx, t, by, a, d, now); err != nil {
		return err
	}
	leaf := TicketLeaf{Ticket: string(t.ID), From: string(t.State), To: string(to), Who: by, Second: second}
	if d.Refund != nil {
		leaf.Refund = string(d.Refund.ID)
	}
	return tx.Tell(ctx, "ticket", now, leaf)
}

// voidIn posts back what is still owed of a ticket that is owed no more. It is posted once, by what stands for it: no
// state leads back.
func (s *Settler) voidIn(ctx context.Context, tx *store.Tx, t ticket.Ticket, once string, now time.Time) error {
	before, err := tx.PostingsOfTicket(ctx, t.ID)
	if err != nil {
		return err
	}
	owed, err := ledger.OwedBy(before)
	if err != nil {
		return fmt.Errorf("add up ticket: %w", err)
	}
	key := ""
	for _, p := range before { // what it was posted by when it was issued, whatever the rules say by now
		key = cmp.Or(key, ledger.KeyOf(p.Credit), ledger.KeyOf(p.Debit))
	}
	postings, err := ledger.ForVoid(t.ID, owed, key)
	if err != nil || len(postings) == 0 {
		return err
	}
	effective, err := tx.OpenInstant(ctx, now)
	if err != nil {
		return err
	}
	return tx.AddEntry(ctx, ledger.Entry{
		ID: "void-" + once, Kind: ledger.Voided, Ref: once, Entered: now, Effective: effective, Postings: postings,
	})
}

// giveTicketBackIn asks for the refund of all that is left of a ticket's payment. What can't go back to a card, and what
// was paid of it in part before, is given back by a person who knows where: either way it stays in the queue until it is.
func (s *Settler) giveTicketBackIn(ctx context.Context, tx *store.Tx, t ticket.Ticket, by string, a payment.Attempt, d *Decided, now time.Time) error {
	left := money.Zero
	if t.State == ticket.Paid {
		sources, err := Sources(ctx, tx, a)
		if err != nil {
			return err
		}
		for _, one := range sources {
			if one.Ticket != t.ID {
				continue
			}
			if left, err = one.Left(); err != nil {
				return err
			}
		}
	}
	parts, err := partsLeft(ctx, tx, t.ID, a.ID)
	if err != nil {
		return err
	}
	all, err := left.Add(parts)
	if err != nil {
		return err
	}
	if all.Cmp(money.Zero) <= 0 {
		return nil // nothing was paid, or it is all given back, or under way
	}
	if err := Raise(ctx, tx, payment.ExceptionTicket, string(t.ID), all, "it was ended after it was paid: its payment is to be given back", now); err != nil {
		return err
	}
	if d.Owed = parts; left.Cmp(money.Zero) <= 0 {
		return nil
	}
	if a.ProcessorRef == "" {
		d.Owed = all
		return nil
	}
	r, err := s.askRefundIn(ctx, tx, a, func(all money.Amount) payment.RefundAsk {
		return payment.RefundAsk{Way: payment.ByProcessor, Ticket: t.ID, Amount: left, Expected: all, Reason: payment.ReasonCancelled, By: by}
	}, nil, now)
	if err != nil {
		return err
	}
	d.Refund = &r
	return nil
}

// withdrawnIn takes tickets out of the queue that were ended after they were paid, once all that was paid of them is given
// back, with the refund that is going through.
func withdrawnIn(ctx context.Context, tx *store.Tx, r *payment.Refund, now time.Time) error {
	for _, part := range r.Parts {
		if part.Ticket == "" {
			continue
		}
		t, err := tx.Ticket(ctx, part.Ticket)
		if err != nil {
			return err
		}
		if !t.State.Gone() {
			continue
		}
		if err := nothingLeftIn(ctx, tx, part.Ticket, r.ID, "given back", now); err != nil {
			return err
		}
	}
	return nil
}

// nothingLeftIn takes a ticket that was ended out of the queue, unless something that was paid of it is still to be given
// back. The refund that is going through counts as given.
func nothingLeftIn(ctx context.Context, tx *store.Tx, id ticket.ID, through payment.RefundID, why string, now time.Time) error {
	attempts, err := tx.AttemptsOfTicket(ctx, id)
	if err != nil {
		return err
	}
	for _, one := range attempts {
		a, err := tx.Attempt(ctx, one)
		if err != nil {
			return err
		}
		left, err := ungivenOf(ctx, tx, a, id, through)
		if err != nil || left.Cmp(money.Zero) > 0 {
			return err
		}
	}
	return Settled(ctx, tx, payment.ExceptionTicket, string(id), why, "", now)
}

// partsLeft is what attempts other than the last have brought for a ticket and was not given back.
func partsLeft(ctx context.Context, tx *store.Tx, id ticket.ID, last payment.AttemptID) (money.Amount, error) {
	sum := money.Zero
	attempts, err := tx.AttemptsOfTicket(ctx, id)
	if err != nil {
		return sum, err
	}
	for _, one := range attempts {
		if one == last {
			continue
		}
		a, err := tx.Attempt(ctx, one)
		if err != nil {
			return sum, err
		}
		left, err := ungivenOf(ctx, tx, a, id, "")
		if err != nil {
			return sum, err
		}
		if sum, err = sum.Add(left); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// ungivenOf is what an attempt has brought for a ticket and was not given back. What is only asked for was not.
func ungivenOf(ctx context.Context, tx *store.Tx, a payment.Attempt, id ticket.ID, through payment.RefundID) (money.Amount, error) {
	left := money.Zero
	sources, err := Sources(ctx, tx, a)
	if err != nil {
		return left, err
	}
	for _, one := range sources {
		if one.Ticket == id {
			if left, err = left.Add(one.Taken); err != nil {
				return left, err
			}
		}
	}
	refunds, err := tx.RefundsOfAttempt(ctx, a.ID)
	if err != nil {
		return left, err
	}
	for _, r := range refunds {
		for _, part := range r.Parts {
			if part.Ticket == id && (r.State.Given() || r.ID == through) {
				if left, err = left.Sub(part.Amount); err != nil {
					return left, err
				}
			}
		}
	}
	return left, nil
}
