package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/office"
	"fundy/review"
	"fundy/settle"
)

// withSettler opens a city for one who asks and decides. It has no processor's key: the office does what is decided.
func withSettler(ctx context.Context, dir string, do func(*settle.Settler) error) error {
	return withCity(ctx, dir, func(_ folder, s *settle.Settler) error { return do(s) })
}

// withCity is withSettler for one who needs the city's files too. A city that has no by-law yet has no tickets either.
func withCity(ctx context.Context, dir string, do func(folder, *settle.Settler) error) error {
	f, err := openFolder(dir)
	if err != nil {
		return err
	}
	s, err := f.openStore(ctx)
	if err != nil {
		return err
	}
	rules, err := office.LoadRules(ctx, s)
	who, err2 := office.Colleagues(f.settings)
	if err2 != nil {
		return errors.Join(err2, s.Close())
	}
	if err == nil || errors.Is(err, office.ErrNoRules) {
		err = do(f, settle.New(settle.Config{
			Store: s, City: f.settings.City(), Rules: func() city.Rules { return rules }, Counter: f.settings.Counter, Now: fault.Now, Log: slog.Default(),
			PayeeLife: time.Duration(f.settings.Refund.PayeeDays) * 24 * time.Hour, LapsedDays: f.settings.Payment.LapsedDays,
			Review: review.SettingsOf(f.settings.Review), PhotoDays: f.settings.Photo.KeepDays, Colleagues: who,
		}))
	}
	return errors.Join(err, s.Close())
}
