package store

import (
	"context"
	"errors"
	"fmt"

	"fundy/city"
	"fundy/payment"
	"fundy/ticket"
)

// likenMost is how many candidates one query takes: a shorter list is filled up with its first.
const likenMost = 32

var qTicketsLikeNumbers = query("tickets like numbers", `
select id
from ticket
where number_key in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                     $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)
limit $33`)

var qTicketsLikePlates = query("tickets like plates", `
select id
from ticket
where skeleton_index in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                         $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)
limit $33`)

// TicketsLikeNumbers reads the tickets that have one of several numbers, at most limit.
func (tx *Tx) TicketsLikeNumbers(ctx context.Context, numberKeys []string, limit int) ([]FoundTicket, error) {
	return ticketsLike(ctx, tx, qTicketsLikeNumbers, numberKeys, limit)
}

// TicketsLikePlates reads the tickets whose plates have one of several skeletons, at most limit. It lists candidates
// and decides nothing.
func (tx *Tx) TicketsLikePlates(ctx context.Context, skeletons [][]byte, limit int) ([]FoundTicket, error) {
	return ticketsLike(ctx, tx, qTicketsLikePlates, skeletons, limit)
}

func ticketsLike[T any](ctx context.Context, tx *Tx, q string, like []T, limit int) ([]FoundTicket, error) {
	var found []FoundTicket
	for len(like) > 0 && len(found) < limit {
		args := make([]any, likenMost, likenMost+1)
		for i := range args {
			args[i] = like[0]
			if i < len(like) {
				args[i] = like[i]
			}
		}
		like = like[min(likenMost, len(like)):]
		ids, err := column[ticket.ID](ctx, tx, q, append(args, limit-len(found))...)
		if err != nil {
			return nil, fmt.Errorf("look up tickets: %w", err)
		}
		more, err := tx.ticketsByID(ctx, ids)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

func (tx *Tx) ticketsByID(ctx context.Context, ids []ticket.ID) ([]FoundTicket, error) {
	var found []FoundTicket
	for _, id := range ids {
		f, err := tx.Ticket(ctx, id)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, f)
	}
	return found, nil
}

// TicketsAmong reads tickets by their ids, in that order; one that is not there is left out.
func (tx *Tx) TicketsAmong(ctx context.Context, ids []ticket.ID) ([]FoundTicket, error) {
	return tx.ticketsByID(ctx, ids)
}

var qPlacesOfDay = query("places of day", `
select id, place
from ticket
where issued_on = $1
order by id
limit $2`)

// TicketPlace is where a ticket was given.
type TicketPlace struct {
	ID    ticket.ID
	Place string
}

// PlacesOfDay lists the tickets of a day of issue with their places, at most limit.
func (tx *Tx) PlacesOfDay(ctx context.Context, day city.Date, limit int) ([]TicketPlace, error) {
	rows, err := tx.rows(ctx, qPlacesOfDay, day.String(), limit)
	if err != nil {
		return nil, fmt.Errorf("read places of day: %w", err)
	}
	defer rows.Close()
	var all []TicketPlace
	for rows.Next() {
		var one TicketPlace
		if err := rows.Scan(&one.ID, &one.Place); err != nil {
			return nil, fmt.Errorf("read place: %w", err)
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

var qAttemptsAtProcessor = query("attempts at processor", `
select id
from attempt
where processor_ref = $1
  and processor_ref <> ''
limit $2`)

var qAttemptsTendered = query("attempts tendered", `
select attempt_id
from tender
where reference = $1
  and reference <> ''
order by entered_at desc, attempt_id
limit $2`)

// AttemptsReferred lists the attempts that a reference is of: the processor's payment, the terminal's authorisation, or
// a cheque's or money order's number. At most limit of each.
func (tx *Tx) AttemptsReferred(ctx context.Context, reference string, limit int) ([]payment.Attempt, error) {
	var all []payment.Attempt
	seen := map[payment.AttemptID]bool{}
	for _, q := range []string{qAttemptsAtProcessor, qAttemptsTendered} {
		ids, err := column[payment.AttemptID](ctx, tx, q, reference, limit)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if seen[id] {
				continue
			}
			seen[id] = true
			a, err := tx.Attempt(ctx, id)
			if err != nil {
				return nil, err
			}
			all = append(all, a)
		}
	}
	return all, nil
}
