package backup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"fundy/store"
)

// Check looks at a restored store that nobody has opened yet: what it says of itself is what the manifest
// says, and SQLite finds every page and index whole. Then it is moved to this program's schema, and what
// recomputing its ledger finds is returned: a backup is as faithful to a ledger that does not agree.
func Check(ctx context.Context, m Manifest, path string) (ledger store.LedgerCheck, err error) {
	newest, err := store.SchemaOf()
	if err != nil {
		return ledger, err
	}
	if m.Schema > newest {
		return ledger, fmt.Errorf("the backup is of schema version %d, this program knows %d only: use the newer fundy that made it", m.Schema, newest)
	}
	have, err := store.Inspect(ctx, path)
	if err != nil {
		return ledger, err
	}
	if have.City != m.City || string(have.Kind) != m.Kind || have.Schema != m.Schema {
		return ledger, fmt.Errorf("%w: the store is of city %s (%s), schema %d", ErrDamaged, have.City, have.Kind, have.Schema)
	}
	for _, table := range slices.Sorted(maps.Keys(m.Rows)) {
		if have.Rows[table] != m.Rows[table] {
			return ledger, fmt.Errorf("%w: %s has %d rows, and should have %d", ErrDamaged, table, have.Rows[table], m.Rows[table])
		}
	}
	faults, err := store.CheckFile(ctx, path)
	if err != nil {
		return ledger, err
	}
	if len(faults) > 0 {
		return ledger, fmt.Errorf("%w: %s (and %d more)", ErrDamaged, faults[0], len(faults)-1)
	}
	return checkLedger(ctx, path)
}

func checkLedger(ctx context.Context, path string) (ledger store.LedgerCheck, err error) {
	config := store.Config{Driver: "sqlite", Path: path, ReadConns: 1}
	if _, _, err := store.Migrate(ctx, config); err != nil {
		return ledger, err
	}
	s, err := store.Open(ctx, config)
	if err != nil {
		return ledger, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	err = s.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		ledger, err = tx.CheckLedger(ctx)
		return err
	})
	if err != nil {
		return ledger, fmt.Errorf("check ledger: %w", err)
	}
	return ledger, nil
}
