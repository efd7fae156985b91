package main

import (
	"context"
	"crypto/rand"
	"path"
	"sync"
	"time"

	"connectrpc.com/connect"

	"fundy/desk/deskpb"
)

// payers pay at a city whose database goes away. Each goes on with what he has begun, as a person does who
// presses the button again: with the same request id, until he knows.
type payers struct {
	c      *benched
	tokens chan string
	mu     sync.Mutex
	told   map[string]time.Time // attempt: when its payer was told that it is paid
	begun  map[string]time.Time // attempt: when its payer pressed the button
	busy   int                  // calls that were answered with "try again"
	broken int                  // calls that were answered with "something went wrong"
	ends   map[string]int       // other outcomes than paid
}

func newPayers(c *benched) *payers {
	return &payers{c: c, told: map[string]time.Time{}, begun: map[string]time.Time{}, ends: map[string]int{}}
}

// again is how soon a payer asks again who was told to.
const again = 200 * time.Millisecond

// pay makes payments while the load is on, and ends the last one that it has begun. Every fourth payer of
// a client closes his browser once the card is typed: nobody comes back for him.
func (p *payers) pay(ctx, load context.Context, client int) {
	for n := client; load.Err() == nil; n++ {
		select {
		case token := <-p.tokens:
			p.one(ctx, token, n%4 == 3)
		default:
			return
		}
	}
}

func (p *payers) one(ctx context.Context, token string, goesAway bool) {
	pressed, request := time.Now(), rand.Text()
	var attempt, card string
	p.until(ctx, func() error {
		res, err := p.c.desk().StartPayment(ctx, &deskpb.StartPaymentRequest{RequestId: request, Tokens: []string{token}, Language: "en", ReviewBox: true})
		if err != nil {
			return err
		}
		attempt, card = res.GetBegun().GetAttempt(), res.GetBegun().GetCardUrl()
		if no := res.GetRefused(); no != nil {
			p.end("refused: " + no.GetReason())
		}
		return nil
	})
	if attempt == "" {
		return
	}
	p.mu.Lock()
	p.begun[attempt] = pressed
	p.mu.Unlock()
	if card == "" { // the page that waits shows the way to the card page
		card = p.watch(ctx, attempt, "open").GetCardUrl()
	}
	if card == "" {
		p.end("no card page")
		return
	}
	if err := p.c.pay(ctx, path.Base(card)); err != nil {
		p.end(err.Error())
		return
	}
	if goesAway {
		return
	}
	if w := p.watch(ctx, attempt, "paid"); w.GetOutcome() != "paid" {
		p.end(w.GetOutcome())
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told[attempt] = time.Now()
}

// watch asks until an attempt stands as wanted, or has ended otherwise.
func (p *payers) watch(ctx context.Context, attempt, want string) (w *deskpb.WatchPaymentResponse) {
	deadline := time.Now().Add(settledMost)
	for time.Now().Before(deadline) && ctx.Err() == nil {
		p.until(ctx, func() (err error) {
			w, err = p.c.desk().WatchPayment(ctx, &deskpb.WatchPaymentRequest{Attempt: attempt, Returned: want == "paid", WaitSeconds: 20})
			return err
		})
		if o := w.GetOutcome(); o == want || (o != "waiting" && o != "open") {
			break
		}
	}
	return w
}

// until makes a call until it is answered, and counts how often it was not.
func (p *payers) until(ctx context.Context, call func() error) {
	deadline := time.Now().Add(settledMost)
	for time.Now().Before(deadline) && ctx.Err() == nil {
		err := call()
		if err == nil {
			return
		}
		p.mu.Lock()
		if code := connect.CodeOf(err); code == connect.CodeUnavailable || code == connect.CodeDeadlineExceeded {
			p.busy++ // the portal shows the same page for both
		} else {
			p.broken++
			p.ends["answered "+err.Error()]++
		}
		p.mu.Unlock()
		time.Sleep(again)
	}
}

func (p *payers) end(how string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ends[how]++
}
