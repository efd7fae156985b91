package store

import (
	"context"
	"fmt"
	"time"

	"fundy/money"
	"fundy/payment"
)

// The states are those of which index attempt_under_way knows, word for word: so many attempts are long ended that a list of
// what is awaited can't look at each.
var qUnderWay = query("attempts under way", `
select a.id, a.payment_id, a.adapter, a.state, a.processor_ref, a.amount_minor, a.created_at, a.expires_at, a.refreshed_at, a.version,
       (select max(e.at) from attempt_event e where e.attempt_id = a.id and e.from_state <> e.to_state)
from attempt a
where a.state in ('creating', 'open', 'expiring', 'processing', 'authorized', 'corrected_authorized', 'capturing', 'releasing')
  and a.created_at <= $1
order by a.created_at, a.id
limit $2`)

// AttemptsUnderWay lists the attempts that were begun before an instant and whose end is awaited, oldest first, at most
// limit: each without its card page.
func (tx *Tx) AttemptsUnderWay(ctx context.Context, before time.Time, limit int) ([]payment.UnderWay, error) {
	rows, err := tx.rows(ctx, qUnderWay, micros(before), limit)
	if err != nil {
		return nil, fmt.Errorf("read attempts under way: %w", err)
	}
	defer rows.Close()
	var all []payment.UnderWay
	for rows.Next() {
		var u payment.UnderWay
		var amount, created, expires, refreshed, since int64
		err := rows.Scan(&u.ID, &u.Payment, &u.Adapter, &u.State, &u.ProcessorRef, &amount, &created, &expires, &refreshed, &u.Version, &since)
		if err != nil {
			return nil, fmt.Errorf("read attempt under way: %w", err)
		}
		u.Amount, u.CreatedAt, u.ExpiresAt = money.FromMinor(amount), fromMicros(created), fromMicros(expires)
		u.RefreshedAt, u.Since = fromMicros(refreshed), fromMicros(since)
		all = append(all, u)
	}
	return all, rows.Err()
}
