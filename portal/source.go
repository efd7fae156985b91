package portal

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"fundy/web"
)

// Limits per source. A begun payment is never limited.
const (
	formsPerSecond = 2
	formsBurst     = 30
	readsPerSecond = 10
	readsBurst     = 100
	sourcesMost    = 50_000
	sourceForget   = 10 * time.Minute
)

// sources limits what one address may ask; IPv6 counts by /64, which is what one household has.
type sources struct {
	mu        sync.Mutex
	all       map[netip.Prefix]*source
	perSecond rate.Limit
	burst     int
}

type source struct {
	limiter *rate.Limiter
	last    time.Time
}

func newSources(perSecond rate.Limit, burst int) *sources {
	return &sources{all: map[netip.Prefix]*source{}, perSecond: perSecond, burst: burst}
}

func (s *sources) allow(from netip.Prefix, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.all[from]
	if one == nil {
		if len(s.all) >= sourcesMost {
			s.forget(now)
		}
		one = &source{limiter: rate.NewLimiter(s.perSecond, s.burst)}
		s.all[from] = one
	}
	one.last = now
	return one.limiter.AllowN(now, 1)
}

// forget drops the sources that have been quiet; when all are busy it drops all, which is kinder
// than to refuse whoever is new.
func (s *sources) forget(now time.Time) {
	for prefix, one := range s.all {
		if now.Sub(one.last) > sourceForget {
			delete(s.all, prefix)
		}
	}
	if len(s.all) >= sourcesMost {
		clear(s.all)
	}
}

// source is the network that a request comes from.
func (p *Portal) source(r *http.Request) netip.Prefix {
	addr := web.Source(r, p.TrustedProxies)
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
