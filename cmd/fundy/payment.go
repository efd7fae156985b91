package main

import (
	"context"
	"errors"
	"fmt"

	"fundy/city"
	"fundy/desk"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// paymentAct is what the verbs have in common that ask for something.
type paymentAct struct {
	City  string `required:"" placeholder:"DIR" help:"The city's folder."`
	Why   string `required:"" placeholder:"TEXT" help:"Why: one line, of at most 300 letters. No names and no numbers of cards."`
	As    string `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply bool   `help:"Write it. Without this, only what would happen is said."`
}

type paymentTransferCommand struct {
	paymentAct
	Receipt string `arg:"" help:"The receipt's number."`
	Ticket  string `placeholder:"NUMBER" help:"Of a receipt with several tickets: which one's money."`
	To      string `required:"" placeholder:"NUMBER" help:"The ticket that the payer meant."`
	Series  string `placeholder:"SERIES" help:"Its series, where the city has several."`
	Day     string `placeholder:"DAY" help:"Its day of issue, where a number has come again."`
}

// Run asks that a payment is put to another ticket.
func (c *paymentTransferCommand) Run(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		var a payment.Attempt
		ask := payment.TransferAsk{Why: c.Why, By: c.As}
		err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			if a, err = attemptOf(ctx, tx, c.Receipt); err != nil {
				return err
			}
			sources, err := settle.Sources(ctx, tx, a)
			if err != nil {
				return err
			}
			if ask.From, err = sourceOf(ctx, tx, sources, c.Ticket); err != nil {
				return err
			}
			to, err := oneTicket(ctx, tx, c.To, c.Series, c.Day)
			ask.To = to.ID
			return err
		})
		if err != nil {
			return err
		}
		done, err := s.AskTransfer(ctx, a.ID, ask, c.Apply)
		if err != nil {
			return correctionInWords(err, c.As, c.Receipt)
		}
		left, err := done.Amount.Sub(done.Rest)
		if err != nil {
			return err
		}
		fmt.Printf("%s of receipt %s goes to ticket %s, as paid when it was paid; the other ticket is owed again.\n", left, c.Receipt, c.To)
		if !done.Rest.IsZero() {
			fmt.Printf("That ticket cost %s less then: that is given back, by a refund that is asked for with it.\n", done.Rest)
		}
		return c.waits(done)
	})
}

// sourceOf is the ticket of a receipt that is named, or its only one.
func sourceOf(ctx context.Context, tx *store.Tx, sources []payment.Source, typed string) (ticket.ID, error) {
	if typed != "" {
		return ticketOf(ctx, tx, sources, typed)
	}
	var only ticket.ID
	for _, s := range sources {
		if s.Ticket != "" && only != "" {
			return "", errors.New("the receipt has several tickets: say which one's money with --ticket")
		}
		if s.Ticket != "" {
			only = s.Ticket
		}
	}
	if only == "" {
		return "", errors.New("no money of this payment is at a ticket")
	}
	return only, nil
}

// oneTicket is the ticket of a typed number, or id, narrowed by series and day of issue.
func oneTicket(ctx context.Context, tx *store.Tx, number, series, day string) (store.FoundTicket, error) {
	if day != "" {
		if _, err := city.ParseDate(day); err != nil {
			return store.FoundTicket{}, fmt.Errorf("%w: the day %q: write it as 2026-03-01", errUsage, day)
		}
	}
	found, err := tx.TicketsByNumber(ctx, ticket.NumberKey(number), ticket.ID(number), 50)
	if err != nil {
		return store.FoundTicket{}, err
	}
	var fits []store.FoundTicket
	for _, f := range found {
		if (day == "" || f.IssuedOn.String() == day) && (series == "" || f.Series == series) {
			fits = append(fits, f)
		}
	}
	switch len(fits) {
	case 0:
		return store.FoundTicket{}, fmt.Errorf("no ticket of the number %s fits", number)
	case 1:
		return fits[0], nil
	}
	return store.FoundTicket{}, fmt.Errorf("%d tickets have the number %s: say of which day of issue it is, and of which series", len(fits), number)
}

func (c *paymentAct) check() error {
	if desk.HasCard(c.Why) {
		return fmt.Errorf("%w: what you wrote looks like a card number: write it without", errUsage)
	}
	return nil
}

// waits says that a second person decides, or that nothing was written.
func (c *paymentAct) waits(done payment.Correction) error {
	if !c.Apply {
		fmt.Println("It would wait for a second person. " + dryRun)
		return nil
	}
	fmt.Printf("It waits for a second person, as %s: fundy payment approve, or refuse.\n", done.ID)
	return nil
}

// stoppedAct is what the four ends of an attempt that stopped have in common.
type stoppedAct struct {
	paymentAct
	Attempt string `arg:"" help:"What fundy payment list shows for it."`
}

type (
	paymentReleaseCommand struct{ stoppedAct }
	paymentPutCommand     struct{ stoppedAct }
	paymentKeepCommand    struct{ stoppedAct }
	paymentFreeCommand    struct{ stoppedAct }
)

// Run asks that what is set aside is given back.
func (c *paymentReleaseCommand) Run(ctx context.Context) error {
	return c.ask(ctx, payment.CorrectRelease, "is given back to the card: the office does it")
}

// Run asks that what was taken pays the tickets that it was for.
func (c *paymentPutCommand) Run(ctx context.Context) error {
	return c.ask(ctx, payment.CorrectPut, "pays its tickets")
}

// Run asks that what was taken stays put to no ticket.
func (c *paymentKeepCommand) Run(ctx context.Context) error {
	return c.ask(ctx, payment.CorrectKeep, "stays put to no ticket, and its tickets are owed again; give it back with fundy refund ask")
}

// Run asks that an attempt ends of which the processor has nothing.
func (c *paymentFreeCommand) Run(ctx context.Context) error {
	return c.ask(ctx, payment.CorrectFree, "was never taken: its tickets are owed again")
}

func (c *stoppedAct) ask(ctx context.Context, kind payment.CorrectionKind, said string) error {
	if err := c.check(); err != nil {
		return err
	}
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		id, err := stoppedOf(ctx, s, c.Attempt)
		if err != nil {
			return err
		}
		done, err := s.AskStopped(ctx, id, payment.StoppedAsk{Kind: kind, Why: c.Why, By: c.As}, c.Apply)
		if err != nil {
			return correctionInWords(err, c.As, c.Attempt)
		}
		fmt.Printf("%s %s.\n", done.Amount, said)
		return c.waits(done)
	})
}

// stoppedOf is the attempt that stopped and that a reference stands for.
func stoppedOf(ctx context.Context, s *settle.Settler, ref string) (payment.AttemptID, error) {
	var all []payment.Attempt
	err := s.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = tx.StoppedAttempts(ctx, correctionsListed)
		return err
	})
	if err != nil {
		return "", err
	}
	for _, a := range all {
		if a.ID.Ref() == ref {
			return a.ID, nil
		}
	}
	return "", fmt.Errorf("no payment that stopped is %q: fundy payment list --stopped shows them", ref)
}

// correctionAct is what approving and refusing have in common.
type correctionAct struct {
	City       string `required:"" placeholder:"DIR" help:"The city's folder."`
	Correction string `arg:"" help:"Its id, from fundy payment list."`
	As         string `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply      bool   `help:"Write it. Without this, only what would happen is said."`
}

type (
	paymentApproveCommand struct{ correctionAct }
	paymentRefuseCommand  struct{ correctionAct }
)

// Run does what somebody else has asked for.
func (c *paymentApproveCommand) Run(ctx context.Context) error {
	return c.decide(ctx, "is done", (*settle.Settler).ApproveCorrection)
}

// Run ends what was asked for.
func (c *paymentRefuseCommand) Run(ctx context.Context) error {
	return c.decide(ctx, "is not done", (*settle.Settler).RefuseCorrection)
}

func (c *correctionAct) decide(ctx context.Context, said string, do func(*settle.Settler, context.Context, string, string, bool) (payment.Correction, error)) error {
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		done, err := do(s, ctx, c.Correction, c.As, c.Apply)
		if err != nil {
			return correctionInWords(err, c.As, c.Correction)
		}
		fmt.Printf("%s of %s, which %s has asked for, %s.\n", done.Kind, done.Amount, done.AskedBy, said)
		if !c.Apply {
			fmt.Println(dryRun)
		}
		return nil
	})
}
