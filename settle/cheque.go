package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/ledger"
	"fundy/payment"
	"fundy/store"
)

// onRefund does one thing to a refund, in one transaction that has locked it. Unless apply is asked for, it is tried
// and taken back: who asks what would happen is told by the rules themselves.
func (s *Settler) onRefund(ctx context.Context, step fault.Step, id payment.RefundID, by string, apply bool,
	fn func(ctx context.Context, tx *store.Tx, r *payment.Refund, a payment.Attempt, now time.Time) error,
) (payment.Refund, error) {
	var r payment.Refund
	err := s.Store.Write(ctx, step, func(ctx context.Context, tx *store.Tx) error {
		if !payment.StaffName(by) {
			return &payment.RefundRefusal{Reason: payment.RefusedWho}
		}
		// First, as the way to the bank does: no day closes while something is entered in it.
		if err := tx.LockSettlement(ctx); err != nil {
			return err
		}
		var a payment.Attempt
		var err error
		if r, a, err = lockRefund(ctx, tx, id); err != nil {
			return err
		}
		if err := fn(ctx, tx, &r, a, s.Now()); err != nil {
			return err
		}
		if !apply {
			return errDryRun
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return r, fmt.Errorf("%s: %w", step, err)
	}
	return r, nil
}

// mayMove is the refusal of an event that a refund's state does not know. A person's mistake is no unexpected event.
func mayMove(r payment.Refund, event payment.RefundEvent, way payment.Way) error {
	if _, err := payment.NextRefund(r.State, event); err != nil || r.Way != way {
		return &payment.RefundRefusal{Reason: payment.RefusedNotThere, State: r.State}
	}
	return nil
}

// addPayee keeps who a refund's n-th cheque is for.
func addPayee(ctx context.Context, tx *store.Tx, id payment.RefundID, n int, seal SealPayee, by string, now time.Time) error {
	sealed, err := seal(id, n)
	if err != nil {
		return err
	}
	if err := tx.AddPayee(ctx, id, n, sealed, by, now); err != nil {
		return err
	}
	return payeeLeaf(ctx, tx, "payee_asked", id, n, by, now)
}

// payeeLeaf tells the log of a payee, and nothing that he is known by.
func payeeLeaf(ctx context.Context, tx *store.Tx, kind string, id payment.RefundID, n int, who string, now time.Time) error {
	return tx.Tell(ctx, kind, now, map[string]any{"refund": string(id), "n": n, "who": who})
}

// AskPayeeAgain keeps where the payer says that a cheque goes to which came back, or was never cashed: it is written
// anew with the next requisition.
func (s *Settler) AskPayeeAgain(ctx context.Context, id payment.RefundID, payee SealPayee, by string, apply bool) (payment.Refund, error) {
	return s.onRefund(ctx, fault.AskPayee, id, by, apply, func(ctx context.Context, tx *store.Tx, r *payment.Refund, _ payment.Attempt, now time.Time) error {
		if err := mayMove(*r, payment.AskedAgain, payment.ByCheque); err != nil {
			return err
		}
		n, err := tx.NewestPayee(ctx, id)
		if err != nil {
			return err
		}
		if err := addPayee(ctx, tx, id, n+1, payee, by, now); err != nil {
			return err
		}
		return s.moveRefundIn(ctx, tx, r, payment.AskedAgain, by, "", now)
	})
}

// ReturnRefundCheque enters that the post has brought a cheque back. Its money is owed to the payer as before.
func (s *Settler) ReturnRefundCheque(ctx context.Context, id payment.RefundID, by string, apply bool) (payment.Refund, error) {
	return s.onRefund(ctx, fault.EndCheque, id, by, apply, func(ctx context.Context, tx *store.Tx, r *payment.Refund, _ payment.Attempt, now time.Time) error {
		if err := mayMove(*r, payment.ChequeReturned, payment.ByCheque); err != nil {
			return err
		}
		return s.chequeBackIn(ctx, tx, r, payment.ChequeWasReturned, by, now)
	})
}

// chequeBackIn ends a cheque that nobody will cash: what was outstanding is owed again.
func (s *Settler) chequeBackIn(ctx context.Context, tx *store.Tx, r *payment.Refund, end payment.ChequeEnd, by string, now time.Time) error {
	c, err := tx.RefundCheque(ctx, r.ID)
	if err != nil {
		return err
	}
	kind, event := ledger.RefundChequeReturned, payment.ChequeReturned
	if end == payment.ChequeWentStale {
		kind, event = ledger.RefundChequeStale, payment.ChequeStale
	}
	if err := tx.EndCheque(ctx, c, end, "", now); err != nil {
		return err
	}
	if err := postCheque(ctx, tx, kind, c, now, now, ledger.ForChequeBack(c.Amount)); err != nil {
		return err
	}
	return s.moveRefundIn(ctx, tx, r, event, by, "", now)
}

// postCheque enters what a cheque does, at an instant that is in no closed day.
func postCheque(ctx context.Context, tx *store.Tx, kind ledger.Kind, c payment.RefundCheque, at, now time.Time, postings []ledger.Posting) error {
	effective, err := tx.OpenInstant(ctx, at)
	if err != nil {
		return err
	}
	ref := payment.ChequeRef(c.Refund, c.N)
	return tx.AddEntry(ctx, ledger.Entry{ID: string(kind) + "-" + ref, Kind: kind, Ref: ref, Entered: now, Effective: effective, Postings: postings})
}

// ChequeRefusal says why a cheque is not entered, cleared or sent back. Nothing has been written.
type ChequeRefusal struct{ What string }

func (r *ChequeRefusal) Error() string { return r.What }

// ClearRefundCheque enters by hand that the bank has paid a cheque out of an account, on a day.
func (s *Settler) ClearRefundCheque(ctx context.Context, id payment.RefundID, account string, day city.Date, by string, apply bool) (payment.Refund, error) {
	return s.onRefund(ctx, fault.EndCheque, id, by, apply, func(ctx context.Context, tx *store.Tx, r *payment.Refund, _ payment.Attempt, now time.Time) error {
		if err := mayMove(*r, payment.ChequeCleared, payment.ByCheque); err != nil {
			return err
		}
		c, err := tx.RefundCheque(ctx, r.ID)
		if err != nil {
			return err
		}
		switch today := city.DateOf(now, s.City.Zone); {
		case day.Compare(c.Day) < 0:
			return &ChequeRefusal{fmt.Sprintf("cheque %s is of %s: the bank can't have paid it on %s", c.Number, c.Day, day)}
		case day.Compare(today) > 0:
			return &ChequeRefusal{fmt.Sprintf("%s is not here yet: today is %s", day, today)}
		}
		return s.clearIn(ctx, tx, r, c, account, day, "", by, now)
	})
}

// clearIn ends a cheque that the bank has paid.
func (s *Settler) clearIn(ctx context.Context, tx *store.Tx, r *payment.Refund, c payment.RefundCheque, account string, day city.Date, line, by string, now time.Time) error {
	end, postings := payment.ChequeWasCleared, ledger.ForChequeCleared(ledger.Bank(account), c.Amount)
	if c.Ended == payment.ChequeWentStale {
		end, postings = payment.ChequeClearedStale, ledger.ForStaleCleared(ledger.Bank(account), c.Amount)
	}
	if err := tx.EndCheque(ctx, c, end, line, now); err != nil {
		return err
	}
	if err := postCheque(ctx, tx, ledger.RefundChequeCleared, c, day.Start(s.City.Zone), now, postings); err != nil {
		return err
	}
	return s.moveRefundIn(ctx, tx, r, payment.ChequeCleared, by, "", now)
}

// chequesIn finds the cheques that the bank's lines say are paid: by number, and to the cent. A line whose number is
// ours and that does not fit stays an unknown of its day.
func (d *Deposits) chequesIn(ctx context.Context, tx *store.Tx, now time.Time) (int, error) {
	paid, err := tx.PaidCheques(ctx)
	if err != nil {
		return 0, err
	}
	s := New(Config{Store: d.Store, City: d.City, Now: d.Now, Log: d.Log, PayeeLife: d.PayeeLife})
	found := 0
	seen := map[string]bool{}
	for _, p := range paid {
		if seen[p.Number] || seen[p.Line] {
			continue
		}
		seen[p.Number], seen[p.Line] = true, true
		r, _, err := lockRefund(ctx, tx, p.Refund)
		if err != nil {
			return found, err
		}
		c, err := tx.RefundCheque(ctx, r.ID)
		if err != nil {
			return found, err
		}
		switch {
		case c.Number != p.Number || c.BankLine != "":
			continue // another was written meanwhile in its place: a person looks at it
		case r.State == payment.RefundCleared:
			err = tx.EndCheque(ctx, c, c.Ended, p.Line, now) // a person has said so before the bank
		case r.State == payment.RefundIssued || r.State == payment.RefundStale:
			err = s.clearIn(ctx, tx, &r, c, d.Rules.AccountName(p.Account), p.Day, p.Line, "", now)
		default:
			continue
		}
		if err != nil {
			return found, err
		}
		found++
	}
	return found, nil
}

// chequesAtOnce bounds one round of the sweep.
const chequesAtOnce = 64

// sweepCheques is SweepCheques as a round of the office's work.
func (s *Settler) sweepCheques(ctx context.Context) error { return s.SweepCheques(ctx, s.Now()) }

// SweepCheques ends the cheques that are stale at now, and erases the payees that are needed no more.
func (s *Settler) SweepCheques(ctx context.Context, now time.Time) error {
	var stale, payees []payment.RefundID
	err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if stale, err = tx.StaleCheques(ctx, now, chequesAtOnce); err != nil {
			return err
		}
		payees, err = tx.DuePayees(ctx, now, chequesAtOnce)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range stale {
		if err := s.staleCheque(ctx, id, now); err != nil {
			return fmt.Errorf("end stale cheque: %w", err)
		}
	}
	for _, id := range payees {
		if err := s.erasePayees(ctx, id, now); err != nil {
			return fmt.Errorf("erase payees: %w", err)
		}
	}
	return nil
}

// staleCheque ends a cheque that nobody has cashed, unless somebody was quicker.
func (s *Settler) staleCheque(ctx context.Context, id payment.RefundID, now time.Time) error {
	return s.Store.Write(ctx, fault.EndCheque, func(ctx context.Context, tx *store.Tx) error {
		r, _, err := lockRefund(ctx, tx, id)
		if err != nil || r.State != payment.RefundIssued {
			return err
		}
		c, err := tx.RefundCheque(ctx, id)
		if err != nil || now.Before(c.StaleAt) {
			return err
		}
		return s.chequeBackIn(ctx, tx, &r, payment.ChequeWentStale, "", now)
	})
}

func (s *Settler) erasePayees(ctx context.Context, id payment.RefundID, now time.Time) error {
	return s.Store.Write(ctx, fault.ErasePayees, func(ctx context.Context, tx *store.Tx) error {
		if _, _, err := lockRefund(ctx, tx, id); err != nil {
			return err
		}
		n, err := tx.ErasePayees(ctx, id, now)
		if err != nil || n == 0 {
			return err
		}
		return payeeLeaf(ctx, tx, "payee_erased", id, n, "", now)
	})
}

// payeesIn says when a refund's payees are erased: some time after its cheque has cleared, and at once where there
// will be none.
func (s *Settler) payeesIn(ctx context.Context, tx *store.Tx, r payment.Refund, line payment.RefundLine, now time.Time) error {
	if r.Way != payment.ByCheque || line.From == line.To {
		return nil
	}
	switch line.To {
	case payment.RefundCleared:
		return tx.ErasePayeesAt(ctx, r.ID, now.Add(s.PayeeLife))
	case payment.RefundRefused, payment.RefundEnded:
		return tx.ErasePayeesAt(ctx, r.ID, now)
	}
	return nil
}
