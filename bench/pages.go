package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the bare server's database

	"fundy/city"
	"fundy/visitor"
)

// pages measures a demo city as it runs: office, portal and sandbox as processes.
func pages(ctx context.Context, work string, span time.Duration) ([]row, error) {
	program := filepath.Join(work, "fundy")
	if out, err := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", program, "./cmd/fundy").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w: %s", err, out)
	}
	root := filepath.Join(work, "city")
	if out, err := exec.CommandContext(ctx, program, "demo", "--once", "--keep", root).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make a city: %w: %s", err, out)
	}
	dir := filepath.Join(root, "city")
	settings, err := loosen(dir)
	if err != nil {
		return nil, err
	}
	var rows []row
	started := time.Now()
	office, err := start(program, "office", "--city", dir)
	if err != nil {
		return nil, err
	}
	defer office.Process.Kill()
	portal, err := start(program, "portal", "--city", dir)
	if err != nil {
		return nil, err
	}
	defer portal.Process.Kill()
	if err := first(ctx, settings.Portal.PublicURL+"/pay"); err != nil {
		return nil, err
	}
	rows = append(rows, less("start to first answer", float64(time.Since(started).Milliseconds()), "ms", 300, "office and portal together"))
	bytes, err := firstPage(ctx, settings.Portal.PublicURL)
	if err != nil {
		return nil, err
	}
	rows = append(rows, less("first page, style sheets and icon", bytes, "bytes", 14600, "bodies as sent, gzip"))
	rate, err := lookUps(ctx, settings.Portal.PublicURL, filepath.Join(root, "samples.jsonl"), span)
	if err != nil {
		return nil, err
	}
	bare, err := bareServer(ctx, filepath.Join(work, "bare.db"), span)
	if err != nil {
		return nil, err
	}
	rows = append(rows, more("look-ups through portal and desk", rate, "1/s", bare, 0.35, "16 clients; ceiling: a bare server, one SQLite read and one template"))
	for _, p := range []struct {
		name   string
		cmd    *exec.Cmd
		target float64
	}{{"portal", portal, 30}, {"office", office, 80}} {
		mb, err := resident(p.cmd.Process.Pid)
		if err != nil {
			return nil, err
		}
		rows = append(rows, less("resident memory of the "+p.name, mb, "MB", p.target, "after the look-ups, 10,500 tickets"))
	}
	return rows, nil
}

// loosen lets the bench come from many addresses and look up as fast as it can: the limits are not what is measured.
func loosen(dir string) (city.Settings, error) {
	path := filepath.Join(dir, "city.toml")
	b, err := os.ReadFile(path)
	if err != nil {
		return city.Settings{}, err
	}
	s, faults := city.ReadSettings(b)
	if len(faults) > 0 {
		return s, errors.Join(faults...)
	}
	s.Portal.TrustedProxies, s.Desk.Lookups = []string{"127.0.0.0/8"}, 1_000_000
	text, err := s.TOML()
	if err != nil {
		return s, err
	}
	return s, os.WriteFile(path, text, 0o600)
}

func start(program string, args ...string) (*exec.Cmd, error) {
	cmd := exec.Command(program, args...)
	return cmd, cmd.Start()
}

func first(ctx context.Context, address string) error {
	for range 1000 {
		v := &visitor.Visitor{}
		if v.Open(ctx, address); v.Err == nil && v.Status == http.StatusOK {
			return nil
		}
		time.Sleep(2 * time.Millisecond)
	}
	return errors.New("no answer")
}

var linked = regexp.MustCompile(`href="(/[^"]*(?:css|ico)[^"]*)"`)

func firstPage(ctx context.Context, base string) (float64, error) {
	total := 0
	get := func(path string) ([]byte, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Accept-Encoding", "gzip")
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		total += len(b)
		return b, err
	}
	if _, err := get("/pay"); err != nil {
		return 0, err
	}
	res, err := http.Get(base + "/pay") // not counted: only to read what it links
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	for _, m := range linked.FindAllSubmatch(page, -1) {
		if _, err := get(string(m[1])); err != nil {
			return 0, err
		}
	}
	return float64(total), nil
}

const clients = 16

// hammer calls do from so many clients for a span and returns calls a second.
func hammer(span time.Duration, do func(client, n int) error) (float64, error) {
	var count atomic.Int64
	var failed atomic.Pointer[error]
	end := time.Now().Add(span)
	var wg sync.WaitGroup
	started := time.Now()
	for c := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := 0; time.Now().Before(end); n++ {
				if err := do(c, n); err != nil {
					failed.CompareAndSwap(nil, &err)
					return
				}
				count.Add(1)
			}
		}()
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(count.Load()) / time.Since(started).Seconds(), nil
}

var pool = &http.Client{
	Transport:     &http.Transport{MaxIdleConnsPerHost: clients, DialContext: (&net.Dialer{}).DialContext},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// lookUps sends the find form with real numbers and plates, and reads the page that follows.
func lookUps(ctx context.Context, base, samples string, span time.Duration) (float64, error) {
	b, err := os.ReadFile(samples)
	if err != nil {
		return 0, err
	}
	var all []struct{ Number, Plate string }
	for line := range bytes.Lines(b) {
		var s struct{ Number, Plate string }
		if err := json.Unmarshal(line, &s); err != nil {
			return 0, err
		}
		if s.Plate != "" {
			all = append(all, s)
		}
	}
	v := &visitor.Visitor{}
	v.Open(ctx, base+"/pay")
	cookie, form := v.Cookie(base), v.Hidden("form")
	return hammer(span, func(c, n int) error {
		s := all[(c*997+n*31)%len(all)]
		body := url.Values{"form": {form}, "number": {s.Number}, "plate": {s.Plate}}.Encode()
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/pay/find", strings.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Cookie", cookie)
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("203.%d.%d.%d", c, n>>8&255, n&255))
		res, err := pool.Do(r)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			return err
		}
		if res.StatusCode != http.StatusSeeOther && res.StatusCode != http.StatusUnprocessableEntity {
			return fmt.Errorf("look-up answered %d", res.StatusCode)
		}
		return nil
	})
}

var bareTemplate = template.Must(template.New("").Parse(`<!DOCTYPE html><html lang="en"><title>{{.A}}</title><main><h1>{{.A}}</h1><p>{{.B}}</p></main></html>`))

// bareServer is the ceiling: a Go server that does one SQLite read and renders one template.
func bareServer(ctx context.Context, path string, span time.Duration) (float64, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "create table t (id integer primary key, a text, b text)"); err != nil {
		return 0, err
	}
	for i := range 10_000 {
		if i%1000 == 0 {
			if _, err := db.ExecContext(ctx, "with recursive n(i) as (select $1 union all select i+1 from n where i < $1 + 999) insert into t select i, 'ticket ' || i, 'place ' || i from n", i); err != nil {
				return 0, err
			}
		}
	}
	read, err := db.PrepareContext(ctx, "select a, b from t where id = $1")
	if err != nil {
		return 0, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var row struct{ A, B string }
		if err := read.QueryRowContext(r.Context(), r.PostFormValue("id")).Scan(&row.A, &row.B); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if err := bareTemplate.Execute(w, row); err != nil {
			panic(err)
		}
	})}
	go srv.Serve(l) //nolint:errcheck // it ends with the measurement
	defer srv.Close()
	return hammer(span, func(c, n int) error {
		res, err := pool.PostForm("http://"+l.Addr().String(), url.Values{"id": {strconv.Itoa((c*997 + n) % 10_000)}})
		if err != nil {
			return err
		}
		defer res.Body.Close()
		_, err = io.Copy(io.Discard, res.Body)
		return err
	})
}

// resident is a process's resident memory in MB.
func resident(pid int) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(b)
	if m == nil {
		return 0, errors.New("no VmRSS")
	}
	kb, err := strconv.ParseFloat(string(m[1]), 64)
	return kb / 1024, err
}
