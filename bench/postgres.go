package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"fundy/store"
)

func (p *cluster) dsn(database string) string {
	return "postgres://fundy@127.0.0.1:" + p.port + "/" + database + "?sslmode=disable"
}

// newDatabase makes an empty database and opens it.
func (p *cluster) newDatabase(ctx context.Context, name string) (*sql.DB, error) {
	if out, err := p.pg("createdb", "-h", "127.0.0.1", "-p", p.port, "-U", "fundy", name).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("createdb: %w: %s", err, out)
	}
	db, err := sql.Open("pgx", p.dsn(name))
	if err != nil {
		return nil, err
	}
	return db, db.PingContext(ctx)
}

// onCluster measures on a PostgreSQL of its own.
func (b *bench) onCluster(ctx context.Context, measure func(context.Context, *cluster) error) error {
	p, err := startCluster(filepath.Join(b.work, "pg"))
	if err != nil {
		return err
	}
	defer p.stop()
	return measure(ctx, p)
}

// postgres measures a city on PostgreSQL.
func (b *bench) postgres(ctx context.Context) error { return b.onCluster(ctx, b.cityOnPostgres) }

func (b *bench) cityOnPostgres(ctx context.Context, p *cluster) error {
	db, err := p.newDatabase(ctx, "city")
	if err != nil {
		return err
	}
	defer db.Close()
	c, err := newCity(ctx, b.program, filepath.Join(b.work, "postgres"), p.dsn("city"))
	if err != nil {
		return err
	}
	if err := b.payOnPostgres(ctx, p, c, db); err != nil {
		return err
	}
	return b.loadOnPostgres(ctx, p)
}

// written is how many transactions have written so far.
func written(ctx context.Context, db *sql.DB) (n int64, err error) {
	err = db.QueryRowContext(ctx, "select cast(cast(pg_current_xact_id() as text) as bigint)").Scan(&n)
	return n, err
}

func (b *bench) payOnPostgres(ctx context.Context, p *cluster, c *benched, db *sql.DB) error {
	if err := c.startCard(); err != nil {
		return err
	}
	defer c.stop()
	if _, err := c.start(ctx); err != nil {
		return err
	}
	tokens, _, err := c.quotes(ctx, 0, 5000)
	if err != nil {
		return err
	}
	had := len(tokens)
	before, err := written(ctx, db)
	if err != nil {
		return err
	}
	rate, err := c.payments(ctx, b.span, tokens)
	if err != nil {
		return fmt.Errorf("payments: %w", err)
	}
	paid := had - len(tokens)
	after, err := written(ctx, db)
	if err != nil {
		return err
	}
	fewer := map[int]float64{}
	for _, payers := range []int{1, 4} {
		if fewer[payers], err = c.paymentsBy(ctx, payers, b.span, tokens); err != nil {
			return fmt.Errorf("payments by %d: %w", payers, err)
		}
	}
	c.stop()
	ceiling, err := b.pgbench(ctx, p)
	if err != nil {
		return err
	}
	b.add(more("whole payments, PostgreSQL", rate, "payments/s", ceiling/commitsPerPayment, 0.35, fmt.Sprintf(
		"as on SQLite; ceiling: pgbench, %.0f transactions/s of one insert and one guarded update, %d commits a payment; transactions seen: %.1f a payment",
		ceiling, commitsPerPayment, float64(after-before-1)/float64(paid))))
	for _, payers := range []int{1, 4} {
		b.add(more(fmt.Sprintf("whole payments, PostgreSQL, %d payers", payers), fewer[payers], "payments/s", rate, 0, "against 16 payers: what more payers add"))
	}
	return nil
}

var tps = regexp.MustCompile(`tps = ([0-9.]+) \(without`)

// pgbench is the ceiling: transactions a second of one insert and one guarded update of one row.
func (b *bench) pgbench(ctx context.Context, p *cluster) (float64, error) {
	db, err := p.newDatabase(ctx, "bare")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	for _, text := range []string{
		"create table entry (id bigserial primary key, item bigint not null, at bigint not null, body text not null)",
		"create table item (id bigint primary key, version bigint not null, at bigint not null)",
		"insert into item select i, 1, 0 from generate_series(1, 10000) as i",
	} {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return 0, err
		}
	}
	script := filepath.Join(b.work, "pay.pgbench")
	err = os.WriteFile(script, []byte(`\set item random(1, 10000)
begin;
insert into entry (item, at, body) values (:item, 1, 'a payment''s row');
update item set version = version + 1, at = 1 where id = :item and version > 0;
commit;
`), 0o644)
	if err != nil {
		return 0, err
	}
	out, err := p.pg("pgbench", "-n", "-M", "prepared", "-c", strconv.Itoa(clients), "-j", "2", "-T", strconv.Itoa(max(1, int(b.span.Seconds()))),
		"-h", "127.0.0.1", "-p", p.port, "-U", "fundy", "-f", script, "bare").CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	m := tps.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("pgbench says no tps: %s", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

// loadOnPostgres measures an import against COPY of the same finished rows into the same tables and
// indexes, from a file of the server's.
func (b *bench) loadOnPostgres(ctx context.Context, p *cluster) error {
	db, err := p.newDatabase(ctx, "load")
	if err != nil {
		return err
	}
	defer db.Close()
	c, err := newCity(ctx, b.program, filepath.Join(b.work, "pgload"), p.dsn("load"))
	if err != nil {
		return err
	}
	file := filepath.Join(b.work, "pgload.csv")
	if err := c.writeTickets(file, b.rows, 1); err != nil {
		return err
	}
	rate, tickets, err := c.timedLoad(ctx, file)
	if err != nil {
		return err
	}
	fresh, err := p.newDatabase(ctx, "copied")
	if err != nil {
		return err
	}
	defer fresh.Close()
	if _, _, err := store.Migrate(ctx, store.Config{Driver: "postgres", DSN: p.dsn("copied")}); err != nil {
		return err
	}
	var all int64
	var spent time.Duration
	for _, table := range imported {
		path := "'" + strings.ReplaceAll(filepath.Join(p.dir, table), "'", "''") + "'"
		if _, err := db.ExecContext(ctx, "copy "+table+" to "+path); err != nil {
			return err
		}
		started := time.Now()
		res, err := fresh.ExecContext(ctx, "copy "+table+" from "+path)
		if err != nil {
			return err
		}
		spent += time.Since(started)
		if table == "ticket" {
			if all, err = res.RowsAffected(); err != nil {
				return err
			}
		}
	}
	b.add(more("import, PostgreSQL", rate, "tickets/s", float64(all)/spent.Seconds(), 0.3, fmt.Sprintf(
		"%d tickets from CSV; ceiling: COPY of the finished rows into the same tables and indexes", tickets)))
	return nil
}
