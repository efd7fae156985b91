package office

import (
	"context"
	"errors"
	"fmt"

	pb "fundy/desk/deskpb"
	"fundy/office/unseal"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
)

// photosOf are a ticket's photographs that may be shown outside: none where the city's setting says so.
func (o *Office) photosOf(ctx context.Context, tx *store.Tx, id ticket.ID) ([]*pb.Photo, error) {
	if !o.Settings.Photo.OnPortal {
		return nil, nil
	}
	all, err := tx.ReleasedPhotos(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []*pb.Photo
	for _, p := range all[:min(len(all), ticket.PhotosMost)] {
		out = append(out, &pb.Photo{TakenOn: p.TakenOn.String(), Width: int32(p.CopyWidth), Height: int32(p.CopyHeight)})
	}
	return out, nil
}

// showPhoto opens the copy of a released photograph, after a leaf, for who has the ticket's signed quote: he has brought
// its number and its plate. Who came by a one-time code has not. The original is not read. One that is
// asked for again and again is shown no more for a while, as a receipt: each showing leaves a leaf.
func (o *Office) showPhoto(ctx context.Context, r *pb.ShowPhotoRequest) (*pb.ShowPhotoResponse, error) {
	none := &pb.ShowPhotoResponse{}
	q, err := readQuote(o.Token, r.GetToken())
	now := o.Now()
	n := int(r.GetNumber())
	if err != nil || q.ByCode || !now.Before(q.At.Add(tokenLife)) || !o.Settings.Photo.OnPortal || n < 1 || n > ticket.PhotosMost {
		return none, nil
	}
	if !o.slow.city.AllowN(now, 1) {
		return none, nil
	}
	var p ticket.Photo
	err = o.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		p, err = tx.ReleasedPhoto(ctx, q.Ticket, n)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return none, nil
	}
	if err != nil {
		return nil, fmt.Errorf("show photograph: %w", err)
	}
	if o.shown.wait("photo "+string(p.ID), now) > 0 {
		return none, nil
	}
	plain, err := o.opener.Open(ctx, unseal.What{Actor: "portal", Purpose: "photo", Subject: string(p.ID), Field: "copy"}, p.Copy, []byte(seal.TicketPhotoCopy), []byte(p.ID))
	if err != nil {
		return nil, err
	}
	return &pb.ShowPhotoResponse{Jpeg: plain}, nil
}

// openPhotoFor opens a photograph for a person who has asked for it: the original, or the copy that is shown outside. The
// opening is on record first.
func (o *Office) openPhotoFor(ctx context.Context, person string, p ticket.Photo, shown bool) ([]byte, error) {
	field, sealed, info := "original", p.Sealed, seal.TicketPhoto
	if shown {
		field, sealed, info = "copy", p.Copy, seal.TicketPhotoCopy
	}
	return o.opener.Open(ctx, unseal.What{Actor: "staff:" + person, Purpose: "photo", Subject: string(p.ID), Field: field}, sealed, []byte(info), []byte(p.ID))
}
