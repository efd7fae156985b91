package lived

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"time"

	"fundy/desk"
	"fundy/ident"
	"fundy/picture"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
)

// kerb is a picture of a kerb without a sign: sky, wall, pavement, and a car with its plate.
func kerb() ([]byte, error) {
	scene := image.NewRGBA(image.Rect(0, 0, 480, 320))
	for _, part := range []struct {
		at image.Rectangle
		in color.RGBA
	}{
		{scene.Bounds(), color.RGBA{190, 210, 225, 255}},
		{image.Rect(0, 90, 480, 215), color.RGBA{150, 95, 75, 255}},
		{image.Rect(60, 110, 110, 165), color.RGBA{70, 80, 95, 255}},
		{image.Rect(160, 110, 210, 165), color.RGBA{70, 80, 95, 255}},
		{image.Rect(0, 215, 480, 240), color.RGBA{205, 200, 190, 255}},
		{image.Rect(0, 240, 480, 320), color.RGBA{95, 95, 100, 255}},
		{image.Rect(230, 200, 430, 265), color.RGBA{160, 40, 45, 255}},
		{image.Rect(270, 165, 390, 202), color.RGBA{120, 30, 35, 255}},
		{image.Rect(260, 255, 300, 285), color.RGBA{25, 25, 25, 255}},
		{image.Rect(365, 255, 405, 285), color.RGBA{25, 25, 25, 255}},
		{plate, color.RGBA{235, 235, 225, 255}},
	} {
		draw.Draw(scene, part.at, image.NewUniform(part.in), image.Point{}, draw.Src)
	}
	var b bytes.Buffer
	err := png.Encode(&b, scene)
	return b.Bytes(), err
}

// plate is where the car of a kerb has its plate.
var plate = image.Rect(312, 238, 352, 250)

// photoKept puts two photographs to a ticket, which nobody outside is shown.
func photoKept(ctx context.Context, t *town) error {
	d, err := t.fresh()
	if err != nil {
		return err
	}
	for range 2 {
		if _, err := t.addsPhoto(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (t *town) addsPhoto(ctx context.Context, d *drawn) (ticket.Photo, error) {
	scene, err := kerb()
	if err != nil {
		return ticket.Photo{}, err
	}
	made, wrong := t.maker.Remake(scene, desk.ReviewFileMost)
	if wrong != "" {
		return ticket.Photo{}, fmt.Errorf("a photograph is %s", wrong)
	}
	p := ticket.Photo{ID: ticket.PhotoID(ident.New("pho")), Ticket: d.id, TakenOn: d.day, Kind: made.Kind, Width: made.Width, Height: made.Height, AddedBy: clerk}
	if p.Sealed, err = t.Public.Seal(made.Bytes, []byte(seal.TicketPhoto), []byte(p.ID)); err != nil {
		return p, err
	}
	return t.office.Settler().AddPhoto(ctx, p)
}

// photoReleased is a ticket with two photographs, of which the supervisor has covered the plate of one and released it.
func photoReleased(ctx context.Context, t *town) error {
	d, err := t.fresh()
	if err != nil {
		return err
	}
	d.shows = Pictured
	if _, err := t.addsPhoto(ctx, d); err != nil {
		return err
	}
	p, err := t.addsPhoto(ctx, d)
	if err != nil {
		return err
	}
	t.later(1, 10*time.Hour, func(ctx context.Context, t *town) error { return t.releases(ctx, p) })
	return nil
}

func (t *town) releases(ctx context.Context, p ticket.Photo) error {
	cover := ticket.Cover{Left: plate.Min.X, Top: plate.Min.Y, Right: plate.Max.X, Bottom: plate.Max.Y}
	if err := t.office.Settler().CoverPhoto(ctx, p.ID, p.Version, cover, supervisor); err != nil {
		return err
	}
	err := t.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		p, err = tx.PhotoHead(ctx, p.ID)
		return err
	})
	if err != nil {
		return err
	}
	scene, err := kerb()
	if err != nil {
		return err
	}
	shown, wrong := t.maker.Copy(scene, []picture.Rect{picture.Rect(cover)}, desk.MaxPhoto)
	if wrong != "" {
		return fmt.Errorf("a copy is %s", wrong)
	}
	if p.Copy, err = t.Public.Seal(shown.Bytes, []byte(seal.TicketPhotoCopy), []byte(p.ID)); err != nil {
		return err
	}
	p.CopyWidth, p.CopyHeight = shown.Width, shown.Height
	return t.office.Settler().ReleasePhoto(ctx, p, true, "the plate is covered; nobody is on it", supervisor)
}
