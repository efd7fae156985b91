package store

import (
	"context"
	"fmt"
	"time"
)

// Task is a row of the outbox: something to be done outside, with the key and the exact
// parameters that every try of it uses. A lease saves work and protects nothing: two workers on
// one row are harmless, because the key is the same and what follows is guarded by the attempt's
// version.
type Task struct {
	ID        string
	Kind      string
	Ref       string // the attempt that it is about, or the refund
	Key       string // idempotency key at the processor
	N         int    // of the key: 1, and one more each time that a key had to be given up
	Params    string // JSON, frozen
	Tries     int
	CreatedAt time.Time
}

var qInsertTask = query("insert outbox", `
insert into outbox
  (id, kind, ref, key, n, params, tries, next_at, leased_until, done_at, result, created_at)
values
  ($1, $2, $3, $4, $5, $6, 0, $7, $8, null, '', $9)`)

// AddTask writes a task, due at next (zero: parked, until somebody makes it due), leased to the caller
// until leasedUntil (zero: to nobody).
func (tx *Tx) AddTask(ctx context.Context, t Task, next, leasedUntil time.Time) error {
	leased := int64(0)
	if !leasedUntil.IsZero() {
		leased = micros(leasedUntil)
	}
	_, err := tx.exec(ctx, qInsertTask, t.ID, t.Kind, t.Ref, t.Key, t.N, t.Params, nullMicros(next), leased, micros(t.CreatedAt))
	if err != nil {
		return fmt.Errorf("insert outbox: %w", err)
	}
	return nil
}

// Lane is one of the two queues in the outbox, each worked off beside the other.
type Lane struct{ due, any string }

// MoneyTasks are those that the card processor is asked to do.
var MoneyTasks = Lane{
	due: query("due outbox", `
select id, kind, ref, key, n, params, tries, created_at
from outbox
where next_at <= $1
  and leased_until <= $2
  and kind not like 'mail%'
order by next_at
limit $3`),
	any: query("outbox due", `
select count(*)
from (
  select id
  from outbox
  where next_at <= $1
    and leased_until <= $2
    and kind not like 'mail%'
  limit 1
) due`),
}

// MailTasks are those that send a message: their kinds begin with "mail".
var MailTasks = Lane{
	due: query("due mail", `
select id, kind, ref, key, n, params, tries, created_at
from outbox
where next_at <= $1
  and leased_until <= $2
  and kind like 'mail%'
order by next_at
limit $3`),
	any: query("mail due", `
select count(*)
from (
  select id
  from outbox
  where next_at <= $1
    and leased_until <= $2
    and kind like 'mail%'
  limit 1
) due`),
}

var qLeaseTask = query("lease outbox", `
update outbox
set leased_until = $1, tries = tries + 1
where id = $2
  and leased_until <= $3
  and done_at is null`)

// LeaseTasks takes a lane's due tasks for the caller until leasedUntil.
func (tx *Tx) LeaseTasks(ctx context.Context, lane Lane, now, leasedUntil time.Time, limit int) ([]Task, error) {
	due, err := tx.tasks(ctx, lane.due, micros(now), micros(now), limit)
	if err != nil {
		return nil, err
	}
	var leased []Task
	for _, t := range due {
		n, err := tx.exec(ctx, qLeaseTask, micros(leasedUntil), t.ID, micros(now))
		if err != nil {
			return nil, fmt.Errorf("lease outbox: %w", err)
		}
		if n == 1 {
			t.Tries++
			leased = append(leased, t)
		}
	}
	return leased, nil
}

func (tx *Tx) tasks(ctx context.Context, q string, args ...any) ([]Task, error) {
	rows, err := tx.rows(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	defer rows.Close()
	var all []Task
	for rows.Next() {
		var t Task
		var created int64
		if err := rows.Scan(&t.ID, &t.Kind, &t.Ref, &t.Key, &t.N, &t.Params, &t.Tries, &created); err != nil {
			return nil, fmt.Errorf("read outbox row: %w", err)
		}
		t.CreatedAt = fromMicros(created)
		all = append(all, t)
	}
	return all, rows.Err()
}

// TaskDue says whether any task of a lane is due.
func (tx *Tx) TaskDue(ctx context.Context, lane Lane, now time.Time) (bool, error) {
	var n int
	err := tx.row(ctx, lane.any, micros(now), micros(now)).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for due outbox: %w", err)
	}
	return n > 0, nil
}

var qLastTask = query("last outbox number", `
select coalesce(max(n), 0)
from outbox
where ref = $1
  and kind = $2`)

// LastTask is the number of the last key that a kind of task about something had; 0 where it had none.
func (tx *Tx) LastTask(ctx context.Context, ref, kind string) (int, error) {
	var n int
	err := tx.row(ctx, qLastTask, ref, kind).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("read last outbox number: %w", err)
	}
	return n, nil
}

var qFinishTask = query("finish outbox", `
update outbox
set done_at = $1, next_at = null, result = $2
where id = $3
  and done_at is null`)

// FinishTask marks a task done; ended is false where another worker has done so: two workers on one row
// are harmless.
func (tx *Tx) FinishTask(ctx context.Context, id, result string, now time.Time) (ended bool, err error) {
	n, err := tx.exec(ctx, qFinishTask, micros(now), result, id)
	if err != nil {
		return false, fmt.Errorf("finish outbox: %w", err)
	}
	return n == 1, nil
}

var qDelayTask = query("delay outbox", `
update outbox
set next_at = $1, leased_until = 0, result = $2
where id = $3
  and done_at is null`)

// DelayTask gives the lease back and says when the next try is due.
func (tx *Tx) DelayTask(ctx context.Context, id, result string, next time.Time) error {
	_, err := tx.exec(ctx, qDelayTask, micros(next), result, id)
	if err != nil {
		return fmt.Errorf("delay outbox: %w", err)
	}
	return nil
}

var qTasksOf = query("tasks of ref", `
select count(*)
from outbox
where ref = $1
  and kind = $2`)

// TasksOf counts the tasks of a kind about one thing, done or not.
func (tx *Tx) TasksOf(ctx context.Context, ref, kind string) (n int, err error) {
	if err := tx.row(ctx, qTasksOf, ref, kind).Scan(&n); err != nil {
		return 0, fmt.Errorf("count tasks: %w", err)
	}
	return n, nil
}
