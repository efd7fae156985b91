package staff

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"fundy/store"
)

// A session that is used from another browser or network, is idle, is too old or was ended asks for the passkey,
// and keeps what was typed.
func TestASessionThatStandsOtherwise(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "supervisor", "administrator")
		typed := url.Values{"act": {"note"}, "note": {`the "bank" <says> so`}}
		for _, c := range []struct {
			words  string
			change func(token string, r *http.Request)
		}{
			{"Is this still you?", func(_ string, r *http.Request) { r.Header.Set("User-Agent", browserTwo) }},
			{"Is this still you?", func(_ string, r *http.Request) { r.RemoteAddr = "192.0.3.10:4000" }},
			{"Is this still you?", func(_ string, r *http.Request) { r.RemoteAddr = "[2001:db8::1]:4000" }},
			{"Locked", func(string, *http.Request) { b.now = b.now.Add(sessionIdle) }},
			{"Your session has ended", func(string, *http.Request) { b.now = b.now.Add(sessionMost) }},
			{"Your session has ended", func(string, *http.Request) {
				code, page := b.post(b.session("anne"), "/people/anne/sessions/end", nil)
				b.wants(code, page, http.StatusSeeOther)
			}},
			{"Sign in", func(_ string, r *http.Request) { r.Header.Del("Cookie") }},
		} {
			b.now = b.now.Add(time.Second)
			token := b.session("anne")
			r := b.request("POST", "/queue/none/act", token, typed)
			c.change(token, r)
			code, page := b.do(r)
			b.wants(code, page, http.StatusUnauthorized, c.words, `name="note" value="the &#34;bank&#34; &lt;says&gt; so"`, `action="/queue/none/act"`)
			if strings.Contains(page, `name="form"`) && strings.Contains(page, b.pages.formToken(token)) {
				t.Errorf("%s: the page has the session's form token", c.words)
			}
		}
	})
}

// The same address in another place of its network is the same place.
func TestANeighbouringAddressIsTheSameNetwork(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("anne")
	r := b.request("GET", "/me", b.session("anne"), nil)
	r.RemoteAddr = "192.0.2.77:9"
	code, page := b.do(r)
	b.wants(code, page, http.StatusOK, "anne")
}

// Work keeps a session open, until twelve hours.
func TestWorkKeepsASessionOpen(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne")
		token, began := b.session("anne"), b.now
		for b.now.Sub(began) < sessionMost-10*time.Minute {
			code, page := b.get(token, "/me")
			b.wants(code, page, http.StatusOK)
			b.now = b.now.Add(10 * time.Minute)
		}
		b.now = began.Add(sessionMost)
		code, page := b.get(token, "/me")
		b.wants(code, page, http.StatusUnauthorized, "Your session has ended")
	})
}

// A form that comes from another site, or without this session's token, changes nothing.
func TestAFormFromElsewhere(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("anne", "administrator")
	b.person("ben", "administrator")
	token := b.session("anne")
	cross := b.request("POST", "/people/ben/sessions/end", token, nil)
	cross.Header.Set("Sec-Fetch-Site", "cross-site")
	code, page := b.do(cross)
	b.wants(code, page, http.StatusForbidden, "could not be taken")
	for _, form := range []string{"wrong", b.pages.formToken(b.session("ben"))} {
		code, page := b.post(token, "/people/ben/sessions/end", url.Values{"form": {form}})
		b.wants(code, page, http.StatusForbidden, "could not be taken")
	}
	if code, _ := b.post(token, "/unlock", url.Values{"ceremony": {"x"}, "answer": {"{}"}}); code != http.StatusForbidden {
		t.Errorf("unlocks with nothing: %d", code)
	}
	code, page = b.post("", "/signin", url.Values{"ceremony": {"x"}, "answer": {"{}"}})
	b.wants(code, page, http.StatusOK, "This passkey lets nobody in here")
}

// What is answered lets no script of another's run, and is kept by no cache.
func TestHeaders(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("anne")
	w := newRecorder()
	b.h.ServeHTTP(w, b.request("GET", "/me", b.session("anne"), nil))
	csp := w.Header().Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src '" + passkeyScript.Integrity + "' '" + liveScript.Integrity + "';", "connect-src 'self';", "form-action 'self';", "frame-ancestors 'none'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("no %s in %q", part, csp)
		}
	}
	if w.Header().Get("Cache-Control") != "no-store" || strings.Contains(csp, "unsafe") {
		t.Errorf("%v", w.Header())
	}
	page := html.UnescapeString(w.Body.String())
	if strings.Count(page, "<script") != 1 || !strings.Contains(page, `<script src="`+passkeyScript.Path+`" integrity="`+passkeyScript.Integrity+`" defer></script>`) {
		t.Error("a page has another script than our own")
	}
}

// A script stands on a page by the one part that names its hash.
func TestScriptsStandByTheirHash(t *testing.T) {
	t.Parallel()
	found := map[string]int{}
	files, err := pageFiles.ReadDir("pages")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := pageFiles.ReadFile("pages/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "<script"); n > 0 {
			found[file.Name()] = n
		}
	}
	if len(found) != 1 || found["parts.html"] != 1 {
		t.Errorf("scripts in %v, want one, in parts.html", found)
	}
}

// A passkey's answer is asked for by a page that we have signed, for so long.
func TestACeremonyIsSigned(t *testing.T) {
	t.Parallel()
	k, now := Key{ID: 1, Key: make([]byte, 32)}, time.Now()
	text, err := k.sign(ceremony{Kind: toJoin, Name: "anne", Until: now.Add(ceremonyFor).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := k.read(text, toJoin, now); err != nil || c.Name != "anne" {
		t.Errorf("%+v, %v", c, err)
	}
	changed := []byte(text)
	changed[len(changed)-3] ^= 1
	for name, read := range map[string]func() (ceremony, error){
		"changed":     func() (ceremony, error) { return k.read(string(changed), toJoin, now) },
		"other kind":  func() (ceremony, error) { return k.read(text, toAdd, now) },
		"too late":    func() (ceremony, error) { return k.read(text, toJoin, now.Add(ceremonyFor+time.Second)) },
		"another key": func() (ceremony, error) { return Key{ID: 2, Key: make([]byte, 32)}.read(text, toJoin, now) },
		"nothing":     func() (ceremony, error) { return k.read("", toJoin, now) },
	} {
		if _, err := read(); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// A session's cookie that turns up elsewhere is on record at once, though no passkey answers: once from each place in a while,
// and from a bounded number of places, on the owner's page and on the log.
func TestASessionThatIsUsedElsewhereIsOnRecordAtOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("zita")
		token := b.session("zita")
		thief := func(agent, from string) {
			t.Helper()
			r := b.request("GET", "/", token, nil)
			r.Header.Set("User-Agent", agent)
			r.RemoteAddr = from
			code, page := b.do(r)
			b.wants(code, page, http.StatusUnauthorized)
		}
		told := func() int {
			t.Helper()
			code, page := b.get(token, "/me")
			b.wants(code, page, http.StatusOK)
			return strings.Count(page, "The session was asked for from another browser or network")
		}
		if n := told(); n != 0 {
			t.Errorf("%d at the beginning", n)
		}
		thief("curl/8", "192.0.3.10:4000")
		thief("curl/8", "192.0.3.99:4000")
		if n := told(); n != 1 {
			t.Errorf("one place twice is told %d times", n)
		}
		_, page := b.get(token, "/me")
		b.wants(http.StatusOK, page, http.StatusOK, "192.0.3.0/24")
		thief("curl/9", "192.0.3.10:4000")
		if n := told(); n != 2 {
			t.Errorf("another browser: %d", n)
		}
		for i := range 30 {
			thief("curl/"+strings.Repeat("9", i+2), "192.0.3.10:4000")
		}
		if n := told(); n != elsewhereMost {
			t.Errorf("a flood is told %d times", n)
		}
		b.now = b.now.Add(elsewhereAgain)
		b.session("zita")
		thief("curl/8", "192.0.3.10:4000") // the session is idle by now: that is no reason to keep silent
		other := b.session("zita")
		_, page = b.get(other, "/me")
		if n := strings.Count(page, "The session was asked for from another browser or network"); n != elsewhereMost+1 {
			t.Errorf("later: %d", n)
		}
		n := b.count(func(ctx context.Context, tx *store.Tx) (int, error) {
			all, err := tx.StaffEvents(ctx, "zita", 100)
			n := 0
			for _, e := range all {
				if e.Act == "session_elsewhere" {
					n++
				}
			}
			return n, err
		})
		if n != elsewhereMost+1 {
			t.Errorf("%d are kept", n)
		}
	})
}

// The session's cookie goes back to this address alone, over TLS, with no request from another site, and no script reads it: as it
// is given, as it is given anew, and as it is taken away.
func TestTheSessionsCookieIsKept(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.standIn()
	b.person("anne", "clerk")
	_, page := b.get("", "/signin")
	signs := newRecorder()
	b.h.ServeHTTP(signs, b.request("POST", "/signin", "", pressed(t, page)))
	leaves := newRecorder()
	b.h.ServeHTTP(leaves, b.request("POST", "/signout", signs.Result().Cookies()[0].Value, nil))
	for act, w := range map[string]*httptest.ResponseRecorder{"signing in": signs, "signing out": leaves} {
		all := w.Result().Cookies()
		if w.Code != http.StatusSeeOther || len(all) != 1 {
			t.Fatalf("%s: %d, %d cookies", act, w.Code, len(all))
		}
		c := all[0]
		if c.Name != "__Host-fundy-staff" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("%s: %s", act, c)
		}
		if act == "signing in" && (len(c.Value) < 26 || c.MaxAge != 0 || !c.Expires.IsZero()) {
			t.Errorf("%s: %s lasts longer than the browser is open", act, c)
		}
		if act == "signing out" && (c.Value != "" || c.MaxAge >= 0) {
			t.Errorf("%s: %s stays", act, c)
		}
	}
}
