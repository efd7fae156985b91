package storetest

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"fundy/store"
)

// Relay is a wire to PostgreSQL that a test can cut.
type Relay struct {
	net.Listener
	server string
	mu     sync.Mutex
	cutAt  string // once these bytes have been passed on to the server, its answer is lost
	away   bool   // nobody comes through
	open   []net.Conn
}

// BehindRelay makes a database whose connection string goes through a relay.
func BehindRelay(t *testing.T) (*Relay, store.Config) {
	t.Helper()
	u, err := url.Parse(Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &Relay{Listener: l, server: u.Host}
	t.Cleanup(func() { l.Close(); r.Cut() })
	go r.accept()
	u.Host = l.Addr().String()
	return r, store.Config{Driver: "postgres", DSN: u.String(), ReadConns: 2}
}

func (r *Relay) accept() {
	for {
		client, err := r.Accept()
		if err != nil {
			return
		}
		r.mu.Lock()
		away := r.away
		r.mu.Unlock()
		if away {
			client.Close()
			continue
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
func (r *Relay) pass(server, client net.Conn) {
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

// CutAfter loses the server's answer to the next message with this text in it.
func (r *Relay) CutAfter(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cutAt = text
}

// Cut ends all connections.
func (r *Relay) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.open {
		c.Close()
	}
	r.open = nil
}

// Away takes the database away, or gives it back.
func (r *Relay) Away(away bool) {
	r.mu.Lock()
	r.away = away
	r.mu.Unlock()
	r.Cut()
}
