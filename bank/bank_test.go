package bank_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"fundy/bank"
	"fundy/city"
	"fundy/money"
)

func file(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func mapping(t testing.TB) *bank.Mapping {
	t.Helper()
	m, err := bank.ParseMapping([]byte(file(t, "mapping.toml")))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func read(t testing.TB, name, text string) (bank.File, error) {
	t.Helper()
	if strings.HasSuffix(name, ".csv") {
		return bank.Read([]byte(text), mapping(t))
	}
	return bank.Read([]byte(text), nil)
}

func TestFilesAreReadLineByLine(t *testing.T) {
	t.Parallel()
	day := func(text string) city.Date { d, _ := city.ParseDate(text); return d }
	third, fourth := day("2027-03-03"), day("2027-03-04")
	const account = "000104762233"
	for name, want := range map[string][]bank.Line{
		"month.bai": {
			{account, third, third, money.FromMinor(14034), "CAD", "165", "BK2703030001 TRC0A9F33", 12, "STRIPE TRANSFER ST-K3J4H5 FUNDY HARBOUR", 4},
			{account, third, third, money.FromMinor(15000), "CAD", "142", "BK2703030002 PROPTAX 88213", 12, "PROPERTY TAX, 12 TIDE ST", 6},
			{account, third, third, money.FromMinor(50000), "CAD", "301", "BK2703030003", 12, "TICKET COUNTER BAG 4471", 7},
			{account, third, third, money.FromMinor(-50000), "CAD", "475", "BK2703030004 000001882", 12, "CHEQUE PAID", 8},
			{account, fourth, fourth, money.FromMinor(-34), "CAD", "698", "BK2703040001", 12, "SERVICE CHARGE", 14},
		},
		"month.xml": {
			{account, fourth, third, money.FromMinor(14034), "CAD", "PMNT-RCDT-ESCT", "BK2703030001 TRC0A9F33", 12, "STRIPE TRANSFER", 14},
			{account, third, third, money.FromMinor(50000), "CAD", "DEP", "BK2703030003", 12, "TICKET COUNTER BAG 4471", 18},
			{account, third, third, money.FromMinor(-50000), "CAD", "", "CHQ 1882", 0, "", 21},
		},
		"month.csv": {
			{account, third, third, money.FromMinor(14034), "CAD", "", "TRC0A9F33", 0, "STRIPE TRANSFER", 2},
			{account, third, third, money.FromMinor(50000), "CAD", "", "", 0, "TICKET COUNTER, BAG 4471", 3},
			{account, fourth, fourth, money.FromMinor(-50000), "CAD", "", "1882", 0, "CHEQUE PAID", 4},
		},
	} {
		f, err := read(t, name, file(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		lines := f.Lines()
		if len(lines) != len(want) {
			t.Errorf("%s: %d lines, want %d", name, len(lines), len(want))
			continue
		}
		for i := range want {
			if lines[i] != want[i] {
				t.Errorf("%s, line %d:\n got %+v\nwant %+v", name, i+1, lines[i], want[i])
			}
		}
		for _, s := range f.Statements {
			if s.Opening == nil || s.Closing == nil {
				t.Errorf("%s: a statement without its balances", name)
			}
		}
	}
}

// One thing wrong rejects the file whole, and says where and what.
func TestOneThingWrongRejectsTheFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, old, new, want string }{
		{"a cent more", "month.bai", "16,165,14034,Z", "16,165,14035,Z", "line 9, control total: says 27871.02 for account 000104762233, and what was read comes to 27871.03"},
		{"a line missing", "month.bai", "16,142,15000,V,270303,,BK2703030002,PROPTAX 88213,PROPERTY TAX, 12 TIDE ST/\n", "", "an entry is missing, doubled or changed"},
		{"a line missing, its total too", "month.bai", "16,475,50000,,BK2703030004,000001882,CHEQUE PAID/\n49,2787102,7/", "49,2737102,6/", "opens with 12500.00 and has 3 entries"},
		{"too few records", "month.bai", "49,2787102,7/", "49,2787102,8/", "line 9, number of records: says \"8\", and 7 were read"},
		{"group total", "month.bai", "98,2787102,1,9/", "98,2787103,1,9/", "line 10, control total"},
		{"accounts", "month.bai", "98,2787102,1,9/", "98,2787102,2,9/", "line 10, number of accounts"},
		{"file total", "month.bai", "99,5345204,2,17/", "99,5345205,2,17/", "line 17, control total"},
		{"groups", "month.bai", "99,5345204,2,17/", "99,5345204,3,17/", "number of groups"},
		{"broken off", "month.bai", "98,2558102,1,6/\n99,5345204,2,17/\n", "", "the trailer 99 is missing"},
		{"broken off in a line", "month.bai", "2558102,4/\n98,2558102,1,6/\n99,5345204,2,17/\n", "255", "line 15, control total: says 2.55"},
		{"after the end", "month.bai", "99,5345204,2,17/", "99,5345204,2,17/\n02,A,B,1,270304,,CAD,2/", "\"02\" comes where only"},
		{"out of order", "month.bai", "03,000104762233,,010", "16,142,1,Z,,,X/\n03,000104762233,,010", "line 3, record code: \"16\" comes where only 03 can"},
		{"a day that is none", "month.bai", "1,270304,2359", "1,270230,2359", "line 11, as-of-date"},
		{"another year", "month.bai", "V,270303,", "V,260303,", "is the year right?"},
		{"decimals", "month.bai", "16,165,14034,Z", "16,165,140.34,Z", "\"140.34\" is not an amount"},
		{"a signed entry", "month.bai", "16,165,14034,Z", "16,165,-14034,Z", "\"-14034\" is not an amount"},
		{"negative zero", "month.bai", "010,1250000", "010,-0", "negative zero"},
		{"thousands", "month.csv", "140.34,12640.34", "\"1,140.34\",12640.34", "thousands separators"},
		{"no direction", "month.bai", "16,165,14034", "16,765,14034", "neither credit"},
		{"funds", "month.bai", "14034,Z", "14034,Q", "\"Q\" is none of"},
		{"interim", "month.bai", "1,270303,2359,CAD,2/", "1,270303,2359,CAD,3/", "interim"},
		{"a deletion", "month.bai", "004100122,1,270303", "004100122,2,270303", "group status"},
		{"no currency", "month.bai", "1,270303,2359,CAD,2/", "1,270303,2359,,2/", "US dollars"},
		{"version", "month.bai", "80,,2/", "80,,1/", "BAI version 2"},

		{"a cent more", "month.xml", "\"CAD\">140.34", "\"CAD\">140.35", "opens with 12500.00 and has 3 entries, which makes 12640.35, but it closes with 12640.34: -0.01"},
		{"three decimals", "month.xml", "\"CAD\">140.34", "\"CAD\">140.340", "has 3 decimals"},
		{"thousands", "month.xml", "\"CAD\">140.34", "\"CAD\">1'140.34", "thousands separators"},
		{"negative", "month.xml", "\"CAD\">140.34", "\"CAD\">-140.34", "is not an amount"},
		{"currency", "month.xml", "<Ntry><Amt Ccy=\"CAD\">500.00", "<Ntry><Amt Ccy=\"USD\">500.00", "is in \"USD\", the account in \"CAD\""},
		{"count", "month.xml", "<NbOfNtries>3", "<NbOfNtries>4", "TtlNtries/NbOfNtries: says \"4\", and 3 were read"},
		{"sum", "month.xml", "<Sum>640.34", "<Sum>640.33", "TtlCdtNtries/Sum"},
		{"pending", "month.xml", "<Sts>BOOK</Sts>", "<Sts>PDNG</Sts>", "the entry can still change"},
		{"no closing", "month.xml", "CLBD", "CLAV", "the closing balance (CLBD) is missing"},
		{"closing twice", "month.xml", "OPBD", "CLBD", "CLBD is there twice"},
		{"more pages", "month.xml", "<LastPgInd>true", "<LastPgInd>false", "goes on in another file"},
		{"a notice", "month.xml", "camt.053", "camt.054", "line 2, namespace"},
		{"broken off", "month.xml", "  </Stmt>\n </BkToCstmrStmt>\n</Document>\n", "", "breaks off"},
		{"a doctype", "month.xml", "<Document", "<!DOCTYPE x [<!ENTITY a \"b\">]><Document", "DOCTYPE"},
		{"neither in nor out", "month.xml", "<CdtDbtInd>DBIT", "<CdtDbtInd>", "neither CRDT nor DBIT"},
		{"a day that is none", "month.xml", "<ValDt><Dt>2027-03-04", "<ValDt><Dt>2027-03-34", "Ntry/ValDt: \"2027-03-34\" is not a day"},
		{"another year", "month.xml", "<ValDt><Dt>2027-03-04", "<ValDt><Dt>2026-03-04", "is the year right?"},

		{"a cent more", "month.csv", ",500.00,", ",500.01,", "line 3, balance: is 13140.34 with this entry's 500.01, but it was 12640.34 before"},
		{"a line missing", "month.csv", "03/03/2027,\"TICKET COUNTER, BAG 4471\",,,500.00,13140.34\n", "", "an entry is missing"},
		{"both columns", "month.csv", "1882,500,,", "1882,500,500,", "Exactly one is filled in"},
		{"three decimals", "month.csv", ",140.34,", ",140.340,", "has 3 decimals"},
		{"negative zero", "month.csv", ",13140.34", ",-0.00", "negative zero"},
		{"out of order", "month.csv", "04/03/2027", "02/03/2027", "2027-03-02 comes after 2027-03-03"},
		{"the other way round", "month.csv", "03/03/2027,STRIPE", "03/31/2027,STRIPE", "is not a day"},
		{"a field more", "month.csv", "CHEQUE PAID,1882", "CHEQUE,PAID,1882", "Is the delimiter of the mapping right"},
		{"no such column", "month.csv", "Credit", "Kredit", "the column is there 0 times"},
	} {
		text := file(t, c.file)
		if !strings.Contains(text, c.old) {
			t.Errorf("%s, %s: the test's file has no %q", c.file, c.name, c.old)
			continue
		}
		f, err := read(t, c.file, strings.Replace(text, c.old, c.new, 1))
		var fault *bank.Fault
		if !errors.As(err, &fault) || !strings.Contains(err.Error(), c.want) || len(f.Statements) > 0 {
			t.Errorf("%s, %s: %v\nwant %q", c.file, c.name, err, c.want)
		}
		if fault != nil && (fault.Fix == "" || fault.What == "") {
			t.Errorf("%s, %s: no fix: %+v", c.file, c.name, fault)
		}
	}
}

func TestWhatIsNoBanksFileIsSaidSo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "is empty", "\xff\xfe0\x001": "not UTF-8", "Date,Amount\n": "neither BAI2 nor CAMT.053", "01,a\x00,b": "zero byte", "<html></html>": "is a web page", "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"/>": "has no statement",
	} {
		if _, err := bank.Read([]byte(text), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := bank.Read([]byte("Date,Description,Reference,Debit,Credit,Balance\n"), mapping(t)); err == nil || !strings.Contains(err.Error(), "no entries") {
		t.Errorf("a header alone: %v", err)
	}
}

func TestADangerousMappingIsRefusedWithTheFix(t *testing.T) {
	t.Parallel()
	good := file(t, "mapping.toml")
	for _, c := range [][3]string{
		{"DD/MM/YYYY", "DD/MM/YY", "days: "}, {"oldest first", "any", "order: "}, {"account  = \"000104762233\"", "", "account: "},
		{"credit    = \"Credit\"", "", "column.amount: "}, {"booked    = \"Date\"", "", "column.booked: "}, {"[column]", "[column]\ncolour = \"x\"", "column.colour"},
		{"currency = \"CAD\"", "", "currency: "}, {"[column]", "delimiter = \"x\"\n[column]", "delimiter: "}, {"days ", "dayz ", "mapping: "},
	} {
		if _, err := bank.ParseMapping([]byte(strings.Replace(good, c[0], c[1], 1))); err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%q instead of %q: %v", c[1], c[0], err)
		}
	}
}

// The mapping that docs/deposits.md shows is one.
func TestTheDocumentsMappingIsOne(t *testing.T) {
	t.Parallel()
	_, rest, _ := strings.Cut(file(t, "../../docs/deposits.md"), "```toml\n")
	text, _, _ := strings.Cut(rest, "```")
	m, err := bank.ParseMapping([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if f, err := bank.Read([]byte(file(t, "month.csv")), m); err != nil || len(f.Lines()) != 3 {
		t.Errorf("%+v, %v", f, err)
	}
}

// Newest first, as many banks write it, agrees by its balances too.
func TestNewestFirst(t *testing.T) {
	t.Parallel()
	m, err := bank.ParseMapping([]byte(strings.Replace(file(t, "mapping.toml"), "oldest", "newest", 1)))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(file(t, "month.csv"), "\n")
	f, err := bank.Read([]byte(lines[0]+lines[3]+lines[2]+lines[1]), m)
	if err != nil || len(f.Lines()) != 3 || f.Statements[0].Opening.Minor() != 1250000 || f.Statements[0].Closing.Minor() != 1264034 {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := bank.Read([]byte(lines[0]+lines[3]+lines[1]), m); err == nil || !strings.Contains(err.Error(), "the entry above says") {
		t.Errorf("one missing: %v", err)
	}
}

// Whatever comes, the reader ends, and what it takes agrees with itself.
func fuzz(f *testing.F, seed string, m *bank.Mapping) {
	f.Add(seed)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := bank.Read([]byte(text), m)
		var fault *bank.Fault
		if err != nil && !errors.As(err, &fault) {
			t.Fatalf("not a fault: %v", err)
		}
		for _, s := range got.Statements {
			sum := money.Zero
			for _, l := range s.Lines {
				sum, _ = sum.Add(l.Amount)
				if l.Account != s.Account || l.Currency != s.Currency || l.At < 1 || l.Booked.IsZero() || l.Value.IsZero() {
					t.Fatalf("a line without its head: %+v", l)
				}
			}
			if s.Opening != nil && s.Closing != nil {
				if closing, err := s.Opening.Add(sum); err != nil || closing != *s.Closing {
					t.Fatalf("a statement that does not agree was taken: %+v", s)
				}
			}
		}
	})
}

func FuzzBAI2(f *testing.F) { fuzz(f, file(f, "month.bai"), nil) }
func FuzzCAMT(f *testing.F) { fuzz(f, file(f, "month.xml"), nil) }
func FuzzCSV(f *testing.F)  { fuzz(f, file(f, "month.csv"), mapping(f)) }
