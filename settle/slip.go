package settle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/ident"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
)

// DepositLeaf is what the log is told of a deposit's move.
type DepositLeaf struct {
	Deposit string `json:"deposit"`
	Kind    string `json:"kind"`
	Amount  int64  `json:"amount_minor"`
	Version int64  `json:"version"`
	Event   string `json:"event"`
	To      string `json:"to"`
	Who     string `json:"who"`
}

// MakeSlip puts closed batches of cash and cheques on a deposit slip: their money is on its way to the bank.
func (d *Deposits) MakeSlip(ctx context.Context, ask payout.SlipAsk, apply bool) (payout.Slip, error) {
	return d.makeDeposit(ctx, payout.CashCheque, ask, apply)
}

// MakeTerminal enters what a terminal's own report says of its batch: its acquirer owes that. Where our entries come to
// another amount, the difference is in suspense and before a person.
func (d *Deposits) MakeTerminal(ctx context.Context, ask payout.SlipAsk, apply bool) (payout.Slip, error) {
	return d.makeDeposit(ctx, payout.TerminalSlip, ask, apply)
}

func (d *Deposits) makeDeposit(ctx context.Context, kind payout.SlipKind, ask payout.SlipAsk, apply bool) (payout.Slip, error) {
	var made payout.Slip
	err := d.write(ctx, fault.MakeDeposit, apply, func(ctx context.Context, tx *store.Tx) error {
		now := d.Now()
		if no := d.Rules.CheckSlip(kind, ask, city.DateOf(now, d.City.Zone)); no != nil {
			return no
		}
		s := payout.Slip{ID: ident.New("dep"), Kind: kind, Account: ask.Account, Day: ask.Day, Reference: ask.Reference, By: ask.By, MadeAt: now}
		if err := d.depositIn(ctx, tx, &s, ask, now); err != nil {
			return err
		}
		// The bank may have been quicker: its line waits already.
		if _, err := d.matchCounterIn(ctx, tx); err != nil {
			return err
		}
		var err error
		made, err = tx.Deposit(ctx, s.ID)
		return err
	})
	if errors.Is(err, store.ErrConflict) {
		return made, fmt.Errorf("a deposit %s of %s has been made already, or somebody has changed one of the batches at the same moment: look with fundy deposit list: %w", ask.Reference, ask.Day, err)
	}
	return made, err
}

// depositIn writes a deposit: its batches are gone with it, and each attempt whose money is in deposits altogether
// is settled. First the attempts are locked, then the batches.
func (d *Deposits) depositIn(ctx context.Context, tx *store.Tx, s *payout.Slip, ask payout.SlipAsk, now time.Time) error {
	attempts, err := lockAttemptsOf(ctx, tx, ask.Batches)
	if err != nil {
		return err
	}
	batches, sums, err := d.sumBatches(ctx, tx, s, ask.Batches)
	if err != nil {
		return err
	}
	if s.Amount = s.Entered; s.Kind == payout.TerminalSlip {
		if s.Amount = ask.Total; s.Amount.Cmp(s.Entered) < 0 {
			if err := backOnTerminal(ctx, tx, s); err != nil {
				return err
			}
		}
	}
	if s.Amount.Cmp(money.Zero) <= 0 {
		return &payout.SlipRefusal{Reason: payout.RefusedNothing}
	}
	on := make([]store.OnSlip, 0, len(batches))
	for i, b := range batches {
		on = append(on, store.OnSlip{Batch: b.ID, Amount: sums[i]})
	}
	if err := tx.InsertDeposit(ctx, s, on); err != nil {
		return err
	}
	for i := range batches {
		if err := d.mover.moveBatch(ctx, tx, &batches[i], payment.BatchDeposits, ask.By, "", now); err != nil {
			return err
		}
	}
	if err := d.postDeposit(ctx, tx, *s, now); err != nil {
		return err
	}
	for _, id := range attempts {
		if err := d.depositedIn(ctx, tx, id, now); err != nil {
			return err
		}
	}
	if difference, err := s.Difference(); err != nil {
		return err
	} else if !difference.IsZero() {
		note := fmt.Sprintf("the terminal's report says %s, and our entries come to %s", s.Amount, s.Entered)
		if err := Raise(ctx, tx, payment.ExceptionDeposit, s.ID, difference, note, now); err != nil {
			return err
		}
	}
	return depositLeaf(ctx, tx, *s, payout.SlipWritten, ask.By, now)
}

// backOnTerminal takes off what was given back on the terminal since its last report, where that is exactly what the
// report has less. Else a person compares.
func backOnTerminal(ctx context.Context, tx *store.Tx, s *payout.Slip) error {
	back, err := tx.TerminalBack(ctx)
	if err != nil || back.Cmp(money.Zero) <= 0 {
		return err
	}
	less, err := s.Entered.Sub(s.Amount)
	if err == nil && less == back {
		s.Back = back
	}
	return err
}

// lockAttemptsOf locks the attempts that have something in batches, in ascending id, before the batches.
func lockAttemptsOf(ctx context.Context, tx *store.Tx, batches []payment.BatchID) ([]payment.AttemptID, error) {
	all, err := attemptsOf(ctx, tx, batches)
	if err != nil {
		return nil, err
	}
	for _, id := range all {
		if _, err := tx.LockAttempt(ctx, id); err != nil {
			return nil, err
		}
	}
	for _, id := range slices.Sorted(slices.Values(batches)) {
		if _, err := tx.LockBatch(ctx, id); err != nil {
			if errors.Is(err, store.ErrNotFound) {
				return nil, &payout.SlipRefusal{Reason: payout.RefusedBatches, Batch: id}
			}
			return nil, err
		}
	}
	// A batch may have been opened again and closed between the two: then somebody else's money is in it now.
	again, err := attemptsOf(ctx, tx, batches)
	if err == nil && !slices.Equal(all, again) {
		err = store.ErrConflict
	}
	return all, err
}

func attemptsOf(ctx context.Context, tx *store.Tx, batches []payment.BatchID) ([]payment.AttemptID, error) {
	var all []payment.AttemptID
	for _, id := range batches {
		some, err := tx.AttemptsOfBatch(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// sumBatches reads the batches of a deposit and what each has. What a drawer had more or less is in its cash.
func (d *Deposits) sumBatches(ctx context.Context, tx *store.Tx, s *payout.Slip, ids []payment.BatchID) ([]payment.Batch, []money.Amount, error) {
	var batches []payment.Batch
	var sums []money.Amount
	for _, id := range ids {
		b, err := tx.Batch(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		if no := payout.FitsSlip(s.Kind, b); no != nil {
			return nil, nil, no
		}
		cash, cheques, terminal, err := moneyOf(ctx, tx, id)
		if err != nil {
			return nil, nil, err
		}
		sum, err := money.Sum(cash, cheques, terminal)
		if err != nil {
			return nil, nil, err
		}
		if s.Entered, err = s.Entered.Add(sum); err != nil {
			return nil, nil, err
		}
		batches, sums = append(batches, b), append(sums, sum)
	}
	return batches, sums, nil
}

// moneyOf is what a batch has to be deposited, by where it stands.
func moneyOf(ctx context.Context, tx *store.Tx, id payment.BatchID) (cash, cheques, terminal money.Amount, err error) {
	sums, _, err := tx.MoneyOfBatch(ctx, id)
	if err != nil {
		return cash, cheques, terminal, err
	}
	over, err := tx.OverShortOf(ctx, id)
	if err != nil {
		return cash, cheques, terminal, err
	}
	for kind, sum := range sums {
		into := &cheques
		switch kind {
		case payment.Cash:
			into = &cash
		case payment.Terminal:
			into = &terminal
		}
		if *into, err = into.Add(sum); err != nil {
			return cash, cheques, terminal, err
		}
	}
	cash, err = cash.Add(over)
	return cash, cheques, terminal, err
}

// postDeposit enters a deposit. Its batches say where the money stood.
func (d *Deposits) postDeposit(ctx context.Context, tx *store.Tx, s payout.Slip, now time.Time) error {
	effective, err := tx.OpenInstant(ctx, now)
	if err != nil {
		return err
	}
	e := ledger.Entry{ID: string(ledger.Deposited) + "-" + s.ID, Kind: ledger.Deposited, Ref: s.ID, Entered: now, Effective: effective}
	if s.Kind == payout.TerminalSlip {
		net, err := s.Net()
		if err != nil {
			return err
		}
		if e.Postings, err = ledger.ForTerminalBatch(net, s.Amount); err != nil {
			return err
		}
		return tx.AddEntry(ctx, e)
	}
	batches, err := tx.BatchesOfDeposit(ctx, s.ID)
	if err != nil {
		return err
	}
	for _, id := range batches {
		cash, cheques, _, err := moneyOf(ctx, tx, id)
		if err != nil {
			return err
		}
		e.Postings = append(e.Postings, ledger.ForDeposit(ledger.UndepositedCash, cash)...)
		e.Postings = append(e.Postings, ledger.ForDeposit(ledger.UndepositedCheques, cheques)...)
	}
	return tx.AddEntry(ctx, e)
}

// depositedIn settles an attempt of which nothing is left outside deposits. The caller has locked it.
func (d *Deposits) depositedIn(ctx context.Context, tx *store.Tx, id payment.AttemptID, now time.Time) error {
	a, err := tx.LockAttempt(ctx, id)
	if err != nil || a.State != payment.Captured {
		return err
	}
	undeposited, _, err := tx.TendersOutside(ctx, id)
	if err != nil || undeposited > 0 {
		return err
	}
	return d.mover.moveIn(ctx, tx, &a, payment.Deposited, "", now)
}

// SendSlip keeps that a deposit went out of the house.
func (d *Deposits) SendSlip(ctx context.Context, id, by string, apply bool) (payout.Slip, error) {
	var s payout.Slip
	err := d.write(ctx, fault.SendDeposit, apply, func(ctx context.Context, tx *store.Tx) (err error) {
		if s, err = tx.LockDeposit(ctx, id); err != nil {
			return err
		}
		if !payment.StaffName(by) {
			return &payout.SlipRefusal{Reason: payout.RefusedWho}
		}
		if _, err := payout.NextSlip(s.State, payout.SlipGone); err != nil {
			return &payout.SlipRefusal{Reason: payout.RefusedState}
		}
		now := d.Now()
		if err := tx.MoveDeposit(ctx, &s, payout.SlipGone, "", "", by, "", now); err != nil {
			return err
		}
		return depositLeaf(ctx, tx, s, payout.SlipGone, by, now)
	})
	return s, err
}

func depositLeaf(ctx context.Context, tx *store.Tx, s payout.Slip, event payout.SlipEvent, who string, now time.Time) error {
	return tx.Tell(ctx, "deposit", now, DepositLeaf{
		Deposit: s.ID, Kind: string(s.Kind), Amount: s.Amount.Minor(), Version: s.Version, Event: string(event), To: string(s.State), Who: who,
	})
}
