package settle_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"sync"
	"testing"
	"time"

	"fundy/city"
	"fundy/examples"
	"fundy/fault"
	"fundy/ledger"
	"fundy/logbook"
	"fundy/money"
	"fundy/payment"
	"fundy/seal"
	"fundy/settle"
	"fundy/store"
	"fundy/store/storetest"
	"fundy/ticket"
)

// hall is a city hall's counter: a store, the demonstration's by-law, a clock, and no card processor.
type hall struct {
	t     *testing.T
	where store.Config
	s     *settle.Settler
	store *store.Store
	city  city.City
	rules city.Rules
	mu    sync.Mutex
	now   time.Time
}

var firstDay = time.Date(2026, 6, 10, 14, 0, 0, 0, time.UTC) // a Wednesday, 11 in the morning in Saint John

// counters runs a test on both databases.
func counters(t *testing.T, set city.CounterSettings, test func(t *testing.T, h *hall)) {
	t.Helper()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		answers, err := examples.Files.ReadFile("cities/demo/answers.toml")
		if err != nil {
			t.Fatal(err)
		}
		settings, faults := city.ReadSettings(bytes.NewBuffer(bytes.ReplaceAll(bytes.ReplaceAll(answers, []byte("@PORTAL_PORT@"), []byte("8400")), []byte("@SANDBOX_PORT@"), []byte("8401"))).Bytes())
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		if set.MailDate == "" {
			set.MailDate = "received"
		}
		h := &hall{t: t, where: c, store: storetest.Open(t, c), city: settings.City(), now: firstDay}
		h.loadRules()
		h.s = settle.New(settle.Config{
			Store: h.store, City: h.city, Rules: func() city.Rules { return h.rules }, Counter: set, Now: h.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		})
		err = h.write(func(ctx context.Context, tx *store.Tx) error {
			return tx.SetCityIdentity(ctx, h.city.ID, h.city.Kind, h.now)
		}) // its row is a lock
		if err != nil {
			t.Fatal(err)
		}
		test(t, h)
	})
}

func (h *hall) loadRules() {
	h.t.Helper()
	b, err := examples.Files.ReadFile("cities/demo/rules.toml")
	if err != nil {
		h.t.Fatal(err)
	}
	beside, err := fs.Sub(examples.Files, "cities/demo")
	if err != nil {
		h.t.Fatal(err)
	}
	rules, faults := city.ParseRules(bytes.ReplaceAll(b, []byte("@C_FROM@"), []byte("2026-01-14")), beside, h.city)
	if len(faults) > 0 {
		h.t.Fatal(faults)
	}
	h.rules = rules
}

// Now goes on by a second each time that it is asked: what happens at a counter happens one after the other.
func (h *hall) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(time.Second)
	return h.now
}

func (h *hall) later(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// given is a ticket to put in.
type given struct {
	number string
	regime string // "": nb-lga
	cents  int64  // of the file; 0: as the by-law says, NOPARK: 30.00, 40.00, 65.00
	code   string // of the offence; "": NOPARK
	age    int
	state  ticket.State
}

// add puts a ticket in, as an import would.
func (h *hall) add(g given) ticket.ID {
	h.t.Helper()
	day := city.DateOf(h.Now(), h.city.Zone).AddDays(-g.age)
	schedule, ok := h.rules.ScheduleFor(day)
	if !ok {
		h.t.Fatal("no schedule")
	}
	t := ticket.Ticket{
		ID: ticket.ID("tkt_" + g.number), Regime: "nb-lga", Number: g.number, IssuedOn: day, IssuedAt: day.Start(h.city.Zone).Add(10 * time.Hour), TimeKnown: true,
		Offence: "NOPARK", Schedule: schedule.ID, Place: "Tide Street", NoPlate: true, Jurisdiction: "NB", Delivery: ticket.Windshield, State: ticket.Open, ArrivedAt: h.Now(),
	}
	if g.regime != "" {
		t.Regime = g.regime
	}
	if g.state != "" {
		t.State = g.state
	}
	if g.code != "" {
		t.Offence = g.code
	}
	if g.cents != 0 {
		fine := money.FromMinor(g.cents)
		t.Fine = &fine
	}
	q, err := ticket.Price(t, h.rules, h.city, t.IssuedAt)
	if err != nil {
		h.t.Fatal(err)
	}
	index := seal.NewIndexKey()
	row := store.ImportRow{
		Ticket: t, NumberKey: ticket.NumberKey(g.number), Digest: index.Digest("demo", g.number, "", day.String()), Lookup: index.LookupDay("demo", g.number, day.String()),
		Entries: []ledger.Entry{ledger.IssueEntry(t.ID, q.Components, "parking", t.IssuedAt, h.Now())},
	}
	_, err = h.store.ApplyImport(context.Background(), store.ImportBatch{
		ID: rand.Text(), Source: "test", Mapping: "test", At: h.Now(), Rows: []store.ImportRow{row}, DataKey: store.DataKey{ID: rand.Text(), Sealed: []byte("none")},
		Leaf: func([]store.ImportRow) (logbook.Leaf, error) {
			return logbook.NewLeaf("import", h.Now(), "test", rand.Reader)
		},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return t.ID
}

// drawer makes a drawer and has a clerk open it with a hundred dollars in it.
func (h *hall) drawer(name, clerk string) payment.Session {
	h.t.Helper()
	if _, err := h.s.MakeDrawer(context.Background(), name, "City Hall, ground floor", "dora"); err != nil {
		h.t.Fatal(err)
	}
	return h.open(name, clerk)
}

func (h *hall) open(name, clerk string) payment.Session {
	h.t.Helper()
	s, err := h.s.OpenDrawer(context.Background(), name, clerk, count(h.t, "20x3 10x3 5x2"))
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func count(t *testing.T, text string) payment.Count {
	t.Helper()
	c, err := payment.ParseCount(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func cash(cents int64) payment.Tender {
	return payment.Tender{Kind: payment.Cash, Tendered: money.FromMinor(cents)}
}

func cheque(cents int64, number string) payment.Tender {
	return payment.Tender{Kind: payment.Cheque, Tendered: money.FromMinor(cents), Reference: number}
}

func terminal(cents int64, number string) payment.Tender {
	return payment.Tender{Kind: payment.Terminal, Tendered: money.FromMinor(cents), Reference: number}
}

// request is what anne enters.
func request(ids []ticket.ID, tenders ...payment.Tender) settle.TenderRequest {
	return settle.TenderRequest{RequestID: "req_" + rand.Text(), Tickets: ids, Tenders: tenders, By: "anne"}
}

// take enters what must be taken.
func (h *hall) take(ids []ticket.ID, tenders ...payment.Tender) settle.Entry {
	h.t.Helper()
	e, err := h.s.TakeTender(context.Background(), request(ids, tenders...))
	if err != nil {
		h.t.Fatal(err)
	}
	return e
}

// refused is the reason for which something was refused; "" for what was not.
func refused(err error) string {
	var no *payment.CounterRefusal
	if errors.As(err, &no) {
		return no.Reason
	}
	var books *settle.BooksRefusal
	if errors.As(err, &books) {
		return books.Reason
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func (h *hall) ticket(id ticket.ID) (f store.FoundTicket) {
	h.t.Helper()
	h.read(func(ctx context.Context, tx *store.Tx) (err error) {
		f, err = tx.Ticket(ctx, id)
		return err
	})
	return f
}

// due is what a ticket costs now.
func (h *hall) due(id ticket.ID) int64 {
	h.t.Helper()
	q, err := ticket.Price(h.ticket(id).Ticket, h.rules, h.city, h.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	return q.Total.Minor()
}

func (h *hall) read(fn func(ctx context.Context, tx *store.Tx) error) {
	h.t.Helper()
	if err := h.store.Read(context.Background(), fn); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) write(fn func(ctx context.Context, tx *store.Tx) error) error {
	return h.store.Write(context.Background(), fault.ByTest, fn)
}

// books checks the ledger, and wants accounts to have balances.
func (h *hall) books(want map[string]int64) store.LedgerCheck {
	h.t.Helper()
	var check store.LedgerCheck
	h.read(func(ctx context.Context, tx *store.Tx) (err error) {
		check, err = tx.CheckLedger(ctx)
		return err
	})
	for _, fault := range check.Faults {
		h.t.Error(fault)
	}
	for account, balance := range want {
		if check.ByAccount[account] != balance {
			h.t.Errorf("%s has %d, want %d", account, check.ByAccount[account], balance)
		}
	}
	return check
}

func (h *hall) exceptions(kind payment.ExceptionKind) (open []payment.Exception) {
	h.t.Helper()
	h.read(func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.OpenExceptions(ctx, 100)
		for _, e := range all {
			if e.Kind == kind {
				open = append(open, e)
			}
		}
		return err
	})
	return open
}
