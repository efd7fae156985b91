package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/ledger"
	"fundy/money"
	"fundy/ticket"
)

// WriteOff is a debt that was given up, or one that is owed again after it.
type WriteOff struct {
	Entry      string
	Kind       ledger.Kind
	Ticket     ticket.ID
	Resolution string
	Amount     money.Amount
	Effective  time.Time
	By         string
	At         time.Time
}

var qInsertWriteOff = query("insert write-off", `
insert into write_off
  (entry_id, kind, ticket_id, resolution, amount_minor, effective_at, said_by, said_at)
values
  ($1, $2, $3, $4, $5, $6, $7, $8)`)

// AddWriteOff keeps by whose resolution an entry gave a debt up.
func (tx *Tx) AddWriteOff(ctx context.Context, w WriteOff) error {
	_, err := tx.exec(ctx, qInsertWriteOff, w.Entry, string(w.Kind), string(w.Ticket), w.Resolution, w.Amount.Minor(), micros(w.Effective), w.By, micros(w.At))
	if err != nil {
		return fmt.Errorf("insert write-off: %w", err)
	}
	return nil
}

var qWriteOffsOfTicket = query("write-offs of ticket", `
select entry_id, kind, resolution, amount_minor, effective_at, said_by, said_at
from write_off
where ticket_id = $1
order by said_at, entry_id`)

// WriteOffsOfTicket lists a ticket's write-offs and recoveries, in their order.
func (tx *Tx) WriteOffsOfTicket(ctx context.Context, id ticket.ID) ([]WriteOff, error) {
	rows, err := tx.rows(ctx, qWriteOffsOfTicket, string(id))
	if err != nil {
		return nil, fmt.Errorf("read write-offs: %w", err)
	}
	defer rows.Close()
	var all []WriteOff
	for rows.Next() {
		w := WriteOff{Ticket: id}
		var amount, effective, at int64
		if err := rows.Scan(&w.Entry, &w.Kind, &w.Resolution, &amount, &effective, &w.By, &at); err != nil {
			return nil, fmt.Errorf("read write-off: %w", err)
		}
		w.Amount, w.Effective, w.At = money.FromMinor(amount), fromMicros(effective), fromMicros(at)
		all = append(all, w)
	}
	return all, rows.Err()
}

var qWriteOffs = query("write-offs between", `
select w.kind, w.effective_at, t.number, t.issued_on, w.resolution, w.amount_minor, w.said_by
from write_off w
join ticket t on t.id = w.ticket_id
where w.effective_at >= $1
  and w.effective_at < $2
order by w.effective_at, w.entry_id`)

// WriteOffs lists what was given up or recovered in [from, until), with the day on a clock.
func (tx *Tx) WriteOffs(ctx context.Context, from, until time.Time, zone *time.Location) ([]ledger.GivenUpRow, error) {
	rows, err := tx.rows(ctx, qWriteOffs, micros(from), micros(until))
	if err != nil {
		return nil, fmt.Errorf("read write-offs: %w", err)
	}
	defer rows.Close()
	all := []ledger.GivenUpRow{}
	for rows.Next() {
		var w ledger.GivenUpRow
		var at, amount int64
		var issued string
		err := rows.Scan(&w.Kind, &at, &w.Ticket, &issued, &w.Resolution, &amount, &w.By)
		if err = errors.Join(err, dayInto(&w.IssuedOn, issued)); err != nil {
			return nil, fmt.Errorf("read write-off: %w", err)
		}
		w.Day, w.Amount = city.DateOf(fromMicros(at), zone), money.FromMinor(amount)
		all = append(all, w)
	}
	return all, rows.Err()
}

// What is given up is owed no more.
var qCheckWrittenOff = query("check written-off tickets", `
select p.ticket_id, p.component
from posting p
join ticket t on t.id = p.ticket_id
where t.state = 'written_off'
group by p.ticket_id, p.component
having sum(case when p.debit = 'receivable:' || p.component then p.amount_minor else 0 end)
    <> sum(case when p.credit = 'receivable:' || p.component then p.amount_minor else 0 end)
limit 20`)

// TicketKey is by what a ticket is known on paper.
type TicketKey struct {
	ID        ticket.ID
	NumberKey string
	IssuedOn  city.Date
}

var qTicketKeys = query("ticket keys", `
select id, number_key, issued_on
from ticket`)

// EachTicketKey calls fn with every ticket's key. It reads the whole table, once: for a list of many tickets.
func (tx *Tx) EachTicketKey(ctx context.Context, fn func(TicketKey) error) error {
	rows, err := tx.rows(ctx, qTicketKeys)
	if err != nil {
		return fmt.Errorf("read ticket keys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var k TicketKey
		var issued string
		err := rows.Scan(&k.ID, &k.NumberKey, &issued)
		if err = errors.Join(err, dayInto(&k.IssuedOn, issued)); err != nil {
			return fmt.Errorf("read ticket key: %w", err)
		}
		if err := fn(k); err != nil {
			return err
		}
	}
	return rows.Err()
}
