package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"fundy/city"
	"fundy/money"
	"fundy/payout"
	"fundy/report"
	"fundy/sheet"
)

var update = flag.Bool("update", false, "write testdata anew")

// aDay is a day's report with something in each of its parts, and texts of others that begin as formulas do.
func aDay() payout.Report {
	cents := money.FromMinor
	day := city.Date{Year: 2027, Month: 3, Day: 3}
	return payout.Report{
		Day: day, AsOf: day.AddDays(6), Closed: true, Captures: 3, Gross: cents(12500), Net: cents(9600), PaidOut: cents(9600), Bank: cents(9600), Basis: "cash",
		Classes:   map[payout.Class]money.Amount{payout.Fee: cents(400), payout.Refund: cents(2500)},
		Variances: []payout.Variance{{Class: payout.Refund, Amount: cents(2500), Count: 1, Age: 4, Ref: "-1+1", What: `=HYPERLINK("http://x")`, Summed: true}, {Class: payout.Fee, Amount: cents(400), Count: 3, Age: 4, What: "fees on charges", Summed: true}},
		Payouts:   []payout.OnPayout{{ID: "po_1", Amount: cents(20000), OfDay: cents(9600), Arrival: day.AddDays(2), BankedOn: day.AddDays(3)}},
		BankLines: []payout.ClaimTotal{{Account: "operating", Claim: payout.NotOurs, Count: 45, Sum: cents(-1234567)}, {Account: "operating", Claim: payout.Processor, Count: 1, Sum: cents(20000)}},
		Channels:  []payout.ChannelTotal{{Channel: "counter", Payments: 2, Received: cents(3700), Reversed: cents(700)}, {Channel: "web", Payments: 3, Received: cents(12500)}},
		Counter:   []payout.TenderTotal{{Kind: "cash", Count: 2, Amount: cents(3000), Bank: cents(1000)}},
		Deposits:  []payout.OnSlip{{ID: "dep_1", Reference: "SLIP 1001", Amount: cents(5000), OfDay: cents(1000), Day: day.AddDays(1), BankedOn: day.AddDays(2)}},
		Accounts: []payout.AccountLine{
			{Account: "clearing:card", Key: "parking", Offence: "NOPARK", Component: "penalty", Debit: cents(11500)},
			{Account: "revenue:parking:late_fee", Key: "parking", Offence: "NOPARK", Component: "late_fee", Tax: "HST", Credit: cents(1000)},
			{Account: "revenue:parking:penalty", Key: "parking", Offence: "NOPARK", Component: "penalty", Credit: cents(11500)},
		},
	}
}

// The day as a table, as CSV, and each part of the workbook in both languages, as they were checked in.
func TestADaysReportInEachForm(t *testing.T) {
	t.Parallel()
	of := city.City{Currency: "CAD", Languages: []city.Language{city.French, city.English}}
	var table, rows, english, french bytes.Buffer
	printReport(&table, aDay())
	err := report.DayCSV(&rows, aDay())
	if err != nil {
		t.Fatal(err)
	}
	first, err := report.ReaderOf("", of)
	if err != nil || first != "fr" {
		t.Fatalf("%q, %v", first, err)
	}
	for in, out := range map[report.Reader]*bytes.Buffer{"en": &english, first: &french} {
		if err := report.Day(aDay(), in, of).CSV(out); err != nil {
			t.Fatal(err)
		}
	}
	for name, out := range map[string]*bytes.Buffer{"day.txt": &table, "day.csv": &rows, "day-book.en.csv": &english, "day-book.fr.csv": &french} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, out.Bytes()) {
			t.Errorf("%s is not what was checked in:\n%s", name, out)
		}
	}
}

// What can't be written leaves what was there.
func TestAFileIsWrittenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "book.xlsx")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(path, (sheet.Book{}).XLSX); err == nil {
		t.Error("a workbook without sheets is written")
	}
	left, err := os.ReadFile(path)
	files, _ := os.ReadDir(dir)
	if err != nil || string(left) != "before" || len(files) != 1 {
		t.Errorf("%q, %v, %d files", left, err, len(files))
	}
	if err := writeFile(path, report.Day(aDay(), "en", city.City{Currency: "CAD"}).XLSX); err != nil {
		t.Fatal(err)
	}
	if left, err = os.ReadFile(path); err != nil || !bytes.HasPrefix(left, []byte("PK")) {
		t.Errorf("%v", err)
	}
}
