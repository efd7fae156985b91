package sheet_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"fundy/city"
	"fundy/money"
	"fundy/sheet"
)

// formulas are texts that a spreadsheet would take for one.
var formulas = []string{`=HYPERLINK("http://x","y")`, "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1"}

func book() sheet.Book {
	s := sheet.Sheet{Name: "Différences", Head: []string{"=head", "amount", "count", "day", "rate"}}
	for _, f := range formulas {
		s.Add(sheet.Text(f), sheet.Amount(money.FromMinor(-123456)), sheet.Count(-7), sheet.Day(city.Date{Year: 2027, Month: 3, Day: 3}), sheet.Percent(937))
	}
	s.Add(sheet.Text("plain, \"quoted\""), sheet.Amount(money.FromMinor(10)), sheet.Count(0), sheet.Day(city.Date{}), sheet.Percent(5))
	return sheet.Book{s, {Name: "Empty", Head: []string{"nothing"}}}
}

// No text is a formula in the file of text, and every number is a number.
func TestNoTextIsAFormulaInCSV(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := book().CSV(&out); err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(&out)
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 3+len(formulas) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, f := range formulas {
		row := rows[i+1]
		if row[1] != "'"+f || row[2] != "-1234.56" || row[3] != "-7" || row[4] != "2027-03-03" || row[5] != "93.7%" {
			t.Errorf("%q", row)
		}
	}
	for _, row := range rows {
		if strings.ContainsAny(row[1][:1], "=+-@\t\r") {
			t.Errorf("a cell begins as a formula: %q", row)
		}
	}
}

// In the workbook every text is a text, every amount a number with two decimals, and the same tables the same bytes.
func TestTheWorkbookHasTextsAndNumbers(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := book().XLSX(&out); err != nil {
		t.Fatal(err)
	}
	for range 50 { // the library's order of sheets is by chance
		var again bytes.Buffer
		if err := book().XLSX(&again); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes(), again.Bytes()) {
			t.Fatal("the same tables are other bytes")
		}
	}
	f, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := fmt.Sprint(f.GetSheetList()); got != "[Différences Empty]" {
		t.Errorf("sheets: %s", got)
	}
	for i, text := range formulas {
		at := func(column string) string { return fmt.Sprintf("%s%d", column, i+2) }
		value, err := f.GetCellValue("Différences", at("A"), excelize.Options{RawCellValue: true})
		formula, _ := f.GetCellFormula("Différences", at("A"))
		kind, _ := f.GetCellType("Différences", at("A"))
		if err != nil || value != text || formula != "" || kind != excelize.CellTypeInlineString {
			t.Errorf("%q is %q, formula %q, type %v, %v", text, value, formula, kind, err)
		}
		style, err := f.GetCellStyle("Différences", at("A"))
		if err != nil {
			t.Fatal(err)
		}
		if s, err := f.GetStyle(style); err != nil || s.NumFmt != 49 {
			t.Errorf("a text is not kept a text when it is edited: %+v, %v", s, err)
		}
		raw, _ := f.GetCellValue("Différences", at("B"), excelize.Options{RawCellValue: true})
		shown, _ := f.GetCellValue("Différences", at("B"))
		if kind, _ := f.GetCellType("Différences", at("B")); raw != "-1234.56" || shown != "-1234.56" || kind != excelize.CellTypeNumber && kind != excelize.CellTypeUnset {
			t.Errorf("an amount: raw %q, shown %q, type %v", raw, shown, kind)
		}
		if day, _ := f.GetCellValue("Différences", at("D")); day != "2027-03-03" {
			t.Errorf("a day is shown %q", day)
		}
		raw, _ = f.GetCellValue("Différences", at("E"), excelize.Options{RawCellValue: true})
		if shown, _ := f.GetCellValue("Différences", at("E")); raw != "0.937" || shown != "93.7%" {
			t.Errorf("a rate: raw %q, shown %q", raw, shown)
		}
	}
	if shown, _ := f.GetCellValue("Différences", fmt.Sprintf("B%d", len(formulas)+2)); shown != "0.10" {
		t.Errorf("ten cents are shown %q", shown)
	}
}

// What can't be written whole is refused.
func TestATableThatIsTooLongIsRefused(t *testing.T) {
	t.Parallel()
	s := sheet.Sheet{Name: "Long", Head: []string{"n"}, Rows: make([][]sheet.Cell, sheet.MostRows+1)}
	var out bytes.Buffer
	if err := (sheet.Book{s}).XLSX(&out); err == nil || !strings.Contains(err.Error(), "ask for a shorter range") {
		t.Errorf("XLSX: %v", err)
	}
	if err := s.CSV(&out); err == nil {
		t.Error("CSV: it is taken")
	}
	big := sheet.Sheet{Name: "Big", Head: []string{"n"}}
	big.Add(sheet.Amount(money.FromMinor(1<<53 + 1)))
	if err := (sheet.Book{big}).XLSX(&out); err == nil || !strings.Contains(err.Error(), "to the cent") {
		t.Errorf("a number that a spreadsheet rounds: %v", err)
	}
}

// For a terminal the columns stand under each other, and no text drives it.
func TestThePrintedTableStandsInColumns(t *testing.T) {
	t.Parallel()
	s := sheet.Sheet{Name: "Balances", Head: []string{"Account", "Balance"}}
	s.Add(sheet.Text("fees:card"), sheet.Amount(money.FromMinor(364)))
	s.Add(sheet.Text("bank\x1b[2J"), sheet.Amount(money.FromMinor(-1113600)))
	var out bytes.Buffer
	if err := (sheet.Book{s}).Print(&out); err != nil {
		t.Fatal(err)
	}
	if want := "Balances\n  Account      Balance\n  fees:card       3.64\n  bank [2J   -11136.00\n"; out.String() != want {
		t.Errorf("%q", out.String())
	}
}
