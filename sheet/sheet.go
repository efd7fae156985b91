// Package sheet writes tables of figures: for a terminal, as CSV, and as a workbook for a spreadsheet.
//
// A cell knows what it is. A number is written as a number with two decimals, and a text as a text: one that
// begins as a formula does (= + - @, tab, carriage return) is never one, because what a bank or a payer wrote stands
// in these tables too. There are no words here.
package sheet

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"fundy/city"
	"fundy/money"
)

// Limits of a table: what a spreadsheet can hold of a sheet is a million rows; nobody reads so many.
const (
	MostRows   = 200_000
	mostSheets = 20
	widest     = 60 // of a column, in letters
)

// kind is what a cell is.
type kind int

const (
	text kind = iota
	amount
	count
	day
	percent
)

// Cell is one cell of a table.
type Cell struct {
	kind  kind
	text  string
	file  string // what a file of text has in its place; "": the same
	minor int64
	day   city.Date
}

// Text is a cell of text.
func Text(s string) Cell { return Cell{text: s} }

// Named is a cell of text that a program reads under a value of its own: people read shown, on a page and in a workbook, and a
// file of text has value.
func Named(value, shown string) Cell { return Cell{text: shown, file: value} }

// Amount is a cell of money: a number with two decimals.
func Amount(a money.Amount) Cell { return Cell{kind: amount, minor: a.Minor()} }

// Count is a cell that counts.
func Count(n int) Cell { return Cell{kind: count, minor: int64(n)} }

// Day is a cell with a day; no day is an empty cell.
func Day(d city.Date) Cell { return Cell{kind: day, day: d} }

// Percent is a cell of a rate, in tenths of a percent, 0 or more.
func Percent(tenths int) Cell { return Cell{kind: percent, minor: int64(tenths)} }

// String is the cell as text, not yet safe for a spreadsheet.
func (c Cell) String() string {
	switch c.kind {
	case amount:
		return money.FromMinor(c.minor).String()
	case count:
		return strconv.FormatInt(c.minor, 10)
	case day:
		return c.day.String()
	case percent:
		return fmt.Sprintf("%d.%d%%", c.minor/10, c.minor%10)
	}
	return c.text
}

// Sheet is one table.
type Sheet struct {
	Name string // of a workbook's sheet: at most 31 letters, none of : \ / ? * [ ]
	Head []string
	Rows [][]Cell
}

// Add adds a row.
func (s *Sheet) Add(cells ...Cell) { s.Rows = append(s.Rows, cells) }

// Book is several tables, in their order.
type Book []Sheet

// check refuses what can't be written whole: nothing is left out without a word.
func (b Book) check() error {
	if len(b) == 0 || len(b) > mostSheets {
		return fmt.Errorf("a workbook has 1 to %d sheets, and this one %d", mostSheets, len(b))
	}
	for _, s := range b {
		if len(s.Rows) > MostRows {
			return fmt.Errorf("%s has %d rows, and %d are the most: ask for a shorter range", s.Name, len(s.Rows), MostRows)
		}
	}
	return nil
}

// CSV writes one table, its heading first.
func (s Sheet) CSV(w io.Writer) error {
	if err := (Book{s}).check(); err != nil {
		return err
	}
	return s.rows(csv.NewWriter(w), nil)
}

// CSV writes each table with its heading and a column before it that names the table, so that one file holds them all.
func (b Book) CSV(w io.Writer) error {
	if err := b.check(); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	for _, s := range b {
		if err := s.rows(out, []string{Escape(s.Name)}); err != nil {
			return err
		}
	}
	return nil
}

// rows writes a table, with more columns before it.
func (s Sheet) rows(out *csv.Writer, before []string) error {
	row := slices.Clone(before)
	for _, h := range s.Head {
		row = append(row, Escape(h))
	}
	err := out.Write(row)
	for i := 0; err == nil && i < len(s.Rows); i++ {
		row = slices.Clone(before)
		for _, c := range s.Rows[i] {
			row = append(row, c.csv())
		}
		err = out.Write(row)
	}
	out.Flush()
	if err = errors.Join(err, out.Error()); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// csv is a cell for a file of text: numbers stay numbers.
func (c Cell) csv() string {
	if c.kind == text {
		return Escape(cmp.Or(c.file, c.text))
	}
	return c.String()
}

// Escape keeps a spreadsheet from taking a text for a formula.
func Escape(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Print writes the tables for a terminal: texts to the left, numbers to the right.
func (b Book) Print(w io.Writer) error {
	if err := b.check(); err != nil {
		return err
	}
	for i, s := range b {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, s.Name)
		wide := s.widths()
		head := make([]Cell, len(s.Head))
		for j, h := range s.Head {
			head[j] = Text(h)
			if len(s.Rows) > 0 && j < len(s.Rows[0]) && s.Rows[0][j].kind != text {
				head[j].kind = s.Rows[0][j].kind
			}
		}
		fmt.Fprintln(w, line(head, wide, func(c Cell) string { return c.text }))
		for _, cells := range s.Rows {
			fmt.Fprintln(w, line(cells, wide, Cell.String))
		}
	}
	return nil
}

func line(cells []Cell, wide []int, show func(Cell) string) string {
	var out strings.Builder
	for j, c := range cells {
		out.WriteString("  ")
		s := strings.Map(printable, show(c))
		pad := strings.Repeat(" ", max(0, wide[j]-utf8.RuneCountInString(s)))
		if c.Number() {
			out.WriteString(pad + s)
		} else {
			out.WriteString(s + pad)
		}
	}
	return strings.TrimRight(out.String(), " ")
}

// printable keeps a text from driving the terminal.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
		return ' '
	}
	return r
}

func (s Sheet) widths() []int {
	wide := make([]int, len(s.Head))
	for j, h := range s.Head {
		wide[j] = utf8.RuneCountInString(h)
	}
	for _, cells := range s.Rows {
		for j, c := range cells {
			if j >= len(wide) {
				wide = append(wide, 0)
			}
			wide[j] = max(wide[j], min(widest, utf8.RuneCountInString(c.String())))
		}
	}
	return wide
}

// Money is the amount of a cell of money; ok is false for another cell.
func (c Cell) Money() (a money.Amount, ok bool) { return money.FromMinor(c.minor), c.kind == amount }

// Date is the day of a cell with a day; ok is false for another cell.
func (c Cell) Date() (d city.Date, ok bool) { return c.day, c.kind == day }

// Tenths are those of a percent of a cell of a rate; ok is false for another cell.
func (c Cell) Tenths() (tenths int, ok bool) { return int(c.minor), c.kind == percent }

// Number says whether a cell stands to the right: it is money, a count or a rate.
func (c Cell) Number() bool { return c.kind == amount || c.kind == count || c.kind == percent }
