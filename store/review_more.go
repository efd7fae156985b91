package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fundy/money"
	"fundy/review"
	"fundy/ticket"
)

var qReviewsBefore = query("reviews before", `
select coalesce(cast(sum(case when state in ('asked', 'hearing') then 1 else 0 end) as bigint), 0),
       coalesce(cast(sum(case when state in ('missed', 'kept', 'withdrawn', 'reduced', 'extended') then 1 else 0 end) as bigint), 0)
from review
where ticket_id = $1`)

// ReviewsBefore is how many reviews of a ticket are under way, and how many have been decided. The caller has locked the
// ticket.
func (tx *Tx) ReviewsBefore(ctx context.Context, id ticket.ID) (review.Before, error) {
	var b review.Before
	if err := tx.row(ctx, qReviewsBefore, string(id)).Scan(&b.Open, &b.Decided); err != nil {
		return b, fmt.Errorf("count reviews: %w", err)
	}
	return b, nil
}

// ReviewReader is one of staff who has opened what was written with a review.
type ReviewReader struct {
	Who string
	At  time.Time // for the first time
}

var qInsertReviewOpening = query("insert review opening", `
insert into review_opening
  (review_id, who, at)
values
  ($1, $2, $3)
on conflict (review_id, who) do nothing`)

// ReviewOpened keeps that a person opens what was written with a review; the first time counts.
func (tx *Tx) ReviewOpened(ctx context.Context, id review.ID, who string, at time.Time) error {
	if _, err := tx.exec(ctx, qInsertReviewOpening, string(id), who, micros(at)); err != nil {
		return fmt.Errorf("insert review opening: %w", err)
	}
	return nil
}

var qReviewReaders = query("review readers", `
select who, at
from review_opening
where review_id = $1
order by at, who`)

// ReviewReaders are the people who have opened what was written with a review, the first one first.
func (tx *Tx) ReviewReaders(ctx context.Context, id review.ID) ([]ReviewReader, error) {
	rows, err := tx.rows(ctx, qReviewReaders, string(id))
	if err != nil {
		return nil, fmt.Errorf("read review readers: %w", err)
	}
	defer rows.Close()
	var all []ReviewReader
	for rows.Next() {
		var one ReviewReader
		var at int64
		if err := rows.Scan(&one.Who, &at); err != nil {
			return nil, fmt.Errorf("read review reader: %w", err)
		}
		one.At = fromMicros(at)
		all = append(all, one)
	}
	return all, rows.Err()
}

var qTookMoney = query("who took a ticket's money", `
select count(*)
from counter_entry
where entered_by = $1
  and attempt_id in (
    select attempt_id from allocation where ticket_id = $2
    union all
    select attempt_id from part_payment where ticket_id = $3)`)

// TookMoney says whether a person took a payment of a ticket, or of a part of what was due, whether it was undone since or not.
func (tx *Tx) TookMoney(ctx context.Context, id ticket.ID, who string) (bool, error) {
	var n int
	if err := tx.row(ctx, qTookMoney, who, string(id), string(id)).Scan(&n); err != nil {
		return false, fmt.Errorf("read who took money: %w", err)
	}
	return n > 0, nil
}

var qRefundedMoney = query("who gave a ticket's money back", `
select count(*)
from refund
where (asked_by = $1 or decided_by = $2)
  and attempt_id in (
    select attempt_id from allocation where ticket_id = $3
    union all
    select attempt_id from part_payment where ticket_id = $4)`)

// HandledMoney says whether a person took a payment of a ticket, or asked for or decided about a refund of one.
func (tx *Tx) HandledMoney(ctx context.Context, id ticket.ID, who string) (bool, error) {
	took, err := tx.TookMoney(ctx, id, who)
	if err != nil || took {
		return took, err
	}
	var n int
	if err := tx.row(ctx, qRefundedMoney, who, who, string(id), string(id)).Scan(&n); err != nil {
		return false, fmt.Errorf("read who gave money back: %w", err)
	}
	return n > 0, nil
}

var qHandsOf = query("whose hands a ticket's money went through", `
select entered_by
from counter_entry
where attempt_id in (
    select attempt_id from allocation where ticket_id = $1
    union all
    select attempt_id from part_payment where ticket_id = $2)
union
select asked_by
from refund
where attempt_id in (
    select attempt_id from allocation where ticket_id = $3
    union all
    select attempt_id from part_payment where ticket_id = $4)
union
select decided_by
from refund
where decided_by <> ''
  and attempt_id in (
    select attempt_id from allocation where ticket_id = $5
    union all
    select attempt_id from part_payment where ticket_id = $6)`)

// HandsOf are all of whom HandledMoney says that they have had a part in a ticket's money.
func (tx *Tx) HandsOf(ctx context.Context, id ticket.ID) ([]string, error) {
	all, err := column[string](ctx, tx, qHandsOf, string(id), string(id), string(id), string(id), string(id), string(id))
	if err != nil {
		return nil, fmt.Errorf("read whose hands a ticket's money went through: %w", err)
	}
	return all, nil
}

var qSetFine = query("set fine", `
update ticket
set fine_minor = $1, version = version + 1
where id = $2
  and version = $3`)

// SetFine puts what a review was decided to in the penalty's place, guarded by the version at which the ticket was read.
func (tx *Tx) SetFine(ctx context.Context, id ticket.ID, version int64, fine money.Amount) error {
	if err := tx.one(ctx, qSetFine, fine.Minor(), string(id), version); err != nil {
		return fmt.Errorf("set fine: %w", err)
	}
	return nil
}

var qInsertReviewPromise = query("insert review promise", `
insert into review_promise
  (ticket_id, review_id, amount_minor, components, from_at, until_at)
values
  ($1, $2, $3, $4, $5, $6)
on conflict (ticket_id, review_id, from_at) do nothing`)

// PromiseByReview keeps a price of a ticket from at until until, because a review was decided so.
func (tx *Tx) PromiseByReview(ctx context.Context, id review.ID, q ticket.Quote, at, until time.Time) error {
	components, err := json.Marshal(q.Components)
	if err != nil {
		return fmt.Errorf("write components: %w", err)
	}
	if _, err := tx.exec(ctx, qInsertReviewPromise, string(q.Ticket), string(id), q.Total.Minor(), string(components), micros(at), micros(until)); err != nil {
		return fmt.Errorf("insert review promise: %w", err)
	}
	return nil
}

// Overtaken are reviews that something else has ended, or that go on because that was undone.
type Overtaken struct {
	ID     review.ID
	Ticket ticket.ID
}

var qOvertakenReviews = query("overtaken reviews", `
select r.id, r.ticket_id
from review r
join ticket t on t.id = r.ticket_id
where r.state in ('asked', 'hearing')
  and t.state in ('paid', 'court', 'withdrawn', 'cancelled', 'void', 'written_off')
order by r.id
limit $1`)

var qResumedReviews = query("resumed reviews", `
select r.id, r.ticket_id
from review r
join ticket t on t.id = r.ticket_id
where r.state = 'ended'
  and t.state = 'review'
  and not exists (
    select 1
    from review o
    where o.ticket_id = r.ticket_id
      and o.state <> 'closed'
      and o.asked_at > r.asked_at)
order by r.id
limit $1`)

// OvertakenReviews lists reviews under way whose ticket was paid, charged or ended in another way.
func (tx *Tx) OvertakenReviews(ctx context.Context, limit int) ([]Overtaken, error) {
	return tx.overtaken(ctx, qOvertakenReviews, limit)
}

// ResumedReviews lists reviews that had ended so, and whose ticket is under review again: the newest of each.
func (tx *Tx) ResumedReviews(ctx context.Context, limit int) ([]Overtaken, error) {
	return tx.overtaken(ctx, qResumedReviews, limit)
}

func (tx *Tx) overtaken(ctx context.Context, q string, limit int) ([]Overtaken, error) {
	rows, err := tx.rows(ctx, q, limit)
	if err != nil {
		return nil, fmt.Errorf("read overtaken reviews: %w", err)
	}
	defer rows.Close()
	var all []Overtaken
	for rows.Next() {
		var o Overtaken
		if err := rows.Scan(&o.ID, &o.Ticket); err != nil {
			return nil, fmt.Errorf("read overtaken review: %w", err)
		}
		all = append(all, o)
	}
	return all, rows.Err()
}

// ReviewFile is a photo or a paper of a review.
type ReviewFile struct {
	N       int
	Kind    string
	Bytes   int
	AddedAt time.Time
	Sealed  []byte // only where one file is read
}

var qInsertReviewFile = query("insert review file", `
insert into review_file
  (review_id, n, kind, bytes, sealed, added_at)
values
  ($1, $2, $3, $4, $5, $6)`)

// AddReviewFile keeps a file of a review under its number. One that is there already is ErrConflict.
func (tx *Tx) AddReviewFile(ctx context.Context, id review.ID, f ReviewFile) error {
	if _, err := tx.exec(ctx, qInsertReviewFile, string(id), f.N, f.Kind, f.Bytes, f.Sealed, micros(f.AddedAt)); err != nil {
		return fmt.Errorf("insert review file: %w", err)
	}
	return nil
}

var qReviewFiles = query("review files", `
select n, kind, bytes, added_at
from review_file
where review_id = $1
order by n`)

// ReviewFiles lists a review's files, without what they hold.
func (tx *Tx) ReviewFiles(ctx context.Context, id review.ID) ([]ReviewFile, error) {
	rows, err := tx.rows(ctx, qReviewFiles, string(id))
	if err != nil {
		return nil, fmt.Errorf("read review files: %w", err)
	}
	defer rows.Close()
	var all []ReviewFile
	for rows.Next() {
		var f ReviewFile
		var at int64
		if err := rows.Scan(&f.N, &f.Kind, &f.Bytes, &at); err != nil {
			return nil, fmt.Errorf("read review file: %w", err)
		}
		f.AddedAt = fromMicros(at)
		all = append(all, f)
	}
	return all, rows.Err()
}

var qReviewFile = query("review file", `
select n, kind, bytes, added_at, sealed
from review_file
where review_id = $1
  and n = $2`)

// ReviewFile reads one file of a review, sealed, or ErrNotFound.
func (tx *Tx) ReviewFile(ctx context.Context, id review.ID, n int) (ReviewFile, error) {
	var f ReviewFile
	var at int64
	err := tx.row(ctx, qReviewFile, string(id), n).Scan(&f.N, &f.Kind, &f.Bytes, &at, &f.Sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return f, fmt.Errorf("review file: %w", ErrNotFound)
	}
	if err != nil {
		return f, fmt.Errorf("read review file: %w", err)
	}
	f.AddedAt = fromMicros(at)
	return f, nil
}

var qDueReviews = query("reviews due to be erased", `
select id
from review
where erase_at <= $1
  and erase_at is not null
  and erased_at is null
order by id
limit $2`)

// DueReviews lists reviews of which what is sealed is to be erased.
func (tx *Tx) DueReviews(ctx context.Context, now time.Time, limit int) ([]review.ID, error) {
	return column[review.ID](ctx, tx, qDueReviews, micros(now), limit)
}

var qBlankReview = query("blank review", `
update review
set contact = $1, statement = $2, words = $3
where id = $4`)

var qEraseReview = query("erase review", `
update review
set contact = $1, statement = $2, words = $3, erased_at = $4
where id = $5
  and erased_at is null`)

var qBlankReviewFiles = query("blank review file", `
update review_file
set sealed = $1
where review_id = $2
  and n = $3`)

var qEraseReviewFiles = query("erase review files", `
delete from review_file
where review_id = $1`)

// EraseReview erases what is sealed of a review, its files too, and keeps that it was asked for and what was decided. What
// is sealed is first written over with as many zeros, in its place in SQLite's file, and then taken away.
func (tx *Tx) EraseReview(ctx context.Context, r review.Review, at time.Time) error {
	files, err := tx.ReviewFiles(ctx, r.ID)
	if err != nil {
		return err
	}
	for _, f := range files {
		whole, err := tx.ReviewFile(ctx, r.ID, f.N)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, qBlankReviewFiles, make([]byte, len(whole.Sealed)), string(r.ID), f.N); err != nil {
			return fmt.Errorf("blank review file: %w", err)
		}
	}
	if _, err := tx.exec(ctx, qBlankReview, make([]byte, len(r.Contact)), make([]byte, len(r.Statement)), make([]byte, len(r.Words)), string(r.ID)); err != nil {
		return fmt.Errorf("blank review: %w", err)
	}
	if _, err := tx.exec(ctx, qEraseReviewFiles, string(r.ID)); err != nil {
		return fmt.Errorf("erase review files: %w", err)
	}
	if err := tx.one(ctx, qEraseReview, []byte{}, []byte{}, []byte{}, micros(at), string(r.ID)); err != nil {
		return fmt.Errorf("erase review: %w", err)
	}
	return nil
}
