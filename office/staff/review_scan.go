package staff

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"

	"fundy/desk"
	"fundy/review"
	"fundy/seal"
	"fundy/store"
)

// addScan puts the scan of a letter to its review: sealed as it is, under a number, without its name.
func (p *Pages) addScan(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &reviewPage{}
	err := p.readReview(r.Context(), r.PathValue("id"), v.Name(), page)
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	kind, body, wrong, err := scanOf(r)
	if err != nil {
		return err
	}
	if wrong != "" {
		v.Problem = &problem{Field: "file", Key: wrong}
		return p.reviewPage(w, r, v, page)
	}
	n := page.FilesCount + 1
	sealed, err := p.Reviews.Seal.Seal(body, []byte(seal.ReviewFile), seal.ReviewFilePlace(page.RequestID, n))
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

// scanOf is the file that a form brings, by what it holds; wrong is a key of words.
func scanOf(r *http.Request) (kind string, body []byte, wrong string, err error) {
	file, head, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return "", nil, "review.scan.missing", nil
	}
	if err != nil {
		return "", nil, "", err
	}
	defer file.Close()
	if body, err = io.ReadAll(io.LimitReader(file, desk.ReviewFileMost+1)); err != nil {
		return "", nil, "", err
	}
	kind = kindOfScan(body)
	switch {
	case len(body) == 0:
		return "", nil, "review.scan.empty", nil
	case len(body) > desk.ReviewFileMost:
		return "", nil, "review.scan.large", nil
	case kind == "", !named(head, kind):
		return "", nil, "review.scan.kind", nil
	}
	return kind, body, "", nil
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
func named(head *multipart.FileHeader, kind string) bool {
	is := map[string]string{".jpg": desk.FileJPEG, ".jpeg": desk.FileJPEG, ".png": desk.FilePNG, ".pdf": desk.FilePDF}[strings.ToLower(filepath.Ext(head.Filename))]
	return is == "" || is == kind
}
