package bank

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"fundy/city"
	"fundy/money"
)

// record is a record of BAI2 with its continuations: 01 file, 02 group, 03 account, 16 entry, 49, 98 and 99
// their trailers.
type record struct {
	code   string
	fields []string
	at     int // line of the file
	lines  int // how many it is written on
}

// bai2 reads the records in their one possible order.
type bai2 struct {
	file           File
	lines          []string
	at             int // of lines, the next
	records        int // physical ones so far
	fileSum        money.Amount
	groupSum       money.Amount
	groups, inside int // groups of the file, accounts of the group
	groupFrom      int // records before the group
	day            city.Date
	currency       string
	statement      *Statement
	sum            money.Amount // of the account, as its trailer counts
	accountFrom    int
	entries        int
}

func readBAI2(text string) (File, error) {
	r := &bai2{file: File{Format: "BAI2"}, lines: strings.Split(strings.TrimRight(text, "\r\n \t\x1a"), "\n")}
	expected := "01" // what may come: a code, or the codes between bars
	for r.at < len(r.lines) {
		rec, err := r.next()
		if err != nil {
			return File{}, err
		}
		if !strings.Contains(expected, rec.code) {
			return File{}, wrong(rec.at, "record code", "A file is 01, then for each group 02, for each account 03, 16 and 49, then 98, and 99 at the end. "+askAgain,
				"%q comes where only %s can", rec.code, strings.ReplaceAll(expected, "|", ", "))
		}
		if expected, err = r.take(rec); err != nil {
			return File{}, err
		}
	}
	if expected != "" {
		return File{}, wrong(len(r.lines), "", askAgain, "the file breaks off: the trailer 99 is missing")
	}
	return r.file, nil
}

// cut marks in a record's fields where a continuation begins.
const cut = "\x00"

// next reads a record and the 88 records that continue it.
func (r *bai2) next() (record, error) {
	rec := record{at: r.at + 1}
	var whole []string
	for r.at < len(r.lines) {
		line := strings.TrimRight(r.lines[r.at], "\r \t")
		code, rest, found := strings.Cut(line, ",")
		if len(line) > maxRecord {
			return rec, wrong(r.at+1, "", askAgain, "the line is longer than %d bytes", maxRecord)
		}
		if rec.lines > 0 && code != "88" {
			break
		}
		if !found || len(code) != 2 || strings.Trim(code, "0123456789") != "" {
			return rec, wrong(r.at+1, "record code", "Each line begins with a code of two digits and a comma. "+askAgain, "%q does not begin a record", clip(line))
		}
		if rec.lines == 0 && code == "88" {
			return rec, wrong(r.at+1, "record code", askAgain, "88 continues a record, and there is none")
		}
		if rec.lines == 0 {
			rec.code = code
		}
		if rec.lines > 1000 {
			return rec, wrong(r.at+1, "", askAgain, "the record is continued more than 1,000 times")
		}
		whole = append(whole, strings.TrimSuffix(rest, "/"))
		r.at++
		rec.lines++
	}
	r.records += rec.lines
	rec.fields = strings.Split(strings.Join(whole, ","+cut), ",")
	return rec, nil
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

// field is a record's nth field after its code, from 0; "" where there is none.
func (c record) field(n int) string {
	if n >= len(c.fields) {
		return ""
	}
	return strings.TrimSpace(strings.TrimPrefix(c.fields[n], cut))
}

// take does what a record says, and returns the codes that may follow; "" at the end.
func (r *bai2) take(c record) (string, error) {
	switch c.code {
	case "01":
		if v := c.field(7); v != "2" {
			return "", wrong(c.at, "version", "Ask the bank for BAI version 2", "is %q", v)
		}
		return "02", nil
	case "02":
		return "03", r.group(c)
	case "03":
		return "16|49", r.account(c)
	case "16":
		return "16|49", r.entry(c)
	case "49":
		return "03|98", r.accountEnd(c)
	case "98":
		r.groups++
		if err := r.trailer(c, r.groupSum, "accounts", r.inside, r.records-r.groupFrom); err != nil {
			return "", err
		}
		var err error
		r.fileSum, err = r.fileSum.Add(r.groupSum)
		return "02|99", tooLarge(c, err)
	}
	return "", r.trailer(c, r.fileSum, "groups", r.groups, r.records)
}

func tooLarge(c record, err error) error {
	if err != nil {
		return wrong(c.at, "control total", askAgain, "the sum is too large")
	}
	return nil
}

// trailer compares a group's or the file's trailer with what was read.
func (r *bai2) trailer(c record, sum money.Amount, what string, n, records int) error {
	total, err := minorUnits(c.at, "control total", c.field(0), true)
	if err != nil {
		return err
	}
	if total != sum {
		return wrong(c.at, "control total", askAgain, "says %s, and what was read comes to %s", total, sum)
	}
	if c.field(1) != strconv.Itoa(n) {
		return wrong(c.at, "number of "+what, askAgain, "says %q, and %d were read", c.field(1), n)
	}
	return r.count(c, c.field(2), records)
}

func (r *bai2) count(c record, text string, records int) error {
	if n, err := strconv.Atoi(text); err != nil || n != records {
		return wrong(c.at, "number of records", askAgain, "says %q, and %d were read: the file is not whole", text, records)
	}
	return nil
}

func (r *bai2) group(c record) error {
	r.groupSum, r.inside, r.groupFrom = money.Zero, 0, r.records-c.lines
	if status := c.field(2); status != "1" {
		return wrong(c.at, "group status", "Ask the bank for the statement of the day itself", "is %q: only 1, an update, is taken, no deletion, correction or test", status)
	}
	if m := c.field(6); m != "" && m != "2" && m != "4" {
		return wrong(c.at, "as-of-date modifier", "Ask the bank for final data: lines of an interim report would come again", "is %q, an interim report", m)
	}
	r.currency = strings.ToUpper(c.field(5))
	var err error
	r.day, err = bai2Day(c.at, "as-of-date", c.field(3))
	return err
}

func bai2Day(line int, field, text string) (city.Date, error) {
	t, err := time.Parse("060102", text)
	if err != nil || len(text) != 6 {
		return city.Date{}, wrong(line, field, "A day is written YYMMDD. "+askAgain, "%q is not a day", text)
	}
	return city.DateOf(t, time.UTC), nil
}

func (r *bai2) account(c record) error {
	s := Statement{Account: c.field(0), Currency: strings.ToUpper(c.field(1)), Day: r.day, At: c.at}
	if s.Currency == "" {
		s.Currency = r.currency
	}
	switch {
	case s.Account == "":
		return wrong(c.at, "account", askAgain, "is missing")
	case len(s.Currency) != 3:
		return wrong(c.at, "currency", "Ask the bank to write CAD: without one the format means US dollars", "is %q, in the account and in its group", s.Currency)
	case len(r.file.Statements) >= maxStatements:
		return wrong(c.at, "", "Ask the bank for a file per month", "the file has more than %d statements", maxStatements)
	}
	r.sum, r.accountFrom = money.Zero, r.records-c.lines
	for n := 2; n < len(c.fields); {
		code, text := c.field(n), c.field(n+1)
		if code == "" && text == "" {
			n++
			continue
		}
		if len(code) != 3 || strings.Trim(code, "0123456789") != "" {
			return wrong(c.at, "type code", askAgain, "%q is not a code of three digits", code)
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
			return 0, value, wrong(c.at, "funds type", askAgain, "D is followed by %q, which is no number of pairs", c.field(n+1))
		}
		return n + 2 + 2*pairs, city.Date{}, nil
	default:
		return 0, value, wrong(c.at, "funds type", askAgain, "%q is none of 0, 1, 2, V, S, D, Z", kind)
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
		return wrong(c.at, "type code", "Ask the bank for the standard codes", "%q says neither credit (100 to 399) nor debit (400 to 699)", code)
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
	l.Reference = strings.TrimSpace(bankRef + " " + theirRef)
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
		return wrong(c.at, "", "Ask the bank for a file per month", "the file has more than %d entries", maxLines)
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
		return wrong(c.at, "control total", askAgain, "says %s for account %s, and what was read comes to %s: an entry is missing, doubled or changed", total, r.statement.Account, r.sum)
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

// String is a line for a message: never its text, which can name a person.
func (l Line) String() string {
	return fmt.Sprintf("%s %s %s (line %d, type %s)", l.Value, l.Amount, l.Currency, l.At, l.Type)
}
