package citytest_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"fundy/city"
	"fundy/citytest"
	"fundy/desk/deskpb"
	"fundy/payment"
	"fundy/visitor"
)

// A lease saves work and protects nothing: many workers on one attempt take the money once.
func TestManyWorkersOnOneAttemptCaptureOnce(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		control(t, c, "webhooks", map[string]any{"mode": "off"})
		c.Add(citytest.Spec{Number: "N1", Plate: "NNN 111", Offence: "LOADING", Age: 1})
		v := toCardPage(c, "en", "", [2]string{"N1", "NNN 111"})
		text(t, v)
		session := v.At[strings.LastIndex(v.At, "/")+1:]
		control(t, c, "pay", map[string]string{"session": session, "card": "4242424242424242"})
		back := ""
		for n := range v.Page.Descendants() {
			for _, a := range n.Attr {
				if a.Key == "href" && strings.Contains(a.Val, "/r/") {
					back = a.Val
				}
			}
		}
		id, _, _ := strings.Cut(back[strings.LastIndex(back, "/")+1:], "?")
		var wg sync.WaitGroup
		for range 12 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				// An error is another worker that was quicker: what counts is what stands at the end.
				_, _ = c.Office.Settler().Refresh(context.Background(), payment.AttemptID(id))
			}()
		}
		wg.Wait()
		a, err := c.Office.Settler().Refresh(context.Background(), payment.AttemptID(id))
		for range 100 {
			if a.State != payment.Capturing || err != nil {
				break
			}
			a, err = c.Office.Settler().Refresh(context.Background(), payment.AttemptID(id))
		}
		if err != nil || a.State != payment.Captured {
			t.Fatalf("ends %s, %v", a.State, err)
		}
		if check := c.CheckLedger(); check.Captured != 5000 || check.PaidTickets != 1 {
			t.Errorf("captured %d of %d tickets", check.Captured, check.PaidTickets)
		}
	})
}

// However many visitors look at an attempt at once, the processor is read once in two seconds.
func TestManyVisitorsMakeTheOfficeReadOnce(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		control(t, c, "webhooks", map[string]any{"mode": "off"})
		c.SetNow(time.Now())
		c.Add(citytest.Spec{Number: "R1", Plate: "RRR 111", Offence: "LOADING", Age: 1})
		id := begin(t, c, "R1", "RRR 111")
		for want := int64(1); want <= 2; want++ {
			c.SetNow(c.Now().Add(2 * time.Second))
			var wg sync.WaitGroup
			for range 60 {
				wg.Go(func() {
					_, err := c.Desk().WatchPayment(context.Background(), &deskpb.WatchPaymentRequest{Attempt: string(id), Returned: true})
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if got := c.Reads(); got != want {
				t.Errorf("60 visitors at once: %d reads so far, want %d", got, want)
			}
		}
	})
}

// French pages show offences, by-law and prices in French: no English title of any offence is on one.
func TestNoEnglishOffenceIsOnAFrenchPage(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	ctx := context.Background()
	schedule := c.Rules.Schedules[len(c.Rules.Schedules)-1]
	if len(schedule.Offences) < 10 {
		t.Fatalf("%d offences", len(schedule.Offences))
	}
	for i, o := range schedule.Offences {
		number := fmt.Sprintf("O%d", i)
		c.Add(citytest.Spec{Number: number, Plate: "OOO 111", Offence: o.Code, Age: 2})
		v := &visitor.Visitor{}
		v.Open(ctx, c.Portal.URL+"/payer")
		v.Send(ctx, "find", "/payer/trouver", map[string]string{"number": number, "plate": "OOO 111"})
		page := text(t, v)
		want(t, page, o.Title[city.French])
		for _, other := range schedule.Offences {
			if strings.Contains(page, other.Title[city.English]) {
				t.Errorf("%s: %q is on the French page", o.Code, other.Title[city.English])
			}
		}
		for _, english := range []string{"By-law", "To pay", "penalty", "Tuesday", "November", "discount"} {
			if strings.Contains(page, english) {
				t.Errorf("%s: %q is on the French page", o.Code, english)
			}
		}
	}
}
