package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"fundy/logbook"
)

var qInsertLeaf = query("insert leaf", `
insert into leaf
  (id, at, kind, salt, opening, commitment)
values
  ($1, $2, $3, $4, $5, $6)`)

// Tell writes a leaf with its opening, in the transaction that it tells of. A transaction that is tried again makes another
// one: only what is committed is told.
func (tx *Tx) Tell(ctx context.Context, kind string, at time.Time, opening any) error {
	leaf, err := logbook.NewLeaf(kind, at, opening, rand.Reader)
	if err != nil {
		return fmt.Errorf("make leaf: %w", err)
	}
	return tx.AddLeaf(ctx, leaf)
}

// AddLeaf writes what the log is told, in the transaction that it tells of.
func (tx *Tx) AddLeaf(ctx context.Context, l logbook.Leaf) error {
	_, err := tx.exec(ctx, qInsertLeaf, l.ID, micros(l.At), l.Kind, l.Salt, l.Opening, l.Commitment[:])
	if err != nil {
		return fmt.Errorf("insert leaf: %w", err)
	}
	return nil
}
