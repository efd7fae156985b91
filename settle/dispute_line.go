package settle

import (
	"context"
	"errors"

	"fundy/fault"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// learnDisputes says which of a payout's chargebacks are of payments of ours, before the payout is entered: a line
// whose dispute the sweep has not met yet is asked for by its source. Where nothing is to be written, how it would
// stand is said. Nil: this processor tells of no disputes.
func (d *Deposits) learnDisputes(ctx context.Context, lines []processor.BalanceLine, apply bool) (map[string]bool, error) {
	asks, ok := d.Processor.(processor.Disputes)
	if !ok {
		return nil, nil
	}
	ours := map[string]bool{}
	for _, l := range lines {
		if _, seen := ours[l.Source]; seen || l.Kind != processor.LineChargeback {
			continue
		}
		is, known, err := d.disputeOurs(ctx, l.Source)
		if err == nil && !known && l.Source != "" {
			is, err = d.askDispute(ctx, asks, l.Source, apply)
		}
		if err != nil {
			return nil, err
		}
		ours[l.Source] = is
	}
	return ours, nil
}

// disputeOurs says whether a dispute is of a payment of ours, and fits it.
func (d *Deposits) disputeOurs(ctx context.Context, id string) (ours, known bool, err error) {
	err = d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.Dispute(ctx, payment.DisputeID(id))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		ours, known = found.State != payment.DisputeStopped, true
		return err
	})
	return ours, known, err
}

// askDispute reads a dispute that we do not know. One that the processor does not know either is none of ours.
func (d *Deposits) askDispute(ctx context.Context, asks processor.Disputes, id string, apply bool) (bool, error) {
	call, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	fault.Before(fault.CallDispute)
	snap, err := asks.GetDispute(call, id)
	fault.After(fault.CallDispute)
	if processor.ClassOf(err) == processor.Definite && err != nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if apply {
		if err := d.reader().applyDispute(ctx, snap, 0); err != nil && !errors.Is(err, errTooEarly) {
			return false, err
		}
		ours, _, err := d.disputeOurs(ctx, id)
		return ours, err
	}
	err = d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.AttemptAtProcessor(ctx, snap.Payment, snap.Charge)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// reader moves chargebacks as the sweep does.
func (d *Deposits) reader() *Settler {
	return New(Config{Store: d.Store, City: d.City, Now: d.Now, Log: d.Log})
}
