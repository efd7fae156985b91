package citytest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"fundy/citytest"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
	"fundy/visitor"
)

// lapses takes a payment to where its money is to be taken, and lets nobody take it until the hold is gone.
func lapses(t *testing.T, c *citytest.City, number, plate string, address string) payment.Attempt {
	t.Helper()
	control(t, c, "webhooks", map[string]any{"mode": "off"})
	v := toCardPage(c, "en", address, [2]string{number, plate})
	text(t, v)
	session := v.At[strings.LastIndex(v.At, "/")+1:]
	var id payment.AttemptID
	for n := range v.Page.Descendants() {
		for _, a := range n.Attr {
			if n.Type == html.ElementNode && a.Key == "href" && strings.Contains(a.Val, "/r/") {
				ref, _, _ := strings.Cut(a.Val[strings.LastIndex(a.Val, "/r/")+3:], "?")
				id = payment.AttemptID(ref)
			}
		}
	}
	payWithCard(t, c, session)
	control(t, c, "faults", map[string]any{"kind": "html_502", "match": map[string]any{"method": "POST", "path": "/capture$", "nth": 1}})
	if _, err := c.Office.Settler().Refresh(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	days(t, c, 8)
	return settle(t, c, id, payment.Opened, payment.Authorized, payment.Capturing)
}

// A hold lapses because we did not take it for a week: the ticket, which costs more by now, costs what it cost then for
// fifteen days, for everybody who finds it, and the page says so in both languages. The payer is told.
func TestALapsedHoldKeepsThePrice(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.SetNow(time.Date(2027, 3, 3, 15, 0, 0, 0, time.UTC))
		tk := c.Add(citytest.Spec{Number: "N1", Plate: "NNN 111", Offence: "LOADING", Age: 14})
		a := lapses(t, c, "N1", "NNN 111", citytest.ReceiptAddress)
		if a.State != payment.CaptureFailed || statesOf(t, c, tk) != "reopened" {
			t.Fatalf("the attempt is %s, its ticket %s", a.State, statesOf(t, c, tk))
		}
		if e := openByKind(t, c)[payment.ExceptionLapsed]; e.Ref != a.ID.Ref() || e.Owner != payment.RoleSupervisor {
			t.Errorf("in the queue: %+v", e)
		}
		err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			n, err := tx.LastTask(ctx, string(a.ID), "mail_lapsed")
			if n != 1 {
				t.Errorf("%d mails wait", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		want(t, find(t, c, "en", "N1", "NNN 111"), "did not go through because of us. To the end of March 26, 2027 it costs what it cost then", "$50.00", "Go on to pay $50.00")
		want(t, find(t, c, "fr", "N1", "NNN 111"), "n’a pas abouti à cause de nous. Jusqu’à la fin du 26 mars 2027, elle coûte ce qu’elle coûtait alors", "50,00 $")
		c.SetNow(time.Date(2027, 3, 27, 2, 59, 0, 0, time.UTC)) // the last minute of the 26th in the city
		b := paid(t, c, "N1", "NNN 111", good)
		if b.Amount.Minor() != 5000 {
			t.Errorf("the same price is %s", b.Amount)
		}
		if check := c.CheckLedger(); check.Captured != 5000 || check.Clearing != 5000 {
			t.Errorf("%+v", check)
		}
	})
}

// A promise ends, and it never raises a price.
func TestALapsedHoldKeepsThePriceToItsEnd(t *testing.T) {
	t.Parallel()
	c := citytest.SQLiteAt(t, time.Date(2027, 3, 3, 15, 0, 0, 0, time.UTC))
	c.Add(citytest.Spec{Number: "N2", Plate: "NNN 222", Offence: "LOADING", Age: 14})
	if a := lapses(t, c, "N2", "NNN 222", ""); a.State != payment.CaptureFailed {
		t.Fatalf("the attempt is %s", a.State)
	}
	c.SetNow(time.Date(2027, 3, 27, 3, 0, 0, 0, time.UTC))
	page := find(t, c, "en", "N2", "NNN 222")
	want(t, page, "$100.00")
	if strings.Contains(page, "because of us") {
		t.Errorf("the promise has ended:\n%s", page)
	}
}

// What a person at the processor gives back at once was decided there: no price is promised, and nobody is in the queue.
func TestAHoldThatWasGivenBackAtOncePromisesNothing(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	c.SetNow(c.Now())
	c.Add(citytest.Spec{Number: "N3", Plate: "NNN 333", Offence: "LOADING", Age: 14})
	a := capturing(t, c, "N3", "NNN 333")
	dashboard(t, c, http.MethodPost, "/v1/payment_intents/"+a.ProcessorRef+"/cancel", nil)
	if a = settle(t, c, a.ID, payment.Capturing); a.State != payment.CaptureFailed {
		t.Errorf("ends %s", a.State)
	}
	if _, told := openByKind(t, c)[payment.ExceptionLapsed]; told {
		t.Error("in the queue")
	}
	days(t, c, 5)
	want(t, find(t, c, "en", "N3", "NNN 333"), "To pay today", "$75.00")
}

// typedIn is what the page's field shows.
func typedIn(v *visitor.Visitor, name string) string {
	for n := range v.Page.Descendants() {
		is := map[string]string{}
		for _, a := range n.Attr {
			is[a.Key] = a.Val
		}
		if n.Data == "input" && is["name"] == name {
			return is["value"]
		}
	}
	return ""
}

// While the office is away, what was typed stays: the same button tries again.
func TestWhatWasTypedStaysWhileTheOfficeIsAway(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	c.Add(citytest.Spec{Number: "N4", Plate: "NNN 444", Offence: "LOADING", Age: 1})
	for lang, words := range map[string]string{"en": "We can’t look just now", "fr": "Nous ne pouvons pas chercher en ce moment"} {
		v := &visitor.Visitor{}
		v.Open(context.Background(), c.Portal.URL+paths[lang][0])
		text(t, v)
		if lang == "en" {
			defer c.CloseDesk()
		}
		c.CloseDesk()
		v.Send(context.Background(), "find", paths[lang][1], map[string]string{"number": "N4", "plate": "nnn 444"})
		want(t, text(t, v), words)
		if v.Status != http.StatusServiceUnavailable || typedIn(v, "number") != "N4" || typedIn(v, "plate") != "nnn 444" {
			t.Errorf("%s: %d, number %q, plate %q", lang, v.Status, typedIn(v, "number"), typedIn(v, "plate"))
		}
	}
}

// With several tickets, the page before the card page says which one's review ends.
func TestTheConfirmPageSaysWhichTicketIsUnderReview(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	c.Add(citytest.Spec{Number: "N5", Plate: "NNN 555", Offence: "LOADING", Age: 1})
	c.Add(citytest.Spec{Number: "N6", Plate: "NNN 555", Offence: "LOADING", Age: 1, State: ticket.Review})
	for lang, words := range map[string]string{"en": "A review of this ticket has been asked for. Paying ends it.", "fr": "Une révision de cette contravention a été demandée. Le paiement y met fin."} {
		v := &visitor.Visitor{}
		for _, number := range []string{"N5", "N6"} {
			v.Open(context.Background(), c.Portal.URL+paths[lang][0])
			v.Send(context.Background(), "find", paths[lang][1], map[string]string{"number": number, "plate": "NNN 555"})
		}
		v.Open(context.Background(), c.Portal.URL+paths[lang][2])
		page := text(t, v)
		first, second := strings.Index(page, "N5"), strings.Index(page, "N6")
		if at := strings.Index(page, words); strings.Count(page, words) != 1 || at < second || first > second {
			t.Errorf("%s: the page does not say it of N6:\n%s", lang, page)
		}
	}
}
