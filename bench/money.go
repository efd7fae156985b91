package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"fundy/bank"
	"fundy/city"
	"fundy/money"
	"fundy/payout"
	"fundy/processor"
	"fundy/settle"
	"fundy/store"
)

// Settlement and the ledger's check, on a store that holds nothing else. The captures are written as finished rows;
// what is measured is what settle does with the processor's lines of them and with the bank's file.

// money measures a day's settlement at two sizes, and the check of a ledger, on SQLite.
func (b *bench) money(ctx context.Context) error {
	small, ceiling, err := b.settlement(ctx, "small", b.captures)
	if err != nil {
		return fmt.Errorf("settlement: %w", err)
	}
	b.add(more("settlement, SQLite", float64(b.captures)/small.Seconds(), "captures/s", float64(b.captures)/ceiling.Seconds(), 0.3, fmt.Sprintf(
		"a payout of %d captures, from its lines to entered, matched to the bank's file and banked, the captures in the store; ceiling: prepared inserts of the same entries and postings, transactions of 1,000", b.captures)))
	large, _, err := b.settlement(ctx, "large", 10*b.captures)
	if err != nil {
		return fmt.Errorf("settlement of ten times as many: %w", err)
	}
	b.add(less("settlement, ten times as many captures", large.Seconds()/small.Seconds(), "times", 11, fmt.Sprintf("%d captures in one payout: %.1f s", 10*b.captures, large.Seconds())))
	return b.ledgerCheck(ctx)
}

// lines is a processor whose one payout is already listed: no network is measured.
type lines struct {
	settle.Banking
	payout processor.Payout
	lines  []processor.BalanceLine
}

func (l *lines) Payouts(context.Context, time.Time) ([]processor.Payout, error) {
	return []processor.Payout{l.payout}, nil
}

func (l *lines) PayoutLines(context.Context, string) ([]processor.BalanceLine, error) {
	return l.lines, nil
}

// bankRules claim the one line of the bank's file for the processor.
const bankRules = `
[[account]]
number = "1"
name = "operating"
[[rule]]
as = "processor"
contains = "stripe"
`

const bankMapping = `
days = "YYYY-MM-DD"
order = "oldest first"
account = "1"
currency = "CAD"
[column]
booked = "Date"
amount = "Amount"
text = "Text"
reference = "Reference"
`

// settlement settles n captures of one day and says how long it took, and how long the bare inserts of the
// postings took that it wrote.
func (b *bench) settlement(ctx context.Context, name string, n int) (took, bare time.Duration, err error) {
	c := store.Config{Driver: "sqlite", Path: filepath.Join(b.work, name+".db")}
	if _, _, err := store.Migrate(ctx, c); err != nil {
		return 0, 0, err
	}
	day := time.Date(2026, 3, 3, 16, 0, 0, 0, time.UTC)
	from, err := writeCaptures(ctx, c.Path, n, day)
	if err != nil {
		return 0, 0, fmt.Errorf("write captures: %w", err)
	}
	s, err := store.Open(ctx, c)
	if err != nil {
		return 0, 0, err
	}
	defer s.Close()
	rules, faults := payout.ParseRules([]byte(bankRules), "CAD")
	if len(faults) > 0 {
		return 0, 0, faults[0]
	}
	zone, err := time.LoadLocation("America/Moncton")
	if err != nil {
		return 0, 0, err
	}
	d := settle.NewDeposits(settle.DepositsConfig{
		Store: s, Processor: from, Adapter: "stripe", City: city.City{ID: "bench", Zone: zone, Currency: "CAD"}, Rules: rules, Calendar: city.Rules{},
		Digest: func(fields ...string) []byte {
			sum := sha256.Sum256([]byte(strings.Join(fields, "\x00")))
			return sum[:]
		},
		Now: func() time.Time { return day.AddDate(0, 0, 3) }, Log: slog.New(slog.DiscardHandler),
	})
	started := time.Now()
	fetched, err := d.Fetch(ctx, true)
	if err != nil {
		return 0, 0, err
	}
	mapping, err := bank.ParseMapping([]byte(bankMapping))
	if err != nil {
		return 0, 0, err
	}
	file := fmt.Sprintf("Date,Amount,Text,Reference\n2026-03-05,%s,STRIPE,trace1\n", from.payout.Amount)
	banked, err := d.Bank(ctx, "bank.csv", []byte(file), mapping, true)
	if err != nil {
		return 0, 0, err
	}
	took = time.Since(started)
	if fetched.Lines != n || fetched.Unknown != 0 || banked.Matched != 1 {
		return 0, 0, fmt.Errorf("not what was to be measured: %+v %+v", fetched, banked)
	}
	if err := b.settled(ctx, s, n); err != nil {
		return 0, 0, err
	}
	bare, err = b.bareSettlement(ctx, c.Path, name)
	return took, bare, err
}

// settled looks whether the books agree, and every capture is at the bank.
func (b *bench) settled(ctx context.Context, s *store.Store, n int) error {
	return s.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		states, err := tx.AttemptStates(ctx)
		if err != nil || states["banked"] != n {
			return fmt.Errorf("attempts are %v: %w", states, err)
		}
		check, err := tx.CheckLedger(ctx)
		if err == nil && len(check.Faults) > 0 {
			err = fmt.Errorf("the ledger says: %v", check.Faults)
		}
		return err
	})
}

// bareSettlement writes what the settlement has posted, and nothing else, into a store of its own.
func (b *bench) bareSettlement(ctx context.Context, path, name string) (time.Duration, error) {
	into := filepath.Join(b.work, name+"-bare.db")
	if _, _, err := store.Migrate(ctx, store.Config{Driver: "sqlite", Path: into}); err != nil {
		return 0, err
	}
	source, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return 0, err
	}
	defer source.Close()
	db, err := bareSQLite(into)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	var spent time.Duration
	for _, from := range []struct{ table, where string }{
		{"ledger_entry", "kind not in ('issue', 'capture')"},
		{"posting", "entry_id in (select id from ledger_entry where kind not in ('issue', 'capture'))"},
	} {
		_, took, err := copyTable(ctx, source, db, from.table, from.where)
		if err != nil {
			return 0, fmt.Errorf("copy %s: %w", from.table, err)
		}
		spent += took
	}
	return spent, nil
}

// writeCaptures writes n captured payments as finished rows, and is the processor's payout of them.
func writeCaptures(ctx context.Context, path string, n int, day time.Time) (*lines, error) {
	db, err := bareSQLite(path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	l := &lines{payout: processor.Payout{
		ID: "po_1", State: processor.PayoutPaid, Currency: "cad", Automatic: true, Complete: true, Descriptor: "STRIPE", Trace: "trace1",
		Arrival: day.AddDate(0, 0, 2).Truncate(24 * time.Hour), CreatedAt: day.AddDate(0, 0, 1),
	}}
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer t.Rollback() //nolint:errcheck // after a commit it does nothing
	w := captureWriter{t: t}
	var sum int64
	for i := range n {
		id, at := rowID(i), day.Add(time.Duration(i)*time.Millisecond).UnixMicro()
		w.capture(ctx, id, at)
		l.lines = append(l.lines, processor.BalanceLine{
			ID: "txn_" + id, Kind: processor.LineCharge, Word: "charge/charge", Source: "ch_" + id, Amount: money.FromMinor(cents), Fee: money.FromMinor(fee),
			Net: money.FromMinor(cents - fee), Currency: "cad", CreatedAt: time.UnixMicro(at).UTC(),
		})
		sum += cents - fee
	}
	l.payout.Amount = money.FromMinor(sum)
	if w.err != nil {
		return nil, w.err
	}
	return l, t.Commit()
}

// What each capture is, in minor units.
const (
	cents = 4000
	fee   = 146
)

// captureWriter writes the rows of one capture after the other.
type captureWriter struct {
	t   *sql.Tx
	err error
}

func (w *captureWriter) exec(ctx context.Context, q string, args ...any) {
	if w.err == nil {
		_, w.err = w.t.ExecContext(ctx, q, args...)
	}
}

func (w *captureWriter) capture(ctx context.Context, id string, at int64) {
	w.exec(ctx, `insert into ticket (id, regime, series, number, number_key, issued_on, issued_at, time_known, offence, schedule, priors, place, make, no_plate, jurisdiction, plate_type,
  delivery, served_on, state, state_since, lookup, digest, batch, arrived_at, version)
values ($1, 'nb-lga', '', $1, $1, '2026-03-03', $2, 1, '10', 's', 0, '', '', 1, 'NB', '', 'windshield', '', 'paid', $2, cast($1 as blob), x'00', '', $2, 3)`, id, at)
	w.exec(ctx, `insert into payment (id, request_id, request_hash, channel, language, currency, total_minor, quoted_at, created_at)
values ($1, $1, x'00', 'web', 'en', 'CAD', $2, $3, $3)`, id, cents, at)
	w.exec(ctx, `insert into payment_ticket (payment_id, ticket_id, amount_minor, quoted_at, version, revenue, components)
values ($1, $1, $2, $3, 1, 'parking', '[]')`, id, cents, at)
	w.exec(ctx, `insert into attempt (id, payment_id, adapter, state, session, session_url, processor_ref, amount_minor, reason, blocked_ticket, receipt, created_at, expires_at, captured_at, refreshed_at, version)
values ($1, $1, 'stripe', 'captured', $1, '', $1, $2, '', '', $1, $3, $3, $3, $3, 5)`, id, cents, at)
	w.exec(ctx, `insert into allocation (ticket_id, attempt_id, amount_minor, was_state, made_at) values ($1, $1, $2, 'open', $3)`, id, cents, at)
	w.exec(ctx, `insert into processor_charge (charge, attempt_id, seen_at) values ($1, $2, $3)`, "ch_"+id, id, at)
	for _, e := range []struct{ kind, debit, credit string }{
		{"issue", "receivable:penalty", "revenue:parking:penalty"}, {"capture", "clearing:card", "receivable:penalty"},
	} {
		w.exec(ctx, `insert into ledger_entry (id, kind, ref, entered_at, effective_at) values ($1, $2, $3, $4, $4)`, e.kind+"-"+id, e.kind, id, at)
		w.exec(ctx, `insert into posting (entry_id, line, debit, credit, amount_minor, ticket_id, component) values ($1, 1, $2, $3, $4, $5, 'penalty')`, e.kind+"-"+id, e.debit, e.credit, cents, id)
	}
}

// rowID is an id as the store's are: random in its order.
func rowID(i int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "row %d", i))
	return hex.EncodeToString(sum[:13])
}
