package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"

	"golang.org/x/image/draw"
)

// Rect is a part of a picture: from the upper left corner to the lower right one, which is not part of it.
type Rect struct{ Left, Top, Right, Bottom int }

// Limits of what is shown of a picture.
const (
	WorkSide  = 800   // pixels of the longer side, as a person works on it: the page shows it in just this size
	CopySide  = 1_200 // of a copy
	smallSide = 400   // of a copy, at the least
	workGrid  = 10    // lines each way: one at each tenth
)

// coverColour is what a cover is made of: one colour, whatever was there.
var coverColour = image.NewUniform(color.RGBA{0x40, 0x40, 0x40, 0xff})

// qualities are tried one after the other until a copy is small enough.
var qualities = []int{80, 65, 50, 35}

// Copy is a picture with its covers, as a JPEG of at most so many bytes. What lay beneath a cover is not in it. covered
// parts are filled before anything else is done to the picture: making it smaller mixes nothing of them into what is left.
func (m *Maker) Copy(b []byte, covers []Rect, most int) (made Made, wrong string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	img, wrong := covered(b, covers)
	if wrong != "" {
		return Made{}, wrong
	}
	for side := CopySide; side >= smallSide; side -= smallSide {
		small := within(img, side)
		for _, q := range qualities {
			var to bytes.Buffer
			if err := jpeg.Encode(&to, small, &jpeg.Options{Quality: q}); err != nil {
				return Made{}, Broken
			}
			if to.Len() <= most {
				return Made{Kind: JPEG, Bytes: to.Bytes(), Width: small.Bounds().Dx(), Height: small.Bounds().Dy()}, ""
			}
		}
	}
	return Made{}, Large
}

// Work is a picture with its covers as a person works on it: WorkSide at most, with a line at each tenth where he asks
// for it, and a cross where he has put a first corner (in pixels of the picture; nil: none).
func (m *Maker) Work(b []byte, covers []Rect, grid bool, corner *image.Point) (made Made, wrong string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	whole, wrong := covered(b, covers)
	if wrong != "" {
		return Made{}, wrong
	}
	size := whole.Bounds()
	w, h := Fit(size.Dx(), size.Dy(), WorkSide)
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Bounds(), within(whole, WorkSide), image.Point{}, draw.Src)
	if grid {
		for n := 1; n < workGrid; n++ {
			line(img, image.Rect(w*n/workGrid, 0, w*n/workGrid+1, h))
			line(img, image.Rect(0, h*n/workGrid, w, h*n/workGrid+1))
		}
	}
	if corner != nil {
		x, y := corner.X*w/size.Dx(), corner.Y*h/size.Dy()
		line(img, image.Rect(x-12, y-1, x+13, y+2))
		line(img, image.Rect(x-1, y-12, x+2, y+13))
	}
	var to bytes.Buffer
	if err := jpeg.Encode(&to, img, &jpeg.Options{Quality: quality}); err != nil {
		return Made{}, Broken
	}
	return Made{Kind: JPEG, Bytes: to.Bytes(), Width: w, Height: h}, ""
}

// line is black and yellow: one of both is seen on any picture.
func line(img *image.RGBA, at image.Rectangle) {
	for y := at.Min.Y; y < at.Max.Y; y++ {
		for x := at.Min.X; x < at.Max.X; x++ {
			c := color.RGBA{A: 255}
			if (x/4+y/4)%2 == 0 {
				c = color.RGBA{0xff, 0xdd, 0, 0xff}
			}
			if (image.Point{x, y}).In(img.Bounds()) {
				img.SetRGBA(x, y, c)
			}
		}
	}
}

// covered decodes a picture and fills its covers. A part that can be seen through is white: nothing that a picture hides
// in its transparent parts gets any further.
func covered(b []byte, covers []Rect) (img *image.RGBA, wrong string) {
	kind := KindOf(b)
	if kind == "" {
		return nil, Kind
	}
	read, wrong := decode(kind, b)
	if wrong != "" {
		return nil, wrong
	}
	from := read.Bounds()
	img = image.NewRGBA(image.Rect(0, 0, from.Dx(), from.Dy()))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(img, img.Bounds(), read, from.Min, draw.Over)
	for _, c := range covers {
		draw.Draw(img, image.Rect(c.Left, c.Top, c.Right, c.Bottom), coverColour, image.Point{}, draw.Src)
	}
	return img, ""
}

// Fit is the size of a picture whose longer side is made to be at most side.
func Fit(w, h, side int) (int, int) {
	long := max(w, h)
	if long <= side {
		return w, h
	}
	return max(1, w*side/long), max(1, h*side/long)
}
