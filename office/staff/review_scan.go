package staff

import (
	"bytes"
	"errors"
	"net/http"
	"path/filepath"
	"strings"

	"fundy/desk"
	"fundy/review"
	"fundy/seal"
	"fundy/store"
)

// addScan puts the scan of a letter to its review: sealed as it is, under the number that its page
// has given it, without its name. The same page sent twice is one file, and says so.
func (p *Pages) addScan(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &reviewPage{}
	err := p.readReview(r.Context(), r.PathValue("id"), v.Name(), page)
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	kind := v.scan()
	if v.Problem != nil {
		return p.reviewPage(w, r, v, page)
	}
	n := nthTyped(r)
	if n == 0 {
		n = page.FilesCount + 1
	}
	sealed, err := p.Reviews.Seal.Seal(v.file.Content, []byte(seal.ReviewFile), seal.ReviewFilePlace(page.RequestID, n))
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

// scan is the kind of the file that the guard has read, by what it holds. What is wrong with it is the view's problem.
func (v *view) scan() string {
	switch {
	case v.Problem != nil: // with words of this page's own
		v.Problem = &problem{Field: "file", Key: "review.scan." + strings.TrimPrefix(v.Problem.Key, "finance.upload.")}
		return ""
	case v.file == nil:
		v.Problem = &problem{Field: "file", Key: "review.scan.none"}
		return ""
	case len(v.file.Content) > desk.ReviewFileMost:
		v.Problem = &problem{Field: "file", Key: "review.scan.large"}
		return ""
	}
	kind := kindOfScan(v.file.Content)
	if kind == "" || !named(v.file.Name, kind) {
		v.Problem = &problem{Field: "file", Key: "review.scan.kind"}
	}
	return kind
}

// kindOfScan is what a file is by its first bytes; "" for what is not taken.
func kindOfScan(b []byte) string {
	for start, kind := range map[string]string{"\xff\xd8\xff": desk.FileJPEG, "\x89PNG\r\n\x1a\n": desk.FilePNG, "%PDF-": desk.FilePDF} {
		if bytes.HasPrefix(b, []byte(start)) {
			return kind
		}
	}
	return ""
}

// named says whether a file is what its name says, where that names one of the kinds.
func named(name, kind string) bool {
	is := map[string]string{".jpg": desk.FileJPEG, ".jpeg": desk.FileJPEG, ".png": desk.FilePNG, ".pdf": desk.FilePDF}[strings.ToLower(filepath.Ext(name))]
	return is == "" || is == kind
}
