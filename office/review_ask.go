package office

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fundy/city"
	"fundy/desk"
	pb "fundy/desk/deskpb"
	"fundy/review"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// reviewsOffered is what the portal's pages say of reviews; nothing where the city takes none.
func (o *Office) reviewsOffered() *pb.Reviews {
	s := o.Settings.Review
	if !s.Offered {
		return nil
	}
	return &pb.Reviews{Reasons: s.Reasons, AskDays: int32(s.AskDays), DecideDays: int32(s.DecideDays), Hold: s.Hold, FilesMost: int32(s.FilesMost)}
}

// askReview takes a request that a ticket be looked at again. Who has the ticket's signed quote has brought its number and
// its plate; one of a one-time code asks for nothing. What the party writes is sealed: nothing here reads it.
func (o *Office) askReview(ctx context.Context, r *pb.AskReviewRequest) (*pb.AskReviewResponse, error) {
	now := o.Now()
	if !o.slow.city.AllowN(now, 1) {
		return &pb.AskReviewResponse{Outcome: &pb.AskReviewResponse_SlowDown{SlowDown: &pb.SlowDown{Seconds: 1}}}, nil
	}
	ask, ok := o.readReview(r)
	if !ok {
		return noReview(review.RefusedForm), nil
	}
	q, err := readQuote(o.Token, r.GetToken())
	if err != nil || q.ByCode || !now.Before(q.At.Add(tokenLife)) {
		return noReview("stale"), nil
	}
	ask.Ticket = q.Ticket
	var made review.Review
	err = o.patiently(ctx, func() (err error) {
		made, err = o.settler.AskReview(ctx, ask)
		return err
	})
	var no *review.Refusal
	if errors.As(err, &no) {
		return noReview(no.Reason), nil
	}
	if err != nil {
		return nil, err
	}
	return &pb.AskReviewResponse{Outcome: &pb.AskReviewResponse_Asked{Asked: &pb.ReviewAsked{Reference: made.Reference, DueOn: made.DueOn.String()}}}, nil
}

func noReview(reason string) *pb.AskReviewResponse {
	return &pb.AskReviewResponse{Outcome: &pb.AskReviewResponse_Refused{Refused: &pb.Refused{Reason: reason}}}
}

// reviewsLooked is how many reviews of a ticket are looked through for the one that was decided.
const reviewsLooked = 10

// showReview says whether a review of a ticket can be asked for now, by the rule that askReview keeps, and what was decided of one
// before.
func (o *Office) showReview(ctx context.Context, tx *store.Tx, t ticket.Ticket, out *pb.Ticket, now time.Time) error {
	before, err := tx.ReviewsBefore(ctx, t.ID)
	if err != nil {
		return err
	}
	today := city.DateOf(now, o.city.Zone)
	if no := review.MayAsk(review.SettingsOf(o.Settings.Review), t, before, today, today); no != nil {
		out.NoReview = no.Reason
	}
	if before.Decided == 0 {
		return nil
	}
	all, err := tx.ReviewsOfTicket(ctx, t.ID, reviewsLooked)
	if i := slices.IndexFunc(all, func(r review.Review) bool { return r.State.Decided() }); i >= 0 {
		out.Review = &pb.ReviewDecision{State: string(all[i].State), On: city.DateOf(all[i].DecidedAt, o.city.Zone).String()}
	}
	return err
}

// readReview checks the form of what the desk brought.
func (o *Office) readReview(r *pb.AskReviewRequest) (review.Review, bool) {
	way := review.Way(r.GetWay())
	contact, statement := r.GetSealedContact(), r.GetSealedStatement()
	if !requestID(r.GetRequestId()) || way != review.ByEmail && way != review.ByPost || len(contact) == 0 || len(contact) > desk.ReviewSealedMost ||
		len(statement) == 0 || len(statement) > desk.ReviewSealedMost {
		return review.Review{}, false
	}
	return review.Review{
		Way: way, Language: city.Language(o.language(r.GetLanguage())), Channel: review.OnPortal, RequestID: r.GetRequestId(),
		Contact: contact, Statement: statement,
	}, true
}

// addReviewFile keeps a sealed file. Who knows the request's id is the browser that has asked.
func (o *Office) addReviewFile(ctx context.Context, r *pb.AddReviewFileRequest) (*pb.AddReviewFileResponse, error) {
	if !o.slow.city.AllowN(o.Now(), 1) {
		return &pb.AddReviewFileResponse{Refused: "slow"}, nil
	}
	if !requestID(r.GetRequestId()) || len(r.GetSealed()) == 0 || r.GetNumber() < 1 || r.GetNumber() > desk.ReviewFilesMost ||
		!slices.Contains([]string{desk.FileJPEG, desk.FilePNG, desk.FilePDF}, r.GetKind()) {
		return &pb.AddReviewFileResponse{Refused: review.RefusedForm}, nil
	}
	var found review.Review
	err := o.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		found, err = tx.ReviewByRequest(ctx, r.GetRequestId())
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return &pb.AddReviewFileResponse{Refused: "none"}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("add file to review: %w", err)
	}
	files, err := o.settler.AddReviewFile(ctx, found.ID, store.ReviewFile{
		N: int(r.GetNumber()), Kind: r.GetKind(), Bytes: len(r.GetSealed()), Sealed: r.GetSealed(),
	}, "")
	var no *review.Refusal
	if errors.As(err, &no) {
		return &pb.AddReviewFileResponse{Files: int32(files), Refused: no.Reason}, nil
	}
	if errors.Is(err, store.ErrConflict) {
		return &pb.AddReviewFileResponse{Files: int32(files), Refused: settle.RefusedFileNumber}, nil
	}
	if err != nil {
		return nil, err
	}
	return &pb.AddReviewFileResponse{Files: int32(files)}, nil
}
