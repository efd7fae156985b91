package staff

import (
	"crypto/sha256"
	_ "embed" // the scripts and the style
	"encoding/hex"
	"net/http"
	"slices"

	"fundy/portal/static"
)

//go:embed static/passkey.js
var script []byte

//go:embed static/live.js
var liveScript []byte

//go:embed static/staff.css
var ownStyle []byte

//go:embed static/counter.css
var counterStyle []byte

//go:embed static/print.css
var printStyle []byte

var (
	style      = slices.Concat(static.Style(), ownStyle, counterStyle)
	styleName  = digest(style) + ".css"
	scriptName = digest(script) + ".js"
	liveName   = digest(liveScript) + ".js"
	printName  = "print-" + digest(printStyle) + ".css"
)

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

func serveStatic(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	switch r.PathValue("file") {
	case styleName:
		h.Set("Content-Type", "text/css; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		w.Write(style)
	case printName:
		h.Set("Content-Type", "text/css; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		w.Write(printStyle)
	case scriptName:
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		w.Write(script)
	case liveName:
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		w.Write(liveScript)
	default:
		http.NotFound(w, r)
	}
}

// icon is a plain square with a key's ring: an SVG of our own.
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#5a3c1d"/><circle cx="6" cy="8" r="2.5" stroke="#fff" stroke-width="1.6" fill="none"/><path d="M8.5 8H13M11 8v2" stroke="#fff" stroke-width="1.6"/></svg>`

func serveIcon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	w.Write([]byte(icon))
}
