package staff

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"fundy/store"
)

// One person's pages can't take the places of all who follow a code; a page that is closed gives its place back.
func TestOnePersonFollowsAFewCodes(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("anne", "clerk")
	b.person("ben", "clerk")
	server := httptest.NewServer(b.h)
	t.Cleanup(server.Close) // after the pages are closed
	c := b.code(b.ticketIn("SJ100", "ABC 123"))
	anne, ben := b.local("anne"), b.local("ben")
	var all []*events
	for range followOwn {
		e, code := b.follow(server, anne, c.ID)
		if _, more := e.next(); code != http.StatusOK || !more {
			t.Fatalf("%d", code)
		}
		all = append(all, e)
	}
	if _, code := b.follow(server, anne, c.ID); code != http.StatusServiceUnavailable {
		t.Errorf("one more of the same person: %d", code)
	}
	if e, code := b.follow(server, ben, c.ID); code != http.StatusOK {
		t.Errorf("another person: %d", code)
	} else if _, more := e.next(); !more {
		t.Error("another person is told nothing")
	}
	all[0].body.Close()
	again := time.Now().Add(10 * time.Second)
	for {
		_, code := b.follow(server, anne, c.ID)
		if code == http.StatusOK {
			break
		}
		if time.Now().After(again) {
			t.Fatalf("after one was closed: %d", code)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// What a form brings back as the page to go on to leads nowhere else, as a browser reads it: it leaves out tabs.
func TestNoFormLeadsElsewhere(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	for _, to := range []string{"//evil.example", "/\t/evil.example", "/\n/evil.example", "/\\evil.example", "https://evil.example", "/\x00/evil.example", ""} {
		w := newRecorder()
		b.h.ServeHTTP(w, b.request("POST", "/language", "", url.Values{"lang": {"fr"}, "back": {to}}))
		if at := w.Header().Get("Location"); at != "/" {
			t.Errorf("%q leads to %q", to, at)
		}
	}
	w := newRecorder()
	b.h.ServeHTTP(w, b.request("POST", "/language", "", url.Values{"lang": {"fr"}, "back": {"/queue"}}))
	if at := w.Header().Get("Location"); at != "/queue" {
		t.Errorf("it leads to %q", at)
	}
}

// A text that is cut does not end in half a letter, and what no database keeps as text is nobody's name: neither is a fault.
func TestTextThatNoDatabaseTakes(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "supervisor", "clerk", "finance", "administrator")
		anne := b.session("anne")
		long := strings.Repeat("x", typedMost-1) + "é"
		for _, typed := range []string{long, "SJ\x00100", "SJ\xff100"} {
			for path, form := range map[string]url.Values{
				"/find":            {"number": {typed}},
				"/counter":         {"number": {typed}, "plate": {"ABC 1"}, "ticket": {typed}, "request": {typed}, "act": {"add"}},
				"/books":           {"series": {typed}, "first": {typed}, "last": {typed}},
				"/people":          {"name": {typed}, "role": {typed}},
				"/deposits":        {"batch": {typed}, "account": {typed}, "reference": {typed}, "day": {"2026-06-03"}},
				"/find/plates":     {"id": {typed}},
				"/phone":           {"ticket": {typed}, "instead": {typed}},
				"/work/byhand/say": {"id": {typed}, "act": {"end"}, "reason": {typed}},
				"/me/sessions/end": {"id": {typed}},
			} {
				if code, page := b.post(anne, path, form); code >= http.StatusInternalServerError {
					t.Errorf("%s with %q: %d\n%s", path, typed, code, page)
				}
			}
		}
		for _, path := range []string{"/tickets/%00", "/queue/%00", "/receipts/%ff", "/entries/A%00-1", "/people/%ff", "/items/%00", "/reviews/%00", "/letters/item/%00", "/work/%00"} {
			if code, page := b.get(anne, path); code != http.StatusNotFound {
				t.Errorf("%s: %d\n%s", path, code, page)
			}
		}
		if b.log.Len() > 0 {
			t.Error(b.log.String())
		}
	})
}

// A flood of cards from outside does not fill the log: the first hundreds are told, then some a second.
func TestAFloodOfCardsDoesNotFillTheLog(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	for range 1_000 {
		code, _ := b.post("", "/signin", url.Values{"to": {"4242 4242 4242 4242"}})
		b.wants(code, "", http.StatusUnprocessableEntity)
	}
	if n := strings.Count(b.log.String(), "card_typed"); n < 100 || n > 500 {
		t.Errorf("%d lines", n)
	}
}

// Whoever takes a lost passkey away has its browser's session ended too: who has found the device would go on in it.
func TestATakenPasskeyEndsOtherSessions(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "supervisor")
		lost := random(16)
		b.write(func(ctx context.Context, tx *store.Tx) error {
			return tx.AddStaffKey(ctx, store.StaffKey{ID: lost, Name: "anne", Host: "localhost", Record: []byte("{}"), MadeAt: b.now, UsedAt: b.now})
		})
		there := b.session("anne")
		b.now = b.now.Add(time.Second)
		here := b.session("anne")
		code, page := b.post(here, "/me/key/remove", url.Values{"id": {base64.RawURLEncoding.EncodeToString(lost)}})
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.get(there, "/me")
		b.wants(code, page, http.StatusUnauthorized, "Your session has ended")
		code, page = b.get(here, "/me")
		b.wants(code, page, http.StatusOK, "anne")
	})
}

// A refund of a receipt that there is not is none that was asked for.
func TestARefundOfNothing(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("anne", "supervisor")
	code, page := b.post(b.session("anne"), "/receipts/none/refund", url.Values{"way": {"processor"}, "amount": {"1.00"}, "expected": {"1.00"}, "reason": {"duplicate"}})
	b.wants(code, page, http.StatusNotFound, "There is no such page")
}

// The same role twice is that role.
func TestARoleTwiceIsOne(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("ada", "administrator")
		b.person("bo", "administrator")
		b.person("carl", "clerk")
		code, page := b.post(b.session("ada"), "/people/carl/roles", url.Values{"role": {"finance", "finance", "clerk"}})
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.post(b.session("bo"), "/changes/"+b.openChange("carl")+"/approve", nil)
		b.wants(code, page, http.StatusSeeOther)
		b.hasRoles("carl", "clerk", "finance")
	})
}

// Nothing that the office answers is kept by a browser or by what stands between, but for scripts and styles.
func TestNothingIsKept(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("all", "administrator", "supervisor", "finance", "clerk", "screening", "auditor")
	for _, r := range b.pages.table() {
		for _, token := range []string{"", b.session("all")} {
			method, path := pathOf(r.pattern)
			w := newRecorder()
			b.h.ServeHTTP(w, b.request(method, path, token, nil))
			if w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s answers %d with Cache-Control %q", r.pattern, w.Code, w.Header().Get("Cache-Control"))
			}
			b.now = b.now.Add(time.Microsecond)
		}
	}
}
