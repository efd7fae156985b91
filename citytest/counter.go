package citytest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"fundy/city"
	"fundy/office"
	"fundy/payment"
	"fundy/review"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// Counter has a clerk take cash for a ticket of the template's, as fundy counter does: a process of its own on the
// same store. undo: he undoes it at once. A ticket that the counter can't take is an error.
func (c *Processes) Counter(ctx context.Context, i int, undo bool) error {
	s, err := c.Settler(ctx)
	if err != nil {
		return err
	}
	if err := openDrawer(ctx, s); err != nil {
		return err
	}
	r := settle.TenderRequest{RequestID: rand.Text(), By: "anne", ReviewBox: true}
	id, err := c.ticket(ctx, i)
	if err != nil {
		return err
	}
	r.Tickets = []ticket.ID{id}
	quotes, err := s.DueAt(ctx, r)
	if err != nil {
		return err
	}
	r.Tenders = []payment.Tender{{Kind: payment.Cash, Tendered: quotes[0].Total}} // the template's cost whole dollars
	e, err := s.TakeTender(ctx, r)
	if errors.Is(err, store.ErrCommitUnknown) {
		e, err = s.TakeTender(ctx, r) // the same request is the same entry
	}
	if err != nil || !undo {
		return err
	}
	_, err = s.ReverseEntry(ctx, e.Attempt.ID, "anne", "the wrong ticket")
	return err
}

// ticket is a ticket of the template's.
func (c *Processes) ticket(ctx context.Context, i int) (id ticket.ID, err error) {
	number, _ := TicketOf(i)
	err = c.auditor.store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.TicketsByNumber(ctx, ticket.NumberKey(number), "", 1)
		if err != nil || len(found) != 1 {
			return errors.Join(fmt.Errorf("%d tickets of number %s", len(found), number), err)
		}
		id = found[0].ID
		return nil
	})
	return id, err
}

// Settler does on a city's store what its clerks do at the command line, in a process of its own.
func (c *Processes) Settler(ctx context.Context) (*settle.Settler, error) {
	rules, err := office.LoadRules(ctx, c.auditor.store)
	if err != nil {
		return nil, err
	}
	return settle.New(settle.Config{
		Store: c.auditor.store, City: c.auditor.city, Rules: func() city.Rules { return rules }, Counter: c.Settings.Counter, Review: review.SettingsOf(c.Settings.Review), Now: c.Clock.Now,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}), nil
}

// openDrawer gives the clerk a drawer, once.
func openDrawer(ctx context.Context, s *settle.Settler) error {
	var no *payment.CounterRefusal
	if _, err := s.MakeDrawer(ctx, "A", "City Hall", "dora"); err != nil && !errors.As(err, &no) {
		return err
	}
	if _, err := s.OpenDrawer(ctx, "A", "anne", payment.Count{}); err != nil && !errors.As(err, &no) {
		return err
	}
	return nil
}
