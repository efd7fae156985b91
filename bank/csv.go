package bank

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"time"

	"fundy/city"
	"fundy/money"
)

// table reads CSV by a mapping.
type table struct {
	*Mapping
	r       *csv.Reader
	columns map[string]int
	by      map[string]*Statement // by account
	order   []string
	balance map[string]*money.Amount
	last    map[string]city.Date
}

func readCSV(text string, m *Mapping) (File, error) {
	t := table{Mapping: m, r: csv.NewReader(strings.NewReader(text)), by: map[string]*Statement{}, balance: map[string]*money.Amount{}, last: map[string]city.Date{}}
	t.r.Comma, t.r.ReuseRecord = m.delimiter, true
	if m.Column["balance"] == "" && !strings.HasSuffix(text, "\n") {
		return File{}, Wrong(1+strings.Count(text, "\n"), "", "Look whether the file is whole. If it is, end its last line (with Enter) and take it again; a balance in the mapping would show it too",
			"the last line has no end: it may be cut off in a number")
	}
	header, err := t.r.Read()
	if err != nil {
		return File{}, t.broken(err)
	}
	if t.columns, err = m.find(header); err != nil {
		return File{}, err
	}
	for n := 0; ; n++ {
		row, err := t.r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return File{}, t.broken(err)
		}
		if n >= maxLines {
			return File{}, Wrong(0, "", "Ask the bank for a file per month", "has more than %d entries", maxLines)
		}
		if err := t.row(row); err != nil {
			return File{}, err
		}
	}
	return t.file()
}

func (t *table) broken(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return Wrong(parse.Line, "", "Is the delimiter of the mapping right, and is the file whole? Each row has as many fields as the header", "the row can't be read: %s", parse.Err.Error())
	}
	return Wrong(0, "", askAgain, "the file can't be read")
}

// get is what a row says of one of our fields; "" where the mapping has no column for it.
func (t *table) get(row []string, name string) string {
	if i, ok := t.columns[name]; ok {
		return strings.TrimSpace(row[i])
	}
	return ""
}

func (t *table) row(row []string) error {
	line, _ := t.r.FieldPos(0)
	l := Line{Account: t.Account, Currency: t.Currency, Type: t.get(row, "type"), Reference: t.get(row, "reference"), Text: t.get(row, "text"), At: line}
	if l.Account == "" {
		l.Account = t.get(row, "account")
	}
	if l.Currency == "" {
		l.Currency = strings.ToUpper(t.get(row, "currency"))
	}
	if l.Account == "" || len(l.Currency) != 3 {
		return Wrong(line, "account or currency", "Is the column of the mapping right?", "%q in %q is not an account and its currency", l.Account, l.Currency)
	}
	var err error
	if l.Booked, err = t.day(line, "booked", t.get(row, "booked")); err != nil {
		return err
	}
	l.Value = l.Booked
	if _, ok := t.columns["value"]; ok {
		if l.Value, err = t.day(line, "value", t.get(row, "value")); err != nil {
			return err
		}
	}
	if l.Amount, err = t.amount(line, row); err != nil {
		return err
	}
	for _, f := range [][2]string{{"account", l.Account}, {"type", l.Type}, {"reference", l.Reference}, {"text", l.Text}} {
		if err := short(line, f[0], f[1]); err != nil {
			return err
		}
	}
	if err := l.near(l.Booked); err != nil {
		return err
	}
	return t.add(l, t.get(row, "balance"))
}

func (t *table) day(line int, field, text string) (city.Date, error) {
	d, err := time.Parse(t.layout, text)
	if err != nil {
		return city.Date{}, Wrong(line, field, "Compare it with the mapping", "%q is not a day, which the mapping says is written %s", clip(text), t.Days)
	}
	return city.DateOf(d, time.UTC), nil
}

// amount is of one signed column, or of one for credits and one for debits, of which exactly one is filled in.
func (t *table) amount(line int, row []string) (money.Amount, error) {
	point := t.Decimal[0]
	if _, one := t.columns["amount"]; one {
		return decimal(line, "amount", t.get(row, "amount"), point, true)
	}
	credit, debit := t.get(row, "credit"), t.get(row, "debit")
	switch {
	case credit != "" && debit == "":
		return decimal(line, "credit", credit, point, false)
	case debit != "" && credit == "":
		a, err := decimal(line, "debit", debit, point, false)
		return a.Neg(), err
	}
	return money.Zero, Wrong(line, "credit and debit", "Exactly one is filled in. "+askAgain, "are %q and %q", clip(credit), clip(debit))
}

// add puts an entry to its account and checks its place: days in order, and the balance that runs along.
func (t *table) add(l Line, running string) error {
	s := t.by[l.Account]
	if s == nil {
		if len(t.order) >= maxStatements {
			return Wrong(l.At, "account", "Is the column of the mapping right?", "the file has more than %d accounts", maxStatements)
		}
		s = &Statement{Account: l.Account, Currency: l.Currency, At: l.At}
		t.by[l.Account], t.order = s, append(t.order, l.Account)
	}
	if l.Currency != s.Currency {
		return Wrong(l.At, "currency", askAgain, "is %s, and that of the account was %s before", l.Currency, s.Currency)
	}
	if last := t.last[l.Account]; !last.IsZero() {
		if c := l.Booked.Compare(last); t.Order == "oldest first" && c < 0 || t.Order == "newest first" && c > 0 {
			return Wrong(l.At, "booked", "Is the order of the mapping right, or are two files stuck together?", "%s comes after %s, and the mapping says %s", l.Booked, last, t.Order)
		}
	}
	t.last[l.Account] = l.Booked
	if l.Booked.Compare(s.Day) > 0 || s.Day.IsZero() {
		s.Day = l.Booked
	}
	s.Lines = append(s.Lines, l)
	if _, ok := t.columns["balance"]; !ok {
		return nil
	}
	now, err := decimal(l.At, "balance", running, t.Decimal[0], true)
	if err != nil {
		return err
	}
	return t.runs(s, l, now)
}

// runs checks the balance that stands beside an entry against the one before it.
func (t *table) runs(s *Statement, l Line, now money.Amount) error {
	before := t.balance[l.Account]
	t.balance[l.Account] = &now
	opening, err := now.Sub(l.Amount)
	if err != nil {
		return Wrong(l.At, "balance", askAgain, "is too large")
	}
	if t.Order == "newest first" {
		if before == nil {
			s.Closing = &now
		} else if *before != now {
			return Wrong(l.At, "balance", askAgain, "is %s, and the entry above says that it was %s: an entry is missing, doubled or changed", now, before)
		}
		s.Opening = &opening
		t.balance[l.Account] = &opening
		return nil
	}
	if before == nil {
		s.Opening = &opening
	} else if *before != opening {
		return Wrong(l.At, "balance", askAgain, "is %s with this entry's %s, but it was %s before: an entry is missing, doubled or changed", now, l.Amount, before)
	}
	s.Closing = &now
	return nil
}

func (t *table) file() (File, error) {
	if len(t.order) == 0 {
		return File{}, Wrong(1, "", "Get it again from the bank", "has a header and no entries")
	}
	f := File{Format: "CSV"}
	for _, account := range t.order {
		if err := t.by[account].agree(); err != nil {
			return File{}, err
		}
		f.Statements = append(f.Statements, *t.by[account])
	}
	return f, nil
}
