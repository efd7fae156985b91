package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
		if v.Of != "" {
			fmt.Fprintf(w, "  %46s it was: %s; explained by %s\n", "", v.Of, cmp.Or(v.By, "who worked on this machine"))
		}
	}
	for _, o := range r.Overtaken {
		fmt.Fprintf(w, "  explained as %s before (%s, %s: %s), and %s\n", o.Class, o.Amount, cmp.Or(o.By, "on this machine"), o.Why, o.What)
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
	payout.Reserve: "held back", payout.Stray: "not ours", payout.Unknown: "UNEXPLAINED",
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
