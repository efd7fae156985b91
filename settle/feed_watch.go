package settle

import (
	"context"
	"fmt"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
)

// How old what has no day of its own may become before a person is told.
const (
	payoutsSilent = 24 * time.Hour
	BackupSilent  = 26 * time.Hour // a backup each night, and two hours for it to be opened again
)

// Watch says what should have come and has not: each missing thing is put before a person once, and leaves the queue
// when it comes.
func (f *Feeds) Watch(ctx context.Context) error {
	d, _ := f.deposits()
	now := d.Now()
	var proved payout.Feed
	err := d.Store.Write(ctx, fault.WatchFeeds, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.LockSettlement(ctx); err != nil {
			return err
		}
		if err := d.statementsCame(ctx, tx, now); err != nil {
			return err
		}
		if err := d.statementsMissing(ctx, tx, now); err != nil {
			return err
		}
		if err := f.ticketsCame(ctx, tx, d, now); err != nil {
			return err
		}
		if err := f.ticketsMissing(ctx, tx, d, now); err != nil {
			return err
		}
		if f.Every > 0 {
			if err := d.silentIn(ctx, tx, payout.PayoutFeed, "the card processor's list of payouts could not be read for more than a day", payoutsSilent, now); err != nil {
				return err
			}
		}
		if !f.Backups {
			return nil
		}
		var err error
		if proved, err = d.backupCame(ctx, tx, now); err != nil {
			return err
		}
		return d.silentIn(ctx, tx, payout.BackupFeed, "no backup was proved for 26 hours: look whether fundy backup runs, and prove one with fundy backup verify", BackupSilent, now)
	})
	if err != nil {
		return fmt.Errorf("watch the feeds: %w", err)
	}
	if f.Backups {
		f.sayBackup(d, proved, now)
	}
	return nil
}

// sayBackup says once a day, and at the start, that the last proved backup is too old.
func (f *Feeds) sayBackup(d *Deposits, proved payout.Feed, now time.Time) {
	since, late := proved.Silent(now, BackupSilent)
	if !late {
		f.backup = time.Time{}
		return
	}
	if !f.backup.IsZero() && now.Sub(f.backup) < 24*time.Hour {
		return
	}
	f.backup = now
	d.Log.Error("settle: no backup has been proved for too long: prove one with fundy backup verify", "alarm", "backup_proof",
		"since", since.In(d.City.Zone).Format(time.DateTime), "hours", int(now.Sub(since).Hours()), "ever", !proved.LastAt.IsZero())
}

// feedIn is how a feed stands; it is expected from now on if it was not before.
func feedIn(ctx context.Context, tx *store.Tx, name, expected string, now time.Time) (payout.Feed, error) {
	if err := tx.ExpectFeed(ctx, name, expected, now); err != nil {
		return payout.Feed{}, err
	}
	return tx.Feed(ctx, name)
}

// statementsCame takes out of the queue what the bank's statements have answered.
func (d *Deposits) statementsCame(ctx context.Context, tx *store.Tx, now time.Time) error {
	for _, a := range d.Rules.Accounts {
		if _, expected := a.By(); !expected {
			continue
		}
		f, err := feedIn(ctx, tx, payout.StatementFeed+a.Name, a.ExpectedBy, now)
		if err != nil {
			return err
		}
		last, err := tx.LastStatement(ctx, a.Number)
		if err != nil {
			return err
		}
		if last.IsZero() || last.Compare(f.LastDay) <= 0 && f.Expected == a.ExpectedBy {
			continue
		}
		for _, day := range f.Came(last) {
			if err := Settled(ctx, tx, payment.ExceptionFeed, f.Ref(day), "the statement of "+last.String()+" has come", "", now); err != nil {
				return err
			}
		}
		if last.Compare(f.LastDay) > 0 {
			f.LastAt, f.LastDay = now, last
		}
		f.Expected = a.ExpectedBy
		if err := tx.MoveFeed(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// statementsMissing puts each statement before a person that should be here by now.
func (d *Deposits) statementsMissing(ctx context.Context, tx *store.Tx, now time.Time) error {
	for _, a := range d.Rules.Accounts {
		by, expected := a.By()
		if !expected {
			continue
		}
		f, err := feedIn(ctx, tx, payout.StatementFeed+a.Name, a.ExpectedBy, now)
		if err != nil {
			return err
		}
		days := f.Missing(by, now, d.Calendar, d.City.Zone)
		for _, day := range days {
			note := fmt.Sprintf("the bank's statement of %s for the account %s was to be here by %s", day, a.Name, payout.Deadline(day, by, d.Calendar, d.City.Zone).Format(time.DateTime))
			if err := Raise(ctx, tx, payment.ExceptionFeed, f.Ref(day), money.Zero, note, now); err != nil {
				return err
			}
			d.Log.Error("settle: a statement of the bank has not come", "alarm", "feed_missing", "feed", f.Name, "day", day)
			f.Raised = day
		}
		if len(days) == 0 {
			continue
		}
		if err := tx.MoveFeed(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// silentIn puts a feed before a person that has no day of its own and has not come for longer than it may.
func (d *Deposits) silentIn(ctx context.Context, tx *store.Tx, name, note string, most time.Duration, now time.Time) error {
	f, err := feedIn(ctx, tx, name, "", now)
	if err != nil {
		return err
	}
	since, late := f.Silent(now, most)
	if !late || !f.Raised.IsZero() {
		return nil
	}
	f.Raised = city.DateOf(since, d.City.Zone)
	d.Log.Error("settle: what is expected has not come", "alarm", "feed_missing", "feed", name, "day", f.Raised)
	if err := tx.MoveFeed(ctx, f); err != nil {
		return err
	}
	return Raise(ctx, tx, payment.ExceptionFeed, f.Ref(f.Raised), money.Zero, note, now)
}

// cameIn keeps that a feed without a day of its own came at an instant, and takes it out of the queue.
func (d *Deposits) cameIn(ctx context.Context, tx *store.Tx, f payout.Feed, at, now time.Time) (payout.Feed, error) {
	if !f.Raised.IsZero() {
		if err := Settled(ctx, tx, payment.ExceptionFeed, f.Ref(f.Raised), "it has come", "", now); err != nil {
			return f, err
		}
	}
	f.LastAt, f.Raised = at, city.Date{}
	return f, tx.MoveFeed(ctx, f)
}

// payoutsCame keeps that the processor's payouts have been read.
func (d *Deposits) payoutsCame(ctx context.Context, tx *store.Tx, now time.Time) error {
	f, err := feedIn(ctx, tx, payout.PayoutFeed, "", now)
	if err == nil {
		_, err = d.cameIn(ctx, tx, f, now, now)
	}
	return err
}

// backupCame looks which backup was proved last, and says how that stands.
func (d *Deposits) backupCame(ctx context.Context, tx *store.Tx, now time.Time) (payout.Feed, error) {
	f, err := feedIn(ctx, tx, payout.BackupFeed, "every 26 h", now)
	if err != nil {
		return f, err
	}
	proof, err := tx.LastBackupProof(ctx)
	if err != nil || !proof.BackupAt.After(f.LastAt) {
		return f, dropNotFound(err)
	}
	return d.cameIn(ctx, tx, f, proof.BackupAt, now)
}
