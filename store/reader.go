package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// readers are SQLite's reading connections, each with its own prepared statements: one that is taken
// from here never waits for another.
type readers chan *reader

type reader struct {
	conn  *sql.Conn
	stmts statements
}

func newReaders(ctx context.Context, db *sql.DB, n int) (readers, error) {
	all := make(readers, n)
	for range n {
		conn, err := db.Conn(ctx)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open a reader: %w", kind(err)), all.close())
		}
		all <- &reader{conn: conn, stmts: statements{db: conn}}
	}
	return all, nil
}

// close closes the readers that are not in use.
func (all readers) close() error {
	var errs []error
	for {
		select {
		case r := <-all:
			r.stmts.close()
			errs = append(errs, r.conn.Close())
		default:
			return errors.Join(errs...)
		}
	}
}

// take waits for a reader that is free; the caller puts it back.
func (all readers) take(ctx context.Context) (*reader, error) {
	select {
	case r := <-all:
		return r, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
	}
}

// readOne runs fn, which makes one query.
func (all readers) readOne(ctx context.Context, d dialect, fn func(ctx context.Context, tx *Tx) error) error {
	r, err := all.take(ctx)
	if err != nil {
		return err
	}
	defer func() { all <- r }()
	return fn(ctx, &Tx{stmts: &r.stmts, dialect: d})
}

// read runs fn on one snapshot of one reader.
func (all readers) read(ctx context.Context, d dialect, fn func(ctx context.Context, tx *Tx) error) error {
	r, err := all.take(ctx)
	if err != nil {
		return err
	}
	defer func() { all <- r }()
	// The caller's context is not given to begin and rollback: a snapshot that stayed open would keep
	// the write-ahead log from ever being cut.
	whole := context.WithoutCancel(ctx)
	if err := r.stmts.exec(whole, "begin"); err != nil {
		return fmt.Errorf("begin read: %w", err)
	}
	err = fn(ctx, &Tx{stmts: &r.stmts, dialect: d})
	return errors.Join(err, r.stmts.exec(whole, "rollback"))
}
