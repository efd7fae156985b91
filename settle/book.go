package settle

import (
	"context"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/ident"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// bookLeaf tells the log of a book of paper tickets. Its officer stands there by number.
func bookLeaf(ctx context.Context, tx *store.Tx, b ticket.Book, act, number, who string, now time.Time) error {
	return tx.Tell(ctx, "book", now, map[string]any{
		"book": b.ID, "first": b.Number(b.First), "last": b.Number(b.Last), "act": act, "officer": b.Officer, "number": number, "who": who,
	})
}

// ReceiveBook keeps a book of paper tickets that came from the printer. A ticket.BookRefusal says why not.
func (s *Settler) ReceiveBook(ctx context.Context, series, first, last, by string) (ticket.Book, error) {
	if !payment.StaffName(by) {
		return ticket.Book{}, &payment.CorrectionRefusal{Reason: payment.RefusedWho}
	}
	r, no := ticket.ParseRange(series, first, last)
	if no != nil {
		return ticket.Book{}, no
	}
	b := ticket.Book{ID: ident.New("book"), Range: r, ReceivedBy: by, Version: 1}
	err := s.Store.Write(ctx, fault.KeepBook, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.LockSettlement(ctx); err != nil { // of two who enter the same book at once, the second finds the first's
			return err
		}
		others, err := tx.BooksWith(ctx, r)
		if err != nil {
			return err
		}
		for _, o := range others {
			if o.BackAt.IsZero() {
				return &ticket.BookRefusal{Field: "first", Reason: ticket.BookOverlap}
			}
		}
		b.ReceivedAt = s.Now()
		if err := tx.InsertBook(ctx, b); err != nil {
			return err
		}
		return bookLeaf(ctx, tx, b, "received", "", by, b.ReceivedAt)
	})
	if err != nil {
		return ticket.Book{}, fmt.Errorf("receive book: %w", err)
	}
	return b, nil
}

// onBook does one thing to a book, in a transaction that has locked it.
func (s *Settler) onBook(ctx context.Context, id, act, by string, fn func(ctx context.Context, tx *store.Tx, b *ticket.Book, now time.Time) error) error {
	if !payment.StaffName(by) {
		return &payment.CorrectionRefusal{Reason: payment.RefusedWho}
	}
	err := s.Store.Write(ctx, fault.KeepBook, func(ctx context.Context, tx *store.Tx) error {
		b, err := tx.LockBook(ctx, id)
		if err != nil {
			return err
		}
		now := s.Now()
		if err := fn(ctx, tx, &b, now); err != nil {
			return err
		}
		if err := tx.MoveBook(ctx, b); err != nil {
			return err
		}
		return bookLeaf(ctx, tx, b, act, "", by, now)
	})
	if err != nil {
		return fmt.Errorf("%s book: %w", act, err)
	}
	return nil
}

// HandBook keeps that a book was handed to an officer.
func (s *Settler) HandBook(ctx context.Context, id, officer, by string) error {
	return s.onBook(ctx, id, "handed", by, func(_ context.Context, _ *store.Tx, b *ticket.Book, now time.Time) error {
		switch {
		case !b.HandedAt.IsZero():
			return &ticket.BookRefusal{Field: "officer", Reason: ticket.BookState}
		case !ticket.OfficerNumber(officer):
			return &ticket.BookRefusal{Field: "officer", Reason: ticket.BookForm}
		}
		b.Officer, b.HandedBy, b.HandedAt = officer, by, now
		return nil
	})
}

// BookBack keeps that a book was brought back. What is missing of it stays missing.
func (s *Settler) BookBack(ctx context.Context, id, by string) error {
	return s.onBook(ctx, id, "back", by, func(_ context.Context, _ *store.Tx, b *ticket.Book, now time.Time) error {
		if b.HandedAt.IsZero() || !b.BackAt.IsZero() {
			return &ticket.BookRefusal{Field: "officer", Reason: ticket.BookState}
		}
		b.BackBy, b.BackAt = by, now
		return nil
	})
}

// MarkNumber keeps that a number of a book was spoiled or is lost, with the reason.
func (s *Settler) MarkNumber(ctx context.Context, id, number string, fate ticket.Fate, why, by string) error {
	if !payment.StaffName(by) {
		return &payment.CorrectionRefusal{Reason: payment.RefusedWho}
	}
	err := s.Store.Write(ctx, fault.KeepBook, func(ctx context.Context, tx *store.Tx) error {
		b, err := tx.LockBook(ctx, id)
		if err != nil {
			return err
		}
		used, err := tx.UsedNumbers(ctx, b)
		if err != nil {
			return err
		}
		marked, err := tx.MarkedNumbers(ctx, id)
		if err != nil {
			return err
		}
		n, _ := b.Has(number)
		_, isUsed := used[n]
		_, isMarked := marked[n]
		n, no := ticket.MarkOf(b, number, fate, why, isUsed, isMarked)
		if no != nil {
			return no
		}
		now := s.Now()
		if err := tx.MarkNumber(ctx, id, n, fate, why, by, now); err != nil {
			return err
		}
		return bookLeaf(ctx, tx, b, string(fate), b.Number(n), by, now)
	})
	if err != nil {
		return fmt.Errorf("mark number: %w", err)
	}
	return nil
}

// EnterTicket writes a paper ticket that a person has entered by hand, made ready as an import makes one, in one
// transaction. A ticket.WrittenRefusal says why not: it is here already, its book says that it can't be, or no book has it
// and w does not say why.
func (s *Settler) EnterTicket(ctx context.Context, b store.ImportBatch, w ticket.Written, by string) error {
	if !payment.StaffName(by) || len(b.Rows) != 1 {
		return &payment.CorrectionRefusal{Reason: payment.RefusedWho}
	}
	t := b.Rows[0].Ticket
	err := s.Store.EnterTicket(ctx, b, by, func(ctx context.Context, tx *store.Tx) error {
		return againstBook(ctx, tx, t, w.NoBook)
	}, func(ctx context.Context, tx *store.Tx) error {
		if !w.NoBook {
			return nil
		}
		if err := tx.AddTicketEventBy(ctx, t.ID, ticket.NoBookEvent, b.At, b.At, by, w.NoBookWhy); err != nil {
			return err
		}
		return tx.Tell(ctx, "ticket_no_book", b.At, map[string]any{"ticket": string(t.ID), "who": by, "why_sha256": digestOf([]byte(w.NoBookWhy))})
	})
	if err != nil {
		return fmt.Errorf("enter ticket: %w", err)
	}
	return nil
}

// againstBook is the refusal of a number whose book says that it can't be a ticket. One that was lost can: it was found.
// One that no book has is refused where books of its series and beginning were received, unless its paper is said to have
// come without one; a number whose like no book has is a city's that keeps none of such.
func againstBook(ctx context.Context, tx *store.Tx, t ticket.Ticket, noBook bool) error {
	r, no := ticket.ParseRange(t.Series, t.Number, t.Number)
	if no != nil {
		return nil
	}
	books, err := tx.BooksWith(ctx, r)
	if err != nil {
		return err
	}
	if len(books) == 0 {
		kept, err := tx.BooksLike(ctx, r.Series, r.Prefix)
		if err == nil && kept && !noBook {
			return &ticket.WrittenRefusal{Field: "number", Reason: ticket.WrittenNoBook}
		}
		return err
	}
	if noBook {
		return &ticket.WrittenRefusal{Field: "number", Reason: ticket.WrittenOfBook}
	}
	marked, err := tx.MarkedNumbers(ctx, books[0].ID)
	switch {
	case err != nil:
		return err
	case marked[r.First] == ticket.Spoiled:
		return &ticket.WrittenRefusal{Field: "number", Reason: ticket.WrittenSpoiled}
	case books[0].HandedAt.IsZero():
		return &ticket.WrittenRefusal{Field: "number", Reason: ticket.WrittenInStore}
	}
	return nil
}
