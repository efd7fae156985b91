package letter_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ledongthuc/pdf"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"fundy/city"
	"fundy/letter"
)

// dots is how many dots of a drawn page are a point of 1/72 inch: 216 to the inch, less than a cheap printer has.
const dots = 3

// drawn are the pages of a PDF as its filled rectangles make them, in the colours that they were filled with. No text is drawn.
func drawn(t *testing.T, b []byte) []image.Image {
	t.Helper()
	r, err := pdf.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var pages []image.Image
	for i := 1; i <= r.NumPage(); i++ {
		box := r.Page(i).V.Key("MediaBox")
		if box.IsNull() {
			box = r.Page(i).V.Key("Parent").Key("MediaBox")
		}
		page := image.NewGray(image.Rect(0, 0, int(box.Index(2).Float64()*dots), int(box.Index(3).Float64()*dots)))
		draw.Draw(page, page.Bounds(), image.White, image.Point{}, draw.Src)
		var path []image.Rectangle
		fill := color.Gray{}
		pdf.Interpret(r.Page(i).V.Key("Contents"), func(stack *pdf.Stack, op string) {
			n := make([]float64, stack.Len())
			for j := len(n) - 1; j >= 0; j-- {
				n[j] = stack.Pop().Float64()
			}
			switch op {
			case "g":
				fill = color.Gray{Y: uint8(n[0] * 255)}
			case "rg":
				fill = color.Gray{Y: uint8((n[0] + n[1] + n[2]) / 3 * 255)}
			case "re": // up from the foot of the page; a height below zero goes down
				at := func(x, y float64) image.Point {
					return image.Pt(int(x*dots+0.5), page.Bounds().Max.Y-int(y*dots+0.5))
				}
				path = append(path, image.Rectangle{at(n[0], n[1]), at(n[0]+n[2], n[1]+n[3])}.Canon())
			case "f":
				for _, one := range path {
					draw.Draw(page, one, image.NewUniform(fill), image.Point{}, draw.Src)
				}
				path = nil
			case "n", "S", "W":
				path = nil
			}
		})
		pages = append(pages, page)
	}
	return pages
}

// printed are the pages as poppler's program draws them, with all that is on them; none where there is no such program.
func printed(t *testing.T, b []byte) []image.Image {
	t.Helper()
	program, err := exec.LookPath("pdftoppm")
	if err != nil {
		return nil
	}
	path := filepath.Join(t.TempDir(), "letter")
	if err := os.WriteFile(path+".pdf", b, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, "-gray", "-png", "-r", "216", path+".pdf", path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	names, err := filepath.Glob(path + "-*.png")
	if err != nil || len(names) == 0 {
		t.Fatalf("%v, %v", names, err)
	}
	var pages []image.Image
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		page, err := png.Decode(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, page)
	}
	return pages
}

// scan reads the code on a page as a telephone does: it has to find it first.
func scan(page image.Image) (string, error) {
	dark, err := gozxing.NewBinaryBitmapFromImage(page)
	if err != nil {
		return "", err
	}
	found, err := qrcode.NewQRCodeReader().Decode(dark, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return "", err
	}
	return found.GetText(), nil
}

// The square on each page of a letter, scanned, is the portal's address and nothing else; on both papers, in one language and in
// two, for an address that is short and for one that is long; and the same address stands beside it in letters.
func TestTheSquareIsThePortalsAddress(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		address   string
		size      letter.Size
		languages []city.Language
	}{
		{"https://p.ca", letter.A4, []city.Language{city.French}},
		{"https://stationnement.example.ca", letter.Letter, both},
		{"https://contraventions-de-stationnement.grande-ville.example.ca", letter.A4, both},
	} {
		c := town(t)
		c.Portal = one.address
		parts, err := c.Receipt(one.languages, receipt())
		p := paper(t, one.size, []string{"Zoé Tremblay", "3, rue du Quai"}, parts, err)
		p.City = c
		b := render(t, p)
		wants(t, b, one.address)
		for how, pages := range map[string][]image.Image{"its rectangles": drawn(t, b), "pdftoppm": printed(t, b)} {
			if how == "its rectangles" && len(pages) != len(one.languages) {
				t.Errorf("%s: %d pages", one.address, len(pages))
			}
			for i, page := range pages {
				if got, err := scan(page); err != nil || got != one.address {
					t.Errorf("%s, page %d, by %s: %q, %v", one.address, i+1, how, got, err)
				}
			}
		}
	}
}
