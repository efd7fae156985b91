package settle

import (
	"context"
	"fmt"
	"time"

	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// AskTransfer puts before a second person that the money of a ticket goes to another one, or says in a
// payment.CorrectionRefusal why not.
func (s *Settler) AskTransfer(ctx context.Context, id payment.AttemptID, ask payment.TransferAsk, apply bool) (payment.Correction, error) {
	return s.askIn(ctx, id, apply, func(ctx context.Context, tx *store.Tx, a payment.Attempt, now time.Time) (payment.Correction, error) {
		t, err := s.transfer(ctx, tx, a, ask, now)
		return t.Correction, err
	})
}

// transfer is one that may be made, with what it needs.
type transfer struct {
	payment.Correction
	payment  payment.Payment
	from, to ticket.Ticket
	had      store.Allocation
	price    payment.Frozen // of the target, at the instant of the quote that was paid
}

// transfer decides about a transfer as everything stands. The caller has locked the attempt; the tickets
// are locked here, in ascending id.
func (s *Settler) transfer(ctx context.Context, tx *store.Tx, a payment.Attempt, ask payment.TransferAsk, now time.Time) (transfer, error) {
	var t transfer
	var err error
	if t.payment, err = tx.Payment(ctx, a.Payment); err != nil {
		return t, err
	}
	sources, err := Sources(ctx, tx, a)
	if err != nil {
		return t, err
	}
	var source payment.Source
	for _, one := range sources {
		if one.Ticket == ask.From {
			source = one
		}
	}
	was, err := frozenOf(t.payment, ask.From)
	if err != nil || source.Ticket == "" {
		return t, &payment.CorrectionRefusal{Reason: payment.RefusedNotTaken}
	}
	if err := s.readBoth(ctx, tx, &t, a, ask, was.QuotedAt); err != nil {
		return t, err
	}
	if t.had.Ticket == "" {
		return t, &payment.CorrectionRefusal{Reason: payment.RefusedNotTaken} // it has paid a part of it, or nothing by now
	}
	source.State = t.from.State
	if a.Adapter == payment.CounterAdapter {
		source.Taken = t.had.Amount // with what rounding let go: that was posted as paid, and goes along
	}
	again, err := gaveBackBefore(ctx, tx, a, ask.To)
	if err != nil {
		return t, err
	}
	regime, ok := ticket.RegimeOf(t.to.Regime)
	if !ok {
		return t, fmt.Errorf("ticket of unknown regime %q", t.to.Regime)
	}
	target := payment.Candidate{Ticket: t.to, Standing: ticket.Stand(regime, t.to, now)}
	c, no := payment.AskTransfer(ask, a, source, target, t.price, again, now)
	if no != nil {
		return t, no
	}
	t.Correction = c
	return t, nil
}

// readBoth reads the two tickets, the source's allocation, and the target's price at the quote's instant.
func (s *Settler) readBoth(ctx context.Context, tx *store.Tx, t *transfer, a payment.Attempt, ask payment.TransferAsk, quotedAt time.Time) error {
	found, err := tx.LockTickets(ctx, []ticket.ID{ask.From, ask.To})
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.ID == ask.From {
			t.from = f.Ticket
		}
		if f.ID != ask.To {
			continue
		}
		if err := tx.ReadEvents(ctx, &f); err != nil {
			return err
		}
		t.to = f.Ticket
	}
	if t.from.ID == "" || t.to.ID == "" {
		return fmt.Errorf("ticket: %w", store.ErrNotFound)
	}
	if t.price, err = payment.PriceAt(t.to, s.Rules(), s.City, quotedAt); err != nil {
		return err
	}
	had, err := tx.Allocations(ctx, a.ID)
	for _, al := range had {
		if al.Ticket == ask.From {
			t.had = al
		}
	}
	return err
}

// gaveBackBefore says whether money of an attempt was given back of a ticket, or is asked for.
func gaveBackBefore(ctx context.Context, tx *store.Tx, a payment.Attempt, id ticket.ID) (bool, error) {
	refunds, err := tx.RefundsOfAttempt(ctx, a.ID)
	if err != nil {
		return false, err
	}
	for _, r := range refunds {
		for _, p := range r.Parts {
			if p.Ticket == id && (r.State.Counts() || !r.ReopenedAt.IsZero()) {
				return true, nil
			}
		}
	}
	return false, nil
}

// transferIn moves the money, in the transaction that approves it: the source is owed again as it was before, by its
// own clock, the target is paid, and the money counts as paid when it was paid. No cent moves at the processor.
func (s *Settler) transferIn(ctx context.Context, tx *store.Tx, a payment.Attempt, c *payment.Correction, now time.Time) error {
	t, err := s.transfer(ctx, tx, a, payment.TransferAsk{From: c.From, To: c.To, Why: c.Why, By: c.AskedBy}, now)
	if err != nil {
		return err
	}
	c.Amount, c.Rest = t.Amount, t.Rest
	if err := s.postTransfer(ctx, tx, a, t, c.ID, now); err != nil {
		return err
	}
	if err := tx.UndoAllocation(ctx, t.from.ID, a.ID, now); err != nil {
		return err
	}
	if err := tx.Allocate(ctx, t.to.ID, a.ID, t.price.Total, t.to.State, now); err != nil {
		return err
	}
	if err := tx.MovePaymentTicket(ctx, a.Payment, t.from.ID, t.price, now); err != nil {
		return err
	}
	to, err := freed(ctx, tx, t.had)
	if err != nil {
		return err
	}
	if err := s.moveTicketIn(ctx, tx, t.from, to, "its payment was moved to another ticket", now); err != nil {
		return err
	}
	if err := s.moveTicketIn(ctx, tx, t.to, ticket.Paid, "a payment was moved to it", now); err != nil {
		return err
	}
	return chequesPaid(ctx, tx, t.to.ID, "", now)
}

func (s *Settler) postTransfer(ctx context.Context, tx *store.Tx, a payment.Attempt, t transfer, id string, now time.Time) error {
	effective, err := tx.OpenInstant(ctx, t.price.QuotedAt)
	if err != nil {
		return err
	}
	entry, err := tx.EntryOfTicket(ctx, a.ID, t.from.ID)
	if err != nil {
		return err
	}
	all, err := tx.PostingsOfEntry(ctx, entry)
	if err != nil {
		return err
	}
	var put []ledger.Posting
	for _, p := range all {
		if p.Ticket == t.from.ID {
			put = append(put, p)
		}
	}
	before, err := tx.PostingsOfTicket(ctx, t.to.ID)
	if err != nil {
		return err
	}
	owed, err := ledger.OwedBy(before)
	if err != nil {
		return fmt.Errorf("add up ticket: %w", err)
	}
	postings, err := ledger.ForTransfer(t.from.ID, put, t.to.ID, owed, t.price.Components, t.price.Revenue, owedTo(a))
	if err != nil {
		return fmt.Errorf("post transfer: %w", err)
	}
	return tx.AddEntry(ctx, ledger.Entry{
		ID: "transfer-" + id, Kind: ledger.Transferred, Ref: id, Entered: now, Effective: effective, Postings: postings,
	})
}

// giveRestBackIn puts what the new ticket cost less into the queue, once the transfer is written, and asks for its
// refund in the name of who asked for the transfer: a second person approves that too.
func (s *Settler) giveRestBackIn(ctx context.Context, tx *store.Tx, a payment.Attempt, c payment.Correction, now time.Time) error {
	if c.State != payment.CorrectionDone || c.Rest.IsZero() {
		return nil
	}
	err := Raise(ctx, tx, payment.ExceptionUnallocated, a.ID.Ref(), c.Rest, "the ticket that its money was moved to cost less", now)
	if err != nil || a.ProcessorRef == "" {
		return err // by cheque: a person asks, who knows where it goes
	}
	_, err = s.askRefundIn(ctx, tx, a, func(left money.Amount) payment.RefundAsk {
		return payment.RefundAsk{Way: payment.ByProcessor, Free: true, Amount: c.Rest, Expected: left, Reason: payment.ReasonNotOwed, By: c.AskedBy}
	}, nil, now)
	return err
}
