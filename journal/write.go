package journal

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fundy/city"
	"fundy/money"
)

// File is a journal, written.
type File struct {
	Content []byte
	Lines   int
	Debit   money.Amount // of what is written; the credit is the same
}

// Write writes the file, or says why there is none.
func (j *Journal) Write() (File, error) {
	lines, err := j.lines()
	if err != nil {
		return File{}, err
	}
	w := writer{layout: j.mapping.Layout, span: j.span, lines: len(lines)}
	for _, l := range lines {
		if w.debit, err = w.debit.Add(l.Debit); err != nil {
			return File{}, err
		}
		if w.credit, err = w.credit.Add(l.Credit); err != nil {
			return File{}, err
		}
	}
	if w.debit != w.credit {
		return File{}, fmt.Errorf("debit %s and credit %s are not the same, so nothing is exported; run fundy ledger check", w.debit, w.credit)
	}
	if w.layout.Header {
		names := make([]string, len(w.layout.Columns))
		for i, c := range w.layout.Columns {
			names[i] = c.Name
		}
		w.delimited(names)
	}
	w.record(w.layout.First, w.ofAll)
	for i, l := range lines {
		w.record(w.layout.Columns, func(field string) string { return w.ofLine(l, i+1, field) })
		if w.err != nil || w.out.Len() > mostBytes {
			break
		}
	}
	w.record(w.layout.Last, w.ofAll)
	if w.err == nil && w.out.Len() > mostBytes {
		w.err = fmt.Errorf("the file would be larger than %d bytes: export fewer days at once", mostBytes)
	}
	return File{Content: w.out.Bytes(), Lines: len(lines), Debit: w.debit}, w.err
}

type writer struct {
	layout Layout
	span   Range
	lines  int
	debit  money.Amount
	credit money.Amount
	out    bytes.Buffer
	err    error
}

// record writes a record of columns; no columns are no record.
func (w *writer) record(columns []Column, value func(field string) string) {
	if len(columns) == 0 || w.err != nil {
		return
	}
	values := make([]string, len(columns))
	for i, c := range columns {
		values[i] = c.Text
		if c.Field != "" {
			values[i] = value(c.Field)
		}
	}
	if w.layout.Format == fixed {
		w.fixed(columns, values)
		return
	}
	w.delimited(values)
}

func (w *writer) newline() {
	if w.layout.Newline == "crlf" {
		w.out.WriteByte('\r')
	}
	w.out.WriteByte('\n')
}

func (w *writer) delimited(values []string) {
	for i, v := range values {
		if i > 0 {
			w.out.WriteString(w.layout.Delimiter)
		}
		if w.layout.Quote == "always" || strings.ContainsAny(v, w.layout.Delimiter+"\"\r\n") {
			v = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
		}
		w.out.WriteString(v)
	}
	w.newline()
}

// fixed writes values to their widths. One that is wider refuses the file: a cut account is another account.
func (w *writer) fixed(columns []Column, values []string) {
	for i, c := range columns {
		v := values[i]
		n := utf8.RuneCountInString(v)
		if n > c.Width {
			w.err = fmt.Errorf("column %d (%s): %q has %d letters, and the column is %d wide: make it wider in the mapping, or the value shorter", i+1, c.Field, v, n, c.Width)
			return
		}
		pad := c.Pad
		if pad == "" {
			pad = " "
		}
		fill := strings.Repeat(pad, c.Width-n)
		sign := ""
		if pad == "0" && c.Align == "right" && strings.HasPrefix(v, "-") {
			sign, v = "-", v[1:] // -0000123, not 0000-123
		}
		if c.Align == "right" {
			w.out.WriteString(sign + fill + v)
		} else {
			w.out.WriteString(v + fill)
		}
	}
	w.newline()
}

// ofLine is a field of a line.
func (w *writer) ofLine(l Line, number int, field string) string {
	debit := !l.Debit.IsZero()
	size, side := l.Credit, w.layout.Credit
	if debit {
		size, side = l.Debit, w.layout.Debit
	}
	switch field {
	case "account":
		return l.Account
	case "cost_centre":
		return l.CostCentre
	case "tax":
		return l.Tax
	case "text":
		return l.Text
	case "our_account":
		return l.Ours
	case "key":
		return escape(l.Key)
	case "offence":
		return escape(l.Offence)
	case "component":
		return l.Component
	case "entry":
		return l.Entry
	case "day":
		return w.day(l.Day)
	case "number":
		return strconv.Itoa(number)
	case "amount":
		if debit != (w.layout.Positive == "debit") {
			size = size.Neg()
		}
		return w.amount(size)
	case "absolute":
		return w.amount(size)
	case "side":
		return side
	case "debit":
		return w.orNone(l.Debit)
	case "credit":
		return w.orNone(l.Credit)
	}
	return w.ofAll(field)
}

// ofAll is a field of the whole file.
func (w *writer) ofAll(field string) string {
	switch field {
	case "from":
		return w.day(w.span.From)
	case "until":
		return w.day(w.span.Until)
	case "status":
		if w.span.Provisional {
			return "PROVISIONAL"
		}
		return "FINAL"
	case "lines":
		return strconv.Itoa(w.lines)
	case "total_debit":
		return w.amount(w.debit)
	case "total_credit":
		return w.amount(w.credit)
	}
	return ""
}

func (w *writer) day(d city.Date) string { return d.Start(time.UTC).Format(notations[w.layout.Days]) }

// orNone leaves the side empty that a line does not have.
func (w *writer) orNone(a money.Amount) string {
	if a.IsZero() {
		return ""
	}
	return w.amount(a)
}

func (w *writer) amount(a money.Amount) string {
	if w.layout.Decimal == "none" {
		return strconv.FormatInt(a.Minor(), 10)
	}
	return strings.Replace(a.String(), ".", w.layout.Decimal, 1)
}

// escape keeps a spreadsheet from taking a by-law's text for a formula. Our own accounts never begin as one does, and
// the city's stand as the mapping has them.
func escape(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
