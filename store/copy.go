package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"fundy/city"
)

// ErrNotSQLite is a copy asked of a store that is not a file.
var ErrNotSQLite = errors.New("only a SQLite store is copied from here")

// CopyTo writes the store as it stands at one instant to a new file, while others read and write. It is
// `vacuum into`, not the online backup interface: that one begins again each time another process has
// written, so that it might never end, and takes free pages along, in which what was deleted still stands.
// The writers go on; the write-ahead log is cut again when it is through. A crash leaves part of a file.
func (s *Store) CopyTo(ctx context.Context, path string) (err error) {
	if s.dialect.name != "sqlite" {
		return ErrNotSQLite
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // an empty file is filled; its mode stays
	if err != nil {
		return fmt.Errorf("copy store: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("copy store: %w", err)
	}
	db, err := sql.Open("sqlite", sqliteDSN(s.config, false))
	if err != nil {
		return fmt.Errorf("open sqlite: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, "vacuum into $1", path); err != nil {
		return fmt.Errorf("copy store: %w", kind(err))
	}
	return nil
}

// Copy is what a SQLite file says of itself.
type Copy struct {
	City   string // "" where the store is no city's yet
	Kind   city.Kind
	Schema int64
	Rows   map[string]int64 // of each table
}

// Empty says whether nothing has been brought in yet: a store that fundy init has made.
func (c Copy) Empty() bool {
	for table, n := range c.Rows {
		if n > 0 && table != "city_identity" && table != "goose_db_version" && table != "dispute_list" {
			return false
		}
	}
	return true
}

// Inspect reads what stands in a copy that nobody writes. No byte of it changes.
func Inspect(ctx context.Context, path string) (c Copy, err error) {
	db, err := openStill(path)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tables, err := texts(ctx, db, "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name")
	if err != nil {
		return c, fmt.Errorf("read the copy's tables: %w", err)
	}
	c.Rows = make(map[string]int64, len(tables))
	for _, table := range tables {
		var n int64
		quoted := `"` + strings.ReplaceAll(table, `"`, `""`) + `"` // a name can't be an argument
		if err := db.QueryRowContext(ctx, "select count(*) from "+quoted).Scan(&n); err != nil {
			return c, fmt.Errorf("count the rows of %s: %w", table, err)
		}
		c.Rows[table] = n
	}
	if _, ok := c.Rows["goose_db_version"]; !ok {
		return c, fmt.Errorf("%w: it is no store of Fundy's", ErrSchema)
	}
	if err := db.QueryRowContext(ctx, "select max(version_id) from goose_db_version where is_applied").Scan(&c.Schema); err != nil {
		return c, fmt.Errorf("read schema version: %w", err)
	}
	err = db.QueryRowContext(ctx, qCityIdentity).Scan(&c.City, &c.Kind)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return c, fmt.Errorf("read city identity: %w", err)
	}
	return c, nil
}

// CheckFile has SQLite look at every page, index and reference of a copy that nobody writes, and returns
// what is wrong with them.
func CheckFile(ctx context.Context, path string) (faults []string, err error) {
	db, err := openStill(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	found, err := texts(ctx, db, "pragma integrity_check")
	if err != nil {
		return nil, fmt.Errorf("check integrity: %w", err)
	}
	if len(found) != 1 || found[0] != "ok" {
		faults = append(faults, found...)
	}
	found, err = texts(ctx, db, `select "table" from pragma_foreign_key_check limit 20`)
	if err != nil {
		return nil, fmt.Errorf("check references: %w", err)
	}
	for _, table := range found {
		faults = append(faults, "a row of "+table+" refers to one that is not there")
	}
	return faults, nil
}

// SchemaOf is the schema version that this program's SQLite stores have.
func SchemaOf() (int64, error) {
	s := &Store{dialect: dialects["sqlite"], writers: &sql.DB{}}
	p, err := s.provider()
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	sources := p.ListSources()
	return sources[len(sources)-1].Version, nil
}

// openStill opens a file that does not change while it is open.
func openStill(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&immutable=1")
	if err != nil {
		return nil, fmt.Errorf("open copy: %w", err)
	}
	return db, nil
}

func texts(ctx context.Context, db *sql.DB, q string) ([]string, error) {
	rows, err := db.QueryContext(ctx, q)
	if err != nil {
		return nil, kind(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}
