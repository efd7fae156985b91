package citytest

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Findings stops listening and returns what the tripwire has found: what passed, what was logged and
// what is stored.
func (c *City) Findings() []Finding {
	c.trip.end()
	c.trip.buffer(PlaceLog, "all processes", c.Log)
	c.trip.buffer("first lines and headers", "all", &c.trip.heads)
	c.trip.mails(c.mail)
	if err := c.dump(c.trip); err != nil {
		c.trip.add(Finding{Place: PlaceStore, Where: "all", Form: "not read: " + err.Error()})
	}
	return c.trip.findings()
}

// check is the tripwire at the city's end.
func (c *City) check() {
	for _, f := range c.Findings() {
		if !c.trip.disarmed {
			c.T.Errorf("something personal was where it may not be: %s", f)
		}
	}
}

// Saw says whether a kind has been where it may be: a search that can find it there is one that works.
func (c *City) Saw(place string, kind Kind) bool {
	c.trip.mu.Lock()
	defer c.trip.mu.Unlock()
	return c.trip.allowed[place][kind]
}

// Heard is how many bytes of a place were looked at.
func (c *City) Heard(place string) int64 {
	c.trip.mu.Lock()
	defer c.trip.mu.Unlock()
	return c.trip.read[place]
}

// dump looks at every byte that the store has: its files, or each value of each table.
func (c *City) dump(t *tripwire) error {
	if c.config.Driver == "postgres" {
		return dumpPostgres(t, c.config.DSN)
	}
	files, err := filepath.Glob(c.config.Path + "*")
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no files of the store at %s: %w", c.config.Path, err)
	}
	for _, path := range files {
		if err := t.file(PlaceStore, filepath.Base(path), path); err != nil {
			return err
		}
	}
	return nil
}

func (t *tripwire) file(place, where, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	t.rest(place, where, f)
	return nil
}

func dumpPostgres(t *tripwire, dsn string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.Query(`
		select quote_ident(table_schema) || '.' || quote_ident(table_name)
		from information_schema.tables
		where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		tables = append(tables, name)
	}
	if len(tables) == 0 {
		return fmt.Errorf("no tables: %w", rows.Err())
	}
	for _, name := range tables {
		if err := dumpTable(t, db, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return rows.Err()
}

// dumpTable writes each value on a line of its own, bytes as they are, through a pipe: no table has to
// fit memory.
func dumpTable(t *tripwire, db *sql.DB, name string) error {
	rows, err := db.QueryContext(context.Background(), "select * from "+name)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(dumpRows(w, rows, len(columns))) }()
	t.rest(PlaceStore, name, r)
	return nil
}

func dumpRows(w io.Writer, rows *sql.Rows, columns int) error {
	values, into := make([]any, columns), make([]any, columns)
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for _, v := range values {
			format := "%v\n"
			if _, ok := v.([]byte); ok {
				format = "%s\n"
			}
			if _, err := fmt.Fprintf(w, format, v); err != nil {
				return err
			}
		}
	}
	return rows.Err()
}

// SearchFolder looks for all that the tripwire looks for in a city on disk and in what its processes
// printed. Files whose base name is in except are another party's. It returns how many files it read.
func SearchFolder(dir string, plates []string, printed string, except ...string) ([]Finding, int, error) {
	t, read := newTripwire(), 0
	t.plates, t.shortest = plates, 8 // a city on disk has a million letters of ids
	t.rest(PlaceLog, "what was printed", strings.NewReader(printed))
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || slices.Contains(except, e.Name()) {
			return err
		}
		read++
		return t.file(PlaceStore, path, path)
	})
	return t.findings(), read, err
}
