package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"fundy/city"
	"fundy/report"
	"fundy/settle"
	"fundy/sheet"
)

// sheetFlags are where tables go.
type sheetFlags struct {
	CSV      string `name:"csv" placeholder:"FILE" help:"Write it as CSV too; - is the standard output, alone."`
	XLSX     string `name:"xlsx" placeholder:"FILE" help:"Write it as a workbook for a spreadsheet too, a sheet for each part."`
	Language string `placeholder:"LANG" help:"The language of the tables, en or fr. Default: the city's first."`
}

// write writes tables to the files that were asked for; printed: they went to the standard output.
func (c sheetFlags) write(b sheet.Book) (printed bool, err error) {
	if c.XLSX != "" {
		if err := writeFile(c.XLSX, b.XLSX); err != nil {
			return false, err
		}
	}
	switch c.CSV {
	case "":
		return false, nil
	case "-":
		return true, b.CSV(os.Stdout)
	}
	return false, writeFile(c.CSV, b.CSV)
}

// readerOf is the language that was asked for, or else the city's first.
func readerOf(asked string, c city.City) (report.Reader, error) {
	in, err := report.ReaderOf(asked, c)
	if err != nil {
		return in, fmt.Errorf("%w: --language: %w", errUsage, err)
	}
	return in, nil
}

type ledgerBalancesCommand struct {
	booksFlags
	sheetFlags
	AsOf string `required:"" name:"as-of" placeholder:"DAY" help:"As of the end of a day. Of a closed day the figures are the same for ever."`
}

// Run adds every account up as of a day.
func (c *ledgerBalancesCommand) Run(ctx context.Context) error {
	day, err := neededDay("--as-of", c.AsOf)
	if err != nil {
		return err
	}
	return c.with(ctx, func(b *settle.Books) error {
		in, err := readerOf(c.Language, b.City)
		if err != nil {
			return err
		}
		out, err := b.Balances(ctx, day)
		if err != nil {
			return err
		}
		book := sheet.Book{report.About(in, b.City, in.Say("about.as_of"), sheet.Day(day), out.Closed, ""), report.Balances(in, out.Accounts)}
		if printed, err := c.write(book); printed || err != nil {
			return err
		}
		return c.say(out, book.Print)
	})
}

type ledgerYearCommand struct {
	booksFlags
	sheetFlags
	Year int `required:"" placeholder:"YEAR" help:"The year, as 2027."`
}

// Run says what a year came to at its end.
func (c *ledgerYearCommand) Run(ctx context.Context) error {
	return c.with(ctx, func(b *settle.Books) error {
		in, err := readerOf(c.Language, b.City)
		if err != nil {
			return err
		}
		y, err := b.Year(ctx, c.Year)
		if err != nil {
			return err
		}
		book := report.Year(y, in, b.City)
		if printed, err := c.write(book); printed || err != nil {
			return err
		}
		return c.say(y, book.Print)
	})
}

type ledgerCloseYearCommand struct {
	booksFlags
	Year  int    `required:"" placeholder:"YEAR" help:"The year, as 2027."`
	As    string `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply bool   `help:"Lock it, for good. Without this, only whether it can be locked is said."`
}

// Run locks a year, or says what stands in the way.
func (c *ledgerCloseYearCommand) Run(ctx context.Context) error {
	return c.with(ctx, func(b *settle.Books) error {
		y, err := b.CloseYear(ctx, c.Year, c.As, c.Apply)
		if err != nil {
			return err
		}
		return c.say(y, func(w io.Writer) error {
			fmt.Fprintf(w, "%d: receivable %s, of it doubtful %s; %d write-offs; %d adjustments of years before\n", y.Year, y.Owed, y.Allowance, len(y.WriteOffs), len(y.Adjustments))
			if c.Apply {
				fmt.Fprintln(w, "The year is locked. What comes later and is of it is entered in the open year, and listed there apart.")
			}
			end(w, c.Apply)
			return nil
		})
	})
}
