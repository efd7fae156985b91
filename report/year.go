package report

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"fundy/city"
	"fundy/ledger"
	"fundy/sheet"
)

// About is what a table is of.
func About(in Reader, c city.City, item string, value sheet.Cell, closed bool, lockedBy string) sheet.Sheet {
	state := in.Say("state.open")
	switch {
	case lockedBy != "":
		state = in.Say("state.locked", "by", lockedBy)
	case closed:
		state = in.Say("state.closed")
	}
	s := sheet.Sheet{Name: in.Say("sheet.about"), Head: in.Heads("item", "value")}
	s.Add(sheet.Text(item), value)
	s.Add(sheet.Text(in.Say("about.state")), sheet.Text(state))
	s.Add(sheet.Text(in.Say("about.currency")), sheet.Text(c.Currency))
	return s
}

// Balances are accounts as a table.
func Balances(in Reader, accounts []ledger.Balance) sheet.Sheet {
	s := sheet.Sheet{Name: in.Say("sheet.balances"), Head: in.Heads("account", "debit", "credit", "balance")}
	for _, a := range accounts {
		s.Add(sheet.Text(a.Account), sheet.Amount(a.Debit), sheet.Amount(a.Credit), sheet.Amount(a.Balance))
	}
	return s
}

// Folded joins the accounts of payouts that have come to nothing, as each does when its money is at the bank, into one
// line: a page would be a year's payouts long. Files have each of them.
func Folded(in Reader, accounts []ledger.Balance) ([]ledger.Balance, error) {
	var kept []ledger.Balance
	var nothing ledger.Balance
	count := 0
	for _, a := range accounts {
		if !a.Balance.IsZero() || !strings.HasPrefix(a.Account, string(ledger.PayoutClearing(""))) {
			kept = append(kept, a)
			continue
		}
		count++
		var err, err2 error
		nothing.Debit, err = nothing.Debit.Add(a.Debit)
		nothing.Credit, err2 = nothing.Credit.Add(a.Credit)
		if err := errors.Join(err, err2); err != nil {
			return nil, fmt.Errorf("add up accounts: %w", err)
		}
	}
	if count > 0 {
		nothing.Account = in.Say("balances.folded", "count", count)
		kept = append(kept, nothing)
	}
	return kept, nil
}

// Year is a year as tables.
func Year(y ledger.Year, in Reader, c city.City) sheet.Book {
	first := About(in, c, in.Say("about.year"), sheet.Text(strconv.Itoa(y.Year)), y.Final, y.LockedBy)
	first.Add(sheet.Text(in.Say("about.as_of")), sheet.Day(y.End))
	first.Add(sheet.Text(in.Say("about.basis")), sheet.Text(in.One("basis", y.Basis)))
	return sheet.Book{
		first, receivable(y, in), transit(y, in), standing(in, "sheet.unclaimed", y.Unclaimed), standing(in, "sheet.unallocated", y.Unallocated),
		writeOffs(y, in), adjustments(y, in), Balances(in, y.Balances),
	}
}

func receivable(y ledger.Year, in Reader) sheet.Sheet {
	s := sheet.Sheet{Name: in.Say("sheet.receivable"), Head: in.Heads("state", "tier", "days", "tickets", "owed", "allowance")}
	tickets := 0
	for _, l := range y.Receivable {
		tickets += l.Tickets
		s.Add(sheet.Text(in.One("stage", string(l.State))), sheet.Count(l.Tier), sheet.Text(in.Say("age."+strconv.Itoa(l.Age))), sheet.Count(l.Tickets), sheet.Amount(l.Owed), sheet.Amount(l.Allowance))
	}
	s.Add(sheet.Text(in.Say("total")), sheet.Text(""), sheet.Text(""), sheet.Count(tickets), sheet.Amount(y.Owed), sheet.Amount(y.Allowance))
	return s
}

func transit(y ledger.Year, in Reader) sheet.Sheet {
	s := sheet.Sheet{Name: in.Say("sheet.transit"), Head: in.Heads("side", "payout", "amount", "captures", "sent", "arrival", "banked")}
	for _, t := range y.Transit {
		s.Add(sheet.Text(in.One("side", t.Side)), sheet.Text(t.Payout), sheet.Amount(t.Amount), sheet.Count(t.Captures), sheet.Day(t.Sent), sheet.Day(t.Arrival), sheet.Day(t.BankedOn))
	}
	return s
}

func standing(in Reader, name string, all []ledger.Standing) sheet.Sheet {
	s := sheet.Sheet{Name: in.Say(name), Head: in.Heads("account", "ref", "since", "days", "amount")}
	for _, o := range all {
		s.Add(sheet.Text(o.Account), sheet.Text(o.Ref), sheet.Day(o.Since), sheet.Count(o.Days), sheet.Amount(o.Amount))
	}
	return s
}

func writeOffs(y ledger.Year, in Reader) sheet.Sheet {
	s := sheet.Sheet{Name: in.Say("sheet.write_offs"), Head: in.Heads("day", "kind", "ticket", "issued", "resolution", "amount", "by")}
	for _, w := range y.WriteOffs {
		s.Add(sheet.Day(w.Day), sheet.Text(in.One("kind", string(w.Kind))), sheet.Text(w.Ticket), sheet.Day(w.IssuedOn), sheet.Text(w.Resolution), sheet.Amount(w.Amount), sheet.Text(w.By))
	}
	return s
}

func adjustments(y ledger.Year, in Reader) sheet.Sheet {
	s := sheet.Sheet{Name: in.Say("sheet.adjustments"), Head: in.Heads("day", "of", "kind", "debit", "credit", "component", "amount", "entry")}
	for _, a := range y.Adjustments {
		s.Add(sheet.Day(a.Day), sheet.Day(a.Of), sheet.Text(in.One("kind", string(a.Kind))), sheet.Text(string(a.Debit)), sheet.Text(string(a.Credit)), sheet.Text(a.Component), sheet.Amount(a.Amount), sheet.Text(a.Entry))
	}
	return s
}
