package staff

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fundy/ident"
	"fundy/office/unseal"
	"fundy/picture"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
)

// photographs is a bench whose photographs are opened as the office opens them.
func (b *bench) photographs() *sealed {
	b.t.Helper()
	private, public, err := unseal.Generate()
	if err != nil {
		b.t.Fatal(err)
	}
	s := b.sealed()
	opener, err := unseal.New(unseal.Config{PrivateKey: private, Record: func(_ context.Context, what unseal.What) error {
		s.opened = append(s.opened, what)
		return nil
	}})
	if err != nil {
		b.t.Fatal(err)
	}
	b.pages.Photos = Photos{Seal: public, Open: func(ctx context.Context, person string, p ticket.Photo, shown bool) ([]byte, error) {
		field, sealed, info := "original", p.Sealed, seal.TicketPhoto
		if shown {
			field, sealed, info = "copy", p.Copy, seal.TicketPhotoCopy
		}
		return opener.Open(ctx, unseal.What{Actor: "staff:" + person, Purpose: "photo", Subject: string(p.ID), Field: field}, sealed, []byte(info), []byte(p.ID))
	}}
	return s
}

// red is a JPEG that is red all over.
func red(t testing.TB, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = []byte{255, 0, 0, 255}[i%4]
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// brings sends a photograph as a browser does, from a page of its own.
func (s *sealed) brings(token string, id ticket.ID, name string, body []byte, taken string) (int, string) {
	s.t.Helper()
	return s.bringsBy(token, ident.New("pho"), id, name, body, taken)
}

// bringsBy does it from the page that has an id.
func (s *sealed) bringsBy(token, request string, id ticket.ID, name string, body []byte, taken string) (int, string) {
	s.t.Helper()
	form := url.Values{"request": {request}, "taken": {taken}}
	return s.do(s.bring(token, "/tickets/"+string(id)+"/photos", name, "application/octet-stream", bytes.NewReader(body), form))
}

func (s *sealed) photosOf(id ticket.ID) (all []ticket.Photo) {
	s.t.Helper()
	s.write(func(ctx context.Context, tx *store.Tx) error {
		heads, err := tx.Photos(ctx, id)
		all = nil
		for _, h := range heads {
			p, err := tx.Photo(ctx, h.ID)
			if err != nil {
				return err
			}
			all = append(all, p)
		}
		return err
	})
	return all
}

var pictureIn = regexp.MustCompile(`src="(/photo-files/[^"]+)"`)

// looks is the picture of a page, which is there once.
func (s *sealed) looks(page string) image.Image {
	s.t.Helper()
	found := pictureIn.FindStringSubmatch(page)
	if found == nil {
		s.t.Fatalf("no picture in\n%s", page)
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, s.request("GET", found[1], "", nil))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/jpeg" || w.Header().Get("Cache-Control") != "no-store" {
		s.t.Fatalf("%d %v", w.Code, w.Header())
	}
	img, err := jpeg.Decode(w.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if code, _ := s.get("", found[1]); code != http.StatusNotFound {
		s.t.Errorf("a second time: %d", code)
	}
	return img
}

// isRed says whether a pixel of a picture is red; what is covered is grey.
func isRed(img image.Image, x, y int) bool {
	c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
	return c.R > 200 && c.G < 60
}

// Covers are put on with two clicks or four numbers and taken off; the picture is released by who has looked at it, with a
// reason, and taken back; all of that is in the ticket's story. Each look is on record before it is there.
func TestAPhotographFromTheCameraToTheRelease(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		s := b.photographs()
		b.person("carl", "clerk")
		b.person("olga", "screening")
		carl, olga := b.session("carl"), b.session("olga")
		id := b.ticketIn("SJ100", "ABC 123")
		code, page := b.get(carl, "/tickets/"+string(id)+"/photos")
		b.wants(code, page, http.StatusOK, "This ticket has no photographs.", "by itself 400 days after their ticket has ended", "[photo] on_portal is off", `id="file"`)
		code, _ = s.brings(carl, id, "IMG_1.JPG", red(t, 1_600, 1_000), "2026-06-01")
		b.wants(code, "", http.StatusSeeOther)
		photo := s.photosOf(id)[0]
		at := "/photos/" + string(photo.ID)
		if photo.Width != 1_600 || photo.Height != 1_000 || photo.TakenOn.String() != "2026-06-01" || bytes.HasPrefix(photo.Sealed, []byte{0xff, 0xd8}) || len(photo.Copy) != 0 {
			t.Fatalf("%+v", photo)
		}
		code, page = b.get(carl, at)
		b.wants(code, page, http.StatusOK, "Photograph 1 of ticket SJ100", "It is sealed.", "for the office alone")
		if strings.Contains(page, `id="open"`) || strings.Contains(page, `id="erase"`) {
			t.Errorf("a clerk is offered\n%s", page)
		}
		// Two clicks: the picture is shown in half its size.
		code, page = b.post(olga, at+"/open", nil)
		b.wants(code, page, http.StatusOK, `type="image"`, `width="800" height="500"`, "click the first corner", "Covers: 0")
		if len(s.opened) != 0 {
			t.Errorf("opened: %v", s.opened)
		}
		if img := s.looks(page); !isRed(img, 100, 100) || img.Bounds().Dx() != 800 {
			t.Errorf("%v", img.Bounds())
		}
		if len(s.opened) != 1 || s.opened[0] != (unseal.What{Actor: "staff:olga", Purpose: "photo", Subject: string(photo.ID), Field: "original"}) {
			t.Errorf("opened: %v", s.opened)
		}
		code, page = b.post(olga, at+"/cover", url.Values{"version": {"1"}, "at.x": {"200"}, "at.y": {"150"}})
		b.wants(code, page, http.StatusOK, "Now click the opposite one.", `name="x" value="400"`, `name="y" value="300"`, "Covers: 0")
		code, page = b.post(olga, at+"/cover", url.Values{"version": {"1"}, "x": {"400"}, "y": {"300"}, "at.x": {"100"}, "at.y": {"50"}})
		b.wants(code, page, http.StatusOK, "Covered. Look whether all of it is.", "Covers: 1", "left 12.5, top 10.0, right 25.0, bottom 30.0")
		img := s.looks(page)
		for at, want := range map[image.Point]bool{{90, 40}: true, {110, 60}: false, {190, 140}: false, {210, 160}: true} {
			if isRed(img, at.X, at.Y) != want {
				t.Errorf("%v is red: %v", at, !want)
			}
		}
		// The same page again, as after a reload: nothing is covered twice.
		code, page = b.post(olga, at+"/cover", url.Values{"version": {"1"}, "x": {"400"}, "y": {"300"}, "at.x": {"100"}, "at.y": {"50"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "This photograph was changed since the page was shown", "Covers: 1")
		// By numbers, in both writings.
		code, page = b.post(olga, at+"/cover", url.Values{"version": {"2"}, "left": {"50"}, "top": {"0"}, "right": {"62,5"}, "bottom": {"20.0"}})
		b.wants(code, page, http.StatusOK, "Covers: 2", "left 50.0, top 0.0, right 62.5, bottom 20.0")
		code, page = b.post(olga, at+"/uncover", url.Values{"version": {"3"}, "cover": {"1"}})
		b.wants(code, page, http.StatusOK, "The cover is taken away.", "Covers: 1", "left 50.0")
		if img := s.looks(page); !isRed(img, 150, 100) || isRed(img, 450, 50) {
			t.Error("the wrong cover was taken away")
		}
		// Released by who has looked, with a reason.
		code, page = b.post(olga, at+"/release", url.Values{"version": {"4"}, "reason": {"asked for at the counter"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "Look at the whole picture, then say so", `value="asked for at the counter"`)
		code, page = b.post(olga, at+"/release", url.Values{"version": {"4"}, "looked": {"1"}, "reason": {""}})
		b.wants(code, page, http.StatusUnprocessableEntity, "Write a reason")
		code, page = b.post(olga, at+"/release", url.Values{"version": {"3"}, "looked": {"1"}, "reason": {"asked for"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "This photograph was changed since the page was shown")
		code, _ = b.post(olga, at+"/release", url.Values{"version": {"4"}, "looked": {"1"}, "reason": {"asked for at the counter"}})
		b.wants(code, "", http.StatusSeeOther)
		photo = s.photosOf(id)[0]
		if photo.State != ticket.PhotoReleased || photo.CopyWidth != 1_200 || photo.CopyHeight != 750 || len(photo.Copy) == 0 {
			t.Fatalf("%+v", photo)
		}
		code, page = b.post(olga, at+"/cover", url.Values{"version": {"5"}, "left": {"1"}, "top": {"1"}, "right": {"9"}, "bottom": {"9"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "A released one is taken back first")
		code, page = b.post(olga, at+"/open", nil)
		b.wants(code, page, http.StatusOK, "As it is shown outside", `id="back"`)
		if img := s.looks(page); img.Bounds().Dx() != 1_200 || isRed(img, 660, 70) || !isRed(img, 300, 300) {
			t.Error("the copy is not what was released")
		}
		if last := s.opened[len(s.opened)-1]; last.Field != "copy" || last.Actor != "staff:olga" {
			t.Errorf("opened: %v", last)
		}
		code, page = b.post(olga, at+"/back", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "Write a reason")
		code, _ = b.post(olga, at+"/back", url.Values{"reason": {"a face in the mirror"}})
		b.wants(code, "", http.StatusSeeOther)
		if photo = s.photosOf(id)[0]; photo.State != ticket.PhotoKept || len(photo.Copy) != 0 || len(photo.Sealed) == 0 {
			t.Fatalf("%+v", photo)
		}
		code, page = b.get(carl, "/tickets/"+string(id))
		b.wants(code, page, http.StatusOK, "Photograph 1 added", "Photograph 1 released: asked for at the counter", "Photograph 1 taken back: a face in the mirror", "carl", "olga")
		code, _ = b.post(olga, at+"/erase", url.Values{"reason": {"of another ticket"}})
		b.wants(code, "", http.StatusSeeOther)
		if photo = s.photosOf(id)[0]; photo.State != ticket.PhotoErased || len(photo.Sealed) != 0 || len(photo.Covers) != 0 {
			t.Fatalf("%+v", photo)
		}
		code, page = b.post(olga, at+"/open", nil)
		b.wants(code, page, http.StatusOK, "Its pixels are erased.")
		if strings.Contains(page, "photo-files") || b.log.Len() > 0 {
			t.Errorf("%s\n%s", b.log.String(), page)
		}
	})
}

// Whatever is no photograph is refused with what to do, and nothing is kept; so is the one too many.
func TestWhatIsNoPhotographIsRefused(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	s := b.photographs()
	b.person("carl", "clerk")
	carl := b.session("carl")
	id := b.ticketIn("SJ100", "ABC 123")
	var small bytes.Buffer
	if err := png.Encode(&small, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file  string
		body  []byte
		taken string
		want  string
	}{
		"nothing":            {"a.jpg", nil, "", "This file is empty"},
		"too large":          {"a.jpg", make([]byte, photoMost+10), "", "This file is larger than 12 MB"},
		"much too large":     {"a.jpg", make([]byte, photoMost+1<<20), "", "This file is larger than 12 MB"},
		"a page":             {"a.jpg", []byte("<html><script>alert(1)</script>"), "", "This is neither a JPEG nor a PNG"},
		"a paper":            {"a.pdf", []byte("%PDF-1.7 …"), "", "This is neither a JPEG nor a PNG"},
		"a lie":              {"a.jpg", small.Bytes(), "", "The file is not what its name says"},
		"a telephone's own":  {"a.heic", []byte("\x00\x00\x00\x18ftypheic\x00\x00"), "", "HEIC"},
		"half of one":        {"a.jpg", red(t, 64, 64)[:200], "", "can’t be read as a picture"},
		"before the ticket":  {"a.jpg", red(t, 64, 64), "2026-05-01", "not before the contravention"},
		"no day":             {"a.jpg", red(t, 64, 64), "soon", "Write the day as 2026-07-31"},
		"a bomb":             {"a.png", bomb(), "", "more than 24 million pixels"},
		"a card in its name": {"4242424242424242.jpg", red(t, 64, 64), "", "looks like a card number"},
	} {
		code, page := s.brings(carl, id, c.file, c.body, c.taken)
		b.wants(code, page, http.StatusUnprocessableEntity, c.want)
		if c.taken != "" && !strings.Contains(page, `value="`+c.taken+`"`) {
			t.Errorf("%s: what was typed is lost", name)
		}
	}
	if got := s.photosOf(id); len(got) != 0 {
		t.Errorf("kept: %d", len(got))
	}
	for range ticket.PhotosMost {
		code, page := s.brings(carl, id, "a.jpg", red(t, 32, 32), "")
		b.wants(code, page, http.StatusSeeOther)
	}
	code, page := s.brings(carl, id, "a.jpg", red(t, 32, 32), "")
	b.wants(code, page, http.StatusUnprocessableEntity, "as many photographs as it can have (12)")
	code, _ = s.brings(carl, "none", "a.jpg", red(t, 32, 32), "")
	b.wants(code, "", http.StatusNotFound)
	if got := s.photosOf(id); len(got) != ticket.PhotosMost || got[11].N != 12 {
		t.Errorf("kept: %d", len(got))
	}
	// A browser that has been away is sent back to the page, for a file can't wait in one.
	b.now = b.now.Add(sessionIdle + time.Minute)
	code, page = s.brings(carl, id, "a.jpg", red(t, 32, 32), "")
	b.wants(code, page, http.StatusUnauthorized, `value="/tickets/`+string(id)+`/photos"`)
}

// A page that is sent twice adds its photograph once, also when it was erased meanwhile; what else is chosen on the same page
// is another photograph. A page that has no id of its own adds none, and nobody adds another's.
func TestAPhotographThatIsSentTwiceStandsOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		s := b.photographs()
		b.person("carl", "clerk")
		b.person("olga", "screening")
		carl, olga := b.session("carl"), b.session("olga")
		id, other := b.ticketIn("SJ100", "ABC 123"), b.ticketIn("SJ101", "ABC 124")
		request := ident.New("pho")
		code, page := b.get(carl, "/tickets/"+string(id)+"/photos")
		b.wants(code, page, http.StatusOK, `name="request" value="pho_`)
		file := red(t, 64, 48)
		for range 2 {
			code, page := s.bringsBy(carl, request, id, "a.jpg", file, "2026-06-01")
			b.wants(code, page, http.StatusSeeOther)
		}
		if got := s.photosOf(id); len(got) != 1 || got[0].N != 1 {
			t.Fatalf("sent twice: %d photographs", len(got))
		}
		for name, again := range map[string]struct {
			file  []byte
			taken string
		}{"another file": {red(t, 65, 48), "2026-06-01"}, "another day": {file, "2026-06-02"}} {
			was := len(s.photosOf(id))
			code, page := s.bringsBy(carl, request, id, "a.jpg", again.file, again.taken)
			b.wants(code, page, http.StatusSeeOther)
			if got := s.photosOf(id); len(got) != was+1 {
				t.Errorf("%s: %d photographs, %d were", name, len(got), was)
			}
		}
		code, page = b.post(olga, "/photos/"+string(s.photosOf(id)[0].ID)+"/erase", url.Values{"reason": {"of another ticket"}})
		b.wants(code, page, http.StatusSeeOther)
		code, page = s.bringsBy(carl, request, id, "a.jpg", file, "2026-06-01")
		b.wants(code, page, http.StatusSeeOther)
		if got := s.photosOf(id); len(got) != 3 || got[0].State != ticket.PhotoErased {
			t.Errorf("erased and sent again: %d photographs", len(got))
		}
		for _, wrong := range []struct {
			token, request string
			id             ticket.ID
		}{{carl, "", id}, {carl, "itm_" + request[4:], id}, {carl, request, other}, {olga, request, id}} {
			code, page := s.bringsBy(wrong.token, wrong.request, wrong.id, "a.jpg", file, "2026-06-01")
			b.wants(code, page, http.StatusUnprocessableEntity, "The form is not whole. Load the page again")
		}
		if got := append(s.photosOf(id), s.photosOf(other)...); len(got) != 3 {
			t.Errorf("%d photographs", len(got))
		}
	})
}

func bomb() []byte {
	big := image.NewPaletted(image.Rect(0, 0, 6_000, 4_001), color.Palette{color.Black})
	var b bytes.Buffer
	if err := png.Encode(&b, big); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// What is typed or clicked wrong is said, with what to do, and stays; nothing is covered.
func TestCoversThatAreNone(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	s := b.photographs()
	b.person("olga", "screening")
	olga := b.session("olga")
	id := b.ticketIn("SJ100", "ABC 123")
	if code, page := s.brings(olga, id, "a.jpg", red(t, 400, 300), ""); code != http.StatusSeeOther {
		t.Fatal(page)
	}
	at := "/photos/" + string(s.photosOf(id)[0].ID)
	numbers := func(l, top, r, bottom string) url.Values {
		return url.Values{"version": {"1"}, "left": {l}, "top": {top}, "right": {r}, "bottom": {bottom}}
	}
	for name, c := range map[string]struct {
		form url.Values
		want string
	}{
		"pressed by key":     {url.Values{"version": {"1"}, "at.x": {"0"}, "at.y": {"0"}}, "By keyboard, use the four numbers below it"},
		"beyond the picture": {url.Values{"version": {"1"}, "at.x": {"401"}, "at.y": {"10"}}, "Click two opposite corners"},
		"one corner twice":   {url.Values{"version": {"1"}, "x": {"100"}, "y": {"100"}, "at.x": {"101"}, "at.y": {"101"}}, "two opposite corners apart"},
		"a corner of words":  {url.Values{"version": {"1"}, "x": {"cat"}, "y": {"1"}, "at.x": {"101"}, "at.y": {"101"}}, "Click two opposite corners"},
		"nothing":            {numbers("", "", "", ""), "Write four numbers from 0 to 100"},
		"more than all":      {numbers("7", "0", "100.1", "10"), "Write four numbers from 0 to 100"},
		"less than nothing":  {numbers("7", "-1", "10", "10"), "Write four numbers from 0 to 100"},
		"too exact":          {numbers("7", "1.25", "10", "10"), "Write four numbers from 0 to 100"},
		"much too many":      {numbers("7", "99999999999999999999", "10", "10"), "Write four numbers from 0 to 100"},
		"a line":             {numbers("7", "10", "7", "20"), "two opposite corners apart"},
	} {
		code, page := b.post(olga, at+"/cover", c.form)
		b.wants(code, page, http.StatusUnprocessableEntity, c.want, "Covers: 0")
		if left := c.form.Get("left"); left != "" && !strings.Contains(page, fmt.Sprintf(`name="left" value="%s"`, left)) {
			t.Errorf("%s: what was typed is lost", name)
		}
	}
	code, page := b.post(olga, at+"/open", url.Values{"grid": {"1"}})
	b.wants(code, page, http.StatusOK, "Hide the lines")
	if img := s.looks(page); isRed(img, 40, 33) && isRed(img, 40, 35) && isRed(img, 40, 38) {
		t.Error("there is no line at a tenth")
	}
	for _, path := range []string{"/photos/none/cover", "/photos/none/uncover", "/photos/none/release", "/photos/none/back", "/photos/none/erase"} {
		code, _ := b.post(olga, path, url.Values{"version": {"1"}, "cover": {"1"}, "looked": {"1"}, "reason": {"why"}})
		b.wants(code, "", http.StatusNotFound)
	}
	late, err := b.pages.Key.signAddress(macPhotoFile, photoAddress{Photo: strings.TrimPrefix(at, "/photos/"), Person: "olga", Until: b.now.Add(-time.Second).Unix(), Once: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	other, err := b.pages.Key.signAddress(macReviewFile, photoAddress{Photo: strings.TrimPrefix(at, "/photos/"), Person: "olga", Until: b.now.Add(time.Second).Unix(), Once: []byte("y")})
	if err != nil {
		t.Fatal(err)
	}
	was := len(s.opened)
	for _, token := range []string{late, other, "none"} {
		if code, _ := b.get("", "/photo-files/"+token); code != http.StatusNotFound {
			t.Errorf("%s…: %d", token[:4], code)
		}
	}
	if len(s.opened) != was {
		t.Errorf("opened: %v", s.opened)
	}
	if w, h := picture.Fit(400, 300, picture.WorkSide); w != 400 || h != 300 {
		t.Errorf("a small picture is shown as %d × %d", w, h)
	}
}
