package store_test

import (
	"bytes"
	"context"
	"errors"
	"io"
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

// relay is a wire to PostgreSQL that a test can cut.
type relay struct {
	net.Listener
	server string
	mu     sync.Mutex
	cutAt  string // once these bytes have been passed on to the server, its answer is lost
	open   []net.Conn
}

// behindRelay makes a database whose connection string goes through a relay.
func behindRelay(t *testing.T) (*relay, store.Config) {
	t.Helper()
	u, err := url.Parse(storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{Listener: l, server: u.Host}
	t.Cleanup(func() { l.Close(); r.cut() })
	go r.accept()
	u.Host = l.Addr().String()
	return r, store.Config{Driver: "postgres", DSN: u.String(), ReadConns: 2}
}

func (r *relay) accept() {
	for {
		client, err := r.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", r.server)
		if err != nil {
			client.Close()
			continue
		}
		r.mu.Lock()
		r.open = append(r.open, client, server)
		r.mu.Unlock()
		go io.Copy(client, server) //nolint:errcheck // it ends with the connection
		go r.pass(server, client)
	}
}

// pass gives the server what the client says. What the server answers to the last of it, nobody hears.
func (r *relay) pass(server, client net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		r.mu.Lock()
		cut := r.cutAt != "" && bytes.Contains(buf[:n], []byte(r.cutAt))
		if cut {
			r.cutAt = ""
		}
		r.mu.Unlock()
		if cut {
			client.Close()
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (r *relay) cutAfter(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cutAt = text
}

// cut ends all connections.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.open {
		c.Close()
	}
	r.open = nil
}

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

// A connection that breaks before the commit has changed nothing: the write is tried again on another.
func TestAConnectionLostBeforeTheCommitIsTriedAgain(t *testing.T) {
	t.Parallel()
	r, config := behindRelay(t)
	s := storetest.Open(t, config)
	tries := 0
	err := s.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		if tries++; tries == 1 {
			time.AfterFunc(20*time.Millisecond, r.cut)
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
	time.AfterFunc(20*time.Millisecond, r.cut)
	err = s.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error { return tx.Sleep(ctx) })
	if !errors.Is(err, store.ErrBusy) {
		t.Errorf("a reading that was cut: %v", err)
	}
}

// A commit whose answer is lost may stand, and is not made again.
func TestACommitWithALostAnswerIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	r, config := behindRelay(t)
	s := storetest.Open(t, config)
	tries := 0
	err := s.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		tries++
		r.cutAfter("commit\x00")
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
