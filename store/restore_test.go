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

// A mark stands until it is lifted, the earliest backup counts, and one that was set while another was being
// worked off stands on. The proof of the youngest backup is the last.
func TestAMarkStandsUntilItIsLifted(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		s, ctx := storetest.Open(t, c), context.Background()
		day := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
		write := func(fn func(context.Context, *store.Tx) error) {
			t.Helper()
			if err := s.Write(ctx, fault.ByTest, fn); err != nil {
				t.Fatal(err)
			}
		}
		read := func() (r store.Restoring, standing bool) {
			t.Helper()
			err := s.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) { r, standing, err = tx.Restoring(ctx); return err })
			if err != nil {
				t.Fatal(err)
			}
			return r, standing
		}
		lift := func(r store.Restoring) (lifted bool) {
			t.Helper()
			write(func(ctx context.Context, tx *store.Tx) (err error) {
				lifted, err = tx.LiftRestore(ctx, r, store.Restored{Listed: 3, Attached: 2, Unplaced: 1}, day)
				return err
			})
			return lifted
		}
		if _, standing := read(); standing {
			t.Error("a new store is marked")
		}
		for i, backup := range []time.Time{day, day.Add(-time.Hour)} {
			write(func(ctx context.Context, tx *store.Tx) error {
				return tx.MarkRestored(ctx, backup, day.Add(time.Duration(i)*time.Minute))
			})
		}
		first, standing := read()
		if !standing || !first.Since.Equal(day.Add(-time.Hour)) {
			t.Errorf("%+v, %v", first, standing)
		}
		write(func(ctx context.Context, tx *store.Tx) error {
			return tx.MarkRestored(ctx, day.Add(time.Hour), day.Add(2*time.Hour))
		})
		if !lift(first) || lift(first) {
			t.Error("two marks are not lifted once")
		}
		if second, standing := read(); !standing || !second.Since.Equal(day.Add(time.Hour)) || !lift(second) {
			t.Errorf("the one that came meanwhile: %+v, %v", second, standing)
		}
		if _, standing := read(); standing {
			t.Error("all are lifted, and one stands")
		}

		err := s.Read(ctx, func(ctx context.Context, tx *store.Tx) error { _, err := tx.LastBackupProof(ctx); return err })
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("no backup has been proved: %v", err)
		}
		for i := range 3 { // the one in the middle is the youngest backup
			at := day.Add([]time.Duration{0, 48, 24}[i] * time.Hour)
			write(func(ctx context.Context, tx *store.Tx) error {
				return tx.AddBackupProof(ctx, store.BackupProof{BackupAt: at, ProvedAt: day.Add(time.Duration(i) * time.Hour), FileDigest: []byte{byte(i)}, StoreDigest: []byte{9}})
			})
		}
		var p store.BackupProof
		err = s.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) { p, err = tx.LastBackupProof(ctx); return err })
		if err != nil || !p.BackupAt.Equal(day.Add(48*time.Hour)) || !bytes.Equal(p.FileDigest, []byte{1}) || !p.ProvedAt.Equal(day.Add(time.Hour)) {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// A copy is taken while others write: it is one instant's state, and whole; the write goes on.
func TestACopyIsOneInstantsStateWhileOthersWrite(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := storetest.Open(t, store.Config{Driver: "sqlite", Path: filepath.Join(t.TempDir(), "city.db")})
	stop, done := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for ; ; n++ {
			select {
			case <-stop:
				done <- n
				return
			default:
			}
			// Two rows together, always: a copy with an odd number has torn a transaction.
			err := s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
				at := time.Now()
				return errors.Join(tx.MarkRestored(ctx, at, at), tx.MarkRestored(ctx, at, at))
			})
			if err != nil {
				t.Error(err)
			}
		}
	}()
	counts := map[int64]bool{}
	for i := range 5 {
		path := filepath.Join(t.TempDir(), string(rune('a'+i))+".db")
		if err := s.CopyTo(ctx, path); err != nil {
			t.Fatal(err)
		}
		c, err := store.Inspect(ctx, path)
		if err != nil || c.Rows["restore_mark"]%2 != 0 || c.Empty() != (c.Rows["restore_mark"] == 0) {
			t.Errorf("%+v, %v", c, err)
		}
		if faults, err := store.CheckFile(ctx, path); err != nil || len(faults) > 0 {
			t.Errorf("%v, %v", faults, err)
		}
		counts[c.Rows["restore_mark"]] = true
		if err := s.CopyTo(ctx, path); err == nil {
			t.Error("a copy is written over")
		}
	}
	close(stop)
	if n := <-done; n < 2 || len(counts) < 2 {
		t.Errorf("%d writes while copies of %d states were taken", n, len(counts))
	}
}
