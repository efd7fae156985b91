package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"fundy/backup"
	"fundy/fault"
	"fundy/store"
)

type restoreCommand struct {
	City     string    `required:"" placeholder:"DIR" help:"The city's folder, with city.toml and keys; its store is absent or empty."`
	From     string    `placeholder:"FILE" help:"The backup."`
	Identity string    `placeholder:"FILE" help:"Identities of age that can open it."`
	Mark     time.Time `placeholder:"TIME" help:"Instead: say that the store has been restored by other means (PostgreSQL, a copied file) from a state of this time (2026-11-24T03:00:00Z)."`
}

// Run puts a backup in the place of a store that is not there, or marks one that has been restored.
func (c *restoreCommand) Run(ctx context.Context) error {
	if c.Mark.IsZero() == (c.From == "") || (c.From == "") != (c.Identity == "") {
		return fmt.Errorf("%w: give --from and --identity, or --mark", errUsage)
	}
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	if err := f.checkKeys("office"); err != nil {
		return err
	}
	if f.settings.Store.Driver == "postgres" {
		if c.Mark.IsZero() {
			return fmt.Errorf("%w: this city's store is PostgreSQL: restore it with its own means, then say so with --mark; docs/operator.md says how", errUsage)
		}
		return f.mark(ctx, c.Mark)
	}
	unlock, err := store.LockOffice(f.path("run", "office.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if !c.Mark.IsZero() {
		return f.mark(ctx, c.Mark)
	}
	return f.restore(ctx, c.From, c.Identity)
}

// restore makes the store beside its place and gives it its name when all of it is right and marked. A
// crash leaves no store, or the whole one.
func (f folder) restore(ctx context.Context, from, identity string) (err error) {
	identities, err := backup.Identities(identity)
	if err != nil {
		return fmt.Errorf("%w: --identity: %w", errUsage, err)
	}
	config, err := f.storeConfig()
	if err != nil {
		return err
	}
	if err := freePlace(ctx, config.Path); err != nil {
		return err
	}
	beside := config.Path + ".restoring"
	if err := removeStore(beside); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeStore(beside)) }()
	o, err := backup.Read(from, identities, backup.OfStore, beside)
	if err != nil {
		return err
	}
	if err := errors.Join(f.fits(o.Manifest), f.hasKeys(o.Manifest)); err != nil {
		return err
	}
	ledger, err := backup.Check(ctx, o.Manifest, beside)
	if err != nil {
		return err
	}
	if err := markStore(ctx, store.Config{Driver: "sqlite", Path: beside}, o.At); err != nil {
		return err
	}
	if err := f.place(beside, config.Path); err != nil {
		return err
	}
	ledger.Print(os.Stdout)
	fmt.Printf("Restored: %s as of %s.\n", config.Path, o.At.Format(time.RFC3339))
	sayNext(f.dir)
	return nil
}

// freePlace wants nothing to stand where a store is to come: what stands there might be the better one.
func freePlace(ctx context.Context, path string) error {
	advice := fmt.Sprintf("nothing was changed. If it is to be replaced, stop the office and move %s, %s-wal and %s-shm away together; keep them until payments flow again", path, path, path)
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(path + "-wal"); err == nil {
			return fmt.Errorf("there is %s-wal without its store: %s", path, advice)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for a store: %w", err)
	}
	if info.Size() == 0 {
		return nil
	}
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
		return fmt.Errorf("there is a store at %s, with writes that are only in its log: %s", path, advice)
	}
	have, err := store.Inspect(ctx, path)
	if err != nil {
		return fmt.Errorf("there is something at %s that is no store: %s (%w)", path, advice, err)
	}
	if !have.Empty() {
		return fmt.Errorf("there is a store at %s, with %d tickets and %d payments: %s", path, have.Rows["ticket"], have.Rows["payment"], advice)
	}
	return nil
}

// hasKeys wants the keys of the folder to be those that open what is sealed in the backup, and find it.
func (f folder) hasKeys(m backup.Manifest) error {
	ids, err := f.keyIDs()
	if err != nil {
		return err
	}
	public, err := f.publicKey()
	if err != nil {
		return err
	}
	for name, file := range map[string]string{"seal": "keys/office/seal.private", "index": "keys/office/index.key"} {
		if ids[name] != m.Keys[name] {
			return fmt.Errorf("%s is key %s, and the backup needs key %s: bring the city's own keys back first (fundy keys import)", file, ids[name], m.Keys[name])
		}
	}
	if public.ID() != m.Keys["seal"] {
		return fmt.Errorf("keys/portal/seal.public is key %s, and the backup needs key %s: bring the city's own keys back first (fundy keys import)", public.ID(), m.Keys["seal"])
	}
	return nil
}

// place gives a store its name. The office's lock is ours, and what stands there is empty.
func (f folder) place(from, to string) error {
	if wal, err := os.Stat(from + "-wal"); err == nil && wal.Size() > 0 {
		return fmt.Errorf("%s-wal was not taken into its store: try again", from)
	}
	if err := removeStore(to); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("name the store: %w", err)
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return fmt.Errorf("flush folder: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func removeStore(path string) error {
	for _, end := range []string{"-wal", "-shm", "-journal", ""} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove what is unfinished: %w", err)
		}
	}
	return nil
}

// mark marks a store that is in its place.
func (f folder) mark(ctx context.Context, at time.Time) error {
	if at.After(time.Now()) {
		return fmt.Errorf("%w: --mark %s is in the future: it is the time of the state that was restored", errUsage, at.Format(time.RFC3339))
	}
	s, err := f.openStore(ctx) // of this city, of this schema
	if err != nil {
		return err
	}
	config, err := f.storeConfig()
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	if err := markStore(ctx, config, at); err != nil {
		return err
	}
	fmt.Printf("Marked as restored from a state of %s.\n", at.Format(time.RFC3339))
	sayNext(f.dir)
	return nil
}

// markStore writes the mark, and its leaf: until the office has asked the processor for all that came
// after at, no payment begins.
func markStore(ctx context.Context, config store.Config, at time.Time) error {
	s, err := store.Open(ctx, config)
	if err != nil {
		return err
	}
	now := time.Now()
	err = s.Write(ctx, fault.MarkRestored, func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(tx.MarkRestored(ctx, at, now), tx.Tell(ctx, "restored", now, map[string]any{"backup_at": at.UnixMicro()}))
	})
	return errors.Join(err, s.Close())
}

func sayNext(dir string) {
	fmt.Printf("Next: bring the tickets in that came since (fundy import), then fundy serve --city %s.\n"+
		"No payment begins until the office has asked the card processor for all that came since; it does so by itself.\n", dir)
}
