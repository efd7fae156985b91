package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"fundy/city"
	"fundy/office"
	"fundy/store"
	"fundy/ticket"
)

type quoteCommand struct {
	City   string `required:"" placeholder:"DIR" help:"The city's folder."`
	Ticket string `arg:"" help:"The ticket's number, or its opaque id."`
	At     string `placeholder:"TIME" help:"An instant, 2026-03-12T21:30 on the city's clock, or with a zone. Default: now."`
	Day    string `placeholder:"DAY" help:"The day of issue, where a number has come again."`
}

// Run prints what a ticket costs and how that was found.
func (c *quoteCommand) Run(ctx context.Context) error {
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	at, err := c.instant(f.settings.City())
	if err != nil {
		return err
	}
	s, err := f.openStore(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	rules, err := office.LoadRules(ctx, s)
	if err != nil {
		return err
	}
	var found []store.FoundTicket
	err = s.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		found, err = tx.TicketsByNumber(ctx, ticket.NumberKey(c.Ticket), ticket.ID(c.Ticket), 20)
		return err
	})
	if err != nil {
		return err
	}
	shown := 0
	for _, t := range found {
		if c.Day != "" && t.IssuedOn.String() != c.Day {
			continue
		}
		q, err := ticket.Explain(t.Ticket, rules, f.settings.City(), at)
		if err != nil {
			return err
		}
		if err := printQuote(os.Stdout, f.settings.City(), t.Ticket, q); err != nil {
			return err
		}
		shown++
	}
	if shown == 0 {
		return fmt.Errorf("no ticket of this number")
	}
	return nil
}

func (c *quoteCommand) instant(of city.City) (time.Time, error) {
	if c.At == "" {
		return time.Now(), nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(form, c.At, of.Zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%w: --at %q is not an instant: write it as 2026-03-12T21:30", errUsage, c.At)
}

func printQuote(w io.Writer, of city.City, t ticket.Ticket, q ticket.Quote) error {
	fmt.Fprintf(w, "Ticket %s, issued on %s, %s, state %s\n", t.Number, t.IssuedOn, t.Offence, t.State)
	for _, line := range q.Trace {
		fmt.Fprintln(w, "  "+line)
	}
	for _, l := range q.Components {
		fmt.Fprintf(w, "  %-12s %10s  %s\n", l.Kind, l.Amount, l.Clause)
	}
	fmt.Fprintf(w, "  %-12s %10s\n", "total", q.Total)
	if of.Currency != "CAD" {
		return nil // other currencies have their cents
	}
	cash, err := q.Total.Cash()
	if err == nil && cash != q.Total {
		fmt.Fprintf(w, "  %-12s %10s  at the counter, if this ticket is paid alone\n", "in cash", cash)
	}
	return err
}
