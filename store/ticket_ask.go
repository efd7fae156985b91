package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/money"
	"fundy/ticket"
)

// The kinds of what is asked about tickets beside the states in which one ends, and the states of each.
const (
	AskCourt    = "court"
	AskWriteOff = "write_off"

	AskOpen     = "asked"
	AskApproved = "approved"
	AskRefused  = "refused"
)

// TicketAsk is what one person has asked for about tickets. Another decides.
type TicketAsk struct {
	ID         string
	Kind       string // "withdrawn", "cancelled", "void", AskCourt or AskWriteOff
	Resolution string // of a write-off
	Why        string
	Digest     string // of the tickets with what is owed on each, in hex
	Tickets    int
	Amount     money.Amount
	AskedBy    string
	AskedAt    time.Time
	State      string
	DecidedBy  string
	DecidedAt  time.Time
}

// AskedTicket is a ticket of one, with what was owed on it when it was asked for.
type AskedTicket struct {
	Ticket ticket.ID
	Amount money.Amount
}

var qInsertTicketAsk = query("insert ticket ask", `
insert into ticket_ask
  (id, kind, resolution, why, digest, tickets, amount_minor, asked_by, asked_at, state, decided_by, decided_at)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'asked', '', null)`)

var qInsertAskedTicket = query("insert asked ticket", `
insert into ticket_ask_ticket
  (ask_id, ticket_id, amount_minor)
values
  ($1, $2, $3)`)

// AddTicketAsk writes what is asked for, with its tickets.
func (tx *Tx) AddTicketAsk(ctx context.Context, a TicketAsk, tickets []AskedTicket) error {
	_, err := tx.exec(ctx, qInsertTicketAsk, a.ID, a.Kind, a.Resolution, a.Why, a.Digest, len(tickets), a.Amount.Minor(), a.AskedBy, micros(a.AskedAt))
	if err != nil {
		return fmt.Errorf("insert ticket ask: %w", err)
	}
	for _, t := range tickets {
		if _, err := tx.exec(ctx, qInsertAskedTicket, a.ID, string(t.Ticket), t.Amount.Minor()); err != nil {
			return fmt.Errorf("insert asked ticket: %w", err)
		}
	}
	return nil
}

const ticketAskSelect = `
select id, kind, resolution, why, digest, tickets, amount_minor, asked_by, asked_at, state, decided_by, decided_at
from ticket_ask
`

var qTicketAsk = query("ticket ask", ticketAskSelect+`where id = $1`)

var qTicketAsks = query("ticket asks", ticketAskSelect+`order by case state when 'asked' then 0 else 1 end, case state when 'asked' then asked_at else -asked_at end, id
limit $1`)

// TicketAsk reads one, or ErrNotFound.
func (tx *Tx) TicketAsk(ctx context.Context, id string) (TicketAsk, error) {
	return scanTicketAsk(tx.row(ctx, qTicketAsk, id))
}

// LockTicketAsk reads one for a decision, or ErrNotFound. Its tickets are locked first.
func (tx *Tx) LockTicketAsk(ctx context.Context, id string) (TicketAsk, error) {
	return scanTicketAsk(tx.row(ctx, qTicketAsk+tx.lockSuffix(), id))
}

// TicketAsks lists what was asked for: what waits first, the longest at the head, then the newest others, at most limit.
func (tx *Tx) TicketAsks(ctx context.Context, limit int) ([]TicketAsk, error) {
	rows, err := tx.rows(ctx, qTicketAsks, limit)
	if err != nil {
		return nil, fmt.Errorf("read ticket asks: %w", err)
	}
	defer rows.Close()
	var all []TicketAsk
	for rows.Next() {
		a, err := scanTicketAsk(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, rows.Err()
}

func scanTicketAsk(row scanner) (TicketAsk, error) {
	var a TicketAsk
	var asked, amount int64
	var decided sql.NullInt64
	err := row.Scan(&a.ID, &a.Kind, &a.Resolution, &a.Why, &a.Digest, &a.Tickets, &amount, &a.AskedBy, &asked, &a.State, &a.DecidedBy, &decided)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("ticket ask: %w", ErrNotFound)
	}
	if err != nil {
		return a, fmt.Errorf("read ticket ask: %w", err)
	}
	a.Amount, a.AskedAt, a.DecidedAt = money.FromMinor(amount), fromMicros(asked), fromNull(decided)
	return a, nil
}

var qAskedTickets = query("asked tickets", `
select ticket_id, amount_minor
from ticket_ask_ticket
where ask_id = $1
order by ticket_id
limit $2`)

// AskedTickets lists the tickets of one, by their ids, at most limit.
func (tx *Tx) AskedTickets(ctx context.Context, id string, limit int) ([]AskedTicket, error) {
	rows, err := tx.rows(ctx, qAskedTickets, id, limit)
	if err != nil {
		return nil, fmt.Errorf("read asked tickets: %w", err)
	}
	defer rows.Close()
	var all []AskedTicket
	for rows.Next() {
		var t AskedTicket
		var amount int64
		if err := rows.Scan(&t.Ticket, &amount); err != nil {
			return nil, fmt.Errorf("read asked ticket: %w", err)
		}
		t.Amount = money.FromMinor(amount)
		all = append(all, t)
	}
	return all, rows.Err()
}

var qOpenAskOf = query("open ask of ticket", `
select a.id
from ticket_ask_ticket t
join ticket_ask a on a.id = t.ask_id
where t.ticket_id = $1
  and a.state = 'asked'
order by a.asked_at
limit 1`)

// OpenAskOf is what waits for a decision about a ticket; "" where nothing does.
func (tx *Tx) OpenAskOf(ctx context.Context, id ticket.ID) (string, error) {
	var ask string
	err := tx.row(ctx, qOpenAskOf, string(id)).Scan(&ask)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read open ask: %w", err)
	}
	return ask, nil
}

var qDecideTicketAsk = query("decide ticket ask", `
update ticket_ask
set state = $1, decided_by = $2, decided_at = $3
where id = $4
  and state = 'asked'`)

// DecideTicketAsk writes a decision. One that has been decided is ErrConflict; an approval by who has asked breaks a
// constraint.
func (tx *Tx) DecideTicketAsk(ctx context.Context, id, state, by string, at time.Time) error {
	if err := tx.one(ctx, qDecideTicketAsk, state, by, micros(at), id); err != nil {
		return fmt.Errorf("decide ticket ask: %w", err)
	}
	return nil
}
