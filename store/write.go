package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"fundy/fault"
)

// Limits of trying again. Only what is known not to have been committed is tried again.
const (
	writeTries = 8
	writePause = 5 * time.Millisecond
)

// Tx is one transaction. Its methods are the store's statements.
type Tx struct {
	pg      querier     // PostgreSQL
	stmts   *statements // SQLite: the transaction is the connection's
	dialect dialect
}

// querier is a transaction, or the pool for a statement that is one by itself.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Write runs fn in one transaction that is committed when fn returns nil, and on disk when Write
// returns nil. step names it. fn may run more than once and must not act outside tx. ErrCommitUnknown: the
// commit's answer was lost, so read by key before trying again.
func (s *Store) Write(ctx context.Context, step fault.Step, fn func(ctx context.Context, tx *Tx) error) error {
	fault.Before(step)
	err := s.write(ctx, fn)
	if err == nil {
		fault.After(step)
	}
	return err
}

func (s *Store) write(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if s.group == nil {
		limited, cancel := context.WithTimeout(ctx, writeLimit)
		defer cancel()
		ctx = limited
	}
	var err error
	for try := range writeTries {
		if s.group != nil {
			err = s.group.write(ctx, fn)
		} else {
			err = s.writeOnce(ctx, fn)
		}
		if !errors.Is(err, ErrBusy) || ctx.Err() != nil {
			return err
		}
		wait := writePause << try
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait/2 + rand.N(wait)): //nolint:gosec // spread, not a secret
		}
	}
	return err
}

// Read runs fn on one snapshot that can't write. On PostgreSQL a reading whose ctx has no deadline is given one:
// who reads much sets his own.
func (s *Store) Read(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if s.reading != nil {
		return s.reading.read(ctx, s.dialect, fn)
	}
	if _, bounded := ctx.Deadline(); !bounded {
		limited, cancel := context.WithTimeout(ctx, readLimit)
		defer cancel()
		ctx = limited
	}
	t, err := s.beginRead(ctx)
	if err != nil {
		return fmt.Errorf("begin read: %w", err)
	}
	defer t.Rollback() //nolint:errcheck // reading leaves nothing behind
	return kind(fn(ctx, &Tx{pg: t, dialect: s.dialect}))
}

// beginRead takes a snapshot. A server that was restarted leaves a pool of connections of which nobody knows yet that
// they are dead: on such a one nothing has been done, so the next one is taken. A server that is away is not waited for.
func (s *Store) beginRead(ctx context.Context) (t *sql.Tx, err error) {
	for range s.readers.Stats().MaxOpenConnections + 1 {
		t, err = s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
		var away *pgconn.ConnectError
		if err == nil || errors.As(err, &away) || !errors.Is(kind(err), ErrBusy) || ctx.Err() != nil {
			break
		}
	}
	return t, kind(err)
}

// ReadOne runs fn, which makes one query: a query is a snapshot by itself and needs no transaction around it.
func (s *Store) ReadOne(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if s.reading != nil {
		return s.reading.readOne(ctx, s.dialect, fn)
	}
	return kind(fn(ctx, &Tx{pg: s.readers, dialect: s.dialect}))
}

// lockSuffix ends a select that locks the rows it reads.
func (tx *Tx) lockSuffix() string { return tx.dialect.lock }

func (tx *Tx) exec(ctx context.Context, q string, args ...any) (n int64, err error) {
	var res sql.Result
	if tx.pg != nil {
		res, err = tx.pg.ExecContext(ctx, q, args...)
	} else {
		var stmt *sql.Stmt
		if stmt, err = tx.stmts.get(q); err == nil {
			res, err = stmt.ExecContext(ctx, args...)
		}
	}
	if err != nil {
		return 0, kind(err)
	}
	n, err = res.RowsAffected()
	return n, kind(err)
}

// one is exec of a statement that must change exactly one row: 0 means that a guard did not hold.
func (tx *Tx) one(ctx context.Context, q string, args ...any) error {
	n, err := tx.exec(ctx, q, args...)
	if err != nil {
		return err
	}
	if n != 1 {
		return ErrConflict
	}
	return nil
}

func (tx *Tx) rows(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	if tx.pg != nil {
		rows, err := tx.pg.QueryContext(ctx, q, args...)
		return rows, kind(err)
	}
	stmt, err := tx.stmts.get(q)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	return rows, kind(err)
}

// few is rows of a query whose rows an index finds at once, and few of them: see briefly.
func (tx *Tx) few(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	ctx, err := tx.briefly(ctx)
	if err != nil {
		return nil, err
	}
	return tx.rows(ctx, q, args...)
}

// row is a query of at most one row, which an index finds at once: see briefly.
func (tx *Tx) row(ctx context.Context, q string, args ...any) scanner {
	ctx, err := tx.briefly(ctx)
	if err != nil {
		return failed{err}
	}
	return tx.sum(ctx, q, args...)
}

// briefly is what a statement runs under that is over before anybody could want it to leave off. On SQLite each one
// that could leave off starts two goroutines to wait for that, which cost as much as it does itself.
func (tx *Tx) briefly(ctx context.Context) (context.Context, error) {
	if tx.pg != nil {
		return ctx, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return context.WithoutCancel(ctx), nil
}

// sum is a query of one row that reads much for it, and can be left off.
func (tx *Tx) sum(ctx context.Context, q string, args ...any) scanner {
	if tx.pg != nil {
		return tx.pg.QueryRowContext(ctx, q, args...)
	}
	stmt, err := tx.stmts.get(q)
	if err != nil {
		return failed{err}
	}
	return stmt.QueryRowContext(ctx, args...)
}

type scanner interface{ Scan(...any) error }

type failed struct{ err error }

func (f failed) Scan(...any) error { return f.err }
