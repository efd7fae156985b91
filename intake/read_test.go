package intake

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

func readAll(src string, comma byte, q Quoting) (rows [][]string, faults []string) {
	r := newRecords(strings.NewReader(src), comma, q)
	for {
		bad, ok := r.next()
		if !ok {
			return rows, faults
		}
		if bad != nil {
			faults = append(faults, bad.reason)
			continue
		}
		var row []string
		for _, f := range r.fields {
			row = append(row, string(f))
		}
		rows = append(rows, row)
	}
}

func TestEachQuotingReadsWhatItSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, src string
		comma     byte
		quoting   Quoting
		rows      string // fields by |, rows by /
		faults    int
	}{
		{"plain", "a,b\nc,d\n", ',', RFC4180, "a|b/c|d", 0},
		{"no last line end", "a,b\nc,", ',', RFC4180, "a|b/c|", 0},
		{"carriage returns and blank lines", "a,b\r\n\r\nc,d\r\n", ',', RFC4180, "a|b/c|d", 0},
		{"doubled quotes", `"a ""b""",c` + "\n", ',', RFC4180, `a "b"|c`, 0},
		{"line end in quotes", "\"a\nb\",c\nd,e\n", ',', RFC4180, "a\nb|c/d|e", 0},
		{"backslash under rfc4180", "x,\"T\\\" Y\"\nd,e\n", ',', RFC4180, "d|e", 1},
		{"backslash", `x,"HWY-\"T\" INT"` + "\n" + `a\b,"c\\"` + "\n", ',', Backslash, `x|HWY-"T" INT/a\b|c\`, 0},
		{"bare quote under rfc4180", "a 5\" b,c\nd,e\n", ',', RFC4180, "d|e", 1},
		{"bare quote under lazy", "a 5\" b,\"c\" d\",e\n", ',', Lazy, `a 5" b|c" d|e`, 0},
		{"none", "\"a,b\nc\",d\n", ',', NoQuoting, `"a|b/c"|d`, 0},
		{"open quote costs its own line only", "a,\"b\nc,d\ne,f\n", ',', RFC4180, "c|d/e|f", 1},
		{"semicolons", "a;b,c\n", ';', RFC4180, "a|b,c", 0},
		{"pipes", "a|b\n", '|', RFC4180, "a|b", 0},
		{"zero byte", "a,b\x00\nc,d\n", ',', RFC4180, "c|d", 1},
	} {
		rows, faults := readAll(c.src, c.comma, c.quoting)
		var lines []string
		for _, r := range rows {
			lines = append(lines, strings.Join(r, "|"))
		}
		if got := strings.Join(lines, "/"); got != c.rows || len(faults) != c.faults {
			t.Errorf("%s: reads %q, %d faults %v; want %q, %d", c.name, got, len(faults), faults, c.rows, c.faults)
		}
	}
}

func TestARowThatNeverEndsIsOneRejectAndNoMemory(t *testing.T) {
	t.Parallel()
	rows, faults := readAll("a,b\n"+strings.Repeat("x", 1<<20)+"\nc,d\n\"open"+strings.Repeat("\ny,z", 100_000), ',', RFC4180)
	if len(rows) != 2+100_000 || len(faults) != 2 || faults[0] != tooLong {
		t.Errorf("%d rows, faults %v; want 100,002 rows, 2 faults", len(rows), faults)
	}
}

func TestEachEncodingGivesTheSameRows(t *testing.T) {
	t.Parallel()
	const text = "number,place\n1,rue Élisabeth\n"
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	bare16, _ := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(text)
	windows, _ := charmap.Windows1252.NewEncoder().String(text)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(byteOrderMark + text))
	_ = z.Close()
	for name, c := range map[string]struct {
		src string
		e   Encoding
	}{
		"utf-8": {text, UTF8}, "utf-8 with mark": {byteOrderMark + text, UTF8}, "utf-16le with mark": {utf16, UTF16LE},
		"utf-16le": {bare16, UTF16LE}, "windows-1252": {windows, Windows1252}, "packed": {packed.String(), UTF8},
	} {
		src, err := textOf(strings.NewReader(c.src), c.e)
		if err != nil {
			t.Fatal(err)
		}
		r := newRecords(src, ',', RFC4180)
		_, _ = r.next()
		if string(r.fields[0]) != "number" {
			t.Errorf("%s: the first name is %q", name, r.fields[0])
		}
		if bad, ok := r.next(); bad != nil || !ok || string(r.fields[1]) != "rue Élisabeth" {
			t.Errorf("%s: reads %q, %v", name, r.fields, bad)
		}
	}
}

func TestNotationsReadWhatTheySayAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		form, text string
		want       moment
		ok         bool
	}{
		{"YYYY-MM-DD", "2024-02-29", moment{year: 2024, month: 2, day: 29}, true},
		{"YYYY-MM-DD", "2023-02-29", moment{}, false},
		{"YYYY-MM-DD", "2023-2-9", moment{}, false},
		{"M/D/YYYY", "1/9/2020", moment{year: 2020, month: 1, day: 9}, true},
		{"M/D/YYYY", "01/09/2020", moment{year: 2020, month: 1, day: 9}, true},
		{"M/D/YYYY", "13/9/2020", moment{}, false},
		{"D.M.YY", "9.1.99", moment{year: 1999, month: 1, day: 9}, true},
		{"D MMM YYYY", "9 févr. 2024", moment{year: 2024, month: 2, day: 9}, true},
		{"DD-MMM-YY", "09-JUN-24", moment{year: 2024, month: 6, day: 9}, true},
		{"YYYYMMDD", "20240609", moment{year: 2024, month: 6, day: 9}, true},
		{"HHMMA", "1030A", moment{hour: 10, minute: 30}, true},
		{"HHMMP", "0117P", moment{hour: 13, minute: 17}, true},
		{"HHMMA", "0011A", moment{minute: 11}, true},
		{"HHMMA", "1211A", moment{minute: 11}, true},
		{"HHMMA", "1211P", moment{hour: 12, minute: 11}, true},
		{"HHMMA", "1311P", moment{}, false},
		{"HHMMA", "0011P", moment{}, false},
		{"H:MM AM", "1:05 p.m.", moment{hour: 13, minute: 5}, true},
		{"HH:MM", "24:00", moment{}, false},
		{"H h MM", "21 h 30", moment{hour: 21, minute: 30}, true},
		{"HHhMM", "09h05", moment{hour: 9, minute: 5}, true},
		{"YYYY-MM-DD HH:MM:SS", "2005-03-10 16:30:09", moment{year: 2005, month: 3, day: 10, hour: 16, minute: 30, second: 9}, true},
		{"YYYY-MM-DDTHH:MM:SS*", "2005-03-10T16:30:09.000Z", moment{year: 2005, month: 3, day: 10, hour: 16, minute: 30, second: 9}, true},
	} {
		n, err := parseNotation(c.form)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := n.parse(c.text)
		got.half = 0
		if ok != c.ok || (ok && got != c.want) {
			t.Errorf("%s reads %q as %+v, %v; want %+v, %v", c.form, c.text, got, ok, c.want, c.ok)
		}
	}
	if _, err := parseNotation("jj/mm/aaaa"); err == nil {
		t.Error("a notation of unknown letters is taken")
	}
}

func TestMoneyIsReadAsWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		decimal byte
		want    string
	}{
		{"30", '.', "30.00"}, {"50.0", '.', "50.00"}, {"$1,234.50", '.', "1234.50"}, {"50,00 $", ',', "50.00"}, {"1.234,50", ',', "1234.50"},
		{"1 234,5", ',', "1234.50"}, {"-5", '.', ""}, {"1e3", '.', ""}, {"12.345", '.', ""}, {"NaN", '.', ""},
	} {
		got, ok := parseMoney(c.text, c.decimal)
		if ok != (c.want != "") || (ok && got.String() != c.want) {
			t.Errorf("%q reads as %s, %v; want %q", c.text, got, ok, c.want)
		}
	}
}

func FuzzRecords(f *testing.F) {
	f.Add("a,\"b\"\"c\"\nd,e\n", byte(0))
	f.Add("x,\"T\\\" Y\"\n", byte(1))
	f.Add("a 5\" b,\"c\" d\",e\r\n", byte(2))
	f.Fuzz(func(t *testing.T, src string, q byte) {
		quoting := []Quoting{RFC4180, Backslash, Lazy, NoQuoting}[q%4]
		r := newRecords(strings.NewReader(src), ',', quoting)
		line := 0
		for {
			_, ok := r.next()
			if !ok {
				break
			}
			if r.at <= line {
				t.Fatalf("line %d comes after line %d", r.at, line)
			}
			line = r.at
		}
		if n := strings.Count(src, "\n"); line > n+1 {
			t.Fatalf("line %d of %d", line, n+1)
		}
	})
}

// A file that was cut short gives whole rows only: half a plate would be another plate.
func TestAFileThatIsCutShortGivesNoHalfRow(t *testing.T) {
	t.Parallel()
	var src strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&src, "%d,%x,end\n", i, sha256.Sum256([]byte{byte(i), byte(i >> 8)}))
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(src.String()))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for cut := 12; cut < packed.Len(); cut += 997 {
		text, err := textOf(bytes.NewReader(packed.Bytes()[:cut]), UTF8)
		if err != nil {
			t.Fatal(err)
		}
		r := newRecords(text, ',', RFC4180)
		for {
			bad, ok := r.next()
			if !ok {
				break
			}
			if bad != nil || len(r.fields) != 3 || string(r.fields[2]) != "end" {
				t.Fatalf("cut at %d: %q came as a row, %v", cut, r.fields, bad)
			}
		}
		if r.err == nil || !strings.Contains(r.err.Error(), "cut short") {
			t.Fatalf("cut at %d: %v", cut, r.err)
		}
	}
}
