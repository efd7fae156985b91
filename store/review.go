package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/money"
	"fundy/review"
	"fundy/ticket"
)

var qInsertReview = query("insert review", `
insert into review
  (id, reference, ticket_id, regime, state, way, language, channel, request_id, received_on, asked_at, due_on, held, entered_by,
   owner, hearing_on, decided_by, decided_at, amount_minor, until_on, refund, erase_at, erased_at, contact, statement, words, version)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
   '', '', '', null, 0, '', 0, null, null, $15, $16, $17, 1)`)

var qInsertReviewEvent = query("insert review event", `
insert into review_event
  (review_id, version, at, from_state, event, to_state, who)
values
  ($1, $2, $3, $4, $5, $6, $7)`)

// InsertReview writes a review that is asked for, with its first history line. A second one of its ticket that is under
// way, or the same request again, is ErrConflict: whatever has been decided before, the store has the last word.
func (tx *Tx) InsertReview(ctx context.Context, r *review.Review) error {
	line, ok := review.Next(r.Regime, review.New, review.Ask)
	if !ok {
		return fmt.Errorf("ask for review: %w", ErrRule)
	}
	r.State, r.Version = line.To, 1
	_, err := tx.exec(ctx, qInsertReview, string(r.ID), r.Reference, string(r.Ticket), r.Regime, string(r.State), string(r.Way), string(r.Language),
		r.Channel, r.RequestID, r.ReceivedOn.String(), micros(r.AskedAt), r.DueOn.String(), bit(r.Held), r.EnteredBy, r.Contact, r.Statement, []byte{})
	if err != nil {
		return fmt.Errorf("insert review: %w", err)
	}
	return tx.addReviewEvent(ctx, *r, line, r.EnteredBy, r.AskedAt)
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (tx *Tx) addReviewEvent(ctx context.Context, r review.Review, l review.Line, who string, at time.Time) error {
	_, err := tx.exec(ctx, qInsertReviewEvent, string(r.ID), r.Version, micros(at), string(l.From), string(l.Event), string(l.To), who)
	if err != nil {
		return fmt.Errorf("insert review event: %w", err)
	}
	return nil
}

var qMoveReview = query("move review", `
update review
set state = $1, owner = $2, hearing_on = $3, decided_by = $4, decided_at = $5, amount_minor = $6, until_on = $7, refund = $8,
    erase_at = $9, words = $10, hearing_at = $11, hearing_place = $12, again_on = $13, closed_why = $14, was_minor = $15, version = version + 1
where id = $16
  and version = $17`)

// MoveReview moves a review along its regime's table and writes its history line. An event that has no line is ErrRule;
// where another has moved it meanwhile, ErrConflict.
func (tx *Tx) MoveReview(ctx context.Context, r *review.Review, e review.Event, who string, at time.Time) error {
	line, ok := review.Next(r.Regime, r.State, e)
	if !ok {
		return fmt.Errorf("a review that is %s can't be moved by %s: %w", r.State, e, ErrRule)
	}
	words := r.Words
	if words == nil {
		words = []byte{}
	}
	err := tx.one(ctx, qMoveReview, string(line.To), r.Owner, r.HearingOn.String(), r.DecidedBy, nullMicros(r.DecidedAt), r.Amount.Minor(),
		r.Until.String(), bit(r.Refund), nullMicros(r.EraseAt), words, r.HearingAt, r.Place, r.AgainOn.String(), string(r.Why), r.Was.Minor(), string(r.ID), r.Version)
	if err != nil {
		return fmt.Errorf("move review: %w", err)
	}
	r.State = line.To
	r.Version++
	return tx.addReviewEvent(ctx, *r, line, who, at)
}

// reviewSelect is what scanReview reads.
const reviewSelect = `
select r.id, r.reference, r.ticket_id, r.regime, r.state, r.way, r.language, r.channel, r.request_id, r.received_on, r.asked_at, r.due_on, r.held,
       r.entered_by, r.owner, r.hearing_on, r.hearing_at, r.hearing_place, r.again_on, r.decided_by, r.decided_at, r.amount_minor, r.until_on, r.refund, r.erase_at, r.erased_at,
       r.closed_why, r.was_minor, r.contact, r.statement, r.words, r.version, (select count(*) from review_file f where f.review_id = r.id)
from review r
`

var qReview = query("review", reviewSelect+`where r.id = $1`)

var qReviewByReference = query("review by reference", reviewSelect+`where r.reference = $1`)

var qReviewByRequest = query("review by request", reviewSelect+`where r.request_id = $1`)

var qOpenReviews = query("open reviews", reviewSelect+`where r.state in ('asked', 'hearing')
order by r.due_on, r.asked_at, r.id
limit $1`)

var qReviewsOfTicket = query("reviews of ticket", reviewSelect+`where r.ticket_id = $1
order by r.asked_at desc, r.id
limit $2`)

// Review reads a review, or ErrNotFound.
func (tx *Tx) Review(ctx context.Context, id review.ID) (review.Review, error) {
	return scanReview(tx.row(ctx, qReview, string(id)))
}

// LockReview reads a review for a change of it, or ErrNotFound.
func (tx *Tx) LockReview(ctx context.Context, id review.ID) (review.Review, error) {
	return scanReview(tx.row(ctx, qReview+tx.lockSuffix(), string(id)))
}

// ReviewByReference reads a review by what its party has of it, or ErrNotFound.
func (tx *Tx) ReviewByReference(ctx context.Context, reference string) (review.Review, error) {
	return scanReview(tx.row(ctx, qReviewByReference, reference))
}

// ReviewByRequest reads the review that a page has asked for, or ErrNotFound.
func (tx *Tx) ReviewByRequest(ctx context.Context, request string) (review.Review, error) {
	return scanReview(tx.row(ctx, qReviewByRequest, request))
}

// OpenReviews lists the reviews that are under way, the next due first, at most limit.
func (tx *Tx) OpenReviews(ctx context.Context, limit int) ([]review.Review, error) {
	return tx.reviews(ctx, qOpenReviews, limit)
}

// ReviewsOfTicket lists the reviews of a ticket, newest first, at most limit.
func (tx *Tx) ReviewsOfTicket(ctx context.Context, id ticket.ID, limit int) ([]review.Review, error) {
	return tx.reviews(ctx, qReviewsOfTicket, string(id), limit)
}

func (tx *Tx) reviews(ctx context.Context, q string, args ...any) ([]review.Review, error) {
	rows, err := tx.rows(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read reviews: %w", err)
	}
	defer rows.Close()
	var all []review.Review
	for rows.Next() {
		r, err := scanReview(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

func scanReview(row scanner) (review.Review, error) {
	var r review.Review
	var received, due, hearing, again, until string
	var asked, amount, was int64
	var decided, erase, erased sql.NullInt64
	err := row.Scan(&r.ID, &r.Reference, &r.Ticket, &r.Regime, &r.State, &r.Way, &r.Language, &r.Channel, &r.RequestID, &received, &asked, &due, &r.Held,
		&r.EnteredBy, &r.Owner, &hearing, &r.HearingAt, &r.Place, &again, &r.DecidedBy, &decided, &amount, &until, &r.Refund, &erase, &erased,
		&r.Why, &was, &r.Contact, &r.Statement, &r.Words, &r.Version, &r.FilesCount)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("review: %w", ErrNotFound)
	}
	err = errors.Join(err, dayInto(&r.ReceivedOn, received), dayInto(&r.DueOn, due), dayInto(&r.HearingOn, hearing), dayInto(&r.AgainOn, again), dayInto(&r.Until, until))
	if err != nil {
		return r, fmt.Errorf("read review: %w", err)
	}
	r.AskedAt, r.DecidedAt, r.EraseAt, r.ErasedAt, r.Amount = fromMicros(asked), fromNull(decided), fromNull(erase), fromNull(erased), money.FromMinor(amount)
	r.Was = money.FromMinor(was)
	return r, nil
}

// ReviewEvent is one line of a review's history.
type ReviewEvent struct {
	At    time.Time
	Event review.Event
	To    review.State
	Who   string // "" for the party, or the office itself
}

var qReviewEvents = query("review events", `
select at, event, to_state, who
from review_event
where review_id = $1
order by version`)

// ReviewEvents is a review's history.
func (tx *Tx) ReviewEvents(ctx context.Context, id review.ID) ([]ReviewEvent, error) {
	rows, err := tx.rows(ctx, qReviewEvents, string(id))
	if err != nil {
		return nil, fmt.Errorf("read review events: %w", err)
	}
	defer rows.Close()
	var all []ReviewEvent
	for rows.Next() {
		var e ReviewEvent
		var at int64
		if err := rows.Scan(&at, &e.Event, &e.To, &e.Who); err != nil {
			return nil, fmt.Errorf("read review event: %w", err)
		}
		e.At = fromMicros(at)
		all = append(all, e)
	}
	return all, rows.Err()
}
