package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"fundy/city"
	"fundy/ledger"
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
		book := sheet.Book{about(in, b.City, in.say("about.as_of"), sheet.Day(day), out.Closed, ""), balances(in, out.Accounts)}
		if printed, err := c.write(book); printed || err != nil {
			return err
		}
		return c.say(out, book.Print)
	})
}

// about is what a table is of.
func about(in reader, c city.City, item string, value sheet.Cell, closed bool, lockedBy string) sheet.Sheet {
	state := in.say("state.open")
	switch {
	case lockedBy != "":
		state = in.say("state.locked", "by", lockedBy)
	case closed:
		state = in.say("state.closed")
	}
	s := sheet.Sheet{Name: in.say("sheet.about"), Head: in.heads("item", "value")}
	s.Add(sheet.Text(item), value)
	s.Add(sheet.Text(in.say("about.state")), sheet.Text(state))
	s.Add(sheet.Text(in.say("about.currency")), sheet.Text(c.Currency))
	return s
}

func balances(in reader, accounts []ledger.Balance) sheet.Sheet {
	s := sheet.Sheet{Name: in.say("sheet.balances"), Head: in.heads("account", "debit", "credit", "balance")}
	for _, a := range accounts {
		s.Add(sheet.Text(a.Account), sheet.Amount(a.Debit), sheet.Amount(a.Credit), sheet.Amount(a.Balance))
	}
	return s
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
		book := yearBook(y, in, b.City)
		if printed, err := c.write(book); printed || err != nil {
			return err
		}
		return c.say(y, book.Print)
	})
}

// yearBook is a year as tables.
func yearBook(y ledger.Year, in reader, c city.City) sheet.Book {
	first := about(in, c, in.say("about.year"), sheet.Text(strconv.Itoa(y.Year)), y.Final, y.LockedBy)
	first.Add(sheet.Text(in.say("about.as_of")), sheet.Day(y.End))
	first.Add(sheet.Text(in.say("about.basis")), sheet.Text(in.one("basis", y.Basis)))
	return sheet.Book{
		first, receivable(y, in), transit(y, in), standing(in, "sheet.unclaimed", y.Unclaimed), standing(in, "sheet.unallocated", y.Unallocated),
		writeOffs(y, in), adjustments(y, in), balances(in, y.Balances),
	}
}

func receivable(y ledger.Year, in reader) sheet.Sheet {
	s := sheet.Sheet{Name: in.say("sheet.receivable"), Head: in.heads("state", "tier", "days", "tickets", "owed", "allowance")}
	tickets := 0
	for _, l := range y.Receivable {
		tickets += l.Tickets
		s.Add(sheet.Text(in.one("stage", string(l.State))), sheet.Count(l.Tier), sheet.Text(in.say("age."+strconv.Itoa(l.Age))), sheet.Count(l.Tickets), sheet.Amount(l.Owed), sheet.Amount(l.Allowance))
	}
	s.Add(sheet.Text(in.say("total")), sheet.Text(""), sheet.Text(""), sheet.Count(tickets), sheet.Amount(y.Owed), sheet.Amount(y.Allowance))
	return s
}

func transit(y ledger.Year, in reader) sheet.Sheet {
	s := sheet.Sheet{Name: in.say("sheet.transit"), Head: in.heads("side", "payout", "amount", "captures", "sent", "arrival", "banked")}
	for _, t := range y.Transit {
		s.Add(sheet.Text(in.one("side", t.Side)), sheet.Text(t.Payout), sheet.Amount(t.Amount), sheet.Count(t.Captures), sheet.Day(t.Sent), sheet.Day(t.Arrival), sheet.Day(t.BankedOn))
	}
	return s
}

func standing(in reader, name string, all []ledger.Standing) sheet.Sheet {
	s := sheet.Sheet{Name: in.say(name), Head: in.heads("account", "ref", "since", "days", "amount")}
	for _, o := range all {
		s.Add(sheet.Text(o.Account), sheet.Text(o.Ref), sheet.Day(o.Since), sheet.Count(o.Days), sheet.Amount(o.Amount))
	}
	return s
}

func writeOffs(y ledger.Year, in reader) sheet.Sheet {
	s := sheet.Sheet{Name: in.say("sheet.write_offs"), Head: in.heads("day", "kind", "ticket", "issued", "resolution", "amount", "by")}
	for _, w := range y.WriteOffs {
		s.Add(sheet.Day(w.Day), sheet.Text(in.one("kind", string(w.Kind))), sheet.Text(w.Ticket), sheet.Day(w.IssuedOn), sheet.Text(w.Resolution), sheet.Amount(w.Amount), sheet.Text(w.By))
	}
	return s
}

func adjustments(y ledger.Year, in reader) sheet.Sheet {
	s := sheet.Sheet{Name: in.say("sheet.adjustments"), Head: in.heads("day", "of", "kind", "debit", "credit", "component", "amount", "entry")}
	for _, a := range y.Adjustments {
		s.Add(sheet.Day(a.Day), sheet.Day(a.Of), sheet.Text(in.one("kind", string(a.Kind))), sheet.Text(string(a.Debit)), sheet.Text(string(a.Credit)), sheet.Text(a.Component), sheet.Amount(a.Amount), sheet.Text(a.Entry))
	}
	return s
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
