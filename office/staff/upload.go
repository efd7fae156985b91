package staff

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"fundy/desk"
	"fundy/web"
)

// Limits of a file that somebody brings. A bank's month and a city's year of tickets are far below; what is larger
// comes by the command line, which reads it piece by piece.
const (
	uploadMost  = 16 << 20
	uploadDrain = 512 << 20       // of a file that is too large is read and thrown away, so that the browser hears why
	uploadLimit = 3 * time.Minute // for one to come
	uploadsOnce = 2               // are read at once: each is held in memory, and nowhere else
	longestFile = 120             // letters of a file's name
)

// brought is a file that somebody has brought. It is held in memory only: what stands in it is personal.
type brought struct {
	Name    string
	Content []byte
	Digest  string
}

// passFile is pass for what takes a file: who brings it is known before any of it is read, and what his form says is
// looked at as every form is. A file can't be kept in a page while the passkey is asked for: it is chosen again.
func (p *Pages) passFile(w http.ResponseWriter, r *http.Request, v *view, to route, cross *http.CrossOriginProtection) error {
	on, err := p.fromHere(w, r, v, to, cross)
	if err != nil || !on {
		return err
	}
	if v.visit, err = p.visit(r, false); err != nil {
		return err
	}
	if v.visit.standing != standsHere {
		asked := r.Clone(r.Context())
		asked.Method, asked.URL = http.MethodGet, &url.URL{Path: chosenOn(to, r)}
		return p.touch(w, asked, v)
	}
	v.in = true
	if !p.roles.May(v.visit.person, to.may) {
		v.Data = to.may
		return p.show(w, v, http.StatusForbidden, "no_right")
	}
	if err := p.seen(r.Context(), v.visit); err != nil {
		return err
	}
	select {
	case p.staged.turn <- struct{}{}:
		defer func() { <-p.staged.turn }()
	default:
		v.Problem = &problem{Field: "file", Key: "finance.upload.busy"}
		return to.handle(w, r, v)
	}
	place, err := p.takeFile(w, r, v, to)
	if err != nil {
		return err
	}
	if place != (desk.CardPlace{}) {
		return p.refuseCard(w, r, v, place, to, true)
	}
	if v.Problem == nil && !p.formFits(v.visit.token, r.PostForm.Get(fieldForm)) {
		return p.show(w, v, http.StatusForbidden, "wrong_form")
	}
	return to.handle(w, r, v)
}

// chosenOn is the page on which a route's file is chosen.
func chosenOn(to route, r *http.Request) string {
	switch {
	case to.papers: // the page of what it belongs to
		return strings.TrimSuffix(r.URL.Path, "/scan")
	case to.chosen != "":
		return to.chosen
	}
	return "/finance/files"
}

// takeFile reads a form with its file. What is wrong with it is the view's problem, and then there is no file.
func (p *Pages) takeFile(w http.ResponseWriter, r *http.Request, v *view, to route) (desk.CardPlace, error) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(uploadLimit)) // where it can't be set, the server's own holds
	_ = control.SetWriteDeadline(time.Now().Add(2 * uploadLimit))
	body := r.Body
	r.Body = http.MaxBytesReader(w, body, to.upload+web.MaxForm)
	err := r.ParseMultipartForm(to.upload + web.MaxForm)
	web.OnlyText(r.PostForm)
	if place, err := p.cardIn(r); err != nil || place != (desk.CardPlace{}) { // of what could be read
		return place, err
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		_, _ = io.CopyN(io.Discard, body, uploadDrain) // however it ends, the answer is the same
		v.Problem = &problem{Field: "file", Key: "finance.upload.large", Fill: []any{"most", uploadMost >> 20}}
		return desk.CardPlace{}, nil
	case err != nil:
		v.Problem = &problem{Field: "file", Key: "finance.upload.none"}
		return desk.CardPlace{}, nil
	}
	v.keepFile(r, to.papers)
	return desk.CardPlace{}, nil
}

// keepFile takes the form's one file: a text, or, with papers, what its handler knows. Its name and what is said of it have been looked at for a card's number.
func (v *view) keepFile(r *http.Request, papers bool) {
	files := r.MultipartForm.File["file"]
	if len(files) != 1 || len(r.MultipartForm.File) != 1 {
		v.Problem = &problem{Field: "file", Key: "finance.upload.none"}
		return
	}
	head := files[0]
	name := plainName(head.Filename)
	f, err := head.Open()
	if err != nil {
		v.Problem = &problem{Field: "file", Key: "finance.upload.none"}
		return
	}
	defer f.Close() //nolint:errcheck // of memory
	content, err := io.ReadAll(io.LimitReader(f, uploadMost+1))
	switch {
	case err != nil || name == "":
		v.Problem = &problem{Field: "file", Key: "finance.upload.none"}
	case len(content) == 0:
		v.Problem = &problem{Field: "file", Key: "finance.upload.empty"}
	case len(content) > uploadMost:
		v.Problem = &problem{Field: "file", Key: "finance.upload.large", Fill: []any{"most", uploadMost >> 20}}
	default:
		if kind := notText(content); kind != "" && !papers {
			v.Problem = &problem{Field: "file", Key: "finance.upload.kind." + kind}
			return
		}
		sum := sha256.Sum256(content)
		v.file = &brought{Name: name, Content: content, Digest: hex.EncodeToString(sum[:])}
	}
}

// plainName is a file's name without its folders and without what does not belong into one.
func plainName(name string) string {
	name = filepath.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || strings.ContainsRune(`/:*?"<>|`, c) {
			return '_'
		}
		return c
	}, name)
	if letters := []rune(name); len(letters) > longestFile {
		name = string(letters[:longestFile])
	}
	if name == "." || name == "/" {
		return ""
	}
	return name
}

// magics are what files begin with that are no text, whatever their name says.
var magics = []struct{ begins, kind string }{
	{"PK\x03\x04", "sheet"}, {"\xd0\xcf\x11\xe0", "sheet"}, {"%PDF", "pdf"}, {"\x89PNG", "picture"}, {"\xff\xd8\xff", "picture"}, {"GIF8", "picture"},
	{"\x7fELF", "program"}, {"MZ", "program"}, {"\x1f\x8b", "packed"}, {"BZh", "packed"}, {"7z\xbc\xaf", "packed"}, {"Rar!", "packed"},
}

// notText is what a file is that is no text, or "". A file's name and what the browser calls it are not believed.
func notText(content []byte) string {
	for _, m := range magics {
		if strings.HasPrefix(string(content[:min(len(content), 8)]), m.begins) {
			return m.kind
		}
	}
	return ""
}
