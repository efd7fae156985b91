package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
)

// Payouts are entered and followed many lines at a time: a day can have a hundred thousand.

var qOpenCaptures = query("captures in no payout", `
select c.charge, c.attempt_id, coalesce(cast(sum(p.amount_minor) as bigint), 0)
from processor_charge c
left join processor_line l on l.attempt_id = c.attempt_id and l.attempt_id <> ''
left join ledger_entry e on e.ref = c.attempt_id and e.kind in ('capture', 'unallocated')
left join posting p on p.entry_id = e.id and p.debit = 'clearing:card'
where l.id is null
group by c.charge, c.attempt_id`)

// OpenCaptures is CaptureOf for every capture that is in no payout yet, by its charge.
func (tx *Tx) OpenCaptures(ctx context.Context) (map[string]payout.Capture, error) {
	rows, err := tx.rows(ctx, qOpenCaptures)
	if err != nil {
		return nil, fmt.Errorf("read captures in no payout: %w", err)
	}
	defer rows.Close()
	all := map[string]payout.Capture{}
	for rows.Next() {
		var charge string
		var c payout.Capture
		var amount int64
		if err := rows.Scan(&charge, &c.Attempt, &amount); err != nil {
			return nil, fmt.Errorf("read capture in no payout: %w", err)
		}
		c.Amount = money.FromMinor(amount)
		all[charge] = c
	}
	return all, rows.Err()
}

var qLinesOfPayout = query("lines of payout", `
select id
from processor_line
where payout_id = $1`)

// LinesOfPayout are the lines of a payout that are entered.
func (tx *Tx) LinesOfPayout(ctx context.Context, id string) (map[string]bool, error) {
	ids, err := column[string](ctx, tx, qLinesOfPayout, id)
	all := make(map[string]bool, len(ids))
	for _, one := range ids {
		all[one] = true
	}
	return all, err
}

const lineInsert = `
insert into processor_line
  (id, payout_id, kind, word, source, amount_minor, fee_minor, net_minor, currency, created_at, attempt_id, class, why, read_at)
values
  `

// AddLines writes lines of a payout. One that is in a payout already is ErrConflict.
func (tx *Tx) AddLines(ctx context.Context, lines []payout.Line, at time.Time) error {
	args := make([]any, 0, 14*len(lines))
	for _, l := range lines {
		args = append(args, l.ID, l.Payout, string(l.Kind), l.Word, l.Source, l.Amount.Minor(), l.Fee.Minor(), l.Net.Minor(), l.Currency,
			micros(l.CreatedAt), string(l.Attempt), string(l.Class), l.Why, micros(at))
	}
	if err := tx.insertMany(ctx, lineInsert, 14, args); err != nil {
		return fmt.Errorf("insert processor lines: %w", err)
	}
	return nil
}

// AddEntries is AddEntry for many.
func (tx *Tx) AddEntries(ctx context.Context, all []ledger.Entry) error {
	entries, postings := make([]any, 0, 5*len(all)), make([]any, 0, 14*len(all))
	for _, e := range all {
		entries = append(entries, e.ID, string(e.Kind), e.Ref, micros(e.Entered), micros(e.Effective))
		postings = append(postings, postingArgs(e)...)
	}
	if err := tx.insertMany(ctx, entryInsert, 5, entries); err != nil {
		return fmt.Errorf("insert ledger entries: %w", err)
	}
	if err := tx.insertMany(ctx, postingInsert, 7, postings); err != nil {
		return fmt.Errorf("insert postings: %w", err)
	}
	return nil
}

// Moved is an attempt that was moved with others, and its version since.
type Moved struct {
	Attempt payment.AttemptID
	Version int64
}

var qPayoutAttempts = query("attempts of payout", `
select a.id, a.state, a.version
from processor_line l
join attempt a on a.id = l.attempt_id
where l.payout_id = $1
  and l.attempt_id > $2
order by l.attempt_id
limit $3`)

var qMovePayoutEvents = query("events of attempts of payout", `
insert into attempt_event
  (attempt_id, version, at, from_state, event, to_state, note)
select a.id, a.version + 1, $1, $2, $3, $4, ''
from processor_line l
join attempt a on a.id = l.attempt_id
where l.payout_id = $5
  and l.attempt_id > $6
  and l.attempt_id <= $7
  and a.state = $8`)

var qMovePayoutAttempts = query("move attempts of payout", `
update attempt
set state = $1, next_at = null, version = version + 1
where id in (
    select l.attempt_id
    from processor_line l
    where l.payout_id = $2
      and l.attempt_id > $3
      and l.attempt_id <= $4)
  and state = $5`)

// MovePayoutAttempts looks at the next attempts of a payout, at most limit, after the id that it was told; it moves
// those that stand where the line of the table begins, and says which. last is "" when there are no more.
func (tx *Tx) MovePayoutAttempts(ctx context.Context, id string, line payment.Line, after payment.AttemptID, limit int, at time.Time) (moved []Moved, last payment.AttemptID, err error) {
	rows, err := tx.rows(ctx, qPayoutAttempts+tx.lockSuffix(), id, string(after), limit)
	if err != nil {
		return nil, "", fmt.Errorf("read attempts of payout: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var m Moved
		var state payment.State
		if err := rows.Scan(&m.Attempt, &state, &m.Version); err != nil {
			return nil, "", fmt.Errorf("read attempt of payout: %w", err)
		}
		last = m.Attempt
		if m.Version++; state == line.From {
			moved = append(moved, m)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(moved) == 0 {
		return nil, last, err
	}
	from, to := string(line.From), string(line.To)
	if _, err = tx.exec(ctx, qMovePayoutEvents, micros(at), from, string(line.Event), to, id, string(after), string(last), from); err != nil {
		return nil, "", fmt.Errorf("insert events of attempts: %w", err)
	}
	n, err := tx.exec(ctx, qMovePayoutAttempts, to, id, string(after), string(last), from)
	if err == nil && n != int64(len(moved)) {
		err = ErrConflict
	}
	if err != nil {
		return nil, "", fmt.Errorf("move attempts of payout: %w", err)
	}
	return moved, last, nil
}

var qSettledPayouts = query("payouts with settled attempts", `
select distinct l.payout_id
from attempt a
join processor_line l on l.attempt_id = a.id and l.attempt_id <> ''
where a.state = 'settled'`)

// SettledPayouts are the payouts that have attempts which the bank has not been seen to have.
func (tx *Tx) SettledPayouts(ctx context.Context) ([]string, error) {
	return column[string](ctx, tx, qSettledPayouts)
}

var qHalfEntered = query("payouts half entered", `
select p.id
from payout p
where p.posted_at is null
  and exists (
    select 1
    from processor_line l
    where l.payout_id = p.id)
order by p.id`)

// HalfEntered are the payouts of which lines are entered and the rest is not: a fetch was cut off.
func (tx *Tx) HalfEntered(ctx context.Context) ([]string, error) {
	return column[string](ctx, tx, qHalfEntered)
}
