package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"fundy/desk/deskpb"
)

// Payers of the measurement of waits. They pause, as people do: what is measured is how long an import lets
// one wait, not how many payments a second there may be.
const (
	waiters    = 4
	waiterRest = 50 * time.Millisecond
)

// waits are the times that one step took, shortest first.
type waits []time.Duration

func (w waits) at(share float64) time.Duration {
	if len(w) == 0 {
		return 0
	}
	return w[min(int(share*float64(len(w))), len(w)-1)]
}

func (w waits) String() string {
	in := func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }
	return fmt.Sprintf("of %d: half within %s ms, 99 of 100 within %s ms, longest %s ms", len(w), in(w.at(0.5)), in(w.at(0.99)), in(w.at(1)))
}

// waited makes payments until the time is over and returns how long the start and the whole of each took.
func (c *benched) waited(ctx context.Context, until <-chan struct{}, tokens chan string) (starts, whole waits, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range waiters {
		wg.Go(func() {
			for {
				select {
				case <-until:
					return
				case <-time.After(waiterRest):
				}
				var token string
				select {
				case token = <-tokens:
				default:
					return
				}
				begun, all, payErr := c.timedPayment(ctx, token)
				mu.Lock()
				err = errors.Join(err, payErr)
				starts, whole = append(starts, begun), append(whole, all)
				mu.Unlock()
				if payErr != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	slices.Sort(starts)
	slices.Sort(whole)
	return starts, whole, err
}

// timedPayment is one payment, start to captured.
func (c *benched) timedPayment(ctx context.Context, token string) (start, whole time.Duration, err error) {
	d, from := c.desk(), time.Now()
	res, err := d.StartPayment(ctx, &deskpb.StartPaymentRequest{RequestId: rand.Text(), Tokens: []string{token}, Language: "en", ReviewBox: true})
	if err != nil {
		return 0, 0, err
	}
	start = time.Since(from)
	begun := res.GetBegun()
	if begun.GetCardUrl() == "" {
		return start, 0, fmt.Errorf("payment not begun: %v", res)
	}
	if err := c.pay(ctx, path.Base(begun.GetCardUrl())); err != nil {
		return start, 0, err
	}
	for range 3 {
		w, err := d.WatchPayment(ctx, &deskpb.WatchPaymentRequest{Attempt: begun.GetAttempt(), Returned: true, WaitSeconds: 20})
		if err != nil {
			return start, 0, err
		}
		if w.GetOutcome() == "paid" {
			return start, time.Since(from), nil
		}
	}
	return start, 0, errors.New("payment not captured")
}

// waitsBesideLoad measures how long payers wait while an import runs in a process of its own, on the same
// file, and what the import's rate is with them and without. SQLite has one writer, and its waiters poll.
func (b *bench) waitsBesideLoad(ctx context.Context) error {
	c, err := newCity(ctx, b.program, filepath.Join(b.work, "waits"), "")
	if err != nil {
		return err
	}
	if err := c.startCard(); err != nil {
		return err
	}
	defer c.stop()
	if _, err := c.start(ctx); err != nil {
		return err
	}
	files := [2]string{filepath.Join(b.work, "waits1.csv"), filepath.Join(b.work, "waits2.csv")}
	for i, file := range files {
		if err := c.writeTickets(file, b.rows, 1+i*copiesMost/2); err != nil {
			return err
		}
	}
	tokens, _, err := c.quotes(ctx, 0, 4000)
	if err != nil {
		return fmt.Errorf("quotes: %w", err)
	}
	alone, cancel := context.WithTimeout(ctx, b.span)
	defer cancel()
	starts, whole, err := c.waited(ctx, alone.Done(), tokens)
	if err != nil {
		return fmt.Errorf("payments alone: %w", err)
	}
	fmt.Printf("payments alone: start %v; whole %v\n", starts, whole)
	quiet, tickets, err := c.timedLoad(ctx, files[0])
	if err != nil {
		return err
	}
	fmt.Printf("import alone beside an idle office: %d tickets, %.0f/s\n", tickets, quiet)
	cmd := exec.CommandContext(ctx, c.program, c.importArgs(files[1])...)
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	var loadErr error
	go func() { defer close(ended); loadErr = cmd.Wait() }()
	starts, whole, err = c.waited(ctx, ended, tokens)
	<-ended
	took := time.Since(started)
	if err = errors.Join(err, loadErr); err != nil {
		return fmt.Errorf("payments beside an import: %w", err)
	}
	fmt.Printf("payments beside an import: start %v; whole %v; the import took %v, %d tokens left\n", starts, whole, took, len(tokens))
	return nil
}
