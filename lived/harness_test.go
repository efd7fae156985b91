package lived_test

import (
	"context"
	"database/sql"
	"testing"

	"fundy/store"
)

// memory is a store in memory, that is gone with the test.
func memory(t *testing.T, c store.Config) *store.Store {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+c.Path+"?vfs=memdb")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if err := db.Ping(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, _, err := store.Migrate(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
