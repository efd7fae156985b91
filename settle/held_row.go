package settle

import (
	"context"
	"fmt"
	"strings"

	"fundy/fault"
	"fundy/payment"
	"fundy/store"
)

// ResolveHeldRow takes a row of an import that contradicts a ticket out of quarantine: a person has compared the two and
// says what came of it. The ticket stays as it is; what the file has right is done to it by its own acts.
func (s *Settler) ResolveHeldRow(ctx context.Context, id, outcome, by string) error {
	err := s.Store.Write(ctx, fault.ResolveHeldRow, func(ctx context.Context, tx *store.Tx) error {
		switch {
		case !payment.StaffName(by):
			return &payment.ExceptionRefusal{Reason: payment.RefusedWho}
		case strings.TrimSpace(outcome) == "", len(outcome) > heldWhyMost, strings.ContainsAny(outcome, "\r\n"):
			return &payment.ExceptionRefusal{Reason: payment.RefusedNote}
		}
		row, err := tx.HeldRow(ctx, id)
		if err != nil {
			return err
		}
		if !row.ResolvedAt.IsZero() {
			return &payment.ExceptionRefusal{Reason: payment.RefusedClosed}
		}
		now := s.Now()
		if err := tx.ResolveHeldRow(ctx, id, by, outcome, now); err != nil {
			return err
		}
		return tx.Tell(ctx, "held_row", now, map[string]any{"row": id, "ticket": string(row.Ticket), "who": by})
	})
	if err != nil {
		return fmt.Errorf("resolve held row: %w", err)
	}
	return nil
}

// heldWhyMost bounds what a person says of a row, in bytes.
const heldWhyMost = 300
