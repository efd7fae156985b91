package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"fundy/city"
	"fundy/fault"
	"fundy/journal"
	"fundy/office"
	"fundy/settle"
)

// booksFlags are what each of the verbs of the books takes.
type booksFlags struct {
	City string `required:"" placeholder:"DIR" help:"The city's folder."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// with runs do on a city's books.
func (c booksFlags) with(ctx context.Context, do func(b *settle.Books) error) error {
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	s, err := f.openStore(ctx)
	if err != nil {
		return err
	}
	rules, err := office.LoadRules(ctx, s)
	if err == nil {
		err = do(settle.NewBooks(settle.BooksConfig{Store: s, City: f.settings.City(), Rules: rules, Now: fault.Now, Log: slog.Default()}))
	}
	return errors.Join(err, s.Close())
}

// say prints v as JSON, or lets text print it.
func (c booksFlags) say(v any, text func(w io.Writer) error) error {
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(v)
	}
	return text(os.Stdout)
}

// neededDay reads a day of a flag that has to have one.
func neededDay(flag, text string) (city.Date, error) {
	day, err := city.ParseDate(text)
	if err != nil {
		return day, fmt.Errorf("%w: %s: %w", errUsage, flag, err)
	}
	return day, nil
}

type ledgerExportCommand struct {
	booksFlags
	From  string `required:"" placeholder:"DAY" help:"The first day, as 2027-03-01."`
	Until string `required:"" placeholder:"DAY" help:"The last day: it is in the file."`
	Map   string `required:"" placeholder:"MAPPING.toml" help:"The city's accounts and the file's layout. docs/reports.md teaches it; examples/ledger/ has two."`
	Out   string `required:"" placeholder:"FILE" help:"The file. With days that are not closed its name gets .provisional."`
	Open  bool   `help:"Take days that are not closed too. The file is marked provisional: it can come out otherwise later."`
	As    string `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply bool   `help:"Write the file, and keep that it was made. Without this, only what would be in it is said."`
}

// mostMappingFile is more than any mapping has, in bytes; the reader of mappings says the limit.
const mostMappingFile = 1 << 20

// Run writes the journal of a range of days for the city's own general ledger.
func (c *ledgerExportCommand) Run(ctx context.Context) error {
	ask := settle.ExportAsk{Open: c.Open, By: c.As}
	var err error
	if ask.From, err = neededDay("--from", c.From); err != nil {
		return err
	}
	if ask.Until, err = neededDay("--until", c.Until); err != nil {
		return err
	}
	if ask.MappingText, err = readSmall(c.Map, mostMappingFile); err != nil {
		return err
	}
	var faults []error
	if ask.Mapping, faults = journal.ParseMapping(ask.MappingText); len(faults) > 0 {
		return fmt.Errorf("%w: %s:\n  %w", errUsage, c.Map, joinLines(faults))
	}
	return c.with(ctx, func(b *settle.Books) error {
		out, err := b.Export(ctx, ask, c.Apply)
		if err != nil {
			return err
		}
		path := c.Out
		if out.Provisional {
			path += ".provisional"
		}
		if c.Apply {
			// It is kept already that the file was made: where this fails, the same call makes the same file.
			if err := writeFile(path, func(w io.Writer) error { _, err := w.Write(out.Content); return err }); err != nil {
				return err
			}
		}
		return c.say(out, func(w io.Writer) error {
			fmt.Fprintf(w, "%s to %s, basis %s: %d lines, debit %s, credit %s\n", out.From, out.Until, out.Basis, out.Lines, out.Debit, out.Debit)
			if out.Provisional {
				fmt.Fprintln(w, "PROVISIONAL: a day of it is not closed, and it can come out otherwise later.")
			}
			if c.Apply {
				fmt.Fprintf(w, "%s is written (SHA-256 %s), as %s.\n", path, out.Digest, out.ID)
			}
			end(w, c.Apply)
			return nil
		})
	})
}

// readSmall reads a file that is not larger than most bytes.
func readSmall(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(b)) > most {
		return nil, fmt.Errorf("%w: %s is larger than %d bytes", errUsage, path, most)
	}
	return b, nil
}
