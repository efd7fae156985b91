package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"fundy/city"
	"fundy/settle"
	"fundy/store"
)

// correctionsListed bounds a list.
const correctionsListed = 200

type paymentListCommand struct {
	City    string `required:"" placeholder:"DIR" help:"The city's folder."`
	Stopped bool   `help:"The payments that stopped, and what of each is in the books."`
}

// Run lists what was asked for, or what stopped.
func (c *paymentListCommand) Run(ctx context.Context) error {
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		return s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			show := printCorrections
			if c.Stopped {
				show = printStopped
			}
			return errors.Join(show(ctx, tx, w, s.City), w.Flush())
		})
	})
}

func printCorrections(ctx context.Context, tx *store.Tx, w *tabwriter.Writer, of city.City) error {
	all, err := tx.Corrections(ctx, correctionsListed)
	if err != nil || len(all) == 0 {
		fmt.Fprintln(w, "nothing was asked for")
		return err
	}
	fmt.Fprintln(w, "id\tasked\twhat\tpayment\tamount\tstate\tasked by\tdecided by\twhy")
	for _, c := range all {
		a, err := tx.Attempt(ctx, c.Attempt)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.ID, clock(c.AskedAt, of.Zone), c.Kind, receiptOf(a), c.Amount, c.State, c.AskedBy, orDash(c.DecidedBy), c.Why)
	}
	return nil
}

func printStopped(ctx context.Context, tx *store.Tx, w *tabwriter.Writer, of city.City) error {
	all, err := tx.StoppedAttempts(ctx, correctionsListed)
	if err != nil || len(all) == 0 {
		fmt.Fprintln(w, "no payment has stopped")
		return err
	}
	fmt.Fprintln(w, "payment\tbegun\tasked for\tin the books\ttickets wait\tat the processor\twhy")
	for _, a := range all {
		taken, err := tx.UnallocatedOf(ctx, a.ID)
		if err != nil {
			return err
		}
		had, err := tx.Allocations(ctx, a.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", a.ID.Ref(), clock(a.CreatedAt, of.Zone), a.Amount, taken, len(had), orDash(a.ProcessorRef), a.Reason)
	}
	return nil
}
