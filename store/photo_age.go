package store

import (
	"context"
	"fmt"
	"time"

	"fundy/ticket"
)

// AgedPhoto is a photograph whose days may have passed, and its ticket.
type AgedPhoto struct {
	ID     ticket.PhotoID
	Ticket ticket.ID
}

var qAgedPhotos = query("aged photos", `
select id, ticket_id
from ticket_photo
where aged_from <= $1
  and state <> 'erased'
order by aged_from
limit $2`)

// AgedPhotos lists photographs whose days began at an instant or before it, as far as was known when they were last looked
// at: the longest ago first, at most limit.
func (tx *Tx) AgedPhotos(ctx context.Context, began time.Time, limit int) ([]AgedPhoto, error) {
	rows, err := tx.rows(ctx, qAgedPhotos, micros(began), limit)
	if err != nil {
		return nil, fmt.Errorf("read aged photos: %w", err)
	}
	defer rows.Close()
	var all []AgedPhoto
	for rows.Next() {
		var p AgedPhoto
		if err := rows.Scan(&p.ID, &p.Ticket); err != nil {
			return nil, fmt.Errorf("read aged photo: %w", err)
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

var qPhotosNeeded = query("photos needed", `
select count(*)
from (
  select r.id
  from review r
  where r.ticket_id = $1
    and r.state in ('asked', 'hearing')
  union all
  select d.id
  from allocation al
  join dispute d on d.attempt_id = al.attempt_id
  where al.ticket_id = $2
    and d.closed_at is null) under_way`)

// PhotosNeeded says whether a review of a ticket, or a chargeback of a payment of it, is under way.
func (tx *Tx) PhotosNeeded(ctx context.Context, id ticket.ID) (bool, error) {
	var n int
	if err := tx.row(ctx, qPhotosNeeded, string(id), string(id)).Scan(&n); err != nil {
		return false, fmt.Errorf("read what photos are needed for: %w", err)
	}
	return n > 0, nil
}

var qPhotoAgesFrom = query("photo ages from", `
update ticket_photo
set aged_from = $1
where id = $2
  and state <> 'erased'`)

// PhotoAgesFrom keeps from when a photograph's days count at the earliest. The caller has locked it.
func (tx *Tx) PhotoAgesFrom(ctx context.Context, id ticket.PhotoID, from time.Time) error {
	if err := tx.one(ctx, qPhotoAgesFrom, micros(from), string(id)); err != nil {
		return fmt.Errorf("keep a photo's age: %w", err)
	}
	return nil
}

// AgePhoto erases what is sealed of a photograph as ErasePhoto does: by its age, and by nobody.
func (tx *Tx) AgePhoto(ctx context.Context, id ticket.PhotoID, at time.Time) error {
	return tx.erasePhoto(ctx, id, ticket.PhotoAged, "", "", at)
}
