package main

import (
	"bufio"
	"context"
	"database/sql"
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
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the bare server's database

	"fundy/visitor"
)

const clients = 16

// errDone ends one client without ending the measurement.
var errDone = errors.New("nothing left to do")

// hammer calls do from so many clients for a span and returns calls a second.
func hammer(span time.Duration, do func(client, n int) error) (float64, error) {
	var count, last atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	started := time.Now()
	for c := range clients {
		wg.Go(func() {
			for n := 0; time.Since(started) < span && failed.Load() == nil; n++ {
				err := do(c, n)
				if errors.Is(err, errDone) {
					return
				}
				if err != nil {
					failed.CompareAndSwap(nil, &err)
					return
				}
				count.Add(1)
				last.Store(int64(time.Since(started)))
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(count.Load()) / time.Duration(last.Load()).Seconds(), nil
}

var pool = &http.Client{
	Transport:     &http.Transport{MaxIdleConnsPerHost: 2 * clients, DialContext: (&net.Dialer{}).DialContext},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// lookUps are looked up as a browser does: the find form with a real number and plate, and the page that
// it leads to, compressed. It returns requests a second, two for each look-up. Each source asks as often
// as its burst lets it, and then another does.
func (c *benched) lookUps(ctx context.Context, span time.Duration) (float64, error) {
	v := &visitor.Visitor{}
	v.Open(ctx, c.base()+"/pay")
	if v.Err != nil {
		return 0, v.Err
	}
	cookie, form := v.Cookie(c.base()), v.Hidden("form")
	salt := int(time.Now().Unix() & 0xff)
	rate, err := hammer(span, func(client, n int) error {
		s := c.samples[(client*997+n*31)%len(c.samples)]
		source := fmt.Sprintf("%d.%d.%d.%d", 11+client, salt, n/25>>8&255, n/25&255)
		body := url.Values{"form": {form}, "number": {s.Number}, "plate": {s.Plate}}.Encode()
		found, err := c.ask(ctx, http.MethodPost, "/pay/find", body, cookie, source, http.StatusSeeOther)
		if err != nil {
			return err
		}
		_, err = c.ask(ctx, http.MethodGet, "/pay/tickets", "", found, source, http.StatusOK)
		return err
	})
	return 2 * rate, err
}

// ask makes one request and returns the cookie that it was answered with.
func (c *benched) ask(ctx context.Context, method, path, body, cookie, source string, want int) (string, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base()+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", cookie)
	r.Header.Set("X-Forwarded-For", source)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd") // the client does not decompress: that is not measured
	res, err := pool.Do(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return "", err
	}
	if res.StatusCode != want {
		return "", fmt.Errorf("%s %s answered %d", method, path, res.StatusCode)
	}
	cookie, _, _ = strings.Cut(res.Header.Get("Set-Cookie"), ";")
	return cookie, nil
}

var bareTemplate = template.Must(template.New("").Parse(
	`<!DOCTYPE html><html lang="en"><title>{{.A}}</title><main><h1>{{.A}}</h1><p>{{.B}}</p></main></html>`))

// bareRows is how many rows the bare server reads from: about as many as the city has tickets.
const bareRows = 10_000

// serveBare is the ceiling: a Go server in a process of its own that does one SQLite read and renders one
// template. It prints its address and runs until it is ended.
func serveBare(path string) error {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)")
	if err != nil {
		return err
	}
	_, err = db.Exec(`
		create table t (id integer primary key, a text, b text);
		with recursive n(i) as (select 0 union all select i + 1 from n where i < ` + strconv.Itoa(bareRows) + `)
		insert into t select i, 'ticket ' || i, 'place ' || i from n`)
	if err != nil {
		return err
	}
	db.SetMaxIdleConns(clients)
	read, err := db.Prepare("select a, b from t where id = $1")
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var row struct{ A, B string }
		if err := read.QueryRowContext(r.Context(), r.PostFormValue("id")).Scan(&row.A, &row.B); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = bareTemplate.Execute(w, row) // an error here is the client's going away
	})}
	return srv.Serve(l)
}

// bareLookUps measures the bare server with the same client.
func (b *bench) bareLookUps() (rate float64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(self, "bare", filepath.Join(b.work, "bare.db"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("start the bare server: %w", err)
	}
	address = "http://" + strings.TrimSpace(address)
	return hammer(b.span, func(client, n int) error {
		res, err := pool.PostForm(address, url.Values{"id": {strconv.Itoa((client*997 + n) % bareRows)}})
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if _, err = io.Copy(io.Discard, res.Body); err != nil {
			return err
		}
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("the bare server answered %d", res.StatusCode)
		}
		return nil
	})
}
