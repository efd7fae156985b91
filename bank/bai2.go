package bank

import (
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
		if expected == "" {
			return File{}, Wrong(rec.at, "record code", "Are two files stuck together? Take each by itself. "+askAgain, "%q comes where only the end can: the trailer 99 stands above", rec.code)
		}
		if !strings.Contains(expected, rec.code) {
			return File{}, Wrong(rec.at, "record code", "A file is 01, then for each group 02, for each account 03, 16 and 49, then 98, and 99 at the end. "+askAgain,
				"%q comes where only %s can", rec.code, strings.ReplaceAll(expected, "|", ", "))
		}
		if expected, err = r.take(rec); err != nil {
			return File{}, err
		}
	}
	if expected != "" {
		return File{}, Wrong(len(r.lines), "", askAgain, "the file breaks off: the trailer 99 is missing")
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
			return rec, Wrong(r.at+1, "", askAgain, "the line is longer than %d bytes", maxRecord)
		}
		if rec.lines > 0 && code != "88" {
			break
		}
		if !found || len(code) != 2 || strings.Trim(code, "0123456789") != "" {
			return rec, Wrong(r.at+1, "record code", "Each line begins with a code of two digits and a comma. "+askAgain, "%q does not begin a record", clip(line))
		}
		if rec.lines == 0 && code == "88" {
			return rec, Wrong(r.at+1, "record code", askAgain, "88 continues a record, and there is none")
		}
		if rec.lines == 0 {
			rec.code = code
		}
		if rec.lines > 1000 {
			return rec, Wrong(r.at+1, "", askAgain, "the record is continued more than 1,000 times")
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
			return "", Wrong(c.at, "version", "Ask the bank for BAI version 2", "is %q", v)
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
		return Wrong(c.at, "control total", askAgain, "the sum is too large")
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
		return Wrong(c.at, "control total", askAgain, "says %s, and what was read comes to %s", total, sum)
	}
	if c.field(1) != strconv.Itoa(n) {
		return Wrong(c.at, "number of "+what, askAgain, "says %q, and %d were read", c.field(1), n)
	}
	return r.count(c, c.field(2), records)
}

func (r *bai2) count(c record, text string, records int) error {
	if n, err := strconv.Atoi(text); err != nil || n != records {
		return Wrong(c.at, "number of records", askAgain, "says %q, and %d were read: the file is not whole", text, records)
	}
	return nil
}

func (r *bai2) group(c record) error {
	r.groupSum, r.inside, r.groupFrom = money.Zero, 0, r.records-c.lines
	if status := c.field(2); status != "1" {
		return Wrong(c.at, "group status", "Ask the bank for the statement of the day itself", "is %q: only 1, an update, is taken, no deletion, correction or test", status)
	}
	if m := c.field(6); m != "" && m != "2" && m != "4" {
		return Wrong(c.at, "as-of-date modifier", "Ask the bank for final data: lines of an interim report would come again", "is %q, an interim report", m)
	}
	r.currency = strings.ToUpper(c.field(5))
	var err error
	r.day, err = bai2Day(c.at, "as-of-date", c.field(3))
	return err
}

func bai2Day(line int, field, text string) (city.Date, error) {
	t, err := time.Parse("060102", text)
	if err != nil || len(text) != 6 {
		return city.Date{}, Wrong(line, field, "A day is written YYMMDD. "+askAgain, "%q is not a day", text)
	}
	return city.DateOf(t, time.UTC), nil
}
