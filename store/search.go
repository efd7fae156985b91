package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"fundy/city"
	"fundy/payment"
	"fundy/ticket"
)

var qTicketsLikeNumbers = query("tickets like numbers", ticketSelect+`
where number_key in (select key from json_each($1))
limit $2`)

const ticketsLikePlates = ticketSelect + `
where skeleton_index in (select `

var qTicketsAmong = query("tickets among", ticketSelect+`
where id in (select key from json_each($1))
limit $2`)

// TicketsLikeNumbers lists the tickets that have one of several numbers, at most limit, as TicketsNumbered does.
func (tx *Tx) TicketsLikeNumbers(ctx context.Context, numberKeys []string, limit int) ([]FoundTicket, error) {
	return tx.candidates(ctx, qTicketsLikeNumbers, numberKeys, limit)
}

// TicketsLikePlates lists the tickets whose plates have one of several skeletons, at most limit, as TicketsNumbered does.
// They are candidates, and nothing is decided by them.
func (tx *Tx) TicketsLikePlates(ctx context.Context, skeletons [][]byte, limit int) ([]FoundTicket, error) {
	texts := make([]string, 0, len(skeletons))
	for _, one := range skeletons {
		texts = append(texts, hex.EncodeToString(one))
	}
	return tx.candidates(ctx, ticketsLikePlates+tx.dialect.keyBytes+" from json_each($1))\nlimit $2", texts, limit)
}

// TicketsAmong lists tickets by their ids, in that order, as TicketsNumbered does; one that is not there is left out.
func (tx *Tx) TicketsAmong(ctx context.Context, ids []ticket.ID) ([]FoundTicket, error) {
	texts := make([]string, 0, len(ids))
	for _, id := range ids {
		texts = append(texts, string(id))
	}
	found, err := tx.candidates(ctx, qTicketsAmong, texts, len(ids))
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b FoundTicket) int { return cmp.Compare(slices.Index(ids, a.ID), slices.Index(ids, b.ID)) })
	return found, nil
}

// candidates lists what one of several keys is of. However many there are, they are one argument of one query: the keys
// of a JSON object, which both databases read by the same name.
func (tx *Tx) candidates(ctx context.Context, q string, keys []string, limit int) ([]FoundTicket, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	object, err := keysObject(keys)
	if err != nil {
		return nil, err
	}
	return tx.listed(ctx, q, object, limit)
}

func keysObject(keys []string) (string, error) {
	object := make(map[string]bool, len(keys))
	for _, key := range keys {
		object[key] = true
	}
	text, err := json.Marshal(object)
	if err != nil {
		return "", fmt.Errorf("write keys: %w", err)
	}
	return string(text), nil
}

var qEventsAmong = query("events among tickets", `
select ticket_id, kind, at, recorded_at, ''
from ticket_event
where ticket_id in (select key from json_each($1))
union all
select ticket_id, 'price_promise', from_at, until_at, components
from price_promise
where ticket_id in (select key from json_each($2))
union all
select ticket_id, 'review_promise', from_at, until_at, components
from review_promise
where ticket_id in (select key from json_each($3))
order by 4, 2`)

// ReadEventsAmong is ReadEvents for a list of tickets, in one query.
func (tx *Tx) ReadEventsAmong(ctx context.Context, found []FoundTicket) error {
	if len(found) == 0 {
		return nil
	}
	at, keys := make(map[string]int, len(found)), make([]string, 0, len(found))
	for i, f := range found {
		at[string(f.ID)], keys = i, append(keys, string(f.ID))
	}
	object, err := keysObject(keys)
	if err != nil {
		return err
	}
	rows, err := tx.rows(ctx, qEventsAmong, object, object, object)
	if err != nil {
		return fmt.Errorf("read events among tickets: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var e eventRow
		if err := rows.Scan(&id, &e.kind, &e.at, &e.then, &e.components); err != nil {
			return fmt.Errorf("read event among tickets: %w", err)
		}
		if err := e.to(&found[at[id]]); err != nil {
			return err
		}
	}
	return rows.Err()
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

// The ways in which an attempt is referred to.
const (
	ByProcessorsRef = "processor"
	ByTendersRef    = "tender" // the terminal's authorisation, a payer's cheque's or money order's number
	ByOurCheque     = "cheque" // the number of a cheque of ours, by which some of it was given back
)

var qAttemptsReferred = query("attempts referred", `
select 'processor' as part, id, created_at as at
from attempt
where processor_ref = $1
  and processor_ref <> ''
union all
select 'cheque', r.attempt_id, c.issued_at
from refund_cheque c
join refund r on r.id = c.refund_id
where c.number = $2
union all
select 'tender', attempt_id, entered_at
from tender
where reference in (select key from json_each($3))
  and reference <> ''
order by 3 desc, 2, 1
limit $4`)

// Referred is an attempt that a reference is of.
type Referred struct {
	payment.Attempt
	By string
}

// AttemptsReferred lists the attempts that a reference is of, the newest first, at most limit: the processor's payment,
// the terminal's authorisation, a cheque's or money order's number (in any of the forms that were or may have been
// entered), or the number of a cheque of ours. Of a cheque of ours the number is wanted as it was entered, without zeros
// before it.
func (tx *Tx) AttemptsReferred(ctx context.Context, reference, cheque string, entered []string, limit int) ([]Referred, error) {
	forms, err := keysObject(entered)
	if err != nil {
		return nil, err
	}
	rows, err := tx.few(ctx, qAttemptsReferred, reference, cheque, forms, limit)
	if err != nil {
		return nil, fmt.Errorf("look up references: %w", err)
	}
	defer rows.Close()
	var all []Referred
	seen := map[payment.AttemptID]bool{}
	for rows.Next() {
		var one Referred
		var at int64
		if err := rows.Scan(&one.By, &one.ID, &at); err != nil {
			return nil, fmt.Errorf("read reference: %w", err)
		}
		if !seen[one.ID] { // two tenders of an entry can have the same number
			seen[one.ID] = true
			all = append(all, one)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("look up references: %w", err)
	}
	for i := range all {
		if all[i].Attempt, err = tx.Attempt(ctx, all[i].ID); err != nil {
			return nil, err
		}
	}
	return all, nil
}
