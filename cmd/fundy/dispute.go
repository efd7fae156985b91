package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

// disputesListed bounds a list.
const disputesListed = 500

type disputeListCommand struct {
	City string `required:"" placeholder:"DIR" help:"The city's folder."`
	All  bool   `help:"Those that are decided too."`
	JSON bool   `name:"json" help:"As JSON, a chargeback a line."`
}

// shownDispute is a line of the list.
type shownDispute struct {
	ID       string `json:"id"`
	Receipt  string `json:"receipt,omitempty"` // or what stands for a payment without one; none: of no payment of ours
	Amount   int64  `json:"amount_minor"`
	Fee      int64  `json:"fee_minor"`
	Reason   string `json:"reason"`
	State    string `json:"state"`
	OpenedAt string `json:"opened_at"`
	AnswerBy string `json:"answer_by,omitempty"`
	End      string `json:"end,omitempty"`
	Why      string `json:"why,omitempty"`
}

// Run lists chargebacks, the most urgent first, with the day until which each can be answered.
func (c *disputeListCommand) Run(ctx context.Context) error {
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		return s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			all, err := tx.Disputes(ctx, disputesListed)
			if err != nil {
				return err
			}
			var shown []payment.Dispute
			for _, d := range all {
				if c.All || d.ClosedAt.IsZero() || d.State == payment.DisputeStopped || d.End == payment.EndPerson {
					shown = append(shown, d)
				}
			}
			if c.JSON {
				return disputesJSON(ctx, tx, os.Stdout, shown)
			}
			return printDisputes(ctx, tx, os.Stdout, shown, s.City.Zone, s.Now())
		})
	})
}

func printDisputes(ctx context.Context, tx *store.Tx, out io.Writer, all []payment.Dispute, zone *time.Location, now time.Time) error {
	if len(all) == 0 {
		fmt.Fprintln(out, "No chargebacks wait.")
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CHARGEBACK\tOPENED\tRECEIPT\tAMOUNT\tFEE\tREASON\tSTATE\tANSWER BY\tWHAT CAME OF IT")
	waits := false
	for _, d := range all {
		one, err := showDispute(ctx, tx, d)
		if err != nil {
			return err
		}
		due := "-"
		if d.State == payment.DisputeOpen || d.State == payment.DisputeInquiry {
			waits, due = true, clock(d.DueAt, zone)
			if !d.DueAt.IsZero() && now.After(d.DueAt) {
				due += " (over)"
			}
		}
		came := orDash(one.End)
		if one.Why != "" {
			came += ", " + one.Why
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, clock(d.OpenedAt, zone), orDash(one.Receipt), d.Amount, d.Fee, d.Reason, d.State, due, came)
	}
	if err := w.Flush(); err != nil || !waits {
		return err
	}
	fmt.Fprintln(out, "Answer at the processor's dashboard, before the day shown: docs/chargebacks.md says with what.")
	return nil
}

func disputesJSON(ctx context.Context, tx *store.Tx, out io.Writer, all []payment.Dispute) error {
	lines := json.NewEncoder(out)
	for _, d := range all {
		one, err := showDispute(ctx, tx, d)
		if err == nil {
			err = lines.Encode(one)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// showDispute is a chargeback with the receipt of its payment.
func showDispute(ctx context.Context, tx *store.Tx, d payment.Dispute) (shownDispute, error) {
	one := shownDispute{
		ID: string(d.ID), Amount: d.Amount.Minor(), Fee: d.Fee.Minor(), Reason: d.Reason, State: string(d.State),
		OpenedAt: d.OpenedAt.Format(time.RFC3339), End: string(d.End), Why: d.Why,
	}
	if !d.DueAt.IsZero() {
		one.AnswerBy = d.DueAt.Format(time.RFC3339)
	}
	if d.Attempt == "" {
		return one, nil
	}
	a, err := tx.Attempt(ctx, d.Attempt)
	if errors.Is(err, store.ErrNotFound) {
		return one, nil
	}
	one.Receipt = receiptOf(a)
	return one, err
}
