package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

// itemsListed bounds a list.
const itemsListed = 500

type itemListCommand struct {
	City  string `required:"" placeholder:"DIR" help:"The city's folder."`
	State string `default:"kept" placeholder:"STATE" help:"kept, returned or resolved."`
}

// Run lists items, with who has each and since when.
func (c *itemListCommand) Run(ctx context.Context) error {
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		return s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			all, err := tx.Items(ctx, payment.ItemState(c.State), itemsListed)
			if err != nil {
				return err
			}
			owners, err := tx.ItemOwners(ctx)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ITEM\tKIND\tAMOUNT\tREASON\tRECEIVED\tNUMBER\tOWNER\tDAYS\tWHERE")
			for _, i := range all {
				days := int(s.Now().Sub(i.ReceivedOn.Start(s.City.Zone)) / (24 * time.Hour))
				fmt.Fprintf(w, "%s\t%s\t%s %s\t%s\t%s\t%s\t%s\t%d\t%s\n", i.ID, i.Kind, i.Amount, i.Currency, i.Reason, i.ReceivedOn, orDash(i.Reference), orDash(owners[i.ID]), days, whereItem(i))
			}
			return w.Flush()
		})
	})
}

func whereItem(i payment.Item) string {
	switch {
	case i.Deposited():
		return "deposited, put to no ticket"
	case i.State == payment.ItemWentBack:
		return "returned, letter of " + i.LetterOn.String()
	}
	return string(i.State)
}

type itemReturnedCommand struct {
	settleFlags
	Receipt string `arg:"" help:"The receipt's number."`
	Cheque  string `required:"" placeholder:"NUMBER" help:"The number of the cheque that came back."`
	Reason  string `required:"" placeholder:"CODE" help:"nsf, stopped, closed_account, signature, stale or refused."`
	Day     string `placeholder:"DAY" help:"The day on which it came back, as 2027-03-03. Without this, today."`
	As      string `required:"" placeholder:"NAME" help:"Who you are."`
	Apply   bool   `help:"Write it. Without this, only what would happen is said."`
}

// Run takes a payment back because a cheque of it came back.
func (c *itemReturnedCommand) Run(ctx context.Context) error {
	return c.with(ctx, false, func(d *settle.Deposits) error {
		ask := settle.ReturnAsk{Number: c.Cheque, Reason: c.Reason, Day: city.DateOf(d.Now(), d.City.Zone), By: c.As}
		if c.Day != "" {
			var err error
			if ask.Day, err = city.ParseDate(c.Day); err != nil {
				return fmt.Errorf("%w: --day: %w", errUsage, err)
			}
		}
		var a payment.Attempt
		err := d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			a, err = attemptOf(ctx, tx, c.Receipt)
			return err
		})
		if err != nil {
			return err
		}
		r, err := d.ReturnCheque(ctx, a.ID, ask, c.Apply)
		if err != nil {
			return returnInWords(err)
		}
		fmt.Printf("The cheque of %s came back: %d tickets are owed again, and no further cheque is taken for them.\n", r.Amount, len(r.Tickets))
		if r.Charge.ID != "" {
			fmt.Printf("A charge of %s is made for it, by %s: %s.\n", r.Charge.Amount, r.Charge.Clause, r.Charge.ID)
		}
		if !r.Left.IsZero() {
			fmt.Printf("%s of what was handed over beside it is the payer's: give it back with fundy refund ask.\n", r.Left)
		}
		end(os.Stdout, c.Apply)
		return nil
	})
}

// returnInWords says why a cheque was not entered as returned.
func returnInWords(err error) error {
	var no *payment.ReturnRefusal
	if !errors.As(err, &no) {
		return err
	}
	switch no.Reason {
	case payment.RefusedWho:
		return fmt.Errorf("%w: --as: not a name that staff can have: small letters, digits and . _ -", errUsage)
	case payment.RefusedReturnReason:
		return fmt.Errorf("%w: --reason: none of %v", errUsage, payment.ReturnReasons)
	case payment.RefusedReturnTender:
		return errors.New("no cheque of this number is on the receipt")
	case payment.RefusedReturnState:
		return errors.New("the cheque came back already, or nothing of its payment is here any more")
	case payment.RefusedReturnRefunded:
		return errors.New("some of the payment was given back, or is about to be: refuse the refund first; if the payer has it already, a person has to claim it back")
	case payment.RefusedReturnPart:
		return errors.New("the cheque paid a part of a ticket whose rest was paid or written off since: undo that first, then enter the cheque")
	case payment.RefusedReturnDay:
		return fmt.Errorf("%w: --day: it is to come, or before the cheque was received", errUsage)
	case payment.RefusedReturnMoved:
		return errors.New("its money was put to another ticket since: have it put back first, then enter the cheque")
	case payment.RefusedReturnOpen:
		return errors.New("the cheque's batch is open: reverse the entry instead")
	}
	return err
}

type chargeListCommand struct {
	City string `required:"" placeholder:"DIR" help:"The city's folder."`
}

// Run lists the charges that are owed.
func (c *chargeListCommand) Run(ctx context.Context) error {
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		return s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			all, err := tx.ChargesOwed(ctx, itemsListed)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "CHARGE\tFOR\tAMOUNT\tCLAUSE\tSINCE\tTICKETS")
			for _, one := range all {
				tickets, err := tx.TicketsOfReturned(ctx, one.Returned)
				if err != nil {
					return err
				}
				numbers := ""
				for _, id := range tickets {
					t, err := tx.Ticket(ctx, id)
					if err != nil {
						return err
					}
					numbers += t.Number + " "
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", one.ID, one.Returned, one.Amount, one.Clause, clock(one.MadeAt, s.City.Zone), numbers)
			}
			return w.Flush()
		})
	})
}

type chargePayCommand struct {
	itemFlags
	Charge string `arg:"" help:"The charge's id, from fundy charge list."`
	Tender string `required:"" placeholder:"KIND" help:"cash, money_order or terminal: never a cheque."`
	Amount string `required:"" placeholder:"25.00" help:"What was handed over."`
	Number string `placeholder:"NUMBER" help:"Of a money order its number, of a terminal its authorisation's."`
}

// Run takes money for a charge.
func (c *chargePayCommand) Run(ctx context.Context) error {
	amount, err := money.Parse(c.Amount)
	if err != nil {
		return fmt.Errorf("%w: --amount: write %q as 25.00", errUsage, c.Amount)
	}
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		t := payment.Tender{Kind: payment.TenderKind(c.Tender), Tendered: amount, Reference: c.Number, ReceivedOn: city.DateOf(s.Now(), s.City.Zone)}
		e, err := s.PayCharge(ctx, payment.ChargeID(c.Charge), t, c.As, c.Apply)
		if err != nil {
			return chargeInWords(err)
		}
		fmt.Printf("%s is taken, number %s, receipt %s; change %s.\n", e.Attempt.Amount, e.Printed(), e.Attempt.Receipt, e.Change())
		c.end()
		return nil
	})
}

type chargeWaiveCommand struct {
	itemFlags
	Charge string `arg:"" help:"The charge's id, from fundy charge list."`
	Why    string `required:"" placeholder:"TEXT" help:"Why, in one line of at most 200 letters."`
}

// Run lets a charge go.
func (c *chargeWaiveCommand) Run(ctx context.Context) error {
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		charge, err := s.WaiveCharge(ctx, payment.ChargeID(c.Charge), c.As, c.Why, c.Apply)
		if err != nil {
			return chargeInWords(err)
		}
		fmt.Printf("%s is not asked for any more.\n", charge.Amount)
		c.end()
		return nil
	})
}

func chargeInWords(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("no charge has this id: fundy charge list shows them")
	}
	var no *payment.CounterRefusal
	if errors.As(err, &no) {
		switch no.Reason {
		case payment.TakeChequeRefused:
			return errors.New("no cheque is taken for it: cash, a money order, or a card at the terminal")
		case payment.TakeShort, payment.TakeAmount:
			return fmt.Errorf("the charge is %s, and %s is no way to pay it", no.Due, no.Got)
		}
	}
	return counterInWords(err, nil, "")
}
