package journal

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"fundy/ledger"
)

// Limits of a mapping.
const (
	mostMapping = 256 << 10 // bytes
	mostRows    = 5000
	mostColumns = 60
	mostWidth   = 200
)

// Mapping is a mapping file: whose account each of ours is, and what the file looks like.
type Mapping struct {
	Layout   Layout `toml:"layout"`
	Accounts []Row  `toml:"account"`
	used     map[string]bool
}

// Row says which account of the city's one of ours is. The first row that fits decides; what is left out of Key,
// Offence and Component fits everything.
type Row struct {
	Ours       string `toml:"ours"` // our account; * stands for any text
	Key        string `toml:"key"`
	Offence    string `toml:"offence"`
	Component  string `toml:"component"`
	Account    string `toml:"account"`
	CostCentre string `toml:"cost_centre"`
	Tax        string `toml:"tax"`
	Text       string `toml:"text"`
}

// Layout is what the file looks like.
type Layout struct {
	Format    string   `toml:"format"`    // delimited or fixed
	Delimiter string   `toml:"delimiter"` // of delimited: , ; | or tab
	Quote     string   `toml:"quote"`     // of delimited: needed or always
	Header    bool     `toml:"header"`    // of delimited: the columns' names in the first line
	Lines     string   `toml:"lines"`     // day: summed by account and day; posting: each
	Net       bool     `toml:"net"`       // of day: debit and credit of an account in one line
	Days      string   `toml:"days"`      // notation of a day
	Decimal   string   `toml:"decimal"`   // . or , or none: whole cents
	Positive  string   `toml:"positive"`  // side of a positive amount: debit or credit
	Debit     string   `toml:"debit"`     // what the field side says
	Credit    string   `toml:"credit"`
	Newline   string   `toml:"newline"` // lf or crlf
	Columns   []Column `toml:"column"`
	First     []Column `toml:"first"` // a record before the lines
	Last      []Column `toml:"last"`  // one after them, with totals
}

// Column is a column of the file: a field of the line, or a text that is always the same.
type Column struct {
	Name  string `toml:"name"` // in the header
	Field string `toml:"field"`
	Text  string `toml:"text"`
	Width int    `toml:"width"` // of fixed, in letters
	Align string `toml:"align"` // of fixed: left or right
	Pad   string `toml:"pad"`   // of fixed: one letter
}

// What the layout knows.
const (
	linesDay     = "day"
	linesPosting = "posting"
	fixed        = "fixed"
	delimited    = "delimited"
)

// notations of a day, with Go's form of each.
var notations = map[string]string{
	"YYYY-MM-DD": "2006-01-02", "YYYYMMDD": "20060102", "DD/MM/YYYY": "02/01/2006", "MM/DD/YYYY": "01/02/2006", "YYYY/MM/DD": "2006/01/02",
	"DDMMYYYY": "02012006", "MMDDYYYY": "01022006", "DDMMYY": "020106", "MMDDYY": "010206", "YYMMDD": "060102", "DD-MM-YYYY": "02-01-2006",
}

// fieldsOfLine are what a column of a line may hold; fieldsOfAll what one of a first or last record may.
var (
	fieldsOfLine = []string{
		"account", "cost_centre", "tax", "text", "our_account", "key", "offence", "component", "entry", "day", "number",
		"amount", "absolute", "side", "debit", "credit", "from", "until", "status",
	}
	fieldsOfAll = []string{"from", "until", "status", "lines", "total_debit", "total_credit"}
)

// ParseMapping reads a mapping file, or says each thing that is wrong with it and how to mend it.
func ParseMapping(b []byte) (Mapping, []error) {
	m := Mapping{Layout: Layout{
		Format: delimited, Delimiter: ",", Quote: "needed", Lines: linesDay, Days: "YYYY-MM-DD", Decimal: ".", Positive: "debit",
		Debit: "D", Credit: "C", Newline: "lf",
	}}
	if len(b) > mostMapping {
		return m, []error{fmt.Errorf("it is larger than %d bytes", mostMapping)}
	}
	if err := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields().Decode(&m); err != nil {
		return m, []error{mistake(err)}
	}
	var f faults
	m.Layout.check(&f)
	m.checkAccounts(&f)
	m.used = map[string]bool{}
	for _, c := range m.Layout.Columns {
		m.used[c.Field] = true
	}
	return m, f
}

// mistake says where a TOML file is wrong.
func mistake(err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		line, _ := strict.Errors[0].Position()
		return fmt.Errorf("line %d: unknown setting %s", line, strings.Join(strict.Errors[0].Key(), "."))
	}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		line, column := decode.Position()
		return fmt.Errorf("line %d, column %d: %w", line, column, err)
	}
	return err
}

type faults []error

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Errorf(format, args...)) }

func (f *faults) oneOf(name, value string, may ...string) {
	if !slices.Contains(may, value) {
		f.add("layout.%s: %q is none of %s", name, value, strings.Join(may, ", "))
	}
}

func (l Layout) check(f *faults) {
	f.oneOf("format", l.Format, delimited, fixed)
	f.oneOf("lines", l.Lines, linesDay, linesPosting)
	f.oneOf("delimiter", l.Delimiter, ",", ";", "|", "\t")
	f.oneOf("quote", l.Quote, "needed", "always")
	f.oneOf("decimal", l.Decimal, ".", ",", "none")
	f.oneOf("positive", l.Positive, "debit", "credit")
	f.oneOf("newline", l.Newline, "lf", "crlf")
	if notations[l.Days] == "" {
		f.add("layout.days: %q is not a notation that we know: YYYY-MM-DD, YYYYMMDD, DD/MM/YYYY, MM/DD/YYYY, DDMMYY …", l.Days)
	}
	if l.Format == fixed && l.Header {
		f.add("layout.header: a file of fixed width has no header: write a [[layout.first]] record")
	}
	if l.Lines == linesPosting && l.Net {
		f.add("layout.net: goes with lines = \"day\"")
	}
	l.checkColumns(f, "column", l.Columns, fieldsOfLine)
	l.checkColumns(f, "first", l.First, fieldsOfAll)
	l.checkColumns(f, "last", l.Last, fieldsOfAll)
	has := map[string]bool{}
	for _, c := range l.Columns {
		has[c.Field] = true
	}
	if !has["account"] || !has["day"] {
		f.add("layout.column: a line needs the account and the day")
	}
	if !has["amount"] && !(has["debit"] && has["credit"]) && !(has["absolute"] && has["side"]) {
		f.add("layout.column: a line needs amount, or debit and credit, or absolute and side: else its side can't be told")
	}
	if has["entry"] && l.Lines == linesDay {
		f.add("layout.column: entry goes with lines = \"posting\": a sum has none")
	}
}

func (l Layout) checkColumns(f *faults, which string, columns []Column, may []string) {
	if len(columns) > mostColumns {
		f.add("layout.%s: has more than %d columns", which, mostColumns)
	}
	for i, c := range columns {
		at := fmt.Sprintf("layout.%s %d", which, i+1)
		switch {
		case c.Field != "" && c.Text != "":
			f.add("%s: has both a field and a text", at)
		case c.Field != "" && !slices.Contains(may, c.Field):
			f.add("%s: field %q is none of %s", at, c.Field, strings.Join(may, ", "))
		}
		if l.Format != fixed {
			continue
		}
		if c.Width < 1 || c.Width > mostWidth {
			f.add("%s: width %d is not between 1 and %d", at, c.Width, mostWidth)
		}
		if c.Align != "" && c.Align != "left" && c.Align != "right" {
			f.add("%s: align %q is neither left nor right", at, c.Align)
		}
		if utf8.RuneCountInString(c.Pad) > 1 {
			f.add("%s: pad %q is more than one letter", at, c.Pad)
		}
		if utf8.RuneCountInString(c.Text) > c.Width {
			f.add("%s: %q is wider than %d", at, c.Text, c.Width)
		}
	}
}

func (m Mapping) checkAccounts(f *faults) {
	if len(m.Accounts) == 0 || len(m.Accounts) > mostRows {
		f.add("it needs one [[account]] at least, and has %d at most", mostRows)
	}
	for i, r := range m.Accounts {
		if r.Ours == "" || r.Account == "" {
			f.add("account %d: give it ours, our account, and account, the city's", i+1)
		}
		for _, text := range []string{r.Account, r.CostCentre, r.Tax, r.Text} {
			if len(text) > mostWidth || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				f.add("account %d: %q is longer than %d letters or has a control character", i+1, text, mostWidth)
			}
		}
	}
}

// find is the first row that fits a side.
func (m Mapping) find(s ledger.Side) (Row, bool) {
	for _, r := range m.Accounts {
		if (r.Key == "" || r.Key == s.Key) && (r.Offence == "" || r.Offence == s.Offence) &&
			(r.Component == "" || r.Component == string(s.Component)) && fits(r.Ours, string(s.Account)) {
			return r, true
		}
	}
	return Row{}, false
}

// fits says whether a name is of a pattern in which * stands for any text.
func fits(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(name, part)
		if at < 0 {
			return false
		}
		name = name[at+len(part):]
	}
	return strings.HasSuffix(name, parts[len(parts)-1])
}

// only keeps of a line what its file has a column for: lines that look the same are summed.
func (m Mapping) only(l Line) Line {
	for field, of := range map[string]*string{
		"cost_centre": &l.CostCentre, "tax": &l.Tax, "text": &l.Text, "our_account": &l.Ours, "key": &l.Key, "offence": &l.Offence, "component": &l.Component,
	} {
		if !m.used[field] {
			*of = ""
		}
	}
	l.Entry = ""
	return l
}
