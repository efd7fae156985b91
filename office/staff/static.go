package staff

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"path"
	"slices"

	"fundy/portal/static"
)

//go:embed static
var staticFiles embed.FS

// asset is a script or a style of our own. It is named by what is in it, so that a browser may keep it for ever.
type asset struct {
	Path      string
	Integrity string // what a browser holds its bytes to
	content   []byte
}

var (
	style         = newAsset(".css", static.Style(), embedded("staff.css"), embedded("counter.css"))
	printStyle    = newAsset(".css", embedded("print.css"))
	passkeyScript = newAsset(".js", embedded("passkey.js"))
	liveScript    = newAsset(".js", embedded("live.js"))
)

var assets = []asset{style, printStyle, passkeyScript, liveScript}

// scripts are the hashes of those that a page may run: the policy of every page names them and nothing else.
var scripts = []string{passkeyScript.Integrity, liveScript.Integrity}

func embedded(name string) []byte {
	content, err := staticFiles.ReadFile("static/" + name)
	if err != nil {
		panic(err) // the program has not been built whole
	}
	return content
}

func newAsset(ending string, content ...[]byte) asset {
	all := slices.Concat(content...)
	sum := sha256.Sum256(all)
	return asset{Path: "/static/" + hex.EncodeToString(sum[:8]) + ending, Integrity: "sha256-" + base64.StdEncoding.EncodeToString(sum[:]), content: all}
}

// kinds are what an answer says of a file, by its name's ending.
var kinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

func serveStatic(w http.ResponseWriter, r *http.Request) {
	for _, one := range assets {
		if r.URL.Path == one.Path {
			w.Header().Set("Content-Type", kinds[path.Ext(one.Path)])
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			w.Write(one.content)
			return
		}
	}
	http.NotFound(w, r)
}

// icon is a plain square with a key's ring: an SVG of our own.
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#5a3c1d"/><circle cx="6" cy="8" r="2.5" stroke="#fff" stroke-width="1.6" fill="none"/><path d="M8.5 8H13M11 8v2" stroke="#fff" stroke-width="1.6"/></svg>`

func serveIcon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	w.Write([]byte(icon))
}
