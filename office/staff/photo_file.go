package staff

import (
	"context"
	"errors"
	"fmt"
	"image"
	"net/http"
	"strconv"

	"fundy/picture"
	"fundy/store"
	"fundy/ticket"
)

// macPhotoFile is the kind of the address of a picture.
const macPhotoFile = "fundy staff photograph v1"

// photoAddress is what the address of a picture says. It is signed, holds for a minute, and is used once.
type photoAddress struct {
	Photo  string       `json:"i"`
	Grid   bool         `json:"g,omitempty"`
	Corner *photoCorner `json:"c,omitempty"`
	Person string       `json:"p"`
	Until  int64        `json:"u"` // seconds
	Once   []byte       `json:"o"`
}

// photoAddress is where the browser finds the picture of a page that has been asked for with a passkey.
func (p *Pages) photoAddress(person string, page *photoPage) (string, error) {
	token, err := p.Key.signAddress(macPhotoFile, photoAddress{
		Photo: string(page.ID), Grid: page.Grid, Corner: page.Corner, Person: person, Until: p.Now().Add(fileFor).Unix(), Once: random(16),
	})
	return "/photo-files/" + token, err
}

// servePhoto opens a photograph, after a leaf, and serves it once: the original with its covers on it, in the size in which
// a person works on it, or the copy as it is seen outside. What is served was written by this program, and is a JPEG.
func (p *Pages) servePhoto(w http.ResponseWriter, r *http.Request, v *view) error {
	var a photoAddress
	if !p.Key.readAddress(macPhotoFile, r.PathValue("token"), &a) || a.Until < p.Now().Unix() || !p.files.first(a.Once, p.Now()) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	var photo ticket.Photo
	err := p.Store.ReadOne(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		photo, err = tx.Photo(ctx, ticket.PhotoID(a.Photo))
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && photo.State == ticket.PhotoErased {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	shown := photo.State == ticket.PhotoReleased
	plain, err := p.Photos.Open(r.Context(), a.Person, photo, shown)
	if err != nil {
		return err
	}
	if !shown {
		made, wrong := p.maker.Work(plain, rects(photo.Covers), a.Grid, (*image.Point)(a.Corner))
		if wrong != "" {
			return fmt.Errorf("show photograph %s: %s", photo.ID, wrong) // it was made here: it can't be
		}
		plain = made.Bytes
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Content-Type", "image/"+picture.JPEG)
	h.Set("Content-Length", strconv.Itoa(len(plain)))
	h.Set("Cache-Control", "no-store")
	if _, err := w.Write(plain); err != nil {
		p.Log.Info("staff: somebody went away", "err", err)
	}
	return nil
}
