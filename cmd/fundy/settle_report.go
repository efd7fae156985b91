package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"fundy/city"
	"fundy/money"
	"fundy/payout"
	"fundy/sheet"
)

// printReport writes a day's report for a person.
func printReport(w io.Writer, r payout.Report) {
	state := "open, as of " + r.AsOf.String()
	if r.Closed {
		state = "closed on " + r.AsOf.String()
	}
	fmt.Fprintf(w, "Business day %s (%s)\n\n", r.Day, state)
	fmt.Fprintf(w, "  %-24s %14s   %d payments\n", "taken", r.Gross, r.Payments())
	for _, c := range payout.Classes {
		if a := r.Classes[c]; !a.IsZero() {
			fmt.Fprintf(w, "  %-24s %14s\n", "- "+classWords[c], a)
		}
	}
	fmt.Fprintf(w, "  %-24s %14s\n\n", "= at the bank", r.Bank)
	for _, k := range r.Counter {
		fmt.Fprintf(w, "  counter %-12s %14s   %d tenders, at the bank %s\n", k.Kind, k.Amount, k.Count, k.Bank)
	}
	for _, d := range r.Deposits {
		where := "of " + d.Day.String()
		if !d.BankedOn.IsZero() {
			where = "at the bank " + d.BankedOn.String()
		}
		fmt.Fprintf(w, "  deposit %-12s %14s, of this day %14s, %s\n", d.Reference, d.Amount, d.OfDay, where)
	}
	for _, p := range r.Payouts {
		where := "arrives " + p.Arrival.String()
		if !p.BankedOn.IsZero() {
			where = "at the bank " + p.BankedOn.String()
		}
		if !p.Failed.IsZero() {
			where = "FAILED " + p.Failed.String()
		}
		fmt.Fprintf(w, "  payout %-30s %14s, of this day %14s, %s\n", p.ID, p.Amount, p.OfDay, where)
	}
	for _, t := range r.BankLines {
		fmt.Fprintf(w, "  bank %-12s %-12s %14s   %d lines\n", t.Account, t.Claim, t.Sum, t.Count)
	}
	for _, c := range r.Channels {
		fmt.Fprintf(w, "  channel %-12s %14s in %d payments, reversed %s\n", c.Channel, c.Received, c.Payments, c.Reversed)
	}
	fmt.Fprintln(w)
	for _, v := range r.Variances {
		fmt.Fprintf(w, "  %-10s %14s  %3d business days  %s\n", v.Class, v.Amount, v.Age, strings.TrimSpace(v.Ref+" "+v.What))
	}
	fmt.Fprintf(w, "\n  %-34s %-12s %-14s %-8s %14s %14s\n", "account", "offence", "component", "tax", "debit", "credit")
	for _, l := range r.Accounts {
		fmt.Fprintf(w, "  %-34s %-12s %-14s %-8s %14s %14s\n", l.Account, l.Offence, l.Component, l.Tax, l.Debit, l.Credit)
	}
	if n := r.Unknown(); n > 0 {
		fmt.Fprintf(w, "\n%d things are unexplained: the day can't be closed before they are.\n", n)
	}
}

// classWords are the classes for a person at a terminal.
var classWords = map[payout.Class]string{
	payout.Timing: "not there yet", payout.Fee: "fees", payout.Refund: "refunds", payout.Chargeback: "chargebacks",
	payout.Reserve: "held back", payout.Unknown: "UNEXPLAINED",
}

// reportCSV writes a day's report as rows of one form: what the row is of, then its fields.
func reportCSV(w io.Writer, r payout.Report) error {
	day := r.Day.String()
	rows := sheet.Sheet{Name: "section", Head: []string{"day", "section", "name", "class", "offence", "component", "count", "age_business_days", "debit", "credit", "amount", "note", "key", "tax"}}
	none := sheet.Text("")
	add := func(section, name string, cells map[string]sheet.Cell) {
		row := make([]sheet.Cell, len(rows.Head))
		for i, head := range rows.Head {
			row[i] = none
			if c, ok := cells[head]; ok {
				row[i] = c
			}
		}
		row[0], row[1], row[2] = sheet.Text(day), sheet.Text(section), sheet.Text(name)
		rows.Add(row...)
	}
	sum := func(name string, a money.Amount) { add("sum", name, map[string]sheet.Cell{"amount": sheet.Amount(a)}) }
	add("sum", "gross", map[string]sheet.Cell{"count": sheet.Count(r.Payments()), "amount": sheet.Amount(r.Gross)})
	for _, c := range payout.Classes {
		sum(string(c), r.Classes[c])
	}
	sum("net", r.Net)
	sum("payout", r.PaidOut)
	sum("bank", r.Bank)
	for _, c := range r.Channels {
		add("channel", c.Channel, map[string]sheet.Cell{"count": sheet.Count(c.Payments), "amount": sheet.Amount(c.Received), "debit": sheet.Amount(c.Received), "credit": sheet.Amount(c.Reversed)})
	}
	for _, p := range r.Payouts {
		add("payout", p.ID, map[string]sheet.Cell{"amount": sheet.Amount(p.OfDay), "note": sheet.Text("of " + p.Amount.String() + ", arrival " + p.Arrival.String() + ", at the bank " + p.BankedOn.String())})
	}
	for _, k := range r.Counter {
		add("counter", k.Kind, map[string]sheet.Cell{"count": sheet.Count(k.Count), "amount": sheet.Amount(k.Amount), "note": sheet.Text("at the bank " + k.Bank.String())})
	}
	for _, d := range r.Deposits {
		add("deposit", d.Reference, map[string]sheet.Cell{"amount": sheet.Amount(d.OfDay), "note": sheet.Text("of " + d.Amount.String() + ", at the bank " + d.BankedOn.String())})
	}
	for _, t := range r.BankLines {
		add("bank", t.Account, map[string]sheet.Cell{"class": sheet.Text(string(t.Claim)), "count": sheet.Count(t.Count), "amount": sheet.Amount(t.Sum)})
	}
	for _, v := range r.Variances {
		add("variance", v.Ref, map[string]sheet.Cell{
			"class": sheet.Text(string(v.Class)), "count": sheet.Count(v.Count), "age_business_days": sheet.Count(v.Age), "amount": sheet.Amount(v.Amount), "note": sheet.Text(v.What),
		})
	}
	for _, l := range r.Accounts {
		add("ledger", l.Account, map[string]sheet.Cell{
			"offence": sheet.Text(l.Offence), "component": sheet.Text(l.Component), "debit": sheet.Amount(l.Debit), "credit": sheet.Amount(l.Credit),
			"key": sheet.Text(l.Key), "tax": sheet.Text(l.Tax),
		})
	}
	return rows.CSV(w)
}

// dayBook is a day's report as a workbook: a sheet for each part.
func dayBook(r payout.Report, in reader, c city.City) sheet.Book {
	state := in.say("state.open")
	if r.Closed {
		state = in.say("state.closed")
	}
	about := sheet.Sheet{Name: in.say("sheet.about"), Head: in.heads("item", "value")}
	about.Add(sheet.Text(in.say("about.day")), sheet.Day(r.Day))
	about.Add(sheet.Text(in.say("about.as_of")), sheet.Day(r.AsOf))
	about.Add(sheet.Text(in.say("about.state")), sheet.Text(state))
	about.Add(sheet.Text(in.say("about.basis")), sheet.Text(in.one("basis", r.Basis)))
	about.Add(sheet.Text(in.say("about.currency")), sheet.Text(c.Currency))

	sums := sheet.Sheet{Name: in.say("sheet.sums"), Head: in.heads("item", "amount", "payments")}
	sums.Add(sheet.Text(in.say("sum.gross")), sheet.Amount(r.Gross), sheet.Count(r.Payments()))
	for _, class := range payout.Classes {
		sums.Add(sheet.Text(in.one("class", string(class))), sheet.Amount(r.Classes[class]))
	}
	sums.Add(sheet.Text(in.say("sum.net")), sheet.Amount(r.Net))
	sums.Add(sheet.Text(in.say("sum.paid_out")), sheet.Amount(r.PaidOut))
	sums.Add(sheet.Text(in.say("sum.bank")), sheet.Amount(r.Bank))
	for _, k := range r.Counter {
		sums.Add(sheet.Text(in.one("tender", k.Kind)), sheet.Amount(k.Amount), sheet.Count(k.Count))
	}

	channels := sheet.Sheet{Name: in.say("sheet.channels"), Head: in.heads("channel", "payments", "received", "reversed")}
	for _, c := range r.Channels {
		channels.Add(sheet.Text(in.one("channel", c.Channel)), sheet.Count(c.Payments), sheet.Amount(c.Received), sheet.Amount(c.Reversed))
	}
	payouts := sheet.Sheet{Name: in.say("sheet.payouts"), Head: in.heads("payout", "amount", "of_day", "arrival", "banked", "failed")}
	for _, p := range r.Payouts {
		payouts.Add(sheet.Text(p.ID), sheet.Amount(p.Amount), sheet.Amount(p.OfDay), sheet.Day(p.Arrival), sheet.Day(p.BankedOn), sheet.Day(p.Failed))
	}
	slips := sheet.Sheet{Name: in.say("sheet.deposits"), Head: in.heads("slip", "amount", "of_day", "day", "banked")}
	for _, d := range r.Deposits {
		slips.Add(sheet.Text(d.Reference), sheet.Amount(d.Amount), sheet.Amount(d.OfDay), sheet.Day(d.Day), sheet.Day(d.BankedOn))
	}
	lines := sheet.Sheet{Name: in.say("sheet.bank"), Head: in.heads("account", "claim", "count", "sum")}
	for _, t := range r.BankLines {
		lines.Add(sheet.Text(t.Account), sheet.Text(in.one("claim", string(t.Claim))), sheet.Count(t.Count), sheet.Amount(t.Sum))
	}
	differences := sheet.Sheet{Name: in.say("sheet.differences"), Head: in.heads("class", "amount", "count", "age", "ref", "what")}
	for _, v := range r.Variances {
		differences.Add(sheet.Text(in.one("class", string(v.Class))), sheet.Amount(v.Amount), sheet.Count(v.Count), sheet.Count(v.Age), sheet.Text(v.Ref), sheet.Text(v.What))
	}
	accounts := sheet.Sheet{Name: in.say("sheet.ledger"), Head: in.heads("account", "key", "offence", "component", "tax", "debit", "credit")}
	for _, l := range r.Accounts {
		accounts.Add(sheet.Text(l.Account), sheet.Text(l.Key), sheet.Text(l.Offence), sheet.Text(l.Component), sheet.Text(l.Tax), sheet.Amount(l.Debit), sheet.Amount(l.Credit))
	}
	return sheet.Book{about, sums, channels, payouts, slips, lines, differences, accounts}
}

// writeFile makes a file anew, whole or not at all: what stood there before stays until the new one is on disk.
func writeFile(path string, write func(w io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	err = write(f)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}
