package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"fundy/citytest"
)

// outcome is what a schedule came to.
type outcome struct {
	schedule schedule
	faults   map[string]int // that took place, by kind
	banks    *banks
	killed   int // offices, by troubles
	books    citytest.Books
	wrong    []string
	took     time.Duration
}

// play lets a schedule happen to a city of its own, then heals everything, lets the city come to rest, has
// somebody pay what is still unpaid, and looks into the books. Then money goes back, and it does all that again.
func play(ctx context.Context, s schedule, on *ground, dir string) (o outcome, err error) {
	began := time.Now()
	o = outcome{schedule: s, faults: map[string]int{}, banks: &banks{busy: map[string]bool{}}}
	c, err := citytest.NewProcesses(ctx, on.template, dir)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, c.Close()); o.took = time.Since(began) }()
	c.Portal.KeepAlive()
	c.Sandbox.KeepAlive()
	first, later := lives(s.Crashes)
	c.Office.KeepAlive(later...)
	if err := c.Start(ctx, first); err != nil {
		return o, err
	}
	if s.Second != nil {
		first, later := lives(s.Second)
		c.Second.KeepAlive(later...)
		if err := c.Second.Start(first); err != nil {
			return o, err
		}
	}
	var people sync.WaitGroup
	live, stop := context.WithTimeout(ctx, 6*during)
	for _, p := range s.People {
		people.Go(func() { p.live(live, c) })
	}
	o.disturb(live, c, on, s.Troubles)
	people.Wait()
	stop()
	if err = o.end(ctx, c); err != nil || len(o.wrong) > 0 || len(s.Later) == 0 {
		return o.counted(c), err
	}
	c.Office.KeepAlive(s.Dies...)
	if len(s.Dies) > 0 {
		c.Office.Kill() // the next one dies at the first of them
		o.killed++
	}
	live, stop = context.WithTimeout(ctx, 6*during)
	o.disturb(live, c, on, s.Later)
	stop()
	err = o.end(ctx, c)
	return o.counted(c), err
}

// counted counts how often an office has died at a step.
func (o outcome) counted(c *citytest.Processes) outcome {
	if n := c.Office.Kills() + c.Second.Kills() - o.killed; n > 0 {
		o.faults["dies at a step"] += n
	}
	return o
}

// lives are where a process dies in its first life and in its later ones.
func lives(crashes []string) (first string, later []string) {
	if len(crashes) == 0 {
		return "", nil
	}
	return crashes[0], crashes[1:]
}

// live is what one person does. What does not work out he leaves.
func (p person) live(ctx context.Context, c *citytest.Processes) {
	v := &citytest.Person{City: c, Tickets: p.Tickets, Patience: during}
	if !sleep(ctx, p.Start) {
		return
	}
	if p.Calls {
		var err error
		if v.Code, err = c.Code(ctx, p.Tickets); err != nil {
			return // they can't be paid now, say
		}
	}
	if v.Begin(ctx) != nil {
		return
	}
	if p.Again && (!sleep(ctx, p.Thinks/2) || v.Begin(ctx) != nil) {
		return
	}
	if !sleep(ctx, p.Thinks) || p.Leaves {
		return
	}
	for range 8 {
		if v.ToCard(ctx) != nil || v.AtCard() || !sleep(ctx, during/16) {
			break
		}
	}
	if p.Declined {
		_ = v.Type(ctx, "4000 0000 0000 0002")
	}
	if p.Card != "" {
		_ = v.Type(ctx, p.Card)
	} else {
		_ = v.Card(ctx)
	}
	_ = v.Look(ctx)
}

// disturb makes the faults take place, each at its time, and ends what lasts.
func (o *outcome) disturb(ctx context.Context, c *citytest.Processes, on *ground, all []trouble) {
	var lasting sync.WaitGroup
	var mu sync.Mutex
	for _, t := range all {
		lasting.Go(func() {
			if !sleep(ctx, t.At) {
				return
			}
			err := error(nil)
			if t.What == "dispute" {
				err = o.banks.act(ctx, c, t)
			} else {
				err = t.happen(ctx, c, on)
			}
			if err != nil {
				return // its process is dead just now, say
			}
			mu.Lock()
			defer mu.Unlock()
			if o.faults[t.What+" "+t.Arg]++; t.What == "kill" && (t.Arg == "office" || t.Arg == "second") {
				o.killed++
			}
		})
	}
	lasting.Wait()
}

func (t trouble) happen(ctx context.Context, c *citytest.Processes, on *ground) error {
	link := map[string]*citytest.Link{"browser": c.Browser, "processor": c.Processor, "events": c.Events, "desk": c.Desk}[t.Arg]
	switch t.What {
	case "kill":
		map[string]*citytest.Process{"office": c.Office, "second": c.Second, "portal": c.Portal, "sandbox": c.Sandbox}[t.Arg].Kill()
		return nil
	case "answer":
		return c.Fault(ctx, t.Arg, calls[t.N][0], calls[t.N][1])
	case "events":
		return c.Webhooks(ctx, t.Arg)
	case "refuse", "hang":
		link.Set(map[string]citytest.LinkMode{"refuse": citytest.Refuse, "hang": citytest.Hang}[t.What])
		sleep(ctx, t.For)
		link.Set(citytest.Pass)
	case "late":
		link.Late(t.For / 4)
		sleep(ctx, 2*t.For)
		link.Late(0)
	case "lose answer":
		link.LoseAnswers(t.N)
	case "clock":
		d, err := time.ParseDuration(t.Arg)
		return errors.Join(err, c.Clock.Add(d))
	case "withdraw":
		i, err := strconv.Atoi(t.Arg)
		if err != nil {
			return err
		}
		return c.Withdraw(ctx, i)
	case "counter":
		i, err := strconv.Atoi(t.Arg)
		if err != nil {
			return err
		}
		return c.Counter(ctx, i, t.N == 1)
	case "review", "decide":
		i, err := strconv.Atoi(t.Arg)
		if err != nil {
			return err
		}
		err = c.Review(ctx, i)
		if t.What == "review" {
			return err
		}
		sleep(ctx, t.For)
		return c.Decide(ctx, i) // where somebody has asked for it before, that one
	case "refund":
		percent := 100
		if t.Arg == "part" {
			percent = 10 + t.Pick%80
		}
		return c.Refund(ctx, t.Pick, percent, t.Arg == "reopen")
	case "database":
		return on.disturb(ctx, c, t.Arg)
	case "disk full":
		left, err := strconv.ParseInt(t.Arg, 10, 64)
		if err := errors.Join(err, c.FillDisk(left)); err != nil {
			return err
		}
		sleep(ctx, t.For)
		_ = c.EmptyDisk() // the office may have died meanwhile: the next one has room
	default:
		return fmt.Errorf("unknown trouble %s", t.What)
	}
	return nil
}

// end heals everything and looks into the books; then it has what is unpaid paid, and looks again.
func (o *outcome) end(ctx context.Context, c *citytest.Processes) error {
	for _, l := range []*citytest.Link{c.Browser, c.Processor, c.Events, c.Desk} {
		l.Heal()
	}
	c.Office.Calm()
	c.Second.Calm()
	if err := c.EmptyDisk(); err != nil && o.schedule.Store == "sqlite" {
		c.Office.Kill()
	}
	if err := c.Ready(ctx, c.Settings.Portal.PublicURL+"/pay"); err != nil {
		return err
	}
	if err := errors.Join(c.Calm(ctx), c.Rest(ctx), c.RestBack(ctx), c.Rest(ctx)); err != nil {
		o.wrong = append(o.wrong, "stuck: "+err.Error())
	}
	if err := o.look(ctx, c); err != nil || len(o.wrong) > 0 {
		return err
	}
	for i := range ticketsOf {
		v := &citytest.Person{City: c, Tickets: []int{i}}
		if err := v.Begin(ctx); err != nil {
			return err
		}
		for range 30 {
			if err := v.ToCard(ctx); err != nil {
				return err
			}
			if v.AtCard() || v.Attempt == "" {
				break
			}
			if err := c.Clock.Add(31 * time.Second); err != nil {
				return err
			}
			sleep(ctx, 300*time.Millisecond)
		}
		if err := v.Card(ctx); err != nil {
			return err
		}
		if err := c.Rest(ctx); err != nil {
			return err
		}
	}
	if err := c.RestBack(ctx); err != nil { // the clock has gone on
		o.wrong = append(o.wrong, "stuck: "+err.Error())
	}
	if err := o.look(ctx, c); err != nil {
		return err
	}
	withdrawn, err := c.Count(ctx, "select count(*) from ticket where state = 'withdrawn'")
	if n := o.books.Ledger.PaidTickets; err != nil || n != int64(ticketsOf-withdrawn) {
		o.wrong = append(o.wrong, fmt.Sprintf("stuck: of %d tickets %d are paid in the end and %d withdrawn: %v", ticketsOf, n, withdrawn, err))
	}
	return err
}

func (o *outcome) look(ctx context.Context, c *citytest.Processes) (err error) {
	if o.books, err = c.Check(ctx); err != nil {
		return err
	}
	o.wrong = append(o.wrong, o.books.Wrong()...)
	return nil
}

// sleep says whether ctx still holds.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
