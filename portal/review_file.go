package portal

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"fundy/desk"
	"fundy/desk/deskpb"
	"fundy/picture"
	"fundy/seal"
)

// Limits of an upload. A file is read into memory once, within its own limit, and never touches a disk.
const (
	uploadMost   = 12 << 20         // bytes of a whole upload: a telephone's photo, before it is made smaller
	uploadDrain  = 256 << 20        // bytes that are read and thrown away, so that a browser hears why they were too many
	uploadsMost  = 4                // under way at once, of all visitors
	uploadTime   = 2 * time.Minute  // for a slow line
	uploadWait   = 3 * time.Second  // for one of the places
	uploadAnswer = 40 * time.Second // for cleaning, sealing and the answer
	tokenPart    = 1 << 10          // bytes of the form's token
)

// uploads are the places for uploads that are under way.
type uploads chan struct{}

func (u uploads) take(r *http.Request) bool {
	wait := time.NewTimer(uploadWait)
	defer wait.Stop()
	select {
	case u <- struct{}{}:
		return true
	case <-wait.C:
	case <-r.Context().Done():
	}
	return false
}

func (u uploads) leave() { <-u }

// upload registers an address that one file is sent to: the same site only, by a visit that has asked for a review, within the
// source's limits and the places for uploads. The handler reads the parts itself, the token first.
func (p *Portal) upload(mux *http.ServeMux, path, lang string, h handler) {
	cross := http.NewCrossOriginProtection()
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		p.answer(w, r, lang, func(w http.ResponseWriter, r *http.Request, v *view) error {
			if cross.Check(r) != nil {
				return p.show(w, v, http.StatusForbidden, "wrong_form")
			}
			if v.visit.Review == nil { // a slow stranger would hold a place for minutes
				return p.redirect(w, r, v, v.Path("review_find"))
			}
			if !p.sent.allow(p.source(r), p.Now()) || !p.uploads.take(r) {
				return p.slowDown(w, v)
			}
			defer p.uploads.leave()
			c := http.NewResponseController(w)
			now := time.Now() //nolint:forbidigo // the connection's own clock
			if err := errors.Join(c.SetReadDeadline(now.Add(uploadTime)), c.SetWriteDeadline(now.Add(uploadTime+uploadAnswer))); err != nil && !errors.Is(err, http.ErrNotSupported) {
				return err
			}
			return h(w, r, v)
		})
	})
}

// errNotFromHere is an upload that did not come from a page of this visit.
var errNotFromHere = errors.New("not from a page of this visit")

// addReviewFile takes one photo or document: read within its limit, made anew or left closed, sealed, and given to the
// office. Nothing of it is kept here, its name is not kept anywhere.
func (p *Portal) addReviewFile(w http.ResponseWriter, r *http.Request, v *view) error {
	body, wrong, err := p.readUpload(w, r, v)
	switch {
	case errors.Is(err, errNotFromHere):
		return p.show(w, v, http.StatusForbidden, "wrong_form")
	case err != nil:
		return err
	}
	var kind string
	if wrong == "" {
		kind, body, wrong = p.cleaner.clean(body)
	}
	if wrong != "" {
		v.Problem = &problem{Field: "file", Key: wrong, Fill: []any{"most", uploadMost >> 20, "pdf", desk.ReviewFileMost >> 20, "pixels", picture.PixelsMost / 1_000_000}}
		return p.reviewAsked(w, v, http.StatusUnprocessableEntity)
	}
	refused, err := p.giveFile(r, v, kind, body)
	if err != nil {
		return err
	}
	if refused != "" {
		v.Problem = &problem{Field: "file", Key: "review.file.form"}
		if key := "review.file." + refused; has(key) {
			v.Problem.Key = key
		}
		return p.reviewAsked(w, v, http.StatusConflict)
	}
	return p.redirect(w, r, v, v.Path("review_asked"))
}

// giveFile seals a file under its number and gives it to the office. Where the office has more of them than the page knew,
// nothing is taken, and the page is told how many there are: another tab was quicker, or this very file came in before and
// nobody was told.
func (p *Portal) giveFile(r *http.Request, v *view, kind string, body []byte) (refused string, err error) {
	mine := v.visit.Review
	n := mine.Files + 1
	sealed, err := p.SealKey.Seal(body, []byte(seal.ReviewFile), seal.ReviewFilePlace(mine.Request, n))
	if err != nil {
		return "", err
	}
	res, err := p.Desk.AddReviewFile(r.Context(), &deskpb.AddReviewFileRequest{RequestId: mine.Request, Kind: kind, Number: int32(n), Sealed: sealed})
	if err != nil {
		return "", err
	}
	refused = res.GetRefused()
	if refused == "" || refused == "number" || refused == "full" {
		mine.Files = int(res.GetFiles())
	}
	return refused, nil
}

// readUpload reads the form's token, then the file. wrong is a key of words for what the visitor can put right; the rest
// of a body that is too large is thrown away, so that he hears so.
func (p *Portal) readUpload(w http.ResponseWriter, r *http.Request, v *view) (body []byte, wrong string, err error) {
	if r.ContentLength > uploadMost {
		return nil, p.tooLarge(w, r), nil
	}
	whole := r.Body
	r.Body = http.MaxBytesReader(w, whole, uploadMost)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, "", errNotFromHere
	}
	token, err := part(parts, "form", tokenPart)
	if err != nil || !v.visit.formTokenFits(string(token.bytes)) {
		return nil, "", errNotFromHere
	}
	file, err := part(parts, "file", uploadMost)
	var most *http.MaxBytesError
	switch {
	case errors.As(err, &most) || errors.Is(err, errPartMost):
		r.Body = whole
		return nil, p.tooLarge(w, r), nil
	case err != nil:
		return nil, "review.file.broken", nil
	case file.name == "" && len(file.bytes) == 0:
		return nil, "review.file.missing", nil
	case file.card != "":
		p.reportCard(desk.CardPlace{Where: "file", Name: "file", Shown: desk.Masked(file.card)}, r.Pattern)
		return nil, "card.refused", nil
	case !saysTrue(file):
		return nil, "review.file.lies", nil
	}
	return file.bytes, "", nil
}

func (p *Portal) tooLarge(w http.ResponseWriter, r *http.Request) string {
	n, err := io.Copy(io.Discard, io.LimitReader(r.Body, uploadDrain))
	if err != nil || n == uploadDrain {
		w.Header().Set("Connection", "close")
	}
	return "review.file.large"
}

// onePart is a part of an upload.
type onePart struct {
	name, says string // as the browser says: neither is believed
	card       string // what looks like a card's number in its name or in what is said of it; "" where nothing does
	bytes      []byte
}

var errPartMost = errors.New("part is too large")

// part reads the next part, which has a name of ours and at most so many bytes.
func part(parts *multipart.Reader, name string, most int64) (onePart, error) {
	one, err := parts.NextPart()
	if err != nil {
		return onePart{}, err
	}
	if one.FormName() != name {
		return onePart{}, errNotFromHere
	}
	b, err := io.ReadAll(io.LimitReader(one, most+1))
	if err != nil {
		return onePart{}, err
	}
	if int64(len(b)) > most {
		return onePart{}, errPartMost
	}
	says, _, err := mime.ParseMediaType(one.Header.Get("Content-Type"))
	if err != nil {
		says = ""
	}
	return onePart{name: one.FileName(), says: says, card: desk.CardOfFile(one.FileName(), one.Header), bytes: b}, nil
}

// saysTrue says whether a file is what its name and its type say, where they name one of the kinds that are taken.
func saysTrue(f onePart) bool {
	is := kindOf(f.bytes)
	byName := map[string]string{".jpg": desk.FileJPEG, ".jpeg": desk.FileJPEG, ".png": desk.FilePNG, ".pdf": desk.FilePDF}[strings.ToLower(filepath.Ext(f.name))]
	byType := map[string]string{"image/jpeg": desk.FileJPEG, "image/png": desk.FilePNG, "application/pdf": desk.FilePDF}[f.says]
	return is == "" || (byName == "" || byName == is) && (byType == "" || byType == is)
}
