package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

// batchesListed bounds a list.
const batchesListed = 200

type batchOpenCommand struct {
	City  string `required:"" placeholder:"DIR" help:"The city's folder."`
	Total string `required:"" placeholder:"120.00" help:"What the letters that you have opened together come to."`
	With  string `required:"" placeholder:"NAME" help:"Who has opened them with you."`
	As    string `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply bool   `help:"Write it. Without this, only what would happen is said."`
}

// Run opens a batch of the mail.
func (c *batchOpenCommand) Run(ctx context.Context) error {
	total, err := amountOf("--total", c.Total)
	if err != nil {
		return err
	}
	return withCity(ctx, c.City, func(_ folder, s *settle.Settler) error {
		if !c.Apply {
			if _, no := payment.OpenMail(c.As, c.With, total, s.Now()); no != nil {
				return counterInWords(no, nil, c.As)
			}
			fmt.Printf("A batch of the mail of %s would be opened by %s and %s.\n", total, c.As, c.With)
			fmt.Println(dryRun)
			return nil
		}
		b, err := s.OpenMail(ctx, c.As, c.With, total)
		if err != nil {
			return counterInWords(err, nil, c.As)
		}
		fmt.Printf("Batch %s of the mail is open: %s is to be entered.\n", b.ID, b.Announced)
		return nil
	})
}

type batchCloseCommand struct {
	City    string `required:"" placeholder:"DIR" help:"The city's folder."`
	Batch   string `arg:"" help:"The batch, from fundy batch list."`
	Counted string `placeholder:"120.00" help:"What the cheques add up to, or what the terminal's own slip says. If that is not what is entered, it stays open."`
	As      string `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply   bool   `help:"Write it. Without this, only what would happen is said."`
}

// Run closes a batch of the mail, or the cheques or the terminal of a drawer.
func (c *batchCloseCommand) Run(ctx context.Context) error {
	counted := money.Zero
	if c.Counted != "" {
		var err error
		if counted, err = amountOf("--counted", c.Counted); err != nil {
			return err
		}
	}
	return withCity(ctx, c.City, func(_ folder, s *settle.Settler) error {
		if c.Apply {
			b, err := s.CloseBatch(ctx, payment.BatchID(c.Batch), counted, c.As)
			if err != nil {
				return batchInWords(err, c.Batch, c.As)
			}
			fmt.Printf("Batch %s is closed at %s.\n", b.ID, b.Total)
			return nil
		}
		err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			b, err := tx.Batch(ctx, payment.BatchID(c.Batch))
			if err != nil {
				return err
			}
			total, tenders, err := tx.BatchSum(ctx, b.ID)
			if err != nil {
				return err
			}
			if no := payment.CloseBatch(b, total, counted, c.As); no != nil {
				return no
			}
			fmt.Printf("Batch %s would be closed at %s, %d tenders.\n", b.ID, total, tenders)
			fmt.Println(dryRun)
			return nil
		})
		return batchInWords(err, c.Batch, c.As)
	})
}

func batchInWords(err error, id, by string) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("no batch has the id %q: fundy batch list", id)
	}
	return counterInWords(err, nil, by)
}

type batchListCommand struct {
	City string `required:"" placeholder:"DIR" help:"The city's folder."`
}

// Run lists batches, newest first, with what is in them.
func (c *batchListCommand) Run(ctx context.Context) error {
	return withCity(ctx, c.City, func(_ folder, s *settle.Settler) error {
		return s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			all, err := tx.Batches(ctx, batchesListed)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "BATCH\tKIND\tSTATE\tOPENED\tBY\tWITH\tANNOUNCED\tENTERED\tTENDERS\tCLOSED\tTOTAL")
			for _, b := range all {
				entered, tenders, err := tx.BatchSum(ctx, b.ID)
				if err != nil {
					return err
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", b.ID, b.Kind, b.State, clock(b.OpenedAt, s.City.Zone), b.OpenedBy, orDash(b.Second),
					b.Announced, entered, tenders, clock(b.ClosedAt, s.City.Zone), b.Total)
			}
			return w.Flush()
		})
	})
}
