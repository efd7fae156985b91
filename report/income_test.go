package report

import (
	"bytes"
	"strings"
	"testing"

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
