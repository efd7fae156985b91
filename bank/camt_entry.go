package bank

import (
	"encoding/xml"
	"strconv"
	"strings"

	"fundy/money"
)

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

func (c *camt) entry(t xml.StartElement, line int) error {
	var e camtEntry
	if err := c.read(&e, t); err != nil {
		return err
	}
	if c.entries++; c.entries > maxLines {
		return Wrong(line, "", "Ask the bank for a file per month", "the file has more than %d entries", maxLines)
	}
	if status := strings.TrimSpace(e.Status.Text + e.Status.Code); status != "BOOK" {
		return Wrong(line, "Ntry/Sts", "Ask the bank for booked entries only", "is %q: the entry can still change", clip(status))
	}
	a, err := c.amount(line, "Ntry/Amt", e.Amount, e.Sign)
	if err != nil {
		return err
	}
	own := strings.TrimSpace(e.Servicer)
	l := Line{Account: c.s.Account, Amount: a, Currency: c.s.Currency, Reference: own, Own: len(own), At: line, Type: strings.TrimSpace(e.Own)}
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
		return Wrong(s.At, "Acct", askAgain, "the statement has no account")
	case s.Opening == nil || s.Closing == nil:
		return Wrong(s.At, "Bal", askAgain, "the opening balance (OPBD) or the closing balance (CLBD) is missing: nothing says whether the statement is whole")
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
			return Wrong(s.At, name+"/NbOfNtries", askAgain, "says %q, and %d were read", clip(t.Count), read[name].n)
		}
		if t.Sum == "" {
			continue
		}
		sum, err := decimal(s.At, name+"/Sum", t.Sum, '.', false)
		if err != nil {
			return err
		}
		if sum != read[name].sum {
			return Wrong(s.At, name+"/Sum", askAgain, "says %s, and what was read comes to %s", sum, read[name].sum)
		}
	}
	return nil
}
