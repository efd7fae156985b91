package picture_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"

	"fundy/picture"
)

// scene is a picture of noise; inside under it is another noise for each seed, and the same outside.
func scene(t testing.TB, w, h int, under picture.Rect, seed uint64) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	out, in := rand.New(rand.NewPCG(1, 1)), rand.New(rand.NewPCG(seed, 2))
	for y := range h {
		for x := range w {
			r := out
			noise := r.Uint32()
			if x >= under.Left && x < under.Right && y >= under.Top && y < under.Bottom {
				noise = in.Uint32()
			}
			img.SetRGBA(x, y, color.RGBA{byte(noise), byte(noise >> 8), byte(noise >> 16), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil { // without loss: the two differ beneath the cover and nowhere else
		t.Fatal(err)
	}
	return b.Bytes()
}

// Two photographs that differ beneath a cover and nowhere else have the same copy, byte for byte: nothing of what was
// there is in it, whatever its size. Without the cover they have not.
func TestACoverDestroys(t *testing.T) {
	t.Parallel()
	var m picture.Maker
	for _, size := range [][2]int{{320, 240}, {1_300, 700}} {
		face := picture.Rect{Left: size[0] / 3, Top: size[1] / 4, Right: size[0] / 2, Bottom: size[1] / 2}
		one, two := scene(t, size[0], size[1], face, 1), scene(t, size[0], size[1], face, 2)
		a, wrong := m.Copy(one, []picture.Rect{face}, 400<<10)
		b, wrong2 := m.Copy(two, []picture.Rect{face}, 400<<10)
		if wrong != "" || wrong2 != "" || !bytes.Equal(a.Bytes, b.Bytes) {
			t.Errorf("%v: the copies differ: %s, %s, %d and %d bytes", size, wrong, wrong2, len(a.Bytes), len(b.Bytes))
		}
		w1, _ := m.Work(one, []picture.Rect{face}, true, nil)
		w2, _ := m.Work(two, []picture.Rect{face}, true, nil)
		if !bytes.Equal(w1.Bytes, w2.Bytes) {
			t.Errorf("%v: what is shown before the release differs", size)
		}
		smaller := face
		smaller.Right -= 8
		c, _ := m.Copy(one, []picture.Rect{smaller}, 400<<10)
		d, _ := m.Copy(two, []picture.Rect{smaller}, 400<<10)
		if bytes.Equal(c.Bytes, d.Bytes) {
			t.Errorf("%v: a cover that is too small hides all the same: the test sees nothing", size)
		}
		img, err := jpeg.Decode(bytes.NewReader(a.Bytes))
		if err != nil || len(a.Bytes) > 400<<10 || max(a.Width, a.Height) > picture.CopySide || img.Bounds().Dx() != a.Width {
			t.Fatalf("%v, %d bytes, %d × %d", err, len(a.Bytes), a.Width, a.Height)
		}
		r, g, bl, _ := img.At(a.Width*5/12, a.Height*3/8).RGBA()
		for _, c := range []uint32{r, g, bl} {
			if c>>8 < 0x3c || c>>8 > 0x44 {
				t.Errorf("beneath the cover: %x %x %x", r>>8, g>>8, bl>>8)
			}
		}
	}
}

// withExif puts a note beside a JPEG's pixels.
func withExif(b []byte) []byte {
	body := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00 GPS 45.2733N 66.0633W SecretPhone")
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))...)
	return append(append(out, body...), b[2:]...)
}

// What is kept and what is copied has no note, and no second file behind the first.
func TestNothingButPixelsIsKept(t *testing.T) {
	t.Parallel()
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, image.NewRGBA(image.Rect(0, 0, 64, 32)), nil); err != nil {
		t.Fatal(err)
	}
	dirty := append(withExif(plain.Bytes()), "PK\x03\x04 a second file"...)
	var m picture.Maker
	kept, wrong := m.Remake(dirty, 4<<20)
	shown, wrong2 := m.Copy(dirty, nil, 400<<10) // even of what was never made anew
	if wrong != "" || wrong2 != "" || kept.Width != 64 || shown.Height != 32 {
		t.Fatalf("%s, %s, %+v", wrong, wrong2, kept)
	}
	for _, secret := range []string{"Exif", "GPS", "SecretPhone", "second file"} {
		if bytes.Contains(kept.Bytes, []byte(secret)) || bytes.Contains(shown.Bytes, []byte(secret)) {
			t.Errorf("%s is still there", secret)
		}
	}
}

// What can be seen through hides nothing: its colours beneath do not reach the copy.
func TestWhatIsSeenThroughIsWhite(t *testing.T) {
	t.Parallel()
	img := image.NewNRGBA(image.Rect(0, 0, 16, 16))
	for i := range img.Pix {
		img.Pix[i] = []byte{255, 0, 0, 0}[i%4] // red that nobody sees
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	var m picture.Maker
	made, wrong := m.Copy(b.Bytes(), nil, 400<<10)
	got, err := jpeg.Decode(bytes.NewReader(made.Bytes))
	if wrong != "" || err != nil {
		t.Fatal(wrong, err)
	}
	if r, g, _, _ := got.At(8, 8).RGBA(); r>>8 < 0xfa || g>>8 < 0xfa {
		t.Errorf("%x %x", r>>8, g>>8)
	}
}

// A copy that can't be made small enough is refused, and so is a bomb, before it is decoded.
func TestCopiesHaveLimits(t *testing.T) {
	t.Parallel()
	var m picture.Maker
	noise := scene(t, 1_300, 1_300, picture.Rect{}, 1)
	made, wrong := m.Copy(noise, nil, 400<<10)
	if wrong != "" || len(made.Bytes) > 400<<10 {
		t.Errorf("noise: %s, %d bytes", wrong, len(made.Bytes))
	}
	if _, wrong := m.Copy(noise, nil, 1_000); wrong != picture.Large {
		t.Errorf("1,000 bytes: %q", wrong)
	}
	head := []byte{0, 0, 0, 13}
	ihdr := append([]byte("IHDR"), 0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20, 8, 6, 0, 0, 0)
	bomb := append(append([]byte("\x89PNG\r\n\x1a\n"), head...), ihdr...)
	bomb = binary.BigEndian.AppendUint32(bomb, crc32.ChecksumIEEE(ihdr))
	if _, wrong := m.Remake(bomb, 4<<20); wrong != picture.Pixels {
		t.Errorf("a bomb: %q", wrong)
	}
	for _, bad := range [][]byte{nil, []byte("%PDF-1.7"), []byte("<svg/>")} {
		if _, wrong := m.Copy(bad, nil, 400<<10); wrong != picture.Kind {
			t.Errorf("%q: %q", bad, wrong)
		}
	}
}
