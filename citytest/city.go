package citytest

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fundy/city"
	"fundy/desk"
	"fundy/examples"
	"fundy/fault"
	"fundy/mail/mailtest"
	"fundy/office"
	"fundy/portal"
	"fundy/processor/stripe"
	"fundy/sandbox"
	"fundy/seal"
	"fundy/store"
	"fundy/store/storetest"
)

// City is a city under test.
type City struct {
	T        testing.TB
	Store    *store.Store
	Office   *office.Office
	Settings city.Settings
	Rules    city.Rules
	Portal   *httptest.Server
	Sandbox  *httptest.Server
	Control  string
	Adapter  *stripe.Adapter
	Log      *safeBuffer // everything that any process logged
	index    seal.IndexKey
	public   seal.PublicKey
	second   atomic.Pointer[http.Handler] // the portal of a second office
	mu       sync.Mutex
	now      time.Time // zero: the machine's
	Socket   string
	config   store.Config
	trip     *tripwire
	reads    atomic.Int64 // of the processor, by the office
	inside   *http.Server
	private  []byte
	log      *slog.Logger
	mail     *mailtest.Server // nil: receipts wait
	stop     func()           // the office
}

// Now is the city's clock.
func (c *City) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now.IsZero() {
		return time.Now()
	}
	return c.now
}

// SetNow stops the city's clock at an instant.
func (c *City) SetNow(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// logMost bounds the log of a city, in bytes.
const logMost = 16 << 20

// New makes a city of the demonstration's by-law, without tickets, and starts everything.
func New(t testing.TB, config store.Config) *City {
	t.Helper()
	return start(t, config, time.Time{})
}

func start(t testing.TB, config store.Config, now time.Time) *City {
	t.Helper()
	c := &City{T: t, config: config, Log: &safeBuffer{most: logMost}, Control: rand.Text(), trip: newTripwire(), now: now}
	ctx := context.Background()
	if _, _, err := store.Migrate(ctx, config); err != nil {
		t.Fatal(err)
	}
	var err error
	if c.Store, err = store.Open(ctx, config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Store.Close() })
	t.Cleanup(c.check) // once everything has been stopped, and before the store is closed
	c.listen()
	c.rules(ctx)
	c.open()
	return c
}

// SQLite makes a city on a file of its own.
func SQLite(t testing.TB) *City {
	t.Helper()
	return New(t, store.Config{Driver: "sqlite", Path: filepath.Join(t.TempDir(), "city.db")})
}

// SQLiteAt makes a city whose clock stands still at an instant from its first day on.
func SQLiteAt(t testing.TB, now time.Time) *City {
	t.Helper()
	return start(t, store.Config{Driver: "sqlite", Path: filepath.Join(t.TempDir(), "city.db")}, now)
}

// Both runs a test on both databases.
func Both(t *testing.T, test func(t *testing.T, c *City)) {
	t.Helper()
	storetest.Both(t, func(t *testing.T, config store.Config) { test(t, New(t, config)) })
}

// listen takes the addresses first: each side has to know the other's.
func (c *City) listen() {
	c.Portal, c.Sandbox = httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	portal, sandbox := c.Portal.Listener.Addr().(*net.TCPAddr).Port, c.Sandbox.Listener.Addr().(*net.TCPAddr).Port
	answers, err := examples.Files.ReadFile("cities/demo/answers.toml")
	if err != nil {
		c.T.Fatal(err)
	}
	text := strings.NewReplacer("@PORTAL_PORT@", fmt.Sprint(portal), "@SANDBOX_PORT@", fmt.Sprint(sandbox)).Replace(string(answers))
	settings, faults := city.ReadSettings([]byte(text))
	if len(faults) > 0 {
		c.T.Fatal(faults)
	}
	c.Settings = settings
}

func (c *City) rules(ctx context.Context) {
	b, err := examples.Files.ReadFile("cities/demo/rules.toml")
	if err != nil {
		c.T.Fatal(err)
	}
	beside, err := fs.Sub(examples.Files, "cities/demo")
	if err != nil {
		c.T.Fatal(err)
	}
	from := city.DateOf(c.Now(), c.Settings.City().Zone).AddDays(-60)
	rules, faults := city.ParseRules(bytes.ReplaceAll(b, []byte("@C_FROM@"), []byte(from.String())), beside, c.Settings.City())
	if len(faults) > 0 {
		c.T.Fatal(faults)
	}
	c.Rules = rules
	rows, err := rules.Rows()
	if err != nil {
		c.T.Fatal(err)
	}
	err = c.Store.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error { return tx.AddRules(ctx, rows, c.Now()) })
	if err != nil {
		c.T.Fatal(err)
	}
}

func (c *City) open() {
	log := slog.New(slog.NewTextHandler(c.Log, nil))
	private, public, err := office.NewSealKeys()
	if err != nil {
		c.T.Fatal(err)
	}
	c.index, c.public, c.private, c.log = seal.NewIndexKey(), public, []byte(private), log
	sand, err := sandbox.New(sandbox.Config{
		PublicURL: c.Settings.Processor.BaseURL, Key: processorKey, WebhookURL: c.Settings.Portal.PublicURL + "/processor/stripe", WebhookSecret: webhookSecret,
		ControlToken: c.Control, Now: c.Now, Log: log,
	})
	if err != nil {
		c.T.Fatal(err)
	}
	c.Adapter = c.adapter(c.wire())
	c.serve(sand, log)
}

// What processor and office know of each other.
const processorKey, webhookSecret = "sk_test_city", "whsec_city"

// adapter is an office's way to the card processor.
func (c *City) adapter(wire http.RoundTripper) *stripe.Adapter {
	a, err := stripe.New(stripe.Config{
		Key: processorKey, WebhookSecrets: []string{webhookSecret}, BaseURL: c.Settings.Processor.BaseURL, CityKind: "demo", Transport: wire,
		Around: func(next http.RoundTripper) http.RoundTripper { return &entering{c.trip, next} },
	})
	if err != nil {
		c.T.Fatal(err)
	}
	return a
}

func (c *City) office(ctx context.Context, s *store.Store, adapter *stripe.Adapter) *office.Office {
	o, err := office.New(ctx, office.Config{
		Settings: c.Settings, Store: s, Processor: adapter, Token: office.TokenKey{ID: 1, Key: make([]byte, 32)},
		Index: c.index, Private: c.private, Now: c.Now, Log: c.log, Mail: c.sender(),
	})
	if err != nil {
		c.T.Fatal(err)
	}
	return o
}

func (c *City) serve(sand *sandbox.Server, log *slog.Logger) {
	dir, err := os.MkdirTemp("", "desk")
	if err != nil {
		c.T.Fatal(err)
	}
	c.Socket = filepath.Join(dir, "desk.sock")
	c.Portal.Listener = &listener{c.Portal.Listener, c.trip, PlacePortalIn, PlacePortalOut}
	c.Portal.Config.Handler, c.Sandbox.Config.Handler = c.events(c.portal(c.Socket, log)), c.trip.typing(sand.Handler())
	c.Portal.Start()
	c.Sandbox.Start()
	c.startOffice()
	ctx, stop := context.WithCancel(context.Background())

	var running sync.WaitGroup
	running.Go(func() { sand.Run(ctx) }) //nolint:errcheck // it ends with the test
	c.T.Cleanup(func() {
		stop()
		running.Wait()
		c.stop()
		c.Portal.Close()
		c.Sandbox.Close()
		os.RemoveAll(dir)
	})
}

func (c *City) portal(socket string, log *slog.Logger) http.Handler {
	p, err := portal.New(portal.Config{
		Desk: desk.Dial(socket), PublicURL: c.Settings.Portal.PublicURL, CardHost: c.Settings.Processor.CardHost,
		CookieKey: make([]byte, 32), SealKey: c.public, Now: c.Now, Log: log,
	})
	if err != nil {
		c.T.Fatal(err)
	}
	return p.Handler()
}

// CloseDesk takes the office away from the portal.
func (c *City) CloseDesk() { c.inside.Close() }

// wire is the office's way to the card processor.
func (c *City) wire() http.RoundTripper {
	way := &http.Transport{MaxIdleConnsPerHost: 32, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		to, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		ask, answer := c.trip.pair(PlaceAsked, PlaceWire)
		return &conn{Conn: to, in: answer, out: ask}, nil
	}}
	c.T.Cleanup(way.CloseIdleConnections)
	return counted{way, &c.reads}
}

// Reads is how often the office has read sessions and payments at the processor so far.
func (c *City) Reads() int64 { return c.reads.Load() }

type counted struct {
	http.RoundTripper
	reads *atomic.Int64
}

// RoundTrip counts what only reads a payment.
func (c counted) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet && !strings.HasPrefix(r.URL.Path, "/v1/disputes") { // those come by the clock
		c.reads.Add(1)
	}
	return c.RoundTripper.RoundTrip(r)
}

// CheckLedger fails the test when the ledger does not agree, and returns what was captured, in cents.
func (c *City) CheckLedger() store.LedgerCheck {
	c.T.Helper()
	var check store.LedgerCheck
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		check, err = tx.CheckLedger(ctx)
		return err
	})
	if err != nil {
		c.T.Fatal(err)
	}
	if len(check.Faults) > 0 {
		c.T.Fatalf("the ledger does not agree: %v", check.Faults)
	}
	return check
}
