// Package storetest is what both databases must pass, and how tests open one.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fundy/store"
)

// Both runs a test on SQLite and on PostgreSQL. PostgreSQL is the server of FUNDY_TEST_POSTGRES (a
// connection string); without one its half is skipped, or fails where FUNDY_TEST_POSTGRES_REQUIRED is set.
func Both(t *testing.T, test func(t *testing.T, c store.Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, store.Config{Driver: "sqlite", Path: filepath.Join(t.TempDir(), "city.db")})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, store.Config{Driver: "postgres", DSN: Postgres(t), ReadConns: 6})
	})
}

// Postgres makes a database for one test and drops it at its end.
func Postgres(t *testing.T) string {
	t.Helper()
	server := os.Getenv("FUNDY_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("FUNDY_TEST_POSTGRES_REQUIRED") != "" {
			t.Fatal("FUNDY_TEST_POSTGRES is not set: run make test, which starts a PostgreSQL of its own")
		}
		t.Skip("NOT TESTED ON POSTGRESQL: FUNDY_TEST_POSTGRES is not set; make test starts one")
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	name := "t_" + strings.ToLower(rand.Text()[:16])
	if _, err := admin.Exec("create database " + name); err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("drop database " + name + " with (force)"); err != nil {
			t.Errorf("drop database: %v", err)
		}
		admin.Close()
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("FUNDY_TEST_POSTGRES: %v", err)
	}
	u.Path = "/" + name
	return u.String()
}

// Open migrates and opens a store, and closes it at the test's end.
func Open(t testing.TB, c store.Config) *store.Store {
	t.Helper()
	ctx := context.Background()
	if _, _, err := store.Migrate(ctx, c); err != nil {
		t.Fatal(fmt.Errorf("migrate: %w", err))
	}
	s, err := store.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
