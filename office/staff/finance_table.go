package staff

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/locale"
	"fundy/money"
	"fundy/sheet"
	"fundy/store"
)

// rowsShown bounds a table on a page; its file has all of its rows.
const rowsShown = 400

// table is a table of figures on a page, in the reader's language.
type table struct {
	Name  string
	Head  []headCell
	Rows  [][]shownCell
	More  int // rows that are left out here
	Chart *chart
}

type headCell struct {
	Text   string
	Number bool
}

type shownCell struct {
	Text   string
	Number bool
}

// withoutEmpty leaves out the tables that have no rows.
func withoutEmpty(all []sheet.Sheet) []sheet.Sheet {
	var some []sheet.Sheet
	for _, s := range all {
		if len(s.Rows) > 0 {
			some = append(some, s)
		}
	}
	return some
}

// tables are sheets as a page shows them.
func (v *view) tables(sheets ...sheet.Sheet) []table {
	all := make([]table, 0, len(sheets))
	for _, s := range sheets {
		t := table{Name: s.Name, More: max(0, len(s.Rows)-rowsShown)}
		for j, h := range s.Head {
			number := len(s.Rows) > 0 && j < len(s.Rows[0]) && s.Rows[0][j].Number()
			t.Head = append(t.Head, headCell{h, number})
		}
		for _, cells := range s.Rows[:min(len(s.Rows), rowsShown)] {
			row := make([]shownCell, len(cells))
			for j, c := range cells {
				row[j] = shownCell{v.cell(c), c.Number()}
			}
			t.Rows = append(t.Rows, row)
		}
		all = append(all, t)
	}
	return all
}

// cell is a cell in the reader's language.
func (v *view) cell(c sheet.Cell) string {
	if a, ok := c.Money(); ok {
		text, err := v.Money(a)
		if err != nil {
			return a.String()
		}
		return text
	}
	if d, ok := c.Date(); ok {
		return v.On(d)
	}
	if tenths, ok := c.Tenths(); ok {
		return locale.Percent(v.Lang, tenths)
	}
	return c.String()
}

// filled are a sentence's places with days and amounts in the reader's language.
func (v *view) filled(fill []any) []any {
	all := make([]any, len(fill))
	for i, one := range fill {
		switch x := one.(type) {
		case city.Date:
			all[i] = v.On(x)
		case money.Amount:
			all[i] = v.cell(sheet.Amount(x))
		default:
			all[i] = one
		}
	}
	return all
}

// ReportLeaf is what the log is told of figures that are taken out as a file: what, by whom, and which bytes.
type ReportLeaf struct {
	What   string `json:"what"`
	Format string `json:"format"`
	Digest string `json:"sha256"`
	Who    string `json:"who"`
}

// downloadLimit bounds the writing of a file to somebody's browser.
const downloadLimit = 5 * time.Minute

// download writes tables as a file, once that is on the log. The name has no word of anybody's in it.
func (p *Pages) download(w http.ResponseWriter, r *http.Request, v *view, name string, book sheet.Book) error {
	format, write, kind := "csv", book.CSV, "text/csv; charset=utf-8"
	if r.PostForm.Get("format") == "xlsx" {
		format, write, kind = "xlsx", book.XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	var content bytes.Buffer
	if format == "csv" {
		content.WriteString("\ufeff") // a spreadsheet takes a file without it for another alphabet
	}
	if err := write(&content); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	sum := sha256.Sum256(content.Bytes())
	err := p.Store.Write(r.Context(), fault.ExportReport, func(ctx context.Context, tx *store.Tx) error {
		return tx.Tell(ctx, "report_export", p.Now(), ReportLeaf{What: name, Format: format, Digest: hex.EncodeToString(sum[:]), Who: v.Name()})
	})
	if err != nil {
		return err
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(downloadLimit)) // where it can't be set, the server's own holds
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="fundy-`+name+"."+format+`"`)
	h.Set("Content-Length", strconv.Itoa(content.Len()))
	h.Set("Cache-Control", "no-store")
	if _, err := w.Write(content.Bytes()); err != nil {
		p.Log.Info("staff: somebody went away", "err", err)
	}
	return nil
}
