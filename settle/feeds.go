package settle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"fundy/fault"
	"fundy/payout"
	"fundy/processor"
	"fundy/store"
)

// FeedsConfig is what Feeds is made of.
type FeedsConfig struct {
	Deposits DepositsConfig // its rules and its calendar are asked for anew each time
	// Rules is deposits.toml as it stands; found is false where the city has none.
	Rules    func() (rules payout.Rules, found bool, err error)
	Calendar func() payout.Calendar
	// Every is how often the processor's payouts are read; 0: only a person does.
	Every time.Duration
	// Folder opens the folder into which the bank's files come; nil: only a person takes them.
	Folder func() (*os.Root, error)
	// Tickets is how files of tickets come by a folder of their own, and when they are expected.
	Tickets TicketFiles
	// Backups says whether this city's backups are proved here (those of PostgreSQL are its operator's own).
	Backups bool
}

// Feeds fetches what the city expects of others, and says what does not come: the processor's payouts, the bank's
// files, files of tickets, a proved backup. Each of its rounds may be done any number of times, by any number of offices.
type Feeds struct {
	FeedsConfig
	mu        sync.Mutex
	last      payout.Rules // that could be read
	found     bool
	rulesSaid time.Time
	bank      dropFolder
	tickets   dropFolder
	backup    time.Time // when it was said last that the backup is too old; zero: it is not
}

// NewFeeds makes a Feeds.
func NewFeeds(c FeedsConfig) *Feeds {
	return &Feeds{FeedsConfig: c, last: payout.NoRules(), bank: bankFolder(), tickets: ticketFolder()}
}

// How often each round looks whether there is something to do.
const (
	fetchLook  = time.Minute
	folderLook = 10 * time.Second
	watchLook  = time.Minute
)

// Run looks and fetches until ctx ends.
func (f *Feeds) Run(ctx context.Context) {
	d := f.Deposits
	var all sync.WaitGroup
	for _, r := range []struct {
		every time.Duration
		round func(context.Context) error
	}{{fetchLook, f.Fetch}, {folderLook, f.Look}, {folderLook, f.LookTickets}, {watchLook, f.Watch}} {
		s := New(Config{Store: d.Store, City: d.City, Now: d.Now, Log: d.Log, Poll: r.every})
		all.Go(func() { s.repeat(ctx, r.round) })
	}
	all.Wait()
}

// deposits is the city's way to the bank as its rules and its calendar stand. While deposits.toml can't be read, the
// rules before it stay in force.
func (f *Feeds) deposits() (d *Deposits, found bool) {
	c := f.Deposits
	rules, found, err := f.Rules()
	now := c.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		f.last, f.found = rules, found
	} else if now.Sub(f.rulesSaid) >= 10*time.Minute {
		c.Log.Error("settle: deposits.toml not read; the rules before stay in force", "alarm", "deposits_rules", "err", err)
		f.rulesSaid = now
	}
	c.Rules, c.Calendar = f.last, f.Calendar()
	return NewDeposits(c), f.found
}

// Current is the city's way to the bank as its rules and its calendar stand, for a person who works on it; found is
// false where the city has no deposits.toml.
func (f *Feeds) Current() (d *Deposits, found bool) { return f.deposits() }

// Limits of one fetch. The lease is longer than a fetch can be.
const (
	fetchLimit = 10 * time.Minute
	fetchLease = 15 * time.Minute
	fetchAgain = 10 * time.Minute // after one that came to nothing
)

// Fetch reads the processor's payouts when that is due and no other office does it. A crash in it leaves the lease:
// after it, the next fetch finds what was entered, and enters the rest.
func (f *Feeds) Fetch(ctx context.Context) error {
	d, _ := f.deposits()
	if f.Every == 0 || d.Processor == nil {
		return nil
	}
	leased, err := f.lease(ctx, d)
	if err != nil || !leased {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, fetchLimit)
	got, err := d.Fetch(limited, true)
	cancel()
	now := d.Now()
	next, trouble := now.Add(f.Every), ""
	switch {
	case err == nil && got.Payouts+got.Failed+got.Matched > 0:
		d.Log.Info("settle: payouts read", "new", got.Payouts, "lines", got.Lines, "unknown", got.Unknown, "failed", got.Failed, "matched", got.Matched)
	case errors.Is(err, ErrRestoring), ctx.Err() != nil:
		next, trouble = now.Add(fetchLook), "not yet"
	case err != nil:
		next, trouble = now.Add(min(f.Every, fetchAgain)), processor.ClassOf(err).String()+" "+processor.CodeOf(err)
		d.Log.Error("settle: the processor's payouts could not be read", "alarm", "payouts_not_read", "err", err)
	}
	err = d.Store.Write(context.WithoutCancel(ctx), fault.RestFeed, func(ctx context.Context, tx *store.Tx) error {
		return tx.RestFeed(ctx, payout.PayoutFeed, next, trouble)
	})
	if err != nil {
		return fmt.Errorf("end the fetch: %w", err)
	}
	return nil
}

// lease takes the fetch where it is due. A look costs a reading.
func (f *Feeds) lease(ctx context.Context, d *Deposits) (leased bool, err error) {
	now := d.Now()
	var stands payout.Feed
	err = d.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		stands, err = tx.Feed(ctx, payout.PayoutFeed)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) || err == nil && now.Before(stands.NextAt) {
		return false, dropNotFound(err)
	}
	err = d.Store.Write(ctx, fault.LeaseFeed, func(ctx context.Context, tx *store.Tx) (err error) {
		if err := tx.ExpectFeed(ctx, payout.PayoutFeed, fmt.Sprintf("every %d min", int(f.Every.Minutes())), now); err != nil {
			return err
		}
		leased, err = tx.LeaseFeed(ctx, payout.PayoutFeed, now, now.Add(fetchLease))
		return err
	})
	if err != nil {
		return false, fmt.Errorf("lease the fetch: %w", err)
	}
	return leased, nil
}

func dropNotFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
