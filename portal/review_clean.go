package portal

import (
	"bytes"

	"fundy/desk"
	"fundy/picture"
)

// cleaner makes pictures anew, one at a time.
type cleaner struct{ picture.Maker }

// clean is what is kept of a file: of a picture its pixels alone; a PDF as it is. wrong is a key of words.
func (c *cleaner) clean(b []byte) (kind string, out []byte, wrong string) {
	if kindOf(b) == desk.FilePDF {
		if len(b) > desk.ReviewFileMost {
			return desk.FilePDF, nil, "review.file.pdf_large"
		}
		return desk.FilePDF, b, ""
	}
	made, wrong := c.Remake(b, desk.ReviewFileMost)
	if wrong != "" {
		return "", nil, "review.file." + wrong
	}
	return made.Kind, made.Bytes, ""
}

// kindOf is what a file is by its first bytes; "" for what is not taken.
func kindOf(b []byte) string {
	if bytes.HasPrefix(b, []byte("%PDF-")) {
		return desk.FilePDF
	}
	return picture.KindOf(b)
}
