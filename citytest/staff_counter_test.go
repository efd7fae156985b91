package citytest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-rod/rod/lib/input"
	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
	"fundy/ticket"
)

// tabs goes on with the keyboard until it stands on what a selector names.
func (w *worker) tabs(selector string) {
	w.t.Helper()
	for range 150 {
		w.page.MustActivate()
		if err := w.page.Keyboard.Press(input.Tab); err != nil {
			w.t.Fatal(err)
		}
		if w.page.MustEval(`s => document.activeElement.matches(s)`, selector).Bool() {
			return
		}
	}
	w.t.Fatalf("%s: the keyboard does not reach %s", w.page.MustInfo().URL, selector)
}

// types stands on a field and types into it, in place of what was there.
func (w *worker) types(selector, text string) {
	w.t.Helper()
	w.tabs(selector)
	w.page.MustEval(`() => document.activeElement.select && document.activeElement.select()`)
	w.page.MustInsertText(text)
}

// goes presses the enter key on what a selector names.
func (w *worker) goes(selector string) {
	w.t.Helper()
	w.tabs(selector)
	enter(w.t, w.page)
}

// A day at the counter by keyboard alone: a drawer, cash for two tickets, a cheque, the terminal, the close with a
// second person at a browser of her own, and the deposit slip. axe-core finds nothing on any of the pages.
func TestADayAtTheCounterByKeyboard(t *testing.T) {
	t.Parallel()
	citytest.Browser(t)
	c := citytest.SQLite(t)
	c.SetNow(c.Now().Truncate(time.Second))
	ids := map[string]ticket.ID{}
	for _, number := range []string{"CT-1", "CT-2", "CT-3", "CT-4"} {
		ids[number] = c.Add(citytest.Spec{Number: number, Plate: "CTR 001", Offence: "LOADING", Age: 1})
	}
	at := c.OpenStaff()
	dora := joins(t, c, at, "dora", proto.WebAuthnAuthenticatorTransportUsb, "supervisor", "finance")
	anne := joins(t, c, at, "anne", proto.WebAuthnAuthenticatorTransportInternal, "clerk")
	seen := func(w *worker, name string) {
		w.t.Helper()
		looks(t, w.page, "en", name)
		w.page.MustSetViewport(1280, 900, 1, false)
	}

	dora.opens("/drawers")
	dora.types("#name", "A")
	dora.types("#place", "City Hall, ground floor")
	enter(t, dora.page)
	dora.sees("The drawer is there", "not open yet")
	seen(dora, "counter-drawers")

	anne.opens("/counter")
	anne.sees("You have no open drawer")
	anne.opens("/drawers/A")
	anne.types("#coin-2000", "5")
	enter(t, anne.page)
	anne.sees("it is yours", "$100.00")
	seen(anne, "counter-drawer")

	// Cash for two tickets.
	anne.opens("/counter")
	for _, number := range []string{"CT-1", "CT-2"} {
		anne.types("#number", number)
		anne.types("#plate", "ctr001")
		enter(t, anne.page)
		anne.sees(number)
	}
	anne.page.MustNavigateBack().MustWaitLoad() // no page of the browser's own, which asks to send a form again
	anne.sees("CT-1")
	anne.page.MustNavigateForward().MustWaitLoad()
	anne.sees("CT-1", "CT-2")
	anne.goes(`[value="look"]`)
	anne.sees("There is a problem", "Type what was handed over")
	seen(anne, "counter-error")
	anne.types("#cash", "120.00")
	enter(t, anne.page)
	anne.sees("Nothing is written yet", "CT-1", "CT-2", "$100.00", "Change: $20.00")
	seen(anne, "counter-confirm")
	anne.goes(`[value="take"]`)
	anne.sees("The money is taken", "A-000001", "Change: $20.00")
	seen(anne, "counter-entry")
	anne.goes(`a[href$="/print"]`)
	anne.sees("Number at the counter: A-000001", "deemed to have contravened", "CT-1", "CT-2", "$20.00")
	seen(anne, "counter-receipt")
	media := proto.EmulationSetEmulatedMedia{Media: "print"}
	if err := media.Call(anne.page); err != nil {
		t.Fatal(err)
	}
	if wide := anne.page.MustEval(`() => document.querySelector("main").getBoundingClientRect().width`).Num(); wide > 273 || anne.page.MustEval(`() => getComputedStyle(document.querySelector("nav")).display`).Str() != "none" {
		t.Errorf("the receipt is printed %v points wide, with its menu or without", wide)
	}
	media.Media = ""
	if err := media.Call(anne.page); err != nil {
		t.Fatal(err)
	}

	// A cheque, and the terminal, from the ticket's own page.
	passes(c, time.Minute)
	anne.opens("/tickets/" + string(ids["CT-3"]))
	anne.goes(`a[href^="/counter?ticket="]`)
	anne.types("#amount-0", "50.00")
	anne.types("#reference-0", "0451")
	anne.types("#branch-0", "12345-003")
	enter(t, anne.page)
	anne.sees("Cheque 0451", "Change: $0.00")
	anne.goes(`[value="take"]`)
	anne.sees("A-000002")
	passes(c, time.Minute)
	anne.opens("/counter?ticket=" + string(ids["CT-4"]))
	anne.tabs("#kind-0")
	anne.page.MustElement("#kind-0").MustSelect("Card terminal")
	anne.types("#amount-0", "50.00")
	anne.types("#reference-0", "12ab34")
	enter(t, anne.page)
	anne.sees("Card terminal 12AB34")
	anne.goes(`[value="take"]`)
	anne.sees("A-000003")

	// The close: anne counts and asks, dora counts alone and confirms with her passkey.
	anne.opens("/drawers/A")
	anne.types("#coin-2000", "10")
	anne.goes("#close .govuk-button")
	anne.sees("waits for a second person")
	dora.opens("/drawers")
	dora.goes(`a[href^="/seconds/"]`)
	dora.sees("Close drawer A", "asked by anne")
	if strings.Contains(dora.text(), "200.00") {
		t.Error("the second person is told what the first has counted")
	}
	seen(dora, "counter-second")
	passes(c, 6*time.Minute)
	dora.types("#counted", "190.00")
	enter(t, dora.page)
	dora.sees("Confirm with your passkey")
	dora.touches()
	dora.sees("not what the first person has counted")
	dora.types("#counted", "200.00")
	enter(t, dora.page)
	dora.sees("Both have counted the same", "closed", "anne, dora")
	seen(dora, "counter-closed")

	// The slip, and the terminal's report.
	dora.opens("/deposits")
	seen(dora, "counter-deposits")
	dora.types("#reference", "1001")
	enter(t, dora.page)
	dora.sees("The deposit is written", "Deposit 1001", "$150.00")
	seen(dora, "counter-deposit")
	dora.goes("#sent button")
	dora.sees("out of the house")
	dora.opens("/deposits")
	dora.types("#reference-t", "041")
	dora.types("#total", "50.00")
	enter(t, dora.page)
	dora.sees("Deposit 041", "$50.00")
}

// The pages of the mail, items and charges, in both languages, narrow and wide.
func TestTheMailsPagesAreAccessible(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "fr"} {
		t.Run(lang, func(t *testing.T) {
			citytest.Browser(t)
			c := citytest.SQLite(t)
			c.SetNow(c.Now().Truncate(time.Second))
			c.Add(citytest.Spec{Number: "CT-5", Plate: "CTR 005", Offence: "LOADING", Age: 1})
			at := c.OpenStaff()
			dora := joins(t, c, at, "dora", proto.WebAuthnAuthenticatorTransportUsb, "supervisor", "finance")
			anne := joins(t, c, at, "anne", proto.WebAuthnAuthenticatorTransportInternal, "clerk")
			total := map[string]string{"en": "80.00", "fr": "80,00"}[lang]
			if lang == "fr" {
				press(dora.page, `button[name="lang"]`)
				press(anne.page, `button[name="lang"]`)
			}
			seen := func(w *worker, name string) { t.Helper(); looks(t, w.page, lang, name) }
			anne.opens("/mail")
			anne.page.MustElement("#total").MustInput(total)
			press(anne.page, "#mail button")
			seen(anne, "mail")
			dora.opens("/mail")
			press(dora.page, `a[href^="/seconds/"]`)
			dora.page.MustElement("#counted").MustInput(total)
			press(dora.page, "#confirm button")
			seen(dora, "mail-batch")
			press(dora.page, "#close button")
			seen(dora, "mail-batch-error")
			press(dora.page, `a[href^="/items/new"]`)
			seen(dora, "item-new")
			press(dora.page, "#item button")
			seen(dora, "item-error")
			dora.page.MustElement("#amount").MustInput(map[string]string{"en": "30.00", "fr": "30,00"}[lang])
			dora.page.MustElement("#reference").MustInput("77")
			dora.page.MustElement("#note").MustInput("from Tide Street")
			press(dora.page, "#item button")
			seen(dora, "mail-batch-item")
			dora.opens("/items")
			seen(dora, "items")
			press(dora.page, `main td a`)
			seen(dora, "item")
			press(dora.page, "#open-note button")
			dora.sees("from Tide Street")
			press(dora.page, "#resolve button")
			seen(dora, "item-resolve-error")
			dora.opens("/charges")
			seen(dora, "charges")
			dora.opens("/deposits")
			seen(dora, "deposits-empty")
		})
	}
}
