package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/ticket"
)

// EndedTicket is a ticket that a person has ended, or for which a charge was laid: it stays in the report of its day for
// ever.
type EndedTicket struct {
	Ticket     ticket.ID
	Number     string
	IssuedOn   city.Date
	Offence    string
	To         ticket.State
	At         time.Time
	By         string // "" is the office itself, or an import
	ApprovedBy string // "" where one person was enough
	Why        string
	GivenUp    money.Amount // that was owed and is not any more
}

var qEnded = query("tickets that ended", `
select t.id, t.number, t.issued_on, t.offence, e.kind, e.recorded_at, e.who,
  coalesce((
    select max(a.decided_by)
    from ticket_ask_ticket x
    join ticket_ask a on a.id = x.ask_id
    where x.ticket_id = t.id
      and a.state = 'approved'
      and 'state:' || a.kind = e.kind), ''),
  e.why,
  case when e.kind = 'state:court' then 0 else coalesce((
    select cast(sum(case when p.credit like 'receivable:%' then p.amount_minor else 0 end)
      - sum(case when p.debit like 'receivable:%' then p.amount_minor else 0 end) as bigint)
    from posting p
    where p.entry_id = 'void-' || t.id), 0) end
from ticket_event e
join ticket t on t.id = e.ticket_id
where e.kind in ('state:withdrawn', 'state:cancelled', 'state:void', 'state:court')
  and e.recorded_at >= $1
  and e.recorded_at < $2
order by e.recorded_at, t.id
limit $3`)

// EndedTickets lists what ended in [from, until), in its order, at most limit.
func (tx *Tx) EndedTickets(ctx context.Context, from, until time.Time, limit int) ([]EndedTicket, error) {
	rows, err := tx.rows(ctx, qEnded, micros(from), micros(until), limit)
	if err != nil {
		return nil, fmt.Errorf("read ended tickets: %w", err)
	}
	defer rows.Close()
	var all []EndedTicket
	for rows.Next() {
		var e EndedTicket
		var at, amount int64
		var issued, kind string
		err := rows.Scan(&e.Ticket, &e.Number, &issued, &e.Offence, &kind, &at, &e.By, &e.ApprovedBy, &e.Why, &amount)
		if err = errors.Join(err, dayInto(&e.IssuedOn, issued)); err != nil {
			return nil, fmt.Errorf("read ended ticket: %w", err)
		}
		e.To = ticket.State(strings.TrimPrefix(kind, ticket.StateEvent))
		e.At, e.GivenUp = fromMicros(at), money.FromMinor(amount)
		all = append(all, e)
	}
	return all, rows.Err()
}
