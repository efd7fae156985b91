package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
)

// Config says which database.
type Config struct {
	Driver    string // "sqlite" or "postgres"
	Path      string // SQLite: the file
	DSN       string // PostgreSQL; several hosts may stand in it
	ReadConns int    // default 8; for PostgreSQL the size of the one pool, default 16
	Hasty     bool   // SQLite: nothing waits for the disk. For a store that is made anew and thrown away should that fail
	Memory    bool   // SQLite: Path ("/name") is kept in memory, while somebody has it open. For tests: a crash keeps nothing
}

func (c Config) conns() int {
	switch {
	case c.ReadConns > 0:
		return c.ReadConns
	case c.Driver == "postgres":
		return 16
	}
	return 8
}

// Store is an open database of one city.
type Store struct {
	config  Config
	dialect dialect
	writers *sql.DB
	readers *sql.DB
	reading readers // SQLite only
	group   *group  // SQLite only
	changes atomic.Int64
}

// Open opens a database whose schema is the program's own. An older or newer one is ErrSchema with
// the command that moves it.
func Open(ctx context.Context, c Config) (*Store, error) {
	s, err := open(c)
	if err != nil {
		return nil, err
	}
	err = errors.Join(checkSwap(ctx, s.writers), s.checkSchema(ctx))
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if c.Driver == "sqlite" {
		if s.group, err = newGroup(ctx, s); err != nil {
			return nil, errors.Join(err, s.Close())
		}
		if s.reading, err = newReaders(ctx, s.readers, c.conns()); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func open(c Config) (*Store, error) {
	d, ok := dialects[c.Driver]
	if !ok {
		return nil, fmt.Errorf("unknown store driver %q: use sqlite or postgres", c.Driver)
	}
	writers, readers, err := d.open(c)
	if err != nil {
		return nil, err
	}
	return &Store{config: c, dialect: d, writers: writers, readers: readers}, nil
}

// Close closes the database. Writes that are under way end first.
func (s *Store) Close() error {
	if s.group != nil {
		s.group.stop()
	}
	if s.readers == s.writers {
		return s.writers.Close()
	}
	return errors.Join(s.reading.close(), s.readers.Close(), s.writers.Close())
}

func (s *Store) provider() (*goose.Provider, error) {
	files, err := fs.Sub(schemas, s.dialect.schema)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(s.dialect.goose, s.writers, files)
}

// Migrate moves a database's schema to the program's own, making it when there is none.
func Migrate(ctx context.Context, c Config) (from, to int64, err error) {
	s, err := open(c)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	p, err := s.provider()
	if err != nil {
		return 0, 0, fmt.Errorf("read migrations: %w", err)
	}
	if from, err = p.GetDBVersion(ctx); err != nil {
		return 0, 0, fmt.Errorf("read schema version: %w", err)
	}
	// A newer schema has nothing to be moved; to say so as if all were well would send the operator off to
	// start an office that refuses it.
	if sources := p.ListSources(); from > sources[len(sources)-1].Version {
		return from, 0, s.checkSchema(ctx)
	}
	if _, err = p.Up(ctx); err != nil {
		return from, 0, fmt.Errorf("migrate: %w", err)
	}
	to, err = p.GetDBVersion(ctx)
	return from, to, err
}

func (s *Store) checkSchema(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	sources := p.ListSources()
	want := sources[len(sources)-1].Version
	switch {
	case have < want:
		return fmt.Errorf("%w: it is at version %d, this program needs %d: run fundy migrate --city DIR", ErrSchema, have, want)
	case have > want:
		return fmt.Errorf("%w: it is at version %d, this program knows %d only: run the newer fundy that moved it there", ErrSchema, have, want)
	}
	return nil
}

// statements keeps the prepared statements of one SQLite connection, by text. One caller at a time
// has the connection, so no lock is needed. PostgreSQL's driver keeps its own.
type statements struct {
	db       *sql.Conn
	prepared map[string]*sql.Stmt
}

func (p *statements) get(query string) (*sql.Stmt, error) {
	if stmt, ok := p.prepared[query]; ok {
		return stmt, nil
	}
	stmt, err := p.db.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, kind(err)
	}
	if p.prepared == nil {
		p.prepared = map[string]*sql.Stmt{}
	}
	p.prepared[query] = stmt
	return stmt, nil
}

// exec runs a statement that takes no arguments and returns no rows.
func (p *statements) exec(ctx context.Context, query string) error {
	stmt, err := p.get(query)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx)
	return kind(err)
}

func (p *statements) close() {
	for _, stmt := range p.prepared {
		stmt.Close()
	}
	p.prepared = nil
}

// queries is every statement of the package, for the test that prepares each on both databases.
var queries = map[string]string{}

// query registers a statement under a name that errors and tests know it by.
func query(name, text string) string {
	if _, ok := queries[name]; ok {
		panic("store: two statements named " + name)
	}
	queries[name] = text
	return text
}

func micros(t time.Time) int64 { return t.UnixMicro() }

func fromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }

// nullMicros is null for the zero time.
func nullMicros(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}
