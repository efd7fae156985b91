package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"runtime/debug"

	"fundy/desk"
	"fundy/fault"
	"fundy/portal"
	"fundy/web"
)

type portalCommand struct {
	City string `required:"" placeholder:"DIR" help:"The city's folder. Of its keys the portal reads keys/portal only."`
}

// Run serves the public pages until it is told to stop.
func (c *portalCommand) Run(ctx context.Context) error {
	// Measured with make bench: at 25 the portal has 33 MB and 3,400 look-ups/s, at 100 it has 56 MB and 4,200.
	debug.SetGCPercent(50)
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	if err := f.checkKeys("portal"); err != nil {
		return err
	}
	cookie, err := f.secretKey("portal", "cookie.key")
	if err != nil {
		return err
	}
	public, err := f.publicKey()
	if err != nil {
		return err
	}
	p, err := portal.New(portal.Config{
		Desk: desk.Dial(f.relative(f.settings.Desk.Socket)), PublicURL: f.settings.Portal.PublicURL, CardHost: f.settings.Processor.CardHost,
		CookieKey: cookie, SealKey: public, TrustedProxies: f.settings.Proxies(), Now: fault.Now, Log: slog.Default(),
	})
	if err != nil {
		return err
	}
	certificate, err := certificates(f, "portal", f.settings.Portal.TLSDir)
	if err != nil {
		return err
	}
	l, err := listen(ctx, f.settings.Portal.Listen, certificate)
	if err != nil {
		return fmt.Errorf("portal.listen: %w", err)
	}
	slog.Info("portal: open", "address", f.settings.Portal.PublicURL)
	return web.Serve(ctx, l, p.Handler())
}

// listen takes an address, with TLS where there is a certificate.
func listen(ctx context.Context, address string, certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil || certificate == nil {
		return l, err
	}
	return tls.NewListener(l, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificate}), nil
}

// certificates reads the certificate at every handshake that comes a minute or more after the last
// reading, so that a renewed one is served without a restart. It is read once before the portal opens: a
// folder without one would let the portal start, and nobody in. None: a proxy has the certificate.
func certificates(f folder, who, dir string) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	if dir == "" {
		return nil, nil
	}
	dir = f.relative(dir)
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := onlyOwners(key); err != nil {
		return nil, fmt.Errorf("%s.tls_dir: %w", who, err)
	}
	cache := web.NewCertificate(cert, key)
	if _, err := cache.Get(nil); err != nil {
		return nil, fmt.Errorf("%s.tls_dir: %w", who, err)
	}
	return cache.Get, nil
}
