package citytest

import (
	"context"
	"net/http"
	"os"
	"sync"
	"time"

	"fundy/desk"
	"fundy/store"
)

// startOffice makes an office on the city's store and has it answer at the desk.
func (c *City) startOffice() {
	c.T.Helper()
	ctx, stop := context.WithCancel(context.Background())
	c.Office = c.office(ctx, c.Store, c.Adapter)
	l, err := desk.Listen(c.Socket, os.Getuid())
	if err != nil {
		c.T.Fatal(err)
	}
	c.inside = &http.Server{Handler: c.Office.Handler(), ReadHeaderTimeout: time.Second}
	go c.inside.Serve(&listener{l, c.trip, PlaceDeskIn, PlaceDeskOut}) //nolint:errcheck // it ends with the office
	var running sync.WaitGroup
	running.Go(func() { c.Office.Run(ctx) }) //nolint:errcheck // it ends with the office
	c.stop = sync.OnceFunc(func() {
		stop()
		running.Wait()
		c.CloseDesk()
	})
}

// StopOffice ends the office and closes its store. The portal, the sandbox and the payers go on.
func (c *City) StopOffice() {
	c.T.Helper()
	c.stop()
	if err := c.Store.Close(); err != nil {
		c.T.Fatal(err)
	}
}

// StartOffice starts an office on a store that is there.
func (c *City) StartOffice(config store.Config) {
	c.T.Helper()
	s, err := store.Open(context.Background(), config)
	if err != nil {
		c.T.Fatal(err)
	}
	c.Store, c.config = s, config
	c.startOffice()
}
