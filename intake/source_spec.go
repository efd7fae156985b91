package intake

import (
	"regexp"
	"strings"
	"time"

	"fundy/city"
)

// ref is a column that a mapping names: by its header, or by its position from 1.
type ref struct {
	name     string
	position int
}

// fileSpec is a mapping's [file], checked.
type fileSpec struct {
	encoding  Encoding
	comma     byte
	quoting   Quoting
	header    bool
	columns   []string // of a file without a header
	zone      *time.Location
	blank     map[string]bool
	earliest  city.Date
	zoneGiven bool
}

// source is where one of a ticket's fields comes from, checked.
type source struct {
	field    string
	constant *string
	parts    []part // one ref for a plain column
	plain    bool   // one column and nothing else
	match    *regexp.Regexp
	values   map[string]string
	strict   bool   // a value that is not in values is a reject
	fallback string // or this, when it is not ""
	blank    map[string]bool
	forms    []notation
	decimal  byte
	none     map[string]bool
	table    map[string]string
	missing  string // offence of a code that has none; "" rejects the row
	required bool
}

// part is a piece of a template: a column, or text when ref is below 0.
type part struct {
	ref  int
	text string
}

// row is a record with the columns that the mapping names found in it.
type row struct {
	m       *Mapping
	line    int
	columns []int // by ref: index into fields
	names   []string
	fields  [][]byte
}

func (r *row) at(ref int) string { return strings.TrimSpace(string(r.fields[r.columns[ref]])) }

// column is the name of the column of a source, for a reject.
func (r *row) column(s *source) string {
	var names []string
	for _, p := range s.parts {
		if p.ref >= 0 {
			names = append(names, r.names[r.columns[p.ref]])
		}
	}
	if len(names) == 0 {
		return s.field
	}
	return strings.Join(names, "+")
}

// columnOf is the name of the column that fills one of our fields, or the field's own name.
func (r *row) columnOf(field string) string {
	if s := r.m.fields[field]; s != nil {
		return r.column(s)
	}
	return field
}

// value reads a source's text out of a row: blank when it is one of the blanks.
func (m *Mapping) value(r *row, s *source) (string, *Reject) {
	if s == nil {
		return "", nil
	}
	text := ""
	switch {
	case s.constant != nil:
		text = *s.constant
	case s.plain:
		text = r.at(s.parts[0].ref)
	default:
		text = m.fill(r, s.parts)
	}
	if s.match != nil {
		found := s.match.FindStringSubmatch(text)
		text = ""
		if found != nil {
			text = strings.TrimSpace(found[len(found)-1])
		}
	}
	if len(s.values) > 0 || s.strict {
		to, ok := s.values[text]
		switch {
		case ok:
			text = to
		case s.strict && !m.isBlank(s, text):
			return "", r.reject(s, "value not among the mapping's values")
		case s.fallback != "":
			text = s.fallback
		}
	}
	if m.isBlank(s, text) {
		if s.required {
			return "", r.reject(s, "empty")
		}
		return "", nil
	}
	return text, nil
}

// isBlank says whether a text means nothing. The file's blanks don't count for plates and numbers: NA is
// a plate that somebody has.
func (m *Mapping) isBlank(s *source, text string) bool {
	if text == "" || s.blank[text] {
		return true
	}
	return m.file.blank[text] && s.field != "plate" && s.field != "number"
}

// fill writes a template out. Blank columns leave nothing behind, not even a space.
func (m *Mapping) fill(r *row, parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.ref < 0 {
			b.WriteString(p.text)
			continue
		}
		text := r.at(p.ref)
		if word, ok := m.words[p.ref][text]; ok {
			text = word
		} else if m.file.blank[text] {
			text = ""
		}
		b.WriteString(text)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Reject is a row that did not go in. It never holds a value out of the row: a shifted column can put a plate
// anywhere.
type Reject struct {
	File   string
	Line   int
	Column string // name of the column, or what we look for
	Reason string // in English, with the field
	field  string // of ours; "" where the row as a whole can't be read
	what   city.Said
	code   string // of the offence, where that is the reason
}

// In is why a row did not go in, in a language: each reason has its French (french.go). The field's name is the mapping's.
func (j *Reject) In(l city.Language) string {
	if l != city.French {
		return j.Reason
	}
	if j.field == "" {
		return j.what.In(l, french)
	}
	return j.field + "\u00a0: " + j.what.In(l, french)
}

// Field is the ticket's field that a row was rejected for, by its name in a mapping; "" where the row can't be read as a whole.
func (j *Reject) Field() string { return j.field }

// Why is the reason alone, in a language, for who names the field in words of their own.
func (j *Reject) Why(l city.Language) string {
	if l != city.French {
		return j.what.String()
	}
	return j.what.In(l, french)
}

// rejected makes a reject; form is the reason's, by which it has its French.
func rejected(line int, column, field, form string, args ...any) *Reject {
	j := &Reject{Line: line, Column: column, field: field, what: city.Said{Form: form, Args: args}}
	if j.Reason = j.what.String(); field != "" {
		j.Reason = field + ": " + j.Reason
	}
	return j
}

func (r *row) reject(s *source, form string, args ...any) *Reject {
	return rejected(r.line, r.column(s), s.field, form, args...)
}
