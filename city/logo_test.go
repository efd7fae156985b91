package city_test

import (
	"bytes"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"fundy/city"
)

func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestALogoIsAPlainPicture(t *testing.T) {
	t.Parallel()
	drawn, err := os.ReadFile("../examples/cities/demo/logo.svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, good := range []struct {
		b      []byte
		kind   string
		width  int
		height int
	}{
		{drawn, "image/svg+xml", 40, 40},
		{[]byte(`<?xml version="1.0" encoding="UTF-8"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 90 30"><defs><linearGradient id="a"><stop offset="0" stop-color="#fff"/></linearGradient></defs><path id="p" fill="url(#a)" d="M0 0h9z"/><use xlink:href="#p"/></svg>`), "image/svg+xml", 120, 40},
		{picture(t, 160, 80), "image/png", 80, 40},
	} {
		l, err := city.ReadLogo(good.b)
		if err != nil || l.Type != good.kind || l.Width != good.width || l.Height != good.height || !bytes.Equal(l.Bytes, good.b) {
			t.Errorf("%.40q: %s, %d by %d, %v", good.b, l.Type, l.Width, l.Height, err)
		}
	}
	const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">`
	whole := picture(t, 80, 80)
	for bad, why := range map[string]string{
		head + `<script>1</script></svg>`:                                            "<script>",
		head + `<style>path{}</style></svg>`:                                         "<style>",
		head + `<foreignObject/></svg>`:                                              "<foreignObject>",
		head + `<image href="#a"/></svg>`:                                            "<image>",
		head + `<a href="#a"/></svg>`:                                                "<a>",
		head + `<animate attributeName="href"/></svg>`:                               "<animate>",
		head + `<x:script xmlns:x="http://www.w3.org/1999/xhtml">1</x:script></svg>`: "<script>",
		head + `<path onclick="1" d="M0 0"/></svg>`:                                  "onclick",
		head + `<path style="fill:red" d="M0 0"/></svg>`:                             "style",
		head + `<path class="a" d="M0 0"/></svg>`:                                    "class",
		head + `<use href="other.svg#a"/></svg>`:                                     "something outside",
		head + `<use href="data:image/svg+xml,x"/></svg>`:                            "something outside",
		head + `<path fill="url(//evil.example/a)" d="M0 0"/></svg>`:                 "something outside",
		head + `<path fill="URL( 'x' )" d="M0 0"/></svg>`:                            "something outside",
		head + `<g xml:base="https://evil.example/"/></svg>`:                         "base",
		`<!DOCTYPE svg [<!ENTITY a "b">]>` + head + `</svg>`:                         "declaration",
		`<?xml-stylesheet href="a.css"?>` + head + `</svg>`:                          "xml-stylesheet",
		`<?xml version="1.0" encoding="ISO-8859-1"?>` + head + `</svg>`:              "neither PNG nor SVG",
		`<svg viewBox="0 0 9 9"/>`:                                                   "<svg>",
		`<svg xmlns="http://www.w3.org/2000/svg"/>`:                                  "no viewBox",
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 9"/>`:               "as wide as high",
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 NaN 9"/>`:              "no viewBox",
		head + `<path d="M0 0"/>`:                                                    "neither PNG nor SVG",
		head + strings.Repeat(`<path d="M0 0"/>`, 300) + `</svg>`:                    "larger than 2048",
		"GIF89a":                      "neither PNG nor SVG",
		"":                            "neither PNG nor SVG",
		string(whole[:len(whole)-20]): "not a whole PNG",
		string(picture(t, 30, 30)):    "each side between",
		string(picture(t, 600, 300)):  "each side between",
		string(picture(t, 500, 100)):  "as wide as high",
	} {
		if _, err := city.ReadLogo([]byte(bad)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%.120q: %v, want %q", bad, err, why)
		}
	}
}

// A row of a profile without a logo stays as it was before there were logos: a file that stands is not
// contradicted by itself.
func TestARowWithoutALogoStaysAsItWas(t *testing.T) {
	t.Parallel()
	rules, faults := city.ParseRules([]byte(strings.Replace(demoRules(t), `"logo.svg"`, `""`, 1)), nil, demo(t))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	rows, err := rules.Rows()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(rows[len(rows)-1].Body+rows[0].Body+rows[1].Body, "Logo") {
		t.Error("a row names a logo that there is not")
	}
}

// Whatever the bytes, reading them ends in a logo that may be shown or in a fault.
func TestBytesThatAreNoLogoAreFaults(t *testing.T) {
	t.Parallel()
	drawn, err := os.ReadFile("../examples/cities/demo/logo.svg")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, seed := range [][]byte{drawn, picture(t, 80, 80)} {
		for range 2000 {
			b := bytes.Clone(seed)
			for range 1 + r.IntN(4) {
				b[r.IntN(len(b))] = byte(r.IntN(256))
			}
			if l, err := city.ReadLogo(b); err == nil && (l.Width < 20 || l.Width > 160 || l.Height != 40) {
				t.Fatalf("%q: %d by %d", b, l.Width, l.Height)
			}
		}
	}
}
