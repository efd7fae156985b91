package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"fundy/city"
	"fundy/intake"
	"fundy/office"
	"fundy/ticket"
)

type importCommand struct {
	City    string   `required:"" placeholder:"DIR" help:"The city's folder."`
	Map     string   `required:"" placeholder:"MAPPING.toml" help:"How the file is written. docs/mapping.md teaches it; examples/mappings has six."`
	Files   []string `arg:"" name:"file" help:"Files to bring in, plain or .gz."`
	Apply   bool     `help:"Write. Without this, only control totals are printed."`
	JSON    bool     `name:"json" help:"Print the totals as JSON."`
	Rejects string   `placeholder:"FILE" help:"Where rows that can't be read go, with line, column and reason. Default: beside the first file, .rejects.csv; none in a dry run."`
	Newest  string   `placeholder:"DAY" help:"With a mapping that moves days: the day to move the newest ticket to. The same day each time keeps the same file the same."`
	Samples string   `placeholder:"FILE" help:"Write the numbers and plates of the new tickets, as JSON lines: only where the mapping makes them up, or in a demo city."`
}

// Run imports, or says what it would do.
func (c *importCommand) Run(ctx context.Context) error {
	if err := c.checkFiles(); err != nil {
		return err
	}
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	s, err := f.openStore(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	config := intake.Config{City: f.settings.City(), Files: c.Files, Store: s, Now: time.Now(), Apply: c.Apply, RejectPath: c.rejects()}
	if config.Rules, err = office.LoadRules(ctx, s); err != nil {
		return err
	}
	mapping, faults := intake.LoadMapping(c.Map)
	if len(faults) > 0 {
		return fmt.Errorf("%w: %s:\n  %w", errUsage, c.Map, joinLines(faults))
	}
	config.Mapping = mapping
	if config.Index, err = f.indexKey(); err != nil {
		return err
	}
	if config.Public, err = f.publicKey(); err != nil {
		return err
	}
	if c.Newest != "" {
		if config.Newest, err = city.ParseDate(c.Newest); err != nil {
			return fmt.Errorf("%w: --newest: %w", errUsage, err)
		}
	}
	if !c.JSON {
		config.Progress = os.Stderr
	}
	samples, err := c.samples(&config)
	if err != nil {
		return err
	}
	totals, err := intake.Run(ctx, config)
	if err = errors.Join(err, samples()); err != nil {
		if totals.Batches > 0 {
			err = fmt.Errorf("%w\n%d new tickets had gone in before it stopped: import again, and only the rest goes in", err, totals.New)
		}
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(totals)
	}
	totals.Print(os.Stdout)
	return nil
}

// checkFiles refuses what can't be read, and a file to write to that is one of those to be read.
func (c *importCommand) checkFiles() error {
	for _, path := range c.Files {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return fmt.Errorf("%w: file: %w", errUsage, err)
		case info.IsDir():
			return fmt.Errorf("%w: file: %s is a folder: name the files in it", errUsage, path)
		}
	}
	for flag, out := range map[string]string{"--rejects": c.rejects(), "--samples": c.Samples} {
		at, err := os.Stat(out)
		if err != nil {
			continue // not there yet
		}
		for _, path := range append([]string{c.Map}, c.Files...) {
			if info, err := os.Stat(path); err == nil && os.SameFile(at, info) {
				return fmt.Errorf("%w: %s: %s would be overwritten, and it is read: name another file", errUsage, flag, path)
			}
		}
	}
	return nil
}

func (c *importCommand) rejects() string {
	switch {
	case c.Rejects != "":
		return c.Rejects
	case c.Apply:
		return c.Files[0] + ".rejects.csv"
	}
	return ""
}

// sample is a made-up ticket that somebody may try.
type sample struct {
	Number, Plate, Jurisdiction, Offence, Schedule, State, IssuedOn, Delivery string
	NoPlate                                                                   bool
}

// samples writes the new tickets' made-up numbers and plates, for a demonstration.
func (c *importCommand) samples(config *intake.Config) (closeFile func() error, err error) {
	if c.Samples == "" {
		return func() error { return nil }, nil
	}
	if !config.MayShow() {
		return nil, fmt.Errorf("%w: --samples: plates can be shown only where they are made up, or in a demo city", errUsage)
	}
	w, err := os.OpenFile(c.Samples, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write samples: %w", err)
	}
	out := json.NewEncoder(w)
	config.Show = func(t ticket.Ticket, p ticket.Plate) {
		_ = out.Encode(sample{
			Number: t.Number, Plate: p.Written, Jurisdiction: t.Jurisdiction, Offence: t.Offence, Schedule: t.Schedule,
			State: string(t.State), IssuedOn: t.IssuedOn.String(), Delivery: string(t.Delivery), NoPlate: t.NoPlate,
		})
	}
	return w.Close, nil
}
