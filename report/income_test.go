package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"fundy/city"
	"fundy/ledger"
	"fundy/money"
	"fundy/sheet"
)

// Each side of a range has what was moved between what was given back and what is left of it all, under its heading in
// either language.
func TestASideOfARangeHasWhatWasMoved(t *testing.T) {
	t.Parallel()
	cents := money.FromMinor
	p := ledger.Period{Income: ledger.Income{Offences: []ledger.IncomeLine{{Key: "A", Entries: 1, Takings: ledger.Takings{Received: cents(4000), Back: cents(500), Moved: cents(-3000)}}}}}
	for lang, want := range map[Reader]string{"en": "Moved between tickets", "fr": "Déplacé entre contraventions"} {
		book := Income(p, lang, city.City{}, func(code string) string { return code })
		var side sheet.Sheet
		for _, s := range book {
			if s.Name == lang.Say("sheet.by_offence") {
				side = s
			}
		}
		if len(side.Rows) != 1 || side.Head[4] != want {
			t.Fatalf("%s: %v", lang, side)
		}
		for column, amount := range map[int]int64{2: 4000, 3: 500, 4: -3000, 5: 500} {
			if got, ok := side.Rows[0][column].Money(); !ok || got.Minor() != amount {
				t.Errorf("%s: %s is %s, want %d", lang, side.Head[column], got, amount)
			}
		}
	}
}

// A file has one decimal sign, whatever language its words are in: a program reads it.
func TestAFileHasOneDecimalSign(t *testing.T) {
	t.Parallel()
	cents := money.FromMinor
	p := ledger.Period{
		Income:     ledger.Income{Offences: []ledger.IncomeLine{{Key: "A", Entries: 1, Takings: ledger.Takings{Received: cents(31500)}}}},
		Collection: []ledger.Collection{{Month: "2027-03", Tickets: 3, Paid: 1, Within: [4]int{1}}},
	}
	for _, lang := range []Reader{"en", "fr"} {
		var out bytes.Buffer
		if err := Income(p, lang, city.City{}, func(code string) string { return code }).CSV(&out); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); !strings.Contains(got, ",315.00,") || !strings.Contains(got, ",33.3%") || strings.Contains(got, "33,3") {
			t.Errorf("%s:\n%s", lang, got)
		}
	}
}

// The month of what was collected is in the reader's language on a page and in a workbook. A file of text has it as programs sort it.
func TestAMonthIsInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	p := ledger.Period{Collection: []ledger.Collection{{Month: "2026-05", Tickets: 3, Paid: 1, Within: [4]int{1}}, {Month: "2025-12", Tickets: 1}}}
	for lang, want := range map[Reader][2]string{"en": {"May\u00a02026", "December\u00a02025"}, "fr": {"mai\u00a02026", "décembre\u00a02025"}} {
		book := Income(p, lang, city.City{}, func(code string) string { return code })
		var side sheet.Sheet
		for _, s := range book {
			if s.Name == lang.Say("sheet.collection") {
				side = s
			}
		}
		var text, workbook bytes.Buffer
		if err := errors.Join(book.CSV(&text), book.XLSX(&workbook)); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&workbook)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.GetRows(side.Name)
		if err := errors.Join(err, f.Close()); err != nil || len(rows) != 3 || len(side.Rows) != 2 {
			t.Fatalf("%s: %v, %v", lang, rows, err)
		}
		for i, month := range want {
			if got := side.Rows[i][0].String(); got != month {
				t.Errorf("%s: a page has %q", lang, got)
			}
			if got := rows[i+1][0]; got != month {
				t.Errorf("%s: a workbook has %q", lang, got)
			}
			if strings.Contains(text.String(), month) || !strings.Contains(text.String(), ","+p.Collection[i].Month+",") {
				t.Errorf("%s: a file has\n%s", lang, &text)
			}
		}
	}
}
