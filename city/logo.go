package city

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"math"
	"strconv"
	"strings"
)

// Limits of a logo. The first page with all that it needs has to fit the first window of a connection.
const (
	maxLogoBytes = 2048
	logoLeast    = 40  // pixels of a PNG's shorter side: fewer would be blurred in the header
	logoMost     = 512 // pixels of a PNG's longer side
	logoHeight   = 40  // CSS pixels in the header
	logoWidest   = 4   // times as wide as high
)

// Logo is a city's picture, as the header shows it.
type Logo struct {
	Bytes         []byte
	Type          string // image/png or image/svg+xml, by what it holds
	Width, Height int    // CSS pixels
}

// ReadLogo says what a logo is, or what is wrong with it.
func ReadLogo(b []byte) (Logo, error) {
	if len(b) > maxLogoBytes {
		return Logo{}, fmt.Errorf("is larger than %d bytes: draw a simpler one", maxLogoBytes)
	}
	l := Logo{Bytes: b, Type: "image/svg+xml"}
	size := sizeOfSVG
	if bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) {
		l.Type, size = "image/png", sizeOfPNG
	}
	width, height, err := size(b)
	if err != nil {
		return Logo{}, err
	}
	if width > logoWidest*height || height > width*2 {
		return Logo{}, fmt.Errorf("is %v by %v: at most %d times as wide as high, and twice as high as wide", width, height, logoWidest)
	}
	l.Width, l.Height = int(math.Round(logoHeight*width/height)), logoHeight
	return l, nil
}

// readLogo reads a logo's file, which stands beside the rules file or below.
func readLogo(beside fs.FS, name string) ([]byte, error) {
	if beside == nil {
		return nil, errors.New("can't be read here: the rules are not in a folder")
	}
	f, err := beside.Open(name)
	if err != nil {
		return nil, fmt.Errorf("can't be read: name a file beside the rules file, or below: %w", err)
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxLogoBytes+1))
}

func sizeOfPNG(b []byte) (float64, float64, error) {
	head, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return 0, 0, fmt.Errorf("is not a whole PNG: %w", err)
	}
	if min(head.Width, head.Height) < logoLeast || max(head.Width, head.Height) > logoMost {
		return 0, 0, fmt.Errorf("is %d by %d pixels: each side between %d and %d", head.Width, head.Height, logoLeast, logoMost)
	}
	if _, err := png.Decode(bytes.NewReader(b)); err != nil {
		return 0, 0, fmt.Errorf("is not a whole PNG: %w", err)
	}
	return float64(head.Width), float64(head.Height), nil
}

// drawing are the elements that an SVG may have: shapes and what fills them. None runs, loads, links,
// moves, or is styled by text that the pages' policy would refuse.
var drawing = map[string]bool{
	"svg": true, "title": true, "desc": true, "g": true, "defs": true, "symbol": true, "use": true, "path": true, "rect": true, "circle": true,
	"ellipse": true, "line": true, "polyline": true, "polygon": true, "linearGradient": true, "radialGradient": true, "stop": true, "clipPath": true, "mask": true,
}

const (
	svgSpace   = "http://www.w3.org/2000/svg"
	xlinkSpace = "http://www.w3.org/1999/xlink"
)

// sizeOfSVG reads the whole drawing and refuses all that is not shapes.
func sizeOfSVG(b []byte) (width, height float64, err error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	var root *xml.StartElement
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, 0, fmt.Errorf("is neither PNG nor SVG: %w", err)
		}
		switch e := token.(type) {
		case xml.Directive:
			return 0, 0, errors.New("has a <!…> declaration: take it away")
		case xml.ProcInst:
			if e.Target != "xml" {
				return 0, 0, fmt.Errorf("has an instruction <?%s …?>: take it away", e.Target)
			}
		case xml.StartElement:
			if root == nil {
				first := e.Copy()
				root = &first
			}
			if err := checkElement(e, root.Name.Local == "svg"); err != nil {
				return 0, 0, err
			}
		}
	}
	if root == nil {
		return 0, 0, errors.New("is neither PNG nor SVG")
	}
	return viewBox(*root)
}

func checkElement(e xml.StartElement, inSVG bool) error {
	if !inSVG || e.Name.Space != svgSpace || !drawing[e.Name.Local] {
		return fmt.Errorf("has <%s>, which is not a plain shape: draw with paths only", e.Name.Local)
	}
	for _, a := range e.Attr {
		name, value := a.Name.Local, strings.ToLower(a.Value)
		switch {
		case a.Name.Space == "xmlns" || a.Name.Space == "" && name == "xmlns":
			continue // names a space; nothing is loaded from it
		case name == "href" && (a.Name.Space == "" || a.Name.Space == xlinkSpace):
			if !strings.HasPrefix(value, "#") {
				return fmt.Errorf("refers to something outside: %s=%q", name, a.Value)
			}
		case a.Name.Space != "" || name == "style" || name == "class" || strings.HasPrefix(strings.ToLower(name), "on"):
			return fmt.Errorf("has the attribute %s, which a page would refuse: use fill, stroke and the like", name)
		case strings.ContainsAny(value, `\`) || strings.Contains(strings.ReplaceAll(value, "url(#", ""), "url(") || strings.Contains(value, "://"):
			return fmt.Errorf("refers to something outside: %s=%q", name, a.Value)
		}
	}
	return nil
}

func viewBox(root xml.StartElement) (width, height float64, err error) {
	for _, a := range root.Attr {
		if a.Name.Local != "viewBox" {
			continue
		}
		sides := strings.FieldsFunc(a.Value, func(r rune) bool { return r == ' ' || r == ',' })
		if len(sides) != 4 {
			break
		}
		width, _ = strconv.ParseFloat(sides[2], 64)
		height, _ = strconv.ParseFloat(sides[3], 64)
		if width >= 1 && height >= 1 && width <= 1e6 && height <= 1e6 {
			return width, height, nil
		}
	}
	return 0, 0, errors.New(`has no viewBox of four numbers, as viewBox="0 0 40 40": the header needs its shape`)
}
