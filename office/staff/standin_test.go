package staff

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fundy/city"
)

func (b *bench) standIn() {
	b.pages.StandIn = &StandIn{Secret: []byte(strings.Repeat("s", standInSecret)), People: []StandInPerson{{"anne", "clerk"}, {"dora", "administrator"}}}
}

var (
	ceremonyIn = regexp.MustCompile(`name="ceremony" value="([^"]+)"`)
	buttonIn   = regexp.MustCompile(`name="answer" value="(demo\.[^"]+)"`)
)

// pressed is what the first person's button of a page sends.
func pressed(t *testing.T, page string) url.Values {
	t.Helper()
	c, a := ceremonyIn.FindStringSubmatch(page), buttonIn.FindStringSubmatch(page)
	if c == nil || a == nil {
		t.Fatalf("no button in\n%s", page)
	}
	return url.Values{"ceremony": {c[1]}, "answer": {a[1]}}
}

// One click lets a person of the demonstration in, once; the page says loudly what it is.
func TestOneClickSignsInInADemonstration(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.standIn()
		b.person("anne", "clerk")
		code, page := b.get("", "/")
		b.wants(code, page, 401, "THIS IS A DEMONSTRATION", "Go on as anne (Clerk)", "Go on as dora (Administrator)")
		form := pressed(t, page)
		form.Set("to", "/me")
		r := b.request("POST", "/signin", "", form)
		w := newRecorder()
		b.h.ServeHTTP(w, r)
		if w.Code != 303 || w.Header().Get("Location") != "/me" || len(w.Result().Cookies()) != 1 {
			t.Fatalf("answers %d, to %q, with %d cookies\n%s", w.Code, w.Header().Get("Location"), len(w.Result().Cookies()), w.Body)
		}
		token := w.Result().Cookies()[0].Value
		code, page = b.get(token, "/")
		b.wants(code, page, 200, "anne", "Find a ticket")
		if strings.Contains(page, "data-idle") {
			t.Error("the page hides itself, and no passkey would show it again")
		}
		code, page = b.post("", "/signin", form)
		b.wants(code, page, 200, "Try again") // a form is good once
		b.now = b.now.Add(sessionIdle)
		code, page = b.get(token, "/")
		b.wants(code, page, 401, "Locked", "Go on as anne (Clerk)")
		if strings.Contains(page, "Go on as dora") {
			t.Error("another person's button on a page of anne's session")
		}
		b.now = b.now.Add(time.Second)
		form = pressed(t, page)
		if code, page = b.post(token, "/signin", form); code != 303 {
			t.Errorf("the button does not unlock: %d\n%s", code, page)
		}
	})
}

// What wants the passkey anew takes the click, with what was typed.
func TestOneClickIsATouch(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.standIn()
	b.person("dora", "administrator")
	token := b.session("dora")
	b.now = b.now.Add(freshFor)
	code, page := b.post(token, "/people", url.Values{"name": {"emil"}, "role": {"clerk"}})
	b.wants(code, page, 401, "Confirm with your passkey", `name="name" value="emil"`)
	form := pressed(t, page)
	form.Set("name", "emil")
	form.Set("role", "clerk")
	code, page = b.post(token, "/people", form)
	b.wants(code, page, 303)
	b.openChange("emil")
}

// Where there is no stand-in, no answer of one lets anybody in; nor does one of another secret, of another person or
// of another page.
func TestNoOtherAnswerSignsIn(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.standIn()
	b.person("anne", "clerk")
	_, page := b.get("", "/signin")
	good := pressed(t, page)
	with := func(answer string) url.Values { return url.Values{"ceremony": good["ceremony"], "answer": {answer}} }
	_, other := b.get("", "/signin")
	refused := func(name string, form url.Values) {
		t.Helper()
		if code, page := b.post("", "/signin", form); code == 303 || !strings.Contains(page, "Try again") {
			t.Errorf("%s: answers %d\n%s", name, code, page)
		}
	}
	refused("of another page", with(pressed(t, other).Get("answer")))
	refused("of nobody", with(strings.Replace(good.Get("answer"), "anne", "zoe", 1)))
	refused("of another person", with(strings.Replace(good.Get("answer"), "anne", "dora", 1)))
	refused("without its end", with("demo.anne."))
	on := b.pages.StandIn
	b.pages.StandIn = &StandIn{Secret: []byte(strings.Repeat("o", standInSecret)), People: on.People}
	refused("of another secret", good)
	b.pages.StandIn = nil
	refused("of no stand-in", good)
	code, page := b.get("", "/signin")
	if b.wants(code, page, 200, "Use your passkey"); strings.Contains(page, "demo.") || strings.Contains(page, "Go on as") {
		t.Errorf("a button without a stand-in\n%s", page)
	}
	b.pages.StandIn = on
	if code, page := b.post("", "/signin", good); code != 303 {
		t.Errorf("the good one: %d\n%s", code, page)
	}
}

// No pages are made with a stand-in for a city that is no demonstration, or with half of one.
func TestOnlyADemonstrationHasAStandIn(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	whole := StandIn{Secret: make([]byte, standInSecret), People: []StandInPerson{{"anne", "clerk"}}}
	for _, one := range []struct {
		kind city.Kind
		with StandIn
		may  bool
	}{
		{city.Demo, whole, true}, {city.Test, whole, false}, {city.Live, whole, false}, {"", whole, false},
		{city.Demo, StandIn{People: whole.People}, false}, {city.Demo, StandIn{Secret: whole.Secret}, false},
	} {
		c := b.pages.Config
		c.Settings.Kind, c.StandIn = one.kind, &one.with
		if _, err := New(c); (err == nil) != one.may {
			t.Errorf("%q with %d bytes and %d people: %v", one.kind, len(one.with.Secret), len(one.with.People), err)
		}
	}
}
