package settle

import (
	"context"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/ledger"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
)

// match finds the bank's line of each payout, and moves the attempts whose money is there. A crash between the
// two leaves attempts that the next match moves.
func (d *Deposits) match(ctx context.Context, apply bool) (n int, err error) {
	err = d.write(ctx, fault.MatchBank, apply, func(ctx context.Context, tx *store.Tx) error {
		// What was entered while a refund's own step was under way, which could not see it.
		if _, err := knowRefunds(ctx, tx, "", d.Now()); err != nil {
			return err
		}
		if _, err := d.chequesIn(ctx, tx, d.Now()); err != nil {
			return err
		}
		n, err = d.matchIn(ctx, tx)
		return err
	})
	if err != nil || !apply {
		return n, err
	}
	return n, d.banked(ctx)
}

// banked moves the attempts of each payout that the bank has shown, and of those that failed and whose money came
// with it.
func (d *Deposits) banked(ctx context.Context) error {
	var waiting []string
	var payouts []store.Payout
	err := d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if waiting, err = tx.SettledPayouts(ctx); err != nil || len(waiting) == 0 {
			return err
		}
		payouts, err = tx.Payouts(ctx, d.Now().Add(-matchSince))
		return err
	})
	if err != nil {
		return err
	}
	byID := map[string]store.Payout{}
	for _, p := range payouts {
		byID[p.ID] = p
	}
	for _, id := range waiting {
		if !atBank(byID, id) {
			continue
		}
		if err := d.moveAttempts(ctx, id, payment.Settled, payment.AtBank); err != nil {
			return fmt.Errorf("move attempts of payout %s: %w", id, err)
		}
	}
	return nil
}

// atBank says whether the bank has shown a payout, or the one with which the money of a failed one went out again.
func atBank(payouts map[string]store.Payout, id string) bool {
	for range payouts { // a ring of failed ones ends too
		p := payouts[id]
		if p.FailedAt.IsZero() {
			return !p.BankedOn.IsZero()
		}
		id = p.AgainIn
	}
	return false
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
