package staff

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"fundy/desk"
	"fundy/picture"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
)

// releasePhoto makes a photograph's copy, whose covered parts are gone, and lets it be shown to who has the ticket. It is
// made of the version whose page has been looked at.
func (p *Pages) releasePhoto(w http.ResponseWriter, r *http.Request, v *view) error {
	var photo ticket.Photo
	err := p.Store.ReadOne(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		photo, err = tx.Photo(ctx, ticket.PhotoID(r.PathValue("id")))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	looked, why := r.PostForm.Get("looked") == "1", oneLine(r, "reason")
	if no := ticket.ReleasePhotoOf(photo, version(r), looked, why); no != nil { // before anything is opened
		againstPhoto(v, no, "main")
		return p.photoPage(w, r, v, true)
	}
	if err := p.copyOf(r.Context(), v, &photo); err != nil {
		return err
	}
	if v.Problem != nil {
		return p.photoPage(w, r, v, true)
	}
	err = p.Settler.ReleasePhoto(r.Context(), photo, looked, why, v.Name())
	if againstPhoto(v, err, "main") {
		return p.photoPage(w, r, v, true)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/photos/"+string(photo.ID), "photo_released")
}

// copyOf opens an original, after a leaf, and seals the copy that is made of it and its covers.
func (p *Pages) copyOf(ctx context.Context, v *view, photo *ticket.Photo) error {
	plain, err := p.Photos.Open(ctx, v.Name(), *photo, false)
	if err != nil {
		return err
	}
	made, wrong := p.maker.Copy(plain, rects(photo.Covers), desk.MaxPhoto)
	switch {
	case wrong == picture.Large:
		v.Problem = &problem{Field: "main", Key: "photo.file.remade_large"}
		return nil
	case wrong != "":
		return fmt.Errorf("copy photograph %s: %s", photo.ID, wrong) // it was made here: it can't be
	}
	photo.Copy, err = p.Photos.Seal.Seal(made.Bytes, []byte(seal.TicketPhotoCopy), []byte(photo.ID))
	photo.CopyWidth, photo.CopyHeight = made.Width, made.Height
	return err
}

func rects(covers []ticket.Cover) []picture.Rect {
	all := make([]picture.Rect, 0, len(covers))
	for _, c := range covers {
		all = append(all, picture.Rect(c))
	}
	return all
}

func (p *Pages) takeBackPhoto(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.endPhoto(w, r, v, "photo_back", p.Settler.TakeBackPhoto)
}

func (p *Pages) erasePhoto(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.endPhoto(w, r, v, "photo_erased", p.Settler.ErasePhoto)
}

func (p *Pages) endPhoto(w http.ResponseWriter, r *http.Request, v *view, said string, do func(ctx context.Context, id ticket.PhotoID, why, by string) error) error {
	id := ticket.PhotoID(r.PathValue("id"))
	err := do(r.Context(), id, oneLine(r, "reason"), v.Name())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return p.show(w, v, http.StatusNotFound, "wrong")
	case againstPhoto(v, err, "main"):
		if v.Problem.Field == "reason" && said == "photo_erased" {
			v.Problem.Field = "erase-reason" // a page has both forms
		}
		return p.photoPage(w, r, v, false)
	case err != nil:
		return err
	}
	return done(w, r, "/photos/"+string(id), said)
}
