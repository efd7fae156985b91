// Campaign plays random schedules to cities of real processes and looks into their books after each: office,
// portal and sandbox killed at any time and at named steps; events lost, doubled, late, reordered and badly
// signed; the processor's answers refused, broken, or lost before and after it has done what was asked; links
// cut and hung; the clock moved; the database restarted, the disk full; a second office on the same database;
// two to five payers on the same tickets, some of them with a one-time code; a counter that takes cash for them meanwhile,
// and reviews of them that are asked for and decided. Payers' banks ask, take a payment or a part of it back, win, lose and
// decide anew, refunds go, wait and fail later, before, between and after: while people pay, and once more when all is paid.
// citytest's package comment lists what has to hold. In the end what is still unpaid, or owed again, must be payable.
//
// A schedule follows from its seed: -seed S -n 1 plays it again. What the processes make of it also depends
// on the machine, so a failure may need a few times.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"fundy/citytest"
)

// Limits of a campaign.
const (
	playWithin = 3 * time.Minute // one schedule
	logEvery   = 10
)

func main() {
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano())%1e9, "the first schedule's seed; the next ones have the next numbers")
	n := flag.Int("n", 40, "how many schedules")
	workers := flag.Int("workers", 6, "how many cities at once")
	out := flag.String("out", "", "where the results go, as JSON; empty: nowhere")
	verbose := flag.Bool("v", false, "print every schedule")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := &campaign{first: *seed, n: *n, workers: *workers, verbose: *verbose, result: newResult(*seed)}
	err := c.run(ctx)
	c.result.print()
	if *out != "" {
		err = errors.Join(err, c.result.write(*out))
	}
	citytest.RemoveProgram()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || len(c.result.Failures) > 0 {
		os.Exit(1)
	}
}

// campaign is many schedules.
type campaign struct {
	first      uint64
	n, workers int
	verbose    bool
	mu         sync.Mutex
	result     *result
}

// run plays all schedules: an even seed's on SQLite, an odd one's on PostgreSQL.
func (c *campaign) run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "fundy-campaign-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL's user goes through it
		return err
	}
	if postgresBin() == "" {
		c.result.LeftOut = append(c.result.LeftOut, "PostgreSQL is not installed: all schedules are SQLite's")
	}
	seeds := map[string]chan uint64{"sqlite": make(chan uint64, c.n), "postgres": make(chan uint64, c.n)}
	for i := range uint64(c.n) {
		seeds[storeOf(c.first+i)] <- c.first + i
	}
	var wait sync.WaitGroup
	errs := make([]error, c.workers)
	for i := range c.workers {
		store := []string{"sqlite", "postgres"}[i%2]
		wait.Go(func() { errs[i] = c.work(ctx, store, seeds[store], filepath.Join(dir, fmt.Sprint(i))) })
	}
	for _, s := range seeds {
		close(s)
	}
	wait.Wait()
	return errors.Join(errs...)
}

func storeOf(seed uint64) string {
	if seed%2 == 1 && postgresBin() != "" {
		return "postgres"
	}
	return "sqlite"
}

// work plays schedules one after another on a ground of its own.
func (c *campaign) work(ctx context.Context, store string, seeds <-chan uint64, dir string) error {
	if len(seeds) == 0 {
		return nil
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	on, err := newGround(ctx, store, dir)
	if err != nil {
		return err
	}
	for seed := range seeds {
		if ctx.Err() != nil {
			break
		}
		if err := c.one(ctx, newSchedule(seed, store), on); err != nil {
			return errors.Join(err, on.close())
		}
	}
	return on.close()
}

// one plays one schedule. The folder of one that failed is kept.
func (c *campaign) one(ctx context.Context, s schedule, on *ground) error {
	dir, err := os.MkdirTemp("", "fundy-city-")
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, playWithin)
	defer cancel()
	o, err := play(within, s, on, dir)
	if ctx.Err() != nil {
		return os.RemoveAll(dir) // told to stop: this one says nothing
	}
	if err != nil {
		o.wrong = append(o.wrong, "stuck: not played to its end: "+err.Error())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.add(o)
	if c.verbose || len(o.wrong) > 0 {
		s.print()
	}
	for _, w := range o.wrong {
		fmt.Printf("seed %d (%s): %s\n", s.Seed, s.Store, w)
	}
	if len(o.wrong) > 0 {
		fmt.Printf("seed %d: its folder is kept: %s\n", s.Seed, dir)
		return nil
	}
	if c.result.Schedules%logEvery == 0 {
		c.result.print()
	}
	return os.RemoveAll(dir)
}

func (s schedule) print() {
	fmt.Printf("seed %d on %s: the office dies at %v, a second one at %v\n", s.Seed, s.Store, s.Crashes, s.Second)
	for _, p := range s.People {
		fmt.Printf("  person %+v\n", p)
	}
	for _, t := range s.Troubles {
		fmt.Printf("  trouble %s\n", t)
	}
	fmt.Printf("  later the office dies at %v\n", s.Dies)
	for _, t := range s.Later {
		fmt.Printf("  later %s\n", t)
	}
}
