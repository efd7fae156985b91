package main

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"fundy/store"
)

// ledgerCheck measures fundy ledger check on both databases, against counting and adding up the same postings.
func (b *bench) ledgerCheck(ctx context.Context) error {
	lite := store.Config{Driver: "sqlite", Path: filepath.Join(b.work, "check.db")}
	db, err := migrated(ctx, lite, func() (*sql.DB, error) { return bareSQLite(lite.Path) })
	if err != nil {
		return err
	}
	if err := b.checkOf(ctx, "SQLite", lite, db); err != nil {
		return err
	}
	p, err := startCluster(filepath.Join(b.work, "pgcheck"))
	if err != nil {
		return err
	}
	defer p.stop()
	post := store.Config{Driver: "postgres", DSN: p.dsn("check")}
	empty, err := p.newDatabase(ctx, "check")
	if err != nil {
		return err
	}
	if db, err = migrated(ctx, post, func() (*sql.DB, error) { return empty, nil }); err != nil {
		return err
	}
	return b.checkOf(ctx, "PostgreSQL", post, db)
}

func migrated(ctx context.Context, c store.Config, open func() (*sql.DB, error)) (*sql.DB, error) {
	if _, _, err := store.Migrate(ctx, c); err != nil {
		return nil, err
	}
	return open()
}

func (b *bench) checkOf(ctx context.Context, name string, c store.Config, db *sql.DB) error {
	defer db.Close()
	tickets := b.postings * 2 / 7 // two postings each, and three more of every second
	bytes := map[string]string{"sqlite": "blob", "postgres": "bytea"}[c.Driver]
	for _, text := range ledgerRows {
		if _, err := db.ExecContext(ctx, strings.ReplaceAll(text, "LOOKUP", bytes), tickets); err != nil {
			return fmt.Errorf("fill a ledger on %s: %w", name, err)
		}
	}
	if _, err := db.ExecContext(ctx, "analyze"); err != nil {
		return err
	}
	var n, sum int64
	count := func() (time.Duration, error) {
		started := time.Now()
		err := db.QueryRowContext(ctx, "select count(*), cast(sum(amount_minor) as bigint) from posting").Scan(&n, &sum)
		return time.Since(started), err
	}
	if _, err := count(); err != nil { // what both read is in memory
		return err
	}
	bare, err := count()
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, c)
	if err != nil {
		return err
	}
	defer s.Close()
	limited, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	var check store.LedgerCheck
	started := time.Now()
	err = s.Read(limited, func(ctx context.Context, tx *store.Tx) (err error) {
		check, err = tx.CheckLedger(ctx)
		return err
	})
	took := time.Since(started)
	if err != nil {
		return err
	}
	if len(check.Faults) > 0 || check.Postings != n {
		return fmt.Errorf("the ledger says: %v", check.Faults)
	}
	b.add(more("ledger check, "+name, float64(n)/took.Seconds(), "postings/s", float64(n)/bare.Seconds(), 0.2, fmt.Sprintf(
		"%d postings of %d tickets, %d of them paid, in %.1f s; ceiling: select count(*), sum(amount_minor) over the same, %.1f s", n, tickets, check.PaidTickets, took.Seconds(), bare.Seconds())))
	return nil
}

// numbered counts to the number of tickets. Ids are in no order, as the store's are, and are written in theirs.
const numbered = `with recursive n(i) as (select 1 union all select i + 1 from n where i < $1),
t(i, id) as (select i, 'k' || cast((i * 2654435761) % 4294967296 as text) from n)
`

// ledgerRows fill a ledger: each ticket is issued at 65.00 less a discount of 25.00, and every second is paid.
var ledgerRows = []string{
	numbered + `insert into ticket (id, regime, series, number, number_key, issued_on, issued_at, time_known, offence, schedule, priors, place, make, no_plate, jurisdiction, plate_type,
  delivery, served_on, state, state_since, lookup, digest, batch, arrived_at, version)
select id, 'nb-lga', '', id, id, '2026-03-03', 1772553600000000, 1, '10', 's', 0, '', '', 1, 'NB', '', 'windshield', '', case when i % 2 = 0 then 'paid' else 'open' end, 1772553600000000,
  cast(id as LOOKUP), cast('' as LOOKUP), '', 1772553600000000, 1
from t order by t.id`,
	numbered + `insert into ledger_entry (id, kind, ref, entered_at, effective_at)
select 'issue-' || id, 'issue', id, 1772553600000000, 1772553600000000 from t order by t.id`,
	numbered + `insert into posting (entry_id, line, debit, credit, amount_minor, ticket_id, component)
select 'issue-' || id, line, debit, credit, amount, id, component
from t
cross join (select 1 as line, 'receivable:penalty' as debit, 'revenue:parking:penalty' as credit, 6500 as amount, 'penalty' as component
  union all select 2, 'revenue:parking:discount', 'receivable:discount', 2500, 'discount') lines
order by t.id, line`,
	numbered + `insert into payment (id, request_id, request_hash, channel, language, currency, total_minor, quoted_at, created_at)
select id, id, cast('' as LOOKUP), 'web', 'en', 'CAD', 4000, 1772553600000000, 1772553600000000 from t where i % 2 = 0 order by t.id`,
	numbered + `insert into payment_ticket (payment_id, ticket_id, amount_minor, quoted_at, version, revenue, components)
select id, id, 4000, 1772553600000000, 1, 'parking', '[]' from t where i % 2 = 0 order by t.id`,
	numbered + `insert into attempt (id, payment_id, adapter, state, session, session_url, processor_ref, amount_minor, reason, blocked_ticket, receipt, created_at, expires_at, captured_at, refreshed_at, version)
select id, id, 'stripe', 'captured', '', '', id, 4000, '', '', id, 1772553600000000, 1772553600000000, 1772553600000000, 1772553600000000, 5 from t where i % 2 = 0 order by t.id`,
	numbered + `insert into allocation (ticket_id, attempt_id, amount_minor, was_state, made_at)
select id, id, 4000, 'open', 1772553600000000 from t where i % 2 = 0 order by t.id`,
	numbered + `insert into ledger_entry (id, kind, ref, entered_at, effective_at)
select 'capture-' || id, 'capture', id, 1772553600000000, 1772553600000000 from t where i % 2 = 0 order by t.id`,
	numbered + `insert into posting (entry_id, line, debit, credit, amount_minor, ticket_id, component)
select 'capture-' || id, line, debit, credit, amount, id, component
from t
cross join (select 1 as line, 'receivable:discount' as debit, 'offset:components' as credit, 2500 as amount, 'discount' as component
  union all select 2, 'offset:components', 'receivable:penalty', 2500, 'penalty'
  union all select 3, 'clearing:card', 'receivable:penalty', 4000, 'penalty') lines
where i % 2 = 0
order by t.id, line`,
}
