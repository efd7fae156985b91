package ticket_test

import (
	"testing"

	"fundy/money"
	"fundy/ticket"
)

// What a city lets pass is applied by itself; the rest is held, for the first reason that there is.
func TestWhichFileIsHeld(t *testing.T) {
	t.Parallel()
	dollars := func(cents int64) *money.Amount { a := money.FromMinor(cents); return &a }
	good := ticket.FileTotals{Rows: 10, New: 8, Same: 2, Fines: money.FromMinor(600_00)}
	with := func(change func(f *ticket.FileTotals)) ticket.FileTotals { f := good; change(&f); return f }
	says := func(rows int, fines *money.Amount) *ticket.SenderTotals {
		return &ticket.SenderTotals{Rows: rows, Fines: fines}
	}
	for name, c := range map[string]struct {
		rule   ticket.FileRule
		totals ticket.FileTotals
		sender *ticket.SenderTotals
		want   ticket.HoldFile
	}{
		"nothing wrong":                   {totals: good},
		"the sender has counted the same": {totals: good, sender: says(10, dollars(600_00)), rule: ticket.FileRule{WantTotals: true}},
		"he says nothing of the fines":    {totals: good, sender: says(10, nil)},
		"a row less":                      {totals: good, sender: says(11, dollars(600_00)), want: ticket.HoldTotals},
		"a cent more":                     {totals: good, sender: says(10, dollars(600_01)), want: ticket.HoldTotals},
		"he should have counted":          {totals: good, rule: ticket.FileRule{WantTotals: true}, want: ticket.HoldNoTotals},
		"no row":                          {want: ticket.HoldEmpty},
		"no row, as its sender says":      {sender: says(0, nil)},
		"one is rejected":                 {totals: with(func(f *ticket.FileTotals) { f.Rejected = 1 }), want: ticket.HoldRejects},
		"one contradicts":                 {totals: with(func(f *ticket.FileTotals) { f.Changed = 1 }), want: ticket.HoldRejects},
		"as many as may be":               {totals: with(func(f *ticket.FileTotals) { f.Rejected, f.Changed = 1, 1 }), rule: ticket.FileRule{MostRejects: 2}},
		"one more than may be":            {totals: with(func(f *ticket.FileTotals) { f.Rejected, f.Changed = 2, 1 }), rule: ticket.FileRule{MostRejects: 2}, want: ticket.HoldRejects},
	} {
		if got := c.rule.Hold(c.totals, c.sender); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestWhatASenderSays(t *testing.T) {
	t.Parallel()
	said, err := ticket.ParseSenderTotals([]byte("rows = 412\nsum_of_fines = \"18540.00\"\n"))
	if err != nil || said.Rows != 412 || said.Fines == nil || said.Fines.Minor() != 18540_00 {
		t.Errorf("%+v, %v", said, err)
	}
	if said, err = ticket.ParseSenderTotals([]byte("rows = 0\n")); err != nil || said.Rows != 0 || said.Fines != nil {
		t.Errorf("%+v, %v", said, err)
	}
	for _, bad := range []string{"", "rows = -1\n", "rows = \"many\"\n", "rows = 1\nsum_of_fines = \"x\"\n", "\xff"} {
		if said, err := ticket.ParseSenderTotals([]byte(bad)); err == nil {
			t.Errorf("%q: %+v", bad, said)
		}
	}
}
