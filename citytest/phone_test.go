package citytest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/input"
	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
	"fundy/mail/mailtest"
	"fundy/store"
	"fundy/ticket"
)

// keyPressesMost is how many keys a clerk presses for a payment by telephone, besides what is typed as text.
const keyPressesMost = 10

// hands are a clerk's: they press keys, and touch no mouse.
type hands struct {
	*worker
	pressed int
}

func (h *hands) key(k input.Key) {
	h.t.Helper()
	h.page.MustActivate()
	if err := h.page.Keyboard.Type(k); err != nil {
		h.t.Fatal(err)
	}
	h.pressed++
}

// goesOn presses Enter, and waits for the page that follows.
func (h *hands) goesOn() {
	h.t.Helper()
	wait := h.page.WaitNavigation(proto.PageLifecycleEventNameLoad)
	h.key(input.Enter)
	wait()
	h.page.MustWaitLoad()
}

// tabsTo presses Tab until something of the page has the focus. The link that skips the menu is taken where it saves
// keys.
func (h *hands) tabsTo(selector string) {
	h.t.Helper()
	h.key(input.Tab)
	h.key(input.Enter) // the link that skips to the text
	for range 20 {
		h.key(input.Tab)
		if h.page.MustEval(`s => document.activeElement.matches(s)`, selector).Bool() {
			return
		}
	}
	h.t.Fatalf("the keyboard does not reach %s", selector)
}

// stands waits until the clerk's page says how the code stands, without being asked again.
func (h *hands) stands(state string) {
	h.t.Helper()
	err := h.page.Timeout(20 * time.Second).Wait(rod.Eval(`s => document.getElementById("live").dataset.state == s`, state))
	if err != nil {
		h.t.Fatalf("the page does not come to say %s: it says %s\n%s", state, h.page.MustElement("#live").MustText(), h.text())
	}
}

// hears waits until the clerk's page says this of a card that was refused, without being asked again.
func (h *hands) hears(parts ...string) {
	h.t.Helper()
	for _, part := range parts {
		err := h.page.Timeout(20 * time.Second).Wait(rod.Eval(`s => document.getElementById("live-decline").innerText.includes(s)`, part))
		if err != nil {
			h.t.Fatalf("the page does not come to say %q\n%s", part, h.text())
		}
	}
}

// attemptUnderWay is the one attempt that is.
func attemptUnderWay(t *testing.T, c *citytest.City) string {
	t.Helper()
	var id string
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		due, err := tx.DueAttempts(ctx, time.Now().Add(24*time.Hour), 1)
		if len(due) == 1 {
			id = string(due[0])
		}
		return err
	})
	if err != nil || id == "" {
		t.Fatalf("no attempt is under way: %v", err)
	}
	return id
}

// A caller pays a ticket by telephone: the clerk searches, gives a code and follows; the caller types it on the own
// device, sees place and day, has one card declined and pays with another. The clerk presses at most ten keys.
func TestACallerPaysByACode(t *testing.T) {
	citytest.Browser(t)
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		server := mailtest.Start(t)
		c.SendMail(server)
		c.DeclinesAreRead()
		c.Add(citytest.Spec{Number: "PH-1", Plate: "PHN 001", Offence: "LOADING", Age: 1, Place: "north side of Tide Street"})
		at := c.OpenStaff()
		clerk := &hands{worker: joins(t, c, at, "anne", proto.WebAuthnAuthenticatorTransportInternal, "clerk")}
		clerk.opens("/")
		clerk.sees("To anyone who has the number or the plate you may say what is on that ticket", "you say to nobody")
		if err := clerk.page.InsertText("PH-1"); err != nil {
			t.Fatal(err)
		}
		clerk.goesOn()
		clerk.sees("Ticket PH-1", "$50.00", "You may tell this to anyone who has the number or the plate")
		clerk.tabsTo("#phone button")
		clerk.goesOn()
		clerk.sees("Waiting", "You have called us", "I have a code from the city", strings.TrimPrefix(c.Settings.Portal.PublicURL, "http://"), "north side of Tide Street", "No text messages",
			"The caller has no device", "At our counter:", "By mail:", "the card processor’s own terminal")
		code := clerk.page.MustElement("#code").MustText()

		caller := citytest.Page(t, 375)
		caller.MustNavigate(c.Portal.URL + "/").MustWaitLoad()
		press(caller, `a[href="/pay/code"]`)
		caller.MustElement("#code").MustInput(code)
		press(caller, "#code-form .govuk-button")
		page := strings.ReplaceAll(caller.MustElement("main").MustText(), "\u00a0", " ")
		want(t, page, "picked for you", "PH-1", "north side of Tide Street", "$50.00")
		if strings.Contains(page, "PHN") {
			t.Errorf("a code shows the plate:\n%s", page)
		}
		clerk.stands("opened")
		press(caller, `a[href="/pay/confirm"]`)
		caller.MustElement("#email").MustInput(citytest.ReceiptAddress)
		press(caller, "#pay")
		clerk.stands("card")
		if clerk.page.MustElement("#code").MustVisible() {
			t.Error("the clerk's page still shows a code that is used")
		}
		types := func(card string) {
			caller.MustElement("#number").MustSelectAllText().MustInput(card)
			caller.MustElement("#expiry").MustSelectAllText().MustInput(citytest.Expiry)
			caller.MustElement("#cvc").MustSelectAllText().MustInput(citytest.SecurityCode)
			press(caller, "button")
		}
		types("4000 0000 0000 9995")
		clerk.hears("the card was declined (not enough money or room on it)", "may try another card on the same page")
		// The page is open still, and says the same when it is asked anew, to the caller too.
		clerk.page.MustReload().MustWaitLoad()
		clerk.sees("At the card page", "not enough money or room on it")
		back := citytest.Page(t, 375)
		back.MustNavigate(c.Portal.URL + "/r/" + attemptUnderWay(t, c)).MustWaitLoad()
		want(t, back.MustElement("#declined").MustText(), "your card was declined: not enough money or room on it", "try another card on the same page")
		types("4000 0000 0000 0002")
		clerk.hears("the card was declined (its bank refused it)")
		if n, err := c.Count(context.Background(), "select count(*) from card_decline where reason in ('funds', 'bank')"); err != nil || n != 2 {
			t.Errorf("%d declines are recorded, want 2 (%v)", n, err)
		}
		types(good)
		want(t, caller.MustElement("main").MustText(), "Paid in full")
		clerk.stands("sent")
		receipt := clerk.page.MustElement("#live-number").MustText()
		want(t, caller.MustElement("main").MustText(), receipt)
		if receipt == "" || len(server.Taken()) != 1 {
			t.Errorf("receipt %q, %d messages", receipt, len(server.Taken()))
		}
		if !c.Saw(citytest.PlaceWire, citytest.Date) {
			t.Error("the processor's answer to a decline had no expiry date in it: the strict reading had nothing to drop")
		}
		if clerk.pressed > keyPressesMost {
			t.Errorf("the clerk has pressed %d keys, at most %d", clerk.pressed, keyPressesMost)
		}
		t.Logf("the clerk has pressed %d keys", clerk.pressed)

		// The code is used up, and everything stands in the log.
		again := citytest.Page(t, 375)
		again.MustNavigate(c.Portal.URL + "/payer/code").MustWaitLoad()
		again.MustElement("#code").MustInput(code)
		press(again, "#code-form .govuk-button")
		want(t, again.MustElement("main").MustText(), "Un paiement a déjà été commencé avec ce code")
		for act, n := range map[string]int{"made": 1, "opened": 1, "used": 1, "ended": 0} {
			got, err := c.Count(context.Background(), fmt.Sprintf(`select count(*) from leaf where kind = 'code' and opening like '%%"act":"%s"%%'`, act))
			if err != nil || got != n {
				t.Errorf("%d leaves say %s, want %d (%v)", got, act, n, err)
			}
		}
		if n, err := c.Count(context.Background(), "select count(*) from payment where channel = 'phone'"); err != nil || n != 1 {
			t.Errorf("%d payments by telephone, %v", n, err)
		}
	})
}

// numbered is the ticket with a number.
func numbered(t *testing.T, c *citytest.City, number string) ticket.ID {
	t.Helper()
	var id ticket.ID
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.TicketsNumbered(ctx, ticket.NumberKey(number), 1)
		if len(found) == 1 {
			id = found[0].ID
		}
		return err
	})
	if err != nil || id == "" {
		t.Fatalf("no ticket %s: %v", number, err)
	}
	return id
}
