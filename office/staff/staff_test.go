package staff

import (
	"bytes"
	"context"
	"crypto/rand"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/examples"
	"fundy/fault"
	"fundy/ident"
	"fundy/logbook"
	"fundy/payment"
	"fundy/payout"
	"fundy/seal"
	"fundy/settle"
	"fundy/store"
	"fundy/store/storetest"
	"fundy/ticket"
)

// bench is staff pages on a store of their own, with a clock that stands still.
type bench struct {
	t      testing.TB
	pages  *Pages
	h      http.Handler
	now    time.Time
	log    bytes.Buffer
	opened int // plates, by lists of them
}

// opens makes a plate of each ticket's number.
func (b *bench) opens(all []store.FoundTicket) (map[ticket.ID]string, error) {
	b.opened++
	plates := map[ticket.ID]string{}
	for _, t := range all {
		plates[t.ID] = "PLATE OF " + t.Number
	}
	return plates, nil
}

const browserOne, browserTwo = "Mozilla/5.0 (X11; Linux) one", "Mozilla/5.0 (X11; Linux) two"

func newBench(t testing.TB, config store.Config) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Date(2026, 6, 3, 14, 0, 0, 0, time.UTC)}
	answers, err := examples.Files.ReadFile("cities/demo/answers.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("@PORTAL_PORT@", "8400", "@SANDBOX_PORT@", "8402").Replace(string(answers)) +
		"\n[office]\nlisten = \"127.0.0.1:8500\"\npublic_url = \"http://localhost:8500\"\n"
	settings, faults := city.ReadSettings([]byte(text))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	s := storetest.Open(t, config)
	now := func() time.Time { return b.now }
	rules := demoRules(t, settings.City(), b.now)
	b.pages, err = New(Config{
		Settings: settings, Store: s, Settler: settle.New(settle.Config{
			Store: s, City: settings.City(), Counter: settings.Counter, Rules: func() city.Rules { return rules }, Now: now, Log: slog.New(slog.DiscardHandler),
		}),
		Rules: func() city.Rules { return rules }, Key: Key{ID: 1, Key: make([]byte, 32)}, Index: seal.NewIndexKey(),
		OpenPlate: func(context.Context, string, store.FoundTicket) (string, error) { return "", nil },
		OpenPlates: func(_ context.Context, _ string, all []store.FoundTicket) (map[ticket.ID]string, error) {
			return b.opens(all)
		},
		EnterTicket: b.enterAsOffice, OpenHeld: func(context.Context, string, store.HeldRow) ([]HeldField, error) {
			return []HeldField{{Name: "place", Value: "Other Street"}}, nil
		},
		Cheques:  noCheques{},
		Deposits: func() (*settle.Deposits, bool) { return b.toBank(s, now), true },
		SealNote: func(_ payment.ItemID, note []byte) ([]byte, error) { return append([]byte("sealed:"), note...), nil },
		OpenNote: func(context.Context, string, payment.ItemID) (string, error) { return "the note", nil },
		Now:      now, Log: slog.New(slog.NewTextHandler(&b.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	b.h = b.pages.Handler()
	return b
}

// toBank is the demonstration's way to the bank.
func (b *bench) toBank(s *store.Store, now func() time.Time) *settle.Deposits {
	text, err := examples.Files.ReadFile("cities/demo/deposits.toml")
	if err != nil {
		b.t.Fatal(err)
	}
	rules, faults := payout.ParseRules(text, b.pages.city.Currency)
	if len(faults) > 0 {
		b.t.Fatal(faults)
	}
	return settle.NewDeposits(settle.DepositsConfig{
		Store: s, City: b.pages.city, Rules: rules, Counter: b.pages.Settler.Counter, Calendar: b.pages.Rules(), Now: now, Log: slog.New(slog.DiscardHandler),
	})
}

func demoRules(t testing.TB, c city.City, now time.Time) city.Rules {
	t.Helper()
	text, err := examples.Files.ReadFile("cities/demo/rules.toml")
	if err != nil {
		t.Fatal(err)
	}
	beside, err := fs.Sub(examples.Files, "cities/demo")
	if err != nil {
		t.Fatal(err)
	}
	from := city.DateOf(now, c.Zone).AddDays(-60)
	rules, faults := city.ParseRules(bytes.ReplaceAll(text, []byte("@C_FROM@"), []byte(from.String())), beside, c)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return rules
}

// person makes somebody with roles and a passkey that no test asks anything of.
func (b *bench) person(name string, roles ...string) {
	b.t.Helper()
	if _, err := b.pages.desk().Invite(context.Background(), name, roles, OnHost); err != nil {
		b.t.Fatal(err)
	}
	b.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.AddStaffKey(ctx, store.StaffKey{ID: random(16), Name: name, Host: "localhost", Record: []byte("{}"), MadeAt: b.now, UsedAt: b.now})
	})
}

func (b *bench) write(fn func(ctx context.Context, tx *store.Tx) error) {
	b.t.Helper()
	if err := b.pages.Store.Write(context.Background(), fault.ByTest, fn); err != nil {
		b.t.Fatal(err)
	}
}

// session is a browser in which somebody has just signed in.
func (b *bench) session(name string) string {
	b.t.Helper()
	secret := ident.Secret()
	b.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := b.pages.beginIn(ctx, tx, b.request("GET", "/", "", nil), name, secret, b.now)
		return err
	})
	return secret
}

func (b *bench) request(method, path, token string, form url.Values) *http.Request {
	var r *http.Request
	if method == http.MethodPost {
		if form == nil {
			form = url.Values{}
		}
		if form.Get("form") == "" {
			form.Set("form", b.pages.formToken(token))
		}
		r = httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	} else {
		r = httptest.NewRequest(method, path, nil)
	}
	r.RemoteAddr = "192.0.2.10:4000"
	r.Header.Set("User-Agent", browserOne)
	if token != "" {
		r.AddCookie(&http.Cookie{Name: cookieName, Value: token})
	}
	return r
}

func (b *bench) do(r *http.Request) (int, string) {
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	return w.Code, strings.ReplaceAll(w.Body.String(), "\u00a0", " ")
}

func (b *bench) get(token, path string) (int, string) {
	return b.do(b.request("GET", path, token, nil))
}

func (b *bench) post(token, path string, form url.Values) (int, string) {
	return b.do(b.request("POST", path, token, form))
}

func (b *bench) wants(code int, page string, status int, words ...string) {
	b.t.Helper()
	if code != status {
		b.t.Errorf("answers %d, want %d\n%s", code, status, page)
	}
	for _, w := range words {
		if !strings.Contains(page, w) {
			b.t.Errorf("no %q in\n%s", w, page)
		}
	}
}

func both(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	storetest.Both(t, func(t *testing.T, config store.Config) { test(t, newBench(t, config)) })
}

func newRecorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }

// sqlite is for what asks nothing of its own of the database.
func sqlite(t *testing.T) *bench {
	t.Helper()
	return newBench(t, store.Config{Driver: "sqlite", Path: t.TempDir() + "/city.db"})
}

// leafOf is the leaf of an import.
func leafOf(at time.Time) func([]store.ImportRow) (logbook.Leaf, error) {
	return func([]store.ImportRow) (logbook.Leaf, error) {
		return logbook.NewLeaf("import", at, "test", rand.Reader)
	}
}
