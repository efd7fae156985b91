package settle

import (
	"context"
	"fmt"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/ledger"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
)

// match ends a fetch: it finds the bank's line of each payout, and moves the attempts whose money is there. A crash
// between the two leaves attempts that the next match moves.
func (d *Deposits) match(ctx context.Context, apply bool) (n int, err error) {
	err = d.write(ctx, fault.MatchBank, apply, func(ctx context.Context, tx *store.Tx) error {
		if n, err = d.matchIn(ctx, tx); err != nil {
			return err
		}
		return d.payoutsCame(ctx, tx, d.Now())
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
	if len(d.Rules.Accounts) == 0 {
		return 0, nil // no deposits.toml: nothing says which account of the ledger a line is of
	}
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
		if err := Settled(ctx, tx, payment.ExceptionLine, p.Line.ID, "found: "+p.Sent.ID, "", now); err != nil {
			return 0, err
		}
		if p.Sent.Back {
			continue
		}
		if err := Settled(ctx, tx, payment.ExceptionPayout, p.Sent.ID, "at the bank", "", now); err != nil {
			return 0, err
		}
	}
	return len(pairs), d.lateIn(ctx, tx, d.sent(payouts), lines, pairs, now)
}

// lateIn puts before a person, once, what should have found its other half by now: payouts that no line of the bank
// is, and lines of the processor's that are no payout.
func (d *Deposits) lateIn(ctx context.Context, tx *store.Tx, sent []payout.Sent, lines []payout.BankLine, pairs []payout.Pair, now time.Time) error {
	today := city.DateOf(now, d.City.Zone)
	found := map[string]bool{}
	for _, p := range pairs {
		found[p.Sent.ID], found[p.Line.ID] = true, true
	}
	shown, err := d.shownUntil(ctx, tx)
	if err != nil {
		return err
	}
	for _, s := range sent {
		last := d.Rules.LastDay(s.Day, d.Calendar)
		// Until the bank's statements go so far, nobody can know; but not for ever.
		unknown := shown.Compare(last) < 0 && payout.Age(d.Calendar, last, today) <= d.Rules.Late
		if found[s.ID] || s.Back || today.Compare(last) <= 0 || unknown {
			continue
		}
		note := fmt.Sprintf("it was to be at the bank on %s, and no line of the bank is it: is a file of the bank missing? Else ask the processor", s.Day)
		if err := raiseOnce(ctx, tx, payment.ExceptionPayout, s.ID, s.Amount, note, now); err != nil {
			return err
		}
	}
	for _, l := range lines {
		if found[l.ID] || payout.Age(d.Calendar, l.Value, today) <= d.Rules.After {
			continue
		}
		note := fmt.Sprintf("the bank has %s on %s from the processor, and no payout of ours is that: fundy settle report --day %s says what it may be", l.Amount, l.Value, l.Value)
		if err := raiseOnce(ctx, tx, payment.ExceptionLine, l.ID, l.Amount, note, now); err != nil {
			return err
		}
	}
	return nil
}

// shownUntil is the day up to which the bank has shown any account of ours.
func (d *Deposits) shownUntil(ctx context.Context, tx *store.Tx) (newest city.Date, err error) {
	for _, a := range d.Rules.Accounts {
		last, err := tx.LastStatement(ctx, a.Number)
		if err != nil {
			return newest, err
		}
		if last.Compare(newest) > 0 {
			newest = last
		}
	}
	return newest, nil
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
