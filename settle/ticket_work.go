package settle

import (
	"context"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// onTicket does one thing to a ticket in one transaction that has locked it, with its events read. A crash leaves all of
// it or nothing.
func (s *Settler) onTicket(ctx context.Context, step fault.Step, id ticket.ID, by string, fn func(ctx context.Context, tx *store.Tx, t ticket.Ticket, r ticket.Regime, now time.Time) error) error {
	if !payment.StaffName(by) {
		return &payment.CorrectionRefusal{Reason: payment.RefusedWho}
	}
	err := s.Store.Write(ctx, step, func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.LockTickets(ctx, []ticket.ID{id})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("ticket: %w", store.ErrNotFound)
		}
		if err := tx.ReadEvents(ctx, &found[0]); err != nil {
			return err
		}
		t := found[0].Ticket
		regime, ok := ticket.RegimeOf(t.Regime)
		if !ok {
			return fmt.Errorf("ticket of unknown regime %q", t.Regime)
		}
		return fn(ctx, tx, t, regime, s.Now())
	})
	if err != nil {
		return fmt.Errorf("%s: %w", step, err)
	}
	return nil
}

// HoldTicket stops a ticket's clock, because a person says so: no day counts, and nothing is taken, until the hold is
// released. A ticket.DecisionRefusal says why not.
func (s *Settler) HoldTicket(ctx context.Context, id ticket.ID, why, by string) error {
	return s.onTicket(ctx, fault.MoveTicket, id, by, func(ctx context.Context, tx *store.Tx, t ticket.Ticket, r ticket.Regime, now time.Time) error {
		if no := ticket.HoldOf(r, t, why); no != nil {
			return no
		}
		if err := notByTaker(ctx, tx, t, by); err != nil {
			return err
		}
		if err := tx.AddTicketEventBy(ctx, id, ticket.HoldFrom, now, now, by, why); err != nil {
			return err
		}
		return s.movedByIn(ctx, tx, t, ticket.Hold, why, by, "", now)
	})
}

// ReleaseTicket ends a hold: the clock goes on where it stood. A ticket.DecisionRefusal says why not.
func (s *Settler) ReleaseTicket(ctx context.Context, id ticket.ID, why, by string) error {
	return s.onTicket(ctx, fault.MoveTicket, id, by, func(ctx context.Context, tx *store.Tx, t ticket.Ticket, r ticket.Regime, now time.Time) error {
		to, no := ticket.ReleaseOf(r, t, why)
		if no != nil {
			return no
		}
		if to == ticket.Review {
			decided, err := reviewDecided(ctx, tx, id)
			if err != nil {
				return err
			}
			if decided {
				to = ticket.Open
			}
		}
		return s.unheldIn(ctx, tx, t, to, why, by, "", now)
	})
}

// ChargeTicket keeps that a charge was laid for a ticket: from then on nothing is taken here. No state but withdrawn
// follows. A ticket.DecisionRefusal says why not.
func (s *Settler) ChargeTicket(ctx context.Context, id ticket.ID, why, by string) error {
	return s.onTicket(ctx, fault.MoveTicket, id, by, func(ctx context.Context, tx *store.Tx, t ticket.Ticket, r ticket.Regime, now time.Time) error {
		if err := s.mayCharge(t, r, why, now); err != nil {
			return err
		}
		return s.unheldIn(ctx, tx, t, ticket.Court, why, by, "", now)
	})
}

func (s *Settler) mayCharge(t ticket.Ticket, r ticket.Regime, why string, now time.Time) error {
	no, err := ticket.ChargeOf(r, t, s.Rules(), s.City, why, now)
	if err != nil {
		return err
	}
	if no != nil {
		return no
	}
	return nil
}

// unheldIn moves a ticket; where it was on hold, its clock goes on.
func (s *Settler) unheldIn(ctx context.Context, tx *store.Tx, t ticket.Ticket, to ticket.State, why, by, second string, now time.Time) error {
	if t.State == ticket.Hold {
		if err := tx.AddTicketEventBy(ctx, t.ID, ticket.HoldUntil, now, now, by, why); err != nil {
			return err
		}
	}
	return s.movedByIn(ctx, tx, t, to, why, by, second, now)
}

func (s *Settler) movedByIn(ctx context.Context, tx *store.Tx, t ticket.Ticket, to ticket.State, why, by, second string, now time.Time) error {
	if err := tx.MoveTicketBy(ctx, t.ID, t.Version, to, now, by, why); err != nil {
		return err
	}
	return tx.Tell(ctx, "ticket", now, TicketLeaf{Ticket: string(t.ID), From: string(t.State), To: string(to), Who: by, Second: second})
}

// NoteTicket keeps what a person notes about a ticket. By rule it says nothing personal: a leaf tells that it was noted,
// and the words stay here. nth is which note of its ticket this one was to be when its page was made: the same words of
// the same person are then the note that stands already, for a page is sent twice by a double press, and by who was not
// answered. 0: it is sent once.
func (s *Settler) NoteTicket(ctx context.Context, id ticket.ID, nth int, note, by string) error {
	return s.onTicket(ctx, fault.NoteTicket, id, by, func(ctx context.Context, tx *store.Tx, t ticket.Ticket, _ ticket.Regime, now time.Time) error {
		if no := ticket.NoteOf(t, note); no != nil {
			return no
		}
		if nth > 0 {
			if stands, err := tx.SameTicketNote(ctx, id, nth, by, note); err != nil || stands {
				return err
			}
		}
		n, err := tx.AddTicketNote(ctx, id, by, note, now)
		if err != nil {
			return err
		}
		return tx.Tell(ctx, "ticket_note", now, map[string]any{"ticket": string(id), "n": n, "who": by, "note_sha256": digestOf([]byte(note))})
	})
}
