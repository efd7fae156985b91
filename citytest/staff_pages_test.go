package citytest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
	"fundy/payment"
	"fundy/store"
)

// somebody is a browser with a device, in which nobody has signed in.
func somebody(t *testing.T, at string, transport proto.WebAuthnAuthenticatorTransport) *worker {
	t.Helper()
	w := &worker{t: t, at: at, page: citytest.Page(t, 1280)}
	w.device = citytest.Authenticator(t, w.page, transport)
	return w
}

// loses takes the device away from its owner, and what it holds.
func (w *worker) loses() {
	w.t.Helper()
	if err := (proto.WebAuthnRemoveVirtualAuthenticator{AuthenticatorID: w.device}).Call(w.page); err != nil {
		w.t.Fatal(err)
	}
}

// acts are what is on record about a person, newest first.
func acts(t *testing.T, c *citytest.City, name string) string {
	t.Helper()
	var all []string
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		events, err := tx.StaffEvents(ctx, name, 100)
		for _, e := range events {
			all = append(all, e.Act)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

// A second passkey, on a security key, lets its owner in when the first device is gone. When both are, two
// administrators let him in again. The plate is opened with a leaf.
func TestStaffLoseTheirPasskeys(t *testing.T) {
	t.Parallel()
	citytest.Browser(t)
	c := citytest.SQLite(t)
	c.SetNow(c.Now().Truncate(time.Second))
	id := c.Add(citytest.Spec{Number: "SP-2", Plate: "STF 002", Offence: "LOADING", Age: 1})
	c.Add(citytest.Spec{Number: "SP-3", Plate: "STF 002", Offence: "NOPARK", Age: 4})
	at := c.OpenStaff()
	carl := joins(t, c, at, "carl", proto.WebAuthnAuthenticatorTransportInternal, "supervisor")
	carl.sees("You have one passkey")

	// By plate: two tickets, masked. One is opened.
	carl.page.MustElement("#plate").MustInput("stf-002")
	press(carl.page, "#find .govuk-button")
	carl.sees("Tickets found: 2", "SP-2", "SP-3", "NB •••", "$50.00")
	carl.page.MustSetViewport(1280, 900, 1, false)
	if bottom := carl.page.MustEval(`() => document.querySelector("#pick tbody").getBoundingClientRect().bottom`).Num(); bottom <= 0 || bottom > 900 {
		t.Errorf("what was found ends at %v of 900", bottom)
	}
	if strings.Contains(carl.text(), "STF 002") {
		t.Error("a list shows the plate")
	}
	carl.opens("/tickets/" + string(id))
	carl.sees("Ticket SP-2", "Due now", "$50.00", "None has gone through")
	before, err := c.Count(context.Background(), "select count(*) from leaf where kind = 'opening' and opening like '%staff:carl%'")
	if err != nil {
		t.Fatal(err)
	}
	press(carl.page, "#open-plate button")
	carl.sees("NB STF 002")
	after, err := c.Count(context.Background(), "select count(*) from leaf where kind = 'opening' and opening like '%staff:carl%'")
	if err != nil || before != 0 || after != 1 {
		t.Errorf("%d leaves, then %d, %v", before, after, err)
	}

	// A second passkey, then the first device is gone.
	carl.loses()
	carl.device = citytest.Authenticator(t, carl.page, proto.WebAuthnAuthenticatorTransportUsb)
	carl.opens("/me/key")
	press(carl.page, "#passkey button")
	carl.sees("The passkey is made")
	press(carl.page, `form[action="/signout"] button`)
	carl.sees("Sign in")
	carl.touches()
	carl.sees("Find a ticket")

	// Another browser says that it is him.
	if err := (proto.NetworkSetUserAgentOverride{UserAgent: "Mozilla/5.0 another"}).Call(carl.page); err != nil {
		t.Fatal(err)
	}
	carl.opens("/queue")
	carl.sees("Is this still you?")
	carl.touches()
	carl.sees("What waits for a person")
	if got := acts(t, c, "carl"); !strings.Contains(got, "session_moved") {
		t.Errorf("nothing on record: %s", got)
	}

	// All are gone: two administrators.
	carl.loses()
	dora := joins(t, c, at, "dora", proto.WebAuthnAuthenticatorTransportInternal, "administrator")
	emil := joins(t, c, at, "emil", proto.WebAuthnAuthenticatorTransportUsb, "administrator")
	dora.opens("/people/carl")
	press(dora.page, "#lost button")
	dora.sees("It waits for a second administrator", "another administrator approves it")
	emil.opens("/people")
	press(emil.page, `form[action$="/approve"] button`)
	code := emil.page.MustElement("#code").MustText()
	carl.opens("/me")
	carl.sees("Your session has ended")
	carl.device = citytest.Authenticator(t, carl.page, proto.WebAuthnAuthenticatorTransportUsb)
	carl.takes(code)
	carl.opens("/invite")
	carl.page.MustElement("#code").MustInput(code)
	press(carl.page, "main button")
	carl.sees("This code is not good")
}

// Another person signs in on the same machine in one step: the session of the first ends, and what was typed there
// is not written under the other's name.
func TestAnotherPersonAtTheSameMachine(t *testing.T) {
	t.Parallel()
	citytest.Browser(t)
	c := citytest.SQLite(t)
	c.SetNow(c.Now().Truncate(time.Second))
	thing := raises(t, c, "feed-2")
	at := c.OpenStaff()
	anne := joins(t, c, at, "anne", proto.WebAuthnAuthenticatorTransportUsb, "supervisor")
	code, err := c.Staff().Invite(context.Background(), "ben", []string{"supervisor"}, "host")
	if err != nil {
		t.Fatal(err)
	}
	anne.opens("/queue/" + thing)
	anne.page.MustElement("#note").MustInput("anne wrote this")
	// Anne takes her key with her, and Ben plugs in his.
	annes := anne.page.MustCookies()
	anne.loses()
	ben := somebody(t, at, proto.WebAuthnAuthenticatorTransportUsb)
	ben.takes(code)
	ben.page.MustSetCookies(cookieParams(annes)...)
	ben.opens("/queue/" + thing)
	ben.page.MustElement("#note").MustInput("anne wrote this")
	passes(c, 16*time.Minute)
	press(ben.page, `#act [value="note"]`)
	ben.sees("Locked", "anne")
	ben.touches()
	ben.sees("ben: passkeys and sessions", "Find a ticket")
	if strings.Contains(history(t, c, thing), "anne wrote this") {
		t.Error("what one person typed was written under another's name")
	}
	if n, err := c.Count(context.Background(), "select count(*) from staff_session where name = 'anne' and ended_why = 'another_person'"); err != nil || n != 1 {
		t.Errorf("%d sessions of anne ended, %v", n, err)
	}
}

func cookieParams(all []*proto.NetworkCookie) []*proto.NetworkCookieParam {
	var out []*proto.NetworkCookieParam
	for _, c := range all {
		out = append(out, &proto.NetworkCookieParam{
			Name: c.Name, Value: c.Value, URL: "http://localhost", Path: c.Path, Secure: c.Secure, HTTPOnly: c.HTTPOnly, SameSite: c.SameSite,
		})
	}
	return out
}

// axe-core finds nothing on any staff page, in either language, at 320 and 1280 pixels; no page scrolls sideways;
// an error summary has the focus.
func TestStaffPagesAreAccessible(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		t.Run(lang, func(t *testing.T) {
			citytest.Browser(t)
			c := citytest.SQLite(t)
			c.Add(citytest.Spec{Number: "SP-4", Plate: "STF 004", Offence: "LOADING", Age: 1})
			c.Add(citytest.Spec{Number: "SP-5", Plate: "STF 004", Offence: "NOPARK", Age: 9})
			a := paid(t, c, "SP-4", "STF 004", good)
			if _, err := c.Office.Settler().AskRefund(context.Background(), a.ID, asks(1000, 5000)); err != nil {
				t.Fatal(err)
			}
			walkStaffPages(t, c, a, lang)
		})
	}
}

func walkStaffPages(t *testing.T, c *citytest.City, a payment.Attempt, lang string) {
	t.Helper()
	thing, at := raises(t, c, "feed-3"), c.OpenStaff()
	w := somebody(t, at, proto.WebAuthnAuthenticatorTransportInternal)
	code, err := c.Staff().Invite(context.Background(), "dora", []string{"administrator", "supervisor", "finance"}, "host")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Staff().Invite(context.Background(), "ben", []string{"clerk"}, "dave"); err != nil {
		t.Fatal(err)
	}
	seen := func(name string) { t.Helper(); looks(t, w.page, lang, name) }
	open := func(path, name string) { t.Helper(); w.opens(path); seen(name) }
	w.opens("/signin")
	if lang == "fr" {
		press(w.page, `button[name="lang"]`)
	}
	seen("sign-in")
	open("/invite", "invite")
	w.page.MustElement("#code").MustInput("aaaa")
	press(w.page, "main button")
	seen("invite-wrong")
	w.page.MustElement("#code").MustSelectAllText().MustInput(code)
	press(w.page, "main button")
	seen("invite-key")
	press(w.page, "#passkey button")
	seen("home-joined")
	press(w.page, "#find .govuk-button")
	seen("home-error")
	w.page.MustElement("#plate").MustInput("STF004")
	press(w.page, "#find .govuk-button")
	seen("home-found")
	press(w.page, `main td a`)
	seen("ticket")
	press(w.page, "#open-plate button")
	seen("ticket-plate")
	w.opens("/tickets/" + string(numbered(t, c, "SP-5")))
	press(w.page, `#phone [value="fr"]`)
	seen("phone")
	press(w.page, "#end button")
	seen("phone-ended")
	press(w.page, "#again button")
	seen("phone-again")
	open("/receipts/"+a.Receipt, "receipt")
	w.page.MustElement("#amount").MustSelectAllText().MustInput("70")
	press(w.page, "#refund .govuk-button")
	seen("receipt-error")
	open("/refunds", "refunds")
	asked := refundsOf(t, c, a.ID)[0]
	if _, err := c.Office.Settler().ApproveRefund(context.Background(), asked.ID, "dave"); err != nil {
		t.Fatal(err)
	}
	open("/letters/refund/"+string(asked.ID), "letter")
	w.page.MustElement("#address").MustInput("Zoé Tremblay")
	press(w.page, "#paper button")
	seen("letter-error")
	open("/receipts/"+a.Receipt, "receipt-paper")
	open("/queue", "queue")
	open("/queue/"+thing, "exception")
	press(w.page, `#act [value="note"]`)
	seen("exception-error")
	open("/people", "people")
	w.page.MustElement("#name").MustInput("Not A Name!")
	press(w.page, "#invite button")
	seen("people-error")
	w.page.MustElement("#name").MustSelectAllText().MustInput("carl")
	w.page.MustElement("#invite #role-clerk").MustClick()
	press(w.page, "#invite button")
	seen("people-asked")
	press(w.page, `form[action$="/approve"] button`)
	seen("invited")
	open("/people/ben", "person")
	open("/access", "access")
	press(w.page, "#begin button")
	seen("access-begun")
	open("/me", "me")
	open("/me/key", "key")
	open("/none", "wrong")
	w.opens("/")
	w.page.MustElement("#number").MustInput(citytest.CardNumber)
	press(w.page, "#find .govuk-button")
	seen("card")
	passes(c, 16*time.Minute)
	open("/", "locked")
	w.touches()
	passes(c, 13*time.Hour)
	open("/", "ended")
	w.touches()
	setRoles(t, c, "dora")
	open("/queue", "no-right")
	open("/", "home-nothing")
}

// looks at a page as it is, narrow and wide.
func looks(t *testing.T, page *rod.Page, lang, name string) {
	t.Helper()
	for _, width := range []int{320, 1280} {
		page.MustSetViewport(width, 900, 1, false)
		for _, v := range citytest.Axe(t, page) {
			t.Errorf("%s %d: %s: %s: %v", name, width, v.ID, v.Help, v.Nodes)
		}
		for _, fault := range page.MustEval(`() => {
			const out = [];
			if (document.documentElement.scrollWidth > document.documentElement.clientWidth) out.push("scrolls sideways: " + document.documentElement.scrollWidth);
			const summary = document.querySelector(".govuk-error-summary");
			if (summary && !document.title.match(/^(Error:|Erreur)/)) out.push("the title does not say error: " + document.title);
			if (document.querySelector("[style], [onclick]")) out.push("an inline style or handler");
			for (const e of document.querySelectorAll("a, button, input:not([type=hidden]), select")) {
				const r = e.getBoundingClientRect();
				const inline = e.tagName == "A" && e.parentElement.textContent.trim() != e.textContent.trim();
				if (r.width && !inline && (r.height < 23.5 || r.width < 23.5) && r.top >= 0) out.push("target smaller than 24 px: " + e.outerHTML.slice(0, 80));
			}
			for (const e of document.querySelectorAll("[hidden]")) if (e.getBoundingClientRect().height) out.push("hidden and seen: " + e.outerHTML.slice(0, 80));
			if (/\[[a-z_.]+\]/.test(document.body.innerText)) out.push("words are missing: " + document.body.innerText.match(/\[[a-z_.]+\]/)[0]);
			return out;
		}`).Arr() {
			t.Errorf("%s %d: %s", name, width, fault.Str())
		}
		shoot(t, page, fmt.Sprintf("staff-%s-%d-%s", lang, width, name))
	}
	if got := page.MustEval(`() => document.documentElement.lang`).Str(); got != lang {
		t.Errorf("%s: the page's language is %s", name, got)
	}
}

// A session's cookie that is used by another program gets nothing but the question for the passkey.
func TestAStolenSessionIsOfNoUse(t *testing.T) {
	t.Parallel()
	citytest.Browser(t)
	c := citytest.SQLite(t)
	at := c.OpenStaff()
	anne := joins(t, c, at, "anne", proto.WebAuthnAuthenticatorTransportInternal, "finance")
	form := anne.page.MustElement(`input[name="form"]`).MustProperty("value").Str()
	r, err := http.NewRequest(http.MethodPost, at+"/find", strings.NewReader(url.Values{"form": {form}, "number": {"1"}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, one := range anne.page.MustCookies() {
		r.AddCookie(&http.Cookie{Name: one.Name, Value: one.Value})
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("answers %d", res.StatusCode)
	}
	anne.opens("/")
	anne.sees("Find a ticket")
}
