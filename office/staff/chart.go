package staff

import (
	"fundy/money"
	"fundy/sheet"
)

// chart is bars beside a table: one bar for each of its rows. The table is the record; a screen reader is told what the
// chart is of, and reads the table.
type chart struct {
	Title  string
	Width  int
	Height int
	Bars   []bar
}

// bar is one row. Its places are in the units of the drawing.
type bar struct {
	Label, Value         string
	X, Y, Width, Height  int
	LabelX, ValueX, Base int
	Negative             bool
}

// The measures of a drawing. The words are as wide as a table's first column is.
const (
	chartMost  = 40 // bars: a year by month, a month by day
	chartWide  = 640
	labelWide  = 190
	valueWide  = 120
	barHeight  = 18
	barStep    = 26
	labelShort = 26 // letters of a label
)

// chartOf draws one column of money of a sheet; nil where there is nothing to draw, or too much to be read.
func (v *view) chartOf(s sheet.Sheet, title string, label, column int) *chart {
	if len(s.Rows) == 0 || len(s.Rows) > chartMost {
		return nil
	}
	most := int64(1)
	values := make([]int64, len(s.Rows))
	for i, row := range s.Rows {
		a, _ := row[column].Money()
		values[i] = a.Minor()
		most = max(most, values[i], -values[i])
	}
	c := &chart{Title: title, Width: chartWide, Height: barStep*len(s.Rows) + 8}
	room := int64(chartWide - labelWide - valueWide)
	for i, row := range s.Rows {
		size := values[i]
		if size < 0 {
			size = -size
		}
		b := bar{
			Label: short(v.cell(row[label])), Value: v.cell(sheet.Amount(money.FromMinor(values[i]))), X: labelWide, Y: i*barStep + 4, Height: barHeight,
			Width: int(size * room / most), LabelX: labelWide - 8, Base: i*barStep + 18, Negative: values[i] < 0,
		}
		b.ValueX = b.X + b.Width + 6
		c.Bars = append(c.Bars, b)
	}
	return c
}

func short(text string) string {
	letters := []rune(text)
	if len(letters) > labelShort {
		return string(letters[:labelShort-1]) + "…"
	}
	return text
}
