package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"fundy/lived"
	"fundy/office"
	"fundy/store"
)

// lives has the city live for fourteen months, up to now. Nothing waits for the disk meanwhile: a crash leaves a city to
// be thrown away.
func (d *demo) lives(ctx context.Context, c *demoCommand) (err error) {
	f, err := openFolder(d.dir)
	if err != nil {
		return err
	}
	config, err := f.livedConfig()
	if err != nil {
		return err
	}
	at, err := f.storeConfig()
	if err != nil {
		return err
	}
	at.Hasty = true
	s, err := store.Open(ctx, at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	config.Store, config.Seed, config.Tickets, config.Until, config.Scratch = s, c.Seed, c.Size, time.Now(), filepath.Dir(d.dir)
	config.Progress = progress(os.Stderr)
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // much is made, and little of it stays
	sum, err := lived.Make(ctx, config)
	d.lived = sum.String()
	for _, t := range sum.Samples {
		d.samples = append(d.samples, sample(t))
	}
	return err
}

// livedConfig is what the city's folder has for its life.
func (f folder) livedConfig() (c lived.Config, err error) {
	c.Settings, c.CardData = f.settings, f.path("sandbox.json")
	if c.Index, err = f.indexKey(); err != nil {
		return c, err
	}
	if c.Public, err = f.publicKey(); err != nil {
		return c, err
	}
	if c.Private, err = f.key("office", "seal.private"); err != nil {
		return c, err
	}
	token, err := f.secretKey("office", "token.key")
	if err != nil {
		return c, err
	}
	c.Token = office.TokenKey{ID: tokenKeyID, Key: token}
	key, err := f.key("office", "processor.key")
	if err != nil {
		return c, err
	}
	c.CardKey = string(key)
	if err := rewrite(f.path(depositsFile), lived.Expecting); err != nil {
		return c, err
	}
	rules, _, err := f.depositRules()
	c.Deposits = rules
	return c, err
}

// rewrite changes a small file.
func rewrite(path string, by func([]byte) []byte) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, by(b), 0o600)
}

// progress says now and then how far it is.
func progress(w *os.File) func(day, days int) {
	started, said := time.Now(), time.Now()
	return func(day, days int) {
		if time.Since(said) < time.Second && day < days {
			return
		}
		said = time.Now()
		left := time.Since(started) / time.Duration(day) * time.Duration(days-day)
		fmt.Fprintf(w, "\rThe city lives: day %d of %d, some %d s to go.   ", day, days, int(left.Seconds()))
		if day == days {
			fmt.Fprintln(w)
		}
	}
}
