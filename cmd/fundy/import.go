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
	Map     string   `required:"" placeholder:"MAPPING.toml" help:"How the file is written. docs/mapping.md teaches it; examples/mappings has four."`
	Files   []string `arg:"" name:"file" help:"Files to bring in, plain or .gz."`
	Apply   bool     `help:"Write. Without this, only control totals are printed."`
	JSON    bool     `name:"json" help:"Print the totals as JSON."`
	Rejects string   `placeholder:"FILE" help:"Where rows that can't be read go, with line, column and reason. Default: beside the first file, .rejects.csv; none in a dry run."`
	Newest  string   `placeholder:"DAY" help:"With a mapping that moves days: the day to move the newest ticket to. The same day each time keeps the same file the same."`
	Samples string   `placeholder:"FILE" help:"Write the made-up numbers and plates of the new tickets, as JSON lines: only where the mapping makes them up."`
}

// Run imports, or says what it would do.
func (c *importCommand) Run(ctx context.Context) error {
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
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(totals)
	}
	totals.Print(os.Stdout)
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
	w, err := os.Create(c.Samples)
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
