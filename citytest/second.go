package citytest

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"fundy/desk"
	"fundy/desk/deskpb/deskpbconnect"
	"fundy/office"
	"fundy/store"
)

// Second is a second office of a city: its own pool on the same database, its own settler, socket and portal.
type Second struct {
	Office *office.Office
	socket string
	kill   func()
}

// Second starts a second office. wire is its way to the card processor; nil for an ordinary one.
func (c *City) Second(wire http.RoundTripper) *Second {
	c.T.Helper()
	s, err := store.Open(context.Background(), c.config)
	if err != nil {
		c.T.Fatal(err)
	}
	if wire == nil {
		wire = c.wire()
	}
	o := &Second{Office: c.office(context.Background(), s, c.adapter(wire))}
	dir, err := os.MkdirTemp("", "desk")
	if err != nil {
		c.T.Fatal(err)
	}
	o.socket = filepath.Join(dir, "desk.sock")
	l, err := desk.Listen(o.socket, os.Getuid())
	if err != nil {
		c.T.Fatal(err)
	}
	inside := &http.Server{Handler: o.Office.Handler(), ReadHeaderTimeout: time.Second}
	go inside.Serve(&listener{l, c.trip, PlaceDeskIn, PlaceDeskOut}) //nolint:errcheck // it ends with the test
	portal := c.portal(o.socket, slog.New(slog.NewTextHandler(c.Log, nil)))
	c.second.Store(&portal)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { o.Office.Run(ctx) }) //nolint:errcheck // it ends with the test
	o.kill = func() { c.second.Store(nil); stop(); inside.Close() }
	c.T.Cleanup(func() { o.kill(); running.Wait(); s.Close(); os.RemoveAll(dir) })
	return o
}

// Desk is the second office's socket.
func (o *Second) Desk() deskpbconnect.DeskClient { return desk.Dial(o.socket) }

// Kill ends the office as far as anybody else can see: it answers nobody and begins nothing more.
func (o *Second) Kill() { o.kill() }

// events gives the second office's portal every event that comes to the first one's.
func (c *City) events(first http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		second := c.second.Load()
		if second == nil || !strings.HasPrefix(r.URL.Path, "/processor/") {
			first.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, desk.MaxEvent))
		if err != nil {
			http.Error(w, "event not read", http.StatusBadRequest)
			return
		}
		var both sync.WaitGroup
		both.Go(func() {
			again := r.Clone(r.Context())
			again.Body = io.NopCloser(bytes.NewReader(body))
			(*second).ServeHTTP(httptest.NewRecorder(), again)
		})
		r.Body = io.NopCloser(bytes.NewReader(body))
		first.ServeHTTP(w, r)
		both.Wait()
	})
}
