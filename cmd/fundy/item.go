package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"fundy/city"
	"fundy/desk"
	"fundy/fault"
	"fundy/money"
	"fundy/office"
	"fundy/payment"
	"fundy/seal"
	"fundy/settle"
	"fundy/store"
)

// itemFlags are what each verb that changes an item takes.
type itemFlags struct {
	City  string `required:"" placeholder:"DIR" help:"The city's folder."`
	As    string `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply bool   `help:"Write it. Without this, only what would happen is said."`
}

func (c itemFlags) end() { end(os.Stdout, c.Apply) }

type itemEnterCommand struct {
	itemFlags
	Kind     string `required:"" placeholder:"KIND" help:"cheque, money_order or cash."`
	Amount   string `required:"" placeholder:"30.00" help:"What is written on it."`
	Currency string `placeholder:"USD" help:"Where it is not the city's."`
	Reason   string `required:"" placeholder:"CODE" help:"unidentified, post_dated, unsigned, stale_dated, foreign_currency, short or no_ticket."`
	Received string `placeholder:"DAY" help:"The day on which it came, as 2027-03-03. Without this, today."`
	Drawn    string `placeholder:"DAY" help:"The day that is written on it."`
	Batch    string `placeholder:"ID" help:"The open batch of the mail in which it came: it counts in the batch's total."`
	Number   string `placeholder:"NUMBER" help:"The number on it: capitals, digits and hyphens."`
	Note     string `placeholder:"FILE" help:"A file with a note, - for the standard input: who sent it, say. It is sealed; only the office can open it."`
}

// noteMost bounds a note, in bytes.
const noteMost = 2000

// Run keeps an item that came in.
func (c *itemEnterCommand) Run(ctx context.Context) error {
	i := payment.Item{
		Kind: payment.TenderKind(c.Kind), Currency: strings.ToUpper(c.Currency), Reason: payment.ItemReason(c.Reason), Batch: payment.BatchID(c.Batch),
		Reference: c.Number, EnteredBy: c.As,
	}
	var err error
	if i.Amount, err = money.Parse(c.Amount); err != nil {
		return fmt.Errorf("%w: --amount: write %q as 30.00", errUsage, c.Amount)
	}
	note, err := readNote(c.Note)
	if err != nil {
		return err
	}
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		if i.Currency == "" {
			i.Currency = s.City.Currency
		}
		i.ReceivedOn = city.DateOf(s.Now(), s.City.Zone)
		for flag, one := range map[string]struct {
			text string
			into *city.Date
		}{"--received": {c.Received, &i.ReceivedOn}, "--drawn": {c.Drawn, &i.DrawnOn}} {
			if one.text == "" {
				continue
			}
			if *one.into, err = city.ParseDate(one.text); err != nil {
				return fmt.Errorf("%w: %s: %w", errUsage, flag, err)
			}
		}
		sealing, err := c.sealing(note)
		if err != nil {
			return err
		}
		kept, err := s.EnterItem(ctx, i, sealing, c.Apply)
		if err != nil {
			return itemInWords(err)
		}
		if c.Apply {
			fmt.Printf("%s is kept, as %s. Its owner is who has it in fundy queue list.\n", kept, kept.ID)
		} else {
			fmt.Printf("%s would be kept.\n", kept)
		}
		c.end()
		return nil
	})
}

func readNote(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	var in io.Reader = os.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read the note: %w", err)
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, noteMost+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the note: %w", err)
	case len(b) > noteMost:
		return nil, fmt.Errorf("%w: --note: it is longer than %d bytes", errUsage, noteMost)
	case desk.HasCard(string(b)):
		return nil, fmt.Errorf("%w: --note: it has what looks like a card number: write it without, and destroy what has it", errUsage)
	}
	return b, nil
}

// sealing seals a note to the office and to its item.
func (c *itemEnterCommand) sealing(note []byte) (func(payment.ItemID) ([]byte, error), error) {
	if len(note) == 0 {
		return nil, nil
	}
	f, err := openFolder(c.City)
	if err != nil {
		return nil, err
	}
	key, err := f.publicKey()
	if err != nil {
		return nil, err
	}
	return func(id payment.ItemID) ([]byte, error) { return key.Seal(note, []byte(seal.ItemNote), []byte(id)) }, nil
}

type itemDepositCommand struct {
	itemFlags
	Item string `arg:"" help:"The item's id, from fundy item list."`
}

// Run takes an item's money before anybody knows what it is for.
func (c *itemDepositCommand) Run(ctx context.Context) error {
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		i, e, err := s.DepositItem(ctx, payment.ItemID(c.Item), c.As, c.Apply)
		if err != nil {
			return itemInWords(err)
		}
		fmt.Printf("%s goes to the bank with its batch, under the number %s, and is put to no ticket: it is the payer's.\n", i, e.Printed())
		c.end()
		return nil
	})
}

type itemReturnCommand struct {
	itemFlags
	Item   string `arg:"" help:"The item's id, from fundy item list."`
	Letter string `placeholder:"DAY" help:"The day of the letter that goes with it. Without this, today."`
}

// Run keeps that an item went back with a letter.
func (c *itemReturnCommand) Run(ctx context.Context) error {
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		letter := city.DateOf(s.Now(), s.City.Zone)
		if c.Letter != "" {
			var err error
			if letter, err = city.ParseDate(c.Letter); err != nil {
				return fmt.Errorf("%w: --letter: %w", errUsage, err)
			}
		}
		i, err := s.ReturnItem(ctx, payment.ItemID(c.Item), letter, c.As, c.Apply)
		if err != nil {
			return itemInWords(err)
		}
		fmt.Printf("%s goes back with the letter of %s. No deadline has moved by it.\n", i, letter)
		c.end()
		return nil
	})
}

type itemResolveCommand struct {
	itemFlags
	Item    string `arg:"" help:"The item's id, from fundy item list."`
	Receipt string `required:"" placeholder:"NUMBER" help:"The receipt of the payment that it became."`
}

// Run keeps which payment an item became.
func (c *itemResolveCommand) Run(ctx context.Context) error {
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		var a payment.Attempt
		err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			a, err = attemptOf(ctx, tx, c.Receipt)
			return err
		})
		if err != nil {
			return err
		}
		i, err := s.ResolveItem(ctx, payment.ItemID(c.Item), a.ID, c.As, c.Apply)
		if err != nil {
			return itemInWords(err)
		}
		fmt.Printf("%s became the payment with the receipt %s.\n", i, a.Receipt)
		c.end()
		return nil
	})
}

type itemNoteCommand struct {
	City string `required:"" placeholder:"DIR" help:"The city's folder."`
	Item string `arg:"" help:"The item's id, from fundy item list."`
	As   string `required:"" placeholder:"NAME" help:"Who you are. That you have opened it is on the log before you read it."`
}

// Run opens the note on an item, with the office's key.
func (c *itemNoteCommand) Run(ctx context.Context) error {
	if !payment.StaffName(c.As) {
		return itemInWords(&payment.ItemRefusal{Reason: payment.RefusedWho})
	}
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	private, err := f.key("office", "seal.private")
	if err != nil {
		return err
	}
	s, err := f.openStore(ctx)
	if err != nil {
		return err
	}
	note, err := office.OpenItemNote(ctx, s, private, payment.ItemID(c.Item), c.As, fault.Now)
	if err = errors.Join(err, s.Close()); err != nil {
		return itemInWords(err)
	}
	fmt.Println(strings.TrimSpace(string(note)))
	return nil
}

// itemInWords says what is in the way of an item, and what to do.
func itemInWords(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("no item has this id: fundy item list shows them")
	}
	var no *payment.ItemRefusal
	if !errors.As(err, &no) {
		return counterInWords(err, nil, "")
	}
	said, ok := map[string]string{
		payment.RefusedWho:           "--as: not a name that staff can have: small letters, digits and . _ -",
		payment.RefusedItemKind:      "--kind: cheque, money_order or cash; only a cheque can be unsigned",
		payment.RefusedItemReason:    fmt.Sprintf("--reason: none of %v", payment.ItemReasons),
		payment.RefusedAmount:        "--amount: more than nothing",
		payment.RefusedItemCurrency:  "--currency: three letters; another than the city's goes with --reason foreign_currency, and only with it",
		payment.RefusedItemDate:      "the day is to come, too long ago, or before the item came",
		payment.RefusedItemDrawn:     "--drawn: say the day on it: a post-dated one is of a day after it came, a stale one of more than six months before",
		payment.RefusedItemReference: "--number: a cheque's or money order's number in capitals, digits and hyphens, at most 12; cash has none",
		payment.RefusedItemState:     "the item is not here any more: fundy item list --state returned or resolved shows it",
		payment.RefusedItemDeposited: "its money is at the bank: it goes back as a refund (fundy refund ask), or is put to a ticket",
		payment.RefusedItemNotTaken:  "the receipt is of no payment that stands",
		payment.RefusedItemOther:     "the receipt has no tender of this kind and amount: is it the right one?",
		payment.RefusedItemOwn:       "you have entered this cash: another person who takes money says that it goes back, or which payment it became",
		payment.RefusedItemUncashed:  "only a cheque or money order that is unidentified or for no ticket of ours can be deposited: return it, or resolve it with a payment",
	}[no.Reason]
	if !ok {
		return err
	}
	return fmt.Errorf("%w: %s", errUsage, said)
}
