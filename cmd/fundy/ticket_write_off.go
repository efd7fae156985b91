package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"fundy/settle"
)

// listFlags say which tickets a decision is about.
type listFlags struct {
	Number     []string `arg:"" optional:"" help:"The tickets' numbers; where a number has come again, with the day of issue, as FH-1001@2026-03-12."`
	File       string   `placeholder:"FILE" help:"A file with a number on each line, or a number, a comma and the day of issue."`
	Resolution string   `required:"" placeholder:"NUMBER" help:"The resolution by which it is decided, as 2027-114."`
	As         string   `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply      bool     `help:"Write it. Without this, only what would be written is said."`
}

// mostList bounds a list of tickets, in bytes.
const mostList = 1 << 20

// tickets are those that were named, on the call and in the file.
func (c listFlags) tickets() ([]settle.TicketNumber, error) {
	var all []settle.TicketNumber
	for _, text := range c.Number {
		n, err := ticketNumber(text, "@")
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	if c.File == "" {
		return all, nil
	}
	b, err := readSmall(c.File, mostList)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	for at := 1; lines.Scan(); at++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		n, err := ticketNumber(text, ",")
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", c.File, at, err)
		}
		all = append(all, n)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", c.File, err)
	}
	return all, nil
}

// longestNumber bounds what is looked for.
const longestNumber = 64

func ticketNumber(text, between string) (settle.TicketNumber, error) {
	number, day, dated := strings.Cut(text, between)
	n := settle.TicketNumber{Number: strings.TrimSpace(number)}
	if n.Number == "" || len(n.Number) > longestNumber {
		return n, fmt.Errorf("%w: %q has no ticket's number, or one that is too long", errUsage, text)
	}
	if !dated {
		return n, nil
	}
	var err error
	n.Day, err = neededDay("the day of issue", strings.TrimSpace(day))
	return n, err
}

type ticketWriteOffCommand struct {
	booksFlags
	listFlags
}

// Run gives up what is owed on tickets.
func (c *ticketWriteOffCommand) Run(ctx context.Context) error {
	return c.do(ctx, c.listFlags, (*settle.Books).WriteOff, "written off", "written off by this resolution already")
}

type ticketRecoverCommand struct {
	booksFlags
	listFlags
}

// Run makes tickets that were written off owed again.
func (c *ticketRecoverCommand) Run(ctx context.Context) error {
	return c.do(ctx, c.listFlags, (*settle.Books).Recover, "owed again", "owed already")
}

func (c booksFlags) do(ctx context.Context, list listFlags, act func(*settle.Books, context.Context, []settle.TicketNumber, string, string, bool) (settle.WrittenOff, error), done, same string) error {
	tickets, err := list.tickets()
	if err != nil {
		return err
	}
	return c.with(ctx, func(b *settle.Books) error {
		out, err := act(b, ctx, tickets, list.As, list.Resolution, list.Apply)
		if err != nil {
			return err
		}
		return c.say(out, func(w io.Writer) error {
			fmt.Fprintf(w, "%d tickets with %s %s; %d %s\n", out.Tickets, out.Amount, done, out.Same, same)
			end(w, list.Apply)
			return nil
		})
	})
}
