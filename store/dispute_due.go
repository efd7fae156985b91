package store

import (
	"context"
	"fmt"
	"time"

	"fundy/payment"
)

var qDueDisputes = query("due disputes", `
select id
from dispute
where next_at <= $1
order by next_at
limit $2`)

// DueDisputes lists the chargebacks that the sweeper has to look at.
func (tx *Tx) DueDisputes(ctx context.Context, now time.Time, limit int) ([]payment.DisputeID, error) {
	return column[payment.DisputeID](ctx, tx, qDueDisputes, micros(now), limit)
}

var qClaimDispute = query("claim due dispute", `
update dispute
set next_at = $1
where id = $2
  and next_at <= $3`)

// ClaimDisputes takes chargebacks that the sweeper has to look at and puts each off until later, as ClaimDue does
// attempts.
func (tx *Tx) ClaimDisputes(ctx context.Context, now, later time.Time, limit int) ([]payment.DisputeID, error) {
	due, err := tx.DueDisputes(ctx, now, limit)
	if err != nil {
		return nil, err
	}
	return claimEach(ctx, tx, qClaimDispute, due, now, later)
}

var qDisputeVersions = query("dispute versions", `
select id, version
from dispute
where opened_at >= $1`)

// DisputeVersions are the versions of the chargebacks opened at or after since; zero: of all.
func (tx *Tx) DisputeVersions(ctx context.Context, since time.Time) (map[payment.DisputeID]int64, error) {
	from := int64(0)
	if !since.IsZero() {
		from = micros(since)
	}
	rows, err := tx.rows(ctx, qDisputeVersions, from)
	if err != nil {
		return nil, fmt.Errorf("read dispute versions: %w", err)
	}
	defer rows.Close()
	all := map[payment.DisputeID]int64{}
	for rows.Next() {
		var id payment.DisputeID
		var version int64
		if err := rows.Scan(&id, &version); err != nil {
			return nil, fmt.Errorf("read dispute version: %w", err)
		}
		all[id] = version
	}
	return all, rows.Err()
}

var qDisputeWork = query("dispute work", `
select
  (select count(*) from dispute_list where next_at <= $1),
  (select count(*) from dispute where next_at <= $2)`)

// DisputeWork says whether the processor is to be asked for all disputes, or for some of them.
func (tx *Tx) DisputeWork(ctx context.Context, now time.Time) (list, some bool, err error) {
	var lists, due int
	if err := tx.row(ctx, qDisputeWork, micros(now), micros(now)).Scan(&lists, &due); err != nil {
		return false, false, fmt.Errorf("look for due disputes: %w", err)
	}
	return lists > 0, due > 0, nil
}

var qClaimDisputeList = query("claim dispute list", `
update dispute_list
set next_at = $1, answered_at = case when answered_at = 0 then $2 else answered_at end
where next_at <= $3`)

// ClaimDisputeList says whether the caller may ask the processor for all disputes now: of several, one may. The first
// time counts as an answer: from then on one is waited for.
func (tx *Tx) ClaimDisputeList(ctx context.Context, now, later time.Time) (bool, error) {
	n, err := tx.exec(ctx, qClaimDisputeList, micros(later), micros(now), micros(now))
	if err != nil {
		return false, fmt.Errorf("claim dispute list: %w", err)
	}
	return n == 1, nil
}

var qAnswerDisputeList = query("answer dispute list", `
update dispute_list
set next_at = $1, answered_at = $2`)

// AnswerDisputeList records when the processor had told of all disputes that are entered, and when it is asked next.
func (tx *Tx) AnswerDisputeList(ctx context.Context, next, answered time.Time) error {
	err := tx.one(ctx, qAnswerDisputeList, micros(next), micros(answered))
	if err != nil {
		return fmt.Errorf("record dispute list: %w", err)
	}
	return nil
}

var qDisputeList = query("dispute list", `
select answered_at,
  (select coalesce(max(opened_at), 0) from dispute)
from dispute_list`)

// DisputeList is when the processor last told of all disputes and all were entered, and when the newest that we know
// was opened; each the zero time when never.
func (tx *Tx) DisputeList(ctx context.Context) (answered, newest time.Time, err error) {
	var at, opened int64
	if err := tx.row(ctx, qDisputeList).Scan(&at, &opened); err != nil {
		return answered, newest, fmt.Errorf("read dispute list: %w", err)
	}
	if at != 0 {
		answered = fromMicros(at)
	}
	if opened != 0 {
		newest = fromMicros(opened)
	}
	return answered, newest, nil
}
