package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// asksListed bounds the list of what was asked for.
const asksListed = 200

type ticketAskedCommand struct {
	City string `required:"" placeholder:"DIR" help:"The city's folder."`
}

// Run lists what was asked for about tickets: what waits first.
func (c *ticketAskedCommand) Run(ctx context.Context) error {
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		var all []store.TicketAsk
		err := s.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			all, err = tx.TicketAsks(ctx, asksListed)
			return err
		})
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ASKED FOR\tWHAT\tTICKETS\tOWED\tBY\tSTATE\tWHY")
		for _, a := range all {
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\t%s\n", a.ID, a.Kind, a.Tickets, a.Amount, a.AskedBy, a.State, a.Why)
		}
		return w.Flush()
	})
}

// askFlags say which of them is decided, and by whom.
type askFlags struct {
	City  string `required:"" placeholder:"DIR" help:"The city's folder."`
	Ask   string `arg:"" help:"Its id, from fundy ticket asked."`
	As    string `required:"" placeholder:"NAME" help:"Who you are: to approve, not the one who has asked."`
	Apply bool   `help:"Write it. Without this, only what would happen is said."`
}

type (
	ticketApproveCommand struct{ askFlags }
	ticketRefuseCommand  struct{ askFlags }
)

// Run approves what another person has asked for.
func (c *ticketApproveCommand) Run(ctx context.Context) error { return c.decide(ctx, true) }

// Run refuses it.
func (c *ticketRefuseCommand) Run(ctx context.Context) error { return c.decide(ctx, false) }

func (c *askFlags) decide(ctx context.Context, approve bool) error {
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		var a store.TicketAsk
		err := s.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			a, err = tx.TicketAsk(ctx, c.Ask)
			return err
		})
		if errors.Is(err, store.ErrNotFound) {
			return errors.New("nothing that was asked for has this id: fundy ticket asked lists it")
		}
		if err == nil && a.Kind == store.AskWriteOff {
			books := settle.NewBooks(settle.BooksConfig{Store: s.Store, City: s.City, Rules: s.Rules(), Now: s.Now, Log: s.Log})
			a, err = books.DecideWriteOff(ctx, c.Ask, approve, c.As, c.Apply)
		} else if err == nil {
			a, err = s.DecideAsk(ctx, c.Ask, approve, c.As, c.Apply)
		}
		var no *ticket.DecisionRefusal
		var refund *payment.RefundRefusal
		switch {
		case errors.As(err, &no):
			return fmt.Errorf("it can't be done as the ticket stands, which is %s (%s): refuse it", no.State, no.Reason)
		case errors.As(err, &refund):
			return fmt.Errorf("what was paid can't be asked back now (%s): look at its receipt", refund.Reason)
		case err != nil:
			return err
		}
		fmt.Printf("%s, which %s has asked for, is %s by %s.\n", a.ID, a.AskedBy, a.State, c.As)
		if !c.Apply {
			fmt.Println(dryRun)
		}
		return nil
	})
}
