package city

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
)

// door is where people come in by HTTP: the portal, and the staff pages.
type door struct {
	at, who        string // of the messages
	listen         string
	publicURL      string
	tlsDir         string
	trustedProxies []string
	example        string
}

func (s *Settings) checkPortal(f *faultList) {
	s.checkDoor(f, door{"portal", "the portal listens", s.Portal.Listen, s.Portal.PublicURL, s.Portal.TLSDir, s.Portal.TrustedProxies, "https://tickets.example.ca"})
}

// checkOffice wants a name in the staff pages' address: passkeys are made for a name.
func (s *Settings) checkOffice(f *faultList) {
	if s.Office.Listen == "" {
		return
	}
	s.checkDoor(f, door{"office", "the staff pages listen", s.Office.Listen, s.Office.PublicURL, s.Office.TLSDir, s.Office.TrustedProxies, "https://office.example.ca"})
	u, err := url.Parse(s.Office.PublicURL)
	if err != nil {
		return
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		f.add("office.public_url", "has a number for a name: passkeys are made for a name, such as \"https://office.example.ca\", or \"http://localhost:8500\" on this machine")
	}
	if s.Office.Listen == s.Portal.Listen {
		f.add("office.listen", "is the portal's: the staff pages have an address of their own")
	}
}

func (s *Settings) checkDoor(f *faultList, d door) {
	host, _, err := net.SplitHostPort(d.listen)
	if err != nil {
		f.add(d.at+".listen", fmt.Sprintf("%q is not an address: write it as \"127.0.0.1:8400\"", d.listen))
	} else if d.tlsDir == "" && !loopback(host) {
		f.add(d.at+".listen", "without tls_dir "+d.who+" on loopback only: name the certificate's folder, or listen on 127.0.0.1 behind a proxy")
	}
	u, err := url.Parse(d.publicURL)
	switch {
	case err != nil || u.Host == "" || (u.Path != "" && u.Path != "/"):
		f.add(d.at+".public_url", fmt.Sprintf("%q is not an address: write it as %q", d.publicURL, d.example))
	case u.Scheme != "https" && (s.Kind == Live || !loopback(u.Hostname())):
		f.add(d.at+".public_url", "is not https: only a test or demo city on this machine may do without")
	}
	for _, p := range d.trustedProxies {
		if _, err := netip.ParsePrefix(p); err != nil {
			f.add(d.at+".trusted_proxies", fmt.Sprintf("%q is not a network: write it as \"10.0.0.0/8\"", p))
		}
	}
}
