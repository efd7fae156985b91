package settle

import (
	"context"
	"errors"

	"fundy/fault"
	"fundy/store"
)

// errDryRun takes a transaction back that was only tried.
var errDryRun = errors.New("tried only")

// tried is a store.Write on the way to the bank, one after the other, that stands only where apply is asked for.
func tried(ctx context.Context, s *store.Store, step fault.Step, apply bool, fn func(ctx context.Context, tx *store.Tx) error) error {
	err := s.Write(ctx, step, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.LockSettlement(ctx); err != nil {
			return err
		}
		if err := fn(ctx, tx); err != nil {
			return err
		}
		if !apply {
			return errDryRun
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}
