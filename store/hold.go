package store

import (
	"context"
	"fmt"
	"time"

	"fundy/ticket"
)

// TicketOnHold is a ticket whose clock stands still because a person, or the file in which it came, says so.
type TicketOnHold struct {
	ID     ticket.ID
	Number string
	Since  time.Time
	Who    string // "": it came in on hold
	Why    string
}

var qTicketsOnHold = query("tickets on hold", `
select t.id, t.number, t.state_since, coalesce(e.who, ''), coalesce(e.why, '')
from ticket t
left join ticket_event e on e.ticket_id = t.id
  and e.kind = 'state:hold'
  and e.recorded_at = (
    select max(l.recorded_at)
    from ticket_event l
    where l.ticket_id = t.id
      and l.kind = 'state:hold')
where t.state = 'hold'
order by t.state_since, t.id
limit $1`)

// TicketsOnHold lists the tickets on hold, the longest first, at most limit.
func (tx *Tx) TicketsOnHold(ctx context.Context, limit int) ([]TicketOnHold, error) {
	rows, err := tx.rows(ctx, qTicketsOnHold, limit)
	if err != nil {
		return nil, fmt.Errorf("read tickets on hold: %w", err)
	}
	defer rows.Close()
	var all []TicketOnHold
	for rows.Next() {
		var h TicketOnHold
		var since int64
		if err := rows.Scan(&h.ID, &h.Number, &since, &h.Who, &h.Why); err != nil {
			return nil, fmt.Errorf("read ticket on hold: %w", err)
		}
		h.Since = fromMicros(since)
		all = append(all, h)
	}
	return all, rows.Err()
}
