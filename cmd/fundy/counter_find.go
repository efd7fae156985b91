package main

import (
	"context"
	"fmt"
	"strings"

	"fundy/city"
	"fundy/desk"
	"fundy/money"
	"fundy/seal"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// amountOf reads an amount of money that was handed over. What a person could have meant otherwise is not guessed.
func amountOf(flag, text string) (money.Amount, error) {
	if strings.HasPrefix(text, "-") {
		return money.Zero, fmt.Errorf("%w: %s: %q is less than nothing", errUsage, flag, text)
	}
	if strings.ContainsAny(text, ", '") {
		return money.Zero, fmt.Errorf("%w: %s: write %q without separators, with a point before the cents: 1234.50", errUsage, flag, text)
	}
	if _, cents, found := strings.Cut(text, "."); found && len(cents) != 2 {
		return money.Zero, fmt.Errorf("%w: %s: %q has %d places after the point: write two, as in 30.00", errUsage, flag, text, len(cents))
	}
	amount, err := money.Parse(text)
	if err != nil {
		return amount, fmt.Errorf("%w: %s: write %q as 30.00", errUsage, flag, text)
	}
	return amount, nil
}

func dayOf(flag, text string) (city.Date, error) {
	if text == "" {
		return city.Date{}, nil
	}
	day, err := city.ParseDate(text)
	if err != nil {
		return day, fmt.Errorf("%w: %s: %w", errUsage, flag, err)
	}
	return day, nil
}

// find looks each ticket up as the public pages do: by its number and plate, in one index. A plate is never said again.
func (c *counterTakeCommand) find(ctx context.Context, f folder, s *settle.Settler, numbers map[ticket.ID]string) ([]ticket.ID, error) {
	for flag, n := range map[string]int{"--plate": len(c.Plate), "--issued": len(c.Issued)} {
		if n > 0 && n != len(c.Ticket) {
			return nil, fmt.Errorf("%w: %s goes with every ticket, in the same order: there are %d and %d", errUsage, flag, n, len(c.Ticket))
		}
	}
	index, err := f.indexKey()
	if err != nil {
		return nil, err
	}
	var ids []ticket.ID
	for i, number := range c.Ticket {
		plate, issued := "", city.Date{}
		if len(c.Plate) > 0 {
			plate = c.Plate[i]
		}
		if len(c.Issued) > 0 {
			if issued, err = dayOf("--issued", c.Issued[i]); err != nil {
				return nil, err
			}
		}
		t, err := findTicket(ctx, s, index, number, plate, issued)
		if err != nil {
			return nil, err
		}
		numbers[t.ID] = t.Number
		ids = append(ids, t.ID)
	}
	return ids, nil
}

func findTicket(ctx context.Context, s *settle.Settler, index seal.IndexKey, number, plate string, issued city.Date) (store.FoundTicket, error) {
	if desk.HasCard(number) && !desk.InSeries(number, s.City.Ticket.Series) || desk.HasCard(plate) {
		return store.FoundTicket{}, fmt.Errorf("%w: what you wrote looks like a card number: no field takes one", errUsage)
	}
	key := ticket.NumberKey(number)
	if key == "" || len(key) > ticket.MaxNumber {
		return store.FoundTicket{}, fmt.Errorf("%w: --ticket: %q is not a ticket's number", errUsage, number)
	}
	lookup := index.LookupDay(s.City.ID, key, issued.String())
	if plate != "" {
		p, err := ticket.ParsePlate(plate)
		if err != nil {
			return store.FoundTicket{}, fmt.Errorf("%w: --plate: what was given for ticket %s is not a plate: letters and digits, 1 to %d", errUsage, number, ticket.MaxPlate)
		}
		lookup = index.Lookup(s.City.ID, key, p.Skeleton)
	} else if issued.IsZero() {
		return store.FoundTicket{}, fmt.Errorf("%w: ticket %s: say its --plate, or, where it has none, the day on which it was --issued", errUsage, number)
	}
	var fits []store.FoundTicket
	err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.TicketsByLookup(ctx, lookup, 5)
		fits = fits[:0]
		for _, t := range found {
			if issued.IsZero() || t.IssuedOn == issued {
				fits = append(fits, t)
			}
		}
		return err
	})
	switch {
	case err != nil:
		return store.FoundTicket{}, err
	case len(fits) == 0:
		return store.FoundTicket{}, fmt.Errorf("no ticket has the number %s and what was given with it: read both again from the ticket", number)
	case len(fits) > 1:
		return store.FoundTicket{}, fmt.Errorf("the number %s has come again: say the day on which the ticket was --issued", number)
	}
	return fits[0], nil
}
