package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed schema/sqlite/*.sql schema/postgres/*.sql
var schemas embed.FS

// dialect is everything in which the two databases differ.
type dialect struct {
	name   string
	goose  goose.Dialect
	begin  string // statement that begins a write, after which no retry is needed for a lock
	lock   string // suffix that locks the rows read
	many   int    // rows of one insert: SQLite looks parameters up by name one by one, PostgreSQL counts round trips
	schema string // folder of schemas
	// keyBytes makes bytes of the hexadecimal text that is a JSON object's key.
	keyBytes string
	// changes asks for a number that is another one once another process has committed; "" where writers do not
	// wait for one another.
	changes string
	moves   string // asks for debit, credit and amount of all postings
}

var dialects = map[string]dialect{
	"sqlite":   {name: "sqlite", goose: goose.DialectSQLite3, begin: "begin immediate", many: 1, schema: "schema/sqlite", keyBytes: "unhex(key)", changes: "pragma data_version", moves: qCheckMoves},
	"postgres": {name: "postgres", goose: goose.DialectPostgres, begin: "begin isolation level read committed", lock: "\nfor update", many: 200, schema: "schema/postgres", keyBytes: "decode(key, 'hex')", moves: qCheckMovesGrouped},
}

// open makes the writers' and the readers' pools. SQLite: one writer, so that callers queue in Go and
// never in the database; full synchronous, because an acknowledged payment must survive a power cut.
func (d dialect) open(c Config) (writers, readers *sql.DB, err error) {
	if d.name == "postgres" {
		db, err := openPostgres(c)
		if err != nil {
			return nil, nil, fmt.Errorf("open postgres: %w", err)
		}
		return db, db, nil
	}
	if writers, err = sql.Open("sqlite", sqliteDSN(c, false)); err != nil {
		return nil, nil, fmt.Errorf("open sqlite: %w", err)
	}
	writers.SetMaxOpenConns(1)
	if readers, err = sql.Open("sqlite", sqliteDSN(c, true)); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open sqlite: %w", err), writers.Close())
	}
	readers.SetMaxOpenConns(c.conns())
	readers.SetMaxIdleConns(c.conns())
	return writers, readers, nil
}

func sqliteDSN(c Config, readOnly bool) string {
	v := url.Values{}
	if c.Memory {
		v.Set("vfs", "memdb")
	}
	waits := "synchronous(FULL)"
	if c.Hasty {
		waits = "synchronous(OFF)"
	}
	for _, p := range []string{"journal_mode(WAL)", waits, "busy_timeout(10000)", "foreign_keys(1)", "temp_store(MEMORY)"} {
		v.Add("_pragma", p)
	}
	if readOnly {
		// Each reader has a cache of its own, and the kernel has the file's pages once for all: 2 MB each, 8 MB for the writer.
		v.Add("_pragma", "query_only(1)")
		v.Add("_pragma", "cache_size(-2000)")
	} else {
		v.Add("_pragma", "cache_size(-8000)")
	}
	return "file:" + (&url.URL{Path: c.Path}).EscapedPath() + "?" + v.Encode()
}

// kind puts the store's kind of error in front of a driver's, once.
func kind(err error) error {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNotFound) || errors.Is(err, ErrConflict) || errors.Is(err, ErrBusy) || errors.Is(err, ErrFull):
		return err
	case errors.As(err, &lite):
		return kindOfSQLite(lite, err)
	case errors.As(err, &pg):
		return kindOfPostgres(pg, err)
	case lost(err):
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return err
}

func kindOfSQLite(e *sqlite.Error, err error) error {
	switch code := e.Code(); {
	case code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return fmt.Errorf("%w: %w", ErrConflict, err)
	case code == sqlite3.SQLITE_CONSTRAINT_CHECK:
		return fmt.Errorf("%w: %w", ErrRule, err)
	case code&0xff == sqlite3.SQLITE_BUSY || code&0xff == sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%w: %w", ErrBusy, err)
	case code&0xff == sqlite3.SQLITE_FULL || code&0xff == sqlite3.SQLITE_READONLY || code&0xff == sqlite3.SQLITE_IOERR:
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// checkSwap runs the one query whose answer shows a driver that binds $N by place instead of by
// number. Money could move to the wrong row with such a one, so the store does not open.
func checkSwap(ctx context.Context, db *sql.DB) error {
	var both string
	err := db.QueryRowContext(ctx, "select cast($2 as text) || '-' || cast($1 as text)", "one", "two").Scan(&both)
	if err != nil {
		return fmt.Errorf("check the driver: %w", err)
	}
	if both != "two-one" {
		return fmt.Errorf("the database driver binds arguments by place, not by number (got %s)", strconv.Quote(both))
	}
	return nil
}
