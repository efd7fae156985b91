package settle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"fundy/fault"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// Limits of learning charges.
const (
	chargesAtOnce = 5_000
	chargesKept   = 100 // are learned between two writes: what an end in the middle costs
	readsTogether = 8
)

// learnCharges asks for the charge of each capture that has come without one. Reading is harmless, so it is kept
// in a dry run too.
func (d *Deposits) learnCharges(ctx context.Context, out *Fetched) error {
	var refs map[payment.AttemptID]string
	err := d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		refs, err = tx.Chargeless(ctx, chargesAtOnce)
		return err
	})
	if err != nil {
		return err
	}
	ids := make([]payment.AttemptID, 0, len(refs))
	for id := range refs {
		ids = append(ids, id)
	}
	for some := range slices.Chunk(ids, chargesKept) {
		if err := d.learnSome(ctx, some, refs, out); err != nil {
			return err
		}
	}
	return nil
}

// learnSome learns the charges of some captures, and keeps them.
func (d *Deposits) learnSome(ctx context.Context, ids []payment.AttemptID, refs map[payment.AttemptID]string, out *Fetched) error {
	var mu sync.Mutex
	learned := map[string]payment.AttemptID{}
	err := together(readsTogether, ids, func(id payment.AttemptID) error {
		snap, err := d.getPayment(ctx, refs[id])
		mu.Lock()
		defer mu.Unlock()
		switch c := processor.ClassOf(err); {
		case err != nil && (c == processor.Definite || c == processor.Misfit):
			out.Problems = append(out.Problems, fmt.Sprintf("payment %s: the processor does not show it (%s %s): its line in a payout will be nobody's", id.Ref(), c, processor.CodeOf(err)))
		case err != nil:
			return fmt.Errorf("read payment %s: %w", id.Ref(), err)
		case snap.Charge != "" && payment.AttemptID(snap.OurRef) == id:
			learned[snap.Charge] = id
		}
		return nil
	})
	if len(learned) == 0 {
		return err
	}
	out.Charges += len(learned)
	return errors.Join(err, d.Store.Write(ctx, fault.AddCharges, func(ctx context.Context, tx *store.Tx) error {
		for charge, id := range learned {
			if err := tx.AddCharge(ctx, charge, id, d.Now()); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (d *Deposits) getPayment(ctx context.Context, ref string) (processor.Snapshot, error) {
	call, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	fault.Before(fault.CallPayment)
	defer fault.After(fault.CallPayment)
	return d.Processor.GetPayment(call, ref)
}
