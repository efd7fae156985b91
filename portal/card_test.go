package portal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	"fundy/desk"
	"fundy/desk/deskpb"
	"fundy/desk/deskpb/deskpbconnect"
)

// cardDesk answers as a desk at which one ticket is held, and keeps all that it was asked.
type cardDesk struct {
	awayDesk
}

func (cardDesk) ReadQuotes(context.Context, *deskpb.ReadQuotesRequest) (*deskpb.ReadQuotesResponse, error) {
	t := &deskpb.Ticket{Id: "tkt_1", Number: "FH-0000001", Standing: &deskpb.Standing{Payable: true}, Quote: &deskpb.Quote{Token: "q", TotalMinor: 5000, HoldsUntil: time.Now().Add(time.Hour).UnixMicro()}}
	return &deskpb.ReadQuotesResponse{Tickets: []*deskpb.Ticket{t}}, nil
}

// fieldsOfPages are the names of all fields of all forms of all pages.
func fieldsOfPages(t *testing.T) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(pageFiles, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(pageFiles, path)
		for _, m := range regexp.MustCompile(`<(?:input|button|textarea|select)[^>]* name="([^"]+)"`).FindAllStringSubmatch(string(b), -1) {
			if !slices.Contains(names, m[1]) {
				names = append(names, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// formsOfRoutes are the addresses that forms are sent to, in both languages, as routes.go registers them.
func formsOfRoutes(t *testing.T) (posts, gets []string) {
	t.Helper()
	text, err := os.ReadFile("routes.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`p\.(form|page|reading)\(mux, (?:"GET", )?paths\["(\w+)"\]`).FindAllStringSubmatch(string(text), -1) {
		for _, lang := range languages {
			if m[1] == "form" {
				posts = append(posts, paths[m[2]][lang])
			} else {
				gets = append(gets, paths[m[2]][lang])
			}
		}
	}
	return posts, append(gets, "/", "/r/att_x", "/r/att_x/receipt", "/static/none.css", "/city.css", "/logo/none", "/favicon.ico", "/robots.txt", "/nowhere")
}

// cards are numbers as people type and paste them.
var cards = []string{"4242424242424242", "4242 4242 4242 4242", "5555-5555-5555-4444", "card 3782 822463 10005 12/29", "4000\r\n0566\n5566\u00a05556", "６０１１１１１１１１１１１１１７", "٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢"}

// remains are what none of an answer, a log or the desk may hold of them.
var remains = []string{"4242424242", "4242 4242", "5555-5555", "55555555", "378282", "3782 82", "822463", "63 10005", "0566\n5566", "１１１１", "٤٢٤٢"}

// A card's number is refused in every field of every form of every page, in its headers, in its address and in the names of
// files; the page says so, an event is reported, and nothing of the number is shown, logged or passed on.
func TestACardIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	var asked bytes.Buffer
	_, h := deskpbconnect.NewDeskHandler(cardDesk{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintln(&asked, r.URL, r.Header, string(b))
		r.Body = io.NopCloser(bytes.NewReader(b))
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	var log bytes.Buffer
	now := time.Now()
	p, err := New(Config{
		Desk: deskpbconnect.NewDeskClient(srv.Client(), srv.URL, connect.WithProtoJSON()), PublicURL: "https://tickets.example.ca", CardHost: "checkout.stripe.com",
		CookieKey: make([]byte, 32), Now: func() time.Time { now = now.Add(time.Second); return now }, Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	mine := visit{Secret: strings.Repeat("s", 26), Tokens: []string{"q"}, Lang: "en", Began: now.Unix()}
	kept := httptest.NewRecorder()
	p.keep(kept, mine)
	cookie := kept.Result().Cookies()[0]
	handler, tried := p.Handler(), 0
	check := func(what, card string, r *http.Request) {
		t.Helper()
		tried++
		log.Reset()
		r.AddCookie(cookie)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		page := w.Body.String()
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(page, "card number") && !strings.Contains(page, "numéro de carte") {
			t.Errorf("%s %q: %d\n%s", what, card, w.Code, page)
		}
		if strings.Count(log.String(), "alarm=card_typed") != 1 {
			t.Errorf("%s: reported as %q", what, log.String())
		}
		for place, text := range map[string]string{"page": page, "log": log.String(), "headers": fmt.Sprint(w.Result().Header)} {
			for _, left := range remains {
				if strings.Contains(text, left) {
					t.Errorf("%s: %s of %q is in the %s", what, left, card, place)
				}
			}
		}
	}
	fields := fieldsOfPages(t)
	for _, f := range fields {
		if !slices.Contains(fieldsKnown, f) {
			t.Errorf("the field %s of a page is not in fieldsKnown", f)
		}
	}
	posts, gets := formsOfRoutes(t)
	if len(fields) < 10 || len(posts) < 8 || len(gets) < 16 {
		t.Fatalf("%d fields, %d forms, %d pages", len(fields), len(posts), len(gets))
	}
	post := func(path string, form url.Values) *http.Request {
		if form.Get("form") == "" {
			form.Set("form", mine.formToken())
		}
		form["number"], form["plate"] = append(form["number"], "FH-0000001"), append(form["plate"], "ABC 123")
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return r
	}
	for _, path := range posts {
		for i, f := range append(fields, "any") {
			if f == "form" {
				continue // below: a form without its token is none of ours
			}
			card := cards[i%len(cards)]
			check("POST "+path+" "+f, card, post(path, url.Values{f: {card}}))
		}
		for _, card := range cards {
			check("POST "+path+" email", card, post(path, url.Values{"email": {card}}))
		}
		check("POST "+path+" a field's name", cards[0], post(path, url.Values{cards[0]: {"x"}}))
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		if _, err := m.CreateFormFile("photo", cards[1]+".jpg"); err != nil {
			t.Fatal(err)
		}
		m.WriteField("form", mine.formToken())
		m.Close()
		r := httptest.NewRequest(http.MethodPost, path, &body)
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		check("POST "+path+" a file's name", cards[1], r)
	}
	for i, path := range append(gets, posts...) {
		method := http.MethodGet
		if i >= len(gets) {
			method = http.MethodPost
		}
		check(method+" "+path+" query", cards[1], httptest.NewRequest(method, path+"?q="+url.QueryEscape(cards[1]), nil))
		check(method+" "+path+" path", cards[0], httptest.NewRequest(method, path+"/"+cards[0], nil))
		for _, header := range []string{"Referer", "User-Agent", "Accept-Language", "Cookie", "X-Anything", "X-Forwarded-For", "Origin"} {
			r := httptest.NewRequest(method, path, nil)
			r.Header.Set(header, "n="+cards[1])
			check(method+" "+path+" "+header, cards[1], r)
		}
	}
	for _, left := range remains {
		if strings.Contains(asked.String(), left) {
			t.Errorf("the desk was told %s", left)
		}
	}
	if asked.Len() == 0 || tried < 300 {
		t.Errorf("%d tried, and the desk was told %d bytes", tried, asked.Len())
	}
	t.Logf("%d tried", tried)
}

// seriesDesk is a desk whose city has numbers that look like cards', and which keeps what it is asked to find.
type seriesDesk struct {
	awayDesk
	asked *[]string
}

func (d seriesDesk) Front(ctx context.Context, r *deskpb.FrontRequest) (*deskpb.FrontResponse, error) {
	f, err := d.awayDesk.Front(ctx, r)
	f.Series = []string{"610034##########"}
	return f, err
}

func (d seriesDesk) FindTicket(_ context.Context, r *deskpb.FindTicketRequest) (*deskpb.FindTicketResponse, error) {
	*d.asked = append(*d.asked, r.GetNumber())
	return &deskpb.FindTicketResponse{Outcome: &deskpb.FindTicketResponse_NotFound{NotFound: &deskpb.NotFound{}}}, nil
}

// A number of one of the city's own series is looked up although it looks like a card's, and in the field for a ticket's
// number alone; without a series none is.
func TestANumberOfASeriesIsLookedUp(t *testing.T) {
	t.Parallel()
	const number = "6100342004173557"
	if !desk.HasCard(number) {
		t.Fatal("it does not look like a card's")
	}
	for _, series := range []bool{true, false} {
		p, log := open(t)
		var asked []string
		if series {
			_, h := deskpbconnect.NewDeskHandler(seriesDesk{asked: &asked})
			srv := httptest.NewServer(h)
			t.Cleanup(srv.Close)
			p.Desk = deskpbconnect.NewDeskClient(srv.Client(), srv.URL)
		}
		v := visit{Secret: "s", Began: p.Now().Unix()}
		kept := httptest.NewRecorder()
		p.keep(kept, v)
		send := func(form url.Values) *httptest.ResponseRecorder {
			form.Set("form", v.formToken())
			r := httptest.NewRequest(http.MethodPost, "https://tickets.example.ca/pay/find", strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.AddCookie(kept.Result().Cookies()[0])
			w := httptest.NewRecorder()
			p.Handler().ServeHTTP(w, r)
			return w
		}
		for _, typed := range []string{number, "6100 3420 0417 3557", "6100-3420-0417-3557"} {
			asked = nil
			w := send(url.Values{"number": {typed}, "plate": {"ABC 123"}})
			if series && (len(asked) != 1 || asked[0] != typed || !strings.Contains(w.Body.String(), `value="`+typed+`"`) || strings.Contains(log.String(), "card_typed")) {
				t.Errorf("%q: asked %q, %d", typed, asked, w.Code)
			}
			if !series && (len(asked) != 0 || strings.Contains(w.Body.String(), "3557") || !strings.Contains(log.String(), "card_typed")) {
				t.Errorf("%q without a series: asked %q, %d", typed, asked, w.Code)
			}
		}
		asked = nil
		for _, form := range []url.Values{
			{"number": {"4242424242424242"}, "plate": {"ABC 123"}}, {"number": {number + " 12/29"}, "plate": {"ABC 123"}}, {"number": {number + "1"}, "plate": {"ABC 123"}},
			{"number": {"SJ-1"}, "plate": {number}}, {"number": {number, "4242424242424242"}, "plate": {"ABC 123"}},
		} {
			log.Reset()
			w := send(form)
			if len(asked) != 0 || w.Code != http.StatusUnprocessableEntity || !strings.Contains(log.String(), "card_typed") || strings.Contains(w.Body.String(), "4242") {
				t.Errorf("%v: asked %q, %d", form, asked, w.Code)
			}
		}
	}
}

// A card in the place of a form's token is refused and reported too, and what comes back is no page of ours.
func TestACardAsAToken(t *testing.T) {
	t.Parallel()
	p, log := open(t)
	r := httptest.NewRequest(http.MethodPost, "/pay/find", strings.NewReader(url.Values{"form": {cards[0]}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	if w.Code < 400 || strings.Contains(w.Body.String(), "4242") || !strings.Contains(log.String(), "name=form") || strings.Contains(log.String(), "4242") {
		t.Errorf("%d: %s", w.Code, log)
	}
}

// Of a text of several lines only the number's digits go: who wrote a page of reasons has them still. A short field is emptied.
func TestALongTextLosesTheNumberAlone(t *testing.T) {
	t.Parallel()
	p, _ := open(t)
	long := strings.Repeat("The sign stood behind a tree.\r\n", 100)
	for name, want := range map[string]string{"words": long + "I paid with **** **** **** **42.\r\n" + long, "name": ""} {
		r := httptest.NewRequest(http.MethodPost, "/review", nil)
		r.PostForm = url.Values{name: {long + "I paid with 4242 4242 4242 4242.\r\n" + long}, "who": {"owner"}}
		v := &view{}
		if found, explained := p.refuseCards(r, v, []string{"words", "name"}); !found || !explained || v.card != name {
			t.Errorf("%s: found %v, explained %v, in %q", name, found, explained, v.card)
		}
		if got := r.PostForm.Get(name); got != want {
			t.Errorf("%s: left is %q", name, got)
		}
		if r.PostForm.Get("who") != "owner" {
			t.Error("what else was typed is lost")
		}
	}
}
