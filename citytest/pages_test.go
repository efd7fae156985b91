package citytest_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/input"
	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
	"fundy/fault"
	"fundy/mail/mailtest"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

func TestMain(m *testing.M) {
	code := m.Run()
	citytest.StopBrowser()
	citytest.RemoveProgram()
	os.Exit(code)
}

// journey goes through every page and error state of the portal in one language, calling seen at each.
func journey(t *testing.T, c *citytest.City, page *rod.Page, lang string, seen func(name string)) {
	t.Helper()
	c.SendMail(mailtest.Start(t)) // an address is asked for
	c.DeclinesAreRead()           // who comes back from a declined card reads why
	p := paths[lang]
	open := func(path, name string) {
		t.Helper()
		page.MustNavigate(c.Portal.URL + path).MustWaitLoad()
		seen(name)
	}
	find := func(number, plate string) {
		t.Helper()
		page.MustNavigate(c.Portal.URL + p[0]).MustWaitLoad()
		page.MustElement("#number").MustInput(number)
		page.MustElement("#plate").MustInput(plate)
		press(page, "#find .govuk-button")
	}
	open("/", "front")
	open(p[0], "find")
	press(page, "#find .govuk-button")
	seen("find-empty")
	find("FH-1", "ZZZ 999")
	seen("not-found")
	find("FH-2", "ABC 123")
	seen("court")
	find("FH-3", "ABC 123")
	seen("paid-elsewhere")
	find("FH-4", "ABC 123")
	seen("warning")
	page.MustNavigate(c.Portal.URL + p[0]).MustWaitLoad()
	page.MustElement("#number").MustInput("FH-1")
	page.MustElement("#no_plate").MustEval(`() => this.click()`)
	press(page, "#find .govuk-button")
	seen("day-missing")
	find("FH-5", "ABC 123")
	seen("review")
	page.MustNavigate(c.Portal.URL + p[2]).MustWaitLoad()
	seen("confirm-review")
	press(page, "#pay")
	seen("confirm-review-error")
	page.MustNavigate(c.Portal.URL + p[2]).MustWaitLoad()
	press(page, "form + p a")
	press(page, ".govuk-button--secondary")
	find("FH-1", "ABC 123")
	seen("tickets")
	page.MustNavigate(c.Portal.URL + p[2]).MustWaitLoad()
	seen("confirm")
	page.MustElement("#email").MustInput("not-an-address")
	press(page, "#pay")
	seen("confirm-error")
	page.MustElement("#email").MustSelectAllText()
	page.Keyboard.MustType(input.Backspace)
	press(page, "#pay")
	seen("card")
	page.MustElement("#number").MustInput("4000 0000 0000 0002")
	page.MustElement("#expiry").MustInput(citytest.Expiry)
	page.MustElement("#cvc").MustInput(citytest.SecurityCode)
	press(page, "button")
	seen("card-declined")
	press(page, "main > p a")
	seen("cancelled")
	press(page, "a.govuk-button")
	page.MustElement("#number").MustInput("4242 4242 4242 4242")
	page.MustElement("#expiry").MustInput(citytest.Expiry)
	page.MustElement("#cvc").MustInput(citytest.SecurityCode)
	press(page, "button")
	seen("receipt")
	open("/no-such-page", "wrong")
	open("/r/none", "unknown")
	open(p[0]+"?q=4111+1111+1111+1111", "card-refused") // of an issuer's that no test pays with: the tripwire knows those
	open(p[0]+map[string]string{"en": "/no-ticket", "fr": "/sans-contravention"}[lang], "lost")
	typeCode := func(code, name string) {
		t.Helper()
		page.MustNavigate(c.Portal.URL + p[0] + "/code").MustWaitLoad()
		page.MustElement("#code").MustInput(code)
		press(page, "#code-form .govuk-button")
		seen(name)
	}
	open(p[0]+"/code", "code")
	typeCode("", "code-empty")
	typeCode("123 456 78", "code-wrong")
	typeCode(aCode(t, c, "FH-6"), "code-tickets")
	press(page, ".city-ticket .govuk-button--secondary")
	message := map[string]string{"en": "/message", "fr": "/courriel"}[lang]
	check := func(reference, name string) {
		t.Helper()
		page.MustNavigate(c.Portal.URL + message).MustWaitLoad()
		page.MustElement("#reference").MustInput(reference)
		press(page, "#message .govuk-button")
		seen(name)
	}
	open(message, "message")
	check("", "message-empty")
	check("4F7QK-8R2MC", "message-no")
	check(aMessage(t, c, lang), "message-yes")
	journeyOfReview(t, c, page, lang, find, seen)
	for _, o := range outcomes {
		id := beginIn(t, c, lang, "FH-6", "ABC 123")
		for _, event := range o.events {
			move(t, c, id, event)
		}
		open("/r/"+string(id)+"?c=1", o.name)
	}
	find("FH-6", "ABC 123")
	c.SetNow(c.Now().Add(31 * time.Minute))
	open(p[2][:strings.LastIndex(p[2], "/")]+map[string]string{"en": "/tickets", "fr": "/contraventions"}[lang], "tickets-stale")
	page.MustNavigate(c.Portal.URL + p[2]).MustWaitLoad()
	c.SetNow(c.Now().Add(31 * time.Minute))
	press(page, "#pay")
	seen("confirm-changed")
	find("FH-7", "ABC 123")
	seen("fault")
	page.MustNavigate(c.Portal.URL + p[0]).MustWaitLoad()
	page.MustSetCookies() // none: as in a browser that keeps none
	press(page, "#find .govuk-button")
	seen("wrong-form")
	find("FH-5", "ABC 123")
	page.MustNavigate(c.Portal.URL + p[2]).MustWaitLoad()
	page.MustElement("#box").MustEval(`() => this.click()`)
	fill(t, c)
	press(page, "#pay")
	seen("closed")
	c.CloseDesk()
	find("FH-1", "ABC 123")
	seen("find-away")
	page.MustNavigate(c.Portal.URL + p[2]).MustWaitLoad()
	seen("busy")
}

// aMessage puts a message on record as sent, and is its reference.
func aMessage(t *testing.T, c *citytest.City, lang string) string {
	t.Helper()
	m := payment.Message{Reference: "4F7QK-8R2M2", Task: "fundy/journey", Kind: "mail_receipt", Language: lang, MadeAt: c.Now()}
	err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) (err error) {
		m, _, err = tx.MakeMessage(ctx, m)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m.Reference
}

// outcomes are how a payment can stand when its payer comes back, and how it comes to that.
var outcomes = []struct {
	name   string
	events []payment.Event
}{
	{"waiting", []payment.Event{payment.LaterMethod}},
	{"expired", []payment.Event{payment.PageExpired}},
	{"failed", []payment.Event{payment.LaterMethod, payment.LaterFailed}},
	{"released", []payment.Event{payment.MoneyGivenBack}},
	{"stopped", []payment.Event{payment.DoesNotFit}},
}

// move moves an attempt along its table.
func move(t *testing.T, c *citytest.City, id payment.AttemptID, event payment.Event) {
	t.Helper()
	err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		a, err := tx.LockAttempt(ctx, id)
		if err != nil {
			return err
		}
		if event == payment.MoneyGivenBack {
			a.Reason = "lapsed"
		}
		_, err = tx.MoveAttempt(ctx, &a, event, c.Now(), "test")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// press clicks and waits for the page that follows.
func press(page *rod.Page, selector string) {
	wait := page.WaitNavigation(proto.PageLifecycleEventNameLoad)
	// Clicked by script: Chromium gives pages that are not in front no frames to aim a mouse by.
	page.MustElement(selector).MustEval(`() => this.click()`)
	wait()
	page.MustWaitLoad()
}

func populate(c *citytest.City) {
	c.Add(citytest.Spec{Number: "FH-1", Plate: "ABC 123", Offence: "NOPARK", Age: 20})
	c.Add(citytest.Spec{Number: "FH-2", Plate: "ABC 123", Offence: "BUSZONE", Age: 40, State: ticket.Court})
	c.Add(citytest.Spec{Number: "FH-3", Plate: "ABC 123", Offence: "METER", Age: 4, State: ticket.Paid})
	c.Add(citytest.Spec{Number: "FH-4", Plate: "ABC 123", Offence: "WARNING", Age: 4, State: ticket.Warned})
	c.Add(citytest.Spec{Number: "FH-5", Plate: "ABC 123", Offence: "NOPARK", Age: 2, State: ticket.Review})
	c.Add(citytest.Spec{Number: "FH-6", Plate: "ABC 123", Offence: "LOADING", Age: 3})
	c.Add(citytest.Spec{Number: "FH-9", Plate: "ABC 123", Offence: "LOADING", Age: 3})
	c.Add(citytest.Spec{Number: "FH-7", Plate: "ABC 123", Offence: "LOADING", Age: 3, Regime: "none"})
}

// axe-core finds nothing on any page or error state, in either language, at 320 and 1280 pixels; no
// page scrolls sideways; every target is 24 pixels or more; an error summary has the focus.
func TestPagesAreAccessible(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		for _, width := range []int{320, 1280} {
			t.Run(fmt.Sprintf("%s %d", lang, width), func(t *testing.T) {
				citytest.Browser(t)
				c := citytest.SQLite(t)
				populate(c)
				page := citytest.Page(t, width)
				journey(t, c, page, lang, func(name string) {
					for _, v := range citytest.Axe(t, page) {
						t.Errorf("%s: %s: %s: %v", name, v.ID, v.Help, v.Nodes)
					}
					for _, fault := range measure(t, page, name != "front" && !strings.HasPrefix(name, "card"), lang) {
						t.Errorf("%s: %s", name, fault)
					}
					shoot(t, page, fmt.Sprintf("%s-%d-%s", lang, width, name))
				})
			})
		}
	}
}

// measure finds what axe can't see.
func measure(t *testing.T, page *rod.Page, oneLanguage bool, lang string) []string {
	t.Helper()
	var faults []string
	for _, f := range page.MustEval(`() => {
		const out = [];
		if (document.documentElement.scrollWidth > document.documentElement.clientWidth) out.push("scrolls sideways: " + document.documentElement.scrollWidth + " of " + document.documentElement.clientWidth);
		for (const e of document.querySelectorAll("a, button, input:not([type=hidden]), summary")) {
			const r = e.getBoundingClientRect();
			const inline = e.tagName == "A" && e.parentElement.textContent.trim() != e.textContent.trim();
			if (r.width && !inline && (r.height < 23.5 || r.width < 23.5) && r.top >= 0) out.push("target smaller than 24 px: " + e.outerHTML.slice(0, 80) + " " + r.width + "x" + r.height);
		}
		for (const t of document.querySelectorAll("main table, main dl, main form, main button")) {
			const box = t.closest("section, main");
			if (t.getBoundingClientRect().right > box.getBoundingClientRect().right - parseFloat(getComputedStyle(box).paddingRight) + 1) out.push("runs out of its box: " + t.outerHTML.slice(0, 60));
		}
		const summary = document.querySelector(".govuk-error-summary");
		if (summary && document.activeElement !== summary) out.push("the error summary has not the focus");
		if (summary && !document.title.match(/^(Error:|Erreur)/)) out.push("the title does not say error: " + document.title);
		if (document.querySelector("script, [style], [onclick]")) out.push("a script or an inline style");
		for (const i of document.querySelectorAll("main input")) if (/card|cvc|cvv|expiry/.test(i.name + i.id) && location.port != "" && !location.pathname.startsWith("/c/pay/")) out.push("a field for a card: " + i.name);
		return out;
	}`).Arr() {
		faults = append(faults, f.Str())
	}
	if oneLanguage {
		if got := page.MustEval(`() => document.documentElement.lang`).Str(); got != lang {
			faults = append(faults, "the page's language is "+got)
		}
	}
	return faults
}

// shoot keeps a picture where FUNDY_SCREENSHOTS names a folder.
func shoot(t *testing.T, page *rod.Page, name string) {
	t.Helper()
	dir := os.Getenv("FUNDY_SCREENSHOTS")
	if dir == "" {
		return
	}
	// A scrollbar in the picture would take its width from the page.
	if err := (proto.EmulationSetScrollbarsHidden{Hidden: true}).Call(page); err != nil {
		t.Fatal(err)
	}
	picture, err := page.Screenshot(true, nil)
	proto.EmulationSetScrollbarsHidden{}.Call(page) //nolint:errcheck // the next page shows one more or less
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}

// A ticket is found and paid by keyboard alone, and on the way the browser asks each origin for its
// own pages only.
func TestATicketIsPaidByKeyboard(t *testing.T) {
	citytest.Browser(t)
	c := citytest.SQLite(t)
	populate(c)
	page := citytest.Page(t, 1280)
	var origins []string
	var seeing sync.Mutex
	go page.EachEvent(func(e *proto.NetworkRequestWillBeSent) {
		seeing.Lock()
		defer seeing.Unlock()
		origins = append(origins, e.Request.URL)
	})()
	page.MustNavigate(c.Portal.URL + "/payer").MustWaitLoad()
	tabTo(t, page, "number")
	page.MustInsertText("FH 1")
	tabTo(t, page, "plate")
	page.MustInsertText("abc123")
	enter(t, page)
	want(t, page.MustElement("main").MustText(), "À payer aujourd’hui")
	page.MustNavigate(c.Portal.URL + "/payer/confirmer").MustWaitLoad()
	tabTo(t, page, "pay")
	enter(t, page)
	tabTo(t, page, "number")
	page.MustInsertText("4242424242424242")
	tabTo(t, page, "expiry")
	page.MustInsertText(citytest.Expiry)
	tabTo(t, page, "cvc")
	page.MustInsertText(citytest.SecurityCode)
	enter(t, page)
	want(t, page.MustElement("main").MustText(), "Payé en entier")
	seeing.Lock()
	defer seeing.Unlock()
	for _, u := range origins {
		if !strings.HasPrefix(u, c.Portal.URL) && !strings.HasPrefix(u, c.Settings.Portal.PublicURL) && !strings.HasPrefix(u, c.Sandbox.URL) {
			t.Errorf("the browser asked for %s", u)
		}
	}
	if len(origins) < 6 {
		t.Errorf("only %d requests were seen", len(origins))
	}
}

func tabTo(t *testing.T, page *rod.Page, id string) {
	t.Helper()
	for range 40 {
		page.MustActivate()
		if err := page.Keyboard.Press(input.Tab); err != nil {
			t.Fatal(err)
		}
		at := page.MustEval(`() => document.activeElement.id`).Str()
		if at == id {
			return
		}
	}
	t.Fatalf("the keyboard does not reach #%s", id)
}

func enter(t *testing.T, page *rod.Page) {
	t.Helper()
	wait := page.WaitNavigation(proto.PageLifecycleEventNameLoad)
	if err := page.Keyboard.Press(input.Enter); err != nil {
		t.Fatal(err)
	}
	wait()
	page.MustWaitLoad()
}
