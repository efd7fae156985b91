package settle

import (
	"context"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/store"
	"fundy/ticket"
)

// photosAtOnce bounds one round of the sweep: each is some megabytes that are written over.
const photosAtOnce = 16

// SweepPhotos erases the photographs whose tickets have ended long ago. One whose ticket has not is looked at again when
// its days can have passed at the earliest.
func (s *Settler) SweepPhotos(ctx context.Context) error {
	now := s.Now()
	var due []store.AgedPhoto
	err := s.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		due, err = tx.AgedPhotos(ctx, now.AddDate(0, 0, -s.PhotoDays), photosAtOnce)
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range due {
		if err := s.agePhoto(ctx, p, now); err != nil {
			return fmt.Errorf("age photograph: %w", err)
		}
	}
	return nil
}

// agePhoto erases a photograph, or keeps when it is looked at again. A crash leaves it as it was, and the next round finds it.
func (s *Settler) agePhoto(ctx context.Context, aged store.AgedPhoto, now time.Time) error {
	return s.Store.Write(ctx, fault.AgePhoto, func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.LockTickets(ctx, []ticket.ID{aged.Ticket})
		if err != nil {
			return err
		}
		p, err := tx.LockPhoto(ctx, aged.ID)
		if err != nil || len(found) != 1 || p.State == ticket.PhotoErased { // somebody was quicker
			return err
		}
		needed, err := tx.PhotosNeeded(ctx, aged.Ticket)
		if err != nil {
			return err
		}
		erase, from := ticket.PhotoAge(p, found[0].Ticket, needed, s.PhotoDays, now)
		if !erase {
			return tx.PhotoAgesFrom(ctx, p.ID, from)
		}
		if err := tx.AgePhoto(ctx, p.ID, now); err != nil {
			return err
		}
		return tx.Tell(ctx, "ticket_photo", now, leafOfPhoto(p, ticket.PhotoAged, 0, ""))
	})
}
