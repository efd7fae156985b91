package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"fundy/citytest"
)

// banks are the payers' banks: which of them does something about which payment. Two never do about the same one.
type banks struct {
	mu   sync.Mutex
	busy map[string]bool // by the processor's payment
}

// endings are what a bank does about a payment, one thing after another, by what it comes to. "open" takes the money back,
// "part" some of it, "ask" only asks; the others are what the sandbox's control page is asked for.
var endings = map[string]string{
	"open": "open", "answered": "open answer", "won": "open answer won", "fee kept": "open answer won_fee", "withdrawn": "open won",
	"lost": "open answer lost", "accepted": "open lost", "lost, won": "open answer lost won", "won, lost": "open answer won lost",
	"lost, won, lost": "open lost won lost", "part won": "part answer won", "part lost": "part lost", "part lost, won": "part lost won",
	"inquiry": "ask", "inquiry closed": "ask answer warning_closed", "inquiry escalated": "ask escalate lost",
	"inquiry answered, escalated": "ask answer escalate answer won", "inquiry closed, escalated": "ask answer warning_closed escalate answer won",
}

// between is how far the clock goes on before the n-th thing that a bank does: not at all, so that the office may not see
// the one before; past its next look at what is open; or past that at what is over.
func (t trouble) between(n int) time.Duration {
	for range n {
		t.Pick /= 3
	}
	return []time.Duration{0, 61 * time.Minute, 25 * time.Hour}[t.Pick%3]
}

// bankTurns is how long a bank waits for a payment that it can do something about.
const bankTurns = during

// act lets a bank do one after the other what an ending says, for a payment that was taken. A dispute that its card has
// opened by itself is gone on with.
func (b *banks) act(ctx context.Context, c *citytest.Processes, t trouble) error {
	acts := strings.Fields(endings[t.Arg])
	ctx, cancel := context.WithTimeout(ctx, 3*bankTurns)
	defer cancel()
	paid, err := b.pick(ctx, c, acts[0] == "open", t.Pick)
	if err != nil {
		return err
	}
	dispute := paid.Dispute
	if dispute == "" {
		cents := paid.Amount
		if acts[0] == "part" {
			cents = max(1, cents*int64(10+t.Pick%80)/100)
		}
		if dispute, err = c.TakeBack(ctx, paid.Payment, cents, acts[0] == "ask"); err != nil {
			return err
		}
	}
	for n, act := range acts[1:] {
		if d := t.between(n); d > 0 {
			err = c.Clock.Add(d)
		}
		if !sleep(ctx, t.For) || err != nil {
			return errors.Join(ctx.Err(), err)
		}
		how, keep := strings.CutSuffix(act, "_fee")
		// The sandbox may be dead just now: it is asked again. What it has done it does not do twice.
		for tries := 0; ; tries++ {
			if err = c.MoveDispute(ctx, dispute, how, keep); err == nil || tries == 8 {
				break
			}
			if !sleep(ctx, 200*time.Millisecond) {
				return ctx.Err()
			}
		}
	}
	return nil
}

// pick waits for a payment that no bank has to do with. whole: one that is disputed as soon as it is taken is as good.
func (b *banks) pick(ctx context.Context, c *citytest.Processes, whole bool, n int) (citytest.Charge, error) {
	for waited := time.Now(); time.Since(waited) < bankTurns; {
		all, err := c.Charges(ctx)
		if one, ok := b.take(all, whole, n); err == nil && ok {
			return one, nil
		}
		if !sleep(ctx, 100*time.Millisecond) {
			return citytest.Charge{}, ctx.Err()
		}
	}
	return citytest.Charge{}, errors.New("nothing has been paid that a bank could take back")
}

func (b *banks) take(all []citytest.Charge, whole bool, n int) (one citytest.Charge, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var free []citytest.Charge
	for _, p := range all {
		if !b.busy[p.Payment] && (whole || p.Dispute == "") {
			free = append(free, p)
		}
	}
	if len(free) == 0 {
		return one, false
	}
	one = free[n%len(free)]
	b.busy[one.Payment] = true
	return one, true
}
