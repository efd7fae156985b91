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

// imported are the tables that an import fills, parents first.
var imported = []string{"data_key", "ticket", "ticket_event", "ledger_entry", "posting", "import_batch", "leaf"}

// timedLoad imports a file and returns tickets a second.
func (c *benched) timedLoad(ctx context.Context, file string) (rate float64, tickets int, err error) {
	started := time.Now()
	tickets, err = c.load(ctx, file)
	return float64(tickets) / time.Since(started).Seconds(), tickets, err
}

// bareLoad is the ceiling of an import on SQLite: the same finished rows into the same tables and
// indexes, by prepared inserts in transactions of 1,000 rows. Reading them is not counted.
func (b *bench) bareLoad(ctx context.Context, c *benched) (float64, error) {
	path := filepath.Join(b.work, "bareload.db")
	if _, _, err := store.Migrate(ctx, store.Config{Driver: "sqlite", Path: path}); err != nil {
		return 0, err
	}
	source, err := sql.Open("sqlite", "file:"+filepath.Join(c.dir, c.settings.Store.Path))
	if err != nil {
		return 0, err
	}
	defer source.Close()
	db, err := bareSQLite(path)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	var spent time.Duration
	tickets := 0
	for _, table := range imported {
		n, took, err := copyTable(ctx, source, db, table, "true")
		if err != nil {
			return 0, fmt.Errorf("copy %s: %w", table, err)
		}
		spent += took
		if table == "ticket" {
			tickets = n
		}
	}
	return float64(tickets) / spent.Seconds(), nil
}

// bareSQLite opens a store's file as the store does, without the store.
func bareSQLite(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=cache_size(-8000)&_pragma=temp_store(MEMORY)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// copyTable copies rows of a table and returns how many there are and how long the writing took.
func copyTable(ctx context.Context, source, db *sql.DB, table, where string) (n int, spent time.Duration, err error) {
	rows, err := source.QueryContext(ctx, "select * from "+table+" where "+where+" order by rowid") //nolint:gosec // names and conditions of this program
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, 0, err
	}
	insert, err := db.PrepareContext(ctx, "insert into "+table+" values (?"+strings.Repeat(",?", len(columns)-1)+")")
	if err != nil {
		return 0, 0, err
	}
	defer insert.Close()
	var batch [][]any
	flush := func() error {
		started := time.Now()
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback() //nolint:errcheck // after a commit it has nothing to do
		stmt := tx.StmtContext(ctx, insert)
		for _, values := range batch {
			if _, err := stmt.ExecContext(ctx, values...); err != nil {
				return err
			}
		}
		n += len(batch)
		batch = batch[:0]
		err = tx.Commit()
		spent += time.Since(started)
		return err
	}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return 0, 0, err
		}
		if batch = append(batch, values); len(batch) == 1000 {
			if err := flush(); err != nil {
				return 0, 0, err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return 0, 0, err
	}
	return n, spent, flush()
}
