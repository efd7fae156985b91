package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fundy/ticket"
)

var qInsertPhoto = query("insert photo", `
insert into ticket_photo
  (id, ticket_id, n, state, taken_on, kind, width, height, added_at, added_by, covers, version, sealed, copy_sealed, copy_width, copy_height, aged_from)
values
  ($1, $2, $3, 'kept', $4, $5, $6, $7, $8, $9, '[]', 1, $10, $11, 0, 0, $12)`)

// AddPhoto keeps a photograph of a ticket under its number, with the first line of its record. The caller has locked the ticket.
func (tx *Tx) AddPhoto(ctx context.Context, p *ticket.Photo) error {
	p.State, p.Version = ticket.PhotoKept, 1
	_, err := tx.exec(ctx, qInsertPhoto, string(p.ID), string(p.Ticket), p.N, p.TakenOn.String(), p.Kind, p.Width, p.Height, micros(p.AddedAt), p.AddedBy, p.Sealed, []byte{}, micros(p.AddedAt))
	if err != nil {
		return fmt.Errorf("insert photo: %w", err)
	}
	return tx.addPhotoEvent(ctx, *p, ticket.PhotoAdded, p.AddedBy, "", p.AddedAt)
}

var qInsertPhotoEvent = query("insert photo event", `
insert into ticket_photo_event
  (photo_id, version, at, act, who, why)
values
  ($1, $2, $3, $4, $5, $6)`)

func (tx *Tx) addPhotoEvent(ctx context.Context, p ticket.Photo, act, who, why string, at time.Time) error {
	if _, err := tx.exec(ctx, qInsertPhotoEvent, string(p.ID), p.Version, micros(at), act, who, why); err != nil {
		return fmt.Errorf("insert photo event: %w", err)
	}
	return nil
}

var qCountPhotos = query("count photos", `
select coalesce(cast(sum(case when state = 'erased' then 0 else 1 end) as bigint), 0), coalesce(cast(max(n) as bigint), 0)
from ticket_photo
where ticket_id = $1`)

// CountPhotos is how many photographs a ticket has, without those that were erased, and the last number that it gave.
func (tx *Tx) CountPhotos(ctx context.Context, id ticket.ID) (has, last int, err error) {
	if err := tx.row(ctx, qCountPhotos, string(id)).Scan(&has, &last); err != nil {
		return 0, 0, fmt.Errorf("count photos: %w", err)
	}
	return has, last, nil
}

// photoColumns is what scanPhoto reads, and photoEmpty stands for what is sealed where only lists are read.
const (
	photoColumns = `
select id, ticket_id, n, state, taken_on, kind, width, height, added_at, added_by, covers, version, copy_width, copy_height, `
	photoBytes = `sealed, copy_sealed
from ticket_photo
`
	photoCopy = `null, copy_sealed
from ticket_photo
`
	photoEmpty = `null, null
from ticket_photo
`
)

var qPhotos = query("photos of ticket", photoColumns+photoEmpty+`where ticket_id = $1
order by n`)

var qReleasedPhotos = query("released photos of ticket", photoColumns+photoEmpty+`where ticket_id = $1
  and state = 'released'
order by n`)

var qPhotoHead = query("photo without what is sealed", photoColumns+photoEmpty+`where id = $1`)

var qPhoto = query("photo", photoColumns+photoBytes+`where id = $1`)

var qReleasedPhoto = query("released photo", photoColumns+photoCopy+`where ticket_id = $1
  and state = 'released'
order by n
limit 1
offset $2`)

// Photos lists a ticket's photographs by their numbers, without what is sealed of them: at most ticket.PhotoNumbers.
func (tx *Tx) Photos(ctx context.Context, id ticket.ID) ([]ticket.Photo, error) {
	return tx.photos(ctx, qPhotos, id)
}

// ReleasedPhotos lists those that may be shown to who has the ticket, without what is sealed of them.
func (tx *Tx) ReleasedPhotos(ctx context.Context, id ticket.ID) ([]ticket.Photo, error) {
	return tx.photos(ctx, qReleasedPhotos, id)
}

func (tx *Tx) photos(ctx context.Context, q string, id ticket.ID) ([]ticket.Photo, error) {
	rows, err := tx.rows(ctx, q, string(id))
	if err != nil {
		return nil, fmt.Errorf("read photos: %w", err)
	}
	defer rows.Close()
	var all []ticket.Photo
	for rows.Next() {
		p, err := scanPhoto(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// PhotoHead reads a photograph without what is sealed of it, or ErrNotFound.
func (tx *Tx) PhotoHead(ctx context.Context, id ticket.PhotoID) (ticket.Photo, error) {
	return scanPhoto(tx.row(ctx, qPhotoHead, string(id)))
}

// Photo reads a photograph, sealed, or ErrNotFound.
func (tx *Tx) Photo(ctx context.Context, id ticket.PhotoID) (ticket.Photo, error) {
	return scanPhoto(tx.row(ctx, qPhoto, string(id)))
}

// LockPhoto reads a photograph for a change of it, without what is sealed of it, or ErrNotFound.
func (tx *Tx) LockPhoto(ctx context.Context, id ticket.PhotoID) (ticket.Photo, error) {
	return scanPhoto(tx.row(ctx, qPhotoHead+tx.lockSuffix(), string(id)))
}

// ReleasedPhoto reads the n-th of a ticket's released photographs, from 1, with its sealed copy and without its original;
// or ErrNotFound.
func (tx *Tx) ReleasedPhoto(ctx context.Context, id ticket.ID, n int) (ticket.Photo, error) {
	return scanPhoto(tx.row(ctx, qReleasedPhoto, string(id), n-1))
}

func scanPhoto(row scanner) (ticket.Photo, error) {
	var p ticket.Photo
	var taken, covers string
	var added int64
	err := row.Scan(&p.ID, &p.Ticket, &p.N, &p.State, &taken, &p.Kind, &p.Width, &p.Height, &added, &p.AddedBy, &covers, &p.Version,
		&p.CopyWidth, &p.CopyHeight, &p.Sealed, &p.Copy)
	if errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("photo: %w", ErrNotFound)
	}
	if err != nil {
		return p, fmt.Errorf("read photo: %w", err)
	}
	if err := errors.Join(dayInto(&p.TakenOn, taken), json.Unmarshal([]byte(covers), &p.Covers)); err != nil {
		return p, fmt.Errorf("read photo: %w", err)
	}
	p.AddedAt = fromMicros(added)
	return p, nil
}

var qCoverPhoto = query("cover photo", `
update ticket_photo
set covers = $1, version = version + 1
where id = $2
  and version = $3
  and state = 'kept'`)

// CoverPhoto writes a photograph's covers, guarded by the version at which it was read.
func (tx *Tx) CoverPhoto(ctx context.Context, p ticket.Photo, covers []ticket.Cover) error {
	text, err := json.Marshal(covers)
	if err != nil {
		return fmt.Errorf("write covers: %w", err)
	}
	if covers == nil {
		text = []byte("[]")
	}
	if err := tx.one(ctx, qCoverPhoto, string(text), string(p.ID), p.Version); err != nil {
		return fmt.Errorf("cover photo: %w", err)
	}
	return nil
}

var qReleasePhoto = query("release photo", `
update ticket_photo
set state = 'released', copy_sealed = $1, copy_width = $2, copy_height = $3, version = version + 1
where id = $4
  and version = $5
  and state = 'kept'`)

// ReleasePhoto keeps the sealed copy that may be shown, and says on record who has released it and why. The photograph
// has that copy.
func (tx *Tx) ReleasePhoto(ctx context.Context, p ticket.Photo, who, why string, at time.Time) error {
	if err := tx.one(ctx, qReleasePhoto, p.Copy, p.CopyWidth, p.CopyHeight, string(p.ID), p.Version); err != nil {
		return fmt.Errorf("release photo: %w", err)
	}
	p.Version++
	return tx.addPhotoEvent(ctx, p, ticket.PhotoRelease, who, why, at)
}

var qBlankPhoto = query("blank photo", `
update ticket_photo
set sealed = $1, copy_sealed = $2
where id = $3`)

var qTakeBackPhoto = query("take photo back", `
update ticket_photo
set state = 'kept', copy_sealed = $1, copy_width = 0, copy_height = 0, version = version + 1
where id = $2
  and version = $3
  and state = 'released'`)

// TakeBackPhoto takes a photograph's copy away. It is first written over with as many zeros, in its place in SQLite's file.
func (tx *Tx) TakeBackPhoto(ctx context.Context, id ticket.PhotoID, who, why string, at time.Time) error {
	p, err := tx.Photo(ctx, id)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, qBlankPhoto, p.Sealed, make([]byte, len(p.Copy)), string(id)); err != nil {
		return fmt.Errorf("blank photo: %w", err)
	}
	if err := tx.one(ctx, qTakeBackPhoto, []byte{}, string(id), p.Version); err != nil {
		return fmt.Errorf("take photo back: %w", err)
	}
	p.Version++
	return tx.addPhotoEvent(ctx, p, ticket.PhotoTakenBack, who, why, at)
}

var qErasePhoto = query("erase photo", `
update ticket_photo
set state = 'erased', covers = '[]', sealed = $1, copy_sealed = $2, copy_width = 0, copy_height = 0, version = version + 1
where id = $3
  and version = $4
  and state <> 'erased'`)

// ErasePhoto erases what is sealed of a photograph, as TakeBackPhoto does, and keeps that it was there.
func (tx *Tx) ErasePhoto(ctx context.Context, id ticket.PhotoID, who, why string, at time.Time) error {
	return tx.erasePhoto(ctx, id, ticket.PhotoErase, who, why, at)
}

func (tx *Tx) erasePhoto(ctx context.Context, id ticket.PhotoID, act, who, why string, at time.Time) error {
	p, err := tx.Photo(ctx, id)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, qBlankPhoto, make([]byte, len(p.Sealed)), make([]byte, len(p.Copy)), string(id)); err != nil {
		return fmt.Errorf("blank photo: %w", err)
	}
	if err := tx.one(ctx, qErasePhoto, []byte{}, []byte{}, string(id), p.Version); err != nil {
		return fmt.Errorf("erase photo: %w", err)
	}
	p.Version++
	return tx.addPhotoEvent(ctx, p, act, who, why, at)
}

// PhotoEvent is a line of a photograph's record.
type PhotoEvent struct {
	At  time.Time
	Act string
	Who string // "" is the office itself
	Why string
}

var qPhotoEvents = query("photo events", `
select at, act, who, why
from ticket_photo_event
where photo_id = $1
order by version`)

// PhotoEvents is a photograph's record.
func (tx *Tx) PhotoEvents(ctx context.Context, id ticket.PhotoID) ([]PhotoEvent, error) {
	rows, err := tx.rows(ctx, qPhotoEvents, string(id))
	if err != nil {
		return nil, fmt.Errorf("read photo events: %w", err)
	}
	defer rows.Close()
	var all []PhotoEvent
	for rows.Next() {
		var e PhotoEvent
		var at int64
		if err := rows.Scan(&at, &e.Act, &e.Who, &e.Why); err != nil {
			return nil, fmt.Errorf("read photo event: %w", err)
		}
		e.At = fromMicros(at)
		all = append(all, e)
	}
	return all, rows.Err()
}
