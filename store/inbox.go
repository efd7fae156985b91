package store

import (
	"context"
	"fmt"
	"time"

	"fundy/processor"
)

var qInsertInbox = query("insert inbox", `
insert into inbox
  (event_id, kind, object_id, attempt, at, taken_at)
values
  ($1, $2, $3, $4, $5, $6)
on conflict (event_id) do nothing`)

// TakeEvent keeps what is kept of a processor's event; fresh is false when it had come before.
func (tx *Tx) TakeEvent(ctx context.Context, h processor.Hint, now time.Time) (fresh bool, err error) {
	n, err := tx.exec(ctx, qInsertInbox, h.EventID, h.Kind, h.ObjectID, h.Attempt, micros(h.At), micros(now))
	if err != nil {
		return false, fmt.Errorf("insert inbox: %w", err)
	}
	return n == 1, nil
}
