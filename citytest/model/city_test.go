package model_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"testing/cryptotest"
	"time"

	"fundy/city"
	"fundy/desk/deskpb/deskpbconnect"
	"fundy/examples"
	"fundy/fault"
	"fundy/ledger"
	"fundy/logbook"
	"fundy/office"
	"fundy/processor/stripe"
	"fundy/sandbox"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
)

const (
	key     = "sk_test_model"
	secret  = "whsec_model"
	control = "control"
)

// morning is when every walk begins: 10 o'clock in the city, 14 hours before two of the tickets cost more.
var morning = time.Date(2026, time.June, 16, 13, 0, 0, 0, time.UTC)

// specs are the tickets of a walk: whole prices, prices that are about to change, and reviews.
var specs = []struct {
	number, offence string
	age             int // days
	state           ticket.State
}{
	{"M1", "METER", 15, ticket.Open}, {"M2", "LOADING", 1, ticket.Open}, {"M3", "NOPARK", 15, ticket.Review}, {"M4", "ACCESSIBLE", 3, ticket.Open},
	{"M5", "METER", 30, ticket.Open}, {"M6", "LOADING", 15, ticket.Reopened}, {"M7", "METER", 2, ticket.Review}, {"M8", "NOPARK", 40, ticket.Open},
	{"M9", "OVERTIME", 15, ticket.Open}, {"M10", "BUSZONE", 4, ticket.Open},
}

// template is a city as every walk finds it: made once, copied for each.
type template struct {
	settings city.Settings
	private  string
	index    seal.IndexKey
	tickets  []known
	db       *sql.DB
}

// known is a ticket, and how a visitor looks it up.
type known struct {
	id     ticket.ID
	number string
	day    city.Date
}

func newTemplate(t *testing.T) *template {
	t.Helper()
	cryptotest.SetGlobalRandom(t, 0) // the tickets' ids are the same in every run: a walk that failed fails again
	b, err := examples.Files.ReadFile("cities/demo/answers.toml")
	if err != nil {
		t.Fatal(err)
	}
	settings, faults := city.ReadSettings([]byte(strings.NewReplacer("@PORTAL_PORT@", "8401", "@SANDBOX_PORT@", "8402").Replace(string(b))))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	settings.Payment.AttemptsPerTicket = 3 // so that a walk comes to the limit
	settings.Desk.Lookups = 1_000_000      // and is not slowed down by standing still
	p := &template{settings: settings, index: seal.NewIndexKey()}
	towns++
	config := store.Config{Driver: "sqlite", Path: fmt.Sprintf("/model-%d", towns), Memory: true, ReadConns: 1}
	p.db = openMemory(t, config.Path)
	if _, _, err := store.Migrate(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	p.fill(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.db.Close() })
	return p
}

func openMemory(t tb, name string) *sql.DB {
	db, err := sql.Open("sqlite", "file:"+name+"?vfs=memdb")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if err := db.Ping(); err != nil {
		t.Fatal(err)
	}
	return db
}

func (p *template) fill(t *testing.T, s *store.Store) {
	t.Helper()
	c := p.settings.City()
	today := city.DateOf(morning, c.Zone)
	b, err := examples.Files.ReadFile("cities/demo/rules.toml")
	if err != nil {
		t.Fatal(err)
	}
	beside, err := fs.Sub(examples.Files, "cities/demo")
	if err != nil {
		t.Fatal(err)
	}
	rules, faults := city.ParseRules(bytes.ReplaceAll(b, []byte("@C_FROM@"), []byte(today.AddDays(-60).String())), beside, c)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	rows, err := rules.Rows()
	if err != nil {
		t.Fatal(err)
	}
	if err = s.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error { return tx.AddRules(ctx, rows, morning) }); err != nil {
		t.Fatal(err)
	}
	var public seal.PublicKey
	if p.private, public, err = office.NewSealKeys(); err != nil {
		t.Fatal(err)
	}
	dataKey, _, err := seal.NewDataKey(public)
	if err != nil {
		t.Fatal(err)
	}
	batch := store.ImportBatch{
		ID: "model", Source: "model", Mapping: "model", At: morning, DataKey: store.DataKey{ID: dataKey.ID, Sealed: dataKey.Sealed},
		Leaf: func([]store.ImportRow) (logbook.Leaf, error) {
			return logbook.NewLeaf("import", morning, "model", rand.Reader)
		},
	}
	for _, spec := range specs {
		day := today.AddDays(-spec.age)
		schedule, ok := rules.ScheduleFor(day)
		if !ok {
			t.Fatal("no schedule")
		}
		k := known{id: ticket.ID(p.index.TicketID(c.ID, "", spec.number, day.String())), number: spec.number, day: day}
		tk := ticket.Ticket{
			ID: k.id, Regime: p.settings.Regime, Number: spec.number, IssuedOn: day, IssuedAt: day.Start(c.Zone).Add(9 * time.Hour), TimeKnown: true,
			Offence: spec.offence, Schedule: schedule.ID, Place: "Tide Street", NoPlate: true, Delivery: ticket.Windshield, State: spec.state, ArrivedAt: morning,
		}
		q, err := ticket.Price(tk, rules, c, tk.IssuedAt)
		if err != nil {
			t.Fatal(err)
		}
		batch.Rows = append(batch.Rows, store.ImportRow{
			Ticket: tk, NumberKey: spec.number, Digest: p.index.Digest(c.ID, spec.number, day.String()), DataKey: dataKey.ID,
			Lookup:  p.index.LookupDay(c.ID, spec.number, day.String()),
			Entries: []ledger.Entry{ledger.IssueEntry(tk.ID, q.Components, "parking", tk.IssuedAt, morning)},
		})
		p.tickets = append(p.tickets, k)
	}
	if _, err := s.ApplyImport(context.Background(), batch); err != nil {
		t.Fatal(err)
	}
}

// clock is the city's and the sandbox's. No two readings of it are the same.
type clock struct{ at time.Time }

func (c *clock) now() time.Time {
	c.at = c.at.Add(time.Microsecond)
	return c.at
}

// town is one city that is walked: two offices on one store, and the processor.
type town struct {
	*template
	clock   *clock
	store   *store.Store
	books   *books
	sandbox *party
	wire    *wire
	alarms  *alarms
	workers [2]*worker
	close   func()
}

// worker is one office of the city, with its settling.
type worker struct {
	office *office.Office
	desk   deskpbconnect.DeskClient
}

var towns int

func (p *template) open(t tb) *town {
	towns++
	c := &town{template: p, clock: &clock{at: morning}, alarms: &alarms{}}
	name := fmt.Sprintf("/model-%d", towns)
	db := openMemory(t, name)
	if _, err := p.db.Exec("vacuum into 'file:" + name + "?vfs=memdb'"); err != nil {
		t.Fatal(err)
	}
	var err error
	if c.store, err = store.Open(context.Background(), store.Config{Driver: "sqlite", Path: name, Memory: true, ReadConns: 1}); err != nil {
		t.Fatal(err)
	}
	c.books = newBooks(db)
	c.close = func() {
		c.books.close()
		c.store.Close()
	}
	s, err := sandbox.New(sandbox.Config{
		PublicURL: p.settings.Processor.BaseURL, Key: key, ControlToken: control, Now: c.clock.now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	c.sandbox = &party{handler: s.Handler()}
	c.wire = newWire(c)
	for i := range c.workers {
		c.start(t, i)
	}
	return c
}

// start makes an office anew on the same store: what only its memory knew is gone.
func (c *town) start(t tb, i int) {
	adapter, err := stripe.New(stripe.Config{
		Key: key, WebhookSecrets: []string{secret}, BaseURL: c.settings.Processor.BaseURL, CityKind: "demo", Transport: c.wire,
	})
	if err != nil {
		t.Fatal(err)
	}
	o, err := office.New(context.Background(), office.Config{
		Settings: c.settings, Store: c.store, Processor: adapter, Token: office.TokenKey{ID: 1, Key: make([]byte, 32)},
		Index: c.index, Private: []byte(c.private), Now: c.clock.now, Log: slog.New(c.alarms),
	})
	if err != nil {
		t.Fatal(err)
	}
	o.Settler().AtOnce = 1 // one after the other: the walk can be made again
	c.workers[i] = &worker{office: o, desk: deskpbconnect.NewDeskClient(inMemory{o.Handler()}, "http://desk")}
}
