package settle

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fundy/desk"
	"fundy/fault"
	"fundy/ledger"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
)

// longestWhy bounds what a person says, in bytes.
const longestWhy = 500

// Explain keeps what a person says of something unknown, by the reference that the report gives it. A line of the
// processor's leaves suspense for the account of its class.
func (d *Deposits) Explain(ctx context.Context, ref string, class payout.Class, why string, apply bool) error {
	return d.ExplainAs(ctx, ref, payout.Word{Class: class, Why: why}, apply)
}

// ExplainClasses are what a person can say that something unknown is.
var ExplainClasses = []payout.Class{payout.Fee, payout.Refund, payout.Chargeback, payout.Reserve}

// ExplainAs is Explain by a person who is named.
func (d *Deposits) ExplainAs(ctx context.Context, ref string, word payout.Word, apply bool) error {
	class, why := word.Class, strings.TrimSpace(word.Why)
	switch {
	case !slices.Contains(ExplainClasses, class):
		return refuse(RefusedClass, "%q is none of fee, refund, chargeback, reserve", class)
	case why == "" || len(why) > longestWhy:
		return refuse(RefusedWhy, "say why, in at most %d letters: it stands in the report for good", longestWhy)
	case desk.HasCard(why):
		return refuse(RefusedCard, "what you wrote looks like a card number: write it without")
	}
	word.Why = why
	return d.write(ctx, fault.ExplainItem, apply, func(ctx context.Context, tx *store.Tx) error {
		now := d.Now()
		if err := tx.AddWord(ctx, ref, word, now); err != nil {
			if errors.Is(err, store.ErrConflict) {
				return refuse(RefusedExplained, "%s has been explained already", ref)
			}
			return err
		}
		amount, found, err := tx.InSuspense(ctx, ref)
		if err != nil {
			return err
		}
		if found {
			e := ledger.Entry{
				ID: string(ledger.Explained) + "-" + ref, Kind: ledger.Explained, Ref: ref, Entered: now, Effective: now,
				Postings: ledger.ForExplained(payout.AccountOf(class), amount),
			}
			if err := errors.Join(tx.AddEntry(ctx, e), chargebackExplained(ctx, tx, ref, class, now)); err != nil {
				return err
			}
		}
		if err := d.explainedDifference(ctx, tx, ref, class, now); err != nil {
			return err
		}
		for _, kind := range []payment.ExceptionKind{payment.ExceptionLine, payment.ExceptionPayout} {
			if err := Settled(ctx, tx, kind, ref, string(class), "", now); err != nil {
				return err
			}
		}
		return tx.Tell(ctx, "explained", now, map[string]string{"ref": ref, "class": string(class), "why_sha256": digestOf([]byte(why)), "who": word.By})
	})
}

// chargebackExplained takes a chargeback that is of no payment of ours out of the queue, once a person has said what its
// line is.
func chargebackExplained(ctx context.Context, tx *store.Tx, line string, class payout.Class, now time.Time) error {
	source, err := tx.SourceOfLine(ctx, line)
	if err != nil || source == "" {
		return err
	}
	return Settled(ctx, tx, payment.ExceptionChargeback, source, "explained as "+string(class), "", now)
}
