package citytest_test

import (
	"context"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/fault"
)

// A city is killed at each step at which it hears that a payer's bank has taken money back, and that it keeps it:
// whatever dies where, the money of each is held once, lost once, and its ticket is owed again once.
func TestACityKilledWhileABankTakesMoneyBackPostsOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, template *citytest.Template) {
		eachPlace(t, template, fault.DisputeSteps, killedInDispute)
	})
}

func killedInDispute(t *testing.T, c *citytest.Processes, crash string) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	c.Office.KeepAlive()
	do(t, c.Start(ctx, crash))
	for i := range 2 { // the first is too old to be in the list when the second comes: it is read by itself
		p := &citytest.Person{City: c, Tickets: []int{i}}
		do(t, p.Begin(ctx))
		toCard(t, ctx, c, p)
		do(t, p.Card(ctx))
		do(t, c.Rest(ctx))
		do(t, c.Dispute(ctx))
		comes(t, ctx, c, "select count(*) from dispute where state = 'needs_response'", i+1)
		do(t, c.Clock.Add(4*24*time.Hour))
	}
	do(t, c.CloseDisputes(ctx, "lost"))
	comes(t, ctx, c, "select count(*) from dispute where state = 'accepted' and reopened_at is not null", 2)
	for _, kind := range []string{"dispute_held", "dispute_lost", "dispute_reopen"} {
		if n := counted(t, c, "select count(*) from ledger_entry where kind = '"+kind+"'"); n != 2 {
			t.Errorf("%s was posted %d times", kind, n)
		}
	}
	if b := right(t, c); b.Ledger.ChargedBack == 0 || b.Ledger.PaidTickets != 0 {
		t.Errorf("%+v", b.Ledger)
	}
}

// comes lets the clock go on, some minutes at a time, until a query counts so many.
func comes(t *testing.T, ctx context.Context, c *citytest.Processes, q string, n int) {
	t.Helper()
	for ctx.Err() == nil {
		if counted(t, c, q) == n {
			return
		}
		do(t, c.Clock.Add(16*time.Minute))
		select {
		case <-ctx.Done():
		case <-time.After(250 * time.Millisecond):
		}
	}
	t.Fatalf("not %d: %s", n, q)
}
