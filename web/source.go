package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Source is where a request comes from: the peer; or, only when the peer is a trusted proxy, the right-most
// address of X-Forwarded-For that is none. Invalid where the peer has no address.
func Source(r *http.Request, trusted []netip.Prefix) netip.Addr {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	addr = addr.Unmap()
	if within(trusted, addr) {
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0; i-- {
			hop, ok := parseHop(strings.TrimSpace(hops[i]))
			if !ok {
				break
			}
			addr = hop.Unmap()
			if !within(trusted, addr) {
				break
			}
		}
	}
	return addr
}

// parseHop reads an address as proxies write it: some add the port.
func parseHop(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a, true
	}
	ap, err := netip.ParseAddrPort(s)
	return ap.Addr(), err == nil
}

func within(networks []netip.Prefix, a netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}
