package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// StaffKey is a passkey of a person. Record is text that only the office's passkeys read.
type StaffKey struct {
	ID     []byte
	Name   string
	Host   string // the address that it was made for: it is good nowhere else
	Record []byte
	MadeAt time.Time
	UsedAt time.Time
}

var qInsertStaffKey = query("insert staff key", `
insert into staff_key
  (id, name, host, record, made_at, used_at, removed_at)
values
  ($1, $2, $3, $4, $5, $6, null)`)

// AddStaffKey writes a passkey. One that is there already, of whomever, is ErrConflict.
func (tx *Tx) AddStaffKey(ctx context.Context, k StaffKey) error {
	_, err := tx.exec(ctx, qInsertStaffKey, k.ID, k.Name, k.Host, string(k.Record), micros(k.MadeAt), micros(k.UsedAt))
	if err != nil {
		return fmt.Errorf("insert passkey: %w", err)
	}
	return nil
}

var qStaffKeys = query("staff keys", `
select id, name, host, record, made_at, used_at
from staff_key
where name = $1
  and removed_at is null
order by made_at, id`)

var qKeyHolders = query("who has a passkey", `
select distinct name
from staff_key
where host = $1
  and removed_at is null
order by name`)

// KeyHolders are the people who have a passkey for an address.
func (tx *Tx) KeyHolders(ctx context.Context, host string) ([]string, error) {
	all, err := column[string](ctx, tx, qKeyHolders, host)
	if err != nil {
		return nil, fmt.Errorf("read who has a passkey: %w", err)
	}
	return all, nil
}

// StaffKeys lists the passkeys that a person has, oldest first.
func (tx *Tx) StaffKeys(ctx context.Context, name string) ([]StaffKey, error) {
	rows, err := tx.rows(ctx, qStaffKeys, name)
	if err != nil {
		return nil, fmt.Errorf("read passkeys: %w", err)
	}
	defer rows.Close()
	var all []StaffKey
	for rows.Next() {
		var k StaffKey
		var made, used int64
		if err := rows.Scan(&k.ID, &k.Name, &k.Host, &k.Record, &made, &used); err != nil {
			return nil, fmt.Errorf("read passkey: %w", err)
		}
		k.MadeAt, k.UsedAt = fromMicros(made), fromMicros(used)
		all = append(all, k)
	}
	return all, rows.Err()
}

var qUseStaffKey = query("use staff key", `
update staff_key
set record = $1, used_at = $2
where id = $3
  and name = $4
  and removed_at is null`)

// UseStaffKey writes a passkey's record after it has answered. One that has been removed meanwhile is ErrConflict.
func (tx *Tx) UseStaffKey(ctx context.Context, k StaffKey) error {
	err := tx.one(ctx, qUseStaffKey, string(k.Record), micros(k.UsedAt), k.ID, k.Name)
	if err != nil {
		return fmt.Errorf("use passkey: %w", err)
	}
	return nil
}

var qRemoveStaffKey = query("remove staff key", `
update staff_key
set removed_at = $1
where id = $2
  and name = $3
  and removed_at is null`)

// RemoveStaffKey takes one passkey away from a person.
func (tx *Tx) RemoveStaffKey(ctx context.Context, name string, id []byte, at time.Time) error {
	err := tx.one(ctx, qRemoveStaffKey, micros(at), id, name)
	if err != nil {
		return fmt.Errorf("remove passkey: %w", err)
	}
	return nil
}

var qRemoveStaffKeys = query("remove staff keys", `
update staff_key
set removed_at = $1
where name = $2
  and removed_at is null`)

// RemoveStaffKeys takes all passkeys away from a person.
func (tx *Tx) RemoveStaffKeys(ctx context.Context, name string, at time.Time) error {
	_, err := tx.exec(ctx, qRemoveStaffKeys, micros(at), name)
	if err != nil {
		return fmt.Errorf("remove passkeys: %w", err)
	}
	return nil
}

var qUseAnswer = query("use staff answer", `
insert into staff_answer
  (challenge, used_at)
values
  ($1, $2)`)

var qForgetAnswers = query("forget staff answers", `
delete from staff_answer
where used_at < $1`)

// UseAnswer says that a passkey's answer to a challenge has been used. A second time is ErrConflict. Those before
// old are forgotten: their challenges are good no more.
func (tx *Tx) UseAnswer(ctx context.Context, challenge string, at, old time.Time) error {
	if _, err := tx.exec(ctx, qForgetAnswers, micros(old)); err != nil {
		return fmt.Errorf("forget answers: %w", err)
	}
	if _, err := tx.exec(ctx, qUseAnswer, challenge, micros(at)); err != nil {
		return fmt.Errorf("insert answer: %w", err)
	}
	return nil
}

// Invitation is a one-time code, as its HMAC.
type Invitation struct {
	Code   []byte
	Name   string
	MadeAt time.Time
	MadeBy string
	Until  time.Time
	UsedAt time.Time
}

var qReplaceInvitations = query("replace staff invitations", `
update staff_invitation
set used_at = $1
where name = $2
  and used_at is null`)

var qInsertInvitation = query("insert staff invitation", `
insert into staff_invitation
  (code, name, made_at, made_by, until_at, used_at)
values
  ($1, $2, $3, $4, $5, null)`)

// AddInvitation writes a person's one-time code; one that was given before is good no more.
func (tx *Tx) AddInvitation(ctx context.Context, i Invitation) error {
	if _, err := tx.exec(ctx, qReplaceInvitations, micros(i.MadeAt), i.Name); err != nil {
		return fmt.Errorf("replace invitations: %w", err)
	}
	if _, err := tx.exec(ctx, qInsertInvitation, i.Code, i.Name, micros(i.MadeAt), i.MadeBy, micros(i.Until)); err != nil {
		return fmt.Errorf("insert invitation: %w", err)
	}
	return nil
}

var qInvitation = query("staff invitation", `
select code, name, made_at, made_by, until_at, used_at
from staff_invitation
where code = $1`)

// Invitation reads an invitation by its code's HMAC, or ErrNotFound.
func (tx *Tx) Invitation(ctx context.Context, code []byte) (Invitation, error) {
	var i Invitation
	var made, until int64
	var used sql.NullInt64
	err := tx.row(ctx, qInvitation, code).Scan(&i.Code, &i.Name, &made, &i.MadeBy, &until, &used)
	if errors.Is(err, sql.ErrNoRows) {
		return i, fmt.Errorf("invitation: %w", ErrNotFound)
	}
	if err != nil {
		return i, fmt.Errorf("read invitation: %w", err)
	}
	i.MadeAt, i.Until, i.UsedAt = fromMicros(made), fromMicros(until), fromNull(used)
	return i, nil
}

var qIsInvited = query("whether somebody is invited", `
select count(*)
from staff_invitation
where name = $1
  and used_at is null
  and until_at > $2`)

// IsInvited says whether a person has a code that is good at a time.
func (tx *Tx) IsInvited(ctx context.Context, name string, at time.Time) (bool, error) {
	var n int
	if err := tx.row(ctx, qIsInvited, name, micros(at)).Scan(&n); err != nil {
		return false, fmt.Errorf("read whether somebody is invited: %w", err)
	}
	return n > 0, nil
}

var qUseInvitation = query("use staff invitation", `
update staff_invitation
set used_at = $1
where code = $2
  and used_at is null
  and until_at > $3`)

// UseInvitation uses a code up. One that is used, replaced or too old is ErrConflict.
func (tx *Tx) UseInvitation(ctx context.Context, code []byte, at time.Time) error {
	err := tx.one(ctx, qUseInvitation, micros(at), code, micros(at))
	if err != nil {
		return fmt.Errorf("use invitation: %w", err)
	}
	return nil
}
