package store_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"fundy/fault"
	"fundy/store"
	"fundy/store/storetest"
)

// A full disk ends the whole transaction: who is told no has nothing written, who is told yes has all, and
// the store goes on when there is room again.
func TestAFullDiskWritesAllOrNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := storetest.Open(t, store.Config{Driver: "sqlite", Path: filepath.Join(t.TempDir(), "city.db")})
	key := func(id string, size int) func(context.Context, *store.Tx) error {
		return func(ctx context.Context, tx *store.Tx) error {
			return tx.AddDataKey(ctx, store.DataKey{ID: id, Sealed: bytes.Repeat([]byte{1}, size)}, time.Now())
		}
	}
	if err := s.LimitPages(ctx, 4); err != nil {
		t.Fatal(err)
	}
	ids := []string{"before", "large", "after"}
	errs := s.WriteTogether(ctx, key(ids[0], 10), key(ids[1], 1<<20), key(ids[2], 10))
	if !errors.Is(errs[1], store.ErrFull) {
		t.Errorf("the large one: %v", errs[1])
	}
	for i, id := range ids {
		err := s.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.DataKey(ctx, id)
			return err
		})
		if (errs[i] == nil) != (err == nil) {
			t.Errorf("%s: answered %v, and reading it says %v", id, errs[i], err)
		}
	}
	if err := s.LimitPages(ctx, -1); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(ctx, fault.ByTest, key("again", 1<<20)); err != nil {
		t.Errorf("there is room again: %v", err)
	}
}
