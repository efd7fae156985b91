package citytest_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fundy/city"
	"fundy/citytest"
	"fundy/fault"
)

// An office is killed at each step at which it fetches by itself what it expects of others: the processor's payouts, the
// bank's files, one of which is none. Whatever dies where: each payout and each file is entered once, the lease of a dead
// office ends, and what is missing or refused is raised once.
func TestAnOfficeKilledWhileItFetchesTakesEachOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, template *citytest.Template) {
		eachPlace(t, template, fault.FeedSteps, killedFetching)
	})
}

func killedFetching(t *testing.T, c *citytest.Processes, crash string) {
	ctx, cancel := context.WithTimeout(context.Background(), 150*time.Second)
	defer cancel()
	from := filepath.Join(c.Dir("office"), "from")
	do(t, c.Demo())
	do(t, os.Mkdir(from, 0o700))
	do(t, c.Set(func(s *city.Settings) { s.Settlement.FetchMinutes, s.Settlement.BankFolder = 60, "from" }))
	c.Office.KeepAlive()
	do(t, c.Start(ctx, ""))
	day := c.Clock.Now()
	p := &citytest.Person{City: c, Tickets: []int{0}}
	do(t, p.Begin(ctx))
	toCard(t, ctx, c, p)
	do(t, p.Card(ctx))
	do(t, c.Rest(ctx))
	do(t, c.Clock.Add(9*24*time.Hour))
	file, err := c.BankFile(ctx, day.Format(time.DateOnly), c.Clock.Now().AddDate(0, 0, -1).Format(time.DateOnly))
	do(t, err)
	for name, content := range map[string]string{"a.bai": file, "b.bai": "01,not a file of the bank\n"} {
		do(t, os.WriteFile(filepath.Join(from, name), []byte(content), 0o600))
	}
	c.Office.KeepAlive(crash) // the next one dies there
	c.Office.Kill()
	killed := 1
	for tries := 0; !fetched(t, ctx, c, from, 25*time.Second); tries++ {
		if tries == 2 {
			t.Fatalf("not fetched: %s", c.Tail())
		}
		do(t, c.Clock.Add(20*time.Minute)) // what a dead office has leased is free, and the next one looks at once
		c.Office.Kill()
		killed++
	}
	if c.Office.Kills() == killed {
		t.Error("the office has not come to this place")
	}
	for q, want := range map[string]int{
		"select count(*) from payout": 1, "select count(*) from bank_file": 1,
		"select count(*) from exception where kind = 'feed' and ref like 'bank_file/%' and closed_at is null":                                  1,
		"select count(*) from (select exception_id from exception_event where act = 'opened' group by exception_id having count(*) > 1) twice": 0,
	} {
		if n := counted(t, c, q); n != want {
			t.Errorf("%d, want %d: %s", n, want, q)
		}
	}
	right(t, c)
}

// fetched waits until everything is fetched, and nothing is leased.
func fetched(t *testing.T, ctx context.Context, c *citytest.Processes, from string, within time.Duration) bool {
	t.Helper()
	there := func(name string) bool { _, err := os.Stat(filepath.Join(from, name)); return err == nil }
	for waited := time.Now(); time.Since(waited) < within && ctx.Err() == nil; time.Sleep(250 * time.Millisecond) {
		if there("taken/a.bai") && there("refused/b.bai") && counted(t, c, "select count(*) from payout") > 0 &&
			counted(t, c, "select count(*) from feed where name = 'payouts' and leased_until = 0 and next_at > 0") == 1 {
			return true
		}
	}
	return false
}
