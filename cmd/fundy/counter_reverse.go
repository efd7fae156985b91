package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"fundy/ident"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

type counterReverseCommand struct {
	City    string `required:"" placeholder:"DIR" help:"The city's folder."`
	Receipt string `arg:"" help:"The receipt's number, or the printed one: A-000012."`
	Reason  string `required:"" placeholder:"TEXT" help:"Why, in one line. No names and no long numbers."`
	As      string `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply   bool   `help:"Write it. Without this, only what would happen is said."`
}

// Run undoes an entry whose batches are open.
func (c *counterReverseCommand) Run(ctx context.Context) error {
	return withCity(ctx, c.City, func(_ folder, s *settle.Settler) error {
		a, err := entryOf(ctx, s, c.Receipt)
		if err != nil {
			return err
		}
		do := s.LookReverse
		if c.Apply {
			do = s.ReverseEntry
		}
		e, err := do(ctx, a.ID, c.As, c.Reason)
		if err != nil {
			return counterInWords(err, nil, c.As)
		}
		for _, t := range e.Tenders {
			kept, err := t.Kept()
			if err != nil {
				return err
			}
			fmt.Printf("  hand back: %-16s %12s  %s\n", t.Kind, kept, t.Reference)
			if t.Kind == payment.Terminal {
				fmt.Println("  void it on the terminal, too.")
			}
		}
		if !c.Apply {
			fmt.Println(dryRun)
			return nil
		}
		fmt.Printf("Receipt %s, %s, is reversed.\n", e.Attempt.Receipt, e.Printed())
		return nil
	})
}

// entryOf is the attempt of a receipt's number or of a printed one.
func entryOf(ctx context.Context, s *settle.Settler, typed string) (a payment.Attempt, err error) {
	err = s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if number, ok := ident.ReadReceipt(typed); ok {
			a, err = tx.AttemptByReceipt(ctx, number)
			return err
		}
		at := strings.LastIndexByte(typed, '-')
		n, bad := strconv.ParseInt(typed[at+1:], 10, 64)
		if at < 1 || bad != nil {
			return store.ErrNotFound
		}
		e, err := tx.CounterEntryByNumber(ctx, strings.ToUpper(typed[:at]), n)
		if err != nil {
			return err
		}
		a, err = tx.Attempt(ctx, e.Attempt)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return a, fmt.Errorf("no receipt of this city has the number %q: read it again; a printed one is a drawer's name and a number, as A-000012", typed)
	}
	return a, err
}
