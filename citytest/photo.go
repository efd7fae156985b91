package citytest

import (
	"context"

	"fundy/city"
	"fundy/desk"
	"fundy/ident"
	"fundy/picture"
	"fundy/seal"
	"fundy/ticket"
)

// Photograph puts a photograph to a ticket, as anne does on the office's pages: made anew and sealed.
func (c *City) Photograph(id ticket.ID, taken city.Date, file []byte) ticket.PhotoID {
	c.T.Helper()
	var maker picture.Maker
	made, wrong := maker.Remake(file, desk.ReviewFileMost)
	if wrong != "" {
		c.T.Fatal(wrong)
	}
	p := ticket.Photo{ID: ticket.PhotoID(ident.New("pho")), Ticket: id, TakenOn: taken, Kind: made.Kind, Width: made.Width, Height: made.Height, AddedBy: "anne"}
	p.Sealed = c.sealed(made.Bytes, seal.TicketPhoto, p.ID)
	if _, err := c.Office.Settler().AddPhoto(context.Background(), p); err != nil {
		c.T.Fatal(err)
	}
	return p.ID
}

func (c *City) sealed(plain []byte, info string, id ticket.PhotoID) []byte {
	c.T.Helper()
	sealed, err := c.public.Seal(plain, []byte(info), []byte(id))
	if err != nil {
		c.T.Fatal(err)
	}
	return sealed
}

// Release releases the copy of a photograph that nothing is covered on, at a version, as olga does.
func (c *City) Release(id ticket.PhotoID, version int64, file []byte) {
	c.T.Helper()
	var maker picture.Maker
	made, wrong := maker.Copy(file, nil, desk.MaxPhoto)
	if wrong != "" {
		c.T.Fatal(wrong)
	}
	p := ticket.Photo{ID: id, Version: version, Copy: c.sealed(made.Bytes, seal.TicketPhotoCopy, id), CopyWidth: made.Width, CopyHeight: made.Height}
	if err := c.Office.Settler().ReleasePhoto(context.Background(), p, true, "asked for", "olga"); err != nil {
		c.T.Fatal(err)
	}
}
