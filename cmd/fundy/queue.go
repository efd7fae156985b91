package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"fundy/desk"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

// exceptionsListed bounds a list.
const exceptionsListed = 500

type queueListCommand struct {
	City string `required:"" placeholder:"DIR" help:"The city's folder."`
	ID   string `arg:"" optional:"" help:"One thing only, with all that was done about it."`
	JSON bool   `help:"As JSON, a thing a line."`
}

// Run lists what waits for a person.
func (c *queueListCommand) Run(ctx context.Context) error {
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		if c.ID != "" {
			return c.one(ctx, s)
		}
		var all []payment.Exception
		err := s.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			all, err = tx.OpenExceptions(ctx, exceptionsListed)
			return err
		})
		if err != nil {
			return err
		}
		if c.JSON {
			return printExceptionsJSON(all)
		}
		if len(all) == 0 {
			fmt.Println("Nothing waits for a person.")
			return nil
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tKIND\tABOUT\tAMOUNT\tOWNER\tSINCE\tDUE\tWHAT TO DO")
		now := s.Now()
		for _, e := range all {
			due := clock(e.DueAt, s.City.Zone)
			if e.Overdue(now) {
				due += " (overdue)"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.ID, e.Kind, e.Ref, e.Amount, e.Owner, clock(e.OpenedAt, s.City.Zone), due, e.Kind.Rule().Next)
		}
		return w.Flush()
	})
}

func (c *queueListCommand) one(ctx context.Context, s *settle.Settler) error {
	var e payment.Exception
	var history []store.ExceptionEvent
	err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if e, err = tx.Exception(ctx, c.ID); err != nil {
			return err
		}
		history, err = tx.ExceptionEvents(ctx, c.ID)
		return err
	})
	if err != nil {
		return exceptionInWords(err, c.ID, "")
	}
	fmt.Printf("%s, about %s, %s. Owner: %s. %s\n", e.Kind, e.Ref, e.Amount, e.Owner, e.Kind.Rule().Next)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, h := range history {
		who := h.Who
		if who == "" {
			who = "the office"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", clock(h.At, s.City.Zone), h.Act, who, h.Note)
	}
	return w.Flush()
}

func printExceptionsJSON(all []payment.Exception) error {
	out := json.NewEncoder(os.Stdout)
	for _, e := range all {
		err := out.Encode(map[string]any{
			"id": e.ID, "kind": e.Kind, "ref": e.Ref, "amount_minor": e.Amount.Minor(), "owner": e.Owner,
			"opened_at": e.OpenedAt.Format(time.RFC3339), "due_at": e.DueAt.Format(time.RFC3339),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// queueAct is what the three acts have in common.
type queueAct struct {
	City  string `required:"" placeholder:"DIR" help:"The city's folder."`
	ID    string `arg:"" help:"Its id, from fundy queue list."`
	As    string `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply bool   `help:"Write it. Without this, only what would happen is said."`
}

type queueTakeCommand struct{ queueAct }

// Run makes an exception its owner's.
func (c *queueTakeCommand) Run(ctx context.Context) error {
	return c.act(ctx, payment.ExceptionTaken, "", "is yours")
}

type queueNoteCommand struct {
	queueAct
	Note string `required:"" placeholder:"TEXT" help:"One line, of at most 300 letters. No names and no numbers of cards."`
}

// Run keeps a note.
func (c *queueNoteCommand) Run(ctx context.Context) error {
	return c.act(ctx, payment.ExceptionNoted, c.Note, "has your note")
}

type queueCloseCommand struct {
	queueAct
	Outcome string `required:"" placeholder:"TEXT" help:"What came of it: one line, of at most 300 letters."`
}

// Run closes an exception.
func (c *queueCloseCommand) Run(ctx context.Context) error {
	return c.act(ctx, payment.ExceptionClosed, c.Outcome, "is closed")
}

func (c *queueAct) act(ctx context.Context, act payment.ExceptionAct, note, said string) error {
	if desk.HasCard(note) {
		return fmt.Errorf("%w: what you wrote looks like a card number: write it without", errUsage)
	}
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		if c.Apply {
			e, err := s.ActOnException(ctx, c.ID, act, c.As, note)
			if err != nil {
				return exceptionInWords(err, c.ID, c.As)
			}
			fmt.Printf("%s of %s %s.\n", e.Kind, e.Amount, said)
			return nil
		}
		err := s.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) error {
			e, err := tx.Exception(ctx, c.ID)
			if err != nil {
				return err
			}
			if no := payment.ActOnException(e, act, c.As, note); no != nil {
				return no
			}
			fmt.Printf("%s of %s %s, with --apply. Nothing was written: this was a dry run.\n", e.Kind, e.Amount, said)
			return nil
		})
		return exceptionInWords(err, c.ID, c.As)
	})
}

// exceptionInWords says what is in the way, and what to do.
func exceptionInWords(err error, id, by string) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("nothing has the id %q: fundy queue list shows what waits", id)
	}
	var no *payment.ExceptionRefusal
	if !errors.As(err, &no) {
		return err
	}
	switch no.Reason {
	case payment.RefusedClosed:
		return fmt.Errorf("%s is closed already: fundy queue list %s shows what became of it", id, id)
	case payment.RefusedWho:
		return fmt.Errorf("%w: --as: %q is not a name that staff can have: small letters, digits and . _ -", errUsage, by)
	case payment.RefusedNote:
		return fmt.Errorf("%w: say it in one line of at most 300 letters", errUsage)
	case payment.RefusedOwnDrawer:
		return fmt.Errorf("%s has had the drawer that %s is about: somebody else closes it", by, id)
	case payment.RefusedStands:
		return fmt.Errorf("%s closes by itself, once its money is given back or put to a ticket, or the item is returned or resolved: a note can be kept with it", id)
	}
	return err
}
