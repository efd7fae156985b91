// Package portal is what the internet sees: the public pages, in English and French.
//
// Invariants:
//   - it keeps nothing: no database, no file, no processor key; what a visitor is doing travels in
//     his own browser, in one cookie that is sealed with the portal's cookie key;
//   - all that it can do stands in desk.proto;
//   - a page works without JavaScript and never holds a field for a card;
//   - nothing personal stands in an address, a log or an error.
//
// One who controls this process can do what desk.proto's head says.
package portal

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"fundy/desk/deskpb"
	"fundy/desk/deskpb/deskpbconnect"
	"fundy/seal"
	"fundy/web"
)

// Config is what a portal is made of.
type Config struct {
	Desk           deskpbconnect.DeskClient
	PublicURL      string
	CardHost       string // the portal's own idea of it, from city.toml
	CookieKey      []byte // 32 bytes
	SealKey        seal.PublicKey
	TrustedProxies []netip.Prefix
	Now            func() time.Time
	Log            *slog.Logger
}

// Portal serves the public pages.
type Portal struct {
	Config
	cookies cipher.AEAD
	pages   pages
	sent    *sources // forms
	uploads uploads
	cleaner cleaner
	read    *sources // pages that make the office read
	photos  *sources // pictures, which no visitor asks for one by one
	codes   *wrongCodes
	told    *rate.Limiter // of cards that were typed
	front   atomic.Pointer[front]
	noDesk  atomic.Int64 // until when the desk is not asked for the city again, microseconds
}

// front is what the desk says of the city, and when it was asked.
type front struct {
	*deskpb.FrontResponse
	zone  *time.Location
	asked time.Time
}

// frontEvery is how often the portal asks the desk again what to say of the city, frontAgain how soon after
// the desk did not answer: until then no visitor waits for it.
const (
	frontEvery = time.Minute
	frontAgain = 5 * time.Second
)

// New makes a portal.
func New(c Config) (*Portal, error) {
	aead, err := seal.FieldCipher(c.CookieKey)
	if err != nil {
		return nil, fmt.Errorf("cookie key: %w", err)
	}
	p := &Portal{Config: c, cookies: aead, sent: newSources(formsPerSecond, formsBurst), uploads: make(uploads, uploadsMost), read: newSources(readsPerSecond, readsBurst), photos: newSources(photosPerSecond, photosBurst), codes: newWrongCodes(), told: rate.NewLimiter(5, 500)}
	if p.pages, err = parsePages(); err != nil {
		return nil, err
	}
	return p, nil
}

// Handler answers the internet.
func (p *Portal) Handler() http.Handler {
	secure := strings.HasPrefix(p.PublicURL, "https://")
	return web.Headers(p.CardHost, secure, web.Compress(p.routes()))
}

var errNoDesk = errors.New("the desk does not answer")

// city is what the desk last said of the city; it is asked again once a minute. While the desk is
// away, what it said before stays true.
func (p *Portal) city(ctx context.Context) (*front, error) {
	old := p.front.Load()
	if old != nil && (p.Now().Sub(old.asked) < frontEvery || p.Now().UnixMicro() < p.noDesk.Load()) {
		return old, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	res, err := p.Desk.Front(ctx, &deskpb.FrontRequest{})
	if err != nil {
		p.noDesk.Store(p.Now().Add(frontAgain).UnixMicro())
		if old != nil {
			return old, nil
		}
		return nil, fmt.Errorf("%w: %w", errNoDesk, err)
	}
	zone, err := time.LoadLocation(res.GetZone())
	if err != nil {
		return nil, fmt.Errorf("the city's clock: %w", err)
	}
	f := &front{FrontResponse: res, zone: zone, asked: p.Now()}
	p.front.Store(f)
	return f, nil
}
