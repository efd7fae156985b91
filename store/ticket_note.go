package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/ticket"
)

var qNotesOfTicket = query("count ticket notes", `
select count(*)
from ticket_note
where ticket_id = $1`)

var qInsertTicketNote = query("insert ticket note", `
insert into ticket_note
  (ticket_id, n, at, who, note)
values
  ($1, $2, $3, $4, $5)`)

// AddTicketNote keeps what a person notes about a ticket, and returns which note of it that is. The caller has locked
// the ticket. More than ticket.NotesMost are ErrRule.
func (tx *Tx) AddTicketNote(ctx context.Context, id ticket.ID, who, note string, at time.Time) (int, error) {
	n, err := tx.TicketNotes(ctx, id)
	if err != nil {
		return 0, err
	}
	if n >= ticket.NotesMost {
		return 0, fmt.Errorf("a ticket has %d notes at most: %w", ticket.NotesMost, ErrRule)
	}
	n++
	_, err = tx.exec(ctx, qInsertTicketNote, string(id), n, micros(at), who, note)
	if err != nil {
		return 0, fmt.Errorf("insert ticket note: %w", err)
	}
	return n, nil
}

// TicketNotes is how many notes a ticket has.
func (tx *Tx) TicketNotes(ctx context.Context, id ticket.ID) (n int, err error) {
	if err := tx.row(ctx, qNotesOfTicket, string(id)).Scan(&n); err != nil {
		return 0, fmt.Errorf("count ticket notes: %w", err)
	}
	return n, nil
}

var qSameTicketNote = query("find the same ticket note", `
select count(*)
from ticket_note
where ticket_id = $1
  and n >= $2
  and who = $3
  and note = $4`)

// SameTicketNote says whether a person's note stands in the same words, as the nth of its ticket or a later one.
func (tx *Tx) SameTicketNote(ctx context.Context, id ticket.ID, nth int, who, note string) (bool, error) {
	var n int
	if err := tx.row(ctx, qSameTicketNote, string(id), nth, who, note).Scan(&n); err != nil {
		return false, fmt.Errorf("find the same ticket note: %w", err)
	}
	return n > 0, nil
}

var qEnteredBy = query("who entered ticket", `
select who
from ticket_event
where ticket_id = $1
  and kind = 'entered'
order by recorded_at
limit 1`)

// EnteredBy is who has entered a ticket by hand; "" for one that came in a file.
func (tx *Tx) EnteredBy(ctx context.Context, id ticket.ID) (string, error) {
	var who string
	err := tx.row(ctx, qEnteredBy, string(id)).Scan(&who)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read who entered a ticket: %w", err)
	}
	return who, nil
}
