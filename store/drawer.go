package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/money"
	"fundy/payment"
)

var qInsertDrawer = query("insert drawer", `
insert into drawer
  (id, name, place, made_at)
values
  ($1, $2, $3, $4)`)

// InsertDrawer writes a drawer. A name that there is already is ErrConflict.
func (tx *Tx) InsertDrawer(ctx context.Context, d payment.Drawer) error {
	_, err := tx.exec(ctx, qInsertDrawer, string(d.ID), d.Name, d.Place, micros(d.MadeAt))
	if err != nil {
		return fmt.Errorf("insert drawer: %w", err)
	}
	return nil
}

var qDrawerByName = query("drawer by name", `
select id, name, place, made_at
from drawer
where name = $1`)

// DrawerByName reads a drawer, or ErrNotFound.
func (tx *Tx) DrawerByName(ctx context.Context, name string) (payment.Drawer, error) {
	var d payment.Drawer
	var made int64
	err := tx.row(ctx, qDrawerByName, name).Scan(&d.ID, &d.Name, &d.Place, &made)
	if errors.Is(err, sql.ErrNoRows) {
		return d, fmt.Errorf("drawer: %w", ErrNotFound)
	}
	if err != nil {
		return d, fmt.Errorf("read drawer: %w", err)
	}
	d.MadeAt = fromMicros(made)
	return d, nil
}

var qInsertSession = query("insert drawer session", `
insert into drawer_session
  (id, drawer_id, state, opened_by, opened_at, float_minor, closed_by, checked_by, closed_at, counted_minor, expected_minor,
   over_short_minor, reason, closings, version)
values
  ($1, $2, $3, $4, $5, $6, '', '', null, null, null, null, '', 0, 0)`)

// InsertSession opens a drawer, without its event: AddDrawerEvent follows. A drawer that is open, or a clerk who has
// one, is ErrConflict.
func (tx *Tx) InsertSession(ctx context.Context, s payment.Session) error {
	_, err := tx.exec(ctx, qInsertSession, string(s.ID), string(s.Drawer), string(s.State), s.OpenedBy, micros(s.OpenedAt), s.Float.Minor())
	if err != nil {
		return fmt.Errorf("insert drawer session: %w", err)
	}
	return nil
}

var qSession = query("drawer session", `
select s.id, s.drawer_id, d.name, s.state, s.opened_by, s.opened_at, s.float_minor, s.closed_by, s.checked_by, s.closed_at,
       s.counted_minor, s.expected_minor, s.over_short_minor, s.reason, s.closings, s.version
from drawer_session s
join drawer d on d.id = s.drawer_id
where s.id = $1`)

var qSessionOfClerk = query("drawer session of clerk", `
select s.id, s.drawer_id, d.name, s.state, s.opened_by, s.opened_at, s.float_minor, s.closed_by, s.checked_by, s.closed_at,
       s.counted_minor, s.expected_minor, s.over_short_minor, s.reason, s.closings, s.version
from drawer_session s
join drawer d on d.id = s.drawer_id
where s.opened_by = $1
  and s.state = 'open'`)

var qLastSession = query("last drawer session", `
select s.id, s.drawer_id, d.name, s.state, s.opened_by, s.opened_at, s.float_minor, s.closed_by, s.checked_by, s.closed_at,
       s.counted_minor, s.expected_minor, s.over_short_minor, s.reason, s.closings, s.version
from drawer_session s
join drawer d on d.id = s.drawer_id
where d.name = $1
order by s.opened_at desc, s.id
limit 1`)

var qSessions = query("drawer sessions", `
select s.id, s.drawer_id, d.name, s.state, s.opened_by, s.opened_at, s.float_minor, s.closed_by, s.checked_by, s.closed_at,
       s.counted_minor, s.expected_minor, s.over_short_minor, s.reason, s.closings, s.version
from drawer_session s
join drawer d on d.id = s.drawer_id
order by s.opened_at desc, s.id
limit $1`)

var qLockSession = query("lock drawer session", `
select id
from drawer_session
where id = $1`)

// Session reads a drawer's session, or ErrNotFound.
func (tx *Tx) Session(ctx context.Context, id payment.SessionID) (payment.Session, error) {
	return scanSession(tx.row(ctx, qSession, string(id)))
}

// SessionOfClerk reads the session that a clerk has open, or ErrNotFound.
func (tx *Tx) SessionOfClerk(ctx context.Context, by string) (payment.Session, error) {
	return scanSession(tx.row(ctx, qSessionOfClerk, by))
}

// LastSession reads the newest session of a drawer, by its name, or ErrNotFound.
func (tx *Tx) LastSession(ctx context.Context, drawer string) (payment.Session, error) {
	return scanSession(tx.row(ctx, qLastSession, drawer))
}

// LockSession reads a session for a change of it or an entry in it: after the attempt and its tickets, before batches.
func (tx *Tx) LockSession(ctx context.Context, id payment.SessionID) (payment.Session, error) {
	var locked string
	err := tx.row(ctx, qLockSession+tx.lockSuffix(), string(id)).Scan(&locked)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return payment.Session{}, fmt.Errorf("lock drawer session: %w", kind(err))
	}
	return tx.Session(ctx, id)
}

// Sessions lists the newest sessions, at most limit.
func (tx *Tx) Sessions(ctx context.Context, limit int) ([]payment.Session, error) {
	rows, err := tx.rows(ctx, qSessions, limit)
	if err != nil {
		return nil, fmt.Errorf("read drawer sessions: %w", err)
	}
	defer rows.Close()
	var all []payment.Session
	for rows.Next() {
		s, err := scanSession(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

func scanSession(row scanner) (payment.Session, error) {
	var s payment.Session
	var opened, float int64
	var closed, counted, expected, over sql.NullInt64
	err := row.Scan(&s.ID, &s.Drawer, &s.Name, &s.State, &s.OpenedBy, &opened, &float, &s.ClosedBy, &s.CheckedBy, &closed,
		&counted, &expected, &over, &s.Reason, &s.Closings, &s.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("drawer session: %w", ErrNotFound)
	}
	if err != nil {
		return s, fmt.Errorf("read drawer session: %w", err)
	}
	s.OpenedAt, s.ClosedAt, s.Float = fromMicros(opened), fromNull(closed), money.FromMinor(float)
	s.Counted, s.Expected, s.OverShort = money.FromMinor(counted.Int64), money.FromMinor(expected.Int64), money.FromMinor(over.Int64)
	return s, nil
}

var qMoveSession = query("move drawer session", `
update drawer_session
set state = $1, closed_by = $2, checked_by = $3, closed_at = $4, counted_minor = $5, expected_minor = $6, over_short_minor = $7,
    reason = $8, closings = $9, version = version + 1
where id = $10
  and version = $11`)

var qInsertDrawerEvent = query("insert drawer event", `
insert into drawer_event
  (session_id, version, at, event, who, second, amount_minor, note)
values
  ($1, $2, $3, $4, $5, $6, $7, $8)`)

var qInsertDrawerCount = query("insert drawer count", `
insert into drawer_count
  (session_id, version, what, denomination_minor, n)
values
  ($1, $2, $3, $4, $5)`)

// Happening is something that happened to a drawer.
type Happening struct {
	Event  payment.DrawerEvent
	Who    string
	Second string       // the other person, where one has to be there
	Amount money.Amount // of a float, a drop, what was counted at a close
	Note   string
	Count  payment.Count // nil where nothing was counted
	At     time.Time
}

// counted names in drawer_count what an event counted.
var counted = map[payment.DrawerEvent]string{payment.DrawerOpened: "open", payment.DrawerDropped: "drop", payment.DrawerClosed: "close"}

// MoveSession writes a session as it is after an event, and the event with what was counted. s is the session as it was
// read, changed.
func (tx *Tx) MoveSession(ctx context.Context, s *payment.Session, h Happening) error {
	closed := s.State == payment.SessionClosed
	amount := func(a money.Amount) sql.NullInt64 { return sql.NullInt64{Int64: a.Minor(), Valid: closed} }
	err := tx.one(ctx, qMoveSession, string(s.State), s.ClosedBy, s.CheckedBy, nullMicros(s.ClosedAt), amount(s.Counted), amount(s.Expected),
		amount(s.OverShort), s.Reason, s.Closings, string(s.ID), s.Version)
	if err != nil {
		return fmt.Errorf("move drawer session: %w", err)
	}
	s.Version++
	_, err = tx.exec(ctx, qInsertDrawerEvent, string(s.ID), s.Version, micros(h.At), string(h.Event), h.Who, h.Second, h.Amount.Minor(), h.Note)
	if err != nil {
		return fmt.Errorf("insert drawer event: %w", err)
	}
	for _, d := range payment.Denominations {
		if n := h.Count[d]; n > 0 {
			if _, err := tx.exec(ctx, qInsertDrawerCount, string(s.ID), s.Version, counted[h.Event], d, n); err != nil {
				return fmt.Errorf("insert drawer count: %w", err)
			}
		}
	}
	return nil
}

var qExpectedCash = query("expected cash", `
select s.float_minor
  + (select coalesce(cast(sum(t.tendered_minor - t.change_minor) as bigint), 0)
     from batch b
     join tender t on t.batch_id = b.id
     where b.session_id = s.id
       and b.kind = 'cash'
       and t.state = 'taken')
  - (select coalesce(cast(sum(e.amount_minor) as bigint), 0)
     from drawer_event e
     where e.session_id = s.id
       and e.event = 'dropped')
from drawer_session s
where s.id = $1`)

// ExpectedCash is what should be in a drawer: its float and what was taken, less what went to the safe. Who decides by
// it has locked the session.
func (tx *Tx) ExpectedCash(ctx context.Context, id payment.SessionID) (money.Amount, error) {
	var n int64
	if err := tx.row(ctx, qExpectedCash, string(id)).Scan(&n); err != nil {
		return money.Zero, fmt.Errorf("add drawer up: %w", err)
	}
	return money.FromMinor(n), nil
}

var qDrawerEvents = query("drawer events", `
select at, event, who, second, amount_minor, note
from drawer_event
where session_id = $1
order by version`)

// DrawerEvents lists what happened to a drawer in a session, without the counts.
func (tx *Tx) DrawerEvents(ctx context.Context, id payment.SessionID) ([]Happening, error) {
	rows, err := tx.rows(ctx, qDrawerEvents, string(id))
	if err != nil {
		return nil, fmt.Errorf("read drawer events: %w", err)
	}
	defer rows.Close()
	var all []Happening
	for rows.Next() {
		var h Happening
		var at, amount int64
		if err := rows.Scan(&at, &h.Event, &h.Who, &h.Second, &amount, &h.Note); err != nil {
			return nil, fmt.Errorf("read drawer event: %w", err)
		}
		h.At, h.Amount = fromMicros(at), money.FromMinor(amount)
		all = append(all, h)
	}
	return all, rows.Err()
}
