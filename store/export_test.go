package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"fundy/fault"
	"fundy/logbook"
)

// Queries is every registered statement.
func Queries() map[string]string { return queries }

// MigrateTo moves a database's schema to a version.
func MigrateTo(ctx context.Context, c Config, version int64) error {
	s, err := open(c)
	if err != nil {
		return err
	}
	defer s.Close()
	p, err := s.provider()
	if err == nil {
		_, err = p.UpTo(ctx, version)
	}
	return err
}

// Prepare prepares a statement.
func (s *Store) Prepare(ctx context.Context, text string) error {
	return s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *Tx) error {
		if tx.pg == nil {
			_, err := tx.stmts.get(text)
			return err
		}
		stmt, err := tx.pg.(*sql.Tx).PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		return stmt.Close()
	})
}

// rowsToChange is a row for each append-only table.
var rowsToChange = map[string][]string{
	"posting":       {"insert into ledger_entry (id, kind, ref, entered_at, effective_at) values ('p', 'k', 'p', 0, 0)", "insert into posting (entry_id, line, debit, credit, amount_minor, ticket_id, component) values ('p', 1, 'a', 'b', 1, 't', 'c')"},
	"ledger_entry":  {"insert into ledger_entry (id, kind, ref, entered_at, effective_at) values ('e', 'k', 'e', 0, 0)"},
	"ledger_export": {"insert into ledger_export (id, from_day, until_day, basis, provisional, mapping, digest, lines, debit_minor, made_by, made_at) values ('x', '', '', 'cash', 0, '', '', 0, 0, 'anne', 0)"},
	"year_lock":     {"insert into year_lock (year, ends_at, closed_by, closed_at, body) values (2027, 0, 'anne', 0, '')"},
	"leaf":          {"insert into leaf (id, at, kind, salt, opening, commitment) values ('l', 0, 'k', cast('s' as BLOBTYPE), 'o', cast('c' as BLOBTYPE))"},
}

// AddTestLeaf writes a leaf whose commitment can be copied where a test needs bytes: the two databases write them
// otherwise.
func (s *Store) AddTestLeaf(ctx context.Context) error {
	return s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *Tx) error {
		return tx.AddLeaf(ctx, logbook.Leaf{ID: "l", Kind: "test", Salt: []byte{1}, Opening: "{}"})
	})
}

// TryChange writes a row into an append-only table and deletes it; the error is what refused.
func (s *Store) TryChange(ctx context.Context, table string) error {
	return s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *Tx) error {
		for _, insert := range rowsToChange[table] {
			insert = strings.ReplaceAll(insert, "BLOBTYPE", map[string]string{"sqlite": "blob", "postgres": "bytea"}[s.dialect.name])
			if _, err := tx.exec(ctx, insert); err != nil {
				return nil //nolint:nilerr // the insert itself must work: no error means that the test fails
			}
		}
		_, err := tx.exec(ctx, "delete from "+table)
		return err
	})
}

// LimitPages makes SQLite's file full at so many pages more than it has; negative: full no more.
func (s *Store) LimitPages(ctx context.Context, more int) error {
	return s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *Tx) error {
		var pages int
		if err := tx.stmts.db.QueryRowContext(ctx, "pragma page_count").Scan(&pages); err != nil {
			return err
		}
		most := pages + more
		if more < 0 {
			most = 1 << 30
		}
		return tx.stmts.db.QueryRowContext(ctx, "pragma max_page_count = "+strconv.Itoa(most)).Scan(&most)
	})
}

// WriteTogether runs the functions in one group, in their order, and returns their errors.
func (s *Store) WriteTogether(ctx context.Context, fns ...func(ctx context.Context, tx *Tx) error) []error {
	jobs := make([]*job, len(fns))
	for i, fn := range fns {
		jobs[i] = &job{ctx: ctx, fn: fn, result: make(chan error, 1)}
	}
	entered, leave := make(chan struct{}), make(chan struct{})
	go s.group.write(ctx, func(context.Context, *Tx) error { close(entered); <-leave; return nil }) //nolint:errcheck // holds the writer while the jobs gather
	<-entered
	for _, j := range jobs {
		s.group.jobs <- j
	}
	close(leave)
	errs := make([]error, len(fns))
	for i, j := range jobs {
		errs[i] = <-j.result
	}
	return errs
}

// Exec runs a statement of a test's own.
func (tx *Tx) Exec(ctx context.Context, text string) error {
	_, err := tx.exec(ctx, text)
	return err
}

// Sleep is a query of one row that the database takes a while to answer.
func (tx *Tx) Sleep(ctx context.Context) error {
	var n int
	return tx.row(ctx, "select 1 from pg_sleep(0.2)").Scan(&n)
}
