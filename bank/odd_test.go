package bank_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"fundy/bank"
)

// A small whole file of each form, out of which odd ones are made.
const (
	oddBAI  = "01,0002,12345,270305,0512,1,80,,2/\n02,12345,0002,1,270303,2359,CAD,2/\n03,111,CAD,010,10000,,,015,12500,,/\n16,165,2500,Z,B1,C1,TEXT/\n49,25000,3/\n98,25000,1,5/\n99,25000,1,7/\n"
	oddCAMT = `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>S1</Id>
<Acct><Id><Othr><Id>111</Id></Othr></Id><Ccy>CAD</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="CAD">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2027-03-02</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="CAD">125.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2027-03-03</Dt></Dt></Bal>
<Ntry><Amt Ccy="CAD">25.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2027-03-03</Dt></BookgDt><AddtlNtryInf>TEXT</AddtlNtryInf></Ntry>
</Stmt></BkToCstmrStmt></Document>
`
	oddCSV  = "Date,Amount,Balance\n2027-03-03,25.00,125.00\n"
	oddMap  = "days = \"YYYY-MM-DD\"\norder = \"oldest first\"\naccount = \"111\"\ncurrency = \"CAD\"\n[column]\nbooked = \"Date\"\namount = \"Amount\"\n"
	oddRuns = "balance = \"Balance\"\n"
)

// Files as banks and people really make them: each is read as what it is, or refused with a reason that a clerk
// understands. None is read as something else.
func TestOddFilesAreReadOrRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	padded := func(text string) string {
		var out strings.Builder
		for line := range strings.Lines(text) {
			fmt.Fprintf(&out, "%-80s\r\n", strings.TrimSpace(line))
		}
		return out.String()
	}
	longer := strings.NewReplacer("16,165,2500,Z,B1,C1,TEXT/", "16,165,2500,Z,B1,C1,/\n88,TE\n88,XT/", "49,25000,3/", "49,25000,5/", "1,5/", "1,7/", "1,7/", "1,9/")
	prefixed := strings.NewReplacer("</", "</n:", "<D", "<n:D", "<B", "<n:B", "<G", "<n:G", "<M", "<n:M", "<S", "<n:S", "<I", "<n:I", "<A", "<n:A", "<O", "<n:O", "<C", "<n:C", "<T", "<n:T", "<N", "<n:N", "xmlns=", "xmlns:n=")
	for _, c := range []struct {
		name, text, mapping string
		want                string // "" it is read, with its one line of 25.00
	}{
		{"BAI2 in lines of 80 with carriage returns", padded(oddBAI), "", ""},
		{"BAI2 with a currency in small letters", strings.ReplaceAll(oddBAI, "CAD", "cad"), "", ""},
		{"BAI2 whose text has no slash at its end", strings.ReplaceAll(oddBAI, "TEXT/", "TEXT"), "", ""},
		{"BAI2 whose text has slashes within", strings.ReplaceAll(oddBAI, "TEXT/", "A/B 12/34/"), "", ""},
		{"BAI2 whose text goes on", longer.Replace(oddBAI), "", ""},
		{"BAI2 with zeros before and a plus", strings.NewReplacer("2500,Z", "000002500,Z", "49,25000,3", "49,+25000,03").Replace(oddBAI), "", ""},
		{"BAI2 with empty lines at the end", oddBAI + "\r\n\r\n \x1a", "", ""},
		{"BAI2, two files stuck together", oddBAI + oddBAI, "", `"01" comes where only the end can: the trailer 99 stands above. Are two files stuck together?`},
		{"BAI2 after an empty line", "\n" + oddBAI, "", "before it there are spaces or empty lines"},
		{"BAI2 with an empty line in it", strings.Replace(oddBAI, "\n16", "\n\n16", 1), "", "line 4, record code: "},
		{"BAI2 from an old Macintosh", strings.ReplaceAll(oddBAI, "\n", "\r"), "", "its lines end with a carriage return alone"},
		{"BAI2 with years of four digits", strings.ReplaceAll(oddBAI, "270303", "20270303"), "", "A day is written YYMMDD"},
		{"BAI2 without an amount", strings.ReplaceAll(oddBAI, "165,2500,", "165,,"), "", `line 4, amount: "" is not an amount`},
		{"BAI2 with thousands", strings.ReplaceAll(oddBAI, "165,2500,", "165,2 500,"), "", `line 4, amount: "2 500" is not an amount`},
		{"BAI2 with a balance of the other sign", strings.ReplaceAll(oddBAI, "015,12500", "015,-12500"), "", "an entry is missing, doubled or changed"},

		{"CAMT with prefixes", prefixed.Replace(oddCAMT), "", ""},
		{"CAMT that says Latin 1 and has ASCII", strings.Replace(oddCAMT, "UTF-8", "ISO-8859-1", 1), "", ""},
		{"CAMT that says Latin 1 and has UTF-8", strings.NewReplacer("UTF-8", "ISO-8859-1", "TEXT", "MARÉE").Replace(oddCAMT), "", "line 6, encoding: says that it is written in ISO-8859-1"},
		{"CAMT in Latin 1", strings.NewReplacer("UTF-8", "ISO-8859-1", "TEXT", "MAR\xc9E").Replace(oddCAMT), "", "is not UTF-8"},
		{"CAMT with something after it", oddCAMT + "-- end of file --", "", "there is something outside the document"},
		{"CAMT, two files stuck together", oddCAMT + oddCAMT[strings.Index(oddCAMT, "<Doc"):], "", "Are two files stuck together?"},
		{"CAMT with two accounts in a statement", strings.Replace(oddCAMT, "<Ntry>", "<Acct><Id><Othr><Id>222</Id></Othr></Id></Acct><Ntry>", 1), "", "Acct: is there twice"},
		{"CAMT of an interim balance", strings.Replace(oddCAMT, "CLBD", "ITBD", 1), "", "the closing balance (CLBD) is missing"},
		{"CAMT with a negative zero", strings.Replace(oddCAMT, ">100.00<", ">-0.00<", 1), "", `"-0.00" is not an amount: it has a sign, where none belongs`},
		{"CAMT with a decimal comma", strings.Replace(oddCAMT, ">100.00<", ">100,00<", 1), "", "another decimal sign"},
		{"CAMT with noughts after the cents", strings.Replace(oddCAMT, ">25.00<", ">25.000<", 1), "", "has 3 decimals"},
		{"CAMT with a power of ten", strings.Replace(oddCAMT, ">100.00<", ">1e2<", 1), "", `"1e2" is not an amount`},
		{"CAMT of what is only said", strings.Replace(oddCAMT, "BOOK", "INFO", 1), "", "Ask the bank for booked entries only"},
		{"another XML", "<?xml version=\"1.0\"?><OFX></OFX>", "", "is not how a CAMT.053 file begins"},

		{"CSV with a mark at its beginning and carriage returns", "\ufeff" + strings.ReplaceAll(oddCSV, "\n", "\r\n"), oddMap + oddRuns, ""},
		{"CSV with empty rows", strings.ReplaceAll(oddCSV, "\n", "\n\n"), oddMap + oddRuns, ""},
		{"CSV without an end, with a balance", strings.TrimSpace(oddCSV), oddMap + oddRuns, ""},
		{"CSV without an end, without a balance", strings.TrimSpace(oddCSV), oddMap, "it may be cut off in a number"},
		{"CSV with words above the header", "Account 111\n" + oddCSV, oddMap + oddRuns, "line 1, Amount: the column is there 0 times|line 1, Date: the column is there 0 times|line 1, Balance: the column is there 0 times"},
		{"CSV with a row of totals", oddCSV + "Total,25.00,\n", oddMap + oddRuns, `line 3, booked: "Total" is not a day`},
		{"CSV with brackets for debits", strings.Replace(oddCSV, "25.00", "(25.00)", 1), oddMap + oddRuns, `"(25.00)" is not an amount`},
		{"CSV with dollars", strings.Replace(oddCSV, "25.00", "$25.00", 1), oddMap + oddRuns, `"$25.00" is not an amount`},
		{"CSV with the minus behind", strings.Replace(oddCSV, "25.00", "25.00-", 1), oddMap + oddRuns, "is not an amount"},
		{"CSV with the minus of a typesetter", strings.Replace(oddCSV, "25.00", "\u221225.00", 1), oddMap + oddRuns, "is not an amount"},
		{"CSV with a hard space for thousands", strings.Replace(oddCSV, "25.00", "1\u00a0025.00", 1), oddMap + oddRuns, "thousands separators"},
		{"CSV with the time of day", strings.Replace(oddCSV, "03-03", "03-03 10:15", 1), oddMap + oddRuns, "which the mapping says is written YYYY-MM-DD"},
		{"CSV with semicolons", strings.ReplaceAll(oddCSV, ",", ";"), oddMap + oddRuns, "the column is there 0 times"},
		{"BAI2 taken for CSV", oddBAI, oddMap + oddRuns, "begins like BAI2 or CAMT.053, and a mapping is for CSV"},

		{"MT940", ":20:START\n:25:111\n:60F:C270302CAD100,00\n", "", "is a SWIFT message (MT940). Ask the bank for CAMT.053"},
		{"OFX", "OFXHEADER:100\nDATA:OFXSGML\n", "", "is OFX"},
		{"a spreadsheet", "PK\x03\x04\x14\x00\x06\x00", oddMap, "is a spreadsheet (XLSX) or an archive. Open it and save it as CSV"},
		{"an old spreadsheet", "\xd0\xcf\x11\xe0\xa1\xb1", oddMap, "is a spreadsheet of an old form"},
		{"a PDF", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "", "is a PDF"},
		{"UTF-16", "\xff\xfe0\x001\x00,\x00", "", "is in UTF-16"},
		{"the bank's page", "\n<!DOCTYPE html><html><body>Your session has ended</body></html>", "", "is a web page. The bank's site has probably ended the session"},
	} {
		var m *bank.Mapping
		if c.mapping != "" {
			var err error
			if m, err = bank.ParseMapping([]byte(c.mapping)); err != nil {
				t.Fatal(err)
			}
		}
		f, err := bank.Read([]byte(c.text), m)
		if c.want == "" {
			lines := f.Lines()
			if err != nil || len(lines) != 1 || lines[0].Amount.Minor() != 2500 || lines[0].Account != "111" {
				t.Errorf("%s: %+v, %v", c.name, lines, err)
			}
			continue
		}
		said := false
		for want := range strings.SplitSeq(c.want, "|") {
			said = said || err != nil && strings.Contains(err.Error(), want)
		}
		var fault *bank.Fault
		if !said || len(f.Statements) > 0 || !errors.As(err, &fault) || fault.Fix == "" || strings.Contains(err.Error(), "?.") {
			t.Errorf("%s: %v\nwant %q", c.name, err, c.want)
		}
	}
}
