package settle

import (
	"context"

	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// Sources are where the money of an attempt is that can be given back: at each ticket that it has, and at
// none. The caller has locked the attempt, or only looks.
func Sources(ctx context.Context, tx *store.Tx, a payment.Attempt) ([]payment.Source, error) {
	refunds, err := tx.RefundsOfAttempt(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	free, err := freeOf(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	disputes, err := tx.DisputesOfAttempt(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	given := map[ticket.ID]money.Amount{}
	for _, r := range refunds {
		for _, p := range r.Parts {
			switch {
			case r.State.Counts():
				given[p.Ticket], err = given[p.Ticket].Add(p.Amount)
			case !r.ReopenedAt.IsZero(): // it came back, and its ticket is owed again: it is put to no ticket
				free, err = free.Add(p.Amount)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	var all []payment.Source
	if a.Receipt != "" {
		if all, err = ticketSources(ctx, tx, a, given); err != nil {
			return nil, err
		}
	}
	if free.Cmp(money.Zero) > 0 {
		all = append(all, payment.Source{Taken: free, Given: given[""]})
	}
	return takeBack(all, disputes)
}

func ticketSources(ctx context.Context, tx *store.Tx, a payment.Attempt, given map[ticket.ID]money.Amount) ([]payment.Source, error) {
	had, err := tx.Allocations(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	brought, err := broughtBy(ctx, tx, a, had)
	if err != nil {
		return nil, err
	}
	var all []payment.Source
	for _, al := range had {
		t, err := tx.Ticket(ctx, al.Ticket)
		if err != nil {
			return nil, err
		}
		regime, known := ticket.RegimeOf(t.Regime)
		all = append(all, payment.Source{
			Ticket: al.Ticket, Taken: brought[al.Ticket], Given: given[al.Ticket], State: t.State, Reopens: known && regime.May(t.State, ticket.Reopened),
		})
	}
	parts, err := partSources(ctx, tx, a, given)
	return append(all, parts...), err
}

// broughtBy is what an attempt's money is at each ticket that it has. At the counter that can be a few cents less
// than the ticket cost: what was let go or lost by rounding was never here, and is not where its money was moved to.
func broughtBy(ctx context.Context, tx *store.Tx, a payment.Attempt, had []store.Allocation) (map[ticket.ID]money.Amount, error) {
	brought := make(map[ticket.ID]money.Amount, len(had))
	if a.Adapter != payment.CounterAdapter {
		for _, al := range had {
			brought[al.Ticket] = al.Amount
		}
		return brought, nil
	}
	brought, err := tx.TakenByTicket(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	moved, err := tx.TransfersOf(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	for _, m := range moved {
		if brought[m.To], err = brought[m.From].Sub(m.Rest); err != nil {
			return nil, err
		}
	}
	return brought, nil
}

// partSources are the parts that an attempt has paid of tickets of which nothing is owed any more. While something is,
// a part stays where it is: given back alone, it would have to be owed again alone.
func partSources(ctx context.Context, tx *store.Tx, a payment.Attempt, given map[ticket.ID]money.Amount) ([]payment.Source, error) {
	parts, err := tx.Parts(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	var all []payment.Source
	for _, part := range parts {
		t, err := tx.Ticket(ctx, part.Ticket)
		if err != nil {
			return nil, err
		}
		switch t.State {
		case ticket.Paid, ticket.Cancelled, ticket.Withdrawn, ticket.Void:
			all = append(all, payment.Source{Ticket: part.Ticket, Taken: part.Amount, Given: given[part.Ticket], State: t.State})
		}
	}
	return all, nil
}
