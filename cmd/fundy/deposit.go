package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"fundy/city"
	"fundy/desk"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/settle"
	"fundy/store"
)

// depositFlags are what each of the verbs that make a deposit takes.
type depositFlags struct {
	settleFlags
	Account   string `required:"" placeholder:"NAME" help:"The bank account, by its name in deposits.toml."`
	Day       string `required:"" placeholder:"DAY" help:"The day of the slip or of the terminal's batch, as 2027-03-03."`
	Reference string `required:"" placeholder:"NUMBER" help:"The slip's number, or the number of the terminal's batch: the bank's line is found by it first."`
	As        string `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply     bool   `help:"Write it. Without this, only what would happen is said."`
}

func (c depositFlags) ask() (payout.SlipAsk, error) {
	day, err := city.ParseDate(c.Day)
	if err != nil {
		return payout.SlipAsk{}, fmt.Errorf("%w: --day: %w", errUsage, err)
	}
	return payout.SlipAsk{Account: c.Account, Day: day, Reference: c.Reference, By: c.As}, nil
}

type depositMakeCommand struct {
	depositFlags
	Batch []string `required:"" placeholder:"ID" help:"A closed batch of cash, cheques or mail, from fundy deposit list; once for each."`
}

// Run puts batches on a deposit slip.
func (c *depositMakeCommand) Run(ctx context.Context) error {
	ask, err := c.ask()
	if err != nil {
		return err
	}
	for _, id := range c.Batch {
		ask.Batches = append(ask.Batches, payment.BatchID(id))
	}
	return c.with(ctx, false, func(d *settle.Deposits) error {
		s, err := d.MakeSlip(ctx, ask, c.Apply)
		return c.made(s, err)
	})
}

type depositTerminalCommand struct {
	depositFlags
	Batch string `required:"" placeholder:"ID" help:"The closed batch of the terminal."`
	Total string `required:"" placeholder:"512.30" help:"What the terminal's own report says of it."`
}

// Run enters what a terminal's report says of its batch.
func (c *depositTerminalCommand) Run(ctx context.Context) error {
	ask, err := c.ask()
	if err != nil {
		return err
	}
	if ask.Total, err = money.Parse(c.Total); err != nil {
		return fmt.Errorf("%w: --total: write %q as 512.30", errUsage, c.Total)
	}
	ask.Batches = []payment.BatchID{payment.BatchID(c.Batch)}
	return c.with(ctx, false, func(d *settle.Deposits) error {
		s, err := d.MakeTerminal(ctx, ask, c.Apply)
		return c.made(s, err)
	})
}

func (c depositFlags) made(s payout.Slip, err error) error {
	if err != nil {
		return slipInWords(err)
	}
	return c.say(s, func(w io.Writer) {
		fmt.Fprintf(w, "%s, of %s, to %s: %s.\n", s, s.Day, s.Account, slipStands(s, c.Apply))
		if difference, err := s.Difference(); err == nil && !difference.IsZero() {
			fmt.Fprintf(w, "NEEDS A PERSON: our entries come to %s, which is %s more than the terminal's report. Compare them one by one; then fundy settle explain %s\n", s.Entered, difference, s.DifferenceRef())
		}
		end(w, c.Apply)
	})
}

func slipStands(s payout.Slip, applied bool) string {
	switch {
	case !applied:
		return "would be on its way to the bank"
	case s.State == payout.SlipBanked:
		return "its line was at the bank already, on " + s.BankedOn.String()
	}
	return "on its way to the bank, as " + s.ID
}

type depositSentCommand struct {
	settleFlags
	Deposit string `arg:"" help:"The deposit's id, from fundy deposit list."`
	As      string `required:"" placeholder:"NAME" help:"Who you are."`
	Apply   bool   `help:"Write it. Without this, only what would happen is said."`
}

// Run keeps that a deposit went out of the house.
func (c *depositSentCommand) Run(ctx context.Context) error {
	return c.with(ctx, false, func(d *settle.Deposits) error {
		s, err := d.SendSlip(ctx, c.Deposit, c.As, c.Apply)
		if err != nil {
			return slipInWords(err)
		}
		return c.say(s, func(w io.Writer) {
			fmt.Fprintf(w, "%s went out of the house.\n", s)
			end(w, c.Apply)
		})
	})
}

type depositAcceptCommand struct {
	settleFlags
	Deposit string `arg:"" help:"The deposit's id, from fundy deposit list."`
	Line    string `required:"" placeholder:"REF" help:"The bank's line, by its reference in the day's report."`
	Why     string `required:"" placeholder:"TEXT" help:"Why, in one line of at most 300 letters: the bank's own count, say."`
	As      string `required:"" placeholder:"NAME" help:"Who you are: not the one who made the deposit."`
	Apply   bool   `help:"Write it. Without this, only what would happen is said."`
}

// Run is a person's word that a line of the bank is a deposit although they differ.
func (c *depositAcceptCommand) Run(ctx context.Context) error {
	if desk.HasCard(c.Why) {
		return fmt.Errorf("%w: what you wrote looks like a card number: write it without", errUsage)
	}
	return c.with(ctx, false, func(d *settle.Deposits) error {
		s, err := d.AcceptSlip(ctx, c.Deposit, c.Line, c.Why, c.As, c.Apply)
		if err != nil {
			return slipInWords(err)
		}
		return c.say(s, func(w io.Writer) {
			fmt.Fprintf(w, "%s is the line %s. Short %s, kept by the acquirer %s.\n", s, c.Line, s.Short, s.Fee)
			end(w, c.Apply)
		})
	})
}

type depositListCommand struct {
	settleFlags
	Since string `placeholder:"DAY" help:"Deposits from this day on, as 2027-03-03. Those that the bank has not shown are listed either way."`
}

// Run lists the closed batches that wait for a deposit, and the deposits.
func (c *depositListCommand) Run(ctx context.Context) error {
	var since city.Date
	if c.Since != "" {
		var err error
		if since, err = city.ParseDate(c.Since); err != nil {
			return fmt.Errorf("%w: --since: %w", errUsage, err)
		}
	}
	return c.with(ctx, false, func(d *settle.Deposits) error {
		if since.IsZero() {
			since = city.DateOf(d.Now(), d.City.Zone).AddDays(-14)
		}
		waiting, slips, err := d.Slips(ctx, since)
		if err != nil {
			return err
		}
		return c.say(map[string]any{"waiting": waiting, "deposits": slips}, func(out io.Writer) {
			w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
			defer w.Flush()
			fmt.Fprintln(w, "BATCH\tKIND\tCLOSED\tAMOUNT\t")
			for _, b := range waiting {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", b.ID, b.Kind, clock(b.ClosedAt, d.City.Zone), b.Sum)
			}
			fmt.Fprintln(w, "\nDEPOSIT\tKIND\tDAY\tREFERENCE\tAMOUNT\tSTATE\tAT THE BANK\tFEE\tSHORT")
			for _, s := range slips {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, s.Kind, s.Day, s.Reference, s.Amount, s.State, orDash(s.BankedOn.String()), s.Fee, s.Short)
			}
		})
	})
}

// slipInWords says what is in the way of a deposit, and what to do.
func slipInWords(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("no deposit has this id: fundy deposit list shows them")
	}
	var no *payout.SlipRefusal
	if !errors.As(err, &no) {
		return err
	}
	switch no.Reason {
	case payout.RefusedWho:
		return fmt.Errorf("%w: --as: not a name that staff can have: small letters, digits and . _ -", errUsage)
	case payout.RefusedAccount:
		return fmt.Errorf("%w: --account: none of the accounts in deposits.toml has this name", errUsage)
	case payout.RefusedDay:
		return fmt.Errorf("%w: --day: it is to come, or more than 60 days ago", errUsage)
	case payout.RefusedReference:
		return fmt.Errorf("%w: --reference: letters, digits and hyphens, with a digit in it, at most 40", errUsage)
	case payout.RefusedBatches:
		return fmt.Errorf("%w: --batch: name each batch once, as fundy deposit list has it %s", errUsage, no.Batch)
	case payout.RefusedNotClosed:
		return fmt.Errorf("the batch %s is open still, or in a deposit already: fundy deposit list shows what waits", no.Batch)
	case payout.RefusedKind:
		return fmt.Errorf("the batch %s: a terminal's is entered with fundy deposit terminal, any other with fundy deposit make", no.Batch)
	case payout.RefusedNothing:
		return errors.New("the deposit comes to nothing")
	case payout.RefusedState:
		return errors.New("the deposit is further already: fundy deposit list shows where it is")
	case payout.RefusedLine:
		return errors.New("no line of this account, claimed as such a deposit and not in the books yet, has this reference: fundy settle report shows it")
	case payout.RefusedWhy:
		return fmt.Errorf("%w: --why: say why, in one line of at most 300 letters", errUsage)
	case payout.RefusedSame:
		return errors.New("who made the deposit does not accept what the bank has: somebody else has to")
	case payout.RefusedMuch:
		return fmt.Errorf("slip and line differ by %s: that is no slip of the pen. Ask the bank, and count the batch's entries", no.Amount)
	}
	return err
}
