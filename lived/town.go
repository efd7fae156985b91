package lived

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"fundy/city"
	"fundy/desk/deskpb/deskpbconnect"
	"fundy/examples"
	"fundy/fault"
	"fundy/intake"
	"fundy/money"
	"fundy/office"
	"fundy/payment"
	"fundy/payout"
	"fundy/picture"
	"fundy/processor/stripe"
	"fundy/sandbox"
	"fundy/settle"
	"fundy/store"
)

// clock is everybody's. It goes on by a microsecond each time that it is read: no two things happen at one instant.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Microsecond)
	return c.at
}

// set moves the clock on; it never goes back.
func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.After(c.at) {
		c.at = at
	}
}

// town is a city under way, with all that it deals with.
type town struct {
	Config
	city     city.City
	rules    city.Rules
	clock    *clock
	card     *sandbox.Server
	party    http.Handler // the card processor, as payers and the bank meet it
	office   *office.Office
	desk     deskpbconnect.DeskClient
	deposits *settle.Deposits
	feeds    *settle.Feeds
	mapping  intake.Mapping
	rng      *rand.Rand
	sum      Summary

	first, last city.Date
	byDay       map[city.Date][]*drawn // by the day on which they come in
	known       []*drawn               // that have come in and that nobody means to pay
	acts        map[city.Date][]act
	bank        *bankBook
	letters     []letter       // of today's mail
	items       []payment.Item // that are in it
	cash        money.Amount   // in the drawer
	cheques     int            // that were written
	odd         int            // items
	requests    int            // for review
	maker       picture.Maker
	slips       int
	batches     int                        // of the terminal
	short       map[city.Date]money.Amount // by which the drawer is short on a day
	beyond      map[city.Date]money.Amount // by which a terminal's report of a day says more than was entered
	missing     map[city.Date]money.Amount // by which the bank counts less than the slip of a day
	paidOut     map[string]bool            // payouts that the bank has shown
	openDay     city.Date                  // the first that is not closed
	why         error                      // it is not
}

// The people at work. They are those of the demonstration's sign-in.
const (
	clerk         = "anne"
	supervisor    = "ben"
	finance       = "carl"
	administrator = "dora"
)

const controlToken = "lived"

func newTown(ctx context.Context, c Config) (*town, error) {
	t := &town{
		Config: c, city: c.Settings.City(), rng: rand.New(rand.NewPCG(c.Seed, uint64(c.Tickets))), byDay: map[city.Date][]*drawn{}, acts: map[city.Date][]act{},
		short: map[city.Date]money.Amount{}, missing: map[city.Date]money.Amount{}, beyond: map[city.Date]money.Amount{}, paidOut: map[string]bool{},
	}
	t.last = city.DateOf(c.Until, t.city.Zone)
	t.first = t.last.AddDays(1 - Days)
	t.openDay = t.first
	t.sum.ByLaw = january(t.last)
	t.sum.Snow = snow(t.sum.ByLaw, t.last)
	t.clock = &clock{at: t.first.Start(t.city.Zone).Add(5 * time.Hour)}
	t.bank = newBankBook(c.Deposits.Accounts[0].Number)
	var err error
	if t.mapping, err = readMapping(); err != nil {
		return nil, err
	}
	if err := t.readRules(ctx, true); err != nil {
		return nil, err
	}
	t.card, err = sandbox.New(sandbox.Config{
		PublicURL: c.Settings.Processor.BaseURL, Key: c.CardKey, ControlToken: controlToken, Now: t.clock.now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	t.party = t.card.Handler()
	if err := t.open(ctx); err != nil {
		return nil, err
	}
	if err := t.invite(ctx); err != nil {
		return nil, err
	}
	if _, err := t.office.Settler().MakeDrawer(ctx, drawer, "City hall, ground floor", administrator); err != nil {
		return nil, err
	}
	if err := t.draw(); err != nil {
		return nil, err
	}
	return t, t.plan()
}

// january is the newest first of January that is long enough ago for tickets under its prices to have been paid late.
func january(last city.Date) city.Date {
	for year := last.Year; ; year-- {
		if day := (city.Date{Year: year, Month: time.January, Day: 1}); day.Compare(last.AddDays(-45)) <= 0 {
			return day
		}
	}
}

// snow is a night in February, or in the December before where that has not been yet.
func snow(byLaw, last city.Date) city.Date {
	if day := byLaw.AddDays(40); day.Compare(last.AddDays(-20)) <= 0 {
		return day
	}
	return byLaw.AddDays(-18)
}

// readRules puts the demonstration's by-law in force: before the council has changed it, or all of it.
func (t *town) readRules(ctx context.Context, before bool) error {
	b, err := examples.Files.ReadFile("cities/demo/rules.toml")
	if err != nil {
		return err
	}
	beside, err := fs.Sub(examples.Files, "cities/demo")
	if err != nil {
		return err
	}
	rules, faults := city.ParseRules(bytes.ReplaceAll(b, []byte("@C_FROM@"), []byte(t.sum.ByLaw.String())), beside, t.city)
	if len(faults) > 0 {
		return fmt.Errorf("read by-law: %w", faults[0])
	}
	rows, err := rules.Rows()
	if err != nil {
		return err
	}
	err = t.Store.Write(ctx, fault.ApplyRules, func(ctx context.Context, tx *store.Tx) error {
		standing, err := tx.Rules(ctx)
		if err != nil {
			return err
		}
		var fresh []city.RuleRow
		for _, change := range city.Diff(standing, rows) {
			if change.What == "new" && !(before && change.Row.Kind == "schedule" && change.Row.From == t.sum.ByLaw) {
				fresh = append(fresh, change.Row)
			}
		}
		now := t.clock.now()
		if err := tx.AddRules(ctx, fresh, now); err != nil {
			return err
		}
		return tx.Tell(ctx, "rules", now, map[string]any{"rows": fresh})
	})
	if err != nil {
		return err
	}
	t.rules, err = office.LoadRules(ctx, t.Store)
	return err
}

// open makes the office, as it does at each start and whenever the rules have changed.
func (t *town) open(ctx context.Context) error {
	adapter, err := stripe.New(stripe.Config{
		Key: t.CardKey, WebhookSecrets: []string{"whsec_lived"}, BaseURL: t.Settings.Processor.BaseURL, CityKind: string(t.Settings.Kind), Transport: wire{t.party},
	})
	if err != nil {
		return err
	}
	settings := t.Settings
	settings.Desk.Lookups = 1_000_000 // everybody comes from one place, at no time at all
	log := slog.New(slog.DiscardHandler)
	t.office, err = office.New(ctx, office.Config{
		Settings: settings, Store: t.Store, Processor: adapter, Token: t.Token, Index: t.Index, Private: t.Private, Now: t.clock.now, Log: log,
	})
	if err != nil {
		return err
	}
	t.desk = deskpbconnect.NewDeskClient(wire{t.office.Handler()}, "http://desk")
	way := settle.DepositsConfig{
		Store: t.Store, Processor: adapter, Adapter: t.Settings.Processor.Adapter, City: t.city, Rules: t.Deposits, Counter: t.Settings.Counter, Calendar: t.rules,
		Digest: func(fields ...string) []byte { return t.Index.Digest(t.Settings.ID, fields...) }, Now: t.clock.now, Log: log,
	}
	t.deposits = settle.NewDeposits(way)
	t.feeds = settle.NewFeeds(settle.FeedsConfig{
		Deposits: way, Rules: func() (payout.Rules, bool, error) { return t.Deposits, true, nil }, Calendar: func() payout.Calendar { return t.rules },
	})
	return nil
}

// wire answers in this process what would go over the network.
type wire struct{ to http.Handler }

// Do is a client's.
func (w wire) Do(r *http.Request) (*http.Response, error) { return w.RoundTrip(r) }

// RoundTrip is a transport's.
func (w wire) RoundTrip(r *http.Request) (res *http.Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler { //nolint:errorlint // it is thrown bare
				panic(p)
			}
			res, err = nil, io.ErrUnexpectedEOF
		}
	}()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	answer := &answer{header: http.Header{}, status: http.StatusOK}
	w.to.ServeHTTP(answer, r)
	return &http.Response{
		StatusCode: answer.status, Status: http.StatusText(answer.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: answer.header,
		Trailer: http.Header{}, Body: io.NopCloser(&answer.body), ContentLength: int64(answer.body.Len()), Request: r,
	}, nil
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// control has something happen at the card processor that is not the office's doing.
func (t *town) control(ctx context.Context, path string, in, out any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return t.ask(ctx, "/_sandbox/"+path, "application/json", bytes.NewReader(b), out)
}

// byHand is what a person does at the card processor's own pages.
func (t *town) byHand(ctx context.Context, path, form string) error {
	return t.ask(ctx, "/v1/"+path, "application/x-www-form-urlencoded", strings.NewReader(form), nil)
}

// look reads what the card processor has.
func (t *town) look(ctx context.Context, path string, out any) error {
	return t.call(ctx, http.MethodGet, "/_sandbox/"+path, "application/json", nil, out)
}

func (t *town) ask(ctx context.Context, path, kind string, body io.Reader, out any) error {
	return t.call(ctx, http.MethodPost, path, kind, body, out)
}

func (t *town) call(ctx context.Context, method, path, kind string, body io.Reader, out any) error {
	r, err := http.NewRequestWithContext(ctx, method, path, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("X-Sandbox-Token", controlToken)
	r.Header.Set("Authorization", "Bearer "+t.CardKey)
	r.Header.Set("Idempotency-Key", fmt.Sprintf("by-hand-%d", t.rng.Uint64()))
	res, err := wire{t.party}.RoundTrip(r)
	if err != nil {
		return err
	}
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("card processor: %s answers %d: %s", path, res.StatusCode, b), err)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}
