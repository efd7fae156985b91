package portal

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"regexp"
	"strings"

	"fundy/desk/deskpb"
	"fundy/portal/static"
)

// style is the one style sheet, plain and compressed once, at start.
var style, styleZipped, styleName = makeStyle()

func makeStyle() (plain, zipped []byte, name string) {
	plain = static.Style()
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err)
	}
	if _, err := z.Write(plain); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return plain, out.Bytes(), digest(plain) + ".css"
}

const forever = "public, max-age=31536000, immutable"

func (p *Portal) serveStatic(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("file") != styleName {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("Cache-Control", forever)
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		w.Write(styleZipped)
		return
	}
	w.Write(style)
}

var colourForm = regexp.MustCompile(`^[0-9a-fA-F]{6}$`)

// serveColour is the city's own colour as a style sheet: the policy lets no style stand in a page.
func (p *Portal) serveColour(w http.ResponseWriter, r *http.Request) {
	if !colourForm.MatchString(r.URL.RawQuery) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", forever)
	w.Write([]byte(":root{--city:#" + r.URL.RawQuery + "}"))
}

// icon is a plain square with a tick: an SVG of our own.
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#1d3c5a"/><path d="M4 8.5l3 3 5-7" stroke="#fff" stroke-width="2" fill="none"/></svg>`

func (p *Portal) serveIcon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	w.Write([]byte(icon))
}

// logoTypes are the types that a logo may have, with the end of its name.
var logoTypes = map[string]string{"image/svg+xml": ".svg", "image/png": ".png"}

func logoPath(l *deskpb.Logo) string {
	end, ok := logoTypes[l.GetType()]
	if !ok || len(l.GetImage()) == 0 {
		return ""
	}
	return "/logo/" + digest(l.GetImage()) + end
}

// serveLogo is the city's logo. Opened by itself, an SVG is a document: its policy lets it do nothing.
func (p *Portal) serveLogo(w http.ResponseWriter, r *http.Request) {
	f, err := p.city(r.Context())
	if err != nil || r.URL.Path != logoPath(f.GetLogo()) {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.GetLogo().GetType())
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", forever)
	w.Write(f.GetLogo().GetImage())
}

func serveRobots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte("User-agent: *\nDisallow: /r/\n"))
}
