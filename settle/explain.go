package settle

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fundy/city"
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

// ExplainAs is Explain by a person who is named. What is about a deposit is explained by nobody who has made it, money of the
// counter by nobody who has taken it, and a line of the bank's that can be a deposit is nothing else of ours.
func (d *Deposits) ExplainAs(ctx context.Context, ref string, word payout.Word, apply bool) error {
	class, why := word.Class, strings.TrimSpace(word.Why)
	switch {
	case !slices.Contains(payout.WordClasses, class):
		return refuse(RefusedClass, "%q is none of fee, refund, chargeback, reserve, not_ours", class)
	case why == "" || len(why) > longestWhy:
		return refuse(RefusedWhy, "say why, in at most %d letters: it stands in the report for good", longestWhy)
	case word.By != "" && !payment.StaffName(word.By):
		return refuse(payout.WordNoName, "%q is no staff name", word.By).with("reference", ref)
	case desk.HasCard(why):
		return refuse(RefusedCard, "what you wrote looks like a card number: write it without")
	}
	word.Why = why
	return d.write(ctx, fault.ExplainItem, apply, func(ctx context.Context, tx *store.Tx) error {
		now := d.Now()
		if err := d.maySayIn(ctx, tx, ref, word); err != nil {
			return err
		}
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

// maySayIn asks payout whether a person may say that, with the deposits that it is about as they stand.
func (d *Deposits) maySayIn(ctx context.Context, tx *store.Tx, ref string, word payout.Word) error {
	line, err := tx.UnenteredLine(ctx, ref)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if isLine := err == nil; !isLine && word.Class == payout.Stray {
		return refuse(RefusedClass, "%s is no line of the bank's: only such a one can be not_ours", ref)
	} else if isLine {
		open, err := tx.Deposits(ctx, city.DateOf(d.Now(), d.City.Zone))
		if err != nil {
			return err
		}
		return said(payout.MaySay(d.Rules.About(line.BankLine, line.Claim, open), d.Rules.CouldBe(line.BankLine, line.Claim, open), word))
	}
	switch b, err := tx.Batch(ctx, payment.BatchID(ref)); {
	case err == nil:
		return said(payout.MaySayOf(ref, b.Takers(), word.By))
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	id, ok := payout.DifferenceOf(ref)
	if !ok {
		id = ref
	}
	s, err := tx.Deposit(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return said(payout.MaySay([]payout.Slip{s}, nil, word))
}

// said is a refusal of a word, for a page and for a terminal.
func said(no *payout.WordRefusal) error {
	if no == nil {
		return nil
	}
	text := map[string]string{
		payout.WordNoName:   "it is about %s, which somebody has made: say who you are, with --by NAME",
		payout.WordOwnMoney: "you have taken the money of %s: another person explains why it is in no deposit",
		payout.WordOwnSlip:  "you have made the deposit %s: another person explains what is about it",
		payout.WordAcceptIt: "the line can be the deposit %s: accept it with fundy deposit accept; if it is none of ours, explain it as not_ours",
	}[no.Reason]
	return refuse(no.Reason, text, no.Slip).with("reference", no.Slip)
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
