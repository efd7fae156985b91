package citytest_test

import (
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
)

// scripts turns a page's own scripts on or off; what the test asks of it goes on.
func scripts(t *testing.T, page *rod.Page, on bool) {
	t.Helper()
	if err := (proto.EmulationSetScriptExecutionDisabled{Value: !on}).Call(page); err != nil {
		t.Fatal(err)
	}
}

// writes puts text into a field as a keyboard does, with no script of the page: rod's own way waits for a frame, and asks a
// script for it.
func (w *worker) writes(selector, text string) {
	w.t.Helper()
	if err := (proto.DOMFocus{ObjectID: w.page.MustElement(selector).Object.ObjectID}).Call(w.page); err != nil {
		w.t.Fatal(err)
	}
	if err := (proto.InputInsertText{Text: text}).Call(w.page); err != nil {
		w.t.Fatal(err)
	}
}

// Once somebody has signed in, the office's pages work without JavaScript: a clerk finds a ticket, gives a caller a code and
// learns how it stands by loading the page again, opens a drawer, takes cash, and reads a list. A page that wants the
// passkey anew says that it can't go on, and does, with what was typed, when JavaScript is on again.
func TestAClerkWithoutJavaScript(t *testing.T) {
	t.Parallel()
	citytest.Browser(t)
	c := citytest.SQLite(t)
	c.SetNow(c.Now().Truncate(time.Second))
	c.Add(citytest.Spec{Number: "NS-1", Plate: "NOS 001", Offence: "LOADING", Age: 1, Place: "north side of Tide Street"})
	c.Add(citytest.Spec{Number: "NS-2", Plate: "NOS 001", Offence: "LOADING", Age: 1})
	at := c.OpenStaff()
	dora := joins(t, c, at, "dora", proto.WebAuthnAuthenticatorTransportUsb, "supervisor")
	dora.opens("/drawers")
	dora.page.MustElement("#name").MustInput("A")
	dora.page.MustElement("#place").MustInput("City Hall")
	press(dora.page, "main form button")
	dora.sees("The drawer is there")
	anne := joins(t, c, at, "anne", proto.WebAuthnAuthenticatorTransportInternal, "clerk")
	scripts(t, anne.page, false)

	// A code for a caller: each change is there when the page is loaded again, and not before.
	anne.opens("/")
	anne.writes("#number", "NS-1")
	press(anne.page, "#find .govuk-button")
	anne.sees("Ticket NS-1", "$50.00")
	press(anne.page, `#phone [value="en"]`)
	anne.sees("Waiting")
	code := anne.page.MustElement("#code").MustText()
	caller := citytest.Page(t, 375)
	caller.MustNavigate(c.Portal.URL + "/pay/code").MustWaitLoad()
	caller.MustElement("#code").MustInput(code)
	press(caller, "#code-form .govuk-button")
	anne.sees("Waiting")
	if !anne.page.MustElement("#live-reload a").MustVisible() {
		t.Error("without a script there is no link that asks how the code stands")
	}
	again := func(words ...string) { t.Helper(); press(anne.page, "#live-reload a"); anne.sees(words...) }
	again("Opened")
	press(caller, `a[href="/pay/confirm"]`)
	press(caller, "#pay")
	again("At the card page")
	caller.MustElement("#number").MustInput(good)
	caller.MustElement("#expiry").MustInput(citytest.Expiry)
	caller.MustElement("#cvc").MustInput(citytest.SecurityCode)
	press(caller, "button")
	want(t, caller.MustElement("main").MustText(), "Paid in full")
	again("Paid", anne.page.MustElement("#live-number").MustText())

	// Cash: an own drawer, a look at what is taken, the receipt.
	anne.opens("/drawers/A")
	anne.writes("#coin-2000", "5")
	press(anne.page, `form[action$="/open"] .govuk-button`)
	anne.sees("it is yours", "$100.00")
	anne.opens("/counter")
	anne.writes("#number", "NS-2")
	anne.writes("#plate", "nos001")
	press(anne.page, `[value="add"]`)
	anne.sees("NS-2", "north side of Tide Street")
	anne.writes("#cash", "60")
	press(anne.page, `[value="look"]`)
	anne.sees("Nothing is written yet", "Change: $10.00")
	press(anne.page, `[value="take"]`)
	anne.sees("The money is taken", "A-000001", "Change: $10.00")
	press(anne.page, `a[href$="/print"]`)
	anne.sees("Number at the counter: A-000001", "NS-2")

	// Another list.
	anne.opens("/work")
	press(anne.page, `.staff-menu a[href="/counter"]`)
	press(anne.page, `.counter-nav a[href="/drawers"]`)
	anne.sees("City Hall", "anne")

	// The passkey: the page says what is wrong, whatever is pressed, and keeps what was typed.
	anne.opens("/")
	anne.writes("#number", "NS-2")
	passes(c, 16*time.Minute)
	press(anne.page, "#find .govuk-button")
	anne.sees("Locked", "JavaScript, which is off here")
	anne.touches()
	anne.sees("Locked", "JavaScript, which is off here")
	scripts(t, anne.page, true)
	anne.page.MustReload().MustWaitLoad()
	anne.touches()
	anne.sees("Ticket NS-2")
	scripts(t, anne.page, false)
	anne.opens("/signin")
	for range 12 { // as often as refused answers would have this place wait
		anne.touches()
		anne.sees("Your passkey was not asked for", "JavaScript, which is off here")
	}
	scripts(t, anne.page, true)
	anne.page.MustReload().MustWaitLoad()
	anne.touches()
	anne.sees("Find a ticket")
}
