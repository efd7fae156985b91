package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"sync/atomic"
)

var linked = regexp.MustCompile(`<(?:link [^>]*href|img [^>]*src)="(/[^"]*)"`)

// counted counts what comes in.
type counted struct {
	net.Conn
	n *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// firstPage is what a browser gets for its first page, in bytes: the page and what its head links, heads
// and all, without TLS.
func firstPage(ctx context.Context, base string) (total int64, files int, err error) {
	var n atomic.Int64
	t := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return counted{c, &n}, err
	}}
	defer t.CloseIdleConnections()
	get := func(path, encoding string) ([]byte, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Accept-Encoding", encoding)
		res, err := t.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s answered %d", path, res.StatusCode)
		}
		return io.ReadAll(res.Body)
	}
	plain, err := get("/pay", "identity")
	if err != nil {
		return 0, 0, err
	}
	n.Store(0) // that was only to read what it links
	paths := []string{"/pay"}
	for _, m := range linked.FindAllSubmatch(plain, -1) {
		paths = append(paths, string(m[1]))
	}
	for _, path := range paths {
		if _, err := get(path, "gzip, deflate, br, zstd"); err != nil {
			return 0, 0, err
		}
	}
	return n.Load(), len(paths), nil
}
