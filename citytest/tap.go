package citytest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// stream is one way of one connection: looked at raw, and again as HTTP.
type stream struct {
	mu   sync.Mutex
	raw  io.Writer
	http *io.PipeWriter
}

func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw.Write(p)
	s.http.Write(p) //nolint:errcheck // the reader has ended: the test has
	return len(p), nil
}

func (s *stream) end() { s.http.Close() }

// conn hears both ways of a connection. What is sent is heard before it is sent.
type conn struct {
	net.Conn
	in, out *stream
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.in.Write(p[:n])
	}
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
	c.out.Write(p)
	return c.Conn.Write(p)
}

func (c *conn) Close() error {
	err := c.Conn.Close()
	c.in.end()
	c.out.end()
	return err
}

// listener hears every connection that it accepts.
type listener struct {
	net.Listener
	trip    *tripwire
	in, out string // the places
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	in, out := l.trip.pair(l.in, l.out)
	return &conn{Conn: c, in: in, out: out}, nil
}

// pair makes the two streams of a connection: what is asked and what is answered.
func (t *tripwire) pair(asked, answered string) (ask, answer *stream) {
	askRead, askWrite := io.Pipe()
	answerRead, answerWrite := io.Pipe()
	ask = &stream{raw: t.scanner(asked, "bytes", may[asked]), http: askWrite}
	answer = &stream{raw: t.scanner(answered, "bytes", may[answered]), http: answerWrite}
	methods := make(chan string, 1024)
	t.running.Add(2)
	go func() {
		defer t.running.Done()
		t.requests(asked, bufio.NewReader(askRead), methods)
	}()
	go func() {
		defer t.running.Done()
		t.answers(answered, bufio.NewReader(answerRead), methods)
	}()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.streams = append(t.streams, ask, answer)
	return ask, answer
}

// confirmPaths are where the forms go that hold an address: the confirm page, and a request for review.
var confirmPaths = []string{"/pay/start", "/payer/commencer", "/review", "/revision"}

// requests reads a connection's requests. What is none is left to the raw look.
func (t *tripwire) requests(place string, r *bufio.Reader, methods chan<- string) {
	defer io.Copy(io.Discard, r) //nolint:errcheck // the end
	defer close(methods)
	for {
		q, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		methods <- q.Method
		line := q.Method + " " + q.RequestURI
		q.Header.Set("Host", q.Host)
		t.head(place, line, q.Header)
		if place != PlacePortalIn || q.Method != http.MethodPost || !slices.Contains(confirmPaths, q.URL.Path) {
			t.body(place, line, nil, q.Header, q.Body, nil)
			continue
		}
		var form bytes.Buffer
		t.body(place, line, []Kind{Receipt}, q.Header, q.Body, &form)
		typed, err := url.ParseQuery(form.String())
		if e := typed.Get("email"); err != nil || strings.Contains(e, "@") && e != ReceiptAddress {
			t.add(Finding{place, line, Receipt, "another address than the canary was typed"})
		}
	}
}

func (t *tripwire) answers(place string, r *bufio.Reader, methods <-chan string) {
	defer io.Copy(io.Discard, r) //nolint:errcheck // the end
	for {
		if _, err := r.Peek(1); err != nil {
			return
		}
		method := <-methods // "" when the request was none
		res, err := http.ReadResponse(r, &http.Request{Method: method})
		for err == nil && res.StatusCode/100 == 1 {
			res, err = http.ReadResponse(r, &http.Request{Method: method})
		}
		if err != nil {
			t.unread(place, "answer to "+method, err)
			return
		}
		line := fmt.Sprintf("answer %s to %s", res.Status, method)
		t.head(place, line, res.Header)
		t.body(place, line, may[place], res.Header, res.Body, nil)
	}
}

// unread is a finding unless the connection was merely cut.
func (t *tripwire) unread(place, where string, err error) {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) {
		return
	}
	t.add(Finding{Place: place, Where: where, Form: "not read: " + err.Error()})
}

// body looks at what a request or an answer carries, decompressed.
func (t *tripwire) body(place, where string, except []Kind, h http.Header, body io.ReadCloser, keep io.Writer) {
	defer io.Copy(io.Discard, body) //nolint:errcheck // up to the next one
	var r io.Reader = body
	switch encoding := h.Get("Content-Encoding") + h.Get("Connect-Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			t.unread(place, where, err)
			return
		}
		r = z
	default:
		t.add(Finding{Place: place, Where: where, Form: "not read: encoding " + encoding})
	}
	w := t.scanner(place, where, except)
	if keep != nil {
		w = io.MultiWriter(w, keep)
	}
	if _, err := io.Copy(w, r); err != nil {
		t.unread(place, where, err)
	}
}

// entering looks at what the strict reading lets past: all that the rest of the adapter sees.
type entering struct {
	trip *tripwire
	next http.RoundTripper
}

func (e *entering) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := e.next.RoundTrip(r)
	line := r.Method + " " + r.URL.Path
	if err != nil {
		e.trip.head(PlaceEntered, line+" "+err.Error(), nil)
		return nil, err
	}
	var kept bytes.Buffer
	e.trip.head(PlaceEntered, line, res.Header)
	e.trip.body(PlaceEntered, line, nil, res.Header, res.Body, &kept)
	res.Body = io.NopCloser(&kept)
	return res, nil
}

// typing looks at what a test types on the card page: what the tripwire does not know, it cannot find.
func (t *tripwire) typing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/c/pay/") && r.ParseForm() == nil {
			for _, s := range strange(r.PostForm) {
				t.add(Finding{Place: "card page", Where: "what the test types", Form: "not one of the canaries: " + s})
			}
		}
		next.ServeHTTP(w, r)
	})
}
