package intake

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"sync/atomic"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encoding is how a file writes letters.
type Encoding string

// The encodings.
const (
	UTF8        Encoding = "utf-8" // with or without a byte-order mark
	UTF16LE     Encoding = "utf-16le"
	Windows1252 Encoding = "windows-1252"
)

const byteOrderMark = "\uFEFF"

// counted counts the bytes of a file that were read, packed as they are: the progress bar goes by it.
type counted struct {
	src  io.Reader
	read atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.src.Read(p)
	c.read.Add(int64(n))
	return n, err
}

// unpacked is a gzip file's text. What is wrong with the packing is said so that somebody can mend it.
type unpacked struct{ src io.Reader }

func (u unpacked) Read(p []byte) (int, error) {
	n, err := u.src.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = gzipFault(err)
	}
	return n, err
}

func gzipFault(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return faulty("the gzip file ends too early: it was cut short on its way; get it whole and import it again")
	}
	return faulty("the gzip file is damaged: get it again, or unpack it first: %s", err.Error())
}

// textOf is a file's text in UTF-8 without a byte-order mark; a file that begins as gzip is unpacked.
func textOf(src io.Reader, e Encoding) (io.Reader, error) {
	b := bufio.NewReaderSize(src, 64<<10)
	var text io.Reader = b
	switch magic, _ := b.Peek(4); {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		packed, err := gzip.NewReader(b)
		if err != nil {
			return nil, gzipFault(err)
		}
		text = unpacked{packed}
	case bytes.HasPrefix(magic, []byte("PK\x03\x04")):
		return nil, faulty("this is a zip file or a spreadsheet: unpack it, or save the sheet as CSV")
	case bytes.HasPrefix(magic, []byte{0xff, 0xfe}) && e != UTF16LE:
		return nil, faulty("this file is UTF-16, and the mapping does not say so: write encoding = \"utf-16le\" under [file]")
	}
	switch e {
	case UTF16LE:
		text = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(text)
	case Windows1252:
		return charmap.Windows1252.NewDecoder().Reader(text), nil
	}
	plain := bufio.NewReaderSize(text, 64<<10)
	if mark, _ := plain.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = plain.Discard(len(byteOrderMark))
	}
	return plain, nil
}
