package staff

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/time/rate"

	"fundy/store"
)

// fieldsOfPages are the names of all fields of all forms of all pages.
func fieldsOfPages(t *testing.T) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(pageFiles, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(pageFiles, path)
		for _, m := range regexp.MustCompile(`<(?:input|button|textarea|select)[^>]* name="([a-z_]+)"`).FindAllStringSubmatch(string(b), -1) {
			if !slices.Contains(names, m[1]) {
				names = append(names, m[1])
			}
		}
		return err
	})
	if err != nil || len(names) < 15 {
		t.Fatalf("%v, %v", names, err)
	}
	return names
}

// cards are numbers as people type and paste them, and what none of a page, a log or a store may hold of them.
var (
	cards   = []string{"4242424242424242", "card 4242 4242-4242\r\n4242 12/29", "5555-5555-5555-4444", "3782 822463 10005", "4000\u00a00566\u20095566 5556", "６０１１１１１１１１１１１１１７"}
	remains = []string{"42424242", "4242 4242", "5555-5555", "55555555", "3782 82", "378282", "822463", "63 10005", "0566\u20095566", "5566 5556", "１１１１"}
)

// A card's number is refused on every route, in every field of every form, in headers, in addresses and in the names
// of files, in any of the ways in which people write one; it is reported, and nothing of it is shown, kept or logged.
func TestACardIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/city.db"
	b := newBench(t, store.Config{Driver: "sqlite", Path: path})
	b.pages.told.SetLimit(rate.Inf) // each is to be told here
	b.person("all", "administrator", "supervisor", "finance", "clerk")
	token := b.session("all")
	fields := append(fieldsOfPages(t), "any")
	for _, f := range fields[:len(fields)-1] {
		if !has(fieldsKnown, f) {
			t.Errorf("the field %s of a page is not in fieldsKnown", f)
		}
	}
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
		if strings.Count(log, "alarm=card_typed") != 1 {
			t.Errorf("%s: nothing reported: %s", what, log)
		}
		for _, text := range []string{page, log} {
			for _, left := range remains {
				if strings.Contains(text, left) {
					t.Errorf("%s: %s is shown or logged: %s", what, left, text)
				}
			}
		}
	}
	for n, r := range b.pages.table() {
		method, path := pathOf(r.pattern)
		if method == http.MethodPost {
			for i, f := range fields {
				check(r.pattern+" "+f, b.request(method, path, token, url.Values{f: {cards[(n+i)%len(cards)]}}))
			}
			check(r.pattern+" a field's name", b.request(method, path, token, url.Values{"4242424242424242": {"x"}}))
			check(r.pattern+" a file's name", b.file(path, token, cards[n%len(cards)]+".jpg", "image/jpeg"))
			check(r.pattern+" what is said of a file", b.file(path, token, "photo.jpg", "image/jpeg; note="+cards[0]))
		}
		check(r.pattern+" query", b.request(method, path+"?q=4242+4242%204242+4242", token, nil))
		for _, header := range []string{"Referer", "User-Agent", "Accept-Language", "Cookie", "X-Forwarded-For", "X-Any"} {
			for _, who := range []string{token, ""} {
				h := b.request(method, path, who, nil)
				h.Header.Add(header, "https://elsewhere.example/?n=4242-4242-4242-4242")
				check(r.pattern+" "+header, h)
			}
		}
	}
	check("path", b.request("GET", "/tickets/4242424242424242", token, nil))
	if refused < 1000 {
		t.Errorf("%d tried only", refused)
	}
	for _, name := range []string{path, path + "-wal"} {
		kept, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for _, left := range remains {
			if bytes.Contains(kept, []byte(left)) {
				t.Errorf("%s is kept in %s", left, name)
			}
		}
	}
	t.Logf("%d tried", refused)
}

// file is a form with a file.
func (b *bench) file(path, token, name, kind string) *http.Request {
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	head := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="photo"; filename="` + strings.NewReplacer("\r", "", "\n", "").Replace(name) + `"`}, "Content-Type": {kind}}
	if _, err := m.CreatePart(head); err != nil {
		b.t.Fatal(err)
	}
	if err := errors.Join(m.WriteField("form", b.pages.formToken(token)), m.Close()); err != nil {
		b.t.Fatal(err)
	}
	r := b.request("POST", path, token, nil)
	r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
	r.Header.Set("Content-Type", m.FormDataContentType())
	return r
}

// A ticket whose number could be a card's is found by it: the city has it, so it is no card. What only holds it is not.
func TestATicketsOwnNumberIsNoCard(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "clerk")
		token := b.session("anne")
		b.ticketIn("4000056655665556", "ABC 123")
		code, _ := b.post(token, "/find", url.Values{"number": {"4000 0566 5566 5556"}})
		b.wants(code, "", http.StatusSeeOther)
		code, page := b.post(token, "/find", url.Values{"number": {"4000056655665556 12/29"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "No cards here")
		code, page = b.post(token, "/find", url.Values{"number": {"4242424242424242"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "No cards here")
	})
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
