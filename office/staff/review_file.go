package staff

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"fundy/desk"
	"fundy/review"
	"fundy/store"
)

// macReviewFile is the kind of the address of a file.
const macReviewFile = "fundy staff review file v1"

// Limits of an address of a file.
const (
	fileFor      = time.Minute
	filesKnown   = 10_000 // addresses that have been used, remembered until they are too old
	fileTokenMax = 1_000  // bytes
)

// fileAddress is what the address of a file says. It is signed, holds for a minute, and is used once.
type fileAddress struct {
	Review string `json:"r"`
	N      int    `json:"n"`
	Person string `json:"p"`
	Until  int64  `json:"u"` // seconds
	Once   []byte `json:"o"`
}

// usedOnce remembers addresses that have been used, in memory: what a restart forgets is older than a minute soon after.
type usedOnce struct {
	mu   sync.Mutex
	used map[string]time.Time
}

// first says whether an address is used for the first time. Where there is no room, none is.
func (u *usedOnce) first(once []byte, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.used == nil {
		u.used = map[string]time.Time{}
	}
	for id, at := range u.used {
		if now.Sub(at) > 2*fileFor {
			delete(u.used, id)
		}
	}
	if _, again := u.used[string(once)]; again || len(u.used) >= filesKnown {
		return false
	}
	u.used[string(once)] = now
	return true
}

// openReviewFile leads to a file of a review. A party's file is never a page of ours: it is served on an address of its
// own, that knows no session, as a thing to be looked at in a sandbox or to be kept.
func (p *Pages) openReviewFile(w http.ResponseWriter, r *http.Request, v *view) error {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	token, err := p.Key.fileToken(fileAddress{Review: r.PathValue("id"), N: n, Person: v.Name(), Until: p.Now().Add(fileFor).Unix(), Once: random(16)})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/review-files/"+token, http.StatusSeeOther)
	return nil
}

func (k Key) fileToken(a fileAddress) (string, error) { return k.signAddress(macReviewFile, a) }

func (k Key) readFileToken(text string, now time.Time) (a fileAddress, ok bool) {
	ok = k.readAddress(macReviewFile, text, &a) && !now.After(time.Unix(a.Until, 0))
	return a, ok
}

// signAddress writes what an address says, with its kind's signature before it.
func (k Key) signAddress(kind string, a any) (string, error) {
	b, err := json.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("write address of file: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(append(k.mac(kind, b), b...)), nil
}

// readAddress reads what signAddress has written, and says whether it is ours.
func (k Key) readAddress(kind, text string, into any) bool {
	if len(text) > fileTokenMax {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < sha256.Size || !hmac.Equal(b[:sha256.Size], k.mac(kind, b[sha256.Size:])) {
		return false
	}
	return json.Unmarshal(b[sha256.Size:], into) == nil
}

// fileTypes are what a file is served as, and the end of its name. What it really is, only the browser's sandbox decides.
var fileTypes = map[string]struct{ mime, end, way string }{
	"jpeg": {"image/jpeg", ".jpg", "inline"}, "png": {"image/png", ".png", "inline"}, "pdf": {"application/pdf", ".pdf", "attachment"},
}

// serveReviewFile opens a file, after a leaf, and serves it once. What it holds came from a stranger, by way of the public
// side: its policy lets it do nothing, in an origin of its own, whatever it is.
func (p *Pages) serveReviewFile(w http.ResponseWriter, r *http.Request, v *view) error {
	a, ok := p.Key.readFileToken(r.PathValue("token"), p.Now())
	if !ok || !p.files.first(a.Once, p.Now()) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	var found review.Review
	var f store.ReviewFile
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if found, err = tx.Review(ctx, review.ID(a.Review)); err != nil {
			return err
		}
		f, err = tx.ReviewFile(ctx, found.ID, a.N)
		return err
	})
	kind, known := fileTypes[f.Kind]
	if errors.Is(err, store.ErrNotFound) || err == nil && !known {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	plain, err := p.Reviews.File(r.Context(), a.Person, found, f)
	if errors.Is(err, desk.ErrUnreadable) {
		return p.show(w, v, http.StatusNotFound, "wrong") // no file that a page of ours has taken
	}
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Content-Type", kind.mime)
	h.Set("Content-Disposition", fmt.Sprintf("%s; filename=\"%s-%d%s\"", kind.way, found.Reference, f.N, kind.end))
	h.Set("Content-Length", strconv.Itoa(len(plain)))
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "unsafe-none") // with a sandbox, a window of its own would not open
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(plain)
	if err != nil {
		p.Log.Info("staff: somebody went away", "err", err)
	}
	return nil
}
