package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

// refundsListed bounds a list.
const refundsListed = 200

type refundListCommand struct {
	City    string `required:"" placeholder:"DIR" help:"The city's folder."`
	Receipt string `placeholder:"NUMBER" help:"One receipt only, and what of each of its tickets can still be given back."`
}

// Run lists refunds, newest first, and receipts that are put to no ticket.
func (c *refundListCommand) Run(ctx context.Context) error {
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		return s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			var err error
			if c.Receipt != "" {
				err = c.one(ctx, tx, w, s.City.Zone)
			} else {
				err = c.all(ctx, tx, w, s.City.Zone)
			}
			return errors.Join(err, w.Flush())
		})
	})
}

func (c *refundListCommand) one(ctx context.Context, tx *store.Tx, w io.Writer, zone *time.Location) error {
	a, err := attemptOf(ctx, tx, c.Receipt)
	if err != nil {
		return err
	}
	refunds, err := tx.RefundsOfAttempt(ctx, a.ID)
	if err != nil {
		return err
	}
	if err := printRefunds(ctx, tx, w, refunds, zone); err != nil {
		return err
	}
	return printSources(ctx, tx, w, a)
}

func (c *refundListCommand) all(ctx context.Context, tx *store.Tx, w io.Writer, zone *time.Location) error {
	refunds, err := tx.Refunds(ctx, refundsListed)
	if err != nil {
		return err
	}
	if err := printRefunds(ctx, tx, w, refunds, zone); err != nil {
		return err
	}
	ids, err := tx.Unallocated(ctx, refundsListed)
	if err != nil {
		return err
	}
	for _, id := range ids {
		a, err := tx.Attempt(ctx, id)
		if err != nil {
			return err
		}
		if err := printSources(ctx, tx, w, a); err != nil {
			return err
		}
	}
	return nil
}

func printRefunds(ctx context.Context, tx *store.Tx, w io.Writer, refunds []payment.Refund, zone *time.Location) error {
	if len(refunds) == 0 {
		fmt.Fprintln(w, "no refunds")
		return nil
	}
	fmt.Fprintln(w, "refund\tasked\treceipt\tamount\tway\treason\tstate\tasked by\tdecided by\twhy")
	for _, r := range refunds {
		a, err := tx.Attempt(ctx, r.Attempt)
		if err != nil {
			return err
		}
		why, err := whyOf(ctx, tx, r)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, clock(r.AskedAt, zone), receiptOf(a), r.Amount, r.Way, r.Reason, r.State, r.AskedBy, orDash(r.DecidedBy), orDash(why))
	}
	return nil
}

// whyOf is why a refund came to nothing, or which cheque it is.
func whyOf(ctx context.Context, tx *store.Tx, r payment.Refund) (string, error) {
	if r.Way != payment.ByCheque {
		return r.Failure, nil
	}
	c, err := tx.RefundCheque(ctx, r.ID)
	if errors.Is(err, store.ErrNotFound) {
		return r.Failure, nil
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("cheque %s of %s", c.Number, c.Day), nil
}

// printSources says where the money of a receipt is, and what of it can still be given back.
func printSources(ctx context.Context, tx *store.Tx, w io.Writer, a payment.Attempt) error {
	sources, err := settle.Sources(ctx, tx, a)
	if err != nil {
		return err
	}
	for _, s := range sources {
		at := "put to no ticket"
		if s.Ticket != "" {
			t, err := tx.Ticket(ctx, s.Ticket)
			if err != nil {
				return err
			}
			at = "ticket " + t.Number
		}
		left, err := s.Left()
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "receipt %s: %s, %s taken, %s can still be given back\n", receiptOf(a), at, s.Taken, left)
	}
	left, err := payment.Left(sources)
	if err == nil && len(sources) > 1 {
		fmt.Fprintf(w, "receipt %s: %s in all can still be given back\n", receiptOf(a), left)
	}
	return err
}

// receiptOf is a receipt's number, or what stands for one that has none.
func receiptOf(a payment.Attempt) string {
	if a.Receipt == "" {
		return a.ID.Ref()
	}
	return a.Receipt
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
