package staff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fundy/fault"
	"fundy/ident"
	"fundy/store"
)

// AskChange puts a change of rights, or the loss of the passkeys, before a second person.
func (d Desk) AskChange(ctx context.Context, c store.StaffChange) error {
	return d.Store.Write(ctx, fault.ChangeRights, func(ctx context.Context, tx *store.Tx) error {
		for _, r := range c.Roles {
			if _, ok := d.Roles[r]; !ok {
				return &Refusal{RefusedRole}
			}
		}
		_, err := tx.LockPerson(ctx, c.Name)
		if errors.Is(err, store.ErrNotFound) {
			return &Refusal{RefusedNobody}
		}
		if err != nil {
			return err
		}
		open, err := tx.OpenStaffChanges(ctx, changesOpen)
		if err != nil {
			return err
		}
		for _, o := range open {
			if o.Name == c.Name && o.Kind == c.Kind {
				return &Refusal{RefusedOpen}
			}
		}
		return d.askIn(ctx, tx, c, d.Now())
	})
}

func (d Desk) askIn(ctx context.Context, tx *store.Tx, c store.StaffChange, now time.Time) error {
	slices.Sort(c.Roles)
	c.Roles = slices.Compact(c.Roles)
	c.ID, c.AskedAt = ident.New("chg"), now
	if err := tx.AddStaffChange(ctx, c); err != nil {
		return err
	}
	return note(ctx, tx, store.StaffEvent{Name: c.Name, Act: c.Kind + "_asked", Who: c.AskedBy, Note: words(c.Roles)}, now)
}

// Decide approves or refuses a change. Where lost passkeys are approved, the code of the new invitation is told,
// here only.
func (d Desk) Decide(ctx context.Context, id string, approve bool, by string) (c store.StaffChange, code string, err error) {
	code = newCode()
	err = d.Store.Write(ctx, fault.ChangeRights, func(ctx context.Context, tx *store.Tx) (err error) {
		if c, err = tx.LockStaffChange(ctx, id); errors.Is(err, store.ErrNotFound) {
			return &Refusal{RefusedDone}
		}
		if err != nil {
			return err
		}
		switch {
		case c.State != store.ChangeAsked:
			return &Refusal{RefusedDone}
		case approve && c.AskedBy == by:
			return &Refusal{RefusedSelf}
		}
		return d.decideIn(ctx, tx, &c, code, approve, by, d.Now())
	})
	if err != nil {
		return c, "", fmt.Errorf("decide change: %w", err)
	}
	if c.State != store.ChangeApproved || c.Kind != store.ChangeKeys {
		code = ""
	}
	return c, code, nil
}

func (d Desk) decideIn(ctx context.Context, tx *store.Tx, c *store.StaffChange, code string, approve bool, by string, now time.Time) error {
	c.State, c.DecidedBy, c.DecidedAt = store.ChangeRefused, by, now
	if approve {
		c.State = store.ChangeApproved
	}
	if err := tx.DecideStaffChange(ctx, c.ID, c.State, by, now); err != nil {
		return err
	}
	err := note(ctx, tx, store.StaffEvent{Name: c.Name, Act: c.Kind + "_" + c.State, Who: by, Note: words(c.Roles)}, now)
	if err != nil || !approve {
		return err
	}
	if c.Kind == store.ChangeKeys {
		return d.replaceKeysIn(ctx, tx, code, c.Name, by, now)
	}
	if _, err := tx.LockPerson(ctx, c.Name); err != nil {
		return err
	}
	if err := tx.SetRoles(ctx, c.Name, c.Roles, c.AskedBy, by, now); err != nil {
		return err
	}
	return d.someoneLeft(ctx, tx)
}

// someoneLeft wants somebody who can still give rights after a change.
func (d Desk) someoneLeft(ctx context.Context, tx *store.Tx) error {
	asks, decides, err := d.others(ctx, tx, "")
	if err == nil && (len(asks) == 0 || len(decides) == 0) {
		return &Refusal{RefusedAdmin}
	}
	return err
}
