package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fundy/bank"
	"fundy/city"
	"fundy/fault"
	"fundy/office"
	"fundy/payout"
	"fundy/processor/stripe"
	"fundy/report"
	"fundy/settle"
	"fundy/store"
)

// settleFlags are what each of the verbs of the way to the bank takes.
type settleFlags struct {
	City string `required:"" placeholder:"DIR" help:"The city's folder."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

type settleFetchCommand struct {
	settleFlags
	Apply bool `help:"Write. Without this, only what would be entered is said."`
}

type settleBankCommand struct {
	settleFlags
	Map   string `placeholder:"MAPPING.toml" help:"How the bank writes CSV. BAI2 and CAMT.053 need none."`
	Gap   string `placeholder:"WHY" help:"Take it although a statement before it is missing, and say in one line why that can't be had. It is kept for good."`
	As    string `placeholder:"NAME" help:"With --gap: who says so: small letters, digits and . _ -."`
	File  string `arg:"" help:"The bank's file."`
	Apply bool   `help:"Write. Without this, only what would be entered is said."`
}

type settleReportCommand struct {
	settleFlags
	sheetFlags
	Day string `required:"" placeholder:"DAY" help:"The business day, as 2027-03-03: on the city's clock, payments count for the day of their quote (web), entry (counter) or receipt (mail)."`
}

type settleCloseCommand struct {
	settleFlags
	Day   string `required:"" placeholder:"DAY" help:"The business day, as 2027-03-03."`
	Apply bool   `help:"Lock it, for good. Without this, only whether it can be closed is said."`
}

type settleExplainCommand struct {
	settleFlags
	Ref   string `arg:"" help:"The reference of an unknown, as the report has it."`
	As    string `required:"" placeholder:"CLASS" help:"What it is: fee, refund, chargeback, reserve, not_ours (of a line of the bank's alone)."`
	By    string `placeholder:"NAME" help:"Your staff name. What is about a deposit, or the counter's money, is explained by another person than has made or taken it."`
	Why   string `required:"" placeholder:"TEXT" help:"Why, for the report. It stands for good."`
	Apply bool   `help:"Write it. Without this, only whether it can be said."`
}

// dryRun ends what was only tried.
const dryRun = "Nothing was written: this was a dry run. Add --apply."

// depositsFile is a city's rules of the way to the bank, in its folder.
const depositsFile = "deposits.toml"

// depositRules is deposits.toml as it stands; found is false where the city has none.
func (f folder) depositRules() (rules payout.Rules, found bool, err error) {
	b, err := os.ReadFile(f.path(depositsFile))
	if errors.Is(err, os.ErrNotExist) {
		return payout.NoRules(), false, nil
	}
	if err != nil {
		return rules, false, fmt.Errorf("read %s: %w", depositsFile, err)
	}
	rules, faults := payout.ParseRules(b, f.settings.Currency)
	if len(faults) > 0 {
		return rules, false, fmt.Errorf("%s:\n  %w", depositsFile, joinLines(faults))
	}
	return rules, true, nil
}

// needRules says what is missing where the bank is asked about and nothing says which accounts are the city's.
func (c settleFlags) needRules(d *settle.Deposits) error {
	if len(d.Rules.Accounts) > 0 {
		return nil
	}
	return fmt.Errorf("%s is missing: it says which accounts the city has and whose each of the bank's lines is. Begin with examples/cities/demo/%s; docs/deposits.md teaches it", filepath.Join(c.City, depositsFile), depositsFile)
}

// deposits opens the city's way to the bank: without rules where the city has no deposits.toml. outside: with the
// processor's key.
func (f folder) deposits(ctx context.Context, s *store.Store, outside bool) (*settle.Deposits, error) {
	rules, _, err := f.depositRules()
	if err != nil {
		return nil, err
	}
	c := settle.DepositsConfig{
		Store: s, Adapter: f.settings.Processor.Adapter, City: f.settings.City(), Rules: rules, Counter: f.settings.Counter, Now: fault.Now, Log: slog.Default(),
		PayeeLife: time.Duration(f.settings.Refund.PayeeDays) * 24 * time.Hour,
	}
	if c.Calendar, err = office.LoadRules(ctx, s); err != nil {
		return nil, err
	}
	index, err := f.indexKey()
	if err != nil {
		return nil, err
	}
	c.Digest = func(fields ...string) []byte { return index.Digest(f.settings.ID, fields...) }
	if !outside {
		return settle.NewDeposits(c), nil
	}
	if err := f.checkKeys("office"); err != nil {
		return nil, err
	}
	key, err := f.key("office", "processor.key")
	if err != nil {
		return nil, err
	}
	secrets, err := f.key("office", "webhook.secret")
	if err != nil {
		return nil, err
	}
	c.Processor, err = stripe.New(stripe.Config{
		Key: string(key), WebhookSecrets: strings.Fields(string(secrets)), BaseURL: f.settings.Processor.BaseURL, CityKind: string(f.settings.Kind),
	})
	if err != nil {
		return nil, err
	}
	return settle.NewDeposits(c), nil
}

// with runs do on the city's way to the bank.
func (c settleFlags) with(ctx context.Context, outside bool, do func(d *settle.Deposits) error) error {
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	s, err := f.openStore(ctx)
	if err != nil {
		return err
	}
	d, err := f.deposits(ctx, s, outside)
	if err == nil {
		err = do(d)
	}
	return errors.Join(err, s.Close())
}

// say prints v as JSON, or lets text print it.
func (c settleFlags) say(v any, text func(w io.Writer)) error {
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(v)
	}
	text(os.Stdout)
	return nil
}

// Run reads the processor's payouts and enters those that add up.
func (c *settleFetchCommand) Run(ctx context.Context) error {
	return c.with(ctx, true, func(d *settle.Deposits) error {
		f, err := d.Fetch(ctx, c.Apply)
		if err != nil {
			return err
		}
		return c.say(f, func(w io.Writer) {
			fmt.Fprintf(w, "%d new payouts with %d lines; %d known, %d failed, %d not complete at the processor yet; %d found in the bank's lines\n",
				f.Payouts, f.Lines, f.Same, f.Failed, f.Waiting, f.Matched)
			problems(w, f.Problems)
			end(w, c.Apply)
		})
	})
}

// Run takes a file of the bank.
func (c *settleBankCommand) Run(ctx context.Context) error {
	content, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("read the bank's file: %w", err)
	}
	var mapping *bank.Mapping
	if c.Map != "" {
		text, err := os.ReadFile(c.Map)
		if err != nil {
			return fmt.Errorf("read mapping: %w", err)
		}
		if mapping, err = bank.ParseMapping(text); err != nil {
			return fmt.Errorf("%w: %s: %w", errUsage, c.Map, err)
		}
	}
	return c.with(ctx, false, func(d *settle.Deposits) error {
		if err := c.needRules(d); err != nil {
			return err
		}
		b, err := d.BankDespite(ctx, c.File, content, mapping, settle.Despite{Why: c.Gap, By: c.As}, c.Apply)
		if err != nil {
			return fmt.Errorf("%s: %w", c.File, err)
		}
		return c.say(b, func(w io.Writer) {
			fmt.Fprintf(w, "%s, %d statements: %d new lines, %d that were here already\n", b.Format, b.Statements, b.New, b.Same)
			for _, t := range b.Claims {
				fmt.Fprintf(w, "  %-12s %-10s %6d lines %14s\n", t.Account, t.Claim, t.Count, t.Sum)
			}
			fmt.Fprintf(w, "%d payouts found, and %d cheques of refunds\n", b.Matched, b.Cheques)
			for _, g := range b.Gaps {
				fmt.Fprintln(w, "TAKEN ALL THE SAME:", g)
			}
			if n := b.Counter; n != (settle.Counter{}) {
				fmt.Fprintf(w, "%d deposits found, %d fees of terminals entered, %d cheques came back\n", n.Deposits, n.Fees, n.Returned)
			}
			problems(w, b.Problems)
			end(w, c.Apply)
		})
	})
}

// Run says what a business day came to.
func (c *settleReportCommand) Run(ctx context.Context) error {
	day, err := city.ParseDate(c.Day)
	if err != nil {
		return fmt.Errorf("%w: --day: %w", errUsage, err)
	}
	return c.with(ctx, false, func(d *settle.Deposits) error {
		r, err := d.Report(ctx, day)
		if err != nil {
			return err
		}
		if c.CSV == "-" {
			return report.DayCSV(os.Stdout, r)
		}
		if c.CSV != "" {
			if err := writeFile(c.CSV, func(w io.Writer) error { return report.DayCSV(w, r) }); err != nil {
				return err
			}
		}
		if c.XLSX != "" {
			in, err := readerOf(c.Language, d.City)
			if err != nil {
				return err
			}
			if err := writeFile(c.XLSX, report.Day(r, in, d.City).XLSX); err != nil {
				return err
			}
		}
		return c.say(r, func(w io.Writer) { printReport(w, r) })
	})
}

// Run locks a day, or says what stands in the way.
func (c *settleCloseCommand) Run(ctx context.Context) error {
	day, err := city.ParseDate(c.Day)
	if err != nil {
		return fmt.Errorf("%w: --day: %w", errUsage, err)
	}
	return c.with(ctx, false, func(d *settle.Deposits) error {
		if err := c.needRules(d); err != nil {
			return err
		}
		r, err := d.Close(ctx, day, c.Apply)
		if err != nil {
			return err
		}
		return c.say(r, func(w io.Writer) {
			fmt.Fprintf(w, "%s: taken %s, at the bank %s, unexplained nothing\n", r.Day, r.Gross, r.Bank)
			if c.Apply {
				fmt.Fprintln(w, "The day is closed. What comes later is entered in the first open day.")
			}
			end(w, c.Apply)
		})
	})
}

// Run keeps what a person says of something unknown.
func (c *settleExplainCommand) Run(ctx context.Context) error {
	return c.with(ctx, false, func(d *settle.Deposits) error {
		if err := d.ExplainAs(ctx, c.Ref, payout.Word{Class: payout.Class(c.As), Why: c.Why, By: c.By}, c.Apply); err != nil {
			return err
		}
		return c.say(map[string]string{"ref": c.Ref, "class": c.As}, func(w io.Writer) {
			fmt.Fprintf(w, "%s is explained: %s\n", c.Ref, c.As)
			end(w, c.Apply)
		})
	})
}

func problems(w io.Writer, all []string) {
	for _, p := range all {
		fmt.Fprintln(w, "NEEDS A PERSON:", p)
	}
}

func end(w io.Writer, applied bool) {
	if !applied {
		fmt.Fprintln(w, dryRun)
	}
}
