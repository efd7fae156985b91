package main

import (
	"context"
	"fmt"
	"regexp"

	"fundy/desk"
	"fundy/payment"
	"fundy/settle"
)

type refundTerminalCommand struct {
	refundVerb
	Auth string `required:"" placeholder:"N" help:"The number that the terminal has printed for the refund."`
}

// Run enters what was given back on the terminal.
func (c *refundTerminalCommand) Run(ctx context.Context) error {
	return c.on(ctx, func(_ folder, s *settle.Settler, id payment.RefundID) (payment.Refund, string, error) {
		r, err := s.TerminalRefund(ctx, id, c.Auth, c.As, c.Apply)
		return r, "has gone back on the terminal", err
	})
}

type refundByHandCommand struct {
	refundVerb
	WentBack bool   `xor:"finding" required:"" help:"The payer has the money: the processor's own pages show it."`
	Nothing  bool   `xor:"finding" required:"" help:"Nothing went back: the processor's own pages show none."`
	Why      string `required:"" placeholder:"TEXT" help:"What you saw: one line, of at most 300 letters. No names and no numbers of cards."`
	Ref      string `placeholder:"RE_…" help:"The processor's id of the refund that went back: its line in a payout is then known."`
}

// refForm is an id of a processor's.
var refForm = regexp.MustCompile(`^[A-Za-z0-9_]{3,64}$`)

// Run keeps what a person says of a refund that has stopped.
func (c *refundByHandCommand) Run(ctx context.Context) error {
	if c.Nothing && c.Ref != "" {
		return fmt.Errorf("%w: --ref is of a refund that went back", errUsage)
	}
	if c.Ref != "" && !refForm.MatchString(c.Ref) {
		return fmt.Errorf("%w: --ref: letters, digits and _, as the processor's page shows it", errUsage)
	}
	event, said := payment.PersonWentBack, "has gone back"
	if c.Nothing {
		event, said = payment.PersonNothing, "has not gone back: it is free to be given back in another way"
	}
	return c.say(ctx, event, c.Why, c.Ref, said)
}

type refundEndCommand struct {
	refundVerb
	Why string `required:"" placeholder:"TEXT" help:"Why it is not given back in this way: one line, of at most 300 letters. No names and no numbers of cards."`
}

// Run keeps what a person says of a refund that is to end.
func (c *refundEndCommand) Run(ctx context.Context) error {
	return c.say(ctx, payment.EndedByPeople, c.Why, "", "has ended: its money is free to be given back in another way. If it stands on a requisition, tell accounts payable")
}

// say keeps a person's word; the second person's makes it happen.
func (c refundVerb) say(ctx context.Context, event payment.RefundEvent, why, ref, said string) error {
	if desk.HasCard(why) || desk.HasCard(ref) {
		return fmt.Errorf("%w: what you wrote looks like a card number: write it without", errUsage)
	}
	return c.on(ctx, func(_ folder, s *settle.Settler, id payment.RefundID) (payment.Refund, string, error) {
		r, happened, err := s.SayOfRefund(ctx, id, event, c.As, why, ref, c.Apply)
		if !happened {
			said = "has your word: it happens when somebody else says the same"
		}
		return r, said, err
	})
}
