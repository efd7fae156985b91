package intake

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// Limits of a file. Each is far above what a real export has; what goes over is a reject, never memory.
const (
	maxRecord = 64 << 10   // bytes of one row
	maxFields = 1000       // columns
	maxRows   = 50_000_000 // rows of one file
)

// Quoting is how a file writes a delimiter inside a field.
type Quoting string

// The dialects.
const (
	RFC4180   Quoting = "rfc4180"   // "a ""b"" c"; anything else about a quote is a reject
	Backslash Quoting = "backslash" // "a \"b\" c", and "" too
	Lazy      Quoting = "lazy"      // a quote counts only at a field's ends
	NoQuoting Quoting = "none"      // a quote is a letter like any other
)

// records reads delimited text, one record at a time, within maxRecord bytes of memory. A record that
// can't be read is passed over up to its line's end, so that the rows after it go in.
type records struct {
	src     io.Reader
	comma   byte
	quoting Quoting

	buf        []byte
	start, end int // buf[start:end] is read and not used up
	done       bool
	err        error // of the source
	line       int   // of the next record, from 1

	fields [][]byte // of the last record; good until the next one
	at     int      // line of the last record
}

// fault is why a record can't be read. Column is the field in which it was noticed, from 1.
type fault struct {
	column int
	reason string
}

func newRecords(src io.Reader, comma byte, quoting Quoting) *records {
	return &records{src: src, comma: comma, quoting: quoting, buf: make([]byte, 4*maxRecord), line: 1}
}

// more reads on; false when there is nothing more.
func (r *records) more() bool {
	if r.done {
		return false
	}
	if r.start > 0 {
		copy(r.buf, r.buf[r.start:r.end])
		r.end -= r.start
		r.start = 0
	}
	for tries := 0; tries < 100; tries++ {
		n, err := r.src.Read(r.buf[r.end:])
		r.end += n
		if err != nil {
			r.done = true
			if !errors.Is(err, io.EOF) {
				r.err = err
			}
		}
		if n > 0 || r.done {
			return n > 0
		}
	}
	r.done, r.err = true, io.ErrNoProgress
	return false
}

// next reads a record into r.fields. ok is false at the end, and at once when the source breaks off. Blank lines are passed over.
func (r *records) next() (bad *fault, ok bool) {
	for {
		if r.start == r.end && !r.more() {
			return nil, false
		}
		switch r.buf[r.start] {
		case '\n':
			r.start++
			r.line++
			continue
		case '\r':
			if r.start+1 < r.end || r.more() {
				if r.buf[r.start+1] == '\n' {
					r.start++
					continue
				}
			} else {
				r.start = r.end
				return nil, false
			}
		}
		break
	}
	// A whole record, or as much as a record may have, is in the buffer before it is cut up.
	for r.end-r.start < maxRecord && r.more() {
	}
	if r.err != nil {
		// The source broke off: what is left may end in half a row, which must not be taken for a whole one.
		return nil, false
	}
	r.at = r.line
	bad, used := r.cut(r.buf[r.start:min(r.end, r.start+maxRecord)])
	if bad == nil {
		r.take(used)
		return nil, true
	}
	r.skipLine()
	return bad, true
}

// take uses up a record and counts its lines.
func (r *records) take(used int) {
	r.line += bytes.Count(r.buf[r.start:r.start+used], []byte{'\n'})
	r.start += used
}

// skipLine uses up everything to the line's end.
func (r *records) skipLine() {
	for {
		if i := bytes.IndexByte(r.buf[r.start:r.end], '\n'); i >= 0 {
			r.start += i + 1
			r.line++
			return
		}
		r.start = r.end
		if !r.more() {
			return
		}
	}
}

// Why a record can't be cut up. Each says what to do.
const (
	tooLong       = "the row is longer than 64 KiB; is a quote left open, or is another quoting needed?"
	tooManyFields = "the row has more than 1,000 fields; is the delimiter right?"
	openQuote     = "a quote is left open; try quoting = \"lazy\" or \"none\""
	bareQuote     = "a quote in the middle of a field; try quoting = \"lazy\", \"backslash\" or \"none\""
	afterQuote    = "text after a closing quote; try quoting = \"backslash\" or \"lazy\""
	notUTF8       = "not UTF-8; try encoding = \"windows-1252\""
	zeroByte      = "a zero byte; is the encoding utf-16le?"
)

// cut splits one record into r.fields and says how many bytes it used, its line end included. Bytes of
// quoted fields are moved together in place; nothing is changed before the record is known to be whole.
func (r *records) cut(b []byte) (*fault, int) {
	r.fields = r.fields[:0]
	at := 0
	for {
		if len(r.fields) >= maxFields {
			return &fault{len(r.fields), tooManyFields}, 0
		}
		field, used, ended, reason := r.field(b[at:])
		if reason == "" && !utf8.Valid(field) {
			reason = notUTF8
		}
		if reason == "" && bytes.IndexByte(field, 0) >= 0 {
			reason = zeroByte
		}
		if reason != "" {
			return &fault{len(r.fields) + 1, reason}, 0
		}
		r.fields = append(r.fields, field)
		at += used
		if ended {
			return nil, at
		}
	}
}

// field reads one field and what ends it.
func (r *records) field(b []byte) (field []byte, used int, ended bool, reason string) {
	if len(b) == 0 {
		return nil, 0, true, r.full(b)
	}
	if b[0] == '"' && r.quoting != NoQuoting {
		return r.quoted(b)
	}
	for i, c := range b {
		switch {
		case c == r.comma:
			return b[:i], i + 1, false, ""
		case c == '\n':
			return trimCR(b[:i]), i + 1, true, ""
		case c == '"' && r.quoting == RFC4180:
			return nil, 0, false, bareQuote
		}
	}
	return trimCR(b), len(b), true, r.full(b)
}

// quoted reads a field that begins with a quote.
func (r *records) quoted(b []byte) (field []byte, used int, ended bool, reason string) {
	out := make([]byte, 0, 64)
	for i := 1; i < len(b); i++ {
		c := b[i]
		switch {
		case c == '\\' && r.quoting == Backslash && i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\'):
			i++
			out = append(out, b[i])
		case c != '"':
			out = append(out, c)
		case i+1 < len(b) && b[i+1] == '"':
			i++
			out = append(out, '"')
		default:
			used, ended, ok := r.ends(b[i+1:])
			if ok {
				return out, i + 1 + used, ended, ""
			}
			if r.quoting != Lazy {
				return nil, 0, false, afterQuote
			}
			out = append(out, '"')
		}
	}
	if full := r.full(b); full != "" {
		return nil, 0, false, full
	}
	return nil, 0, false, openQuote
}

// ends reads what may follow a closing quote: the delimiter, a line's end or the end.
func (r *records) ends(b []byte) (used int, ended, ok bool) {
	switch {
	case len(b) == 0:
		return 0, true, true
	case b[0] == r.comma:
		return 1, false, true
	case b[0] == '\n':
		return 1, true, true
	case b[0] == '\r' && len(b) == 1:
		return 1, true, true
	case b[0] == '\r' && b[1] == '\n':
		return 2, true, true
	}
	return 0, false, false
}

// full says that the record stops only because maxRecord was reached.
func (r *records) full([]byte) string {
	if r.end-r.start > maxRecord || (r.end-r.start == maxRecord && !r.done) {
		return tooLong
	}
	return ""
}

func trimCR(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\r' {
		return b[:n-1]
	}
	return b
}
