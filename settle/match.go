package settle

import (
	"context"
	"errors"
	"time"

	"fundy/fault"
	"fundy/ledger"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
)

// match finds the bank's line of each payout.
func (d *Deposits) match(ctx context.Context, apply bool) (n int, err error) {
	err = d.write(ctx, fault.MatchBank, apply, func(ctx context.Context, tx *store.Tx) error {
		n, err = d.matchIn(ctx, tx)
		return err
	})
	return n, err
}

// matchSince is how far back a payout can wait for its line.
const matchSince = 400 * 24 * time.Hour

func (d *Deposits) matchIn(ctx context.Context, tx *store.Tx) (int, error) {
	now := d.Now()
	payouts, err := tx.Payouts(ctx, now.Add(-matchSince))
	if err != nil {
		return 0, err
	}
	lines, err := tx.UnmatchedLines(ctx)
	if err != nil {
		return 0, err
	}
	until, err := tx.ClosedUntil(ctx)
	if err != nil {
		return 0, err
	}
	pairs := d.Rules.Match(d.sent(payouts), lines, d.Calendar)
	for _, p := range pairs {
		if err := tx.AddMatch(ctx, p, now); err != nil {
			return 0, err
		}
		e := ledger.Entry{
			ID: string(ledger.AtBank) + "-" + p.Line.ID, Kind: ledger.AtBank, Ref: p.Line.ID, Entered: now,
			Effective: after(until)(p.Line.Value.Start(d.City.Zone)),
			Postings:  ledger.ForBankLine(ledger.Bank(d.Rules.AccountName(p.Line.Account)), p.Line.Amount),
		}
		if err := tx.AddEntry(ctx, e); err != nil {
			return 0, err
		}
		if p.Sent.Back {
			continue
		}
		if err := d.bankedIn(ctx, tx, p.Sent.ID, now, 0); err != nil {
			return 0, err
		}
	}
	return len(pairs), nil
}

// sent are the payouts that wait for a line of the bank.
func (d *Deposits) sent(payouts []store.Payout) []payout.Sent {
	var all []payout.Sent
	for _, p := range payouts {
		s := payout.Sent{ID: p.ID, Amount: p.Amount, Day: payout.DayOf(p.Arrival), Trace: p.Trace}
		switch {
		case p.PostedAt.IsZero():
			continue
		case p.FailedAt.IsZero() && p.BankedOn.IsZero():
			all = append(all, s)
		case !p.FailedAt.IsZero() && !p.BankedOn.IsZero() && p.Returned.IsZero():
			s.Amount, s.Day, s.Back = p.Amount.Neg(), p.BankedOn, true
			all = append(all, s)
		}
	}
	return all
}

// bankedIn moves the attempts of a payout that the bank has shown, and those of failed ones whose money came with it.
func (d *Deposits) bankedIn(ctx context.Context, tx *store.Tx, id string, now time.Time, depth int) error {
	if depth > 100 {
		return errors.New("payouts that failed go round in a ring")
	}
	attempts, err := tx.AttemptsOfPayout(ctx, id)
	if err != nil {
		return err
	}
	for _, a := range attempts {
		if err := d.moveAttemptIn(ctx, tx, a, payment.Settled, payment.AtBank, now); err != nil {
			return err
		}
	}
	failed, err := tx.FailedIn(ctx, id)
	if err != nil {
		return err
	}
	for _, f := range failed {
		if err := d.bankedIn(ctx, tx, f, now, depth+1); err != nil {
			return err
		}
	}
	return nil
}
