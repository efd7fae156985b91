package settle

import (
	"context"
	"fmt"
	"strings"

	"fundy/desk"
	"fundy/fault"
	"fundy/payment"
	"fundy/store"
)

// AskWriteOff puts debts that were looked at before a second person. A BooksRefusal says why not: one ticket that can't be
// written off keeps all others from being, and what has changed since it was looked at is looked at again.
func (b *Books) AskWriteOff(ctx context.Context, ask DebtAsk) (store.TicketAsk, error) {
	a := store.TicketAsk{Kind: store.AskWriteOff, Why: strings.TrimSpace(ask.Why), AskedBy: ask.By, AskedAt: b.Now()}
	var err error
	switch a.Resolution, err = resolution(ask.Resolution); {
	case !payment.StaffName(ask.By):
		return a, refuse(RefusedStaff, "%q is not a name that staff can have", ask.By)
	case err != nil:
		return a, refuse(RefusedResolution, "%s", err)
	case a.Why == "" || len(a.Why) > longestWhy || strings.ContainsAny(a.Why, "\r\n"):
		return a, refuse(RefusedWhy, "say why, in one line of at most %d letters", longestWhy)
	case desk.HasCard(a.Why):
		return a, refuse(RefusedCard, "what you wrote looks like a card number: write it without")
	}
	looked, err := b.LookDebts(ctx, ask)
	switch {
	case err != nil:
		return a, err
	case len(looked.Not) > 0:
		return a, refuse(RefusedList, "%d tickets of the list can't be written off", len(looked.Not)).with("count", len(looked.Not))
	case len(looked.All) == 0:
		return a, refuse(RefusedEmptyList, "no ticket fits")
	case looked.Digest != ask.Digest:
		return a, refuse(RefusedMoved, "the debts are not as they were looked at: look again")
	}
	of := looked.asked()
	err = b.Store.Write(ctx, fault.AskTicket, func(ctx context.Context, tx *store.Tx) error {
		one := a
		if _, err := tx.LockTickets(ctx, ticketsOf(of)); err != nil { // of two who ask at once the second sees the first
			return err
		}
		if err := addAsk(ctx, tx, &one, of); err != nil {
			return err
		}
		a = one
		return nil
	})
	if err != nil {
		return a, fmt.Errorf("ask for write-off: %w", err)
	}
	return a, nil
}

// DecideWriteOff approves or refuses what another person has asked for. It is written altogether or not at all: where a
// ticket is not as it was when it was asked for, because it was paid, say, nothing is.
func (b *Books) DecideWriteOff(ctx context.Context, id string, approve bool, by string, apply bool) (store.TicketAsk, error) {
	var a store.TicketAsk
	err := tried(ctx, b.Store, fault.DecideAsk, apply, func(ctx context.Context, tx *store.Tx) error {
		read, err := tx.TicketAsk(ctx, id)
		if err == nil && read.Kind != store.AskWriteOff {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		of, err := tx.AskedTickets(ctx, id, MostAsked)
		if err != nil {
			return err
		}
		if _, err := tx.LockTickets(ctx, ticketsOf(of)); err != nil {
			return err
		}
		if a, err = tx.LockTicketAsk(ctx, id); err != nil {
			return err
		}
		if err := mayDecide(a, approve, by); err != nil {
			return err
		}
		a.State, a.DecidedBy, a.DecidedAt = store.AskRefused, by, b.Now()
		if approve {
			a.State = store.AskApproved
			if err := b.giveUpAsked(ctx, tx, a, of); err != nil {
				return err
			}
		}
		return endAsk(ctx, tx, &a, of)
	})
	if err != nil {
		return a, fmt.Errorf("decide write-off: %w", err)
	}
	return a, nil
}

// giveUpAsked writes the debts off that were asked for, each as it was then. The caller has locked them.
func (b *Books) giveUpAsked(ctx context.Context, tx *store.Tx, a store.TicketAsk, of []store.AskedTicket) error {
	for _, one := range of {
		t, err := tx.Ticket(ctx, one.Ticket)
		if err != nil {
			return err
		}
		owed, err := owedOn(ctx, tx, one.Ticket)
		if err != nil {
			return err
		}
		if owed != one.Amount || mayWriteOff(t.Ticket) != "" {
			return refuse(RefusedChanged, "ticket %s is not as it was when this was asked for: refuse it, and ask anew", t.Number).with("number", t.Number)
		}
	}
	var out WrittenOff
	if err := b.writeOffIn(ctx, tx, ticketsOf(of), a.AskedBy, a.Resolution, &out); err != nil {
		return err
	}
	if out.Tickets != len(of) || out.Amount != a.Amount {
		return fmt.Errorf("%d tickets with %s were asked for, and %d with %s would be written off", len(of), a.Amount, out.Tickets, out.Amount)
	}
	return nil
}
