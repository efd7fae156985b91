package citytest_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
	"fundy/payment"
)

// street is a red photograph, larger than it is shown to who works on it.
func street(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 1_600, 1_200))
	for i := range img.Pix {
		img.Pix[i] = []byte{220, 0, 0, 255}[i%4]
	}
	for x := range 1_600 { // a line, so that a picture that is turned would be seen
		img.Set(x, 100, color.White)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// clicks clicks a picture in a place of it, in CSS pixels from its corner.
func clicks(t *testing.T, page *rod.Page, x, y float64) {
	t.Helper()
	at := page.MustElement("#at")
	at.MustScrollIntoView()
	box := at.MustShape().Box()
	wait := page.MustWaitNavigation()
	page.Mouse.MustMoveTo(box.X+x, box.Y+y)
	page.Mouse.MustClick(proto.InputMouseButtonLeft)
	wait()
	page.MustWaitLoad()
}

// isShown says whether the picture has come, and whether it is as large as the page says it is: where one clicks is read by that.
func isShown(t *testing.T, page *rod.Page, selector, size string) {
	t.Helper()
	got := page.MustElement(selector).MustEval(`() => {
		const box = this.getBoundingClientRect();
		const came = performance.getEntriesByType("resource").filter(e => e.name.includes("/photo-files/") && e.responseStatus == 200 && e.decodedBodySize > 1000);
		return [came.length, Math.round(box.width), Math.round(box.height)].join(" ");
	}`).Str()
	if got != "1 "+size {
		t.Errorf("the picture is shown as %s, want %s", got, size)
	}
}

// A photograph is brought, covered by two clicks and by four numbers with the keyboard alone, released and taken back: in
// Chromium, with axe-core on every page, narrow and wide, in both languages.
func TestPhotographPagesAreAccessible(t *testing.T) {
	inBothLanguages(t, func(t *testing.T, c *citytest.City, _ payment.Attempt) (walk func(w *worker, seen func(name string))) {
		id := c.Add(citytest.Spec{Number: "PH-1", Plate: "PHT 001", Offence: "LOADING", Age: 1})
		c.Office.Settings.Photo.OnPortal = true
		return func(w *worker, seen func(name string)) {
			w.opens("/tickets/" + string(id) + "/photos")
			seen("photos-none")
			press(w.page, "#add button")
			seen("photos-error")
			brings(t, w, "#add", "IMG_1.JPG", street(t))
			seen("photos")
			press(w.page, "tbody a")
			seen("photo-sealed")
			press(w.page, "#open button")
			isShown(t, w.page, "#at", "800 600")
			seen("photo-open")
			clicks(t, w.page, 100, 60)
			seen("photo-corner")
			clicks(t, w.page, 300, 260)
			seen("photo-covered")
			if got := w.page.MustElement("#covers").MustText(); got != "Covers: 1" && got != "Masques\u00a0: 1" {
				t.Errorf("%s", got)
			}
			covered := c.Query("select covers from ticket_photo")[0][0]
			if fmt.Sprint(covered) != `[{"l":200,"t":120,"r":600,"b":520}]` {
				t.Errorf("covered: %v", covered)
			}
			// By keyboard alone: the picture itself says what to do, the numbers do it.
			w.goes("#at")
			w.page.MustWaitLoad()
			seen("photo-by-key")
			for field, typed := range map[string]string{"#left": "50", "#top": "0", "#right": "75", "#bottom": "12.5"} {
				w.page.MustElement(field).MustEval(`() => this.value = ""`)
				w.types(field, typed)
			}
			wait := w.page.MustWaitNavigation()
			w.goes("#numbers button")
			wait()
			w.page.MustWaitLoad()
			if covered := fmt.Sprint(c.Query("select covers from ticket_photo")[0][0]); covered != `[{"l":200,"t":120,"r":600,"b":520},{"l":800,"t":0,"r":1200,"b":150}]` {
				t.Errorf("covered: %v", covered)
			}
			press(w.page, "#lines button")
			seen("photo-lines")
			press(w.page, "#release button")
			seen("photo-unseen")
			w.page.MustElement("#looked").MustEval(`() => this.click()`)
			w.page.MustElement("#reason").MustInput("asked for at the counter")
			press(w.page, "#release button")
			seen("photo-released")
			press(w.page, "#open button")
			isShown(t, w.page, "img.staff-photo", "800 600")
			seen("photo-outside")
			portalShows(t, c, w.page.MustElement("html").MustAttribute("lang"))
			w.page.MustElement("#reason").MustInput("a face in the mirror")
			press(w.page, "#back button")
			seen("photo-back")
			w.page.MustElement("#erase-reason").MustInput("of another ticket")
			press(w.page, "#erase button")
			seen("photo-erased")
			w.opens("/tickets/" + string(id))
			seen("photo-story")
		}
	})
}

// portalShows looks at the public page with the photograph, narrow and wide.
func portalShows(t *testing.T, c *citytest.City, lang *string) {
	t.Helper()
	for _, width := range []int{320, 1280} {
		page := citytest.Page(t, width)
		page.MustNavigate(c.Portal.URL + paths[*lang][0]).MustWaitLoad()
		page.MustElement("#number").MustInput("PH-1")
		page.MustElement("#plate").MustInput("PHT 001")
		press(page, "main form button.govuk-button")
		shown := page.MustElement(".city-photos img").MustEval(`() => { this.scrollIntoView(); return this.decode().then(() => {
			const c = document.createElement("canvas"); c.width = this.naturalWidth; c.height = this.naturalHeight;
			const x = c.getContext("2d"); x.drawImage(this, 0, 0);
			return [c.width, c.height, x.getImageData(300, 250, 1, 1).data[0], x.getImageData(700, 50, 1, 1).data[0], x.getImageData(1000, 700, 1, 1).data[0]].join(" ");
		}) }`).Str()
		var w, h, one, two, street int
		if n, err := fmt.Sscan(shown, &w, &h, &one, &two, &street); n != 5 || err != nil || w != 1_200 || h != 900 || one > 80 || two > 80 || street < 180 {
			t.Errorf("the public sees %s", shown)
		}
		for _, v := range citytest.Axe(t, page) {
			t.Errorf("photograph on the portal: %s: %s: %v", v.ID, v.Help, v.Nodes)
		}
		for _, fault := range measure(t, page, true, *lang) {
			t.Errorf("photograph on the portal: %s", fault)
		}
		shoot(t, page, fmt.Sprintf("%s-%d-photograph", *lang, width))
	}
}
