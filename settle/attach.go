package settle

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/ident"
	"fundy/money"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
	"fundy/ticket"
)

// attach makes a payment and its attempt again from what the processor keeps of its session, and brings it
// to where the session is, in one transaction. placed: its tickets are known, and their sum is the session's.
// Else it is made without any: then what is set aside is released, what was taken is an unallocated
// receipt, and a person is told. The id of the attempt is the one that it had: the payer's address is good.
func (s *Settler) attach(ctx context.Context, m *missed) (placed bool, err error) {
	id := payment.AttemptID(m.OurRef)
	err = s.Store.Write(ctx, fault.AttachSession, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Attempt(ctx, id); !errors.Is(err, store.ErrNotFound) {
			placed = true
			return err // another office was quicker
		}
		now := s.Now()
		p, err := s.rebuild(ctx, tx, m)
		if err != nil {
			return err
		}
		placed = len(p.Tickets) > 0
		a := payment.Attempt{
			ID: id, Payment: p.ID, Adapter: s.Adapter, Amount: p.Total, CreatedAt: m.snap.CreatedAt, ExpiresAt: m.snap.ExpiresAt,
		}
		if err := errors.Join(tx.InsertPayment(ctx, p), tx.InsertAttempt(ctx, a), s.attachLeaf(ctx, tx, p, a, now)); err != nil {
			return err
		}
		a, err = tx.LockAttempt(ctx, id)
		if err != nil {
			return err
		}
		a.Session, a.SessionURL, a.ProcessorRef, a.RefreshedAt = m.snap.Session, m.snap.URL, m.snap.Payment, now
		if err := s.moveIn(ctx, tx, &a, payment.SessionMade, "found at the processor after a restore", now); err != nil {
			return err
		}
		if s.tookIt(a, m.snap) {
			return s.tookItIn(ctx, tx, &a, m.snap, now)
		}
		return s.applyIn(ctx, tx, &a, m.snap, now)
	})
	if err != nil {
		return false, fmt.Errorf("attach session: %w", err)
	}
	if placed {
		return true, nil
	}
	s.Log.Error("settle: a payment since the backup can't be put to its tickets", "alarm", "restore_unplaced", "attempt", id.Ref(), "money", string(m.snap.PayState))
	return false, s.Close(ctx, id) // where its page is still open, nobody is to pay there
}

// rebuild is the payment as far as it is known: without tickets where one is not, or where they do not come to
// what the session asks for.
func (s *Settler) rebuild(ctx context.Context, tx *store.Tx, m *missed) (payment.Payment, error) {
	hash := sha256.Sum256([]byte("restored\x00" + m.Session)) // of no request's content: none is the same
	p := payment.Payment{
		ID: payment.ID(ident.New("pay")), RequestID: "restored/" + m.OurRef, RequestHash: hash[:], Channel: "web",
		Language: string(s.City.Languages[0]), Currency: s.City.Currency, Total: m.snap.Amount, QuotedAt: m.snap.CreatedAt, CreatedAt: m.snap.CreatedAt,
	}
	ids, amounts, sum := []ticket.ID{}, map[ticket.ID]money.Amount{}, money.Zero
	for _, line := range m.Tickets {
		ids, amounts[ticket.ID(line.ID)] = append(ids, ticket.ID(line.ID)), line.Amount
		var err error
		if sum, err = sum.Add(line.Amount); err != nil {
			return p, nil //nolint:nilerr // a sum that can't be is not this session's
		}
	}
	if !m.Readable || sum != m.snap.Amount || len(amounts) != len(ids) {
		return p, nil
	}
	tickets, err := tx.LockTickets(ctx, ids)
	if err != nil || len(tickets) != len(ids) {
		return p, err
	}
	rules := s.Rules()
	for _, t := range tickets {
		f, err := payment.Rebuild(t.Ticket, rules, s.City, amounts[t.ID], m.snap.CreatedAt)
		if err != nil {
			return p, err
		}
		p.Tickets = append(p.Tickets, f)
	}
	return p, nil
}

// attachedLeaf is what the log is told of a payment that was made again.
type attachedLeaf struct {
	Payment string   `json:"payment"`
	Attempt string   `json:"attempt"`
	Total   int64    `json:"total_minor"`
	Tickets []string `json:"tickets"`
}

func (s *Settler) attachLeaf(ctx context.Context, tx *store.Tx, p payment.Payment, a payment.Attempt, now time.Time) error {
	opening := attachedLeaf{Payment: string(p.ID), Attempt: a.ID.Ref(), Total: p.Total.Minor(), Tickets: []string{}}
	for _, f := range p.Tickets {
		opening.Tickets = append(opening.Tickets, string(f.Ticket))
	}
	return tx.Tell(ctx, "payment_attached", now, opening)
}

// tookIt says whether a restored store sees the end of a payment whose middle it has lost: the money was taken
// as this office takes it. Outside a restore the same reading is alarmed.
func (s *Settler) tookIt(a payment.Attempt, snap processor.Snapshot) bool {
	switch a.State {
	case payment.Opened, payment.Expiring, payment.Processing, payment.Authorized, payment.CorrectedAuth:
		return snap.PayState == processor.PaymentSucceeded && s.fits(a, snap)
	}
	return false
}

// tookItIn goes the lost way again, line by line of the table, in one transaction: set aside, still owed, taken.
// Where a ticket is not owed any more, the money is an unallocated receipt, and a person is told.
func (s *Settler) tookItIn(ctx context.Context, tx *store.Tx, a *payment.Attempt, snap processor.Snapshot, now time.Time) error {
	if snap.Payment != "" {
		a.ProcessorRef = snap.Payment
	}
	p, err := tx.Payment(ctx, a.Payment)
	if err != nil {
		return err
	}
	tickets, err := s.candidates(ctx, tx, p, now)
	if err != nil {
		return err
	}
	const note = "found at the processor after a restore"
	if a.State != payment.Authorized && a.State != payment.CorrectedAuth {
		if err := s.moveIn(ctx, tx, a, payment.MoneySetAside, note, now); err != nil {
			return err
		}
	}
	if !payment.Accept(p.Tickets, tickets) {
		if err := s.moveIn(ctx, tx, a, payment.NotOwed, note, now); err != nil {
			return err
		}
		return s.takenIn(ctx, tx, a, now)
	}
	for _, f := range p.Tickets {
		if err := tx.Allocate(ctx, f.Ticket, a.ID, f.Total, tickets[f.Ticket].Ticket.State, now); err != nil {
			return err
		}
	}
	if err := s.moveIn(ctx, tx, a, payment.StillOwed, note, now); err != nil {
		return err
	}
	return s.takeIn(ctx, tx, a, p, "payment captured before the restore", now)
}
