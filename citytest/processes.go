package citytest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"fundy/city"
	"fundy/store"
)

// Processes is a city of real processes: office, portal and the sandbox, each with a folder of its own that
// holds its own keys only, with one clock and with a link on every way between two of them.
type Processes struct {
	Office, Portal, Sandbox *Process
	Second                  *Process // another office on the same database, which answers no desk: PostgreSQL
	Clock                   *Clock
	Browser                 *Link // browser → portal
	Processor               *Link // office → sandbox
	Events                  *Link // sandbox → portal
	Desk                    *Link // portal → office
	Settings                city.Settings
	dir                     string
	sandbox                 controls
	config                  store.Config
	auditor                 auditor
	drop                    func() error
}

// NewProcesses makes a city from a template in dir and starts nothing yet.
func NewProcesses(ctx context.Context, t *Template, dir string) (c *Processes, err error) {
	c = &Processes{dir: dir, sandbox: controls{token: rand.Text()}, Clock: &Clock{path: filepath.Join(dir, "clock")}}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	for _, name := range []string{"office", "second", "portal", "sandbox"} {
		if err := os.MkdirAll(filepath.Join(dir, name, "run"), 0o700); err != nil {
			return c, err
		}
	}
	keys := filepath.Join(t.dir, "keys")
	err = errors.Join(
		CopyKeys(filepath.Join(dir, "office", "keys", "office"), filepath.Join(keys, "office")),
		CopyKeys(filepath.Join(dir, "second", "keys", "office"), filepath.Join(keys, "office")),
		CopyKeys(filepath.Join(dir, "portal", "keys", "portal"), filepath.Join(keys, "portal")),
		CopyKeys(filepath.Join(dir, "sandbox", "keys", "office"), filepath.Join(keys, "office")), // the processor's key and the webhook's secret
		c.Clock.set(0))
	if err != nil {
		return c, err
	}
	if c.config, c.drop, err = t.copyStore(ctx, filepath.Join(dir, "office")); err != nil {
		return c, err
	}
	if err := c.link(t); err != nil {
		return c, err
	}
	for name, p := range map[string]**Process{"office": &c.Office, "second": &c.Second, "portal": &c.Portal, "sandbox": &c.Sandbox} {
		if *p, err = c.process(name); err != nil {
			return c, err
		}
	}
	c.Sandbox.args = append(c.Sandbox.args, "--control", c.sandbox.token)
	return c, c.open(ctx)
}

func (c *Processes) process(name string) (*Process, error) {
	log, err := os.Create(filepath.Join(c.dir, name+".log"))
	if err != nil {
		return nil, err
	}
	verb := name
	if name == "second" {
		verb = "office"
	}
	return &Process{args: []string{verb, "--city", filepath.Join(c.dir, name)}, env: []string{"FUNDY_CLOCK=" + c.Clock.path}, log: log}, nil
}

// link puts a link on each way and writes to each process's city.toml where it has to go.
func (c *Processes) link(t *Template) error {
	b, err := os.ReadFile(filepath.Join(t.dir, "city.toml"))
	if err != nil {
		return err
	}
	settings, faults := city.ReadSettings(b)
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	portal, sandbox, desk := freePort(), freePort(), filepath.Join(c.dir, "office", "run", "desk.sock")
	c.sandbox.address = "http://" + sandbox
	for _, one := range []struct {
		link            **Link
		network, at, to string
	}{
		{&c.Browser, "tcp", "127.0.0.1:0", portal}, {&c.Events, "tcp", "127.0.0.1:0", portal}, {&c.Processor, "tcp", "127.0.0.1:0", sandbox},
		{&c.Desk, "unix", filepath.Join(c.dir, "portal", "run", "desk.sock"), desk},
	} {
		if *one.link, err = newLink(one.network, one.at, one.to); err != nil {
			return err
		}
	}
	_, port, err := net.SplitHostPort(c.Browser.Address)
	if err != nil {
		return err
	}
	settings.Portal.PublicURL, settings.Portal.Listen = "http://localhost:"+port, portal
	settings.Processor.BaseURL, settings.Processor.CardHost = "http://"+c.Processor.Address, sandbox
	settings.Store.DSNFile = filepath.Join(c.dir, "dsn")
	c.Settings = settings
	another := settings // the sandbox is another party: it knows neither the links nor the store
	another.Processor.BaseURL, another.Portal.Listen = "http://"+sandbox, c.Events.Address
	if err := os.WriteFile(settings.Store.DSNFile, []byte(c.config.DSN), 0o600); err != nil {
		return err
	}
	return errors.Join(c.write("office", settings), c.write("second", settings), c.write("portal", settings), c.write("sandbox", another))
}

func (c *Processes) write(name string, s city.Settings) error {
	b, err := s.TOML()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.dir, name, "city.toml"), b, 0o600)
}

// open opens the store to look into, twice: by its own code, and beside it.
func (c *Processes) open(ctx context.Context) (err error) {
	c.auditor.city = c.Settings.City()
	if c.auditor.store, err = store.Open(ctx, c.config); err != nil {
		return err
	}
	c.auditor.db, err = openBeside(c.config)
	return err
}

// Start starts all three and waits until a visitor gets the first page. crash is where the office dies.
func (c *Processes) Start(ctx context.Context, crash string) error {
	if err := errors.Join(c.Sandbox.Start(""), c.Office.Start(crash), c.Portal.Start("")); err != nil {
		return err
	}
	return errors.Join(c.Ready(ctx, c.Settings.Portal.PublicURL+"/pay"), c.Ready(ctx, c.sandbox.address+"/page.css"))
}

// FillDisk makes the disk of a city on SQLite full, but for so many bytes of its write-ahead log. EmptyDisk
// makes room again.
func (c *Processes) FillDisk(left int64) error {
	f, err := os.Stat(c.config.Path + "-wal")
	if err != nil {
		return err
	}
	return c.Office.LimitFiles(f.Size() + left)
}

// EmptyDisk ends FillDisk.
func (c *Processes) EmptyDisk() error { return c.Office.LimitFiles(0) }

// Ready waits until an address answers with a page.
func (c *Processes) Ready(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultTransport.RoundTrip(r)
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w\n%s", address, err, c.Tail())
		case <-time.After(25 * time.Millisecond):
		}
	}
}

// Dir is a process's folder.
func (c *Processes) Dir(process string) string { return filepath.Join(c.dir, process) }

// Tail is the end of each process's log, for who has to find out why.
func (c *Processes) Tail() string {
	text := ""
	for _, name := range []string{"office", "second", "portal", "sandbox"} {
		b, _ := os.ReadFile(filepath.Join(c.dir, name+".log"))
		text += "--- " + name + "\n" + string(b[max(0, len(b)-4000):])
	}
	return text
}

// Close stops everything and drops the store. The folder is the caller's.
func (c *Processes) Close() error {
	for _, p := range []*Process{c.Portal, c.Office, c.Second, c.Sandbox} {
		if p != nil {
			p.Stop()
		}
	}
	for _, l := range []*Link{c.Browser, c.Processor, c.Events, c.Desk} {
		if l != nil {
			l.Close()
		}
	}
	var errs []error
	if c.auditor.store != nil {
		errs = append(errs, c.auditor.store.Close())
	}
	if c.auditor.db != nil {
		errs = append(errs, c.auditor.db.Close())
	}
	if c.drop != nil {
		errs = append(errs, c.drop())
	}
	return errors.Join(errs...)
}

// ports hands out ports below those that the kernel gives to connections, so that none is taken between
// our look and the process's start.
var ports = struct {
	sync.Mutex
	next int
}{next: 12000 + mathrand.IntN(15000)}

func freePort() string {
	ports.Lock()
	defer ports.Unlock()
	for {
		if ports.next++; ports.next > 32000 {
			ports.next = 12000
		}
		address := fmt.Sprintf("127.0.0.1:%d", ports.next)
		l, err := net.Listen("tcp", address)
		if err == nil {
			l.Close()
			return address
		}
	}
}
