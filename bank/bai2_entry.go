package bank

import (
	"strconv"
	"strings"

	"fundy/city"
	"fundy/money"
)

func (r *bai2) account(c record) error {
	s := Statement{Account: c.field(0), Currency: strings.ToUpper(c.field(1)), Day: r.day, At: c.at}
	if s.Currency == "" {
		s.Currency = r.currency
	}
	switch {
	case s.Account == "":
		return Wrong(c.at, "account", askAgain, "is missing")
	case len(s.Currency) != 3:
		return Wrong(c.at, "currency", "Ask the bank to write CAD: without one the format means US dollars", "is %q, in the account and in its group", s.Currency)
	case len(r.file.Statements) >= maxStatements:
		return Wrong(c.at, "", "Ask the bank for a file per month", "the file has more than %d statements", maxStatements)
	}
	r.sum, r.accountFrom = money.Zero, r.records-c.lines
	for n := 2; n < len(c.fields); {
		code, text := c.field(n), c.field(n+1)
		if code == "" && text == "" {
			n++
			continue
		}
		if len(code) != 3 || strings.Trim(code, "0123456789") != "" {
			return Wrong(c.at, "type code", askAgain, "%q is not a code of three digits", code)
		}
		used := n + 3 // code, amount, item count
		if text != "" {
			a, err := minorUnits(c.at, "amount of "+code, text, code < "100")
			if err != nil {
				return err
			}
			if r.sum, err = r.sum.Add(a); err != nil {
				return tooLarge(c, err)
			}
			switch code {
			case "010":
				s.Opening = &a
			case "015":
				s.Closing = &a
			}
		}
		after, _, err := r.funds(c, used)
		if err != nil {
			return err
		}
		n = after
	}
	r.statement = &s
	return nil
}

// funds reads the funds type at n and the fields that go with it: it says where they end, and for V the day.
func (r *bai2) funds(c record, n int) (after int, value city.Date, err error) {
	switch kind := c.field(n); kind {
	case "", "0", "1", "2", "Z":
		return n + 1, city.Date{}, nil
	case "V":
		value, err = bai2Day(c.at, "value date", c.field(n+1))
		return n + 3, value, err
	case "S":
		return n + 4, city.Date{}, nil
	case "D":
		pairs, err := strconv.Atoi(c.field(n + 1))
		if err != nil || pairs < 0 || pairs > 100 {
			return 0, value, Wrong(c.at, "funds type", askAgain, "D is followed by %q, which is no number of pairs", c.field(n+1))
		}
		return n + 2 + 2*pairs, city.Date{}, nil
	default:
		return 0, value, Wrong(c.at, "funds type", askAgain, "%q is none of 0, 1, 2, V, S, D, Z", kind)
	}
}

func (r *bai2) entry(c record) error {
	s := r.statement
	code := c.field(0)
	if code == "890" {
		return nil // words without money
	}
	debit, known := direction(code)
	if !known {
		return Wrong(c.at, "type code", "Ask the bank for the standard codes", "%q says neither credit (100 to 399) nor debit (400 to 699)", code)
	}
	a, err := minorUnits(c.at, "amount", c.field(1), false)
	if err != nil {
		return err
	}
	if r.sum, err = r.sum.Add(a); err != nil {
		return tooLarge(c, err)
	}
	after, value, err := r.funds(c, 2)
	if err != nil {
		return err
	}
	l := Line{Account: s.Account, Value: r.day, Booked: r.day, Amount: a, Currency: s.Currency, Type: code, At: c.at}
	if debit {
		l.Amount = a.Neg()
	}
	if !value.IsZero() {
		l.Value = value
	}
	bankRef, theirRef := c.field(after), c.field(after+1)
	l.Reference, l.Own = strings.TrimSpace(bankRef+" "+theirRef), len(strings.TrimSpace(bankRef))
	if after+2 < len(c.fields) {
		words := strings.ReplaceAll(strings.Join(c.fields[after+2:], ","), ","+cut, " ")
		l.Text = strings.TrimSpace(strings.ReplaceAll(words, cut, ""))
	}
	for _, f := range [][2]string{{"reference", l.Reference}, {"text", l.Text}} {
		if err := short(c.at, f[0], f[1]); err != nil {
			return err
		}
	}
	if err := l.near(r.day); err != nil {
		return err
	}
	if r.entries++; r.entries > maxLines {
		return Wrong(c.at, "", "Ask the bank for a file per month", "the file has more than %d entries", maxLines)
	}
	s.Lines = append(s.Lines, l)
	return nil
}

// direction says whether a type code takes money from the account.
func direction(code string) (debit, known bool) {
	n, err := strconv.Atoi(code)
	if err != nil || len(code) != 3 {
		return false, false
	}
	switch {
	case n >= 100 && n < 400, n >= 920 && n < 960:
		return false, true
	case n >= 400 && n < 700, n >= 960:
		return true, true
	}
	return false, false
}

func (r *bai2) accountEnd(c record) error {
	total, err := minorUnits(c.at, "control total", c.field(0), true)
	if err != nil {
		return err
	}
	if total != r.sum {
		return Wrong(c.at, "control total", askAgain, "says %s for account %s, and what was read comes to %s: an entry is missing, doubled or changed", total, r.statement.Account, r.sum)
	}
	if err := r.count(c, c.field(1), r.records-r.accountFrom); err != nil {
		return err
	}
	if err := r.statement.agree(); err != nil {
		return err
	}
	r.inside++
	r.file.Statements = append(r.file.Statements, *r.statement)
	r.groupSum, err = r.groupSum.Add(total)
	return tooLarge(c, err)
}
