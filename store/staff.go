package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Person is somebody who works in the office.
type Person struct {
	Name      string
	Handle    []byte // random: what a passkey knows its owner by
	Since     time.Time
	InvitedBy string
	Roles     []string // in order
}

var qInsertPerson = query("insert staff person", `
insert into staff_person
  (name, handle, since, invited_by)
values
  ($1, $2, $3, $4)`)

// AddPerson writes a person without roles. A name that is there already is ErrConflict.
func (tx *Tx) AddPerson(ctx context.Context, p Person) error {
	_, err := tx.exec(ctx, qInsertPerson, p.Name, p.Handle, micros(p.Since), p.InvitedBy)
	if err != nil {
		return fmt.Errorf("insert person: %w", err)
	}
	return nil
}

var qPerson = query("staff person", `
select name, handle, since, invited_by
from staff_person
where name = $1`)

var qPersonByHandle = query("staff person by handle", `
select name, handle, since, invited_by
from staff_person
where handle = $1`)

// Person reads a person with the roles, or ErrNotFound.
func (tx *Tx) Person(ctx context.Context, name string) (Person, error) {
	return tx.person(ctx, qPerson, name)
}

// LockPerson reads a person for a change of rights, keys or invitations: of two changes at once, one comes after
// the other.
func (tx *Tx) LockPerson(ctx context.Context, name string) (Person, error) {
	return tx.person(ctx, qPerson+tx.lockSuffix(), name)
}

// PersonByHandle reads the person that a passkey names, or ErrNotFound.
func (tx *Tx) PersonByHandle(ctx context.Context, handle []byte) (Person, error) {
	return tx.person(ctx, qPersonByHandle, handle)
}

func (tx *Tx) person(ctx context.Context, q string, key any) (Person, error) {
	var p Person
	var since int64
	err := tx.row(ctx, q, key).Scan(&p.Name, &p.Handle, &since, &p.InvitedBy)
	if errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("person: %w", ErrNotFound)
	}
	if err != nil {
		return p, fmt.Errorf("read person: %w", err)
	}
	p.Since = fromMicros(since)
	p.Roles, err = column[string](ctx, tx, qRolesOf, p.Name)
	return p, err
}

var qRolesOf = query("staff roles of", `
select role
from staff_role
where name = $1
order by role`)

var qPeople = query("staff people", `
select name
from staff_person
order by name`)

// People reads everybody, by name.
func (tx *Tx) People(ctx context.Context) ([]Person, error) {
	names, err := column[string](ctx, tx, qPeople)
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	all := make([]Person, 0, len(names))
	for _, name := range names {
		p, err := tx.Person(ctx, name)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

var qDeleteRoles = query("delete staff roles", `
delete from staff_role
where name = $1`)

var qInsertRole = query("insert staff role", `
insert into staff_role
  (name, role, given_at, given_by, approved_by)
values
  ($1, $2, $3, $4, $5)`)

// SetRoles makes roles all that a person has. The caller has locked the person.
func (tx *Tx) SetRoles(ctx context.Context, name string, roles []string, by, approvedBy string, at time.Time) error {
	if _, err := tx.exec(ctx, qDeleteRoles, name); err != nil {
		return fmt.Errorf("delete roles: %w", err)
	}
	for _, role := range roles {
		if _, err := tx.exec(ctx, qInsertRole, name, role, micros(at), by, approvedBy); err != nil {
			return fmt.Errorf("insert role: %w", err)
		}
	}
	return nil
}

// StaffEvent is something that was done about a person's way in or rights.
type StaffEvent struct {
	ID   string
	At   time.Time
	Name string
	Act  string
	Who  string
	Note string // words of our own, never typed
}

var qInsertStaffEvent = query("insert staff event", `
insert into staff_event
  (id, at, name, act, who, note)
values
  ($1, $2, $3, $4, $5, $6)`)

// AddStaffEvent keeps what was done.
func (tx *Tx) AddStaffEvent(ctx context.Context, e StaffEvent) error {
	_, err := tx.exec(ctx, qInsertStaffEvent, e.ID, micros(e.At), e.Name, e.Act, e.Who, e.Note)
	if err != nil {
		return fmt.Errorf("insert staff event: %w", err)
	}
	return nil
}

var qStaffNotes = query("staff notes of an act", `
select note
from staff_event
where name = $1
  and at > $2
  and act = $3
limit $4`)

// StaffNotes are the notes of one kind of act about a person since an instant, at most limit.
func (tx *Tx) StaffNotes(ctx context.Context, name, act string, since time.Time, limit int) ([]string, error) {
	rows, err := tx.rows(ctx, qStaffNotes, name, micros(since), act, limit)
	if err != nil {
		return nil, fmt.Errorf("read staff notes: %w", err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var note string
		if err := rows.Scan(&note); err != nil {
			return nil, fmt.Errorf("read staff note: %w", err)
		}
		all = append(all, note)
	}
	return all, rows.Err()
}

var qStaffEvents = query("staff events", `
select id, at, name, act, who, note
from staff_event
where name = $1
order by at desc, id
limit $2`)

// StaffEvents lists what was done about a person, newest first, at most limit.
func (tx *Tx) StaffEvents(ctx context.Context, name string, limit int) ([]StaffEvent, error) {
	rows, err := tx.rows(ctx, qStaffEvents, name, limit)
	if err != nil {
		return nil, fmt.Errorf("read staff events: %w", err)
	}
	defer rows.Close()
	var all []StaffEvent
	for rows.Next() {
		var e StaffEvent
		var at int64
		if err := rows.Scan(&e.ID, &at, &e.Name, &e.Act, &e.Who, &e.Note); err != nil {
			return nil, fmt.Errorf("read staff event: %w", err)
		}
		e.At = fromMicros(at)
		all = append(all, e)
	}
	return all, rows.Err()
}
