package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"fundy/city"
	"fundy/ident"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

type counterTakeCommand struct {
	City       string   `required:"" placeholder:"DIR" help:"The city's folder."`
	Ticket     []string `required:"" sep:"none" placeholder:"NUMBER" help:"A ticket's number; several are paid in the order in which they are named."`
	Plate      []string `sep:"none" placeholder:"PLATE" help:"The plate of each ticket, in the same order; it only finds the ticket."`
	Issued     []string `sep:"none" placeholder:"DAY" help:"The day of issue of each ticket, for tickets without a plate and numbers that have come again."`
	Cash       []string `sep:"none" placeholder:"40.00" help:"Cash, as it was handed over. What is due in cash is rounded to five cents."`
	Cheque     []string `sep:"none" placeholder:"60.00" help:"A cheque; its number follows with --number."`
	Number     []string `sep:"none" placeholder:"N" help:"The number of each cheque."`
	Bank       []string `sep:"none" placeholder:"12345-003" help:"The branch of each cheque: transit and institution. Never the account."`
	Drawn      []string `sep:"none" placeholder:"DAY" help:"The date on each cheque."`
	MoneyOrder []string `sep:"none" placeholder:"60.00" help:"A money order; its number follows with --order."`
	Order      []string `sep:"none" placeholder:"N" help:"The number of each money order."`
	Terminal   []string `sep:"none" placeholder:"30.00" help:"Taken on the card terminal; its authorisation number follows with --auth."`
	Auth       []string `sep:"none" placeholder:"N" help:"The authorisation number of each amount on the terminal."`
	Due        string   `placeholder:"60.00" help:"What you have seen to be due. If that is not so, nothing is taken."`
	ReviewBox  bool     `help:"The payer knows that to pay ends the review of a ticket."`
	Batch      string   `placeholder:"ID" help:"By mail: the open batch, from fundy batch list. Without it the money goes into your drawer."`
	Received   string   `placeholder:"DAY" help:"By mail: the day on which it was received. Default: today."`
	Postmark   string   `placeholder:"DAY" help:"By mail: the day of the postmark."`
	Unreadable string   `placeholder:"WHY" help:"By mail: why the postmark can't be read: faint, none or torn."`
	Language   string   `placeholder:"en" help:"The payer's language."`
	As         string   `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply      bool     `help:"Write it. Without this, only what would happen is said."`
}

// Run takes money at the counter or by mail.
func (c *counterTakeCommand) Run(ctx context.Context) error {
	r := settle.TenderRequest{
		RequestID: ident.New("req"), Batch: payment.BatchID(c.Batch), Unreadable: c.Unreadable, ReviewBox: c.ReviewBox, Language: c.Language, By: c.As,
	}
	var err error
	if r.Tenders, err = c.tenders(); err != nil {
		return err
	}
	if c.Due != "" {
		if r.Expected, err = amountOf("--due", c.Due); err != nil {
			return err
		}
	}
	if r.PostmarkOn, err = dayOf("--postmark", c.Postmark); err != nil {
		return err
	}
	if r.ReceivedOn, err = dayOf("--received", c.Received); err != nil {
		return err
	}
	return withCity(ctx, c.City, func(f folder, s *settle.Settler) error {
		if r.Batch != "" && c.Received == "" {
			r.ReceivedOn = city.DateOf(s.Now(), s.City.Zone)
		}
		numbers := map[ticket.ID]string{}
		if r.Tickets, err = c.find(ctx, f, s, numbers); err != nil {
			return err
		}
		if !c.Apply {
			taken, err := s.LookTender(ctx, r)
			if err != nil {
				return counterInWords(err, numbers, c.As)
			}
			printTaken(os.Stdout, settle.Entry{Payment: taken.Payment, Tenders: taken.Tenders, Excess: taken.Excess, Part: taken.Part, CounterEntry: store.CounterEntry{Short: taken.Short}}, numbers)
			fmt.Println(dryRun)
			return nil
		}
		e, err := s.TakeTender(ctx, r)
		if errors.Is(err, store.ErrCommitUnknown) {
			e, err = s.TakeTender(ctx, r) // the same request is the same entry
		}
		if err != nil {
			return counterInWords(err, numbers, c.As)
		}
		printTaken(os.Stdout, e, numbers)
		fmt.Printf("Receipt %s, %s.\n", e.Attempt.Receipt, e.Printed())
		return nil
	})
}

// tenders puts each amount together with its number.
func (c *counterTakeCommand) tenders() ([]payment.Tender, error) {
	var all []payment.Tender
	for _, group := range []struct {
		kind             payment.TenderKind
		flag, numberFlag string
		amounts, numbers []string
	}{
		{payment.Terminal, "--terminal", "--auth", c.Terminal, c.Auth}, {payment.Cheque, "--cheque", "--number", c.Cheque, c.Number},
		{payment.MoneyOrder, "--money-order", "--order", c.MoneyOrder, c.Order}, {payment.Cash, "--cash", "", c.Cash, nil},
	} {
		if group.kind != payment.Cash && len(group.amounts) != len(group.numbers) {
			return nil, fmt.Errorf("%w: each %s needs its %s, in the same order: there are %d and %d", errUsage, group.flag, group.numberFlag, len(group.amounts), len(group.numbers))
		}
		for i, text := range group.amounts {
			amount, err := amountOf(group.flag, text)
			if err != nil {
				return nil, err
			}
			t := payment.Tender{Kind: group.kind, Tendered: amount}
			if group.kind != payment.Cash {
				t.Reference = strings.ToUpper(group.numbers[i])
			}
			if group.kind == payment.Cheque {
				if t.Bank, t.DrawnOn, err = c.drawn(i); err != nil {
					return nil, err
				}
			}
			all = append(all, t)
		}
	}
	return all, nil
}

func (c *counterTakeCommand) drawn(i int) (bank string, day city.Date, err error) {
	for flag, n := range map[string]int{"--bank": len(c.Bank), "--drawn": len(c.Drawn)} {
		if n > 0 && n != len(c.Cheque) {
			return "", day, fmt.Errorf("%w: %s goes with every cheque or with none: there are %d and %d", errUsage, flag, n, len(c.Cheque))
		}
	}
	if len(c.Bank) > 0 {
		bank = c.Bank[i]
	}
	if len(c.Drawn) > 0 {
		day, err = dayOf("--drawn", c.Drawn[i])
	}
	return bank, day, err
}

// printTaken says what each ticket got and what each tender counted.
func printTaken(w io.Writer, e settle.Entry, numbers map[ticket.ID]string) {
	for _, f := range e.Payment.Tickets {
		what := "paid"
		if f.Ticket == e.Part {
			what = "paid in part"
		}
		fmt.Fprintf(w, "  ticket %-20s %12s  %s\n", numbers[f.Ticket], f.Total, what)
	}
	for _, t := range e.Tenders {
		fmt.Fprintf(w, "  %-27s %12s  %s\n", t.Kind, t.Tendered, t.Reference)
		if !t.Rounding.IsZero() {
			fmt.Fprintf(w, "    %-25s %12s\n", "rounded by", t.Rounding)
		}
		if !t.Excess.IsZero() {
			fmt.Fprintf(w, "    %-25s %12s  the payer's: it is in the queue\n", "more than was due", t.Excess)
		}
	}
	if !e.Short.IsZero() {
		fmt.Fprintf(w, "  %-27s %12s\n", "short, and let go", e.Short)
	}
	fmt.Fprintf(w, "  %-27s %12s\n", "CHANGE", e.Change())
}
