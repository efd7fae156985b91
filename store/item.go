package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/money"
	"fundy/payment"
)

var qInsertItem = query("insert item", `
insert into item
  (id, kind, amount_minor, currency, reason, received_on, drawn_on, batch_id, reference, state, note, letter_on, attempt_id, entered_by, entered_at, version)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', null, $12, $13, 1)`)

var qInsertItemEvent = query("insert item event", `
insert into item_event
  (item_id, version, at, from_state, event, to_state, who, note)
values
  ($1, $2, $3, $4, $5, $6, $7, $8)`)

// InsertItem writes an item that came in, with its first history line.
func (tx *Tx) InsertItem(ctx context.Context, i *payment.Item) error {
	line, ok := payment.NextItem(payment.ItemNew, payment.ItemEntered)
	if !ok {
		return fmt.Errorf("enter item: %w", ErrRule)
	}
	i.State, i.Version = line.To, 1
	_, err := tx.exec(ctx, qInsertItem, string(i.ID), string(i.Kind), i.Amount.Minor(), i.Currency, string(i.Reason), i.ReceivedOn.String(), i.DrawnOn.String(),
		nullText(string(i.Batch)), i.Reference, string(i.State), nullBlob(i.Note), i.EnteredBy, micros(i.EnteredAt))
	if err != nil {
		return fmt.Errorf("insert item: %w", err)
	}
	return tx.addItemEvent(ctx, *i, line, i.EnteredBy, "", i.EnteredAt)
}

// nullBlob is nothing where there are no bytes.
func nullBlob(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

func (tx *Tx) addItemEvent(ctx context.Context, i payment.Item, line payment.ItemLine, who, note string, at time.Time) error {
	_, err := tx.exec(ctx, qInsertItemEvent, string(i.ID), i.Version, micros(at), string(line.From), string(line.Event), string(line.To), who, note)
	if err != nil {
		return fmt.Errorf("insert item event: %w", err)
	}
	return nil
}

var qItem = query("item", `
select id, kind, amount_minor, currency, reason, received_on, drawn_on, coalesce(batch_id, ''), reference, state, note, letter_on,
       coalesce(attempt_id, ''), entered_by, entered_at, version
from item
where id = $1`)

var qItems = query("items", `
select id, kind, amount_minor, currency, reason, received_on, drawn_on, coalesce(batch_id, ''), reference, state, note, letter_on,
       coalesce(attempt_id, ''), entered_by, entered_at, version
from item
where state = $1
order by entered_at, id
limit $2`)

// Item reads an item, or ErrNotFound.
func (tx *Tx) Item(ctx context.Context, id payment.ItemID) (payment.Item, error) {
	return scanItem(tx.row(ctx, qItem, string(id)))
}

// LockItem reads an item for a change of it, or ErrNotFound.
func (tx *Tx) LockItem(ctx context.Context, id payment.ItemID) (payment.Item, error) {
	return scanItem(tx.row(ctx, qItem+tx.lockSuffix(), string(id)))
}

var qItemOfAttempt = query("item of attempt", `
select id, kind, amount_minor, currency, reason, received_on, drawn_on, coalesce(batch_id, ''), reference, state, note, letter_on,
       coalesce(attempt_id, ''), entered_by, entered_at, version
from item
where attempt_id = $1
  and state = 'kept'`)

// ItemOfAttempt reads the kept item that was deposited under an attempt, for a change of it, or ErrNotFound.
func (tx *Tx) ItemOfAttempt(ctx context.Context, id payment.AttemptID) (payment.Item, error) {
	return scanItem(tx.row(ctx, qItemOfAttempt+tx.lockSuffix(), string(id)))
}

// Items lists the items in a state, oldest first, at most limit.
func (tx *Tx) Items(ctx context.Context, state payment.ItemState, limit int) ([]payment.Item, error) {
	rows, err := tx.rows(ctx, qItems, string(state), limit)
	if err != nil {
		return nil, fmt.Errorf("read items: %w", err)
	}
	defer rows.Close()
	var all []payment.Item
	for rows.Next() {
		i, err := scanItem(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, i)
	}
	return all, rows.Err()
}

var qItemOwners = query("owners of items", `
select ref, owner
from exception
where kind = 'item'
  and closed_at is null`)

// ItemOwners is who has each item that is in the queue.
func (tx *Tx) ItemOwners(ctx context.Context) (map[payment.ItemID]string, error) {
	rows, err := tx.rows(ctx, qItemOwners)
	if err != nil {
		return nil, fmt.Errorf("read owners of items: %w", err)
	}
	defer rows.Close()
	all := map[payment.ItemID]string{}
	for rows.Next() {
		var id payment.ItemID
		var owner string
		if err := rows.Scan(&id, &owner); err != nil {
			return nil, fmt.Errorf("read owner of item: %w", err)
		}
		all[id] = owner
	}
	return all, rows.Err()
}

func scanItem(row scanner) (payment.Item, error) {
	var i payment.Item
	var amount, entered int64
	var received, drawn, letter string
	err := row.Scan(&i.ID, &i.Kind, &amount, &i.Currency, &i.Reason, &received, &drawn, &i.Batch, &i.Reference, &i.State, &i.Note, &letter,
		&i.Attempt, &i.EnteredBy, &entered, &i.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return i, fmt.Errorf("item: %w", ErrNotFound)
	}
	if err = errors.Join(err, dayInto(&i.ReceivedOn, received), dayInto(&i.DrawnOn, drawn), dayInto(&i.LetterOn, letter)); err != nil {
		return i, fmt.Errorf("read item: %w", err)
	}
	i.Amount, i.EnteredAt = money.FromMinor(amount), fromMicros(entered)
	return i, nil
}

var qMoveItem = query("move item", `
update item
set state = $1, letter_on = $2, attempt_id = $3, version = version + 1
where id = $4
  and version = $5
  and (kind <> 'cash' or $6 = 'kept' or entered_by <> $7)`)

// MoveItem moves an item along its table and writes its history line. An event that has no line is ErrRule; who ends cash
// that is entered in the same name moves nothing: ErrConflict.
func (tx *Tx) MoveItem(ctx context.Context, i *payment.Item, event payment.ItemEvent, who, note string, at time.Time) error {
	line, ok := payment.NextItem(i.State, event)
	if !ok {
		return fmt.Errorf("an item that is %s can't be %s: %w", i.State, event, ErrRule)
	}
	err := tx.one(ctx, qMoveItem, string(line.To), i.LetterOn.String(), nullText(string(i.Attempt)), string(i.ID), i.Version, string(line.To), who)
	if err != nil {
		return fmt.Errorf("move item: %w", err)
	}
	i.State = line.To
	i.Version++
	return tx.addItemEvent(ctx, *i, line, who, note, at)
}

// An item that was deposited, or that became a tender of the same batch, counts there by its tender.
var qItemsOfBatch = query("items of batch", `
select coalesce(cast(sum(i.amount_minor) as bigint), 0), count(*)
from item i
where i.batch_id = $1
  and i.currency = $2
  and not exists (
    select 1
    from tender t
    where t.attempt_id = i.attempt_id
      and t.batch_id = i.batch_id
      and t.state <> 'reversed')`)

// ItemsOfBatch is what of a mail batch's total is items and no tenders, in the city's currency, and how many they are.
func (tx *Tx) ItemsOfBatch(ctx context.Context, id payment.BatchID, currency string) (money.Amount, int, error) {
	var amount int64
	var n int
	if err := tx.row(ctx, qItemsOfBatch, string(id), currency).Scan(&amount, &n); err != nil {
		return money.Zero, 0, fmt.Errorf("add the items of a batch up: %w", err)
	}
	return money.FromMinor(amount), n, nil
}
