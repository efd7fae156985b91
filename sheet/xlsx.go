package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// exact is the largest number of cents that a spreadsheet's number holds to the cent.
const exact = 1 << 53

// The number formats of a workbook: Excel's own numbers for "0.00", "0" and "@" (text). A text cell in the format
// for text stays a text when somebody edits it.
const (
	formatInteger = 1
	formatAmount  = 2
	formatText    = 49
	formatDay     = "yyyy-mm-dd"
	formatPercent = "0.0%"
)

// XLSX writes the tables as a workbook, one sheet each. The same tables are the same bytes.
func (b Book) XLSX(w io.Writer) (err error) {
	if err := b.check(); err != nil {
		return err
	}
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	styles, err := stylesOf(f)
	if err != nil {
		return fmt.Errorf("make workbook: %w", err)
	}
	for i, s := range b {
		if i == 0 {
			err = f.SetSheetName("Sheet1", s.Name)
		} else {
			_, err = f.NewSheet(s.Name)
		}
		if err != nil {
			return fmt.Errorf("make sheet %s: %w", s.Name, err)
		}
		if err := s.write(f, styles); err != nil {
			return fmt.Errorf("write sheet %s: %w", s.Name, err)
		}
	}
	made, err := f.WriteToBuffer()
	if err == nil {
		err = inOrder(w, made.Bytes())
	}
	if err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// inOrder writes the parts of a workbook by their names: the library writes its sheets in any order.
func inOrder(w io.Writer, made []byte) error {
	r, err := zip.NewReader(bytes.NewReader(made), int64(len(made)))
	if err != nil {
		return err
	}
	slices.SortFunc(r.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	out := zip.NewWriter(w)
	for _, part := range r.File {
		if err := out.Copy(part); err != nil {
			return err
		}
	}
	return out.Close()
}

type styles struct {
	head int
	of   map[kind]int
}

func stylesOf(f *excelize.File) (styles, error) {
	form, rate := formatDay, formatPercent
	made := styles{of: map[kind]int{}}
	var err error
	if made.head, err = f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: formatText}); err != nil {
		return made, err
	}
	for _, one := range []struct {
		kind  kind
		style excelize.Style
	}{{text, excelize.Style{NumFmt: formatText}}, {amount, excelize.Style{NumFmt: formatAmount}}, {count, excelize.Style{NumFmt: formatInteger}}, {day, excelize.Style{CustomNumFmt: &form}}, {percent, excelize.Style{CustomNumFmt: &rate}}} {
		if made.of[one.kind], err = f.NewStyle(&one.style); err != nil {
			return made, err
		}
	}
	return made, nil
}

func (s Sheet) write(f *excelize.File, made styles) error {
	w, err := f.NewStreamWriter(s.Name)
	if err != nil {
		return err
	}
	for j, wide := range s.widths() {
		if err := w.SetColWidth(j+1, j+1, float64(wide)+2); err != nil {
			return err
		}
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	head := make([]any, len(s.Head))
	for j, h := range s.Head {
		head[j] = excelize.Cell{StyleID: made.head, Value: h}
	}
	if err := w.SetRow("A1", head); err != nil {
		return err
	}
	for i, cells := range s.Rows {
		row := make([]any, len(cells))
		for j, c := range cells {
			value, err := c.value()
			if err != nil {
				return fmt.Errorf("row %d: %w", i+2, err)
			}
			row[j] = excelize.Cell{StyleID: made.of[c.kind], Value: value}
		}
		at, err := excelize.CoordinatesToCellName(1, i+2)
		if err != nil {
			return err
		}
		if err := w.SetRow(at, row); err != nil {
			return err
		}
	}
	return w.Flush()
}

// value is a cell as the workbook has it. A text is a string, which is never a formula.
func (c Cell) value() (any, error) {
	switch c.kind {
	case amount:
		if c.minor > exact || c.minor < -exact {
			return nil, fmt.Errorf("%s can't be written to the cent in a spreadsheet", c)
		}
		return float64(c.minor) / 100, nil
	case count:
		return c.minor, nil
	case percent:
		return float64(c.minor) / 1000, nil
	case day:
		if c.day.IsZero() {
			return "", nil
		}
		return c.day.Start(time.UTC), nil
	}
	return c.text, nil
}
