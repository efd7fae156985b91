package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
)

// Counter is what the bank's lines came to that are of money without the card page.
type Counter struct {
	Deposits int `json:"deposits_found"`
	Fees     int `json:"terminal_fees"`
	Returned int `json:"returned_cheques"`
}

// matchCounterIn finds the line of each deposit and of each cheque that came back, and enters what the terminals'
// acquirer took for itself. What is left is unknown in the day's report.
func (d *Deposits) matchCounterIn(ctx context.Context, tx *store.Tx) (Counter, error) {
	now, out := d.Now(), Counter{}
	lines, err := tx.LinesOfCounter(ctx)
	if err != nil || len(lines) == 0 {
		return out, err
	}
	slips, err := tx.Deposits(ctx, city.DateOf(now.Add(-matchSince), d.City.Zone))
	if err != nil {
		return out, err
	}
	by := map[payout.Claim][]payout.BankLine{}
	for _, l := range lines {
		by[l.Claim] = append(by[l.Claim], l.BankLine)
	}
	for claim, kind := range map[payout.Claim]payout.SlipKind{payout.Deposit: payout.CashCheque, payout.Terminal: payout.TerminalSlip} {
		n, err := d.matchSlipsIn(ctx, tx, kind, slips, by[claim], now)
		if err != nil {
			return out, err
		}
		out.Deposits += n
	}
	for _, l := range by[payout.TerminalFee] {
		if err := d.bankEntryIn(ctx, tx, l, ledger.ForTerminalFee(d.bankOf(l), l.Amount), now); err != nil {
			return out, err
		}
		out.Fees++
	}
	out.Returned, err = d.returnedLinesIn(ctx, tx, by[payout.ReturnedItem], now)
	return out, err
}

func (d *Deposits) matchSlipsIn(ctx context.Context, tx *store.Tx, kind payout.SlipKind, slips []payout.Slip, lines []payout.BankLine, now time.Time) (int, error) {
	var open []payout.Slip
	var known []string
	for _, s := range slips {
		if s.Kind != kind {
			continue
		}
		if s.BankedOn.IsZero() {
			open = append(open, s)
		}
		known = append(known, s.Reference)
	}
	pairs := d.Rules.MatchSlips(open, lines, known, d.Calendar)
	for _, p := range pairs {
		p.Slip.Fee = p.Fee
		if err := d.shownIn(ctx, tx, p.Slip, p.Line, "", "", now); err != nil {
			return 0, err
		}
	}
	return len(pairs), nil
}

// shownIn enters that a line of the bank is a deposit, whose fee or shortage is set, and moves the attempts that are
// at the bank with it altogether.
func (d *Deposits) shownIn(ctx context.Context, tx *store.Tx, s payout.Slip, l payout.BankLine, accepted, why string, now time.Time) error {
	attempts, err := tx.AttemptsOfDeposit(ctx, s.ID)
	if err != nil {
		return err
	}
	if err := tx.MoveDeposit(ctx, &s, payout.SlipShown, l.ID, accepted, accepted, why, now); err != nil {
		return err
	}
	transit := ledger.InTransitDeposit
	if s.Kind == payout.TerminalSlip {
		transit = ledger.InTransitTerminal
	}
	if err := d.bankEntryIn(ctx, tx, l, ledger.ForDeposited(d.bankOf(l), transit, l.Amount, s.Fee, s.Short), now); err != nil {
		return err
	}
	for _, id := range attempts {
		a, err := tx.LockAttempt(ctx, id)
		if err != nil {
			return err
		}
		_, unbanked, err := tx.TendersOutside(ctx, id)
		if err != nil {
			return err
		}
		if a.State != payment.Settled || unbanked > 0 {
			continue
		}
		if err := d.mover.moveIn(ctx, tx, &a, payment.AtBank, "", now); err != nil {
			return err
		}
	}
	return depositLeaf(ctx, tx, s, payout.SlipShown, accepted, now)
}

// bankOf is the ledger's account of a line's.
func (d *Deposits) bankOf(l payout.BankLine) ledger.Account {
	return ledger.Bank(d.Rules.AccountName(l.Account))
}

// bankEntryIn enters a line of the bank, once, for its value date.
func (d *Deposits) bankEntryIn(ctx context.Context, tx *store.Tx, l payout.BankLine, postings []ledger.Posting, now time.Time) error {
	effective, err := tx.OpenInstant(ctx, l.Value.Start(d.City.Zone))
	if err != nil {
		return err
	}
	return tx.AddEntry(ctx, ledger.Entry{
		ID: string(ledger.AtBank) + "-" + l.ID, Kind: ledger.AtBank, Ref: l.ID, Entered: now, Effective: effective, Postings: postings,
	})
}

// AcceptSlip is a person's word that a line of the bank is a deposit although the amounts differ: the bank has counted
// otherwise, say. What is short, or over, goes where a drawer's would.
func (d *Deposits) AcceptSlip(ctx context.Context, id, line, why, by string, apply bool) (payout.Slip, error) {
	var s payout.Slip
	err := d.write(ctx, fault.AcceptDeposit, apply, func(ctx context.Context, tx *store.Tx) (err error) {
		if s, err = tx.LockDeposit(ctx, id); err != nil {
			return err
		}
		l, err := tx.LineOfCounter(ctx, line)
		if errors.Is(err, store.ErrNotFound) && s.State == payout.SlipBanked {
			return &payout.SlipRefusal{Reason: payout.RefusedState} // accepted already, by who was not answered say
		}
		if errors.Is(err, store.ErrNotFound) {
			return &payout.SlipRefusal{Reason: payout.RefusedLine}
		}
		if err != nil {
			return err
		}
		short, no := d.Rules.AcceptSlip(s, l.BankLine, l.Claim, by, why)
		if no != nil {
			return no
		}
		now := d.Now()
		if s.Kind == payout.TerminalSlip && !short.IsNegative() {
			s.Fee = short // an acquirer that pays less has kept it
		} else {
			s.Short = short
		}
		if err := d.shownIn(ctx, tx, s, l.BankLine, by, why, now); err != nil {
			return err
		}
		return Settled(ctx, tx, payment.ExceptionLine, line, "the line of a deposit", by, now)
	})
	return s, err
}

// explainedDifference moves a terminal's difference out of suspense, once a person has said what it is.
func (d *Deposits) explainedDifference(ctx context.Context, tx *store.Tx, ref string, class payout.Class, now time.Time) error {
	id, ok := payout.DifferenceOf(ref)
	if !ok {
		return nil
	}
	s, err := tx.Deposit(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	difference, err := s.Difference()
	if err != nil || difference.IsZero() {
		return err
	}
	into := payout.AccountOf(class)
	if class == payout.Fee {
		into = ledger.TerminalFees
	}
	err = tx.AddEntry(ctx, ledger.Entry{
		ID: string(ledger.Explained) + "-" + ref, Kind: ledger.Explained, Ref: ref, Entered: now, Effective: now,
		Postings: ledger.ForExplainedDifference(into, difference),
	})
	if err != nil {
		return err
	}
	return Settled(ctx, tx, payment.ExceptionDeposit, s.ID, fmt.Sprintf("explained as %s", class), "", now)
}

// closedBatches is what waits for a deposit, for a list.
func closedBatches(ctx context.Context, tx *store.Tx, limit int) ([]payment.Batch, []money.Amount, error) {
	all, err := tx.BatchesIn(ctx, payment.BatchClosed, limit)
	if err != nil {
		return nil, nil, err
	}
	sums := make([]money.Amount, 0, len(all))
	for _, b := range all {
		cash, cheques, terminal, err := moneyOf(ctx, tx, b.ID)
		if err != nil {
			return nil, nil, err
		}
		sum, err := money.Sum(cash, cheques, terminal)
		if err != nil {
			return nil, nil, err
		}
		sums = append(sums, sum)
	}
	return all, sums, nil
}

// Waiting is a closed batch that is in no deposit.
type Waiting struct {
	payment.Batch
	Sum money.Amount
}

// waitingMost bounds a list.
const waitingMost = 500

// Slips lists the closed batches that wait for a deposit, and the deposits since a day.
func (d *Deposits) Slips(ctx context.Context, since city.Date) (waiting []Waiting, slips []payout.Slip, err error) {
	err = d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		waiting = nil
		batches, sums, err := closedBatches(ctx, tx, waitingMost)
		if err != nil {
			return err
		}
		for i, b := range batches {
			if !sums[i].IsZero() { // a drawer without cash, a mail of items only: there is nothing to carry
				waiting = append(waiting, Waiting{b, sums[i]})
			}
		}
		slips, err = tx.Deposits(ctx, since)
		return err
	})
	return waiting, slips, err
}
