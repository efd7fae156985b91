package citytest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
	"fundy/fault"
	"fundy/store"
)

// answer has the passkey answer, and keeps the page from sending it.
func (w *worker) answer() url.Values {
	w.t.Helper()
	w.opens("/signin")
	w.page.MustEval(`() => {
		HTMLFormElement.prototype.submit = function () { window.kept = Object.fromEntries(new FormData(this)); };
		document.querySelector("#passkey button").click();
	}`)
	w.page.MustWait(`() => !!window.kept`)
	form := url.Values{}
	for name, value := range w.page.MustEval(`() => window.kept`).Map() {
		form.Set(name, value.Str())
	}
	return form
}

// sends posts a form as another program would, and says what comes back.
func sends(t *testing.T, address string, form url.Values) (int, string) {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(page)
}

const nobody = "This passkey lets nobody in here"

// A passkey's answer is good once and for a few minutes, unchanged; one whose counter goes back is of a copy; one that
// has not verified its user is not asked for an answer.
func TestAPasskeysAnswerIsGoodOnce(t *testing.T) {
	t.Parallel()
	citytest.Browser(t)
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		at := c.OpenStaff()
		anne := joins(t, c, at, "anne", proto.WebAuthnAuthenticatorTransportUsb, "finance")
		form := anne.answer()
		for name, change := range map[string]func(url.Values){
			"signature": func(f url.Values) {
				at := strings.Index(f.Get("answer"), `"signature":"`) + 40 // in the middle of it
				other := map[bool]string{true: "B", false: "A"}[f.Get("answer")[at] == 'A']
				f.Set("answer", f.Get("answer")[:at]+other+f.Get("answer")[at+1:])
			},
			"another page": func(f url.Values) { f.Set("ceremony", anne.answer().Get("ceremony")) },
			"nothing":      func(f url.Values) { f.Set("answer", "{}") },
		} {
			changed := url.Values{"answer": {form.Get("answer")}, "ceremony": {form.Get("ceremony")}}
			change(changed)
			if code, page := sends(t, at+"/signin", changed); code == http.StatusSeeOther || !strings.Contains(page, nobody) {
				t.Errorf("%s: %d", name, code)
			}
		}
		if code, page := sends(t, at+"/signin", form); code != http.StatusSeeOther {
			t.Errorf("a good answer: %d\n%s", code, page)
		}
		counts(t, c, "anne", 0) // as those do that are the same on several devices: no counter tells of a second time
		if code, page := sends(t, at+"/signin", form); code == http.StatusSeeOther || !strings.Contains(page, nobody) {
			t.Errorf("the same again: %d", code)
		}
		form = anne.answer()
		passes(c, 11*time.Minute)
		if code, page := sends(t, at+"/signin", form); code == http.StatusSeeOther || !strings.Contains(page, nobody) {
			t.Errorf("too late: %d", code)
		}

		if err := (proto.WebAuthnSetUserVerified{AuthenticatorID: anne.device, IsUserVerified: false}).Call(anne.page); err != nil {
			t.Fatal(err)
		}
		anne.opens("/signin")
		anne.page.MustElement("#passkey button").MustEval(`() => this.click()`)
		anne.page.MustWait(`() => !document.querySelector("#passkey-trouble").hidden`)
		anne.sees("The passkey did not answer")
		if err := (proto.WebAuthnSetUserVerified{AuthenticatorID: anne.device, IsUserVerified: true}).Call(anne.page); err != nil {
			t.Fatal(err)
		}

		counts(t, c, "anne", 1_000_000)
		if code, page := sends(t, at+"/signin", anne.answer()); code == http.StatusSeeOther || !strings.Contains(page, nobody) {
			t.Errorf("a copy: %d", code)
		}
		want(t, c.Log.String(), "alarm=passkey_copied")
	})
}

// counts has the store believe that a person's passkey has answered so often.
func counts(t *testing.T, c *citytest.City, name string, times int) {
	t.Helper()
	counter := regexp.MustCompile(`"signCount":\d+`)
	err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		keys, err := tx.StaffKeys(ctx, name)
		if err != nil || len(keys) != 1 || !counter.Match(keys[0].Record) {
			t.Errorf("%v, %v", keys, err)
			return err
		}
		keys[0].Record = counter.ReplaceAll(keys[0].Record, fmt.Appendf(nil, `"signCount":%d`, times))
		return tx.UseStaffKey(ctx, keys[0])
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A page where nothing is done hides itself; one touch shows it as it was left, with what was typed, and it can be
// sent. What somebody else's passkey answers does not show it.
func TestAPageHidesItself(t *testing.T) {
	t.Parallel()
	citytest.Browser(t)
	c := citytest.SQLite(t)
	c.SetNow(c.Now().Truncate(time.Second))
	thing := raises(t, c, "feed-4")
	anne := joins(t, c, c.OpenStaff(), "anne", proto.WebAuthnAuthenticatorTransportInternal, "supervisor")
	anne.opens("/queue/" + thing)
	anne.page.MustElement("#note").MustInput("half a sen")
	hides := func() {
		t.Helper()
		anne.page.MustEval(`() => { document.body.dataset.idle = "0.1"; }`)
		anne.page.MustWait(`() => !document.getElementById("idle").hidden && !document.querySelector("main").checkVisibility()`)
		anne.page.MustEval(`() => { document.body.dataset.idle = "900"; }`)
	}
	hides()
	looks(t, anne.page, "en", "idle")
	for _, wait := range []time.Duration{16 * time.Minute, 13 * time.Hour} { // locked, then ended: another session
		passes(c, wait)
		anne.page.MustElement("#idle-unlock").MustEval(`() => this.click()`)
		anne.page.MustWait(`() => document.getElementById("idle").hidden && document.querySelector("main").checkVisibility()`)
		if got := anne.page.MustElement("#note").MustProperty("value").Str(); got != "half a sen" {
			t.Errorf("what was typed is %q", got)
		}
		hides()
	}
	anne.page.MustElement("#idle-unlock").MustEval(`() => this.click()`)
	anne.page.MustWait(`() => document.getElementById("idle").hidden`)
	press(anne.page, `#act [value="note"]`)
	anne.sees("The note is kept", "half a sen")

	// Ben's passkey is all that answers: he gets his own first page.
	code, err := c.Staff().Invite(context.Background(), "ben", []string{"clerk"}, "host")
	if err != nil {
		t.Fatal(err)
	}
	cookies := anne.page.MustCookies()
	anne.loses()
	anne.device = citytest.Authenticator(t, anne.page, proto.WebAuthnAuthenticatorTransportInternal)
	anne.takes(code)
	anne.page.MustSetCookies(cookieParams(cookies)...)
	anne.opens("/queue/" + thing)
	hides()
	wait := anne.page.WaitNavigation(proto.PageLifecycleEventNameLoad)
	anne.page.MustElement("#idle-unlock").MustEval(`() => this.click()`)
	wait()
	anne.sees("ben: passkeys and sessions", "Find a ticket")
}
