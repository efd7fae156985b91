package citytest

import (
	"context"
	"database/sql/driver"
	"strings"
	"sync"

	"modernc.org/sqlite"

	"fundy/fault"
	"fundy/store"
)

// writing are SQLite's writing connections, by the store's file: the last one that was opened. A test that
// runs as root can't take a right away from itself, so what a full or a read-only disk answers is had from
// SQLite itself, on the connection that would meet it.
var writing = struct {
	sync.Mutex
	by map[string]sqlite.ExecQuerierContext
}{by: map[string]sqlite.ExecQuerierContext{}}

func init() {
	sqlite.RegisterConnectionHook(func(conn sqlite.ExecQuerierContext, dsn string) error {
		path, settings, _ := strings.Cut(strings.TrimPrefix(dsn, "file:"), "?")
		if !strings.Contains(settings, "query_only") {
			writing.Lock()
			writing.by[path] = conn
			writing.Unlock()
		}
		return nil
	})
}

func (c *City) pragma(ctx context.Context, text string) error {
	writing.Lock()
	conn := writing.by[c.config.Path]
	writing.Unlock()
	rows, err := conn.QueryContext(ctx, "pragma "+text, []driver.NamedValue{})
	if err != nil {
		return err
	}
	return rows.Close()
}

// FillDisk makes the store's file full: no page can be added, and every change's leaf would need one.
// FreeDisk makes room again.
func (c *City) FillDisk() {
	c.T.Helper()
	c.limit("max_page_count = 1") // SQLite takes the size that the file has
}

// FreeDisk is there being room again.
func (c *City) FreeDisk() {
	c.T.Helper()
	c.limit("max_page_count = 1073741824")
}

// limit sets it in a write, when nobody else has the connection.
func (c *City) limit(text string) {
	c.T.Helper()
	err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, _ *store.Tx) error { return c.pragma(ctx, text) })
	if err != nil {
		c.T.Fatal(err)
	}
}

// LockDisk makes the store's disk read-only, or writable again. SQLite then refuses a write before it
// begins, so it is done while there is no office: a new one is started on the same store.
func (c *City) LockDisk(on bool) {
	c.T.Helper()
	c.stop()
	if err := c.pragma(context.Background(), map[bool]string{true: "query_only = 1", false: "query_only = 0"}[on]); err != nil {
		c.T.Fatal(err)
	}
	c.startOffice()
}
