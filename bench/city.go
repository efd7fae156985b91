package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"fundy/city"
	"fundy/desk"
	"fundy/desk/deskpb/deskpbconnect"
	"fundy/examples"
	"fundy/sandbox"
)

// benched is a demonstration city on disk and, once started, as processes.
type benched struct {
	program  string
	root     string
	dir      string
	settings city.Settings
	newest   city.Date
	samples  []sample
	office   *exec.Cmd
	portal   *exec.Cmd
	card     *http.Server
	stopCard context.CancelFunc
	events   bool     // the card processor sends its events
	token    string   // of the sandbox's control page
	log      *os.File // what office and portal say; nil: nowhere
}

// sample is a made-up ticket, as import --samples writes it.
type sample struct {
	Number, Plate, State, Offence string
	NoPlate                       bool
}

// newCity makes a city and imports the 10,500 tickets of the example. dsn is empty for SQLite.
func newCity(ctx context.Context, program, root, dsn string) (*benched, error) {
	c := &benched{program: program, root: root, dir: filepath.Join(root, "city"), token: "bench"}
	if err := c.copyExamples(); err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation("America/Moncton")
	if err != nil {
		return nil, err
	}
	c.newest = city.DateOf(time.Now(), zone)
	answers, rules := c.file("cities/demo/answers.toml"), c.file("cities/demo/rules.toml")
	if err := c.fillAnswers(answers, dsn); err != nil {
		return nil, err
	}
	if err := fill(rules, "@C_FROM@", c.newest.AddDays(-36).String()); err != nil {
		return nil, err
	}
	if _, err := c.fundy(ctx, "init", c.dir, "--answers", answers); err != nil {
		return nil, err
	}
	if _, err := c.fundy(ctx, "city", "apply", "--city", c.dir, rules, "--apply"); err != nil {
		return nil, err
	}
	if _, err := c.load(ctx, c.file("tickets/toronto.csv.gz"), "--samples", c.file("samples.jsonl")); err != nil {
		return nil, err
	}
	return c, c.readSamples()
}

func (c *benched) file(path string) string { return filepath.Join(c.root, filepath.FromSlash(path)) }

func (c *benched) copyExamples() error {
	return fs.WalkDir(examples.Files, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := examples.Files.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(c.file(path)), 0o700); err != nil {
			return err
		}
		return os.WriteFile(c.file(path), b, 0o600)
	})
}

func fill(path string, pairs ...string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(strings.NewReplacer(pairs...).Replace(string(b))), 0o600)
}

// fillAnswers sets ports and store, lets the bench come from many addresses, and lifts the city's limit
// of look-ups a second, which is a setting: the limit is not what is measured.
func (c *benched) fillAnswers(path, dsn string) error {
	portal, err := freePort()
	if err != nil {
		return err
	}
	card, err := freePort()
	if err != nil {
		return err
	}
	if err := fill(path, "@PORTAL_PORT@", portal, "@SANDBOX_PORT@", card); err != nil {
		return err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	s, faults := city.ReadSettings(b)
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	s.Portal.TrustedProxies, s.Desk.Lookups = []string{"127.0.0.0/8"}, 1_000_000
	if dsn != "" {
		s.Store.Driver, s.Store.DSNFile = "postgres", c.file("dsn")
		if err := os.WriteFile(s.Store.DSNFile, []byte(dsn), 0o600); err != nil {
			return err
		}
	}
	text, err := s.TOML()
	if err != nil {
		return err
	}
	c.settings = s
	return os.WriteFile(path, text, 0o600)
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// fundy runs one verb to its end and returns what it printed.
func (c *benched) fundy(ctx context.Context, args ...string) ([]byte, error) {
	var out, log bytes.Buffer
	cmd := exec.CommandContext(ctx, c.program, args...)
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("fundy %s: %w\n%s", args[0], err, log.String())
	}
	return out.Bytes(), nil
}

func (c *benched) importArgs(file string) []string {
	return []string{
		"import", "--city", c.dir, "--json", "--apply", "--newest", c.newest.String(), "--rejects", c.file("rejects.csv"),
		"--map", c.file("mappings/toronto-demo.toml"), file,
	}
}

// load imports a file and returns how many tickets were new.
func (c *benched) load(ctx context.Context, file string, more ...string) (int, error) {
	if err := os.RemoveAll(c.file("rejects.csv")); err != nil {
		return 0, err
	}
	out, err := c.fundy(ctx, append(c.importArgs(file), more...)...)
	if err != nil {
		return 0, err
	}
	var totals struct {
		New int `json:"new"`
	}
	return totals.New, json.Unmarshal(out, &totals)
}

func (c *benched) readSamples() error {
	b, err := os.ReadFile(c.file("samples.jsonl"))
	if err != nil {
		return err
	}
	for line := range bytes.Lines(b) {
		var s sample
		if err := json.Unmarshal(line, &s); err != nil {
			return err
		}
		// The two numbers that come again on purpose ask for the day as well.
		if s.Plate != "" && !s.NoPlate && s.Number != "FH-1000001" && s.Number != "FH-1000002" {
			c.samples = append(c.samples, s)
		}
	}
	return nil
}

func (c *benched) process(args ...string) (*exec.Cmd, error) {
	cmd := exec.Command(c.program, args...)
	if c.log != nil {
		cmd.Stdout, cmd.Stderr = c.log, c.log
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd, cmd.Start()
}

// start runs the office and the portal, and returns how long it took until the first page was there.
func (c *benched) start(ctx context.Context) (time.Duration, error) {
	started := time.Now()
	var err error
	if c.office, err = c.process("office", "--city", c.dir); err != nil {
		return 0, err
	}
	if c.portal, err = c.process("portal", "--city", c.dir); err != nil {
		return 0, err
	}
	for time.Since(started) < 20*time.Second {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base()+"/pay", nil)
		if err != nil {
			return 0, err
		}
		res, err := http.DefaultTransport.RoundTrip(r)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if err == nil && res.StatusCode == http.StatusOK {
				return time.Since(started), nil
			}
		}
		time.Sleep(time.Millisecond)
	}
	return 0, errors.New("the portal does not answer")
}

// stop ends the office and the portal, which this process has started.
func (c *benched) stop() {
	for _, cmd := range []*exec.Cmd{c.portal, c.office} {
		if cmd != nil && cmd.ProcessState == nil {
			_ = cmd.Process.Signal(syscall.SIGTERM)
			_ = cmd.Wait()
		}
	}
	if c.card != nil {
		c.stopCard()
		c.card.Close()
	}
}

func (c *benched) base() string { return c.settings.Portal.PublicURL }

func (c *benched) desk() deskpbconnect.DeskClient {
	socket := c.settings.Desk.Socket
	if !filepath.IsAbs(socket) {
		socket = filepath.Join(c.dir, socket)
	}
	return desk.Dial(socket)
}

// startCard runs the card processor in this process. It keeps nothing on disk, and sends no events unless
// they are wanted: each payer comes back from the card page, which makes the office look.
func (c *benched) startCard() error {
	key, err := os.ReadFile(filepath.Join(c.dir, "keys", "office", "processor.key"))
	if err != nil {
		return err
	}
	config := sandbox.Config{
		PublicURL: c.settings.Processor.BaseURL, Key: strings.TrimSpace(string(key)), ControlToken: c.token, Log: slog.New(slog.DiscardHandler),
	}
	if c.events {
		secret, err := os.ReadFile(filepath.Join(c.dir, "keys", "office", "webhook.secret"))
		if err != nil {
			return err
		}
		config.WebhookURL, config.WebhookSecret = c.base()+"/processor/stripe", strings.TrimSpace(string(secret))
	}
	s, err := sandbox.New(config)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.settings.Processor.CardHost)
	if err != nil {
		return err
	}
	c.card = &http.Server{Handler: s.Handler(), ReadHeaderTimeout: time.Second}
	var run context.Context
	run, c.stopCard = context.WithCancel(context.Background())
	go s.Run(run)      //nolint:errcheck // it ends with the measurement
	go c.card.Serve(l) //nolint:errcheck // it ends with the measurement
	return nil
}

// repeatDays lie between one copy of the example's tickets and the next, so that none meets another: its
// tickets are of seven weeks.
const repeatDays = 56

// copiesMost copies go back to 2012: the by-law of the demonstration begins in 2010.
const copiesMost = 96

// writeTickets writes the example's rows again and again, each copy with other days and numbers, until
// there are at least so many tickets. skip leaves out that many copies.
func (c *benched) writeTickets(path string, tickets, skip int) error {
	f, err := os.Open(c.file("tickets/toronto.csv.gz"))
	if err != nil {
		return err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	w, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, lines[0])
	perCopy := max(len(c.samples)*9/10, 1) // samples leaves some out
	for n := range (tickets + perCopy - 1) / perCopy {
		n += skip
		for i, line := range lines[1:] {
			// The first two columns are Tag and Issue_Date, and neither is quoted.
			parts := strings.SplitN(line, ",", 3)
			day, err := time.Parse(time.DateOnly, parts[1])
			if err != nil {
				return fmt.Errorf("line %d: %w", i+2, err)
			}
			day = day.AddDate(0, 0, -repeatDays*(n%copiesMost))
			fmt.Fprintf(out, "***%05d,%s,%s\n", (i*7+n*13)%100_000, day.Format(time.DateOnly), parts[2])
		}
	}
	return errors.Join(out.Flush(), w.Close())
}

var residentLine = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)
var privateLine = regexp.MustCompile(`RssAnon:\s+(\d+) kB`)

// resident is a process's resident memory in MB, and how much of it is its own: the rest is the
// program's file, which all its processes share.
func resident(pid int) (whole, own float64, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	var mb [2]float64
	for i, re := range []*regexp.Regexp{residentLine, privateLine} {
		m := re.FindSubmatch(b)
		if m == nil {
			return 0, 0, errors.New("no resident memory in /proc")
		}
		kb, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			return 0, 0, err
		}
		mb[i] = kb / 1024
	}
	return mb[0], mb[1], nil
}
