package citytest_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/fault"
)

// citiesAtOnce bounds the cities of processes that run together: they mostly wait for their workers.
const citiesAtOnce = 8

// eachStore runs a test on a template of each store.
func eachStore(t *testing.T, test func(t *testing.T, template *citytest.Template)) {
	t.Helper()
	for _, driver := range []string{"sqlite", "postgres"} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			server := ""
			if driver == "postgres" {
				if server = os.Getenv("FUNDY_TEST_POSTGRES"); server == "" {
					if os.Getenv("FUNDY_TEST_POSTGRES_REQUIRED") != "" {
						t.Fatal("FUNDY_TEST_POSTGRES is not set: run make test, which starts a PostgreSQL of its own")
					}
					t.Skip("NOT TESTED ON POSTGRESQL: FUNDY_TEST_POSTGRES is not set; make test starts one")
				}
			}
			template, err := citytest.NewTemplate(context.Background(), t.TempDir(), server)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := template.Close(); err != nil {
					t.Error(err)
				}
			})
			test(t, template)
		})
	}
}

// processes makes a city of processes that ends with the test.
func processes(t *testing.T, template *citytest.Template) *citytest.Processes {
	t.Helper()
	dir, err := os.MkdirTemp("", "fundy-city-") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	c, err := citytest.NewProcesses(context.Background(), template, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.Tail())
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		os.RemoveAll(dir)
	})
	return c
}

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eachPlace runs a test before each of the steps and after it, several at once.
func eachPlace(t *testing.T, template *citytest.Template, steps []fault.Step, test func(t *testing.T, c *citytest.Processes, crash string)) {
	t.Helper()
	free := make(chan struct{}, citiesAtOnce)
	var wait sync.WaitGroup
	defer wait.Wait()
	for _, step := range steps {
		for _, place := range []string{"before", "after"} {
			free <- struct{}{}
			wait.Go(func() {
				defer func() { <-free }()
				t.Run(place+" "+step.String(), func(t *testing.T) {
					c := processes(t, template)
					test(t, c, place+":"+step.String()+":1")
					if c.Office.Kills() == 0 {
						t.Error("the office has not come to this place")
					}
				})
			})
		}
	}
}

// A city is killed at each step of a payment, before it and after it. Three payments on two tickets meet all
// steps: one person begins, begins again (his first card page is closed) and pays; another one has been at
// the card page meanwhile, pays too, and is given his money back. Whatever dies where: the tickets are paid
// once.
func TestACityKilledAtEachStepIsPaidOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, template *citytest.Template) { eachPlace(t, template, fault.PaymentSteps, killedAt) })
}

// The same at the steps that a city comes to when the processor answers both calls with an error that it has
// saved: they are put off, read back and asked again under another key.
func TestACityKilledInTroubleIsPaidOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, template *citytest.Template) {
		eachPlace(t, template, fault.TroubleSteps, killedInTrouble)
	})
}

func killedInTrouble(t *testing.T, c *citytest.Processes, crash string) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	c.Office.KeepAlive()
	do(t, c.Start(ctx, crash))
	hurry, stop := context.WithCancel(ctx)
	defer stop()
	go c.Clock.Hurry(hurry, 2*time.Second)
	for _, path := range []string{"^/v1/checkout/sessions$", "/capture$"} {
		do(t, c.Fault(ctx, "500_saved", http.MethodPost, path))
	}
	p := &citytest.Person{City: c, Tickets: []int{0}}
	do(t, p.Begin(ctx))
	toCard(t, ctx, c, p)
	do(t, p.Card(ctx))
	stop()
	do(t, c.Rest(ctx))
	do(t, p.Look(ctx))
	if !p.Paid() {
		t.Errorf("he reads:\n%s", p.Page)
	}
	if b := right(t, c); b.Paid != 1 {
		t.Errorf("%d attempts are paid", b.Paid)
	}
}

func killedAt(t *testing.T, c *citytest.Processes, crash string) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	c.Office.KeepAlive()
	do(t, c.Start(ctx, crash))
	if strings.Contains(crash, ":"+fault.ClaimReading.String()+":") {
		do(t, c.Webhooks(ctx, "off")) // an event can be quicker than the page that would have asked
	}
	first, second := &citytest.Person{City: c, Tickets: []int{0, 1}}, &citytest.Person{City: c, Tickets: []int{1}}
	do(t, first.Begin(ctx))
	do(t, first.Begin(ctx))
	do(t, second.Begin(ctx))
	do(t, c.Clock.Add(3*time.Minute)) // the sweeper looks at open pages; what a dead office had leased is free
	for n := 0; n < 100 && c.Office.Kills() == 0 && strings.Contains(crash, ":"+fault.ClaimDue.String()+":"); n++ {
		time.Sleep(50 * time.Millisecond) // people can be quicker than the sweeper
	}
	for _, p := range []*citytest.Person{first, second} {
		toCard(t, ctx, c, p)
		do(t, p.Card(ctx))
	}
	do(t, c.Rest(ctx))
	for _, p := range []*citytest.Person{first, second} {
		do(t, p.Look(ctx))
	}
	if !first.Paid() {
		t.Errorf("who was first reads:\n%s", first.Page)
	}
	if !strings.Contains(second.Page, "You were not charged") {
		t.Errorf("who was second reads:\n%s", second.Page)
	}
	b := right(t, c)
	if b.Ledger.PaidTickets != 2 || b.Paid != 1 {
		t.Errorf("%d tickets are paid by %d attempts", b.Ledger.PaidTickets, b.Paid)
	}
}

// toCard brings a person to his card page, while the clock goes on by half a minute at a time: what a dead
// office had leased becomes free.
func toCard(t *testing.T, ctx context.Context, c *citytest.Processes, p *citytest.Person) {
	t.Helper()
	for range 20 {
		do(t, p.ToCard(ctx))
		if p.AtCard() {
			return
		}
		do(t, c.Clock.Add(30*time.Second))
		time.Sleep(500 * time.Millisecond)
	}
	t.Fatalf("there is no card page:\n%s", p.Page)
}

// right wants the invariants to hold.
func right(t *testing.T, c interface {
	Check(context.Context) (citytest.Books, error)
}) citytest.Books {
	t.Helper()
	b, err := c.Check(context.Background())
	do(t, err)
	for _, w := range b.Wrong() {
		t.Error(w)
	}
	return b
}
