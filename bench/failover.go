package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Times of one failover.
const (
	beforeFailure = 5 * time.Second
	untilPromote  = 2 * time.Second // how long it takes until somebody promotes
	afterPromote  = 12 * time.Second
	settledMost   = 4 * time.Minute // the sweeper comes to an attempt that nobody told of within two
	flowTarget    = 10 * time.Second
)

// failovers lets the primary of a city fail that is being paid at, each time with clusters of its own: so many
// times it is killed, and then one stands still. What a resident was told is paid must be there afterwards,
// and nothing may be taken twice.
func (b *bench) failovers(ctx context.Context, times int) error {
	fmt.Println("primary  acknowledged  lost  unknown  doubled  stuck  seconds_to_flow  (target)  busy  broken  log_lines")
	for n := range times + 1 {
		what, fail := "killed", (*pair).kill
		if n == times {
			what, fail = "frozen", (*pair).freeze
		}
		r, err := b.failover(ctx, filepath.Join(b.work, fmt.Sprintf("failover%d", n+1)), fail)
		if err != nil {
			return fmt.Errorf("primary %s, run %d: %w", what, n+1, err)
		}
		flow := "-"
		if r.flow > 0 {
			flow = fmt.Sprintf("%.1f", r.flow.Seconds())
		}
		fmt.Printf("%-7s  %12d  %4d  %7d  %7d  %5d  %15s  (≤ %.0f s)  %4d  %6d  %9d\n", what,
			r.acknowledged, r.lost, r.unknown, r.doubled, r.stuck, flow, flowTarget.Seconds(), r.busy, r.broken, r.logged)
		for _, f := range r.faults {
			fmt.Println("     ", f)
		}
		if r.lost+r.doubled+r.stuck > 0 || len(r.faults) > 0 || r.flow == 0 {
			return fmt.Errorf("run %d: the city is not what it told its residents", n+1)
		}
	}
	return nil
}

// failover is one run.
func (b *bench) failover(ctx context.Context, dir string, fail func(*pair) error) (r failed, err error) {
	p, err := startPair(ctx, dir)
	if err != nil {
		return r, err
	}
	defer p.stop()
	if db, err := p.a.newDatabase(ctx, "city"); err != nil {
		return r, err
	} else if err := db.Close(); err != nil {
		return r, err
	}
	c, err := newCity(ctx, b.program, filepath.Join(dir, "city"), p.dsn("city"))
	if err != nil {
		return r, err
	}
	if c.log, err = os.Create(filepath.Join(dir, "city.log")); err != nil {
		return r, err
	}
	defer c.log.Close()
	c.events = true
	if err := c.startCard(); err != nil {
		return r, err
	}
	defer c.stop()
	if _, err := c.start(ctx); err != nil {
		return r, err
	}
	all := newPayers(c)
	if all.tokens, _, err = c.quotes(ctx, 0, 5000); err != nil {
		return r, err
	}
	load, stop := context.WithCancel(ctx)
	defer stop()
	var paying sync.WaitGroup
	for n := range clients {
		paying.Go(func() { all.pay(ctx, load, n) })
	}
	promoted, err := failAndPromote(ctx, p, fail)
	stop()
	paying.Wait()
	if err != nil {
		return r, err
	}
	r, err = all.judge(ctx, p.b, promoted)
	r.lines(filepath.Join(dir, "city.log"))
	return r, err
}

// failAndPromote lets the load run, lets the primary fail, promotes the standby, and lets the load run on. It returns when the standby was promoted.
func failAndPromote(ctx context.Context, p *pair, fail func(*pair) error) (promoted time.Time, err error) {
	time.Sleep(beforeFailure)
	if err := fail(p); err != nil {
		return promoted, err
	}
	time.Sleep(untilPromote)
	if err := p.promote(ctx); err != nil {
		return promoted, err
	}
	promoted = time.Now()
	time.Sleep(afterPromote)
	return promoted, nil
}
