package citytest

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"fundy/store"
)

// Limits of letting a city come to rest: how far its clock is moved, and how long is waited for work that is due.
const (
	restWithin = 9 * 24 * time.Hour // holds lapse after seven days
	restRounds = 1200
	restStep   = 30 * time.Minute // the most that the clock is moved past what is due next
	workWithin = 10 * time.Second
)

// Rest moves the clock on, each time to when something is due next and a little further, until every attempt is final or known to
// wait and every task is done. What is not at rest within the limits is left to Check.
func (c *Processes) Rest(ctx context.Context) error {
	until, waited, more := c.Clock.Now().Add(restWithin), time.Now(), time.Second
	for range restRounds {
		open, next, err := c.auditor.unfinished(ctx)
		if err != nil {
			return fmt.Errorf("look for what is unfinished: %w", err)
		}
		now := c.Clock.Now()
		if open == 0 || now.After(until) {
			return c.sweptReviews(ctx)
		}
		ahead := time.UnixMicro(next).Sub(now)
		switch {
		case next == 0: // nothing will ever come to it
			return c.sweptReviews(ctx)
		case ahead > 0:
			if err := c.Clock.Add(ahead + more); err != nil {
				return err
			}
			waited, more = time.Now(), min(4*more, restStep)
		case time.Since(waited) > workWithin:
			return fmt.Errorf("what was due at %s has not been done for %s\n%s", time.UnixMicro(next).UTC(), workWithin, c.Tail())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// Limits of letting an office read what went back to payers: a chargeback that is over is read once a day.
const (
	backWithin = 3 * 25 * time.Hour
	backAhead  = 2 * time.Second
)

// RestBack moves the clock on, each time to when the office asks next, until it has read every dispute and every refund as
// it stands at the processor. What it has not read within the limits is left to Check.
func (c *Processes) RestBack(ctx context.Context) error {
	until, waited := c.Clock.Now().Add(backWithin), time.Now()
	for c.Clock.Now().Before(until) {
		their, err := c.sandbox.books(ctx)
		if err != nil {
			return err
		}
		done, next, err := c.auditor.readBack(ctx, their)
		if err != nil || done {
			return err
		}
		switch ahead := time.UnixMicro(next).Sub(c.Clock.Now()); {
		case next == 0: // nobody will ever ask
			return nil
		case ahead > 0:
			if err := c.Clock.Add(ahead + backAhead); err != nil {
				return err
			}
			waited = time.Now()
		case time.Since(waited) > workWithin:
			return fmt.Errorf("the processor was to be asked at %s, and was not for %s\n%s", time.UnixMicro(next).UTC(), workWithin, c.Tail())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// readBack says whether every dispute and refund is read as it stands at the processor, and when the office asks next, in
// microseconds.
func (c auditor) readBack(ctx context.Context, their theirBooks) (done bool, next int64, err error) {
	our, err := c.backBooks(ctx, their)
	if err != nil {
		return false, 0, err
	}
	done = len(our.disputes) >= len(their.Disputes)
	for _, d := range our.disputes {
		words := ourWords(d.theirs.Was)
		done = done && (d.State == "stopped" || len(words) > 0 && d.State == words[len(words)-1])
	}
	failed := map[string]bool{}
	for _, r := range their.Refunds {
		failed[r.Ref] = r.Status == "failed"
		done = done && r.Turns == ""
	}
	for _, r := range our.refunds {
		done = done && r.State != "sending" && r.State != "pending" && (r.State != "succeeded" || !failed[r.ID])
	}
	err = c.rows(ctx, `
		select cast(coalesce(min(due), 0) as bigint)
		from (
		  select next_at as due from dispute where next_at is not null
		  union all
		  select next_at from refund where next_at is not null
		  union all
		  select next_at from dispute_list
		  union all
		  select case when leased_until > next_at then leased_until else next_at end
		  from outbox where done_at is null and next_at is not null
		) due`, func(r *sql.Rows) error { return r.Scan(&next) })
	return done, next, err
}

// sweptReviews waits until the office has seen what its tickets' ends and returns mean for their reviews. What it does not
// see is left to Check.
func (c *Processes) sweptReviews(ctx context.Context) error {
	for waited := time.Now(); time.Since(waited) < workWithin; {
		var late []store.Overtaken
		err := c.auditor.store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			if late, err = tx.OvertakenReviews(ctx, 1); err == nil && len(late) == 0 {
				late, err = tx.ResumedReviews(ctx, 1)
			}
			return err
		})
		if err != nil || len(late) == 0 {
			return err
		}
		if err := c.Clock.Add(time.Second); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// Rest lets the office's worker go on, some minutes of the city's time a round, until the city is at rest as a
// city of processes is.
func (c *City) Rest(ctx context.Context) error {
	db, err := openBeside(c.config)
	if err != nil {
		return err
	}
	defer db.Close()
	a := auditor{c.Store, db, c.Settings.City()}
	for range restRounds {
		open, next, err := a.unfinished(ctx)
		if err != nil || open == 0 || next == 0 {
			return err
		}
		c.SetNow(c.Now().Add(10 * time.Minute))
		_ = c.Office.Settler().Round(ctx) // what it could not do now it does later
	}
	return fmt.Errorf("not at rest after %d rounds", restRounds)
}

// Count is what a query counts in a city's store.
func (c *City) Count(ctx context.Context, q string) (n int, err error) {
	db, err := openBeside(c.config)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, q).Scan(&n)
	return n, err
}

// Count is what a query counts in a city's store.
func (c *Processes) Count(ctx context.Context, q string) (n int, err error) {
	err = c.auditor.db.QueryRowContext(ctx, q).Scan(&n)
	return n, err
}

// Text is the first value that a query finds in a city's store.
func (c *Processes) Text(ctx context.Context, q string) (text string, err error) {
	err = c.auditor.db.QueryRowContext(ctx, q).Scan(&text)
	return text, err
}

// unfinished counts what is not at rest and says when something is due next, in microseconds.
func (c auditor) unfinished(ctx context.Context) (open int, next int64, err error) {
	err = c.rows(ctx, `
		select count(*), cast(coalesce(min(due), 0) as bigint)
		from (
		  select next_at as due
		  from attempt
		  where state not in ('expired', 'failed', 'abandoned', 'released', 'capture_failed', 'banked', 'corrected_captured',
		    'corrected_released', 'captured', 'settled', 'stopped', 'reversed', 'returned')
		  union all
		  select case when leased_until > next_at then leased_until else next_at end
		  from outbox
		  where done_at is null
		    and next_at is not null
		) unfinished`, func(r *sql.Rows) error { return r.Scan(&open, &next) })
	return open, next, err
}
