package web

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Certificate is a certificate in two files, read again when a minute has gone by: whoever renews it
// has nothing to restart.
type Certificate struct {
	cert, key string
	mu        sync.Mutex
	last      *tls.Certificate
	read      time.Time
}

// NewCertificate is the certificate of two PEM files.
func NewCertificate(cert, key string) *Certificate { return &Certificate{cert: cert, key: key} }

// Get is tls.Config.GetCertificate. While the files can't be read, the one read before is served.
func (c *Certificate) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != nil && time.Since(c.read) < time.Minute {
		return c.last, nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		if c.last == nil {
			return nil, fmt.Errorf("read certificate: %w", err)
		}
		slog.Error("web: certificate not read; the one before is served", "alarm", "certificate", "err", err)
		c.read = time.Now() // tried again in a minute, not at every handshake
		return c.last, nil
	}
	c.last, c.read = &pair, time.Now()
	return c.last, nil
}
