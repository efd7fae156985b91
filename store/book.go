package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/ticket"
)

var qInsertBook = query("insert ticket book", `
insert into ticket_book
  (id, series, prefix, first_no, last_no, width, received_by, received_at, officer, handed_by, handed_at, back_by, back_at, version)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, '', '', null, '', null, 1)`)

// InsertBook keeps a book that was received. The caller has made sure that no other has its numbers.
func (tx *Tx) InsertBook(ctx context.Context, b ticket.Book) error {
	_, err := tx.exec(ctx, qInsertBook, b.ID, b.Series, b.Prefix, b.First, b.Last, b.Width, b.ReceivedBy, micros(b.ReceivedAt))
	if err != nil {
		return fmt.Errorf("insert book: %w", err)
	}
	return nil
}

var qBook = query("ticket book", `
select id, series, prefix, first_no, last_no, width, received_by, received_at, officer, handed_by, handed_at, back_by, back_at, version
from ticket_book
where id = $1`)

// LockBook reads a book for a change of it, or ErrNotFound.
func (tx *Tx) LockBook(ctx context.Context, id string) (ticket.Book, error) {
	return scanBook(tx.row(ctx, qBook+tx.lockSuffix(), id))
}

var qBooks = query("ticket books", `
select id, series, prefix, first_no, last_no, width, received_by, received_at, officer, handed_by, handed_at, back_by, back_at, version
from ticket_book
order by case when back_at is null then 0 else 1 end, received_at desc, id
limit $1`)

// Books lists the books, those that are out or in the store first, at most limit.
func (tx *Tx) Books(ctx context.Context, limit int) ([]ticket.Book, error) {
	return tx.booksOf(ctx, qBooks, limit)
}

var qBooksLike = query("ticket books of numbers", `
select id, series, prefix, first_no, last_no, width, received_by, received_at, officer, handed_by, handed_at, back_by, back_at, version
from ticket_book
where series = $1
  and prefix = $2
  and width = $3
  and first_no <= $4
  and last_no >= $5
order by received_at desc, id
limit 100`)

// BooksWith lists the books that have a number of a range, the newest first.
func (tx *Tx) BooksWith(ctx context.Context, r ticket.Range) ([]ticket.Book, error) {
	return tx.booksOf(ctx, qBooksLike, r.Series, r.Prefix, r.Width, r.Last, r.First)
}

var qBooksLikeIt = query("are there books like it", `
select count(*)
from (
  select 1
  from ticket_book
  where series = $1
    and prefix = $2
  limit 1) b`)

// BooksLike says whether a book of a series was ever received whose numbers begin with prefix.
func (tx *Tx) BooksLike(ctx context.Context, series, prefix string) (bool, error) {
	var n int
	if err := tx.row(ctx, qBooksLikeIt, series, prefix).Scan(&n); err != nil {
		return false, fmt.Errorf("look for books: %w", err)
	}
	return n > 0, nil
}

func (tx *Tx) booksOf(ctx context.Context, q string, args ...any) ([]ticket.Book, error) {
	rows, err := tx.rows(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read books: %w", err)
	}
	defer rows.Close()
	var all []ticket.Book
	for rows.Next() {
		b, err := scanBook(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, rows.Err()
}

func scanBook(row scanner) (ticket.Book, error) {
	var b ticket.Book
	var received int64
	var handed, back sql.NullInt64
	err := row.Scan(&b.ID, &b.Series, &b.Prefix, &b.First, &b.Last, &b.Width, &b.ReceivedBy, &received, &b.Officer, &b.HandedBy, &handed, &b.BackBy, &back, &b.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return b, fmt.Errorf("book: %w", ErrNotFound)
	}
	if err != nil {
		return b, fmt.Errorf("read book: %w", err)
	}
	b.ReceivedAt, b.HandedAt, b.BackAt = fromMicros(received), fromNull(handed), fromNull(back)
	return b, nil
}

var qMoveBook = query("move ticket book", `
update ticket_book
set officer = $1, handed_by = $2, handed_at = $3, back_by = $4, back_at = $5, version = version + 1
where id = $6
  and version = $7`)

// MoveBook writes where a book is now, guarded by the version at which it was read.
func (tx *Tx) MoveBook(ctx context.Context, b ticket.Book) error {
	err := tx.one(ctx, qMoveBook, b.Officer, b.HandedBy, nullMicros(b.HandedAt), b.BackBy, nullMicros(b.BackAt), b.ID, b.Version)
	if err != nil {
		return fmt.Errorf("move book: %w", err)
	}
	return nil
}

var qMarkNumber = query("mark book number", `
insert into ticket_book_number
  (book_id, no, fate, why, who, at)
values
  ($1, $2, $3, $4, $5, $6)`)

// MarkNumber keeps that a number of a book will never be a ticket, once: ErrConflict after that.
func (tx *Tx) MarkNumber(ctx context.Context, book string, n int, fate ticket.Fate, why, who string, at time.Time) error {
	_, err := tx.exec(ctx, qMarkNumber, book, n, string(fate), why, who, micros(at))
	if err != nil {
		return fmt.Errorf("mark number: %w", err)
	}
	return nil
}

var qMarkedNumbers = query("marked book numbers", `
select no, fate
from ticket_book_number
where book_id = $1`)

// MarkedNumbers are the numbers of a book that will never be tickets.
func (tx *Tx) MarkedNumbers(ctx context.Context, book string) (map[int]ticket.Fate, error) {
	rows, err := tx.rows(ctx, qMarkedNumbers, book)
	if err != nil {
		return nil, fmt.Errorf("read marked numbers: %w", err)
	}
	defer rows.Close()
	all := map[int]ticket.Fate{}
	for rows.Next() {
		var n int
		var fate ticket.Fate
		if err := rows.Scan(&n, &fate); err != nil {
			return nil, fmt.Errorf("read marked number: %w", err)
		}
		all[n] = fate
	}
	return all, rows.Err()
}

var qUsedNumbers = query("used book numbers", `
select number_key, issued_on
from ticket
where series = $1
  and number_key >= $2
  and number_key <= $3
  and issued_at >= $4
order by number_key, issued_on`)

// numbersAgain is before how long a book's numbers may have been another book's: numbers come again after two years.
const numbersAgain = 365 * 24 * time.Hour

// UsedNumbers are the numbers of a book that are tickets, with their days of issue.
func (tx *Tx) UsedNumbers(ctx context.Context, b ticket.Book) (map[int]city.Date, error) {
	rows, err := tx.rows(ctx, qUsedNumbers, b.Series, b.Number(b.First), b.Number(b.Last), micros(b.ReceivedAt.Add(-numbersAgain)))
	if err != nil {
		return nil, fmt.Errorf("read used numbers: %w", err)
	}
	defer rows.Close()
	all := map[int]city.Date{}
	for rows.Next() {
		var number, issued string
		if err := rows.Scan(&number, &issued); err != nil {
			return nil, fmt.Errorf("read used number: %w", err)
		}
		n, ok := b.Has(number)
		if !ok {
			continue
		}
		day, err := city.ParseDate(issued)
		if err != nil {
			return nil, fmt.Errorf("read used number: %w", err)
		}
		all[n] = day
	}
	return all, rows.Err()
}
