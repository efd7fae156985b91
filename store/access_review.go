package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// What a review of access says of a person.
const (
	AccessConfirmed    = "confirmed"
	AccessRemovalAsked = "removal_asked"
)

// AccessReview is one look through who has what.
type AccessReview struct {
	ID      string
	BegunAt time.Time
	BegunBy string
	EndedAt time.Time // zero: it is under way
}

// AccessLine is what a review says of one person, who had these roles then.
type AccessLine struct {
	Name    string
	Roles   []string
	Outcome string
	Who     string
	At      time.Time
}

var qInsertAccessReview = query("insert access review", `
insert into access_review
  (id, begun_at, begun_by, state, ended_at)
values
  ($1, $2, $3, 'open', null)`)

// AddAccessReview begins a review. Where one is open, the error is ErrConflict.
func (tx *Tx) AddAccessReview(ctx context.Context, r AccessReview) error {
	if _, err := tx.exec(ctx, qInsertAccessReview, r.ID, micros(r.BegunAt), r.BegunBy); err != nil {
		return fmt.Errorf("insert access review: %w", err)
	}
	return nil
}

var qOpenAccessReview = query("open access review", `
select id, begun_at, begun_by, ended_at
from access_review
where state = 'open'`)

var qEndedAccessReview = query("ended access review", `
select id, begun_at, begun_by, ended_at
from access_review
where state = 'ended'
order by ended_at desc
limit 1`)

// OpenAccessReview reads the review that is under way, or ErrNotFound.
func (tx *Tx) OpenAccessReview(ctx context.Context) (AccessReview, error) {
	return scanAccessReview(tx.row(ctx, qOpenAccessReview))
}

// LockAccessReview is OpenAccessReview for a line of it: of two at once, one comes after the other.
func (tx *Tx) LockAccessReview(ctx context.Context) (AccessReview, error) {
	return scanAccessReview(tx.row(ctx, qOpenAccessReview+tx.lockSuffix()))
}

// LastAccessReview reads the review that ended last, or ErrNotFound.
func (tx *Tx) LastAccessReview(ctx context.Context) (AccessReview, error) {
	return scanAccessReview(tx.row(ctx, qEndedAccessReview))
}

func scanAccessReview(row scanner) (AccessReview, error) {
	var r AccessReview
	var begun int64
	var ended sql.NullInt64
	err := row.Scan(&r.ID, &begun, &r.BegunBy, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("access review: %w", ErrNotFound)
	}
	if err != nil {
		return r, fmt.Errorf("read access review: %w", err)
	}
	r.BegunAt, r.EndedAt = fromMicros(begun), fromNull(ended)
	return r, nil
}

var qInsertAccessLine = query("insert access review line", `
insert into access_review_line
  (review, name, roles, outcome, who, at)
values
  ($1, $2, $3, $4, $5, $6)`)

// AddAccessLine writes what a review says of a person. A second time is ErrConflict; of himself nobody says anything, by a
// constraint.
func (tx *Tx) AddAccessLine(ctx context.Context, review string, l AccessLine) error {
	_, err := tx.exec(ctx, qInsertAccessLine, review, l.Name, strings.Join(l.Roles, " "), l.Outcome, l.Who, micros(l.At))
	if err != nil {
		return fmt.Errorf("insert access review line: %w", err)
	}
	return nil
}

var qAccessLines = query("access review lines", `
select name, roles, outcome, who, at
from access_review_line
where review = $1
order by name`)

// AccessLines lists what a review has said, by name. There are as many as people.
func (tx *Tx) AccessLines(ctx context.Context, review string) ([]AccessLine, error) {
	rows, err := tx.rows(ctx, qAccessLines, review)
	if err != nil {
		return nil, fmt.Errorf("read access review lines: %w", err)
	}
	defer rows.Close()
	var all []AccessLine
	for rows.Next() {
		var l AccessLine
		var roles string
		var at int64
		if err := rows.Scan(&l.Name, &roles, &l.Outcome, &l.Who, &at); err != nil {
			return nil, fmt.Errorf("read access review line: %w", err)
		}
		l.Roles, l.At = strings.Fields(roles), fromMicros(at)
		all = append(all, l)
	}
	return all, rows.Err()
}

var qEndAccessReview = query("end access review", `
update access_review
set state = 'ended', ended_at = $1
where id = $2
  and state = 'open'`)

// EndAccessReview ends a review.
func (tx *Tx) EndAccessReview(ctx context.Context, id string, at time.Time) error {
	if err := tx.one(ctx, qEndAccessReview, micros(at), id); err != nil {
		return fmt.Errorf("end access review: %w", err)
	}
	return nil
}
