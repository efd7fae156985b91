package office

import (
	"context"
	"errors"
	"fmt"

	"fundy/city"
	pb "fundy/desk/deskpb"
	"fundy/ident"
	"fundy/review"
	"fundy/store"
	"fundy/ticket"
)

// reviewRows is how many tickets of one number and plate are looked through.
const reviewRows = 20

// findReview says how a review stands to whoever has its reference and the ticket's plate, or the day of issue of a ticket
// without one. Absent and mismatched are one answer; wrong plates slow a reference down as they do a ticket's number.
func (o *Office) findReview(ctx context.Context, r *pb.FindReviewRequest) (*pb.FindReviewResponse, error) {
	none := &pb.FindReviewResponse{Outcome: &pb.FindReviewResponse_NotFound{NotFound: &pb.NotFound{}}}
	reference, ok := ident.ReadMessage(r.GetReference())
	if !ok {
		return none, nil
	}
	if wait := o.slow.wait("review "+reference, o.Now()); wait > 0 {
		return &pb.FindReviewResponse{Outcome: &pb.FindReviewResponse_SlowDown{SlowDown: slowDown(wait)}}, nil
	}
	var out *pb.ReviewStanding
	err := o.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.ReviewByReference(ctx, reference)
		if err != nil {
			return err
		}
		f, err := tx.Ticket(ctx, found.Ticket)
		if err != nil {
			return err
		}
		fits, err := o.fitsTicket(ctx, tx, f, r)
		if err != nil || !fits {
			return err
		}
		out = o.reviewStanding(found, f.Ticket)
		return nil
	})
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && out == nil:
		return none, nil
	case err != nil:
		return nil, fmt.Errorf("find review: %w", err)
	}
	o.slow.found("review " + reference)
	return &pb.FindReviewResponse{Outcome: &pb.FindReviewResponse_Standing{Standing: out}}, nil
}

// fitsTicket says whether a plate, or of a ticket without one the day, is the ticket's: by the same index as the look-up.
func (o *Office) fitsTicket(ctx context.Context, tx *store.Tx, f store.FoundTicket, r *pb.FindReviewRequest) (bool, error) {
	number := ticket.NumberKey(f.Number)
	var index []byte
	if r.GetPlate() == "" {
		day, err := city.ParseDate(r.GetIssuedOn())
		if err != nil {
			return false, nil //nolint:nilerr // what is no day is nobody's
		}
		index = o.Index.LookupDay(o.city.ID, number, day.String())
	} else {
		plate, err := ticket.ParsePlate(r.GetPlate())
		if err != nil {
			return false, nil //nolint:nilerr // what is no plate is nobody's
		}
		index = o.Index.Lookup(o.city.ID, number, plate.Skeleton)
	}
	found, err := tx.TicketsByLookup(ctx, index, reviewRows)
	if err != nil {
		return false, err
	}
	for _, one := range found {
		if one.ID == f.ID {
			return true, nil
		}
	}
	return false, nil
}

func (o *Office) reviewStanding(r review.Review, t ticket.Ticket) *pb.ReviewStanding {
	out := &pb.ReviewStanding{
		Reference: r.Reference, TicketNumber: t.Number, State: string(r.State), ReceivedOn: r.ReceivedOn.String(), DueOn: r.DueOn.String(),
		HearingOn: r.HearingOn.String(), HearingAt: r.HearingAt, HearingPlace: r.Place, Until: r.Until.String(), AmountMinor: r.Amount.Minor(), Refund: r.Refund, Files: int32(r.FilesCount),
		Told: r.State.Decided(), Held: r.Held && r.Open(),
	}
	if !r.DecidedAt.IsZero() {
		out.DecidedOn = city.DateOf(r.DecidedAt, o.city.Zone).String()
	}
	if r.State == review.Closed {
		last, may := review.MayAskUntil(review.SettingsOf(o.Settings.Review), t, city.DateOf(o.Now(), o.city.Zone))
		out.ClosedWhy, out.MayAsk, out.AskUntil = string(r.Why), may, last.String()
	}
	// A payment's own transaction knows nothing of reviews: until the sweep has seen it, the ticket says so.
	if r.Open() && review.Overtaken(t.State) {
		out.State = string(review.Ended)
	}
	if out.State == string(review.Ended) {
		out.EndedBy = string(t.State)
	}
	return out
}
