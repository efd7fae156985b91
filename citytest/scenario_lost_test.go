package citytest_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/payment"
	"fundy/ticket"
)

// quiet is a city without events, whose clock the test moves.
func quiet(t *testing.T, c *citytest.City) {
	t.Helper()
	control(t, c, "webhooks", map[string]any{"mode": "off"})
	c.SetNow(time.Now().Truncate(time.Second))
}

// wrong makes the next n requests of a path go wrong at the processor.
func wrong(t *testing.T, c *citytest.City, kind, path string, n int) {
	t.Helper()
	for range n {
		control(t, c, "faults", map[string]any{"kind": kind, "match": map[string]any{"method": http.MethodPost, "path": path, "nth": 1}})
	}
}

func counted(t *testing.T, c interface {
	Count(context.Context, string) (int, error)
}, q string) int {
	t.Helper()
	n, err := c.Count(context.Background(), q)
	do(t, err)
	return n
}

// The processor has done what was asked, and its answer is lost: the same key finds it again. There is one
// card page, and the money is taken once.
func TestALostAnswerMakesOneCardPageAndTakesTheMoneyOnce(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"^/v1/checkout/sessions$", "/capture$"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			citytest.Both(t, func(t *testing.T, c *citytest.City) {
				quiet(t, c)
				c.Add(citytest.Spec{Number: "S1", Plate: "SSS 111", Offence: "LOADING", Age: 1})
				wrong(t, c, "drop_after_commit", path, 2) // the connection's own second try is lost too
				id := begin(t, c, "S1", "SSS 111")
				a := settle(t, c, id, payment.Creating)
				payWithCard(t, c, a.Session)
				if a = settle(t, c, id, payment.Opened, payment.Authorized, payment.Capturing); a.State != payment.Captured {
					t.Errorf("ends %s", a.State)
				}
				list, _ := dashboard(t, c, http.MethodGet, "/v1/checkout/sessions", nil)["data"].([]any)
				if len(list) != 1 {
					t.Errorf("the processor has %d card pages", len(list))
				}
				if b := right(t, c); b.Ledger.Captured != 5000 {
					t.Errorf("captured %d", b.Ledger.Captured)
				}
			})
		})
	}
}

// A capture could not be made for a day, or its answer was lost and the office was away for a day. The old key
// may mean nothing any more: the processor is read, and where nothing was done another key asks.
func TestAKeyOfYesterdayIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	for kind, keys := range map[string]int{"429": 2, "drop_after_commit": 1} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			citytest.Both(t, func(t *testing.T, c *citytest.City) {
				quiet(t, c)
				c.Add(citytest.Spec{Number: "S2", Plate: "SSS 222", Offence: "LOADING", Age: 1})
				id := begin(t, c, "S2", "SSS 222")
				a := settle(t, c, id, payment.Creating)
				payWithCard(t, c, a.Session)
				wrong(t, c, kind, "/capture$", map[string]int{"429": 1, "drop_after_commit": 2}[kind]) // of the second, the connection's own second try too
				if a, err := c.Office.Settler().Refresh(context.Background(), id); a.State != payment.Capturing {
					t.Fatalf("is %s: %v", a.State, err)
				}
				c.SetNow(c.Now().Add(25 * time.Hour))
				if a = settle(t, c, id, payment.Capturing); a.State != payment.Captured {
					t.Errorf("ends %s", a.State)
				}
				if n := counted(t, c, "select count(*) from outbox where kind = 'capture'"); n != keys {
					t.Errorf("%d keys were used, want %d", n, keys)
				}
				if b := right(t, c); b.Ledger.Captured != 5000 {
					t.Errorf("captured %d", b.Ledger.Captured)
				}
			})
		})
	}
}

// Nobody took the money for a week, and the hold has lapsed: nobody is charged, and the ticket can be paid.
func TestAHoldThatLapsesGivesTheTicketBack(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		quiet(t, c)
		tk := c.Add(citytest.Spec{Number: "S3", Plate: "SSS 333", Offence: "LOADING", Age: 1})
		id := begin(t, c, "S3", "SSS 333")
		a := settle(t, c, id, payment.Creating)
		payWithCard(t, c, a.Session)
		wrong(t, c, "html_502", "/capture$", 1)
		if a, err := c.Office.Settler().Refresh(context.Background(), id); a.State != payment.Capturing {
			t.Fatalf("is %s: %v", a.State, err)
		}
		c.SetNow(c.Now().Add(7*24*time.Hour + time.Minute))
		if a = settle(t, c, id, payment.Capturing); a.State != payment.CaptureFailed {
			t.Errorf("ends %s", a.State)
		}
		if s := ticketOf(t, c, tk).State; s != ticket.Reopened {
			t.Errorf("the ticket is %s", s)
		}
		v := toCardPage(c, "en", "", [2]string{"S3", "SSS 333"})
		typeCard(v, good)
		want(t, text(t, v), "Paid in full: $50.00")
		if b := right(t, c); b.Ledger.Captured != 5000 || b.Paid != 1 {
			t.Errorf("captured %d by %d", b.Ledger.Captured, b.Paid)
		}
	})
}
