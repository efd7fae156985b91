package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// StaffSession is one browser in which a person is signed in.
type StaffSession struct {
	Token     []byte // the HMAC of what the browser holds
	ID        string // names it in lists; opens nothing
	Name      string
	BeganAt   time.Time
	SeenAt    time.Time
	TouchedAt time.Time // the passkey's last answer
	Agent     []byte    // of the browser: a digest
	Network   string    // where it was when the passkey last answered
	EndedAt   time.Time
	EndedWhy  string
}

var qInsertStaffSession = query("insert staff session", `
insert into staff_session
  (token, id, name, began_at, seen_at, touched_at, agent, network, ended_at, ended_why)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, null, '')`)

// AddStaffSession writes a session that begins.
func (tx *Tx) AddStaffSession(ctx context.Context, s StaffSession) error {
	_, err := tx.exec(ctx, qInsertStaffSession, s.Token, s.ID, s.Name, micros(s.BeganAt), micros(s.SeenAt), micros(s.TouchedAt), s.Agent, s.Network)
	if err != nil {
		return fmt.Errorf("insert staff session: %w", err)
	}
	return nil
}

var qStaffSession = query("staff session", `
select token, id, name, began_at, seen_at, touched_at, agent, network, ended_at, ended_why
from staff_session
where token = $1`)

var qStaffSessions = query("staff sessions", `
select token, id, name, began_at, seen_at, touched_at, agent, network, ended_at, ended_why
from staff_session
where name = $1
  and ended_at is null
  and began_at > $2
order by began_at desc, id`)

// StaffSession reads a session by the HMAC of what a browser holds, or ErrNotFound.
func (tx *Tx) StaffSession(ctx context.Context, token []byte) (StaffSession, error) {
	return scanStaffSession(tx.row(ctx, qStaffSession, token))
}

// The person, the roles and the number of passkeys are read with the session, at every request.
var qStaffVisit = query("staff visit", `
select s.token, s.id, s.name, s.began_at, s.seen_at, s.touched_at, s.agent, s.network, s.ended_at, s.ended_why, p.handle, p.since, p.invited_by,
       coalesce((select string_agg(r.role, ',' order by r.role) from staff_role r where r.name = s.name), ''),
       (select count(*) from staff_key k where k.name = s.name and k.removed_at is null)
from staff_session s
join staff_person p on p.name = s.name
where s.token = $1`)

// StaffVisit is a session with whose it is, and how many passkeys the person has.
type StaffVisit struct {
	Session StaffSession
	Person  Person
	Keys    int
}

// StaffVisit reads a session by the HMAC of what a browser holds, with its person's rights as they are now, or ErrNotFound.
// It is one query.
func (tx *Tx) StaffVisit(ctx context.Context, token []byte) (StaffVisit, error) {
	var v StaffVisit
	var since int64
	var roles string
	var err error
	v.Session, err = scanStaffSession(tx.row(ctx, qStaffVisit, token), &v.Person.Handle, &since, &v.Person.InvitedBy, &roles, &v.Keys)
	if err != nil {
		return v, err
	}
	v.Person.Name, v.Person.Since = v.Session.Name, fromMicros(since)
	if roles != "" {
		v.Person.Roles = strings.Split(roles, ",")
	}
	return v, nil
}

// StaffSessions lists a person's sessions that have not ended and that began after since, newest first.
func (tx *Tx) StaffSessions(ctx context.Context, name string, since time.Time) ([]StaffSession, error) {
	rows, err := tx.rows(ctx, qStaffSessions, name, micros(since))
	if err != nil {
		return nil, fmt.Errorf("read staff sessions: %w", err)
	}
	defer rows.Close()
	var all []StaffSession
	for rows.Next() {
		s, err := scanStaffSession(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

func scanStaffSession(row scanner, more ...any) (StaffSession, error) {
	var s StaffSession
	var began, seen, touched int64
	var ended sql.NullInt64
	err := row.Scan(append([]any{&s.Token, &s.ID, &s.Name, &began, &seen, &touched, &s.Agent, &s.Network, &ended, &s.EndedWhy}, more...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("staff session: %w", ErrNotFound)
	}
	if err != nil {
		return s, fmt.Errorf("read staff session: %w", err)
	}
	s.BeganAt, s.SeenAt, s.TouchedAt, s.EndedAt = fromMicros(began), fromMicros(seen), fromMicros(touched), fromNull(ended)
	return s, nil
}

var qSeeStaffSession = query("see staff session", `
update staff_session
set seen_at = $1
where token = $2
  and seen_at < $3
  and ended_at is null`)

// SeeStaffSession records that a person is at work.
func (tx *Tx) SeeStaffSession(ctx context.Context, token []byte, at time.Time) error {
	_, err := tx.exec(ctx, qSeeStaffSession, micros(at), token, micros(at))
	if err != nil {
		return fmt.Errorf("see staff session: %w", err)
	}
	return nil
}

var qTouchStaffSession = query("touch staff session", `
update staff_session
set seen_at = $1, touched_at = $2, agent = $3, network = $4
where token = $5
  and ended_at is null`)

// TouchStaffSession records that the passkey has answered, and from where. A session that has ended is ErrConflict.
func (tx *Tx) TouchStaffSession(ctx context.Context, s StaffSession) error {
	err := tx.one(ctx, qTouchStaffSession, micros(s.SeenAt), micros(s.TouchedAt), s.Agent, s.Network, s.Token)
	if err != nil {
		return fmt.Errorf("touch staff session: %w", err)
	}
	return nil
}

var qEndStaffSession = query("end staff session", `
update staff_session
set ended_at = $1, ended_why = $2
where id = $3
  and name = $4
  and ended_at is null`)

// EndStaffSession ends one session of a person. One that has ended stays as it is.
func (tx *Tx) EndStaffSession(ctx context.Context, name, id, why string, at time.Time) error {
	_, err := tx.exec(ctx, qEndStaffSession, micros(at), why, id, name)
	if err != nil {
		return fmt.Errorf("end staff session: %w", err)
	}
	return nil
}

var qEndStaffSessions = query("end staff sessions", `
update staff_session
set ended_at = $1, ended_why = $2
where name = $3
  and ended_at is null`)

// EndStaffSessions ends all sessions of a person.
func (tx *Tx) EndStaffSessions(ctx context.Context, name, why string, at time.Time) error {
	_, err := tx.exec(ctx, qEndStaffSessions, micros(at), why, name)
	if err != nil {
		return fmt.Errorf("end staff sessions: %w", err)
	}
	return nil
}

var qEndSessionsRestored = query("end staff sessions restored", `
update staff_session
set ended_at = $1, ended_why = 'restored'
where ended_at is null`)

var qEndInvitationsRestored = query("end staff invitations restored", `
update staff_invitation
set used_at = $1
where used_at is null`)

// endStaffRestored ends every session and code of a store that was restored.
func (tx *Tx) endStaffRestored(ctx context.Context, at time.Time) error {
	if _, err := tx.exec(ctx, qEndSessionsRestored, micros(at)); err != nil {
		return fmt.Errorf("end staff sessions: %w", err)
	}
	if _, err := tx.exec(ctx, qEndInvitationsRestored, micros(at)); err != nil {
		return fmt.Errorf("end staff invitations: %w", err)
	}
	return nil
}
