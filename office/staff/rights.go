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

// Decide approves or refuses a change. Where it lets somebody in who has no passkey (roles of who was invited from a page, or
// lost passkeys), the code of the invitation is told, here only: to who approves, and not to who has asked.
func (d Desk) Decide(ctx context.Context, id string, approve bool, by string) (c store.StaffChange, code string, err error) {
	made, lets := newCode(), false
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
		lets, err = d.decideIn(ctx, tx, &c, made, approve, by, d.Now())
		return err
	})
	if err != nil {
		return c, "", fmt.Errorf("decide change: %w", err)
	}
	if lets {
		code = made
	}
	return c, code, nil
}

// decideIn says whether code lets the person in now. Whoever could give rights before stays able to, or somebody else does: where
// nobody has a passkey, as in a demonstration, there is nobody to lose.
func (d Desk) decideIn(ctx context.Context, tx *store.Tx, c *store.StaffChange, code string, approve bool, by string, now time.Time) (lets bool, err error) {
	c.State, c.DecidedBy, c.DecidedAt = store.ChangeRefused, by, now
	if approve {
		c.State = store.ChangeApproved
	}
	if err := tx.DecideStaffChange(ctx, c.ID, c.State, by, now); err != nil {
		return false, err
	}
	err = note(ctx, tx, store.StaffEvent{Name: c.Name, Act: c.Kind + "_" + c.State, Who: by, Note: words(c.Roles)}, now)
	if err != nil || !approve {
		return false, err
	}
	if c.Kind == store.ChangeKeys {
		return true, d.replaceKeysIn(ctx, tx, code, c.Name, by, now)
	}
	if _, err := tx.LockPerson(ctx, c.Name); err != nil {
		return false, err
	}
	asked, decided, err := d.others(ctx, tx, "")
	if err != nil {
		return false, err
	}
	if err := tx.SetRoles(ctx, c.Name, c.Roles, c.AskedBy, by, now); err != nil {
		return false, err
	}
	asks, decides, err := d.others(ctx, tx, "")
	if err != nil {
		return false, err
	}
	if len(asks) == 0 && len(asked) > 0 || len(decides) == 0 && len(decided) > 0 {
		return false, &Refusal{RefusedAdmin}
	}
	return d.letIn(ctx, tx, *c, code, by, now)
}

// letIn makes the invitation of who has been given roles, and has neither a passkey nor a code that is good.
func (d Desk) letIn(ctx context.Context, tx *store.Tx, c store.StaffChange, code, by string, now time.Time) (bool, error) {
	if len(c.Roles) == 0 {
		return false, nil
	}
	keys, err := d.Good(ctx, tx, c.Name)
	if err != nil || len(keys) > 0 {
		return false, err
	}
	invited, err := tx.IsInvited(ctx, c.Name, now)
	if err != nil || invited {
		return false, err
	}
	return true, d.inviteIn(ctx, tx, code, c.Name, by, now)
}
