package store_test

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fundy/fault"
	"fundy/store"
	"fundy/store/storetest"
)

// Every statement prepares on both databases, and its $N come in ascending first use: a driver that
// binds by place would otherwise swap arguments without a word.
func TestEveryStatementPreparesAndCountsUp(t *testing.T) {
	t.Parallel()
	placeholder := regexp.MustCompile(`\$(\d+)`)
	for name, text := range store.Queries() {
		highest := 0
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			n, _ := strconv.Atoi(m[1])
			if n > highest+1 {
				t.Errorf("%s: $%d comes before $%d", name, n, highest+1)
			}
			highest = max(highest, n)
		}
	}
	storetest.Both(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		for name, text := range store.Queries() {
			if err := s.Prepare(context.Background(), text); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAnErrorTakesBackItsOwnWriteOnly(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		ctx := context.Background()
		no := errors.New("no")
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				err := s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
					if err := tx.AddDataKey(ctx, store.DataKey{ID: strconv.Itoa(i), Sealed: []byte{1}}, time.Now()); err != nil {
						return err
					}
					if i%2 == 1 {
						return no
					}
					return nil
				})
				if (i%2 == 1) != errors.Is(err, no) {
					t.Errorf("write %d: %v", i, err)
				}
			}()
		}
		wg.Wait()
		for i := range 40 {
			err := s.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.DataKey(ctx, strconv.Itoa(i))
				return err
			})
			if (i%2 == 1) != errors.Is(err, store.ErrNotFound) {
				t.Errorf("read %d: %v", i, err)
			}
		}
	})
}

func TestAPanicInAWriteIsAnErrorAndTheStoreGoesOn(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{Driver: "sqlite", Path: t.TempDir() + "/a.db"})
	ctx := context.Background()
	err := s.Write(ctx, fault.ByTest, func(context.Context, *store.Tx) error { panic("here") })
	if err == nil {
		t.Fatal("a panic passed")
	}
	err = s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		return tx.AddDataKey(ctx, store.DataKey{ID: "a", Sealed: []byte{1}}, time.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefusesAnotherSchemaWithTheCommand(t *testing.T) {
	t.Parallel()
	_, err := store.Open(context.Background(), store.Config{Driver: "sqlite", Path: t.TempDir() + "/new.db"})
	if !errors.Is(err, store.ErrSchema) || !regexp.MustCompile("fundy migrate").MatchString(err.Error()) {
		t.Fatalf("open of an empty file: %v", err)
	}
}

// A newer schema is not moved, and nobody is told that all is well.
func TestANewerSchemaIsRefusedWithTheFix(t *testing.T) {
	t.Parallel()
	c := store.Config{Driver: "sqlite", Path: t.TempDir() + "/newer.db"}
	if _, _, err := store.Migrate(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", c.Path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("insert into goose_db_version (version_id, is_applied) values (99, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Migrate(context.Background(), c); !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), "run the newer fundy") {
		t.Errorf("migrate: %v", err)
	}
}

func TestAppendOnlyTablesRefuseChange(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		ctx := context.Background()
		for _, table := range []string{"posting", "ledger_entry", "leaf", "ledger_export", "year_lock"} {
			if err := s.TryChange(ctx, table); err == nil {
				t.Errorf("%s was changed", table)
			}
		}
	})
}
