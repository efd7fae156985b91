package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
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

	"fundy/city"
	"fundy/visitor"
	"fundy/web"
)

const clients = 16

// errDone ends one client without ending the measurement.
var errDone = errors.New("nothing left to do")

// hammer calls do from all clients for a span and returns calls a second.
func hammer(span time.Duration, do func(client, n int) error) (float64, error) {
	return hammerBy(clients, span, do)
}

func hammerBy(clients int, span time.Duration, do func(client, n int) error) (float64, error) {
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

// A looker is a browser that looks tickets up, with a cookie and a form of its own.
type looker struct {
	c            *benched
	cookie, form string
	salt         int
}

func (c *benched) looker(ctx context.Context) (*looker, error) {
	v := &visitor.Visitor{}
	v.Open(ctx, c.base()+"/pay")
	return &looker{c: c, cookie: v.Cookie(c.base()), form: v.Hidden("form"), salt: int(time.Now().Unix() & 0xff)}, v.Err
}

// source is where a request is said to come from: each source asks as often as its burst lets it, and
// then another does.
func (l *looker) source(client, n int) string {
	return fmt.Sprintf("%d.%d.%d.%d", 11+client, l.salt, n/25>>8&255, n/25&255)
}

// find sends the find form with a real number and plate, and returns the cookie that holds what was found.
func (l *looker) find(ctx context.Context, client, n int) (string, error) {
	s := l.c.samples[(client*997+n*31)%len(l.c.samples)]
	body := url.Values{"form": {l.form}, "number": {s.Number}, "plate": {s.Plate}}.Encode()
	cookie, _, err := l.c.ask(ctx, http.MethodPost, "/pay/find", body, l.cookie, l.source(client, n), http.StatusSeeOther)
	return cookie, err
}

// page gets the page of what was found.
func (l *looker) page(ctx context.Context, cookie string, client, n int) ([]byte, error) {
	_, page, err := l.c.ask(ctx, http.MethodGet, "/pay/tickets", "", cookie, l.source(client, n), http.StatusOK)
	return page, err
}

// lookUps is the form and the page that it leads to; requests a second, two for each look-up.
func (c *benched) lookUps(ctx context.Context, span time.Duration) (float64, error) {
	l, err := c.looker(ctx)
	if err != nil {
		return 0, err
	}
	rate, err := hammer(span, func(client, n int) error {
		cookie, err := l.find(ctx, client, n)
		if err == nil {
			_, err = l.page(ctx, cookie, client, n)
		}
		return err
	})
	return 2 * rate, err
}

// pages is the page of a found ticket, of many tickets in turn; pages a second.
func (c *benched) pages(ctx context.Context, span time.Duration) (float64, error) {
	l, err := c.looker(ctx)
	if err != nil {
		return 0, err
	}
	cookies := make([]string, 200)
	for i := range cookies {
		if cookies[i], err = l.find(ctx, i%clients, i); err != nil {
			return 0, err
		}
	}
	return hammer(span, func(client, n int) error {
		_, err := l.page(ctx, cookies[(client*31+n)%len(cookies)], client, n)
		return err
	})
}

// example is the page of one ticket as a template: where it says the number and the place, the fields A
// and B stand.
func (c *benched) example(ctx context.Context) ([]byte, error) {
	l, err := c.looker(ctx)
	if err != nil {
		return nil, err
	}
	n := 0 // of a ticket that can be paid: its page has everything
	for n < len(c.samples) && c.samples[(n*31)%len(c.samples)].State != "open" {
		n++
	}
	cookie, err := l.find(ctx, 0, n)
	if err != nil {
		return nil, err
	}
	zipped, err := l.page(ctx, cookie, 0, n)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return nil, fmt.Errorf("the page is not compressed: %w", err)
	}
	page, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	number := c.samples[(n*31)%len(c.samples)].Number
	if n := bytes.Count(page, []byte(number)); n < 2 {
		return nil, fmt.Errorf("the page says its number %d times", n)
	}
	return bytes.ReplaceAll(page, []byte(number), []byte("{{.A}}")), nil
}

// ask makes one request and returns the cookie and the page that it was answered with.
func (c *benched) ask(ctx context.Context, method, path, body, cookie, source string, want int) (string, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base()+path, strings.NewReader(body))
	if err != nil {
		return "", nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", cookie)
	r.Header.Set("X-Forwarded-For", source)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd") // the client does not decompress: that is not measured
	res, err := pool.Do(r)
	if err != nil {
		return "", nil, err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		return "", nil, err
	}
	if res.StatusCode != want {
		return "", nil, fmt.Errorf("%s %s answered %d", method, path, res.StatusCode)
	}
	cookie, _, _ = strings.Cut(res.Header.Get("Set-Cookie"), ";")
	return cookie, page, nil
}

// bareRows is how many rows the bare server reads from: about as many as the city has tickets.
const bareRows = 10_000

// serveBare is the ceiling: a Go server in a process of its own that does one SQLite read and renders one
// template, the same page as the portal's and as compressed. It prints its address and runs until it is ended.
func serveBare(path, page string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	made, err := template.New("").Parse(string(text))
	if err != nil {
		return err
	}
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
	return (&http.Server{ReadHeaderTimeout: time.Second, Handler: web.Compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var row struct{ A, B string }
		if err := read.QueryRowContext(r.Context(), r.URL.Query().Get("id")).Scan(&row.A, &row.B); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = made.Execute(w, row) // an error here is the client's going away
	}))}).Serve(l)
}

// barePages measures the bare server with the same client.
func (b *bench) barePages(ctx context.Context, example []byte) (rate float64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	page := filepath.Join(b.work, "bare.html")
	if err := os.WriteFile(page, example, 0o600); err != nil {
		return 0, err
	}
	cmd := exec.Command(self, "bare", filepath.Join(b.work, "bare.db"), page)
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
	bare := &benched{settings: city.Settings{Portal: city.PortalSettings{PublicURL: "http://" + strings.TrimSpace(address)}}}
	return hammer(b.span, func(client, n int) error {
		_, _, err := bare.ask(ctx, http.MethodGet, "/?id="+strconv.Itoa((client*997+n)%bareRows), "", "", "", http.StatusOK)
		return err
	})
}
