package payout_test

import (
	"errors"
	"strings"
	"testing"

	"fundy/bank"
	"fundy/city"
)

// A file of another account, another currency or another year is refused whole, and a clerk is told where to look.
func TestAFileOfAnotherAccountOrYearIsRefused(t *testing.T) {
	t.Parallel()
	today := day("2027-03-03")
	for _, c := range []struct {
		name string
		s    bank.Statement
		want string // "" it may be taken
	}{
		{"of yesterday", bank.Statement{Account: "111", Currency: "CAD", Day: day("2027-03-02"), At: 3}, ""},
		{"of today", bank.Statement{Account: "111", Currency: "CAD", Day: today, At: 3}, ""},
		{"of the oldest day", bank.Statement{Account: "111", Currency: "CAD", Day: today.AddDays(-300), At: 3}, ""},
		{"of tomorrow", bank.Statement{Account: "111", Currency: "CAD", Day: day("2027-03-04"), At: 3}, "line 3, day: the statement is of 2027-03-04, and today is 2027-03-03. Nothing of the file was taken. Is the year right?"},
		{"of next year", bank.Statement{Account: "111", Currency: "CAD", Day: day("2028-03-02"), At: 3}, "the statement is of 2028-03-02, and today is 2027-03-03"},
		{"of last year", bank.Statement{Account: "111", Currency: "CAD", Day: day("2026-03-02"), At: 3}, "more than 300 days ago"},
		{"of 401 days ago", bank.Statement{Account: "111", Currency: "CAD", Day: today.AddDays(-401), At: 3}, "more than 300 days ago"},
		{"of an account that is not ours", bank.Statement{Account: "999", Currency: "CAD", Day: today, At: 3}, "line 3, account: the account 999 is not one of the city's. Nothing of the file was taken. Is it another city's file?"},
		{"in another currency", bank.Statement{Account: "111", Currency: "USD", Day: today, At: 3}, "line 3, currency: the account 111 is in USD here, and in CAD in deposits.toml"},
		{"with an old entry", bank.Statement{Account: "111", Currency: "CAD", Day: today, At: 3, Lines: []bank.Line{{At: 4, Booked: day("2026-01-26")}}}, "line 4, day: the entry is of 2026-01-26, and today is 2027-03-03"},
		{"with an entry of tomorrow", bank.Statement{Account: "111", Currency: "CAD", Day: today, At: 3, Lines: []bank.Line{{At: 4, Booked: day("2027-03-04")}}}, "line 4, day: the entry is of 2027-03-04"},
		{"with an entry of last year", bank.Statement{Account: "111", Currency: "CAD", Day: today, At: 3, Lines: []bank.Line{{At: 4, Booked: day("2026-03-03")}}}, ""},
	} {
		err := rules(t).Check(bank.File{Statements: []bank.Statement{c.s}}, today)
		var fault *bank.Fault
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (!errors.As(err, &fault) || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if err := rules(t).Check(bank.File{}, city.Date{}); err != nil {
		t.Error(err)
	}
}
