package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"sync"

	"golang.org/x/image/draw"
)

// The kinds of picture that are taken: what they are, not what they were called.
const (
	JPEG = "jpeg"
	PNG  = "png"
)

// Why a file is no picture that is taken: keys of words.
const (
	Empty  = "empty"
	Kind   = "kind"         // something else
	HEIC   = "heic"         // of a telephone: its owner is told what to do
	Broken = "broken"       // it does not decode, or is made to be slow
	Pixels = "pixels"       // more than PixelsMost, or a side of more than sideMost
	Moving = "moving"       // more than one picture
	Large  = "remade_large" // too many bytes, made anew
)

// Limits of a picture. A decoded one has at most 8 bytes a pixel, a progressive JPEG 15 while it is read, and one is decoded
// at a time: so many pixels are 360 MB at the most, for the moment.
const (
	PixelsMost = 24_000_000
	sideMost   = 20_000 // pixels
	ScansMost  = 64     // of a progressive JPEG: each is a walk over all pixels
	KeptSide   = 2_000  // pixels of the longer side of what is kept
	quality    = 85
)

// Maker makes pictures anew, one at a time.
type Maker struct{ mu sync.Mutex }

// Made is a picture that was made anew.
type Made struct {
	Kind          string
	Bytes         []byte
	Width, Height int // pixels
}

// Remake is what is kept of a file: of a picture its pixels alone, upright and no larger than a person needs, in at most
// so many bytes. wrong is one of the reasons above, and then nothing is kept.
func (m *Maker) Remake(b []byte, most int) (made Made, wrong string) {
	kind := KindOf(b)
	switch {
	case len(b) == 0:
		return Made{}, Empty
	case kind == "" && isHEIC(b):
		return Made{}, HEIC
	case kind == "":
		return Made{}, Kind
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return remake(kind, b, most)
}

// KindOf is what a file is by its first bytes; "" for what is no picture that is taken.
func KindOf(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xd8, 0xff}):
		return JPEG
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return PNG
	}
	return ""
}

// isHEIC says whether a file is of the kind that some telephones make.
func isHEIC(b []byte) bool {
	return len(b) >= 12 && string(b[4:8]) == "ftyp" && bytes.Contains([]byte("heic heix hevc mif1 msf1 avif"), b[8:12])
}

// remake decodes a picture and writes it anew: what stood beside its pixels (place, telephone, thumbnails, a second file
// behind the first) is gone.
func remake(kind string, b []byte, most int) (made Made, wrong string) {
	img, wrong := decode(kind, b)
	if wrong != "" {
		return Made{}, wrong
	}
	img = upright(within(img, KeptSide), orientation(b))
	var to bytes.Buffer
	var err error
	if kind == PNG {
		err = png.Encode(&to, img)
	} else {
		err = jpeg.Encode(&to, img, &jpeg.Options{Quality: quality})
	}
	if err != nil || to.Len() > most {
		return Made{}, Large
	}
	return Made{Kind: kind, Bytes: to.Bytes(), Width: img.Bounds().Dx(), Height: img.Bounds().Dy()}, ""
}

// decode reads the pixels of a file, once its head has said that there are not too many.
func decode(kind string, b []byte) (img image.Image, wrong string) {
	decode, size := jpeg.Decode, jpeg.DecodeConfig
	if kind == PNG {
		decode, size = png.Decode, png.DecodeConfig
	}
	c, err := size(bytes.NewReader(b))
	switch {
	case err != nil:
		return nil, Broken
	case c.Width < 1 || c.Height < 1 || c.Width > sideMost || c.Height > sideMost || c.Width*c.Height > PixelsMost:
		return nil, Pixels
	case kind == JPEG && bytes.Count(b, []byte{0xff, 0xda}) > ScansMost:
		return nil, Broken
	case kind == PNG && moves(b):
		return nil, Moving
	}
	if img, err = decode(bytes.NewReader(b)); err != nil {
		return nil, Broken
	}
	return img, ""
}

// moves says whether a PNG has more than one picture: the chunk that says so stands before the first.
func moves(b []byte) bool {
	for at := 8; at+8 <= len(b); {
		length, kind := binary.BigEndian.Uint32(b[at:]), string(b[at+4:at+8])
		if kind == "acTL" {
			return true
		}
		if kind == "IDAT" || int64(length) > int64(len(b)) {
			return false
		}
		at += 12 + int(length)
	}
	return false
}

// within is a picture whose longer side is at most so many pixels.
func within(img image.Image, side int) image.Image {
	b := img.Bounds()
	w, h := Fit(b.Dx(), b.Dy(), side)
	if w == b.Dx() && h == b.Dy() {
		return img
	}
	to := image.Rect(0, 0, w, h)
	out := image.NewNRGBA(to)
	draw.ApproxBiLinear.Scale(out, to, img, b, draw.Src, nil)
	return out
}

// upright turns a picture as its camera says (Exif 2.3, 4.6.4 A, Orientation): the note that said so is gone.
func upright(img image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	at := map[int]func(x, y int) (int, int){
		2: func(x, y int) (int, int) { return w - 1 - x, y },
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(x, y int) (int, int) { return x, h - 1 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return h - 1 - y, x },
		7: func(x, y int) (int, int) { return h - 1 - y, w - 1 - x },
		8: func(x, y int) (int, int) { return y, w - 1 - x },
	}[orientation]
	size := image.Rect(0, 0, w, h)
	if orientation > 4 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewNRGBA(size)
	for y := range h {
		for x := range w {
			tx, ty := at(x, y)
			out.SetNRGBA(tx, ty, color.NRGBAModel.Convert(img.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA))
		}
	}
	return out
}

// orientation is what a JPEG's camera says of how it was held; 1 where it says nothing that can be read.
func orientation(b []byte) int {
	for at := 2; at+4 <= len(b) && b[at] == 0xff; {
		marker, length := b[at+1], int(binary.BigEndian.Uint16(b[at+2:]))
		if marker == 0xda || length < 2 || at+2+length > len(b) {
			return 1
		}
		body := b[at+4 : at+2+length]
		if marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			return exifOrientation(body[6:])
		}
		at += 2 + length
	}
	return 1
}

// orientationTag is of the first directory of Exif.
const orientationTag = 0x0112

func exifOrientation(tiff []byte) int {
	var order binary.ByteOrder = binary.BigEndian
	if len(tiff) < 8 {
		return 1
	}
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := int(order.Uint32(tiff[4:]))
	if at < 8 || at+2 > len(tiff) {
		return 1
	}
	for n := range int(order.Uint16(tiff[at:])) {
		entry := at + 2 + 12*n
		if entry+12 > len(tiff) {
			return 1
		}
		if order.Uint16(tiff[entry:]) == orientationTag {
			return int(order.Uint16(tiff[entry+8:]))
		}
	}
	return 1
}
