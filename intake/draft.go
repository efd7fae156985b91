package intake

import (
	"io"
	"strconv"
	"strings"
	"time"

	"fundy/city"
	"fundy/desk"
	"fundy/money"
)

// draft is a row as the mapping reads it, before the city's rules are asked.
type draft struct {
	line            int
	number, series  string
	day             city.Date
	clock           time.Duration
	timeKnown       bool
	code, offence   string
	missing         string // offence of a code that has none
	fine            *money.Amount
	place, make     string
	plate           string
	noPlate         bool
	jurisdiction    string
	plateType       string
	delivery, state string
	stage           string
	served, since   city.Date
	paidOn          city.Date
	paidAmount      *money.Amount
	events          []dated
	columns         *row // to name columns in rejects; good until the next row
}

type dated struct {
	kind string
	day  city.Date
	at   time.Duration
}

// file is one file being read by a mapping.
type file struct {
	m       *Mapping
	records *records
	row     row
	width   int
	rows    int
	newest  city.Date // of the import, before any shift; picks go by it
	weeks   int       // shift
}

// open begins a file: it reads the header and finds the columns. An error here is about the whole file.
func (m *Mapping) open(src io.Reader) (*file, error) {
	text, err := textOf(src, m.file.encoding)
	if err != nil {
		return nil, err
	}
	f := &file{m: m, records: newRecords(text, m.file.comma, m.file.quoting), row: row{m: m}}
	if !m.file.header {
		f.row.names = m.file.columns
		f.width = len(m.file.columns)
		return f, f.find()
	}
	bad, ok := f.records.next()
	switch {
	case f.records.err != nil:
		return nil, f.records.err
	case !ok:
		return nil, faulty("the file is empty: it should begin with a header")
	case bad != nil:
		return nil, faulty("read header: %s", city.Said{Form: bad.reason})
	}
	for _, name := range f.records.fields {
		f.row.names = append(f.row.names, strings.TrimSpace(strings.TrimPrefix(string(name), byteOrderMark)))
	}
	f.width = len(f.row.names)
	return f, f.find()
}

// find says where the mapping's columns stand in this file.
func (f *file) find() error {
	f.row.columns = make([]int, len(f.m.refs))
	for i, r := range f.m.refs {
		at := r.position - 1
		if r.position == 0 {
			at = -1
			for j, name := range f.row.names {
				if name != r.name {
					continue
				}
				if at >= 0 {
					return faulty("the header has %q twice, in columns %d and %d: name it by its position", r.name, at+1, j+1)
				}
				at = j
			}
			if at < 0 {
				return faulty("the mapping's column %q is not in the header%s Name one that is; the header has: %s", r.name, sentence(suggest(r.name, f.row.names)), headerText(f.row.names))
			}
		}
		if f.width > 0 && at >= f.width {
			return faulty("the mapping's column %d: the file has %d columns: name one of these", at+1, f.width)
		}
		f.row.columns[i] = at
	}
	return nil
}

func headerText(names []string) string {
	const most = 60
	var shown []string
	for _, name := range names[:min(len(names), most)] {
		name, _ = desk.WithoutCards(name) // of a file without a header this is somebody's row
		shown = append(shown, cut(name, 40))
	}
	text := strings.Join(shown, ", ")
	if len(names) > most {
		text += " …"
	}
	return text
}

// next reads a row: a draft, or a reject, or false at the end.
func (f *file) next() (*draft, *Reject, bool) {
	bad, ok := f.records.next()
	if !ok {
		return nil, nil, false
	}
	f.rows++
	f.row.line, f.row.fields = f.records.at, f.records.fields
	if bad != nil {
		return nil, rejected(f.row.line, f.columnName(bad.column), "", bad.reason), true
	}
	if f.width == 0 { // no header and no names: the first row says how many columns there are
		f.width = len(f.row.fields)
		for i := range f.width {
			f.row.names = append(f.row.names, "column "+strconv.Itoa(i+1))
		}
		if err := f.find(); err != nil {
			return nil, &Reject{Line: f.row.line, Reason: err.Error()}, true
		}
	}
	if n := len(f.row.fields); n != f.width {
		reason := "more fields than columns: is a delimiter inside a field not quoted?"
		if n < f.width {
			reason = "fewer fields than columns: is a line break inside a field not quoted, or is the file cut short?"
		}
		return nil, rejected(f.row.line, f.columnName(min(n, f.width)), "", reason), true
	}
	d, reject := f.draft()
	return d, reject, true
}

func (f *file) columnName(n int) string {
	if n >= 1 && n <= len(f.row.names) && f.row.names[n-1] != "" {
		return f.row.names[n-1]
	}
	return "column " + strconv.Itoa(n)
}

// draft reads the row's fields. The day comes first: a row whose columns have slid is noticed there.
func (f *file) draft() (*draft, *Reject) {
	d := &draft{line: f.row.line, columns: &f.row}
	g := &getter{m: f.m, r: &f.row}
	d.day, d.clock, d.timeKnown = g.issued(f.m.file.earliest)
	if g.reject != nil {
		return nil, g.reject
	}
	if len(f.m.picks) > 0 {
		g.picked = f.m.picked(&f.row, daysBetween(d.day, f.newest))
	}
	g.issued0 = d.day
	g.weeks = f.weeks
	d.day = d.day.AddDays(7 * f.weeks)
	g.identity(d)
	d.code, d.offence = g.offence()
	d.missing = f.m.fields["offence"].missing
	d.fine = g.amount("fine")
	d.place, d.make = g.free("place"), g.free("make")
	d.jurisdiction, d.plateType = g.text("jurisdiction"), g.text("plate_type")
	d.delivery, d.served = g.text("delivery"), g.day("served_on")
	d.state, d.since, d.stage = g.text("state"), g.day("state_since"), g.text("stage")
	d.paidOn, d.paidAmount = g.day("paid_on"), g.amount("paid_amount")
	g.events(d)
	if g.reject != nil {
		return nil, g.reject
	}
	return d, nil
}

func daysBetween(a, b city.Date) int {
	if a.IsZero() || b.IsZero() {
		return 0
	}
	return int(b.Start(time.UTC).Sub(a.Start(time.UTC)).Hours() / 24)
}
