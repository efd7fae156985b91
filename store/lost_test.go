package store_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"fundy/fault"
	"fundy/store"
	"fundy/store/storetest"
)

func addKey(id string) func(context.Context, *store.Tx) error {
	return func(ctx context.Context, tx *store.Tx) error {
		return tx.AddDataKey(ctx, store.DataKey{ID: id, Sealed: []byte{1}}, time.Now())
	}
}

func hasKey(t *testing.T, s *store.Store, id string) bool {
	t.Helper()
	err := s.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.DataKey(ctx, id)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

// After a restart of the server every connection of the pool is dead, and no reader is told so.
func TestAReadingGoesPastConnectionsThatAreDead(t *testing.T) {
	t.Parallel()
	r, config := storetest.BehindRelay(t)
	config.ReadConns = 4
	s := storetest.Open(t, config)
	var all sync.WaitGroup
	for range config.ReadConns {
		all.Go(func() {
			if err := s.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error { return tx.Sleep(ctx) }); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	r.Cut()
	if hasKey(t, s, "none") {
		t.Error("a key that nobody has made")
	}
}

// A connection that breaks before the commit has changed nothing: the write is tried again on another.
func TestAConnectionLostBeforeTheCommitIsTriedAgain(t *testing.T) {
	t.Parallel()
	r, config := storetest.BehindRelay(t)
	s := storetest.Open(t, config)
	tries := 0
	err := s.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		if tries++; tries == 1 {
			time.AfterFunc(20*time.Millisecond, r.Cut)
		}
		if err := tx.Sleep(ctx); err != nil {
			return err
		}
		return addKey("a")(ctx, tx)
	})
	if err != nil || tries != 2 || !hasKey(t, s, "a") {
		t.Errorf("%d tries, %v", tries, err)
	}
	// A read can't be run again for its caller, who may have kept half of it: he is told.
	time.AfterFunc(20*time.Millisecond, r.Cut)
	err = s.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error { return tx.Sleep(ctx) })
	if !errors.Is(err, store.ErrBusy) {
		t.Errorf("a reading that was cut: %v", err)
	}
}

// A commit whose answer is lost may stand, and is not made again.
func TestACommitWithALostAnswerIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	r, config := storetest.BehindRelay(t)
	s := storetest.Open(t, config)
	tries := 0
	err := s.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		tries++
		r.CutAfter("commit\x00")
		return addKey("a")(ctx, tx)
	})
	if !errors.Is(err, store.ErrCommitUnknown) || errors.Is(err, store.ErrBusy) || tries != 1 {
		t.Errorf("%d tries, %v", tries, err)
	}
	for n := 0; !hasKey(t, s, "a"); n++ { // the server may still be at it
		if n == 500 {
			t.Fatal("what was committed is not there")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// A session that an administrator ends at its commit may have committed: it is not a no.
func TestASessionEndedAtItsCommitIsUnknown(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{Driver: "postgres", DSN: storetest.Postgres(t), ReadConns: 2})
	ctx := context.Background()
	err := s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		return tx.Exec(ctx, `
create function slow_end() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
create constraint trigger slow_end after insert on data_key deferrable initially deferred for each row execute function slow_end()`)
	})
	if err != nil {
		t.Fatal(err)
	}
	tries := 0
	err = s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		tries++
		return addKey("a")(ctx, tx)
	})
	if !errors.Is(err, store.ErrCommitUnknown) || errors.Is(err, store.ErrBusy) || tries != 1 {
		t.Errorf("%d tries, %v", tries, err)
	}
}

// A server that can't be written any more is left: the next connection goes to the one that can.
func TestAReadOnlyConnectionIsNotKept(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{Driver: "postgres", DSN: storetest.Postgres(t), ReadConns: 1})
	ctx := context.Background()
	err := s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		return tx.Exec(ctx, "set session characteristics as transaction read only")
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(ctx, fault.ByTest, addKey("a")); err != nil || !hasKey(t, s, "a") {
		t.Errorf("after the connection could only read: %v", err)
	}
}

// Of several hosts the one is taken that can be written, whether the connection string says so or not.
func TestOfSeveralHostsTheOneIsTakenThatCanBeWritten(t *testing.T) {
	t.Parallel()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	u, err := url.Parse(storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	u.Host = gone.Addr().String() + "," + u.Host
	s := storetest.Open(t, store.Config{Driver: "postgres", DSN: u.String(), ReadConns: 1})
	if err := s.Write(context.Background(), fault.ByTest, addKey("a")); err != nil || !hasKey(t, s, "a") {
		t.Error(err)
	}
	_, _, err = store.Migrate(context.Background(), store.Config{Driver: "postgres", DSN: strings.Replace(u.String(), "sslmode=disable", "sslmode=disable&options=-c%20default_transaction_read_only%3Don", 1)})
	if err == nil || !strings.Contains(err.Error(), "read only connection") {
		t.Errorf("two hosts that can't be written: %v", err)
	}
}
