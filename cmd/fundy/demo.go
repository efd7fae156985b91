package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"fundy/city"
	"fundy/examples"
	"fundy/lived"
)

type demoCommand struct {
	Keep    string `placeholder:"DIR" help:"Keep the city in this folder, which must not be there yet. Run it again with fundy serve and fundy sandbox."`
	Once    bool   `help:"Pay one ticket as a browser without JavaScript would, print the steps and one line of JSON, and end."`
	Lived   bool   `help:"Make a city that has lived for fourteen months: 20,000 tickets, days that are closed, and something in every queue. It takes about a minute."`
	Seed    uint64 `default:"1" help:"With --lived: what happens is drawn from this number. The same number on the same day is the same life."`
	Size    int    `default:"20000" hidden:"" help:"With --lived: how many tickets."`
	Tickets string `placeholder:"FILE" help:"Another city's tickets, with --map."`
	Map     string `placeholder:"MAPPING.toml" help:"How that file is written. It must make plates up or have them."`
}

// demo is a throw-away city: a script over the other verbs, with no path of its own.
type demo struct {
	dir     string
	portal  string // address
	sandbox string
	office  string
	newest  city.Date
	samples []sample
	totals  struct{ Rows, Rejected int } // of the import
	lived   string                       // what the city has lived through; "": nothing
	log     *os.File
}

// schedule C of the demonstration holds from this many days before today: the newest tickets are of
// the last seven days and the oldest of six weeks before them, so there are some under both.
const scheduleCDays = 36

// Run makes the city, starts everything, and prints what to try.
func (c *demoCommand) Run(ctx context.Context) (err error) {
	if (c.Tickets == "") != (c.Map == "") {
		return fmt.Errorf("%w: --tickets and --map go together", errUsage)
	}
	if c.Lived && (c.Once || c.Tickets != "") {
		return fmt.Errorf("%w: --lived goes with neither --once nor --tickets", errUsage)
	}
	if c.Lived && (c.Size < lived.Fewest || c.Size > lived.Most) {
		return fmt.Errorf("%w: --size: %d to %d tickets", errUsage, lived.Fewest, lived.Most)
	}
	for flag, path := range map[string]string{"--tickets": c.Tickets, "--map": c.Map} {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("%w: %s: %w", errUsage, flag, err)
		}
	}
	started := time.Now()
	d := &demo{}
	if err := d.folder(c.Keep); err != nil {
		return err
	}
	defer func() {
		d.log.Close()
		if c.Keep == "" {
			err = errors.Join(err, os.RemoveAll(filepath.Dir(d.dir)))
		}
	}()
	if err := d.make(ctx, c); err != nil {
		return err
	}
	hand, err := handOver()
	if err != nil {
		return err
	}
	defer hand.Close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		ended <- runAll(ctx, d.log, call{args: []string{"sandbox", "--city", d.dir}}, call{[]string{"office", "--city", d.dir, "--demo-sign-in"}, hand},
			call{args: []string{"portal", "--city", d.dir}})
	}()
	if err := d.wait(ctx, ended); err != nil {
		return fmt.Errorf("%w\n%s", err, d.tail())
	}
	if c.Once {
		err := d.once(ctx, os.Stdout)
		stop()
		return errors.Join(err, <-ended)
	}
	d.print(os.Stdout, time.Since(started), c)
	return <-ended
}

// folder makes the place where everything goes: the city in DIR/city, and what init is asked with
// beside it.
func (d *demo) folder(keep string) error {
	root := keep
	if keep == "" {
		tmp, err := os.MkdirTemp("", "fundy-demo-")
		if err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
		root = tmp
	} else if err := os.Mkdir(keep, 0o700); errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: --keep: %s is there already: name a folder that is not, or run that city again with fundy serve --city %s",
			errUsage, keep, filepath.Join(keep, "city"))
	} else if err != nil {
		return fmt.Errorf("%w: --keep: %w", errUsage, err)
	}
	d.dir = filepath.Join(root, "city")
	var err error
	d.log, err = os.Create(filepath.Join(root, "log.txt"))
	return err
}

// make runs init, city apply and import.
func (d *demo) make(ctx context.Context, c *demoCommand) error {
	root := filepath.Dir(d.dir)
	if err := copyExamples(root); err != nil {
		return err
	}
	ports, err := freePorts()
	if err != nil {
		return err
	}
	portal, sandbox, office := ports[0], ports[1], ports[2]
	d.portal, d.sandbox, d.office = "http://localhost:"+portal, "http://127.0.0.1:"+sandbox, "http://localhost:"+office
	zone, err := time.LoadLocation("America/Moncton")
	if err != nil {
		return err
	}
	d.newest = city.DateOf(time.Now(), zone)
	cities := filepath.Join(root, "cities", "demo")
	err = errors.Join(
		fill(filepath.Join(cities, "answers.toml"), "@PORTAL_PORT@", portal, "@SANDBOX_PORT@", sandbox),
		appendTo(filepath.Join(cities, "answers.toml"), fmt.Sprintf("\n[office]\nlisten     = \"127.0.0.1:%s\"\npublic_url = %q\n", office, d.office)+d.more(c)),
		fill(filepath.Join(cities, "rules.toml"), "@C_FROM@", d.newest.AddDays(-scheduleCDays).String()))
	if err != nil {
		return err
	}
	if _, err := d.step(ctx, []string{"init", d.dir, "--answers", filepath.Join(cities, "answers.toml")}); err != nil {
		return err
	}
	if err := copyNew(filepath.Join(cities, depositsFile), filepath.Join(d.dir, depositsFile)); err != nil {
		return err
	}
	if c.Lived {
		return d.lives(ctx, c) // its people have been there all the time
	}
	return errors.Join(d.load(ctx, c), d.invitePeople(ctx))
}

// more is what the city's settings have besides where it is to have lived.
func (d *demo) more(c *demoCommand) string {
	if c.Lived {
		return lived.Counter
	}
	return ""
}

// load runs city apply and import.
func (d *demo) load(ctx context.Context, c *demoCommand) error {
	root := filepath.Dir(d.dir)
	file, mapping := filepath.Join(root, "tickets", "toronto.csv.gz"), filepath.Join(root, "mappings", "toronto-demo.toml")
	load := []string{"import", "--city", d.dir, "--json", "--apply", "--newest", d.newest.String(), "--rejects", filepath.Join(root, "rejects.csv")}
	if c.Tickets != "" {
		file, mapping = c.Tickets, c.Map
	}
	load = append(load, "--samples", filepath.Join(root, "samples.jsonl"), "--map", mapping, file)
	if _, err := d.step(ctx, []string{"city", "apply", "--city", d.dir, filepath.Join(root, "cities", "demo", "rules.toml"), "--apply"}); err != nil {
		return err
	}
	out, err := d.step(ctx, load)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, &d.totals); err != nil {
		return fmt.Errorf("read the import's totals: %w", err)
	}
	return d.readSamples(filepath.Join(root, "samples.jsonl"))
}

// copyNew copies a small file to where there is none.
func copyNew(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return writeNew(to, string(b))
}

// step runs one verb of this program to its end, and returns what it said.
func (d *demo) step(ctx context.Context, args []string) ([]byte, error) {
	var out bytes.Buffer
	cmd, err := child(ctx, &out, args...)
	if err != nil {
		return nil, err
	}
	err = cmd.Run()
	_, logErr := d.log.Write(out.Bytes())
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == exitUsage {
		// What was wrong in the call of demo is wrong in its step's: the step has said what.
		return nil, fmt.Errorf("%w: fundy %s: %s", errUsage, args[0], strings.TrimPrefix(strings.TrimSpace(out.String()), "fundy: usage: "))
	}
	if err != nil {
		return nil, fmt.Errorf("fundy %s: %w\n%s", strings.Join(args, " "), err, out.String())
	}
	return out.Bytes(), logErr
}

// copyExamples writes the demonstration's files, which the program carries.
func copyExamples(root string) error {
	return fs.WalkDir(examples.Files, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := examples.Files.ReadFile(path)
		if err != nil {
			return err
		}
		to := filepath.Join(root, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		return os.WriteFile(to, b, 0o600)
	})
}

func fill(path string, pairs ...string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(strings.NewReplacer(pairs...).Replace(string(b))), 0o600)
}

// appendTo adds to a file that is there.
func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// freePorts are three ports that nobody listens on now. Somebody could take one before we do: then the
// start says so.
func freePorts() (ports [3]string, err error) {
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return ports, err
		}
		defer l.Close()
		if _, ports[i], err = net.SplitHostPort(l.Addr().String()); err != nil {
			return ports, err
		}
	}
	return ports, nil
}

// readyWithin bounds the start.
const readyWithin = 20 * time.Second

// wait returns when the first page is there and the card processor answers.
func (d *demo) wait(ctx context.Context, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for _, address := range []string{d.sandbox + "/page.css", d.portal + "/pay", d.office + "/signin"} {
		for {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
			if err != nil {
				return err
			}
			res, err := http.DefaultTransport.RoundTrip(r)
			if err == nil {
				res.Body.Close()
				if res.StatusCode == http.StatusOK {
					break
				}
			}
			select {
			case err := <-ended:
				return errors.Join(errors.New("a process ended before all were ready"), err)
			case <-ctx.Done():
				return fmt.Errorf("%s is not ready: %w", address, ctx.Err())
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	return nil
}

// tail is the end of the log, for who has to find out why.
func (d *demo) tail() string {
	b, err := os.ReadFile(d.log.Name())
	if err != nil {
		return ""
	}
	return string(b[max(0, len(b)-4000):])
}
