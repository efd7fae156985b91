package settle

import (
	"context"
	"errors"
	"fmt"

	"fundy/city"
	"fundy/fault"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// PhotoLeaf is what the log is told of a photograph. What it shows stays here, sealed; why is told by the ticket's story.
type PhotoLeaf struct {
	Photo  string `json:"photo"`
	Ticket string `json:"ticket"`
	Number int    `json:"number"`
	Act    string `json:"act"`
	Covers int    `json:"covers"`
	Bytes  int    `json:"bytes"` // of what was sealed: the original, or the copy that is released; else 0
	Who    string `json:"who"`
}

// newPhoto says which number the next photograph of a ticket has, or in a ticket.PhotoRefusal why none may be added.
func (s *Settler) newPhoto(ctx context.Context, tx *store.Tx, t ticket.Ticket, taken city.Date) (n int, err error) {
	has, last, err := tx.CountPhotos(ctx, t.ID)
	if err != nil {
		return 0, err
	}
	if no := ticket.PhotoOf(t, has, last, taken, city.DateOf(s.Now(), s.City.Zone)); no != nil {
		return 0, no
	}
	return last + 1, nil
}

// AddPhoto puts a sealed photograph to its ticket, and returns it with its number. A ticket.PhotoRefusal says why not. A
// crash leaves it whole or not at all; who was not answered and sends it again, under the same id, has the one that stands.
func (s *Settler) AddPhoto(ctx context.Context, p ticket.Photo) (ticket.Photo, error) {
	if !payment.StaffName(p.AddedBy) || p.ID == "" || len(p.Sealed) == 0 {
		return p, &ticket.PhotoRefusal{Reason: ticket.PhotoForm}
	}
	err := s.Store.Write(ctx, fault.AddPhoto, func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.LockTickets(ctx, []ticket.ID{p.Ticket})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("ticket: %w", store.ErrNotFound)
		}
		stands, err := tx.PhotoHead(ctx, p.ID)
		switch {
		case err == nil && (stands.Ticket != p.Ticket || stands.AddedBy != p.AddedBy):
			return &ticket.PhotoRefusal{Reason: ticket.PhotoForm}
		case err == nil:
			p.N, p.AddedAt, p.State, p.Version = stands.N, stands.AddedAt, stands.State, stands.Version
			return nil
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		if p.N, err = s.newPhoto(ctx, tx, found[0].Ticket, p.TakenOn); err != nil {
			return err
		}
		p.AddedAt = s.Now()
		if err := tx.AddPhoto(ctx, &p); err != nil {
			return err
		}
		return tx.Tell(ctx, "ticket_photo", p.AddedAt, leafOfPhoto(p, ticket.PhotoAdded, len(p.Sealed), p.AddedBy))
	})
	if err != nil {
		return p, fmt.Errorf("add photograph: %w", err)
	}
	return p, nil
}

func leafOfPhoto(p ticket.Photo, act string, bytes int, who string) PhotoLeaf {
	return PhotoLeaf{Photo: string(p.ID), Ticket: string(p.Ticket), Number: p.N, Act: act, Covers: len(p.Covers), Bytes: bytes, Who: who}
}

// onPhoto does one thing to a photograph in one transaction that has locked it, by a person.
func (s *Settler) onPhoto(ctx context.Context, step fault.Step, id ticket.PhotoID, by string, fn func(ctx context.Context, tx *store.Tx, p ticket.Photo) error) error {
	if !payment.StaffName(by) {
		return &ticket.PhotoRefusal{Reason: ticket.PhotoForm}
	}
	err := s.Store.Write(ctx, step, func(ctx context.Context, tx *store.Tx) error {
		p, err := tx.LockPhoto(ctx, id)
		if err != nil {
			return err
		}
		return fn(ctx, tx, p)
	})
	if errors.Is(err, store.ErrConflict) {
		err = &ticket.PhotoRefusal{Reason: ticket.PhotoMoved}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", step, err)
	}
	return nil
}

// CoverPhoto puts one more cover on a photograph. A ticket.PhotoRefusal says why not.
func (s *Settler) CoverPhoto(ctx context.Context, id ticket.PhotoID, version int64, c ticket.Cover, by string) error {
	return s.onPhoto(ctx, fault.CoverPhoto, id, by, func(ctx context.Context, tx *store.Tx, p ticket.Photo) error {
		covers, no := ticket.CoverOf(p, version, c)
		if no != nil {
			return no
		}
		return tx.CoverPhoto(ctx, p, covers)
	})
}

// UncoverPhoto takes the n-th cover off a photograph, from 1. A ticket.PhotoRefusal says why not.
func (s *Settler) UncoverPhoto(ctx context.Context, id ticket.PhotoID, version int64, n int, by string) error {
	return s.onPhoto(ctx, fault.CoverPhoto, id, by, func(ctx context.Context, tx *store.Tx, p ticket.Photo) error {
		covers, no := ticket.UncoverOf(p, version, n)
		if no != nil {
			return no
		}
		return tx.CoverPhoto(ctx, p, covers)
	})
}

// ReleasePhoto lets a photograph's copy be shown to who has its ticket: the copy that is brought was made of the version
// that is named, and sealed. A ticket.PhotoRefusal says why not.
func (s *Settler) ReleasePhoto(ctx context.Context, made ticket.Photo, looked bool, why, by string) error {
	return s.onPhoto(ctx, fault.ReleasePhoto, made.ID, by, func(ctx context.Context, tx *store.Tx, p ticket.Photo) error {
		if no := ticket.ReleasePhotoOf(p, made.Version, looked, why); no != nil {
			return no
		}
		p.Copy, p.CopyWidth, p.CopyHeight = made.Copy, made.CopyWidth, made.CopyHeight
		now := s.Now()
		if err := tx.ReleasePhoto(ctx, p, by, why, now); err != nil {
			return err
		}
		return tx.Tell(ctx, "ticket_photo", now, leafOfPhoto(p, ticket.PhotoRelease, len(p.Copy), by))
	})
}

// TakeBackPhoto takes a photograph's copy back: from this transaction on nobody outside is shown it, and the copy is gone.
func (s *Settler) TakeBackPhoto(ctx context.Context, id ticket.PhotoID, why, by string) error {
	return s.onPhoto(ctx, fault.TakeBackPhoto, id, by, func(ctx context.Context, tx *store.Tx, p ticket.Photo) error {
		if no := ticket.TakeBackOf(p, why); no != nil {
			return no
		}
		now := s.Now()
		if err := tx.TakeBackPhoto(ctx, id, by, why, now); err != nil {
			return err
		}
		return tx.Tell(ctx, "ticket_photo", now, leafOfPhoto(p, ticket.PhotoTakenBack, 0, by))
	})
}

// ErasePhoto erases a photograph and its copy for good; that it was there stays on record.
func (s *Settler) ErasePhoto(ctx context.Context, id ticket.PhotoID, why, by string) error {
	return s.onPhoto(ctx, fault.ErasePhoto, id, by, func(ctx context.Context, tx *store.Tx, p ticket.Photo) error {
		if no := ticket.ErasePhotoOf(p, why); no != nil {
			return no
		}
		now := s.Now()
		if err := tx.ErasePhoto(ctx, id, by, why, now); err != nil {
			return err
		}
		return tx.Tell(ctx, "ticket_photo", now, leafOfPhoto(p, ticket.PhotoErase, 0, by))
	})
}
