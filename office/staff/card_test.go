package staff

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A card's number is refused on every route, in every field, in headers and in addresses, in any of the ways in
// which people write one; nothing of it is shown, kept or logged.
func TestACardIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("all", "administrator", "supervisor", "finance", "clerk")
	token := b.session("all")
	fields := []string{"number", "plate", "province", "receipt", "note", "act", "amount", "expected", "reason", "ticket", "name", "role", "code", "id", "lang", "back", "to", "form", "any"}
	refused := 0
	check := func(what string, r *http.Request) {
		t.Helper()
		b.log.Reset()
		code, page := b.do(r)
		refused++
		if code != http.StatusUnprocessableEntity || !strings.Contains(page, "No cards here") {
			t.Errorf("%s: %d", what, code)
		}
		log := b.log.String()
		if !strings.Contains(log, "alarm=card_typed") {
			t.Errorf("%s: nothing reported: %s", what, log)
		}
		for _, text := range []string{page, log} {
			if strings.Contains(text, "4242") || strings.Contains(text, "424242") {
				t.Errorf("%s: it is shown or logged: %s", what, text)
			}
		}
	}
	for _, r := range b.pages.table() {
		method, path := pathOf(r.pattern)
		if method == http.MethodPost {
			for _, f := range fields {
				check(r.pattern+" "+f, b.request(method, path, token, url.Values{f: {"card 4242 4242-4242\r\n4242 12/29"}}))
			}
			check(r.pattern+" a field's name", b.request(method, path, token, url.Values{"4242424242424242": {"x"}}))
		}
		check(r.pattern+" query", b.request(method, path+"?q=4242+4242%204242+4242", token, nil))
		h := b.request(method, path, token, nil)
		h.Header.Set("Referer", "https://elsewhere.example/?n=4242424242424242")
		check(r.pattern+" header", h)
		signedOut := b.request(method, path, "", nil)
		signedOut.Header.Set("Accept-Language", "4242 4242 4242 4242")
		check(r.pattern+" signed out", signedOut)
	}
	check("path", b.request("GET", "/tickets/4242424242424242", token, nil))
	if refused < 400 {
		t.Errorf("%d tried only", refused)
	}
}

// What a city writes every day is taken.
func TestWhatIsNoCardIsTaken(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("anne", "supervisor")
	token := b.session("anne")
	for _, number := range []string{"SJ-2026-004417", "1000000000000", "20260603141500123", "506-555-0199"} {
		code, page := b.post(token, "/find", url.Values{"number": {number}})
		b.wants(code, page, http.StatusOK, "Tickets found: 0")
	}
}
