package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"fundy/city"
)

// find sends the n-th search of a kind, and wants it to be answered as it should be.
func (s *staffed) find(ctx context.Context, k searchKind, n int) error {
	_, _, err := s.ask(ctx, http.MethodPost, "/find", s.body(k, n), s.cookie, "", k.want)
	return err
}

// body is the n-th search of a kind as the form sends it. Many ask at once: what is typed stays as it is.
func (s *staffed) body(k searchKind, n int) string {
	return k.typed[n%len(k.typed)].Encode() + "&form=" + url.QueryEscape(s.form)
}

// searchKind measures one kind, and its bare query on the same file.
func (b *bench) searchKind(ctx context.Context, db *sql.DB, s *staffed, k searchKind, tickets int) error {
	query, err := db.PrepareContext(ctx, k.bare)
	if err != nil {
		return err
	}
	defer query.Close()
	bare := func(client, n int) error { return drain(ctx, query, k.args[(client*97+n)%len(k.args)]) }
	whole := func(client, n int) error { return s.find(ctx, k, client*97+n) }
	for _, warm := range []func(int, int) error{bare, whole} {
		if _, err := hammer(b.span/10, warm); err != nil {
			return err
		}
	}
	ceiling, err := hammer(b.span, bare)
	if err != nil {
		return err
	}
	served, err := b.serveSearch(ctx, s, k, bare)
	if err != nil {
		return err
	}
	before, err := cpuOf(s.office.Process.Pid)
	if err != nil {
		return err
	}
	rate, err := hammer(b.span, whole)
	if err != nil {
		return err
	}
	after, err := cpuOf(s.office.Process.Pid)
	if err != nil {
		return err
	}
	b.add(more("search by "+k.name, rate, "searches/s", ceiling, 0.3, fmt.Sprintf(
		"%d tickets, SQLite; %d clients of a clerk's session post the form over HTTP and get the whole answer, %.0f µs of the office's processor time each; ceiling: the bare query, over no network and to no page, by as many callers; served over HTTP in as many bytes: %.0f/s",
		tickets, clients, float64((after-before).Microseconds())/(rate*b.span.Seconds()), served)))
	return nil
}

// serveSearch is how often a server gets through that does nothing but the bare query, and answers in as many bytes.
func (b *bench) serveSearch(ctx context.Context, s *staffed, k searchKind, bare func(client, n int) error) (float64, error) {
	_, page, err := s.ask(ctx, http.MethodPost, "/find", s.body(k, 0), s.cookie, "", k.want)
	if err != nil {
		return 0, err
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Query().Get("n"))
		if err = errors.Join(err, bare(0, n)); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(k.want)
		_, _ = w.Write(page) // an error here is the client's going away
	}))
	defer server.Close()
	at := &benched{settings: city.Settings{Portal: city.PortalSettings{PublicURL: server.URL}}}
	return hammer(b.span, func(client, n int) error {
		_, _, err := at.ask(ctx, http.MethodGet, "/?n="+strconv.Itoa(client*97+n), "", "", "", k.want)
		return err
	})
}

// cpuOf is the processor time that a process has used, in the kernel's ticks of 10 ms (proc(5), utime and stime).
func cpuOf(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("no processor time in /proc")
	}
	user, err := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err, err2)
}

// drain reads all rows that a query has.
func drain(ctx context.Context, query *sql.Stmt, args []any) error {
	rows, err := query.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	into := make([]any, len(columns))
	for i := range into {
		into[i] = new(sql.RawBytes)
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// searchBesidePayments measures how long clerks wait for their answers while people pay.
func (b *bench) searchBesidePayments(ctx context.Context, c *benched, s *staffed, kinds []searchKind, tokens chan string) error {
	limited, cancel := context.WithTimeout(ctx, 2*b.span)
	defer cancel()
	var mu sync.Mutex
	all, each := waits{}, map[string]waits{}
	var searchErr, payErr error
	var paid waits
	var wg sync.WaitGroup
	wg.Go(func() { _, paid, payErr = c.waited(ctx, limited.Done(), tokens) })
	for client := range searchers {
		wg.Go(func() {
			for n := 0; limited.Err() == nil; n++ {
				k := kinds[(client*3+n)%len(kinds)]
				started := time.Now()
				err := s.find(ctx, k, client*97+n)
				took := time.Since(started)
				mu.Lock()
				searchErr = errors.Join(searchErr, err)
				all, each[k.name] = append(all, took), append(each[k.name], took)
				mu.Unlock()
				if err != nil {
					return
				}
				time.Sleep(waiterRest)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(searchErr, payErr); err != nil {
		return err
	}
	slices.Sort(all)
	slowest, longest := "", time.Duration(0)
	for name, one := range each {
		slices.Sort(one)
		if one.at(0.5) > longest {
			slowest, longest = name, one.at(0.5)
		}
	}
	in := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.add(less("search, 99 of 100 within, with payments running", in(all.at(0.99)), "ms", 10, fmt.Sprintf(
		"%d searches of all kinds in turn by %d clerks beside %.0f whole payments/s of %d payers, who all pause %v; half within %.1f ms, longest %.1f ms; slowest kind: %s, half within %.1f ms",
		len(all), searchers, float64(len(paid))/(2*b.span).Seconds(), waiters, waiterRest, in(all.at(0.5)), in(all.at(1)), slowest, in(longest))))
	return nil
}
