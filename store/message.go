package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/payment"
)

var qInsertMessage = query("insert mail message", `
insert into mail_message
  (reference, task_key, kind, ref, language, made_at, sent_at, state, version)
values
  ($1, $2, $3, $4, $5, $6, null, $7, 1)
on conflict (task_key) do nothing`)

var qInsertMessageEvent = query("insert mail event", `
insert into mail_event
  (reference, version, at, from_state, event, to_state, who, answer)
values
  ($1, $2, $3, $4, $5, $6, $7, $8)`)

var qMessage = query("mail message", `
select reference, task_key, kind, ref, language, made_at, sent_at, state, version
from mail_message
where reference = $1`)

var qMessageOfTask = query("mail message of task", `
select reference, task_key, kind, ref, language, made_at, sent_at, state, version
from mail_message
where task_key = $1`)

var qMoveMessage = query("move mail message", `
update mail_message
set state = $1, sent_at = $2, version = version + 1
where reference = $3
  and version = $4`)

// MakeMessage writes a message before it is given to a mail server, and returns it; where its task has one
// already, that one.
func (tx *Tx) MakeMessage(ctx context.Context, m payment.Message) (payment.Message, bool, error) {
	m.State, m.Version = payment.MessageReady, 1
	n, err := tx.exec(ctx, qInsertMessage, m.Reference, m.Task, m.Kind, m.Ref, m.Language, micros(m.MadeAt), string(m.State))
	if err != nil {
		return m, false, fmt.Errorf("insert mail message: %w", err)
	}
	if n == 0 {
		m, err = tx.MessageOfTask(ctx, m.Task)
		return m, false, err
	}
	return m, true, tx.addMessageEvent(ctx, m, "", "made", "", "", m.MadeAt)
}

// MoveMessage moves a message by its table. who is "" for the office itself; answer is the mail server's, as a
// number. Where another has moved it meanwhile, the error is ErrConflict.
func (tx *Tx) MoveMessage(ctx context.Context, m *payment.Message, e payment.MessageEvent, who, answer string, at time.Time) error {
	to, err := m.After(e)
	if err != nil {
		return err
	}
	from := m.State
	m.State = to
	if to == payment.MessageSent {
		m.SentAt = at
	}
	if err := tx.one(ctx, qMoveMessage, string(to), nullMicros(m.SentAt), m.Reference, m.Version); err != nil {
		return fmt.Errorf("move mail message: %w", err)
	}
	m.Version++
	return tx.addMessageEvent(ctx, *m, from, string(e), who, answer, at)
}

func (tx *Tx) addMessageEvent(ctx context.Context, m payment.Message, from payment.MessageState, event, who, answer string, at time.Time) error {
	_, err := tx.exec(ctx, qInsertMessageEvent, m.Reference, m.Version, micros(at), string(from), event, string(m.State), who, answer)
	if err != nil {
		return fmt.Errorf("insert mail event: %w", err)
	}
	return nil
}

// Message reads a message by its reference, or ErrNotFound.
func (tx *Tx) Message(ctx context.Context, reference string) (payment.Message, error) {
	return scanMessage(tx.row(ctx, qMessage, reference))
}

// MessageOfTask reads the message of a task, by the task's key, or ErrNotFound.
func (tx *Tx) MessageOfTask(ctx context.Context, key string) (payment.Message, error) {
	return scanMessage(tx.row(ctx, qMessageOfTask, key))
}

var qMessagesAbout = query("mail messages about", `
select reference, task_key, kind, ref, language, made_at, sent_at, state, version
from mail_message
where ref = $1
  and ref <> ''
order by made_at desc, reference
limit $2`)

// MessagesAbout lists the messages and letters about an attempt, by its Ref(), newest first, at most limit.
func (tx *Tx) MessagesAbout(ctx context.Context, ref string, limit int) ([]payment.Message, error) {
	rows, err := tx.rows(ctx, qMessagesAbout, ref, limit)
	if err != nil {
		return nil, fmt.Errorf("read mail messages: %w", err)
	}
	defer rows.Close()
	var all []payment.Message
	for rows.Next() {
		m, err := scanMessage(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, rows.Err()
}

// MessageEvent is one line of a message's history.
type MessageEvent struct {
	At     time.Time
	To     payment.MessageState
	Who    string // "" for the office itself
	Answer string // the mail server's, as a number
}

var qMessageEvents = query("mail events", `
select at, to_state, who, answer
from mail_event
where reference = $1
order by version`)

// MessageEvents is a message's history.
func (tx *Tx) MessageEvents(ctx context.Context, reference string) ([]MessageEvent, error) {
	rows, err := tx.rows(ctx, qMessageEvents, reference)
	if err != nil {
		return nil, fmt.Errorf("read mail events: %w", err)
	}
	defer rows.Close()
	var all []MessageEvent
	for rows.Next() {
		var e MessageEvent
		var at int64
		if err := rows.Scan(&at, &e.To, &e.Who, &e.Answer); err != nil {
			return nil, fmt.Errorf("read mail event: %w", err)
		}
		e.At = fromMicros(at)
		all = append(all, e)
	}
	return all, rows.Err()
}

func scanMessage(row scanner) (payment.Message, error) {
	var m payment.Message
	var made int64
	var sent sql.NullInt64
	err := row.Scan(&m.Reference, &m.Task, &m.Kind, &m.Ref, &m.Language, &made, &sent, &m.State, &m.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return m, fmt.Errorf("mail message: %w", ErrNotFound)
	}
	if err != nil {
		return m, fmt.Errorf("read mail message: %w", err)
	}
	m.MadeAt, m.SentAt = fromMicros(made), fromNull(sent)
	return m, nil
}

var qParkedTasks = query("parked outbox", `
select id, kind, ref, key, n, params, tries, created_at
from outbox
where kind = $1
  and next_at is null
  and done_at is null
order by id
limit $2`)

// ParkedTasks are the tasks of a kind that nobody has made due, at most limit.
func (tx *Tx) ParkedTasks(ctx context.Context, kind string, limit int) ([]Task, error) {
	return tx.tasks(ctx, qParkedTasks, kind, limit)
}

var qParked = query("count parked outbox", `
select count(*)
from outbox
where kind = $1
  and next_at is null
  and done_at is null`)

// Parked is how many tasks of a kind wait to be made due.
func (tx *Tx) Parked(ctx context.Context, kind string) (n int, err error) {
	if err := tx.row(ctx, qParked, kind).Scan(&n); err != nil {
		return 0, fmt.Errorf("count parked outbox: %w", err)
	}
	return n, nil
}
