// Package web is mechanism only: a server with limits, headers, the cross-origin check and
// compression. It knows no page and no word.
package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Limits of a request.
const (
	MaxForm   = 64 << 10 // bytes of a form: ten signed quotes are 2 KB
	MaxHeader = 32 << 10
)

// Serve answers on l until ctx ends, then lets what is under way end.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 45 * time.Second, // the waiting page is held up to 20 seconds
		IdleTimeout:  60 * time.Second, MaxHeaderBytes: MaxHeader,
	}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err := s.Shutdown(grace)
		if err != nil {
			err = s.Close()
		}
		done <- err
	}()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-done
}

// Headers sets what every answer of the public side says. cardHost is the one other host that a form
// may lead to: browsers check form-action against redirects too.
func Headers(cardHost string, secure bool, next http.Handler) http.Handler {
	scheme := "https://"
	if host, _, err := net.SplitHostPort(cardHost); err == nil && (host == "127.0.0.1" || host == "localhost" || host == "::1") {
		scheme = "http://"
	}
	return headers("form-action 'self' "+scheme+cardHost, secure, next)
}

// InsideHeaders sets what every answer of the staff pages says. What may run are the scripts of these
// hashes ("sha256-…"), which their tags name too: no other file of this address, whoever has brought it.
// No form leads anywhere else, and a script asks nobody else for anything.
func InsideHeaders(scripts []string, secure bool, next http.Handler) http.Handler {
	policy := "script-src '" + strings.Join(scripts, "' '") + "'; connect-src 'self'; form-action 'self'"
	return headers(policy, secure, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store") // a file of ours that may be kept says so itself
		next.ServeHTTP(w, r)
	}))
}

// headers sets what both sides say. policy is what a page may do besides showing our own styles and pictures.
func headers(policy string, secure bool, next http.Handler) http.Handler {
	policy = "default-src 'none'; style-src 'self'; img-src 'self'; " + policy + "; frame-ancestors 'none'; base-uri 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "same-origin") // no-referrer would make browsers send Origin: null
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Embedder-Policy", "require-corp")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// Compress gzips pages. Pages that hold a secret beside what the visitor typed (a form token beside a
// field) change the token's text each time, so that its length tells nothing.
func Compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		c := &compressed{ResponseWriter: w}
		defer c.close()
		next.ServeHTTP(c, r)
	})
}

// compressed starts to gzip at the first byte of a page that may be compressed: a photograph is as small as it gets. A page is
// written at once, so nothing is kept between two writes: such a writer keeps no memory, where others have 0.8 MB and more.
type compressed struct {
	http.ResponseWriter
	zip   *gzip.Writer // nil: what is written goes out as it is
	wrote bool
}

func (c *compressed) WriteHeader(status int) {
	h := c.Header()
	if !c.wrote && h.Get("Content-Encoding") == "" && h.Get("Content-Type") != "image/jpeg" && status != http.StatusNoContent && status/100 != 3 {
		h.Set("Content-Encoding", "gzip")
		h.Del("Content-Length")
		c.zip, _ = gzip.NewWriterLevel(c.ResponseWriter, gzip.StatelessCompression) // a level that the library has
	}
	c.wrote = true
	c.ResponseWriter.WriteHeader(status)
}

func (c *compressed) Write(b []byte) (int, error) {
	if !c.wrote {
		c.WriteHeader(http.StatusOK)
	}
	if c.zip != nil {
		return c.zip.Write(b)
	}
	return c.ResponseWriter.Write(b)
}

// Unwrap lets who answers an upload move the connection's deadlines.
func (c *compressed) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *compressed) close() {
	if c.zip != nil {
		c.zip.Close()
	}
}
