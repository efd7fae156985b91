package citytest_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/payment"
	"fundy/ticket"
)

// Somebody pays cash at the counter while another one is at the card page: the counter takes the same ticket,
// and what was set aside on the card is given back.
func TestCashAtTheCounterMeanwhileGivesTheCardItsMoneyBack(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		tk := c.Add(citytest.Spec{Number: "R1", Plate: "RAC 111", Offence: "LOADING", Age: 1})
		v := toCardPage(c, "en", "", [2]string{"R1", "RAC 111"})
		drawer(t, c, "A", "anne")
		do(t, cash(c, "anne", 5000, tk))
		typeCard(v, good)
		want(t, text(t, v), "You were not charged", "Ticket R1 had just been paid")
		if b := right(t, c); b.Ledger.PaidTickets != 1 || b.Ledger.Captured != 5000 || b.Ledger.ByAccount["undeposited:cash"] != 5000 || b.Ledger.Clearing != 0 {
			t.Errorf("%+v", b.Ledger)
		}
	})
}

// Card pages are closed in the same moment in which they are paid at: each ends closed and unpaid, or paid.
func TestACardPageThatClosesWhileItIsPaidAt(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		quiet(t, c)
		var ids [12]payment.AttemptID
		for i := range ids {
			number := "R2" + strings.Repeat("1", i+1)
			c.Add(citytest.Spec{Number: number, Plate: "RAC 222", Offence: "LOADING", Age: 1})
			ids[i] = begin(t, c, number, "RAC 222")
		}
		var both sync.WaitGroup
		for i, id := range ids {
			session := settle(t, c, id, payment.Creating).Session
			both.Go(func() {
				time.Sleep(time.Duration(i%3) * time.Millisecond)
				payWithCard(t, c, session)
			})
			both.Go(func() {
				if err := c.Office.Settler().Close(context.Background(), id); err != nil {
					t.Error(err)
				}
				c.SetNow(c.Now().Add(time.Second))
				_ = c.Office.Settler().Round(context.Background()) // what it could not do now it does later
			})
		}
		both.Wait()
		do(t, c.Rest(context.Background()))
		ends := map[payment.State]int{}
		for _, id := range ids {
			ends[attemptOf(t, c, id).State]++
		}
		if ends[payment.Captured]+ends[payment.Expired] != len(ids) {
			t.Errorf("they end %v", ends)
		}
		if b := right(t, c); b.Ledger.PaidTickets != int64(ends[payment.Captured]) {
			t.Errorf("%d tickets are paid, %v", b.Ledger.PaidTickets, ends)
		}
	})
}

// The processor has a card page under our reference, but it is of another currency: nobody is sent there, and
// a person is told.
func TestACardPageThatIsNotOursIsStopped(t *testing.T) {
	t.Parallel()
	for name, bent := range map[string]url.Values{
		"currency": {"line_items[0][price_data][currency]": {"usd"}, "line_items[0][price_data][unit_amount]": {"5000"}},
		"amount":   {"line_items[0][price_data][currency]": {"cad"}, "line_items[0][price_data][unit_amount]": {"500"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			citytest.Both(t, func(t *testing.T, c *citytest.City) {
				quiet(t, c)
				tk := c.Add(citytest.Spec{Number: "R3", Plate: "RAC 333", Offence: "LOADING", Age: 1})
				wrong(t, c, "429", "^/v1/checkout/sessions$", 1)
				id := begin(t, c, "R3", "RAC 333")
				form := url.Values{
					"mode": {"payment"}, "client_reference_id": {string(id)}, "line_items[0][quantity]": {"1"}, "payment_method_types[0]": {"card"},
					"line_items[0][price_data][product_data][name]": {"x"}, "success_url": {"http://localhost/s"}, "cancel_url": {"http://localhost/c"},
					"payment_intent_data[capture_method]": {"manual"},
				}
				for k, v := range bent {
					form[k] = v
				}
				dashboard(t, c, http.MethodPost, "/v1/checkout/sessions", form)
				wrong(t, c, "429", "^/v1/checkout/sessions$", 2)
				if a := settle(t, c, id, payment.Creating); a.State != payment.Stopped || a.SessionURL != "" {
					t.Errorf("is %s at %q", a.State, a.SessionURL)
				}
				if s := ticketOf(t, c, tk).State; s != ticket.Open {
					t.Errorf("the ticket is %s", s)
				}
				b, err := c.Check(context.Background())
				do(t, err)
				if len(b.Ledger.Exceptions) != 1 || b.Paid != 0 || len(b.Lost)+len(b.Doubled)+len(b.Mispriced) != 0 {
					t.Errorf("%+v", b)
				}
			})
		})
	}
}

// The webhook's secret is replaced: for a while the office knows both, and events signed with the old one and
// then with the new one are taken. Once it knows the new one only, the old one is refused.
func TestTwoSecretsHoldWhileOneReplacesTheOther(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, template *citytest.Template) {
		c := processes(t, template)
		ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
		defer cancel()
		c.Office.KeepAlive()
		c.Sandbox.KeepAlive()
		old, err := os.ReadFile(filepath.Join(c.Dir("sandbox"), "keys", "office", "webhook.secret"))
		do(t, err)
		secret := func(process, text string) {
			t.Helper()
			do(t, os.WriteFile(filepath.Join(c.Dir(process), "keys", "office", "webhook.secret"), []byte(text), 0o600))
		}
		secret("office", "whsec_new\n"+string(old))
		do(t, c.Start(ctx, ""))
		pay := func(i int) int {
			t.Helper()
			before := counted(t, c, takenEvents)
			p := &citytest.Person{City: c, Tickets: []int{i}}
			do(t, p.Begin(ctx))
			toCard(t, ctx, c, p)
			do(t, p.Card(ctx))
			if !p.Paid() {
				t.Errorf("he reads:\n%s", p.Page)
			}
			for range 40 {
				if n := counted(t, c, takenEvents) - before; n == 2 {
					return n
				}
				time.Sleep(50 * time.Millisecond)
			}
			return counted(t, c, takenEvents) - before
		}
		if n := pay(0); n != 2 {
			t.Errorf("the old secret: %d events were taken", n)
		}
		secret("sandbox", "whsec_new")
		c.Sandbox.Kill()
		do(t, c.Calm(ctx))
		if n := pay(1); n != 2 {
			t.Errorf("the new secret: %d events were taken", n)
		}
		secret("office", "whsec_newer")
		c.Office.Kill()
		if n := pay(2); n != 0 {
			t.Errorf("a secret that the office does not know: %d events were taken", n)
		}
		right(t, c)
	})
}
