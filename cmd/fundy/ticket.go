package main

import (
	"context"
	"errors"
	"fmt"

	"fundy/desk"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// ticketAct is what the verbs that end a ticket have in common.
type ticketAct struct {
	City   string `required:"" placeholder:"DIR" help:"The city's folder."`
	Ticket string `arg:"" help:"The ticket's number, or its opaque id."`
	Series string `placeholder:"SERIES" help:"Its series, where the city has several."`
	Day    string `placeholder:"DAY" help:"Its day of issue, where a number has come again."`
	Why    string `required:"" placeholder:"TEXT" help:"Why: one line, of at most 300 letters. It stays with the ticket. No names and no numbers of cards."`
	As     string `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply  bool   `help:"Write it. Without this, only what would happen is said."`
}

type (
	ticketWithdrawCommand struct{ ticketAct }
	ticketCancelCommand   struct{ ticketAct }
	ticketVoidCommand     struct{ ticketAct }
)

// Run withdraws a ticket.
func (c *ticketWithdrawCommand) Run(ctx context.Context) error { return c.end(ctx, ticket.Withdrawn) }

// Run cancels a ticket.
func (c *ticketCancelCommand) Run(ctx context.Context) error { return c.end(ctx, ticket.Cancelled) }

// Run says that a ticket was never valid.
func (c *ticketVoidCommand) Run(ctx context.Context) error { return c.end(ctx, ticket.Void) }

func (c *ticketAct) end(ctx context.Context, to ticket.State) error {
	if desk.HasCard(c.Why) {
		return fmt.Errorf("%w: what you wrote looks like a card number: write it without", errUsage)
	}
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		var t store.FoundTicket
		err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			t, err = oneTicket(ctx, tx, c.Ticket, c.Series, c.Day)
			return err
		})
		if err != nil {
			return err
		}
		d, err := s.EndTicket(ctx, t.ID, to, c.Why, c.As, c.Apply)
		if err != nil {
			return decisionInWords(err, t.Ticket, to, c.As)
		}
		if d.Ask != "" {
			fmt.Printf("Ticket %s of %s, which is %s, waits for a second person to become %s", t.Number, t.IssuedOn, d.From, to)
			if c.Apply {
				fmt.Printf(", as %s: fundy ticket approve %s", d.Ask, d.Ask)
			} else {
				fmt.Printf(".\n%s", dryRun)
			}
			fmt.Println()
			return nil
		}
		fmt.Printf("Ticket %s of %s, which is %s, becomes %s.\n", t.Number, t.IssuedOn, d.From, to)
		switch {
		case d.Refund != nil && c.Apply:
			fmt.Printf("%s was paid for it: its refund waits for a second person, as %s.\n", d.Refund.Amount, d.Refund.ID)
		case d.Refund != nil:
			fmt.Printf("%s was paid for it: its refund would wait for a second person.\n", d.Refund.Amount)
		case !d.Owed.IsZero():
			fmt.Printf("%s was paid for it, and not by card: give it back with fundy refund ask. It stays in fundy queue list until then.\n", d.Owed)
		}
		if !c.Apply {
			fmt.Println(dryRun)
		}
		return nil
	})
}

// decisionInWords says what is in the way, and what to do.
func decisionInWords(err error, t ticket.Ticket, to ticket.State, by string) error {
	var no *ticket.DecisionRefusal
	var who *payment.CorrectionRefusal
	if errors.As(err, &who) {
		return correctionInWords(err, by, t.Number)
	}
	if !errors.As(err, &no) {
		return err
	}
	switch no.Reason {
	case ticket.DecisionWhy:
		return fmt.Errorf("%w: --why: say it in one line of at most 300 letters", errUsage)
	case ticket.DecisionConfirming:
		return fmt.Errorf("a payment of ticket %s is being confirmed: look again in a few minutes; if it is paid then, it is withdrawn and paid back", t.Number)
	case ticket.DecisionElsewhere:
		return fmt.Errorf("ticket %s was paid before it came to Fundy: nothing of that is here to give back; end it where it was paid", t.Number)
	case ticket.DecisionSame:
		return fmt.Errorf("%s has entered ticket %s by hand: somebody else ends it", by, t.Number)
	case ticket.DecisionMoney:
		return fmt.Errorf("%s took a payment of ticket %s: somebody else ends it", by, t.Number)
	case ticket.DecisionLaw:
		return fmt.Errorf("a ticket of regime %s that is %s can't become %s", t.Regime, no.State, to)
	}
	return err
}
