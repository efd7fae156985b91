package settle

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"fundy/desk"
	"fundy/fault"
	"fundy/ledger"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// ReverseEntry undoes an entry of the counter while its batches are open, or says in a payment.CounterRefusal why
// not: the postings are posted the other way round, its tickets are what they were, at the price that their own
// clock says, and its tenders and its attempt are reversed. Once a batch is closed, money is refunded instead.
func (s *Settler) ReverseEntry(ctx context.Context, id payment.AttemptID, by, reason string) (Entry, error) {
	var e Entry
	err := s.Store.Write(ctx, fault.ReverseEntry, func(ctx context.Context, tx *store.Tx) error {
		a, err := tx.LockAttempt(ctx, id)
		if err != nil {
			return err
		}
		standing, tickets, err := standingOf(ctx, tx, a, true)
		if err != nil {
			return err
		}
		if no := reverseRefusal(standing, by, reason); no != nil {
			return no
		}
		if e, err = ReadEntry(ctx, tx, a); err != nil {
			return err
		}
		return s.reverseIn(ctx, tx, &e, tickets, by, reason, s.Now())
	})
	if err != nil {
		return Entry{}, fmt.Errorf("reverse entry: %w", err)
	}
	s.watchers.wake(id)
	return e, nil
}

// LookReverse says in a payment.CounterRefusal why an entry can't be undone, or nothing.
func (s *Settler) LookReverse(ctx context.Context, id payment.AttemptID, by, reason string) (e Entry, err error) {
	err = s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err := tx.Attempt(ctx, id)
		if err != nil {
			return err
		}
		standing, _, err := standingOf(ctx, tx, a, false)
		if err != nil {
			return err
		}
		if no := reverseRefusal(standing, by, reason); no != nil {
			return no
		}
		e, err = ReadEntry(ctx, tx, a)
		return err
	})
	return e, err
}

func reverseRefusal(e payment.EntryStanding, by, reason string) *payment.CounterRefusal {
	if desk.HasCard(reason) {
		return &payment.CounterRefusal{Reason: payment.TakeText}
	}
	return payment.ReverseEntry(e, by, reason)
}

// standingOf reads how an entry stands. Where it locks, the attempt has been locked: its tickets follow, then its
// batches, each in ascending id.
func standingOf(ctx context.Context, tx *store.Tx, a payment.Attempt, lock bool) (payment.EntryStanding, map[ticket.ID]payment.Candidate, error) {
	e := payment.EntryStanding{Attempt: a}
	p, err := tx.Payment(ctx, a.Payment)
	if err != nil {
		return e, nil, err
	}
	ids := make([]ticket.ID, 0, len(p.Tickets))
	for _, f := range p.Tickets {
		ids = append(ids, f.Ticket)
	}
	tickets, err := counterTickets(ctx, tx, ids, time.Time{}, lock)
	if err != nil {
		return e, nil, err
	}
	if e.Tenders, err = tx.Tenders(ctx, a.ID); err != nil {
		return e, nil, err
	}
	read := lockBatches
	if !lock {
		read = readBatches
	}
	if e.Batches, err = read(ctx, tx, e.Tenders); err != nil {
		return e, nil, err
	}
	if e.Refunds, err = tx.RefundsOfAttempt(ctx, a.ID); err != nil {
		return e, nil, err
	}
	parts, err := tx.Parts(ctx, a.ID)
	if err != nil {
		return e, nil, err
	}
	for _, part := range parts {
		switch tickets[part.Ticket].Ticket.State {
		case ticket.Paid, ticket.Confirming, ticket.WrittenOff:
			e.PaidSince = append(e.PaidSince, part.Ticket)
		}
	}
	return e, tickets, nil
}

func readBatches(ctx context.Context, tx *store.Tx, tenders []payment.Tender) ([]payment.Batch, error) {
	var all []payment.Batch
	for _, t := range tenders {
		b, err := tx.Batch(ctx, t.Batch)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

func (s *Settler) reverseIn(ctx context.Context, tx *store.Tx, e *Entry, tickets map[ticket.ID]payment.Candidate, by, reason string, now time.Time) error {
	if err := s.postBack(ctx, tx, e.Attempt, ledger.EntryUndone, "reverse-", now); err != nil {
		return err
	}
	if err := s.giveTicketsBack(ctx, tx, e.Attempt.ID, tickets, "entry reversed", now); err != nil {
		return err
	}
	if err := s.endedIn(ctx, tx, e.Attempt.ID, tickets, "entry reversed", now); err != nil {
		return err
	}
	for i := range e.Tenders {
		if err := tx.MoveTender(ctx, &e.Tenders[i], payment.TenderReversed, now, by, reason); err != nil {
			return err
		}
	}
	e.Attempt.Reason = "reversed"
	if err := s.moveIn(ctx, tx, &e.Attempt, payment.EntryReversed, "", now); err != nil {
		return err
	}
	if err := Settled(ctx, tx, payment.ExceptionOverpaid, e.Attempt.ID.Ref(), "entry reversed", by, now); err != nil {
		return err
	}
	if err := chargeOwedAgain(ctx, tx, e.Attempt.ID, by, now); err != nil {
		return err
	}
	if err := itemTakenBack(ctx, tx, e.Attempt.ID, by, now); err != nil {
		return err
	}
	return s.entryLeaf(ctx, tx, *e, "reversed", by, reason, now)
}

// postBack posts the other way round what an entry has posted: its capture, and what was put to no ticket.
func (s *Settler) postBack(ctx context.Context, tx *store.Tx, a payment.Attempt, kind ledger.Kind, prefix string, now time.Time) error {
	ref := a.ID.Ref()
	var postings []ledger.Posting
	for _, entry := range []string{"capture-" + ref, "unallocated-" + ref} {
		posted, err := tx.PostingsOfEntry(ctx, entry)
		if err != nil {
			return err
		}
		postings = append(postings, ledger.Reverse(posted)...)
	}
	effective, err := tx.OpenInstant(ctx, now)
	if err != nil {
		return err
	}
	return tx.AddEntry(ctx, ledger.Entry{ID: prefix + ref, Kind: kind, Ref: string(a.ID), Entered: now, Effective: effective, Postings: postings})
}

// giveTicketsBack makes the tickets of an entry what they were: owed, or, where somebody had asked that one be
// withdrawn, still to be decided. What was paid in part is not any more. One that was ended after it was paid stays so.
func (s *Settler) giveTicketsBack(ctx context.Context, tx *store.Tx, id payment.AttemptID, tickets map[ticket.ID]payment.Candidate, why string, now time.Time) error {
	had, err := tx.Allocations(ctx, id)
	if err != nil {
		return err
	}
	if err := tx.UndoAllocations(ctx, id, now); err != nil {
		return err
	}
	for _, al := range had {
		t := tickets[al.Ticket].Ticket
		if t.State.Gone() {
			continue
		}
		if err := s.moveTicketIn(ctx, tx, t, ticket.Reopened, why, now); err != nil {
			return err
		}
		to, err := freed(ctx, tx, al)
		if err != nil {
			return err
		}
		if to != ticket.Review {
			continue
		}
		// No regime lets a paid ticket be reviewed: it is owed again first.
		t.State, t.Version = ticket.Reopened, t.Version+1
		if err := s.moveTicketIn(ctx, tx, t, ticket.Review, why, now); err != nil {
			return err
		}
	}
	parts, err := tx.Parts(ctx, id)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err := tx.UndoPart(ctx, tickets[part.Ticket].Ticket, id, part.Amount, now, why); err != nil {
			return err
		}
	}
	return nil
}

// endedIn posts back what is owed of tickets that were ended after an attempt had paid them, once its payment is posted
// back: nothing is owed of them, and of that payment nothing is to be given back any more.
func (s *Settler) endedIn(ctx context.Context, tx *store.Tx, id payment.AttemptID, tickets map[ticket.ID]payment.Candidate, why string, now time.Time) error {
	for _, of := range slices.Sorted(maps.Keys(tickets)) {
		t := tickets[of].Ticket
		if !t.State.Gone() {
			continue
		}
		if err := s.voidIn(ctx, tx, t, string(of)+"-"+id.Ref(), now); err != nil {
			return err
		}
		if err := nothingLeftIn(ctx, tx, of, "", why, now); err != nil {
			return err
		}
	}
	return nil
}
