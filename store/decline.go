package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"fundy/payment"
)

var qInsertDecline = query("insert card decline", `
insert into card_decline
  (attempt_id, try_ref, reason, seen_at)
select $1, $2, $3, $4
where (select count(*) from card_decline where attempt_id = $1) < $5
on conflict (attempt_id, try_ref) do nothing`)

// AddDecline records a declined try of an attempt, by the processor's id of the try: the same one again changes nothing.
// Beyond payment.DeclinesMost of one attempt, none is recorded any more.
func (tx *Tx) AddDecline(ctx context.Context, id payment.AttemptID, try string, d payment.Decline) error {
	if _, err := tx.exec(ctx, qInsertDecline, string(id), try, d.Reason, micros(d.SeenAt), payment.DeclinesMost); err != nil {
		return fmt.Errorf("insert decline: %w", err)
	}
	return nil
}

var qLastDecline = query("last card decline", `
select reason, seen_at
from card_decline
where attempt_id = $1
order by seen_at desc
limit 1`)

// LastDecline is the last declined try that was seen of an attempt; false: none was.
func (tx *Tx) LastDecline(ctx context.Context, id payment.AttemptID) (payment.Decline, bool, error) {
	var d payment.Decline
	var seen int64
	err := tx.row(ctx, qLastDecline, string(id)).Scan(&d.Reason, &seen)
	if errors.Is(err, sql.ErrNoRows) {
		return d, false, nil
	}
	if err != nil {
		return d, false, fmt.Errorf("read decline: %w", err)
	}
	d.SeenAt = fromMicros(seen)
	return d, true, nil
}
