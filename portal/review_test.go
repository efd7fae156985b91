package portal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"fundy/desk"
	"fundy/desk/deskpb"
	"fundy/picture"
)

func jpegOf(t testing.TB, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w / 2 {
		for y := range h / 2 { // red in the upper left
			img.Set(x, y, color.RGBA{255, 0, 0, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// chunk is a chunk of a PNG.
func chunk(kind string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// withExif puts a note beside a JPEG's pixels: how it was held, and where and with what it was taken.
func withExif(b []byte, orientation byte) []byte {
	tiff := []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00")
	tiff = append(tiff, orientation, 0, 0, 0, 0, 0, 0)
	body := append([]byte("Exif\x00\x00"), append(tiff, "GPS 45.2733N 66.0633W SecretPhone"...)...)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))...)
	return append(append(out, body...), b[2:]...)
}

// What is kept of a picture is its pixels: no note, no second file, upright, and not larger than a person needs.
func TestAPictureIsMadeAnew(t *testing.T) {
	t.Parallel()
	var c cleaner
	for _, o := range []byte{1, 3, 6, 8} {
		dirty := append(withExif(jpegOf(t, 64, 32), o), "PK\x03\x04 a second file <script>"...)
		kind, out, wrong := c.clean(dirty)
		if kind != desk.FileJPEG || wrong != "" {
			t.Fatalf("%s, %s", kind, wrong)
		}
		for _, secret := range []string{"GPS", "SecretPhone", "Exif", "script"} {
			if bytes.Contains(out, []byte(secret)) {
				t.Errorf("%s is still there", secret)
			}
		}
		img, err := jpeg.Decode(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		w, h := img.Bounds().Dx(), img.Bounds().Dy()
		turned := o > 4
		if turned && (w != 32 || h != 64) || !turned && (w != 64 || h != 32) {
			t.Errorf("held as %d: %d × %d", o, w, h)
		}
		// Where the upper left has gone.
		x, y := map[byte][2]int{1: {4, 4}, 3: {w - 5, h - 5}, 6: {w - 5, 4}, 8: {4, h - 5}}[o][0], map[byte][2]int{1: {4, 4}, 3: {w - 5, h - 5}, 6: {w - 5, 4}, 8: {4, h - 5}}[o][1]
		if r, g, _, _ := img.At(x, y).RGBA(); r < 0xc000 || g > 0x4000 {
			t.Errorf("held as %d: not red at %d, %d", o, x, y)
		}
	}
	_, out, wrong := c.clean(jpegOf(t, 4_000, 3_000))
	size, err := jpeg.DecodeConfig(bytes.NewReader(out))
	if wrong != "" || err != nil || size.Width != picture.KeptSide || size.Height != 1_500 {
		t.Errorf("a telephone's photo: %s, %v, %+v", wrong, err, size)
	}
	kind, out, wrong := c.clean(pngOf(t, 30, 20))
	if _, err := png.Decode(bytes.NewReader(out)); kind != desk.FilePNG || wrong != "" || err != nil {
		t.Errorf("a PNG: %s, %s, %v", kind, wrong, err)
	}
	pdf := []byte("%PDF-1.7\n/JS (app.alert(1))\n%%EOF")
	if kind, out, wrong := c.clean(pdf); kind != desk.FilePDF || wrong != "" || !bytes.Equal(out, pdf) {
		t.Errorf("a PDF: %s, %s: it is kept as it is", kind, wrong)
	}
}

// Whatever else comes is refused, each with words of its own.
func TestWhatIsNoPictureIsRefused(t *testing.T) {
	t.Parallel()
	good := pngOf(t, 8, 8)
	bomb := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", []byte{0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20, 8, 6, 0, 0, 0})...) // 20,000 × 20,000
	wide := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", []byte{0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1, 8, 6, 0, 0, 0})...)
	moving := append(append(append([]byte(nil), good[:33]...), chunk("acTL", make([]byte, 8))...), good[33:]...)
	scans := append(append(jpegOf(t, 16, 16)[:2:2], bytes.Repeat([]byte{0xff, 0xda}, picture.ScansMost+1)...), jpegOf(t, 16, 16)[2:]...)
	var c cleaner
	for name, bad := range map[string]struct {
		body []byte
		want string
	}{
		"nothing":                   {nil, "review.file.empty"},
		"a page":                    {[]byte("<html><script>alert(1)</script>"), "review.file.kind"},
		"an SVG":                    {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "review.file.kind"},
		"a GIF":                     {[]byte("GIF89a\x01\x00\x01\x00"), "review.file.kind"},
		"a program":                 {[]byte("MZ\x90\x00"), "review.file.kind"},
		"an archive":                {[]byte("PK\x03\x04"), "review.file.kind"},
		"a telephone's own":         {[]byte("\x00\x00\x00\x18ftypheic\x00\x00"), "review.file.heic"},
		"half a photo":              {jpegOf(t, 64, 64)[:300], "review.file.broken"},
		"a PNG without pixels":      {good[:40], "review.file.broken"},
		"a bomb of pixels":          {bomb, "review.file.pixels"},
		"a line of pixels":          {wide, "review.file.pixels"},
		"a moving one":              {moving, "review.file.moving"},
		"a bomb of scans":           {scans, "review.file.broken"},
		"a PDF of many pages":       {append([]byte("%PDF-1.7"), make([]byte, desk.ReviewFileMost)...), "review.file.pdf_large"},
		"a picture behind a header": {append([]byte("\xff\xd8\xff"), "not a picture"...), "review.file.broken"},
	} {
		kind, out, wrong := c.clean(bad.body)
		if wrong != bad.want || out != nil && wrong != "" {
			t.Errorf("%s: %q, want %q (%s, %d bytes)", name, wrong, bad.want, kind, len(out))
		}
		if !has(bad.want) {
			t.Errorf("no words for %s", bad.want)
		}
	}
}

func FuzzPicture(f *testing.F) {
	f.Add(withExif(jpegOf(f, 16, 8), 6))
	f.Add(pngOf(f, 8, 8))
	f.Add([]byte("%PDF-"))
	var c cleaner
	f.Fuzz(func(t *testing.T, b []byte) {
		kind, out, wrong := c.clean(b)
		if wrong == "" && (len(out) == 0 || len(out) > desk.ReviewFileMost || kindOf(out) != kind) {
			t.Fatalf("%s, %d bytes", kind, len(out))
		}
	})
}

// sendFile puts a file to the review of a visit.
func sendFile(t *testing.T, p *Portal, cookie *http.Cookie, token, name, mime string, body io.Reader, length int64) *httptest.ResponseRecorder {
	t.Helper()
	var head, tail bytes.Buffer
	m := multipart.NewWriter(&head)
	if err := m.WriteField("form", token); err != nil {
		t.Fatal(err)
	}
	if _, err := m.CreatePart(textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename=%q`, name)}, "Content-Type": {mime}}); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&tail, "\r\n--%s--\r\n", m.Boundary())
	r := httptest.NewRequest(http.MethodPost, "https://tickets.example.ca/review/file", io.MultiReader(&head, body, &tail))
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Origin", "https://tickets.example.ca")
	r.AddCookie(cookie)
	if r.ContentLength = length; length > 0 {
		r.ContentLength += int64(head.Len() + tail.Len())
	}
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	return w
}

// What is said of a file beside its name, and a name that is written as mail writes one, is looked at as the name is; all of it is
// reported, and none of it shown or logged.
func TestACardBesideAFileIsRefused(t *testing.T) {
	t.Parallel()
	p, log := open(t)
	v := visit{Secret: "a secret of this browser", Began: p.Now().Unix(), Review: &visitReview{Reference: "4F7QK-8R2M2", Request: "r", DueOn: "2026-07-01"}}
	kept := httptest.NewRecorder()
	p.keep(kept, v)
	photo := jpegOf(t, 20, 20)
	for _, c := range [][2]string{
		{"a.jpg", `image/jpeg; note="4242 4242 4242 4242"`}, {"a.jpg", "image/jpeg\r\nX-Note: 4242-4242-4242-4242"}, {"a.jpg", "image/jpeg\r\nX-4242424242424242: a"},
		{"4242 4242 4242 4242.jpg", "image/jpeg"}, {"=?utf-8?q?4242=204242=204242=204242?=.jpg", "image/jpeg"}, {"a.jpg", "image/jpeg; note==?utf-8?b?NDI0MiA0MjQyIDQyNDIgNDI0Mg==?="},
	} {
		log.Reset()
		w := sendFile(t, p, kept.Result().Cookies()[0], v.formToken(), c[0], c[1], bytes.NewReader(photo), int64(len(photo)))
		if page := w.Body.String(); w.Code != http.StatusUnprocessableEntity || !strings.Contains(page, "card number") || strings.Contains(page, "4242") {
			t.Errorf("%q: %d", c, w.Code)
		}
		if said := log.String(); !strings.Contains(said, "alarm=card_typed") || strings.Contains(said, "4242") {
			t.Errorf("%q: logged %q", c, said)
		}
	}
}

// zeros is a body of so many zeros that nobody holds in memory.
func zeros(n int64) io.Reader { return io.LimitReader(zero{}, n) }

type zero struct{}

func (zero) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// An upload that is too large, empty, none, or something else than it says gets a page with its own words; so does one
// from another site. Nothing of it is in the log, its name neither.
func TestAnUploadIsReadWithinItsLimits(t *testing.T) {
	t.Parallel()
	p, log := open(t)
	v := visit{Secret: "a secret of this browser", Began: p.Now().Unix(), Review: &visitReview{Reference: "4F7QK-8R2M2", Request: "r", DueOn: "2026-07-01"}}
	w := httptest.NewRecorder()
	p.keep(w, v)
	cookie := w.Result().Cookies()[0]
	photo := jpegOf(t, 20, 20)
	for _, c := range []struct {
		name, file, mime string
		body             io.Reader
		length           int64
		code             int
		words            string
	}{
		{"no file", "", "application/octet-stream", zeros(0), -1, 422, "Choose a file first"},
		{"an empty one", "a.jpg", "image/jpeg", zeros(0), -1, 422, "This file is empty"},
		{"200 MB that say so", "a.jpg", "image/jpeg", zeros(200 << 20), 200 << 20, 422, "larger than 12 MB"},
		{"200 MB that say nothing", "a.jpg", "image/jpeg", zeros(200 << 20), -1, 422, "larger than 12 MB"},
		{"a page that says it is a photo", "a.jpg", "image/jpeg", strings.NewReader("<script>"), -1, 422, "neither a JPEG, a PNG nor a PDF"},
		{"a PDF that says it is a photo", "a.jpg", "image/jpeg", strings.NewReader("%PDF-1.7"), -1, 422, "it is of another"},
		{"a photo that says it is a PDF", "a.pdf", "application/pdf", bytes.NewReader(photo), -1, 422, "it is of another"},
		{"a card's number as its name", "4242 4242 4242 4242.jpg", "image/jpeg", bytes.NewReader(photo), -1, 422, "Never type a card number here"},
	} {
		p.sent = newSources(formsPerSecond, formsBurst)
		w := sendFile(t, p, cookie, v.formToken(), c.file, c.mime, c.body, c.length)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.words) || !strings.Contains(w.Body.String(), "4F7QK-8R2M2") {
			t.Errorf("%s: %d\n%s", c.name, w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), "4242") {
			t.Errorf("%s: the number is shown again", c.name)
		}
	}
	if w := sendFile(t, p, cookie, "another", "a.jpg", "image/jpeg", bytes.NewReader(photo), -1); w.Code != http.StatusForbidden {
		t.Errorf("without this visit's token: %d", w.Code)
	}
	if strings.Contains(log.String(), "a.jpg") || strings.Contains(log.String(), "4242") {
		t.Errorf("the log: %s", log)
	}
}

// At most so many uploads are under way: another is asked to wait, and the places are given back.
func TestUploadsHaveSoManyPlaces(t *testing.T) {
	t.Parallel()
	p, _ := open(t)
	v := visit{Secret: "s", Began: p.Now().Unix(), Review: &visitReview{Reference: "4F7QK-8R2M2", Request: "r"}}
	w := httptest.NewRecorder()
	p.keep(w, v)
	for range uploadsMost {
		p.uploads <- struct{}{}
	}
	if got := sendFile(t, p, w.Result().Cookies()[0], v.formToken(), "a.jpg", "image/jpeg", zeros(0), -1); got.Code != http.StatusTooManyRequests {
		t.Errorf("no place is free: %d", got.Code)
	}
	// Who has asked for no review takes no place: his body is not waited for.
	without := httptest.NewRecorder()
	p.keep(without, visit{Secret: "s", Began: p.Now().Unix()})
	stranger := without.Result().Cookies()[0]
	if got := sendFile(t, p, stranger, v.formToken(), "a.jpg", "image/jpeg", unread{t}, -1); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/review/find" {
		t.Errorf("of a visit without a review: %d", got.Code)
	}
	for range uploadsMost {
		p.uploads.leave()
	}
	if got := sendFile(t, p, w.Result().Cookies()[0], v.formToken(), "a.jpg", "image/jpeg", zeros(0), -1); got.Code != http.StatusUnprocessableEntity || len(p.uploads) != 0 {
		t.Errorf("with a place: %d, %d are taken", got.Code, len(p.uploads))
	}
}

// unread is a body that nobody is to read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, io.EOF
}

// A browser that sends 200 MB over a real connection hears why they were too many, and its connection was not cut before.
func TestABrowserHearsThatItSendsTooMuch(t *testing.T) {
	t.Parallel()
	p, _ := open(t)
	v := visit{Secret: "s", Began: p.Now().Unix(), Review: &visitReview{Reference: "4F7QK-8R2M2", Request: "r"}}
	kept := httptest.NewRecorder()
	p.keep(kept, v)
	srv := httptest.NewServer(p.Handler())
	t.Cleanup(srv.Close)
	var head bytes.Buffer
	m := multipart.NewWriter(&head)
	if err := m.WriteField("form", v.formToken()); err != nil {
		t.Fatal(err)
	}
	if _, err := m.CreateFormFile("file", "a.jpg"); err != nil {
		t.Fatal(err)
	}
	for _, length := range []int64{200<<20 + int64(head.Len()), -1} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/review/file", io.MultiReader(bytes.NewReader(head.Bytes()), zeros(200<<20)))
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Header.Set("Cookie", kept.Result().Cookies()[0].Name+"="+kept.Result().Cookies()[0].Value)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatalf("of %d: %v", length, err)
		}
		page, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(page), "larger than 12 MB") {
			t.Errorf("of %d: %d, %v", length, res.StatusCode, err)
		}
	}
}

// All that is missing is said at once, each with a link to its field; a card's number alone, before anything else.
func TestAllThatIsMissingOfAReviewIsSaid(t *testing.T) {
	t.Parallel()
	offered := &deskpb.Reviews{Reasons: desk.ReviewReasons}
	fields := func(p *problem) (all []string) {
		if p == nil {
			return nil
		}
		for _, one := range p.Each() {
			all = append(all, one.Field)
		}
		return all
	}
	for _, c := range []struct {
		name string
		page reviewPage
		card string
		want []string
	}{
		{"nothing typed", reviewPage{}, "", []string{"who-owner", "reason-" + desk.ReviewReasons[0], "words", "name", "way-email"}},
		{"two are missing", reviewPage{Who: "owner", Reason: "sold", Words: "x", Way: "post"}, "", []string{"name", "post"}},
		{"all is there", reviewPage{Who: "owner", Reason: "sold", Words: "x", Name: "y", Way: "email", Email: "a@b.ca"}, "", nil},
		{"a card", reviewPage{}, "name", []string{"name"}},
	} {
		c.page.Offered = offered
		if got := fields(c.page.problem(c.card)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	for _, lang := range languages {
		page := &reviewPage{Ticket: &deskpb.Ticket{Id: "t", Number: "FH-1"}, Regime: "nb-lga", Offered: offered, WhoAll: desk.ReviewWho, Words: "What I typed"}
		shown := saidWith(t, lang, "review", page, page.problem(""))
		for _, w := range []string{`href="#who-owner"`, `href="#reason-`, `href="#name"`, `href="#way-email"`, `id="who-owner-error"`, `id="name-error"`, `id="way-email-error"`, "What I typed"} {
			if !strings.Contains(shown, w) {
				t.Errorf("%s: no %s in\n%s", lang, w, shown)
			}
		}
		if strings.Contains(shown, `href="#words"`) {
			t.Errorf("%s: what was typed is asked for", lang)
		}
	}
}

// The form is shown with each of its fields, in both languages: a page that can't be made is found here.
func TestTheFormOfAReview(t *testing.T) {
	t.Parallel()
	for _, lang := range languages {
		data := &reviewPage{
			Ticket: &deskpb.Ticket{Id: "t", Number: "FH-1"}, Regime: "nb-lga", Offered: &deskpb.Reviews{Reasons: desk.ReviewReasons, DecideDays: 15, FilesMost: 5},
			WhoAll: desk.ReviewWho, Who: "driver", Reason: "sold", Way: "post", Answer: "fr", Words: "<b>", Name: `"x" <y>`,
		}
		page := said(t, lang, "review", data)
		for _, w := range []string{
			`name="who" id="who-driver" value="driver" checked>`, `name="reason" id="reason-sold" value="sold" checked>`, `name="way" id="way-post" value="post" checked>`,
			`name="answer" id="answer-fr" value="fr" checked>`, `<label class="govuk-label" for="who-owner">`, "&lt;b&gt;", `value="&#34;x&#34; &lt;y&gt;"`,
		} {
			if !strings.Contains(page, w) {
				t.Errorf("%s: no %s in\n%s", lang, w, page)
			}
		}
	}
}
