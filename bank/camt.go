package bank

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
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
	begun    bool // the document
	finished bool
}

var camtSpace = regexp.MustCompile(`^urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.\d\d$`)

func readCAMT(text string) (File, error) {
	c := &camt{d: xml.NewDecoder(strings.NewReader(text)), file: File{Format: "CAMT.053"}}
	c.d.CharsetReader = func(charset string, input io.Reader) (io.Reader, error) {
		if i := strings.IndexFunc(text, func(r rune) bool { return r > 0x7f }); i >= 0 {
			return nil, Wrong(1+strings.Count(text[:i], "\n"), "encoding", "Ask the bank for UTF-8", "says that it is written in %s, and has letters that are otherwise in UTF-8", clip(charset))
		}
		return input, nil // in ASCII alone they are all the same
	}
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
		return File{}, Wrong(0, "", askAgain, "has no statement (BkToCstmrStmt/Stmt)")
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
	return Wrong(c.line(), "", askAgain, "the file breaks off or is not well-formed XML")
}

func (c *camt) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.CharData:
		if (!c.begun || c.finished) && strings.TrimSpace(string(t)) != "" {
			return Wrong(c.line(), "", askAgain, "there is something outside the document")
		}
	case xml.Directive:
		return Wrong(c.line(), "", "A bank's file has none: "+askAgain, "holds a DOCTYPE")
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
	switch {
	case c.finished || c.begun && t.Name.Local == "Document":
		return Wrong(line, t.Name.Local, "Are two files stuck together? Take each by itself. "+askAgain, "comes after the end of the document")
	case !c.begun && t.Name.Local != "Document":
		return Wrong(line, clip(t.Name.Local), "A CAMT.053 file's first element is Document, and in it BkToCstmrStmt. Ask the bank for it", "is not how a CAMT.053 file begins")
	}
	c.begun = true
	if t.Name.Local == "Document" && !camtSpace.MatchString(t.Name.Space) {
		return Wrong(line, "namespace", "Ask the bank for camt.053.001, the end-of-day statement: 052 is interim and 054 a notice", "is %q", clip(t.Name.Space))
	}
	if t.Name.Local == "LastPgInd" {
		var last string
		if err := c.read(&last, t); err != nil {
			return err
		}
		if strings.TrimSpace(last) != "true" {
			return Wrong(line, "LastPgInd", "Get all pages from the bank as one file", "is %q: the statement goes on in another file", last)
		}
	}
	if t.Name.Local == "Stmt" {
		if len(c.file.Statements) >= maxStatements || c.s != nil {
			return Wrong(line, "Stmt", "Ask the bank for a file per month", "there are too many statements, or one within another")
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
	if c.s.Account != "" {
		return Wrong(line, "Acct", askAgain, "is there twice: of which account are the entries?")
	}
	c.s.Account, c.s.Currency = strings.TrimSpace(a.IBAN+a.Other), strings.ToUpper(strings.TrimSpace(a.Currency))
	if c.s.Account == "" {
		return Wrong(line, "Acct/Id", askAgain, "the account has no number")
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
		return Wrong(line, "Bal", askAgain, "%s is there twice", b.Code)
	case c.s.Opening != nil && *c.s.Opening != a:
		return Wrong(line, "Bal", askAgain, "OPBD and PRCD differ")
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
		return city.Date{}, Wrong(line, field, askAgain, "%q is not a day", clip(text))
	}
	return city.DateOf(t, time.UTC), nil
}

// amount reads an amount of the statement's currency, with its sign.
func (c *camt) amount(line int, field string, a camtAmount, sign string) (money.Amount, error) {
	if c.s.Currency == "" {
		c.s.Currency = a.Currency // an account without one has that of its first amount
	}
	if a.Currency != c.s.Currency || len(a.Currency) != 3 {
		return money.Zero, Wrong(line, field, "Ask the bank for a statement in the account's currency", "is in %q, the account in %q", a.Currency, c.s.Currency)
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
			return money.Zero, Wrong(line, field, askAgain, "is a negative zero")
		}
		return v.Neg(), nil
	}
	return money.Zero, Wrong(line, "CdtDbtInd", askAgain, "%q is neither CRDT nor DBIT", clip(sign))
}
