package citytest_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"fundy/citytest"
)

// Each way between two processes is cut, hangs, is late and loses answers while somebody pays: once it is
// whole again, each ticket is paid once.
func TestALinkThatFailsLosesNothing(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, template *citytest.Template) {
		var wait sync.WaitGroup
		defer wait.Wait()
		for name, link := range map[string]func(c *citytest.Processes) *citytest.Link{
			"browser":   func(c *citytest.Processes) *citytest.Link { return c.Browser },
			"processor": func(c *citytest.Processes) *citytest.Link { return c.Processor },
			"events":    func(c *citytest.Processes) *citytest.Link { return c.Events },
			"desk":      func(c *citytest.Processes) *citytest.Link { return c.Desk },
		} {
			wait.Go(func() {
				t.Run(name, func(t *testing.T) {
					c := processes(t, template)
					failingLink(t, c, link(c))
				})
			})
		}
	})
}

func failingLink(t *testing.T, c *citytest.Processes, l *citytest.Link) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	do(t, c.Start(ctx, ""))
	for i, fail := range []func(){
		func() { l.Set(citytest.Refuse) },
		func() { l.Set(citytest.Hang) },
		func() { l.Late(200 * time.Millisecond) },
		func() { l.LoseAnswers(2) },
	} {
		p := &citytest.Person{City: c, Tickets: []int{i}}
		do(t, p.Begin(ctx))
		toCard(t, ctx, c, p)
		fail()
		if i < 3 {
			time.AfterFunc(700*time.Millisecond, l.Heal)
		}
		do(t, p.Card(ctx))
		until(t, "answers were lost", func() bool { return i < 3 || l.Lost() > 0 })
		l.Heal()
		do(t, c.Rest(ctx))
		do(t, p.Look(ctx))
		if !p.Paid() {
			t.Errorf("he reads:\n%s", p.Page)
		}
	}
	if b := right(t, c); b.Ledger.PaidTickets != 4 || b.Begun != 4 {
		t.Errorf("%d tickets are paid by %d attempts", b.Ledger.PaidTickets, b.Begun)
	}
}

// The disk is full while somebody pays: nothing is taken that can't be written down, and once there is room
// the ticket is paid once.
func TestAFullDiskTakesNothingThatIsNotWrittenDown(t *testing.T) {
	t.Parallel()
	template, err := citytest.NewTemplate(context.Background(), t.TempDir(), "")
	do(t, err)
	c := processes(t, template)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	do(t, c.Start(ctx, ""))
	p := &citytest.Person{City: c, Tickets: []int{0}, Patience: 2 * time.Second}
	do(t, p.Begin(ctx))
	toCard(t, ctx, c, p)
	do(t, c.FillDisk(0))
	if p.Card(ctx) == nil && p.Paid() {
		t.Error("he reads that he has paid, and there was no room to write it")
	}
	if n := counted(t, c, "select count(*) from attempt where state <> 'open'"); n != 0 {
		t.Error("the attempt was moved on a full disk")
	}
	if b, err := c.Check(ctx); err != nil || len(b.Lost) != 0 {
		t.Errorf("%v, %v", b.Lost, err)
	}
	do(t, c.EmptyDisk())
	do(t, c.Rest(ctx))
	do(t, p.Look(ctx))
	if !p.Paid() {
		t.Errorf("once there is room he reads:\n%s", p.Page)
	}
	if b := right(t, c); b.Paid != 1 {
		t.Errorf("%d attempts are paid", b.Paid)
	}
}
