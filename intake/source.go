package intake

import (
	"bufio"
	"compress/gzip"
	"fmt"
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

// textOf is a file's text in UTF-8 without a byte-order mark; a file that begins as gzip is unpacked.
func textOf(src io.Reader, e Encoding) (io.Reader, error) {
	b := bufio.NewReaderSize(src, 64<<10)
	var text io.Reader = b
	if magic, _ := b.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		packed, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
		text = packed
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
