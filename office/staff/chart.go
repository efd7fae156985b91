package staff

import (
	"cmp"
	"slices"

	"fundy/locale"
	"fundy/money"
	"fundy/sheet"
)

// chart is bars under a table: one for each of its rows, or fewer where there are too many to be read. The table is the record; a
// screen reader is told what the chart is of, and reads the table.
type chart struct {
	Title  string
	Note   string // what a bar is
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
	chartMost  = 40 // bars: a month by day, more by week, a year by month
	chartTop   = 20 // of what has no order of time: the rest is one bar
	chartWide  = 640
	labelWide  = 200
	valueWide  = 120
	barHeight  = 18
	barStep    = 26
	labelShort = 22 // letters of a label
)

// chartOf draws one column of a sheet, of money or of rates; nil where there is nothing to draw. Of more rows than can be read, days
// are drawn by the week or the month, and anything else as the largest and the rest together: the note says what a bar is.
func (v *view) chartOf(s sheet.Sheet, label, column int) *chart {
	if len(s.Rows) == 0 {
		return nil
	}
	points, key := v.points(s, label, column)
	c := &chart{Title: s.Name, Note: v.T(key, "count", chartTop, "what", s.Head[column]), Width: chartWide, Height: barStep*len(points) + 8}
	most := int64(1)
	for _, p := range points {
		most = max(most, p.size())
	}
	if _, rate := s.Rows[0][column].Tenths(); rate {
		most = 1000 // of all
	}
	for i, p := range points {
		b := bar{
			Label: short(p.label), Value: v.cell(p.cell), X: labelWide, Y: i*barStep + 4, Height: barHeight,
			Width: int(p.size() * (chartWide - labelWide - valueWide) / most), LabelX: labelWide - 8, Base: i*barStep + 18, Negative: p.value < 0,
		}
		b.ValueX = b.X + b.Width + 6
		c.Bars = append(c.Bars, b)
	}
	return c
}

// point is what one bar is of: a row, or some together.
type point struct {
	label string
	value int64      // cents, or tenths of a percent
	cell  sheet.Cell // the same, to be read
}

func (p point) size() int64 { return max(p.value, -p.value) }

// points are what is drawn of a sheet, and the key of the words that say what each is.
func (v *view) points(s sheet.Sheet, label, column int) ([]point, string) {
	_, rate := s.Rows[0][column].Tenths()
	_, days := s.Rows[0][label].Date()
	switch {
	case days && len(s.Rows) <= chartMost:
		return v.rows(s, label, column), "chart.day"
	case days:
		weeks := v.together(s, column, func(c sheet.Cell) string {
			day, _ := c.Date()
			return v.On(day.AddDays(-((int(day.Weekday()) + 6) % 7)))
		})
		if len(weeks) <= chartMost {
			return weeks, "chart.week"
		}
		return v.together(s, column, func(c sheet.Cell) string {
			day, _ := c.Date()
			return locale.Month(v.Lang, day.Year, day.Month)
		}), "chart.month"
	case rate || len(s.Rows) <= chartMost: // what is a part of a whole is not added; it is by month, of a year at most
		return v.rows(s, label, column), "chart.row"
	}
	all := v.rows(s, label, column)
	slices.SortStableFunc(all, func(a, b point) int { return cmp.Compare(b.size(), a.size()) })
	rest := point{label: v.T("chart.rest", "count", len(all)-chartTop)}
	for _, p := range all[chartTop:] {
		rest.value += p.value
	}
	rest.cell = sheet.Amount(money.FromMinor(rest.value))
	return append(all[:chartTop:chartTop], rest), "chart.top"
}

// rows are a point for each row.
func (v *view) rows(s sheet.Sheet, label, column int) []point {
	all := make([]point, len(s.Rows))
	for i, row := range s.Rows {
		p := point{label: v.cell(row[label]), cell: row[column]}
		if tenths, ok := row[column].Tenths(); ok {
			p.value = int64(tenths)
		} else if a, ok := row[column].Money(); ok {
			p.value = a.Minor()
		}
		all[i] = p
	}
	return all
}

// together adds rows that follow each other and have the same name; the first cell of each has its day.
func (v *view) together(s sheet.Sheet, column int, name func(sheet.Cell) string) []point {
	var all []point
	for i, p := range v.rows(s, 0, column) {
		p.label = name(s.Rows[i][0])
		if n := len(all); n > 0 && all[n-1].label == p.label {
			p.value += all[n-1].value
			all = all[:n-1]
		}
		p.cell = sheet.Amount(money.FromMinor(p.value))
		all = append(all, p)
	}
	return all
}

func short(text string) string {
	letters := []rune(text)
	if len(letters) > labelShort {
		return string(letters[:labelShort-1]) + "…"
	}
	return text
}
