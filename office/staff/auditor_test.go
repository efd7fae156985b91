package staff

import (
	"database/sql"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fundy/review"
	"fundy/store"
)

// closedToAuditors is what an auditor does not read: the code that a caller is told, with which a ticket is paid.
var closedToAuditors = []string{"GET /phone/{id}", "GET /phone/{id}/live"}

// auditorSends is what an auditor sends: a search, whose words stand in no address, figures that go out as files, and what is
// about the own way in.
var auditorSends = []string{
	"POST /find",
	"POST /finance/days/{day}/file", "POST /finance/payouts/{id}/file", "POST /finance/bank/file", "POST /finance/reports/file", "POST /finance/year/file", "POST /finance/ended/file",
	"POST /signout", "POST /me/key", "POST /me/key/remove", "POST /me/sessions/end",
}

// An auditor reads every page and sends nothing but a search, exports, and what is about the own way in.
func TestAnAuditorReadsEveryPageAndSendsNothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("aud", "auditor")
		reads := 0
		for _, r := range b.pages.table() {
			if has(open, r.pattern) {
				continue
			}
			method, path := pathOf(r.pattern)
			code, page := b.do(b.request(method, path, b.session("aud"), nil))
			b.now = b.now.Add(1) // another session's name
			refused := code == http.StatusForbidden && strings.Contains(page, "You may not do this")
			wants := method == http.MethodGet && !has(closedToAuditors, r.pattern) || has(auditorSends, r.pattern)
			if refused == wants || code >= 500 {
				t.Errorf("%s: %d, wanted %v", r.pattern, code, wants)
			}
			if method == http.MethodGet && !refused {
				reads++
			}
		}
		if reads < 50 {
			t.Errorf("%d pages were read", reads)
		}
	})
}

// What stands on the pages that were shut to an auditor is read there, and their forms are shut. What is sealed stays so.
func TestWhatAnAuditorReads(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.banks()
		s := b.sealed()
		b.person("aud", "auditor")
		b.person("sue", "supervisor", "clerk")
		id := b.ticketIn("SJ7", "ABC 777")
		r := s.asks(b.ticketIn("SJ8", "ABC 888"), review.ByPost)
		code, page := b.post(b.session("sue"), "/books", url.Values{"first": {"K0101"}, "last": {"K0125"}})
		b.wants(code, page, http.StatusSeeOther)
		shut := []string{"/books", "/finance/files", "/finance/rules/file", "/enter", "/items/new", "/counter", "/tickets/" + string(id) + "/review"}
		words := map[string]string{"/books": "K0101", "/finance/files": "A file of the bank"}
		for _, path := range shut {
			code, page := b.get(b.session("aud"), path)
			b.wants(code, page, http.StatusOK, "Its forms are shut", `<fieldset class="govuk-fieldset" disabled`, words[path])
			b.now = b.now.Add(1)
		}
		_, page = b.get(b.session("sue"), "/books")
		if strings.Contains(page, "Its forms are shut") {
			t.Error("who keeps the books has shut forms")
		}
		_, page = b.get(b.session("aud"), "/reviews/"+string(r.ID))
		if !strings.Contains(page, "sealed") || strings.Contains(page, "Zoé") || strings.Contains(page, `action="/reviews/`) {
			t.Errorf("an auditor's page of a review:\n%s", page)
		}
		_, page = b.get(b.session("aud"), "/tickets/"+string(id))
		if strings.Contains(page, "ABC 777") {
			t.Error("an auditor reads a plate")
		}
	})
}

// What an auditor takes out as a file is on the log, with who and what.
func TestAnAuditorsExportsAreOnTheLog(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/city.db"
	b := newBench(t, store.Config{Driver: "sqlite", Path: path})
	b.banks()
	b.person("aud", "auditor")
	aud := b.session("aud")
	code, page := b.get(aud, "/finance/reports")
	b.wants(code, page, http.StatusOK, `action="/finance/reports/file"`)
	code, page = b.post(aud, "/finance/reports/file", url.Values{"from": {"2026-06-01"}, "until": {"2026-06-03"}, "format": {"csv"}})
	b.wants(code, page, http.StatusOK)
	leaf := lastOpening(t, path, "report_export")
	for _, words := range []string{`"who":"aud"`, `"what":"report-2026-06-01-2026-06-03"`, `"format":"csv"`, `"sha256":"`} {
		if !strings.Contains(leaf, words) {
			t.Errorf("no %s in the leaf %s", words, leaf)
		}
	}
}

// lastOpening is what the newest leaf of a kind tells, in a store that is open.
func lastOpening(t *testing.T, path, kind string) (text string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), "select opening from leaf where kind = ? order by rowid desc limit 1", kind).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}
