package portal

import (
	"bytes"
	"compress/gzip"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	"fundy/desk/deskpb"
	"fundy/desk/deskpb/deskpbconnect"
)

// Both languages have the same keys, each with words and with the same places to fill in.
func TestBothLanguagesSayEverything(t *testing.T) {
	t.Parallel()
	place := regexp.MustCompile(`\{\w+\}`)
	places := func(s string) string {
		all := place.FindAllString(s, -1)
		sort.Strings(all)
		return strings.Join(all, " ")
	}
	for key, en := range words["en"] {
		fr, ok := words["fr"][key]
		if !ok || fr == "" || en == "" {
			t.Errorf("%s is not said in both languages", key)
		}
		if places(en) != places(fr) {
			t.Errorf("%s has the places %q in English and %q in French", key, places(en), places(fr))
		}
	}
	if len(words["fr"]) != len(words["en"]) {
		t.Errorf("%d keys in French, %d in English", len(words["fr"]), len(words["en"]))
	}
}

// Every key that a page or the code names is said; every key that is said is named.
func TestEveryWordIsUsed(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	err := fs.WalkDir(pageFiles, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(pageFiles, path)
		all.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\.T "([a-z_.]+)"`).FindAllStringSubmatch(all.String(), -1) {
		if !has(m[1]) {
			t.Errorf("a page says %q, and there are no words for it", m[1])
		}
	}
}

const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><path d="M0 0h40v40z"/></svg>`

type awayDesk struct {
	deskpbconnect.UnimplementedDeskHandler
}

func (awayDesk) Front(context.Context, *deskpb.FrontRequest) (*deskpb.FrontResponse, error) {
	return &deskpb.FrontResponse{
		CityId: "t", Kind: "live", Languages: languages, Zone: "America/Moncton", Currency: "CAD", Colour: "#1d3c5a", TicketsMax: 10,
		Name: &deskpb.Words{ByLanguage: map[string]string{"en": "Town", "fr": "Ville"}}, Phone: "506-555-0100",
		Hours:   &deskpb.Words{ByLanguage: map[string]string{"en": "Mornings", "fr": "Le matin"}},
		Reviews: &deskpb.Reviews{Reasons: []string{"other"}, DecideDays: 15, FilesMost: 5},
		Logo:    &deskpb.Logo{Image: []byte(logo), Type: "image/svg+xml", Width: 40, Height: 40},
	}, nil
}

func (awayDesk) FindTicket(context.Context, *deskpb.FindTicketRequest) (*deskpb.FindTicketResponse, error) {
	return nil, connect.NewError(connect.CodeInternal, context.DeadlineExceeded)
}

func open(t testing.TB) (*Portal, *bytes.Buffer) {
	t.Helper()
	_, h := deskpbconnect.NewDeskHandler(awayDesk{})
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	var log bytes.Buffer
	p, err := New(Config{
		Desk: deskpbconnect.NewDeskClient(srv.Client(), srv.URL), PublicURL: "https://tickets.example.ca", CardHost: "checkout.stripe.com",
		CookieKey: make([]byte, 32), Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, &log
}

func get(p *Portal, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "https://tickets.example.ca"+path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	return w
}

// The first page with everything that it needs fits the first window of a connection: ten segments
// of 1,460 bytes.
func TestTheFirstPageFitsTheFirstWindow(t *testing.T) {
	t.Parallel()
	p, _ := open(t)
	for _, path := range []string{"/", "/pay", "/payer"} {
		first := get(p, path)
		var headers bytes.Buffer
		if err := first.Result().Header.Write(&headers); err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(first.Body.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		var page bytes.Buffer
		if _, err := page.ReadFrom(z); err != nil {
			t.Fatal(err)
		}
		total := first.Body.Len() + headers.Len()
		needs := regexp.MustCompile(`(?:href|src)="(/[^"]*(?:css|ico|logo)[^"]*)"`).FindAllStringSubmatch(page.String(), -1)
		for _, need := range needs {
			w := get(p, need[1])
			if w.Code != http.StatusOK {
				t.Errorf("%s: %d", need[1], w.Code)
			}
			total += w.Body.Len()
		}
		if len(needs) < 4 || total > 14_600 {
			t.Errorf("%s needs %d files and %d bytes, want at most 14,600", path, len(needs), total)
		}
	}
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	t.Parallel()
	p, _ := open(t)
	for _, path := range []string{"/", "/pay", "/payer/trouver", "/nothing", "/r/x", "/favicon.ico", "/static/none.css"} {
		h := get(p, path).Header()
		csp := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none';") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") || !strings.Contains(csp, "form-action 'self' https://checkout.stripe.com;") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if h.Get("Referrer-Policy") != "same-origin" || !strings.Contains(h.Get("Strict-Transport-Security"), "max-age=63072000") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cross-Origin-Opener-Policy") != "same-origin" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
	c := get(p, "/pay").Result().Cookies()
	if len(c) != 1 || c[0].Name != "__Host-fundy" || !c[0].Secure || !c[0].HttpOnly || c[0].SameSite != http.SameSiteLaxMode || c[0].Path != "/" || c[0].Domain != "" {
		t.Errorf("cookies %v", c)
	}
	if get(p, "/pay").Header().Get("Cache-Control") != "no-store" {
		t.Error("a page may be kept")
	}
}

// The logo is kept for ever under a name of its content, and can do nothing when it is opened by itself.
func TestTheLogoIsServedHarmless(t *testing.T) {
	t.Parallel()
	p, _ := open(t)
	page := post(p, "/nothing", nil, nil, "").Body.String()
	path := regexp.MustCompile(`<img src="(/logo/[0-9a-f]{12}\.svg)" alt="" width="40" height="40"><span>Town</span>`).FindStringSubmatch(page)
	if path == nil {
		t.Fatalf("no logo beside the name:\n%s", page)
	}
	r := httptest.NewRequest(http.MethodGet, path[1], nil)
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	h := w.Header()
	if w.Body.String() != logo || h.Get("Content-Type") != "image/svg+xml" || h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" ||
		h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Cache-Control"), "immutable") {
		t.Errorf("%d %v %s", w.Code, h, w.Body)
	}
	if w := get(p, "/logo/000000000000.svg"); w.Code != http.StatusNotFound {
		t.Errorf("another name: %d", w.Code)
	}
}

func post(p *Portal, path string, form url.Values, cookie *http.Cookie, origin string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "https://tickets.example.ca"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	if cookie != nil {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	return w
}

// A form is taken only from this site and with the token of this visit; what goes wrong inside is a
// page with a reference, and nothing that was typed is in the log.
func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	p, log := open(t)
	cookie := get(p, "/pay").Result().Cookies()[0]
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(cookie)
	v := p.visit(r)
	form := url.Values{"form": {v.formToken()}, "number": {"SECRET77"}, "plate": {"PLT 777"}}
	if w := post(p, "/pay/find", form, cookie, "https://evil.example"); w.Code != http.StatusForbidden {
		t.Errorf("from another site: %d", w.Code)
	}
	if w := post(p, "/pay/find", form, nil, ""); w.Code != http.StatusForbidden {
		t.Errorf("without the cookie: %d", w.Code)
	}
	other := url.Values{"form": {visit{Secret: "x"}.formToken()}}
	if w := post(p, "/pay/find", other, cookie, ""); w.Code != http.StatusForbidden {
		t.Errorf("with another's token: %d", w.Code)
	}
	w := post(p, "/pay/find", form, cookie, "https://tickets.example.ca")
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "Reference:") {
		t.Errorf("a fault inside: %d", w.Code)
	}
	if strings.Contains(log.String(), "SECRET77") || strings.Contains(log.String(), "PLT") || !strings.Contains(log.String(), "reference=") {
		t.Errorf("the log: %s", log.String())
	}
}

// What is typed stays when the language is switched, and bad input keeps it too.
func TestTheSwitchKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	p, _ := open(t)
	cookie := get(p, "/pay").Result().Cookies()[0]
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(cookie)
	v := p.visit(r)
	w := post(p, "/pay/find", url.Values{"form": {v.formToken()}, "number": {"FH-1"}, "plate": {"ABC"}, "lang": {"fr"}}, cookie, "")
	body := w.Body.String()
	if w.Code != http.StatusOK || !strings.Contains(body, `lang="fr"`) || !strings.Contains(body, `value="FH-1"`) || !strings.Contains(body, `value="ABC"`) || !strings.Contains(body, `action="/payer/trouver"`) {
		t.Errorf("%d\n%s", w.Code, body)
	}
}

// A card number that is typed into a field is refused unread: the desk is not asked, and the page does not
// hold it again.
func TestACardNumberIsRefusedUnread(t *testing.T) {
	t.Parallel()
	p, _ := open(t)
	cookie := get(p, "/pay").Result().Cookies()[0]
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(cookie)
	v := p.visit(r)
	for _, field := range []string{"number", "plate", "slip"} {
		form := url.Values{"form": {v.formToken()}, "number": {"FH-1"}, "plate": {"ABC 123"}}
		form.Set(field, "4242 4242 4242 4242")
		w := post(p, "/pay/find", form, cookie, "")
		body := w.Body.String()
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(body, "Never type a card number here") || strings.Contains(body, "4242") {
			t.Errorf("%s: %d\n%s", field, w.Code, body)
		}
		if field != "number" && !strings.Contains(body, `value="FH-1"`) {
			t.Errorf("%s: what else was typed is lost", field)
		}
	}
}

func TestTheVisitorsAddressIsThePeersUnlessAProxyIsTrusted(t *testing.T) {
	t.Parallel()
	p, _ := open(t)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = "203.0.113.9:1"
	r.Header.Set("X-Forwarded-For", "198.51.100.1, 192.0.2.7")
	if got := p.source(r).String(); got != "203.0.113.9/32" {
		t.Errorf("without a trusted proxy: %s", got)
	}
	p.TrustedProxies = append(p.TrustedProxies, netip.MustParsePrefix("203.0.113.0/24"))
	if got := p.source(r).String(); got != "192.0.2.7/32" {
		t.Errorf("behind one: %s", got)
	}
	r.Header.Set("X-Forwarded-For", "198.51.100.1, 192.0.2.8:4711")
	if got := p.source(r).String(); got != "192.0.2.8/32" {
		t.Errorf("behind one that writes the port: %s", got)
	}
	r.Header.Set("X-Forwarded-For", "2001:db8:1:2:3:4:5:6")
	if got := p.source(r).String(); got != "2001:db8:1:2::/64" {
		t.Errorf("IPv6: %s", got)
	}
}

func FuzzFindForm(f *testing.F) {
	f.Add("FH-1", "ABC 123", "2026-03-01", "ABCD-EFGH")
	f.Add("\x00\xff", strings.Repeat("é", 200), "x", "<script>")
	p, _ := open(f)
	cookie := get(p, "/pay").Result().Cookies()[0]
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(cookie)
	v := p.visit(r)
	f.Fuzz(func(t *testing.T, number, plate, day, slip string) {
		p.sent = newSources(formsPerSecond, formsBurst)
		w := post(p, "/pay/find", url.Values{"form": {v.formToken()}, "number": {number}, "plate": {plate}, "day": {day}, "slip": {slip}, "lang": {"fr"}}, cookie, "")
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "<script>") {
			t.Fatalf("%d", w.Code)
		}
	})
}
