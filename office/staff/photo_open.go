package staff

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"fundy/picture"
	"fundy/store"
	"fundy/ticket"
)

// photoPage is one photograph: sealed, or, for a moment, open to who works on it.
type photoPage struct {
	ticket.Photo
	Number   string // of the ticket
	Record   []store.PhotoEvent
	OnPortal bool
	Address  string // of the picture, for a minute and once; "" while it is sealed
	// The picture as it is shown, in pixels. Where one clicks is read in these.
	ShownWidth, ShownHeight int
	Grid                    bool
	Corner                  *photoCorner // the first of two
	// As typed.
	Left, Top, Right, Bottom, Why string
}

// photoCorner is a corner of a cover to come, in pixels of the original.
type photoCorner struct {
	X int `json:"x"`
	Y int `json:"y"`
}

// coverRow is where a cover lies, in tenths of a percent of the picture.
type coverRow struct{ N, Left, Top, Right, Bottom int }

func (p *Pages) showPhoto(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.photoPage(w, r, v, false)
}

// openPhoto shows a photograph with its covers; what was released is shown as it is seen outside. The picture itself
// comes by an address of its own, and a leaf tells of it then.
func (p *Pages) openPhoto(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.photoPage(w, r, v, true)
}

// photoPage reads a photograph and shows its page, with the picture where it is to be open.
func (p *Pages) photoPage(w http.ResponseWriter, r *http.Request, v *view, open bool) error {
	page, err := p.readPhoto(r)
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	if open && page.State != ticket.PhotoErased {
		if page.Address, err = p.photoAddress(v.Name(), page); err != nil {
			return err
		}
	}
	v.Data, v.Back = page, "/photos/"+string(page.ID)
	return p.answer(w, v, "photo")
}

func (p *Pages) readPhoto(r *http.Request) (*photoPage, error) {
	page := &photoPage{OnPortal: p.Settings.Photo.OnPortal, Grid: r.PostForm.Get("grid") == "1"}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if page.Photo, err = tx.PhotoHead(ctx, ticket.PhotoID(r.PathValue("id"))); err != nil {
			return err
		}
		t, err := tx.Ticket(ctx, page.Ticket)
		if err != nil {
			return err
		}
		page.Number = t.Number
		page.Record, err = tx.PhotoEvents(ctx, page.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	page.ShownWidth, page.ShownHeight = picture.Fit(page.Width, page.Height, picture.WorkSide)
	if page.State == ticket.PhotoReleased {
		page.ShownWidth, page.ShownHeight = picture.Fit(page.CopyWidth, page.CopyHeight, picture.WorkSide)
	}
	page.Left, page.Top, page.Right, page.Bottom = bounded(r, "left"), bounded(r, "top"), bounded(r, "right"), bounded(r, "bottom")
	page.Why = oneLine(r, "reason")
	page.Corner = firstCorner(r, page)
	return page, nil
}

// firstCorner is the first corner of a cover that a click has put: the one that was just clicked, where there was none
// before. It is the page's alone: nothing is kept of it.
func firstCorner(r *http.Request, page *photoPage) *photoCorner {
	if !clicked(r) || r.PostForm.Get("x") != "" || page.State != ticket.PhotoKept {
		return nil
	}
	c, ok := page.click(r)
	if !ok {
		return nil
	}
	return &c
}

// clicked says whether a form was sent by its picture.
func clicked(r *http.Request) bool { return r.PostForm.Has("at.x") }

// click is where the picture was clicked, in pixels of the original. A picture that is pressed by key says 0, 0.
func (page *photoPage) click(r *http.Request) (photoCorner, bool) {
	x, errX := strconv.Atoi(r.PostForm.Get("at.x"))
	y, errY := strconv.Atoi(r.PostForm.Get("at.y"))
	if errX != nil || errY != nil || x == 0 && y == 0 || x < 0 || y < 0 || x > page.ShownWidth || y > page.ShownHeight {
		return photoCorner{}, false
	}
	return photoCorner{x * page.Width / page.ShownWidth, y * page.Height / page.ShownHeight}, true
}

// coverPhoto puts a cover on a photograph: by two clicks on opposite corners, of which the first is only shown, or by four
// numbers.
func (p *Pages) coverPhoto(w http.ResponseWriter, r *http.Request, v *view) error {
	page, err := p.readPhoto(r)
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	cover, wrong := page.cover(r)
	switch {
	case wrong != "":
		v.Problem = &problem{Field: "left", Key: wrong}
		return p.photoPage(w, r, v, true)
	case page.Corner != nil:
		return p.photoPage(w, r, v, true)
	}
	err = p.Settler.CoverPhoto(r.Context(), page.ID, version(r), cover, v.Name())
	if againstPhoto(v, err, "main") {
		return p.photoPage(w, r, v, true)
	}
	if err != nil {
		return err
	}
	return p.photoAgain(w, r, v, "photo_covered")
}

// photoAgain shows a photograph after a change, open as it was and with nothing of the form that was sent.
func (p *Pages) photoAgain(w http.ResponseWriter, r *http.Request, v *view, said string) error {
	for _, field := range []string{"at.x", "at.y", "x", "y", "left", "top", "right", "bottom"} {
		r.PostForm.Del(field)
	}
	v.Said = said
	return p.photoPage(w, r, v, true)
}

// cover is the cover that a form asks for. wrong is a key of words.
func (page *photoPage) cover(r *http.Request) (c ticket.Cover, wrong string) {
	if clicked(r) {
		at, ok := page.click(r)
		if !ok {
			return c, "photo.wrong.click"
		}
		x, errX := strconv.Atoi(r.PostForm.Get("x"))
		y, errY := strconv.Atoi(r.PostForm.Get("y"))
		if r.PostForm.Get("x") != "" && (errX != nil || errY != nil) {
			return c, "photo.wrong.click"
		}
		return ticket.Cover{Left: x, Top: y, Right: at.X, Bottom: at.Y}, ""
	}
	for _, side := range []struct {
		typed string
		of    int
		to    *int
	}{{page.Left, page.Width, &c.Left}, {page.Top, page.Height, &c.Top}, {page.Right, page.Width, &c.Right}, {page.Bottom, page.Height, &c.Bottom}} {
		tenths, ok := percent(side.typed)
		if !ok {
			return c, "photo.wrong.percent"
		}
		*side.to = tenths * side.of / 1_000
	}
	return c, ""
}

// percent reads a number from 0 to 100 with at most one digit after a point or a comma, in tenths.
func percent(typed string) (tenths int, ok bool) {
	whole, part, _ := strings.Cut(strings.Replace(strings.TrimSuffix(strings.TrimSpace(typed), "%"), ",", ".", 1), ".")
	n, err := strconv.ParseUint(strings.TrimSpace(whole), 10, 8)
	if err != nil || len(part) > 1 {
		return 0, false
	}
	if part != "" {
		tenth, err := strconv.ParseUint(part, 10, 8)
		if err != nil {
			return 0, false
		}
		tenths = int(tenth)
	}
	tenths += 10 * int(n)
	return tenths, tenths <= 1_000
}

// CoverRows are the covers as a person reads them.
func (page *photoPage) CoverRows() []coverRow {
	var rows []coverRow
	for i, c := range page.Covers {
		of := func(at, whole int) int { return (at*1_000 + whole/2) / whole }
		rows = append(rows, coverRow{i + 1, of(c.Left, page.Width), of(c.Top, page.Height), of(c.Right, page.Width), of(c.Bottom, page.Height)})
	}
	return rows
}

// Percent is so many tenths of a percent, as the page's language writes it.
func (v *view) Percent(tenths int) string {
	point := "."
	if v.Lang == "fr" {
		point = ","
	}
	return strconv.Itoa(tenths/10) + point + strconv.Itoa(tenths%10)
}

// uncoverPhoto takes one cover off.
func (p *Pages) uncoverPhoto(w http.ResponseWriter, r *http.Request, v *view) error {
	n, err := strconv.Atoi(bounded(r, "cover"))
	if err != nil {
		return p.show(w, v, http.StatusBadRequest, "wrong_form")
	}
	err = p.Settler.UncoverPhoto(r.Context(), ticket.PhotoID(r.PathValue("id")), version(r), n, v.Name())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return p.show(w, v, http.StatusNotFound, "wrong")
	case againstPhoto(v, err, "main"):
		return p.photoPage(w, r, v, true)
	case err != nil:
		return err
	}
	return p.photoAgain(w, r, v, "photo_uncovered")
}
