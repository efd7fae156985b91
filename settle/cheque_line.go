package settle

import (
	"context"
	"errors"
	"slices"
	"time"

	"fundy/city"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
)

// returnedLinesIn finds what each line is with which the bank took a cheque back: one that a person has entered, or
// one that was deposited, which then comes back by it. By its number and amount there is one, or a person decides.
func (d *Deposits) returnedLinesIn(ctx context.Context, tx *store.Tx, lines []payout.BankLine, now time.Time) (n int, err error) {
	for _, l := range lines {
		found, err := d.returnedLineIn(ctx, tx, l, now)
		if err != nil {
			return n, err
		}
		if found {
			n++
		}
	}
	return n, nil
}

func (d *Deposits) returnedLineIn(ctx context.Context, tx *store.Tx, l payout.BankLine, now time.Time) (bool, error) {
	amount := l.Amount.Neg()
	if amount.Cmp(money.Zero) <= 0 {
		return false, nil
	}
	entered, err := d.enteredAs(ctx, tx, l, amount)
	if err != nil {
		return false, err
	}
	if entered.ID != "" {
		if err := tx.ShowReturned(ctx, entered, l.ID); err != nil {
			return false, err
		}
		return true, d.takenBackIn(ctx, tx, l, now)
	}
	all, err := tx.ChequesOf(ctx, amount)
	if err != nil {
		return false, err
	}
	all = slices.DeleteFunc(all, func(c store.ChequeOf) bool { return !payment.SameCheque(c.Number, l.Text) })
	if len(all) != 1 {
		return false, nil
	}
	today := city.DateOf(now, d.City.Zone)
	ask := ReturnAsk{Number: l.Text, Reason: "nsf", Day: today}
	if l.Value.Compare(today) < 0 {
		ask.Day = l.Value
	}
	_, err = d.returnIn(ctx, tx, all[0].Attempt, ask, l.ID, now)
	var no *payment.ReturnRefusal
	if errors.As(err, &no) {
		note := "the bank took a cheque back, and its payment can't be: " + no.Reason
		return false, Raise(ctx, tx, payment.ExceptionLine, l.ID, l.Amount, note, now)
	}
	if err != nil {
		return false, err
	}
	return true, d.takenBackIn(ctx, tx, l, now)
}

// takenBackIn enters the bank's line of a returned cheque, and takes it out of the queue where it had been a question.
func (d *Deposits) takenBackIn(ctx context.Context, tx *store.Tx, l payout.BankLine, now time.Time) error {
	if err := d.bankEntryIn(ctx, tx, l, ledger.ForReturnedAtBank(d.bankOf(l), l.Amount), now); err != nil {
		return err
	}
	return Settled(ctx, tx, payment.ExceptionLine, l.ID, "the line of a returned cheque", "", now)
}

// enteredAs is the cheque that a person has entered as returned, and whose amount and number a line has; zero: none. A
// bank that says no number is believed where one cheque of the amount waits, and no other.
func (d *Deposits) enteredAs(ctx context.Context, tx *store.Tx, l payout.BankLine, amount money.Amount) (payment.ReturnedCheque, error) {
	waiting, err := tx.ReturnedUnshown(ctx)
	if err != nil {
		return payment.ReturnedCheque{}, err
	}
	var same []payment.ReturnedCheque
	for _, r := range waiting {
		if r.Amount != amount {
			continue
		}
		t, err := tx.Tender(ctx, r.Tender)
		if err != nil {
			return payment.ReturnedCheque{}, err
		}
		if payment.SameCheque(t.Reference, l.Text) {
			return r, nil
		}
		same = append(same, r)
	}
	if l.Text == "" && len(same) == 1 {
		return same[0], nil
	}
	return payment.ReturnedCheque{}, nil
}
