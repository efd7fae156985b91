// Package bank reads what a bank says of the city's account: BAI2, CAMT.053, or CSV with a mapping.
//
// Invariants:
//   - a file is read whole or not at all: one wrong total, count, day, amount or field rejects it, with the
//     line, the field, what is wrong and the fix;
//   - an amount has two decimals at most, no thousands separator, and no sign but a minus where the format
//     has one; nothing is rounded;
//   - a line is as the bank wrote it: what it is for is not decided here.
//
// It does no I/O. A file can come from anybody who can send the city one, so each size is bounded.
package bank

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"fundy/city"
	"fundy/money"
)

// Limits of a file. Each is far above what a bank sends for a day or a month.
const (
	MaxFile       = 64 << 20
	maxLines      = 1_000_000 // entries of one file
	maxRecord     = 64 << 10  // bytes of one line of the file
	maxField      = 2_000     // letters of a reference or text
	maxStatements = 10_000
)

// Line is one entry of an account.
type Line struct {
	Account   string
	Value     city.Date    // from when the money counts
	Booked    city.Date    // when the bank entered it
	Amount    money.Amount // negative: taken from the account
	Currency  string       // upper case
	Type      string       // the bank's code: "165", "PMNT-RCDT-ESCT"
	Reference string
	Own       int // so many bytes of Reference are the bank's own; what follows them a payer can have written. 0 where that is not told apart
	Text      string
	At        int // line of the file, from 1
}

// String is a line for a message: never its text, which can name a person.
func (l Line) String() string {
	return fmt.Sprintf("%s %s %s (line %d, type %s)", l.Value, l.Amount, l.Currency, l.At, l.Type)
}

// Statement is what stands over an account's entries.
type Statement struct {
	ID       string // the bank's number of it, where there is one
	Account  string
	Currency string
	Day      city.Date
	Opening  *money.Amount // nil: not given
	Closing  *money.Amount
	At       int // line of the file
	Lines    []Line
}

// File is a file that was read whole.
type File struct {
	Format     string // "BAI2", "CAMT.053", "CSV"
	Statements []Statement
}

// Lines are all entries of all statements, in the file's order.
func (f File) Lines() []Line {
	var all []Line
	for _, s := range f.Statements {
		all = append(all, s.Lines...)
	}
	return all
}

// Fault is why a file is rejected: where, what is wrong, and the fix.
type Fault struct {
	Line  int // 0: the file as a whole
	Field string
	What  string // in English; said has it with its code and what fills it in
	Fix   string
	said  city.Said
}

func (f *Fault) Error() string {
	where := "the file"
	if f.Line > 0 {
		where = fmt.Sprintf("line %d", f.Line)
	}
	if f.Field != "" {
		where += ", " + f.Field
	}
	if strings.HasSuffix(f.What, "?") {
		return where + ": " + f.What + " " + f.Fix
	}
	return where + ": " + f.What + ". " + f.Fix
}

// In is where, what is wrong, and the fix, in a language: of each there is French (french.go).
func (f *Fault) In(l city.Language) string {
	if l != city.French {
		return f.Error()
	}
	where := "le fichier"
	if f.Line > 0 {
		where = fmt.Sprintf("ligne %d", f.Line)
	}
	if f.Field != "" {
		where += ", " + city.Said{Form: f.Field}.In(l, french)
	}
	what := f.said.In(l, french)
	if f.said.Form == "" {
		what = f.What // one that was made elsewhere, for the command line alone
	}
	if !strings.HasSuffix(what, "?") {
		what += "."
	}
	return where + "\u00a0: " + what + " " + fixIn(l, f.Fix)
}

// fixIn is a fix in a language; what is asked of the bank after it is a sentence of its own.
func fixIn(l city.Language, fix string) string {
	before, again := strings.CutSuffix(fix, askAgain)
	text := strings.TrimSpace(before)
	if text != "" {
		text = city.Said{Form: text}.In(l, french)
	}
	if again {
		text = strings.TrimSpace(text + " " + city.Said{Form: askAgain}.In(l, french))
	}
	return text
}

// Wrong makes a fault; what is its form, by which it has its French.
func Wrong(line int, field, fix, what string, args ...any) *Fault {
	said := city.Said{Form: what, Args: args}
	return &Fault{Line: line, Field: field, What: said.String(), Fix: fix, said: said}
}

// Without is the fault with hide done to each text of the file that it shows.
func (f *Fault) Without(hide func(string) string) *Fault {
	out := *f
	if f.said.Form == "" {
		out.What = hide(f.What)
		return &out
	}
	out.said.Args = slices.Clone(f.said.Args)
	for i, a := range out.said.Args {
		if text, is := a.(string); is {
			out.said.Args[i] = hide(text)
		}
	}
	out.What = out.said.String()
	return &out
}

// askAgain is the fix where the bank's own file does not agree with itself.
const askAgain = "Nothing of it was taken: get the file again from the bank, and show the bank this message if it comes the same"

// Read reads a file of any of the three forms; mapping is nil where there is none for CSV.
func Read(b []byte, mapping *Mapping) (File, error) {
	if len(b) > MaxFile {
		return File{}, Wrong(0, "", "Ask the bank for a file per month or day", "is larger than %d MB", MaxFile>>20)
	}
	if err := another(string(b[:min(len(b), 1<<10)])); err != nil {
		return File{}, err
	}
	text := strings.TrimPrefix(string(b), "\ufeff")
	if strings.TrimSpace(text) == "" {
		return File{}, Wrong(0, "", "Get it again from the bank", "is empty")
	}
	if !utf8.ValidString(text) {
		return File{}, Wrong(lineOf(text), "", "Save it as UTF-8, or ask the bank for UTF-8", "is not UTF-8")
	}
	if i := strings.IndexByte(text, 0); i >= 0 {
		return File{}, Wrong(1+strings.Count(text[:i], "\n"), "", askAgain, "holds a zero byte")
	}
	if !strings.Contains(text, "\n") && strings.Contains(text, "\r") {
		return File{}, Wrong(1, "", "Save it with ordinary ends of lines, or ask the bank for it", "its lines end with a carriage return alone")
	}
	switch {
	case mapping != nil && !NeedsMapping(b):
		return File{}, Wrong(1, "", "Take it without a mapping", "begins like BAI2 or CAMT.053, and a mapping is for CSV")
	case mapping != nil:
		return readCSV(text, mapping)
	case text[0] != '0' && strings.HasPrefix(strings.TrimSpace(text), "01,"):
		return File{}, Wrong(1, "", askAgain, "a BAI2 file begins with 01, and before it there are spaces or empty lines")
	case strings.HasPrefix(text, "01,"):
		return readBAI2(text)
	case strings.HasPrefix(strings.TrimSpace(text), "<"):
		return readCAMT(text)
	}
	return File{}, Wrong(1, "", "A BAI2 file begins with 01, and a CAMT.053 file with <; for CSV, say how it is written: --map MAPPING.toml, or mapping.toml in the bank's folder", "is neither BAI2 nor CAMT.053")
}

// others are files that a person may take for the bank's, by how they begin.
var others = []struct{ begins, is, fix string }{
	{"PK\x03\x04", "is a spreadsheet (XLSX) or an archive", "Open it and save it as CSV, or ask the bank for BAI2 or CAMT.053"},
	{"\xd0\xcf\x11\xe0", "is a spreadsheet of an old form (XLS)", "Open it and save it as CSV, or ask the bank for BAI2 or CAMT.053"},
	{"%PDF", "is a PDF, which is for people to read", "Ask the bank for BAI2, CAMT.053 or CSV"},
	{"\x1f\x8b", "is compressed (gzip)", "Unpack it first"},
	{"\xff\xfe", "is in UTF-16, not UTF-8", "Save it as UTF-8, or ask the bank for UTF-8"},
	{"\xfe\xff", "is in UTF-16, not UTF-8", "Save it as UTF-8, or ask the bank for UTF-8"},
	{"{1:", "is a SWIFT message (MT940)", "Ask the bank for CAMT.053, which has taken its place, or for BAI2"},
	{":20:", "is a SWIFT message (MT940)", "Ask the bank for CAMT.053, which has taken its place, or for BAI2"},
	{"OFXHEADER", "is OFX, made for a household's program", "Ask the bank for BAI2, CAMT.053 or CSV"},
	{"<!doctype html", "is a web page", "The bank's site has probably ended the session: log in and get the file again"},
	{"<html", "is a web page", "The bank's site has probably ended the session: log in and get the file again"},
}

// another says what a file is that is none of the three forms, by how it begins.
func another(text string) error {
	text = strings.TrimLeft(strings.TrimPrefix(text, "\ufeff"), " \t\r\n")
	for _, o := range others {
		if len(text) >= len(o.begins) && strings.EqualFold(text[:len(o.begins)], o.begins) {
			return Wrong(1, "", o.fix, o.is)
		}
	}
	return nil
}

// NeedsMapping says whether a file is neither BAI2 nor CAMT.053 by its first letters: it can only be CSV.
func NeedsMapping(b []byte) bool {
	text := strings.TrimPrefix(string(b[:min(len(b), 1<<10)]), "\ufeff")
	return !strings.HasPrefix(text, "01,") && !strings.HasPrefix(strings.TrimSpace(text), "<")
}

// lineOf is the line of the first byte that is not UTF-8.
func lineOf(text string) int {
	line := 1
	for i, r := range text {
		if r == '\n' {
			line++
		}
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				break
			}
		}
	}
	return line
}

// agree checks a statement that was read: what it opens with, its entries and what it closes with.
func (s *Statement) agree() error {
	if s.Opening == nil || s.Closing == nil {
		return nil
	}
	sum := *s.Opening
	for _, l := range s.Lines {
		var err error
		if sum, err = sum.Add(l.Amount); err != nil {
			return Wrong(l.At, "amount", askAgain, "the sum of the entries is too large")
		}
	}
	if sum != *s.Closing {
		difference, _ := s.Closing.Sub(sum)
		return Wrong(s.At, "closing balance", askAgain,
			"opens with %s and has %d entries, which makes %s, but it closes with %s: %s is missing or too much", s.Opening, len(s.Lines), sum, s.Closing, difference)
	}
	return nil
}

// near wants an entry's days to be about its statement's: a wrong year or month shows here.
func (l Line) near(day city.Date) error {
	for _, d := range []struct {
		field string
		day   city.Date
	}{{"booking date", l.Booked}, {"value date", l.Value}} {
		if d.day.Compare(day.AddDays(-45)) < 0 || d.day.Compare(day.AddDays(45)) > 0 {
			return Wrong(l.At, d.field, askAgain, "%s is more than 45 days from %s, the statement's day: is the year right?", d.day, day)
		}
	}
	return nil
}

// short refuses a field that is too long or has control characters in it.
func short(line int, field, text string) error {
	if len(text) > maxField {
		return Wrong(line, field, askAgain, "is longer than %d letters", maxField)
	}
	for _, r := range text {
		if r < ' ' && r != '\n' && r != '\t' {
			return Wrong(line, field, askAgain, "holds a control character")
		}
	}
	return nil
}
