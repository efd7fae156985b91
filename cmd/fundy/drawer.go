package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"

	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

// drawersListed bounds a list.
const drawersListed = 100

// drawerAct is what the commands of a drawer have in common.
type drawerAct struct {
	City  string `required:"" placeholder:"DIR" help:"The city's folder."`
	Name  string `arg:"" help:"The drawer's name, as it is printed on its receipts: A."`
	As    string `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply bool   `help:"Write it. Without this, only what would happen is said."`
}

// run looks, and writes where it is to.
func (c *drawerAct) run(ctx context.Context, look func(context.Context, *settle.Settler, *store.Tx) error, do func(context.Context, *settle.Settler) error) error {
	return withCity(ctx, c.City, func(_ folder, s *settle.Settler) error {
		if c.Apply {
			return c.inWords(do(ctx, s))
		}
		err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error { return look(ctx, s, tx) })
		if err != nil {
			return c.inWords(err)
		}
		fmt.Println(dryRun)
		return nil
	})
}

func (c *drawerAct) inWords(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("no drawer is called %s, or it was never open: fundy drawer list", c.Name)
	}
	return counterInWords(err, nil, c.As)
}

// last is the newest session of the drawer, and what should be in it.
func (c *drawerAct) last(ctx context.Context, tx *store.Tx) (payment.Session, money.Amount, error) {
	of, err := tx.LastSession(ctx, c.Name)
	if err != nil {
		return of, money.Zero, err
	}
	expected, err := tx.ExpectedCash(ctx, of.ID)
	return of, expected, err
}

func countOf(text string) (payment.Count, error) {
	c, err := payment.ParseCount(text)
	if err != nil {
		return nil, fmt.Errorf("%w: --count: %w: write it as \"20x3 5x10 0.25x8\", or 0", errUsage, err)
	}
	return c, nil
}

type drawerMakeCommand struct {
	drawerAct
	Place string `required:"" placeholder:"TEXT" help:"Where it is."`
}

// Run enters a drawer that the city has.
func (c *drawerMakeCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(_ context.Context, s *settle.Settler, _ *store.Tx) error {
		_, no := payment.NewDrawer(c.Name, c.Place, s.Now())
		if no != nil {
			return no
		}
		fmt.Printf("Drawer %s would be entered.\n", c.Name)
		return nil
	}, func(ctx context.Context, s *settle.Settler) error {
		_, err := s.MakeDrawer(ctx, c.Name, c.Place, c.As)
		if err == nil {
			fmt.Printf("Drawer %s is entered.\n", c.Name)
		}
		return err
	})
}

type drawerOpenCommand struct {
	drawerAct
	Count string `required:"" placeholder:"COUNT" help:"The float that you have counted: \"20x3 5x10 0.25x8\", or 0."`
}

// Run opens a drawer.
func (c *drawerOpenCommand) Run(ctx context.Context) error {
	float, err := countOf(c.Count)
	if err != nil {
		return err
	}
	return c.run(ctx, func(ctx context.Context, s *settle.Settler, tx *store.Tx) error {
		d, err := tx.DrawerByName(ctx, c.Name)
		if err != nil {
			return err
		}
		of, no := payment.OpenSession(d, c.As, float, s.Now())
		if no != nil {
			return no
		}
		fmt.Printf("Drawer %s would be opened by %s, with %s in it.\n", of.Name, of.OpenedBy, of.Float)
		return nil
	}, func(ctx context.Context, s *settle.Settler) error {
		of, err := s.OpenDrawer(ctx, c.Name, c.As, float)
		if err == nil {
			fmt.Printf("Drawer %s is open, with %s in it. It is %s's.\n", of.Name, of.Float, of.OpenedBy)
		}
		return err
	})
}

type drawerDropCommand struct {
	drawerAct
	Count string `required:"" placeholder:"COUNT" help:"What goes into the safe: \"100x5 50x2\"."`
	With  string `required:"" placeholder:"NAME" help:"Who has seen it."`
}

// Run takes cash out of a drawer into the safe.
func (c *drawerDropCommand) Run(ctx context.Context) error {
	out, err := countOf(c.Count)
	if err != nil {
		return err
	}
	return c.run(ctx, func(ctx context.Context, _ *settle.Settler, tx *store.Tx) error {
		of, expected, err := c.last(ctx, tx)
		if err != nil {
			return err
		}
		total, no := payment.DropFrom(of, expected, out, c.As, c.With)
		if no != nil {
			return no
		}
		fmt.Printf("%s would go from drawer %s into the safe.\n", total, of.Name)
		return nil
	}, func(ctx context.Context, s *settle.Settler) error {
		of, total, err := s.DropCash(ctx, c.Name, c.As, c.With, out)
		if err == nil {
			fmt.Printf("%s has gone from drawer %s into the safe.\n", total, of.Name)
		}
		return err
	})
}

type drawerCloseCommand struct {
	drawerAct
	Count     string `required:"" placeholder:"COUNT" help:"All that is in it, with the float: \"20x3 5x10 0.25x8\"."`
	CheckedBy string `required:"" placeholder:"NAME" help:"Who has counted it again: not you, and not its clerk."`
	Reason    string `placeholder:"TEXT" help:"Why it is over or short."`
}

// Run closes a drawer and its batches.
func (c *drawerCloseCommand) Run(ctx context.Context) error {
	there, err := countOf(c.Count)
	if err != nil {
		return err
	}
	say := func(of payment.Session, how string) {
		fmt.Printf("Drawer %s %s: %s counted, %s expected, over or short %s.\n", of.Name, how, of.Counted, of.Expected, of.OverShort)
	}
	return c.run(ctx, func(ctx context.Context, s *settle.Settler, tx *store.Tx) error {
		of, expected, err := c.last(ctx, tx)
		if err != nil {
			return err
		}
		of, no := payment.CloseSession(of, expected, there, c.As, c.CheckedBy, c.Reason, s.Now())
		if no != nil {
			return no
		}
		say(of, "would be closed")
		return nil
	}, func(ctx context.Context, s *settle.Settler) error {
		of, err := s.CloseDrawer(ctx, c.Name, c.As, c.CheckedBy, c.Reason, there)
		if err == nil {
			say(of, "is closed")
		}
		return err
	})
}

type drawerReopenCommand struct {
	drawerAct
	Reason string `required:"" placeholder:"TEXT" help:"Why."`
}

// Run opens a closed drawer again.
func (c *drawerReopenCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(ctx context.Context, s *settle.Settler, tx *store.Tx) error {
		of, _, err := c.last(ctx, tx)
		if err != nil {
			return err
		}
		batches, err := tx.BatchesOfSession(ctx, of.ID)
		if err != nil {
			return err
		}
		batches = slices.DeleteFunc(batches, func(b payment.Batch) bool { return b.Kind != payment.CashBatch })
		if _, no := payment.ReopenSession(of, batches, slices.Contains(s.Counter.Supervisors, c.As), c.As, c.Reason); no != nil {
			return no
		}
		fmt.Printf("Drawer %s would be open again, for %s.\n", of.Name, of.OpenedBy)
		return nil
	}, func(ctx context.Context, s *settle.Settler) error {
		of, err := s.ReopenDrawer(ctx, c.Name, c.As, c.Reason, slices.Contains(s.Counter.Supervisors, c.As))
		if err == nil {
			fmt.Printf("Drawer %s is open again, for %s.\n", of.Name, of.OpenedBy)
		}
		return err
	})
}

type drawerListCommand struct {
	City string `required:"" placeholder:"DIR" help:"The city's folder."`
	Name string `arg:"" optional:"" help:"One drawer only: what has happened since it was last opened, and its receipts."`
}

// Run lists who has had which drawer.
func (c *drawerListCommand) Run(ctx context.Context) error {
	return withCity(ctx, c.City, func(_ folder, s *settle.Settler) error {
		return s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			if c.Name != "" {
				return c.one(ctx, s, tx)
			}
			all, err := tx.Sessions(ctx, drawersListed)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "DRAWER\tSTATE\tCLERK\tOPENED\tFLOAT\tCLOSED\tCHECKED BY\tCOUNTED\tOVER OR SHORT\tWHY")
			for _, of := range all {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", of.Name, of.State, of.OpenedBy, clock(of.OpenedAt, s.City.Zone), of.Float,
					clock(of.ClosedAt, s.City.Zone), orDash(of.CheckedBy), of.Counted, of.OverShort, orDash(of.Reason))
			}
			return w.Flush()
		})
	})
}

func (c *drawerListCommand) one(ctx context.Context, s *settle.Settler, tx *store.Tx) error {
	of, err := tx.LastSession(ctx, c.Name)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("no drawer is called %s, or it was never open: fundy drawer list", c.Name)
	}
	if err != nil {
		return err
	}
	events, err := tx.DrawerEvents(ctx, of.ID)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Drawer %s, %s, of %s\n", of.Name, of.State, of.OpenedBy)
	for _, h := range events {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", clock(h.At, s.City.Zone), h.Event, h.Who, orDash(h.Second), h.Amount, orDash(h.Note))
	}
	entries, err := tx.CounterEntriesOfSession(ctx, of.ID)
	if err != nil {
		return err
	}
	for _, e := range entries {
		a, err := tx.Attempt(ctx, e.Attempt)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", clock(e.EnteredAt, s.City.Zone), e.Printed(), e.EnteredBy, a.Receipt, a.Amount, a.State)
	}
	return w.Flush()
}
