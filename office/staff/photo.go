package staff

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"fundy/city"
	"fundy/desk"
	"fundy/ident"
	"fundy/picture"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
)

// Photos is what the office does for the pages of photographs. Whatever is opened, a leaf tells of it first.
type Photos struct {
	// Open opens the original, or the copy that is shown outside.
	Open func(ctx context.Context, person string, p ticket.Photo, shown bool) ([]byte, error)
	Seal seal.PublicKey // seals what is brought here
}

// photoMost is how large a file may be that becomes a photograph: a camera's, before it is made smaller.
const photoMost = 12 << 20 // bytes

// photosPage is a ticket's photographs.
type photosPage struct {
	Ticket   store.FoundTicket
	Photos   []ticket.Photo
	Room     int  // how many more may be added
	OnPortal bool // the city's setting
	KeepDays int  // the same: days after the end of the ticket
	Taken    string
}

func (p *Pages) showPhotos(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.photosPage(w, r, v, "")
}

// photosPage lists a ticket's photographs, none of them open. taken stays as typed.
func (p *Pages) photosPage(w http.ResponseWriter, r *http.Request, v *view, taken string) error {
	page := &photosPage{OnPortal: p.Settings.Photo.OnPortal, KeepDays: p.Settler.PhotoDays, Taken: taken}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if page.Ticket, err = tx.Ticket(ctx, ticket.ID(r.PathValue("id"))); err != nil {
			return err
		}
		page.Photos, err = tx.Photos(ctx, page.Ticket.ID)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	page.Room = ticket.PhotosMost
	for _, one := range page.Photos {
		if one.State != ticket.PhotoErased {
			page.Room--
		}
	}
	v.Data, v.Back = page, "/tickets/"+string(page.Ticket.ID)+"/photos"
	return p.answer(w, v, "photos")
}

// addPhoto puts a photograph to a ticket: made anew, so that it has pixels and nothing else, sealed, and kept without its
// name. What is wrong with it stands on the page, with what to do. A page that is sent twice, by a double press or by who
// was not answered, adds it once.
func (p *Pages) addPhoto(w http.ResponseWriter, r *http.Request, v *view) error {
	taken, day := strings.TrimSpace(r.PostForm.Get("taken")), city.Date{}
	made := p.newPhoto(v)
	if v.Problem == nil && taken != "" {
		var err error
		if day, err = city.ParseDate(taken); err != nil {
			v.Problem = &problem{Field: "taken", Key: "photo.refused.day"}
		}
	}
	request := requested(r, "pho")
	if v.Problem == nil && request == "" {
		v.Problem = &problem{Field: "file", Key: "photo.refused.form"}
	}
	if v.Problem != nil {
		return p.photosPage(w, r, v, bounded(r, "taken"))
	}
	photo := ticket.Photo{
		ID: photoID(request, v.file.Content, taken), Ticket: ticket.ID(r.PathValue("id")), TakenOn: day, Kind: made.Kind, Width: made.Width, Height: made.Height, AddedBy: v.Name(),
	}
	var err error
	if photo.Sealed, err = p.Photos.Seal.Seal(made.Bytes, []byte(seal.TicketPhoto), []byte(photo.ID)); err != nil {
		return err
	}
	_, err = p.Settler.AddPhoto(r.Context(), photo)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return p.show(w, v, http.StatusNotFound, "wrong")
	case againstPhoto(v, err, "file"):
		return p.photosPage(w, r, v, bounded(r, "taken"))
	case err != nil:
		return err
	}
	return done(w, r, "/tickets/"+string(photo.Ticket)+"/photos", "photo_added")
}

// photoID is the id of a photograph that a page brings: of the page's own id, which nobody else knows, and of what it
// brings. The same sent twice has one id; another file that is sent with the same page is another photograph.
func photoID(request string, file []byte, taken string) ticket.PhotoID {
	of := sha256.New()
	fmt.Fprintf(of, "%s\n%s\n", request, taken)
	of.Write(file)
	return ticket.PhotoID("pho_" + ident.Encode(of.Sum(nil)[:16]))
}

// newPhoto makes the picture anew that the guard has read. What is wrong with it is the view's problem.
func (p *Pages) newPhoto(v *view) picture.Made {
	fill := []any{"most", photoMost >> 20, "pixels", picture.PixelsMost / 1_000_000}
	wrong := func(reason string) picture.Made {
		v.Problem = &problem{Field: "file", Key: "photo.file." + reason, Fill: fill}
		return picture.Made{}
	}
	switch {
	case v.Problem != nil: // with words of this page's own
		return wrong(strings.TrimPrefix(v.Problem.Key, "finance.upload."))
	case v.file == nil:
		return wrong("none")
	case len(v.file.Content) > photoMost:
		return wrong("large")
	}
	if kind := picture.KindOf(v.file.Content); kind != "" && !named(v.file.Name, kind) {
		return wrong("lies")
	}
	made, reason := p.maker.Remake(v.file.Content, desk.ReviewFileMost)
	if reason != "" {
		return wrong(reason)
	}
	return made
}

// photoFields says which field of a form a reason against is about.
var photoFields = map[string]string{
	ticket.PhotoDay: "taken", ticket.PhotoSmall: "left", ticket.PhotoCovers: "left", ticket.PhotoWhy: "reason", ticket.PhotoUnseen: "looked", ticket.PhotoMoved: "main",
	ticket.PhotoChanges: "main",
}

// againstPhoto says on the page why something about a photograph goes no further.
func againstPhoto(v *view, err error, field string) bool {
	var no *ticket.PhotoRefusal
	if !errors.As(err, &no) {
		return false
	}
	if of := photoFields[no.Reason]; of != "" {
		field = of
	}
	v.Problem = &problem{Field: field, Key: "photo.refused." + no.Reason, Fill: []any{"most", ticket.PhotosMost, "covers", ticket.CoversMost}}
	return true
}
