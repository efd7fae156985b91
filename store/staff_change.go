package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// The kinds and states of a change.
const (
	ChangeRoles = "roles" // Roles become all that the person has
	ChangeKeys  = "keys"  // the passkeys are lost: they are removed, and a new invitation is given

	ChangeAsked    = "asked"
	ChangeApproved = "approved"
	ChangeRefused  = "refused"
)

// StaffChange is what one person asks for about another's rights. Another person decides.
type StaffChange struct {
	ID        string
	Name      string // whom it is about
	Kind      string
	Roles     []string
	AskedBy   string
	AskedAt   time.Time
	State     string
	DecidedBy string
	DecidedAt time.Time
}

var qInsertStaffChange = query("insert staff change", `
insert into staff_change
  (id, name, kind, roles, asked_by, asked_at, state, decided_by, decided_at)
values
  ($1, $2, $3, $4, $5, $6, 'asked', '', null)`)

// AddStaffChange writes what is asked for.
func (tx *Tx) AddStaffChange(ctx context.Context, c StaffChange) error {
	_, err := tx.exec(ctx, qInsertStaffChange, c.ID, c.Name, c.Kind, strings.Join(c.Roles, " "), c.AskedBy, micros(c.AskedAt))
	if err != nil {
		return fmt.Errorf("insert staff change: %w", err)
	}
	return nil
}

var qStaffChange = query("staff change", `
select id, name, kind, roles, asked_by, asked_at, state, decided_by, decided_at
from staff_change
where id = $1`)

var qOpenStaffChanges = query("open staff changes", `
select id, name, kind, roles, asked_by, asked_at, state, decided_by, decided_at
from staff_change
where state = 'asked'
order by asked_at, id
limit $1`)

// LockStaffChange reads a change for a decision, or ErrNotFound.
func (tx *Tx) LockStaffChange(ctx context.Context, id string) (StaffChange, error) {
	return scanStaffChange(tx.row(ctx, qStaffChange+tx.lockSuffix(), id))
}

// OpenStaffChanges lists what waits for a second person, oldest first, at most limit.
func (tx *Tx) OpenStaffChanges(ctx context.Context, limit int) ([]StaffChange, error) {
	rows, err := tx.rows(ctx, qOpenStaffChanges, limit)
	if err != nil {
		return nil, fmt.Errorf("read staff changes: %w", err)
	}
	defer rows.Close()
	var all []StaffChange
	for rows.Next() {
		c, err := scanStaffChange(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

func scanStaffChange(row scanner) (StaffChange, error) {
	var c StaffChange
	var roles string
	var asked int64
	var decided sql.NullInt64
	err := row.Scan(&c.ID, &c.Name, &c.Kind, &roles, &c.AskedBy, &asked, &c.State, &c.DecidedBy, &decided)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fmt.Errorf("staff change: %w", ErrNotFound)
	}
	if err != nil {
		return c, fmt.Errorf("read staff change: %w", err)
	}
	c.Roles, c.AskedAt, c.DecidedAt = strings.Fields(roles), fromMicros(asked), fromNull(decided)
	return c, nil
}

var qDecideStaffChange = query("decide staff change", `
update staff_change
set state = $1, decided_by = $2, decided_at = $3
where id = $4
  and state = 'asked'`)

// DecideStaffChange writes a decision. One that has been decided is ErrConflict; an approval by who has asked
// breaks a constraint.
func (tx *Tx) DecideStaffChange(ctx context.Context, id, state, by string, at time.Time) error {
	err := tx.one(ctx, qDecideStaffChange, state, by, micros(at), id)
	if err != nil {
		return fmt.Errorf("decide staff change: %w", err)
	}
	return nil
}
