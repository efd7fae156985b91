package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"fundy/payout"
)

// printReport writes a day's report for a person.
func printReport(w io.Writer, r payout.Report) {
	state := "open, as of " + r.AsOf.String()
	if r.Closed {
		state = "closed on " + r.AsOf.String()
	}
	fmt.Fprintf(w, "Business day %s (%s)\n\n", r.Day, state)
	fmt.Fprintf(w, "  %-24s %14s   %d payments\n", "taken", r.Gross, r.Captures)
	for _, c := range payout.Classes {
		if a := r.Classes[c]; !a.IsZero() {
			fmt.Fprintf(w, "  %-24s %14s\n", "- "+words[c], a)
		}
	}
	fmt.Fprintf(w, "  %-24s %14s\n\n", "= at the bank", r.Bank)
	for _, l := range r.Counter {
		fmt.Fprintf(w, "  counter %-29s %14s\n", l.Account, l.Amount)
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
	fmt.Fprintln(w)
	for _, v := range r.Variances {
		fmt.Fprintf(w, "  %-10s %14s  %3d business days  %s\n", v.Class, v.Amount, v.Age, strings.TrimSpace(v.Ref+" "+v.What))
	}
	fmt.Fprintf(w, "\n  %-34s %-12s %-14s %14s %14s\n", "account", "offence", "component", "debit", "credit")
	for _, l := range r.Accounts {
		fmt.Fprintf(w, "  %-34s %-12s %-14s %14s %14s\n", l.Account, l.Offence, l.Component, l.Debit, l.Credit)
	}
	if n := r.Unknown(); n > 0 {
		fmt.Fprintf(w, "\n%d things are unexplained: the day can't be closed before they are.\n", n)
	}
}

// words are the classes for a person.
var words = map[payout.Class]string{
	payout.Timing: "not there yet", payout.Fee: "fees", payout.Refund: "refunds", payout.Chargeback: "chargebacks",
	payout.Reserve: "held back", payout.Unknown: "UNEXPLAINED",
}

// reportCSV writes a day's report as rows of one form: what the row is of, then its fields.
func reportCSV(w io.Writer, r payout.Report) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"day", "section", "name", "class", "offence", "component", "count", "age_business_days", "debit", "credit", "amount", "note"}}
	day := r.Day.String()
	sum := func(name, count, amount, note string) {
		rows = append(rows, []string{day, "sum", name, "", "", "", count, "", "", "", amount, note})
	}
	sum("gross", strconv.Itoa(r.Captures), r.Gross.String(), "")
	for _, c := range payout.Classes {
		sum(string(c), "", r.Classes[c].String(), "")
	}
	sum("net", "", r.Net.String(), "")
	sum("payout", "", r.PaidOut.String(), "")
	sum("bank", "", r.Bank.String(), "")
	for _, p := range r.Payouts {
		rows = append(rows, []string{day, "payout", p.ID, "", "", "", "", "", "", "", p.OfDay.String(), "of " + p.Amount.String() + ", arrival " + p.Arrival.String() + ", at the bank " + p.BankedOn.String()})
	}
	for _, t := range r.BankLines {
		rows = append(rows, []string{day, "bank", t.Account, string(t.Claim), "", "", strconv.Itoa(t.Count), "", "", "", t.Sum.String(), ""})
	}
	for _, v := range r.Variances {
		rows = append(rows, []string{day, "variance", v.Ref, string(v.Class), "", "", strconv.Itoa(v.Count), strconv.Itoa(v.Age), "", "", v.Amount.String(), v.What})
	}
	for _, l := range r.Accounts {
		rows = append(rows, []string{day, "ledger", l.Account, "", l.Offence, l.Component, "", "", l.Debit.String(), l.Credit.String(), "", ""})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = plainCell(row[i])
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// plainCell keeps a spreadsheet from taking a text for a formula: what a bank wrote is not ours. A negative
// amount stays a number.
func plainCell(text string) string {
	if text == "" || !strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return text
	}
	if strings.Trim(text[1:], "0123456789.") == "" && text[0] == '-' {
		return text
	}
	return "'" + text
}

func writeReport(path string, r payout.Report) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return errors.Join(reportCSV(f, r), f.Close())
}
