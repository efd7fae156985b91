package payout_test

import (
	"strings"
	"testing"

	"fundy/bank"
	"fundy/money"
	"fundy/payout"
)

func ended(of string, opening, closing int64) payout.Ended {
	a, b := cents(opening), cents(closing)
	return payout.Ended{Day: day(of), Opening: &a, Closing: &b}
}

func TestAStatementBeginsWhereTheLastOneEnded(t *testing.T) {
	t.Parallel()
	r := rules(t)
	line := func(booked string, amount int64) bank.Line {
		return bank.Line{Booked: day(booked), Amount: cents(amount)}
	}
	statement := func(of string, opening, closing int64, lines ...bank.Line) bank.Statement {
		a, b := cents(opening), cents(closing)
		return bank.Statement{Account: "111", Day: day(of), Opening: &a, Closing: &b, At: 3, Lines: lines}
	}
	blind := statement("2027-03-04", 0, 0)
	blind.Opening = nil
	unsaid := ended("2027-03-03", 100, 0)
	unsaid.Closing = nil
	for _, c := range []struct {
		name  string
		s     bank.Statement
		taken []payout.Ended
		want  string // part of the refusal; "" it follows
	}{
		{"the first of the account", statement("2027-03-04", 500, 700), nil, ""},
		{"it follows", statement("2027-03-04", 500, 700), []payout.Ended{ended("2027-03-03", 100, 500)}, ""},
		{"one is missing", statement("2027-03-05", 501, 700), []payout.Ended{ended("2027-03-03", 100, 500)},
			"line 3, opening balance: the statement of 2027-03-05 of the account operating starts with 5.01, the last (of 2027-03-03) ended with 5.00: a statement is missing"},
		{"the bank does not say", blind, []payout.Ended{ended("2027-03-03", 100, 500)}, ""},
		{"the bank did not say", statement("2027-03-04", 1, 2), []payout.Ended{unsaid}, ""},
		{"the same again, in another file", statement("2027-03-04", 500, 700), []payout.Ended{ended("2027-03-03", 100, 500), ended("2027-03-04", 500, 700)}, ""},
		{"a fuller one of the day", statement("2027-03-04", 500, 900), []payout.Ended{ended("2027-03-03", 100, 500), ended("2027-03-04", 500, 700)}, ""},
		{"the rest of the day", statement("2027-03-04", 700, 900), []payout.Ended{ended("2027-03-03", 100, 500), ended("2027-03-04", 500, 700)}, ""},
		{"another one of the day", statement("2027-03-04", 1, 2), []payout.Ended{ended("2027-03-03", 100, 500), ended("2027-03-04", 500, 700)}, "and another one of that day, which has been taken, with 5.00"},
		{"a month that reaches back and agrees", statement("2027-03-05", 0, 900, line("2027-03-03", 500), line("2027-03-05", 400)), []payout.Ended{ended("2027-03-03", 100, 500)}, ""},
		{"the newest first", statement("2027-03-05", 0, 900, line("2027-03-05", 400), line("2027-03-03", 500)), []payout.Ended{ended("2027-03-03", 100, 500)}, ""},
		{"one that was written before its day was over", statement("2027-03-05", 0, 900, line("2027-03-03", 500), line("2027-03-03", 300), line("2027-03-05", 100)), []payout.Ended{ended("2027-03-03", 100, 500)}, ""},
		{"one that comes by too late", statement("2027-03-05", 0, 900, line("2027-03-04", 500), line("2027-03-05", 400)), []payout.Ended{ended("2027-03-03", 100, 500)}, "a statement is missing"},
		{"a month that reaches back and does not", statement("2027-03-05", 0, 900, line("2027-03-03", 499), line("2027-03-05", 401)), []payout.Ended{ended("2027-03-03", 100, 500)}, "a statement is missing"},
	} {
		gap := r.Follows(c.s, c.taken)
		switch {
		case gap == nil && c.want != "":
			t.Errorf("%s: it was let", c.name)
		case gap != nil && (c.want == "" || !strings.Contains(gap.Error(), c.want) || !strings.Contains(gap.Error(), "Take the missing statement first")):
			t.Errorf("%s: %v", c.name, gap)
		case gap != nil && gap.Difference == money.Zero:
			t.Errorf("%s: no difference", c.name)
		}
	}
}
