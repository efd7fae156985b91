package desk

import (
	"fmt"
	"net/url"
)

// CheckCardURL says whether a browser may be sent to address: https at exactly host; or, where
// host is a loopback one (a demo city's), http there. Office and portal both ask it, each with its
// own idea of host, so that neither alone can send a payer elsewhere.
func CheckCardURL(address, host string) error {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Opaque != "" {
		return fmt.Errorf("card page address is not an address")
	}
	if u.Host != host {
		return fmt.Errorf("card page host %q is not the city's card host %q", u.Host, host)
	}
	if u.Scheme == "https" || (u.Scheme == "http" && IsLoopback(u.Hostname())) {
		return nil
	}
	return fmt.Errorf("card page scheme %q is not https", u.Scheme)
}

// IsLoopback says whether a host name is this machine's own.
func IsLoopback(hostname string) bool {
	return hostname == "localhost" || hostname == "127.0.0.1" || hostname == "::1"
}
