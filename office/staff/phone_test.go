package staff

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// code makes a one-time code of anne's.
func (b *bench) code(ids ...ticket.ID) payment.Code {
	b.t.Helper()
	c := payment.Code{Language: "en", MadeBy: "anne", Tickets: ids}
	if err := b.pages.newCode(context.Background(), &c, ""); err != nil {
		b.t.Fatal(err)
	}
	return c
}

// takenAtCounter has anne take fifty dollars for a ticket on the card terminal, in as many parts as there are references,
// and returns the receipt's number.
func (b *bench) takenAtCounter(id ticket.ID, references ...string) string {
	b.t.Helper()
	ctx := context.Background()
	s := settle.New(settle.Config{
		Store: b.pages.Store, City: b.pages.city, Rules: b.pages.Rules, Counter: city.CounterSettings{MailDate: "received"},
		Now: func() time.Time { return b.now }, Log: slog.New(slog.DiscardHandler),
	})
	if _, err := s.MakeDrawer(ctx, "A", "City Hall", "dora"); err != nil {
		b.t.Fatal(err)
	}
	none, err := payment.ParseCount("0")
	if err == nil {
		_, err = s.OpenDrawer(ctx, "A", "anne", none)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	if len(references) == 0 {
		references = []string{"004711"}
	}
	var tenders []payment.Tender
	for _, reference := range references {
		tenders = append(tenders, payment.Tender{Kind: payment.Terminal, Tendered: money.FromMinor(5000 / int64(len(references))), Reference: reference})
	}
	e, err := s.TakeTender(ctx, settle.TenderRequest{RequestID: "req_counter_0123456789", Tickets: []ticket.ID{id}, By: "anne", Tenders: tenders})
	if err != nil {
		b.t.Fatal(err)
	}
	return e.Attempt.Receipt
}

func (b *bench) readCode(id string) (c payment.Code) {
	b.t.Helper()
	err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = tx.Code(ctx, id)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// Where a code stands, its clerk reads what to say, in the caller's language; the digits stand in no address and in
// no table; another code ends the one before.
func TestACodeForItsClerk(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "clerk")
		token := b.session("anne")
		one, two := b.ticketIn("SJ0100", "ABC 123"), b.ticketIn("SJ0200", "XYZ 789")
		w := newRecorder()
		b.h.ServeHTTP(w, b.request("POST", "/phone", token, url.Values{"ticket": {string(one), string(two), string(one)}, "language": {"fr"}}))
		to := w.Header().Get("Location")
		id, ok := strings.CutPrefix(to, "/phone/")
		if w.Code != http.StatusSeeOther || !ok {
			t.Fatalf("%d to %s", w.Code, to)
		}
		digits := payment.ShowCode(b.pages.Key.PhoneDigits(id))
		code, page := b.get(token, to)
		b.wants(code, page, http.StatusOK, digits, "localhost:8400", "Vous nous avez appelés", `lang="fr"`, "SJ0100", "SJ0200", "Tide Street", "$100.00", "Waiting: nobody has typed", "Codes can’t be sent by e-mail", "No text messages", liveScript.Path)
		if strings.Contains(page, "ABC 123") || strings.Contains(to, strings.ReplaceAll(digits, " ", "")) {
			t.Error("a plate on the page, or the digits in the address")
		}
		if c := b.readCode(id); len(c.Tickets) != 2 || c.Language != "fr" || c.MadeBy != "anne" {
			t.Errorf("%+v", c)
		}
		if _, err := b.pages.Settler.OpenCode(context.Background(), b.pages.Key.PhoneMAC(strings.ReplaceAll(digits, " ", ""))); err != nil {
			t.Fatal(err)
		}
		code, page = b.get(token, to)
		b.wants(code, page, http.StatusOK, "Opened: the caller sees the tickets", digits)

		w = newRecorder()
		b.h.ServeHTTP(w, b.request("POST", "/phone", token, url.Values{"ticket": {string(one)}, "language": {"xx"}, "instead": {id}}))
		next := w.Header().Get("Location")
		code, page = b.get(token, to)
		b.wants(code, page, http.StatusOK, "The code is ended")
		if strings.Contains(page, digits) || b.readCode(id).EndedAt.IsZero() {
			t.Error("the first code is still shown, or good")
		}
		code, page = b.get(token, next)
		b.wants(code, page, http.StatusOK, "You have called us: we give a code")
		b.now = b.now.Add(payment.CodeLife)
		token = b.session("anne")
		code, page = b.get(token, next)
		b.wants(code, page, http.StatusOK, "time is up", "Give a new code for these tickets")
	})
}

// No code is made of nothing, of what can't be paid, of more than one payment takes, or without end.
func TestWhenNoCodeIsMade(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "clerk")
		token := b.session("anne")
		one, two := b.ticketIn("SJ0100", "ABC 123"), b.ticketIn("SJ0200", "XYZ 789")
		b.takenAtCounter(two)
		many := make([]string, 11)
		for i := range many {
			many[i] = fmt.Sprint("tkt", i)
		}
		for words, ids := range map[string][]string{
			"Pick at least one ticket": nil, "can’t be paid here now": {string(one), string(two)}, "at most 10 tickets": many, "Pick at least one": {"none"},
		} {
			code, page := b.post(token, "/phone", url.Values{"ticket": ids})
			b.wants(code, page, http.StatusUnprocessableEntity, words, "No code was made")
		}
		code, _ := b.post(token, "/phone", url.Values{"ticket": {string(one)}, "instead": {"none"}})
		b.wants(code, "", http.StatusNotFound)
		for range payment.CodesOpen {
			b.code(one)
		}
		code, page := b.post(token, "/phone", url.Values{"ticket": {string(one)}})
		b.wants(code, page, http.StatusUnprocessableEntity, "very many codes")
		b.now = b.now.Add(payment.CodeLife)
		code, _ = b.post(b.session("anne"), "/phone", url.Values{"ticket": {string(one)}})
		b.wants(code, "", http.StatusSeeOther)
	})
}

// events reads the stream of a code's page.
type events struct {
	t    testing.TB
	body io.ReadCloser
	scan *bufio.Scanner
}

func (b *bench) follow(server *httptest.Server, token, id string) (*events, int) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	b.t.Cleanup(cancel)
	r := b.request("GET", "/phone/"+id+"/live", token, nil).WithContext(ctx)
	r.URL, _ = url.Parse(server.URL + "/phone/" + id + "/live")
	r.RequestURI = ""
	res, err := server.Client().Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { res.Body.Close() })
	return &events{b.t, res.Body, bufio.NewScanner(res.Body)}, res.StatusCode
}

// next is the next thing that the stream says; false where it has ended.
func (e *events) next() (now liveEvent, more bool) {
	e.t.Helper()
	for e.scan.Scan() {
		if data, ok := strings.CutPrefix(e.scan.Text(), "data: "); ok {
			if err := json.Unmarshal([]byte(data), &now); err != nil {
				e.t.Fatal(err)
			}
			return now, true
		}
	}
	return now, false
}

// local is a session from this machine, as the tests' servers are asked from.
func (b *bench) local(name string) string {
	b.t.Helper()
	secret := "local-" + name
	b.write(func(ctx context.Context, tx *store.Tx) error {
		r := b.request("GET", "/", "", nil)
		r.RemoteAddr = "127.0.0.1:1"
		_, err := b.pages.beginIn(ctx, tx, r, name, secret, b.now)
		return err
	})
	return secret
}

// The page of a code is told each change as it happens, and nothing after the right is gone; it is no sign that
// somebody is at work.
func TestFollowingACode(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "clerk")
		id := b.ticketIn("SJ0100", "ABC 123")
		code, second := b.code(id), b.code(id)
		server := httptest.NewServer(b.h)
		defer server.Close()
		token := b.local("anne")
		b.now = b.now.Add(sessionSeen * 2)
		stream, status := b.follow(server, token, code.ID)
		if now, _ := stream.next(); status != http.StatusOK || now.State != "waiting" || !now.Open || now.Over || now.Text == "" {
			t.Fatalf("%d, %+v", status, now)
		}
		if _, err := b.pages.Settler.OpenCode(context.Background(), code.MAC); err != nil {
			t.Fatal(err)
		}
		if now, _ := stream.next(); now.State != "opened" {
			t.Errorf("%+v", now)
		}
		if err := b.pages.Settler.EndCode(context.Background(), code.ID, "anne"); err != nil {
			t.Fatal(err)
		}
		if now, _ := stream.next(); now.State != "ended" || now.Open || !now.Over {
			t.Errorf("%+v", now)
		}
		if now, more := stream.next(); more {
			t.Errorf("it goes on: %+v", now)
		}
		b.write(func(ctx context.Context, tx *store.Tx) error {
			s, err := tx.StaffSession(ctx, b.pages.Key.mac(macSession, []byte(token)))
			if err == nil && b.now.Sub(s.SeenAt) < sessionSeen {
				err = errors.New("a page that stands open counts as work")
			}
			return err
		})
		stream, _ = b.follow(server, token, second.ID)
		stream.next()
		b.write(func(ctx context.Context, tx *store.Tx) error {
			return tx.SetRoles(ctx, "anne", nil, "ben", "test", b.now)
		})
		if _, err := b.pages.Settler.OpenCode(context.Background(), second.MAC); err != nil {
			t.Fatal(err)
		}
		if now, more := stream.next(); more {
			t.Errorf("who has lost the right is told %+v", now)
		}
	})
}
