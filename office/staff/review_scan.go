package staff

import (
	"bytes"
	"errors"
	"net/http"
	"path/filepath"
	"strings"

	"fundy/desk"
	"fundy/picture"
	"fundy/review"
	"fundy/seal"
	"fundy/store"
)

// addScan puts the scan of a letter to its review: a picture made anew, so that it has pixels and nothing else, a PDF as it
// is; sealed, under the number that its page has given it, without its name. The same page sent twice is one file, and says so.
func (p *Pages) addScan(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &reviewPage{}
	err := p.readReview(r.Context(), r.PathValue("id"), v.Name(), page)
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	kind, kept := p.newScan(v)
	if v.Problem != nil {
		return p.reviewPage(w, r, v, page)
	}
	n := nthTyped(r)
	if n == 0 {
		n = page.FilesCount + 1
	}
	sealed, err := p.Reviews.Seal.Seal(kept, []byte(seal.ReviewFile), seal.ReviewFilePlace(page.RequestID, n))
	if err != nil {
		return err
	}
	_, err = p.Settler.AddReviewFile(r.Context(), page.ID, store.ReviewFile{N: n, Kind: kind, Bytes: len(sealed), Sealed: sealed}, v.Name())
	var no *review.Refusal
	switch {
	case errors.As(err, &no):
		v.Problem = &problem{Field: "file", Key: "review.scan." + no.Reason}
		return p.reviewPage(w, r, v, page)
	case errors.Is(err, store.ErrConflict):
		v.Problem = &problem{Field: "file", Key: "review.scan.number"}
		return p.reviewPage(w, r, v, page)
	case err != nil:
		return err
	}
	return done(w, r, "/reviews/"+string(page.ID), "review_scanned")
}

// newScan is what is kept of the file that the guard has read, and its kind, by what it holds. What is wrong with it is the
// view's problem. A picture has the limits that the portal's have, for whoever scans may be sent one by the party.
func (p *Pages) newScan(v *view) (kind string, kept []byte) {
	wrong := func(reason string, most int) (string, []byte) {
		v.Problem = &problem{Field: "file", Key: "review.scan." + reason, Fill: []any{"most", most >> 20, "pixels", picture.PixelsMost / 1_000_000}}
		return "", nil
	}
	switch {
	case v.Problem != nil: // with words of this page's own
		return wrong(strings.TrimPrefix(v.Problem.Key, "finance.upload."), photoMost)
	case v.file == nil:
		return wrong("none", photoMost)
	}
	content := v.file.Content
	pdf := bytes.HasPrefix(content, []byte("%PDF-"))
	if kind = picture.KindOf(content); pdf {
		kind = desk.FilePDF
	}
	switch {
	case kind != "" && !named(v.file.Name, kind):
		return wrong("kind", photoMost)
	case pdf && len(content) > desk.ReviewFileMost:
		return wrong("large", desk.ReviewFileMost)
	case pdf:
		return kind, content
	case len(content) > photoMost:
		return wrong("large", photoMost)
	}
	made, reason := p.maker.Remake(content, desk.ReviewFileMost)
	if reason != "" {
		return wrong(reason, photoMost)
	}
	return made.Kind, made.Bytes
}

// named says whether a file is what its name says, where that names one of the kinds.
func named(name, kind string) bool {
	is := map[string]string{".jpg": desk.FileJPEG, ".jpeg": desk.FileJPEG, ".png": desk.FilePNG, ".pdf": desk.FilePDF}[strings.ToLower(filepath.Ext(name))]
	return is == "" || is == kind
}
