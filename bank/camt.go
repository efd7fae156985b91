package bank

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"fundy/city"
	"fundy/money"
)

// What is read of CAMT.053, by the names of ISO 20022.

type camtDay struct {
	Day     string `xml:"Dt"`
	Instant string `xml:"DtTm"`
}

type camtAmount struct {
	Currency string `xml:"Ccy,attr"`
	Text     string `xml:",chardata"`
}

type camtBalance struct {
	Code   string     `xml:"Tp>CdOrPrtry>Cd"`
	Amount camtAmount `xml:"Amt"`
	Sign   string     `xml:"CdtDbtInd"`
	Day    camtDay    `xml:"Dt"`
}

type camtEntry struct {
	Reference string     `xml:"NtryRef"`
	Amount    camtAmount `xml:"Amt"`
	Sign      string     `xml:"CdtDbtInd"`
	Status    struct {
		Text string `xml:",chardata"`
		Code string `xml:"Cd"`
	} `xml:"Sts"`
	Booked    camtDay `xml:"BookgDt"`
	Value     camtDay `xml:"ValDt"`
	Servicer  string  `xml:"AcctSvcrRef"`
	Domain    string  `xml:"BkTxCd>Domn>Cd"`
	Family    string  `xml:"BkTxCd>Domn>Fmly>Cd"`
	SubFamily string  `xml:"BkTxCd>Domn>Fmly>SubFmlyCd"`
	Own       string  `xml:"BkTxCd>Prtry>Cd"`
	Details   []struct {
		EndToEnd string   `xml:"Refs>EndToEndId"`
		Text     []string `xml:"RmtInf>Ustrd"`
	} `xml:"NtryDtls>TxDtls"`
	Text string `xml:"AddtlNtryInf"`
}

type camtTotals struct {
	Count string `xml:"NbOfNtries"`
	Sum   string `xml:"Sum"`
}

// camt reads one file, element by element, so that each entry's line is known.
type camt struct {
	d        *xml.Decoder
	file     File
	s        *Statement
	totals   map[string]camtTotals
	opening  string // the code of the balance that stands as opening
	entries  int
	finished bool
}

var camtSpace = regexp.MustCompile(`^urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.\d\d$`)

func readCAMT(text string) (File, error) {
	c := &camt{d: xml.NewDecoder(strings.NewReader(text)), file: File{Format: "CAMT.053"}}
	for {
		token, err := c.d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return File{}, c.broken(err)
		}
		if err := c.token(token); err != nil {
			return File{}, err
		}
	}
	if !c.finished || len(c.file.Statements) == 0 {
		return File{}, wrong(0, "", askAgain, "has no statement (BkToCstmrStmt/Stmt)")
	}
	return c.file, nil
}

func (c *camt) line() int {
	line, _ := c.d.InputPos()
	return line
}

func (c *camt) broken(err error) error {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return wrong(c.line(), "", askAgain, "the file breaks off or is not well-formed XML")
}

func (c *camt) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.Directive:
		return wrong(c.line(), "", "A bank's file has none: "+askAgain, "holds a DOCTYPE")
	case xml.StartElement:
		return c.start(t)
	case xml.EndElement:
		if t.Name.Local == "Stmt" {
			return c.end()
		}
		if t.Name.Local == "Document" {
			c.finished = true
		}
	}
	return nil
}

// read decodes an element into v.
func (c *camt) read(v any, t xml.StartElement) error {
	if err := c.d.DecodeElement(v, &t); err != nil {
		return c.broken(err)
	}
	return nil
}

func (c *camt) start(t xml.StartElement) error {
	line := c.line()
	if t.Name.Local == "Document" && !camtSpace.MatchString(t.Name.Space) {
		return wrong(line, "namespace", "Ask the bank for camt.053.001, the end-of-day statement: 052 is interim and 054 a notice", "is %q", clip(t.Name.Space))
	}
	if t.Name.Local == "LastPgInd" {
		var last string
		if err := c.read(&last, t); err != nil {
			return err
		}
		if strings.TrimSpace(last) != "true" {
			return wrong(line, "LastPgInd", "Get all pages from the bank as one file", "is %q: the statement goes on in another file", last)
		}
	}
	if t.Name.Local == "Stmt" {
		if len(c.file.Statements) >= maxStatements || c.s != nil {
			return wrong(line, "Stmt", "Ask the bank for a file per month", "there are too many statements, or one within another")
		}
		c.s, c.totals, c.opening = &Statement{At: line}, map[string]camtTotals{}, ""
		return nil
	}
	if c.s == nil {
		return nil
	}
	switch t.Name.Local {
	case "Id":
		return c.read(&c.s.ID, t)
	case "Acct":
		return c.account(t, line)
	case "Bal":
		return c.balance(t, line)
	case "TtlNtries", "TtlCdtNtries", "TtlDbtNtries":
		var totals camtTotals
		err := c.read(&totals, t)
		c.totals[t.Name.Local] = totals
		return err
	case "Ntry":
		return c.entry(t, line)
	case "TxsSummry", "StmtPgntn":
		return nil // what is in it comes next
	}
	if err := c.d.Skip(); err != nil {
		return c.broken(err)
	}
	return nil
}

func (c *camt) account(t xml.StartElement, line int) error {
	var a struct {
		IBAN     string `xml:"Id>IBAN"`
		Other    string `xml:"Id>Othr>Id"`
		Currency string `xml:"Ccy"`
	}
	if err := c.read(&a, t); err != nil {
		return err
	}
	c.s.Account, c.s.Currency = strings.TrimSpace(a.IBAN+a.Other), strings.ToUpper(strings.TrimSpace(a.Currency))
	if c.s.Account == "" {
		return wrong(line, "Acct/Id", askAgain, "the account has no number")
	}
	return short(line, "Acct/Id", c.s.Account)
}

func (c *camt) balance(t xml.StartElement, line int) error {
	var b camtBalance
	if err := c.read(&b, t); err != nil {
		return err
	}
	if b.Code != "OPBD" && b.Code != "PRCD" && b.Code != "CLBD" {
		return nil
	}
	a, err := c.amount(line, "Bal/Amt", b.Amount, b.Sign)
	if err != nil {
		return err
	}
	switch {
	case b.Code == "CLBD" && c.s.Closing == nil:
		c.s.Closing = &a
		c.s.Day, err = b.Day.read(line, "Bal/Dt")
	case b.Code == "CLBD" || b.Code == c.opening:
		return wrong(line, "Bal", askAgain, "%s is there twice", b.Code)
	case c.s.Opening != nil && *c.s.Opening != a:
		return wrong(line, "Bal", askAgain, "OPBD and PRCD differ")
	default:
		c.s.Opening, c.opening = &a, b.Code
	}
	return err
}

func (d camtDay) read(line int, field string) (city.Date, error) {
	text := strings.TrimSpace(d.Day)
	if text == "" && len(d.Instant) >= 10 {
		text = strings.TrimSpace(d.Instant)[:10]
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return city.Date{}, wrong(line, field, askAgain, "%q is not a day", clip(text))
	}
	return city.DateOf(t, time.UTC), nil
}

// amount reads an amount of the statement's currency, with its sign.
func (c *camt) amount(line int, field string, a camtAmount, sign string) (money.Amount, error) {
	if c.s.Currency == "" {
		c.s.Currency = a.Currency // an account without one has that of its first amount
	}
	if a.Currency != c.s.Currency || len(a.Currency) != 3 {
		return money.Zero, wrong(line, field, "Ask the bank for a statement in the account's currency", "is in %q, the account in %q", a.Currency, c.s.Currency)
	}
	v, err := decimal(line, field, strings.TrimSpace(a.Text), '.', false)
	if err != nil {
		return money.Zero, err
	}
	switch strings.TrimSpace(sign) {
	case "CRDT":
		return v, nil
	case "DBIT":
		if v.IsZero() && field == "Ntry/Amt" {
			return money.Zero, wrong(line, field, askAgain, "is a negative zero")
		}
		return v.Neg(), nil
	}
	return money.Zero, wrong(line, "CdtDbtInd", askAgain, "%q is neither CRDT nor DBIT", clip(sign))
}

func (c *camt) entry(t xml.StartElement, line int) error {
	var e camtEntry
	if err := c.read(&e, t); err != nil {
		return err
	}
	if c.entries++; c.entries > maxLines {
		return wrong(line, "", "Ask the bank for a file per month", "the file has more than %d entries", maxLines)
	}
	if status := strings.TrimSpace(e.Status.Text + e.Status.Code); status != "BOOK" {
		return wrong(line, "Ntry/Sts", "Ask the bank for booked entries only", "is %q: the entry can still change", clip(status))
	}
	a, err := c.amount(line, "Ntry/Amt", e.Amount, e.Sign)
	if err != nil {
		return err
	}
	l := Line{Account: c.s.Account, Amount: a, Currency: c.s.Currency, Reference: strings.TrimSpace(e.Servicer), At: line, Type: strings.TrimSpace(e.Own)}
	if e.Domain != "" {
		l.Type = strings.Join([]string{e.Domain, e.Family, e.SubFamily}, "-")
	}
	if l.Booked, err = e.Booked.read(line, "Ntry/BookgDt"); err != nil {
		return err
	}
	l.Value = l.Booked
	if e.Value != (camtDay{}) {
		if l.Value, err = e.Value.read(line, "Ntry/ValDt"); err != nil {
			return err
		}
	}
	var words []string
	for _, d := range e.Details {
		words = append(words, d.Text...)
		if len(e.Details) == 1 && d.EndToEnd != "" && d.EndToEnd != "NOTPROVIDED" {
			l.Reference = strings.TrimSpace(l.Reference + " " + strings.TrimSpace(d.EndToEnd))
		}
	}
	if l.Reference == "" {
		l.Reference = strings.TrimSpace(e.Reference)
	}
	l.Text = strings.Join(strings.Fields(strings.Join(append(words, e.Text), " ")), " ")
	for _, f := range [][2]string{{"Refs", l.Reference}, {"RmtInf", l.Text}, {"BkTxCd", l.Type}} {
		if err := short(line, f[0], f[1]); err != nil {
			return err
		}
	}
	c.s.Lines = append(c.s.Lines, l)
	return nil
}

// end checks a statement that has been read whole.
func (c *camt) end() error {
	s := c.s
	c.s = nil
	switch {
	case s.Account == "":
		return wrong(s.At, "Acct", askAgain, "the statement has no account")
	case s.Opening == nil || s.Closing == nil:
		return wrong(s.At, "Bal", askAgain, "the opening balance (OPBD) or the closing balance (CLBD) is missing: nothing says whether the statement is whole")
	}
	if err := short(s.At, "Stmt/Id", s.ID); err != nil {
		return err
	}
	for _, l := range s.Lines {
		if err := l.near(s.Day); err != nil {
			return err
		}
	}
	if err := s.agree(); err != nil {
		return err
	}
	if err := s.counted(c.totals); err != nil {
		return err
	}
	c.file.Statements = append(c.file.Statements, *s)
	return nil
}

// counted compares the statement's own counts and sums, where it has some.
func (s *Statement) counted(totals map[string]camtTotals) error {
	type total struct {
		n   int
		sum money.Amount
	}
	read := map[string]total{}
	add := func(name string, a money.Amount) {
		t := read[name]
		t.n++
		t.sum, _ = t.sum.Add(a) // agree has added them all up
		read[name] = t
	}
	for _, l := range s.Lines {
		a, name := l.Amount, "TtlCdtNtries"
		if a.IsNegative() {
			a, name = a.Neg(), "TtlDbtNtries"
		}
		add("TtlNtries", a)
		add(name, a)
	}
	for _, name := range []string{"TtlNtries", "TtlCdtNtries", "TtlDbtNtries"} {
		t, given := totals[name]
		if !given {
			continue
		}
		if t.Count != "" && t.Count != strconv.Itoa(read[name].n) {
			return wrong(s.At, name+"/NbOfNtries", askAgain, "says %q, and %d were read", clip(t.Count), read[name].n)
		}
		if t.Sum == "" {
			continue
		}
		sum, err := decimal(s.At, name+"/Sum", t.Sum, '.', false)
		if err != nil {
			return err
		}
		if sum != read[name].sum {
			return wrong(s.At, name+"/Sum", askAgain, "says %s, and what was read comes to %s", sum, read[name].sum)
		}
	}
	return nil
}
