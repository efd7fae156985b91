package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/store"
)

type initCommand struct {
	Dir     string `arg:"" help:"The city's folder. It must be empty or not there."`
	Answers string `required:"" placeholder:"FILE" help:"A TOML file: id, kind, portal.public_url, and whatever is not to have its default."`
}

// Run makes a city's folder. A crash leaves a folder without city.toml, which nothing takes for a city.
func (c *initCommand) Run(ctx context.Context) error {
	b, err := os.ReadFile(c.Answers)
	if err != nil {
		return fmt.Errorf("%w: --answers: %w", errUsage, err)
	}
	settings, faults := city.ReadSettings(b)
	if len(faults) > 0 {
		return fmt.Errorf("%w: %s:\n  %w", errUsage, c.Answers, joinLines(faults))
	}
	if entries, err := os.ReadDir(c.Dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("%w: %s is not empty: name a folder that is, or that is not there", errUsage, c.Dir)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return fmt.Errorf("make the city's folder: %w", err)
	}
	f := folder{dir: c.Dir, settings: settings}
	if err := f.makeKeys(); err != nil {
		return err
	}
	if err := f.makeStore(ctx); err != nil {
		return err
	}
	text, err := settings.TOML()
	if err != nil {
		return fmt.Errorf("write city.toml: %w", err)
	}
	if err := writeNew(filepath.Join(c.Dir, "city.toml"), string(text)); err != nil {
		return err
	}
	fmt.Printf("City %s (%s) made in %s.\nNext: fundy city apply --city %s RULES.toml --apply\n", settings.ID, settings.Kind, c.Dir, c.Dir)
	if settings.Office.Listen != "" {
		fmt.Printf("Passkeys of staff will be made for %s: whoever moves that address lets everybody in again (docs/staff.md).\n", f.staffHost())
	}
	return nil
}

// makeStore migrates an empty store and says, for ever, whose it is.
func (f folder) makeStore(ctx context.Context) error {
	config, err := f.storeConfig()
	if err != nil {
		return err
	}
	if _, _, err := store.Migrate(ctx, config); err != nil {
		return err
	}
	s, err := store.Open(ctx, config)
	if err != nil {
		return err
	}
	err = s.Write(ctx, fault.MakeCity, func(ctx context.Context, tx *store.Tx) error {
		return tx.SetCityIdentity(ctx, f.settings.ID, f.settings.Kind, time.Now())
	})
	if errors.Is(err, store.ErrConflict) {
		err = fmt.Errorf("this store is a city's already: take an empty database")
	}
	return errors.Join(err, s.Close())
}

type migrateCommand struct {
	City string `required:"" placeholder:"DIR" help:"The city's folder."`
}

// Run moves the store's schema.
func (c *migrateCommand) Run(ctx context.Context) error {
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	config, err := f.storeConfig()
	if err != nil {
		return err
	}
	from, to, err := store.Migrate(ctx, config)
	if err != nil {
		return err
	}
	fmt.Printf("The store was at version %d and is at version %d.\n", from, to)
	return nil
}
